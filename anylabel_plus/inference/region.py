"""A part of an image as what a model is asked about: of a huge one what is on the screen, or another page or bands.

The model sees the part as if it were the whole image. Prompts and candidates are in pixels of the whole image outside
and of the part inside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask, clip
from anylabel_plus.images.choice import FIRST, Choice
from anylabel_plus.inference.base import Candidate, Crop, Prompt

Box = tuple[float, float, float, float]

MOST_SIDE_PX = 4096
"""No part is wider or higher: decoding, hashing and encoding it take under a second."""
GRID_PX = 256
"""Parts start and end on this grid, so that a small pan asks about the part that is encoded already."""
_ROOM = 0.1


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an image file: the page and bands ``choice``, and the pixels ``crop`` (None for all)."""

    path: Path
    choice: Choice = FIRST
    crop: Crop | None = None


def region_for(prompt: Prompt, visible: Box, size: tuple[int, int]) -> Crop:
    """The part of an image of ``size`` to ask a model about: what is ``visible`` (xyxy) and holds the prompt.

    Where more is visible than a part may have, the part lies around the prompt.

    Raises:
        UserError: the prompt itself is larger than a part may be.
    """
    bounds = _bounds(prompt)
    spans = []
    for axis in (0, 1):
        low, high = bounds[axis], bounds[axis + 2]
        if high - low > MOST_SIDE_PX * (1 - 2 * _ROOM):
            raise UserError(
                f"The prompt is {high - low:.0f} pixels long; in an image of this size a model sees at most "
                f"{MOST_SIDE_PX} at once.",
                "Zoom in and ask for a smaller object.",
            )
        spans.append(_span(low, high, visible[axis], visible[axis + 2], size[axis]))
    (x0, x1), (y0, y1) = spans
    return x0, y0, x1, y1


def _span(low: float, high: float, seen_low: float, seen_high: float, length: int) -> tuple[int, int]:
    """Whole pixels on the grid that hold ``low`` to ``high`` and as much as possible of what is seen."""
    start, stop = min(max(seen_low, 0.0), low), max(min(seen_high, float(length)), high)
    if stop - start > MOST_SIDE_PX - 2 * GRID_PX:
        middle, half = (low + high) / 2, MOST_SIDE_PX / 2 - GRID_PX
        start, stop = middle - half, middle + half
    first = max(0, int(start // GRID_PX) * GRID_PX)
    last = min(length, -int(-stop // GRID_PX) * GRID_PX)
    return first, max(last, min(length, first + GRID_PX))


def holds(crop: Crop, prompt: Prompt) -> bool:
    """Whether everything that ``prompt`` says lies inside ``crop``."""
    box = _bounds(prompt)
    return crop[0] <= box[0] and crop[1] <= box[1] and box[2] <= crop[2] and box[3] <= crop[3]


def _bounds(prompt: Prompt) -> Box:
    boxes = [(x, y, x, y) for x, y, _ in prompt.points]
    if prompt.box is not None:
        x0, y0, x1, y1 = prompt.box
        boxes.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
    if prompt.mask is not None:
        boxes.append(prompt.mask.extent)
    lows_x, lows_y, highs_x, highs_y = zip(*boxes, strict=True)
    return min(lows_x), min(lows_y), max(highs_x), max(highs_y)


def _moved(mask: Mask, dx: int, dy: int) -> Mask:
    from anylabel_plus.inference.cell_masks import moved  # on first use: the window's start would load OpenCV

    return moved(mask, dx, dy)


def into(prompt: Prompt, crop: Crop) -> Prompt:
    """``prompt`` in pixels of the part ``crop``; logits that cover pixels outside of it are left out."""
    x0, y0, x1, y1 = crop
    logits, inner = prompt.logits, prompt.crop
    if inner is None or not (x0 <= inner[0] and y0 <= inner[1] and inner[2] <= x1 and inner[3] <= y1):
        logits, inner = None, None
    elif inner == crop:
        inner = None
    else:
        inner = inner[0] - x0, inner[1] - y0, inner[2] - x0, inner[3] - y0
    box, mask = prompt.box, prompt.mask
    if box is not None:
        box = box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0
    if mask is not None:
        mask = clip(_moved(mask, -x0, -y0), x1 - x0, y1 - y0)
    points = tuple((x - x0, y - y0, label) for x, y, label in prompt.points)
    return replace(prompt, points=points, box=box, mask=mask, logits=logits, crop=inner)


def out_of(candidate: Candidate, crop: Crop) -> Candidate:
    """A candidate of the part ``crop`` in pixels of the whole image."""
    x0, y0 = crop[:2]
    inner = candidate.crop
    whole = crop if inner is None else (inner[0] + x0, inner[1] + y0, inner[2] + x0, inner[3] + y0)
    return replace(candidate, mask=_moved(candidate.mask, x0, y0), crop=whole)
