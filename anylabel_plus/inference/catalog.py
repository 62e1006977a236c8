"""Models as data: the rows we ship (``models/*.toml``), the rows a user added, and files named directly.

To ship another model: one ``models/<id>.toml``. Keys: ``id``, ``title``, ``family``, ``input_size``, ``prompts``,
``licence``, ``source``, ``note``, and ``[[files]]`` tables with ``role``, ``name``, ``url``, ``sha256``, ``bytes``
(leave the last two out when nobody published them: the file is then pinned at its first download). A model whose files
have no ``url`` is bundled: they lie in ``models/<id>/``, and each needs its ``sha256``.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from anylabel_plus import paths
from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import family_of
from anylabel_plus.inference.model_spec import ModelFile, ModelSpec, make_id, safe_name

__all__ = [
    "ROW_FILE",
    "ModelFile",
    "ModelSpec",
    "default_weights_dir",
    "make_id",
    "resolve",
    "rows",
    "safe_name",
    "spec_from_data",
]

ROW_FILE = "model.json"
"""The row of an added model, in its folder below the weights folder."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_SHA = re.compile(r"[0-9a-f]{64}")


def default_weights_dir() -> Path:
    """Where weights are kept unless a setting says otherwise. Not created here."""
    return paths.user_data("models")


def spec_from_data(data: Mapping[str, Any], where: str) -> ModelSpec:
    """A row from parsed TOML or JSON.

    Raises:
        UserError: naming ``where`` and the key that is missing or wrong.
    """
    try:
        identity = _text(data, "id")
        if not _ID.fullmatch(identity):
            raise ValueError(f"id {identity!r} may hold letters, digits, '.', '_' and '-' only")
        size = data.get("input_size")
        if size is not None and (type(size) is not int or size < 1):
            raise ValueError(f"input_size must be a positive whole number, not {size!r}")
        prompts = data.get("prompts", [])
        if not isinstance(prompts, list) or not all(isinstance(prompt, str) for prompt in prompts):
            raise ValueError("prompts must be a list of names")
        return ModelSpec(
            id=identity,
            title=_text(data, "title", identity),
            family=_text(data, "family"),
            files=tuple(_file(entry) for entry in data.get("files", [])),
            input_size=size,
            prompts=frozenset(prompts),
            licence=_text(data, "licence", ""),
            source=_text(data, "source", ""),
            note=_text(data, "note", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{where}: not a model row ({error}).", "Compare it with the rows in models/.") from error


def _text(data: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"{key} must be text" if key in data else f"{key} is missing")
    return value


def _file(data: Mapping[str, Any]) -> ModelFile:
    name = _text(data, "name")
    if not safe_name(name):
        raise ValueError(f"file name {name!r} leaves the model's folder")
    sha = data.get("sha256")
    if sha is not None and (not isinstance(sha, str) or not _SHA.fullmatch(sha)):
        raise ValueError(f"sha256 of {name} is not 64 lower-case hex digits")
    size = data.get("bytes")
    if size is not None and type(size) is not int:
        raise ValueError(f"bytes of {name} must be a whole number")
    return ModelFile(name, _text(data, "url", ""), sha, size, _text(data, "role", "model"))


def _shipped(rows_dir: Path, weights_dir: Path) -> dict[str, ModelSpec]:
    found: dict[str, ModelSpec] = {}
    for path in sorted(rows_dir.glob("*.toml")):
        try:
            data = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{path}: model row not read ({error}).") from error
        spec = spec_from_data(data, str(path))
        found[spec.id] = _placed(spec, path, weights_dir)
    return found


def _placed(spec: ModelSpec, row: Path, weights_dir: Path) -> ModelSpec:
    """``spec`` with the folder of its files: beside its row when they come with the program."""
    if not spec.files:
        return spec
    if any(entry.url for entry in spec.files):
        return replace(spec, folder=weights_dir / spec.id)
    unpinned = [entry.name for entry in spec.files if entry.sha256 is None]
    if unpinned:
        raise UserError(f"{row}: not a model row ({', '.join(unpinned)} has neither url nor sha256).")
    return replace(spec, folder=row.parent / spec.id, bundled=True)


def _added(weights_dir: Path) -> dict[str, ModelSpec]:
    found: dict[str, ModelSpec] = {}
    for path in sorted(weights_dir.glob(f"*/{ROW_FILE}")):
        try:
            spec = spec_from_data(json.loads(path.read_bytes()), str(path))
        except (OSError, ValueError, UserError):
            continue  # a damaged row of one added model must not hide the others; ``models check`` reports it
        found[spec.id] = replace(spec, folder=path.parent, added=True)
    return found


def rows(weights_dir: Path | None = None, rows_dir: Path | None = None) -> dict[str, ModelSpec]:
    """All model rows by id: shipped ones (a wheel's ``models/*.toml``) first, then those the user added.

    Raises:
        UserError: a shipped row is damaged.
    """
    weights = weights_dir or default_weights_dir()
    shipped = _shipped(rows_dir or paths.models(), weights)
    return {**shipped, **{key: spec for key, spec in _added(weights).items() if key not in shipped}}


def resolve(text: str, *, weights_dir: Path | None = None, rows_dir: Path | None = None) -> ModelSpec:
    """The model that ``text`` names: an id, a YAML, a folder, an ``.onnx`` or a pair ``encoder.onnx,decoder.onnx``.

    Nothing is downloaded and no weights are read.

    Raises:
        UserError: nothing of that name (with the nearest id), a file that does not describe a model we can use, or a
            family that this version has no code for.
    """
    table = rows(weights_dir, rows_dir)
    spec = table.get(text)
    if spec is None and _names_files(text):
        from anylabel_plus.inference import model_files

        spec = model_files.describe(text, weights_dir or default_weights_dir())
    if spec is None:
        near = difflib.get_close_matches(text, table, 1, 0.5)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise UserError(f"No model is called {text}.", f"{hint}See: anylabel-plus models list")
    family_of(spec)
    return spec


def _names_files(text: str) -> bool:
    if not text:
        return False
    known = (".onnx", ".yaml", ".yml", ".zip")
    return text.lower().endswith(known) or "/" in text or "\\" in text or Path(text).exists()
