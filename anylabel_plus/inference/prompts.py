"""The one place where a prompt is checked against its image and its model."""

from __future__ import annotations

import math
from dataclasses import replace

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.inference.base import ModelInfo, Prompt

Box = tuple[float, float, float, float]


def checked(prompt: Prompt, width: int, height: int) -> Prompt:
    """``prompt`` made fit for an upright image of ``width`` x ``height``: boxes with sorted corners
    and clipped to the image, masks clipped, points on the right or bottom edge moved inside.

    Raises:
        UserError: nothing asked, a number that is not finite, a point label other than 0 or 1, a
            point, box or mask outside the image, or a box without area.
    """
    if prompt.empty:
        raise UserError("The prompt is empty.", "Give at least one point, a box or a mask.")
    points = tuple(_point(point, width, height) for point in prompt.points)
    box = None if prompt.box is None else checked_box(prompt.box, width, height)
    mask = None if prompt.mask is None else _mask(prompt.mask, width, height)
    return replace(prompt, points=points, box=box, mask=mask)


def checked_box(box: Box, width: int, height: int) -> Box:
    """``box`` (xyxy, any two opposite corners) sorted and clipped to the image.

    Raises:
        UserError: see ``checked``.
    """
    if not all(math.isfinite(value) for value in box):
        raise UserError(f"Box {_numbers(box)} holds a number that is not finite.")
    left, right = sorted((float(box[0]), float(box[2])))
    top, bottom = sorted((float(box[1]), float(box[3])))
    if left == right or top == bottom:
        raise UserError(f"Box {_numbers(box)} has no area.", "Give two opposite corners: X1,Y1,X2,Y2.")
    clipped = (max(left, 0.0), max(top, 0.0), min(right, float(width)), min(bottom, float(height)))
    if clipped[0] >= clipped[2] or clipped[1] >= clipped[3]:
        raise UserError(f"Box {_numbers(box)} lies outside the image of {width} x {height} pixels.")
    return clipped


def supported(prompt: Prompt, info: ModelInfo) -> None:
    """Raises UserError when the model does not answer this kind of prompt."""
    asked = {
        "point": bool(prompt.points),
        "box": prompt.box is not None,
        # A previous mask beside points or a box is a help that a model may ignore.
        "mask": prompt.mask is not None and not prompt.points and prompt.box is None,
    }
    for kind, used in asked.items():
        if used and kind not in info.prompts:
            able = ", ".join(sorted(info.prompts)) or "none"
            raise UserError(f"{info.title} does not answer {kind} prompts.", f"Prompts it answers: {able}.")


def _point(point: tuple[float, float, int], width: int, height: int) -> tuple[float, float, int]:
    x, y, label = point
    if not (math.isfinite(x) and math.isfinite(y)):
        raise UserError(f"Point {_numbers((x, y))} holds a number that is not finite.")
    if label not in (0, 1):
        raise UserError(f"Point {_numbers((x, y))} has the label {label}.", "1 includes, 0 excludes.")
    if not (0 <= x <= width and 0 <= y <= height):
        raise UserError(f"Point {_numbers((x, y))} lies outside the image of {width} x {height} pixels.")
    # The right and bottom edge belong to the image for a person, to no pixel for a model.
    return (x if x < width else width - 0.5), (y if y < height else height - 0.5), int(label)


def _mask(mask: Mask, width: int, height: int) -> Mask:
    from anylabel_plus.core import masks

    clipped = masks.clip(mask, width, height)
    if clipped.area == 0:
        raise UserError(f"The mask of the prompt has no pixel inside the image of {width} x {height} pixels.")
    return clipped


def _numbers(values: tuple[float, ...]) -> str:
    return ",".join(f"{value:g}" for value in values)
