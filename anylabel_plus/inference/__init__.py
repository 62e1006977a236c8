"""Models: ONNX and classical, behind one promptable interface.

To add a model family:
 1. write ``inference/<family>.py`` with ``load(spec, options) -> PromptableModel`` (see ``base``): encode, decode and
    propose as functions of arrays and a session; open ONNX files by ``runtime.open_session`` only, feed inputs by name,
    read shapes and fixed axes from the graph, and refuse a wrong graph with a ``UserError`` that lists its inputs;
 2. add its row to ``FAMILIES`` (the module is imported on first use);
 3. add rows for its models as ``models/<id>.toml`` (see ``catalog``); a new size is a row only;
 4. add a tiny graph that speaks the contract to ``tests/fixtures/models/make_models.py`` and test against exact truth.
No family imports another.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anylabel_plus.core.errors import UserError

if TYPE_CHECKING:
    from anylabel_plus.inference.base import PromptableModel
    from anylabel_plus.inference.model_spec import ModelSpec


@dataclass(frozen=True, slots=True)
class Family:
    """One row: code that speaks one contract. ``prompts`` are of "point", "box", "mask", "everything"."""

    name: str
    title: str
    prompts: frozenset[str]
    module: str

    def load(self, spec: ModelSpec, options: Any) -> PromptableModel:
        """The model ``spec``, ready to answer; ``options`` is a ``runtime.RuntimeOptions``.

        Raises:
            UserError: a file is missing, damaged, or speaks another contract.
        """
        loader: Callable[[ModelSpec, Any], PromptableModel] = importlib.import_module(self.module).load
        return loader(spec, options)


DEFAULT_MODEL = "pocket"
"""The model that settings and jobs start with: one that needs no download."""

_ALL = frozenset({"point", "box", "mask", "everything"})

FAMILIES: dict[str, Family] = {
    row.name: row
    for row in (
        Family("classic", "Classic (OpenCV GrabCut)", _ALL, "anylabel_plus.inference.classic"),
        Family("pocket", "Pocket", _ALL, "anylabel_plus.inference.pocket"),
        Family("sam", "Segment Anything", _ALL, "anylabel_plus.inference.sam"),
    )
}

LATER: dict[str, str] = {
    "sam2": "SAM 2",
    "sam3": "SAM 3",
    "efficientsam": "EfficientSAM",
}
"""Families that model rows name already and whose code this version does not have: name -> title."""


def family_of(spec: ModelSpec) -> Family:
    """The family that loads ``spec``.

    Raises:
        UserError: this version has no code for the model's family.
    """
    row = FAMILIES.get(spec.family)
    if row is not None:
        return row
    title = LATER.get(spec.family, spec.family)
    raise UserError(
        f"{spec.id} is a {title} model, and this version has no code for that family.",
        f"Families that work: {', '.join(FAMILIES)}. See: anylabel-plus models list",
    )
