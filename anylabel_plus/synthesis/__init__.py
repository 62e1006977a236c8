"""Synthesis: pictures made from the user's own objects, with exact labels. No Qt, no files of formats, no models.

To add a method:
 1. a module here with a function ``(scene, recipe, seed, index) -> Composite``, deterministic for these, pixels and
    shapes from the same placements;
 2. its recipe: a frozen dataclass made with ``recipe.knob`` (window, TOML and flags are built from its rows);
 3. its row in METHODS.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Method:
    """One way to make pictures; ``module`` is imported only when it is used."""

    id: str
    title: str
    note: str
    module: str


METHODS: dict[str, Method] = {
    row.id: row
    for row in (
        Method(
            "cutpaste",
            "Cut and paste",
            "Paste cut-out objects on backgrounds; every pixel keeps an exact label.",
            "anylabel_plus.synthesis.cutpaste",
        ),
    )
}
