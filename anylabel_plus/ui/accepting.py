"""From a model's candidate to shapes of the document."""

from __future__ import annotations

from typing import Any

from anylabel_plus.core import masks
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.inference.base import Candidate, ModelInfo, Prompt

PART_MIN_SHARE = 0.02
"""Parts of a candidate smaller than this share of it are noise and become no polygon of their own."""


def accepted_shapes(
    candidate: Candidate, label: str, prompt: Prompt, info: ModelInfo | None, output: str, detail_px: float
) -> list[Shape]:
    """Shapes for an accepted candidate, with where they came from; empty when nothing is left of it.

    ``output`` is "polygon", "mask" or "rectangle", ``detail_px`` the largest distance of a
    polygon from the edge of the mask. A candidate of several parts becomes several polygons.
    """
    origin = Provenance(
        "model",
        model=info.id if info else None,
        weights_sha256=info.weights_sha256 if info else None,
        score=round(float(candidate.score), 4),
        prompt=prompt_facts(prompt),
        reviewed=True,
    )
    mask = masks.tight(candidate.mask)
    if not mask.area:
        return []
    box = masks.bounds(mask)
    corners = [(box[0], box[1]), (box[2], box[3])]
    if output == "mask":
        return [make_shape("mask", label, corners, mask=mask, provenance=origin)]
    if output == "rectangle":
        return [make_shape("rectangle", label, corners, provenance=origin)]
    return _polygons(mask, label, detail_px, origin)


def _polygons(mask: masks.Mask, label: str, detail_px: float, origin: Provenance) -> list[Shape]:
    from anylabel_plus.core import geometry

    parts = [part for part in masks.polygons(mask, detail_px) if len(part.exterior) >= 3]
    least = PART_MIN_SHARE * mask.area
    kept = [part for n, part in enumerate(parts) if n == 0 or geometry.polygon_area(part.exterior) >= least]
    return [make_shape("polygon", label, part.exterior, holes=part.holes, provenance=origin) for part in kept]


def prompt_facts(prompt: Prompt) -> dict[str, Any]:
    """The prompt as plain JSON data, coordinates in image pixels to a hundredth."""
    facts: dict[str, Any] = {}
    if prompt.points:
        facts["points"] = [[round(x, 2), round(y, 2), label] for x, y, label in prompt.points]
    if prompt.box is not None:
        facts["box"] = [round(value, 2) for value in prompt.box]
    return facts
