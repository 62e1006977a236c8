"""A closer look at small objects: the crop around them is encoded by itself, at the model's full input size.

A model with a fixed input size sees an object of 5 % of the image's side as some twenty pixels. Where the prompt or a
first answer says that the object is small, a square crop around it is encoded and the prompt is asked there. Crops lie
on a coarse grid, so that the prompts of one object share one crop and its embedding is made once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from anylabel_plus.core.masks import Mask, clip, iou
from anylabel_plus.inference.base import Candidate, Crop, Prompt
from anylabel_plus.inference.cell_masks import moved

Box = tuple[float, float, float, float]
Decode = Callable[[Crop | None, Sequence[Prompt]], list[list[Candidate]]]
"""Candidates for prompts in a crop (None: the whole image), both in the crop's own pixels."""

_USUAL_INPUT_PX = 512
_MAX_CANDIDATES = 3
_BORDER_PX = 1.0
_SAME_PLACE = 0.8


@dataclass(frozen=True, slots=True)
class ZoomOptions:
    """When to look closer and at what.

    Args:
        max_side: objects whose long side is under this share of the image's long side are looked at closer, by a model
            that sees the image with a long side of 512 px; under less by one that sees more (``for_input``).
        factor: the crop's side, in object sides.
        min_side_px: no crop is smaller; there is nothing to see in a handful of pixels.
        min_gain: a crop that is not smaller than the image by this factor is not worth its encoding.
        steps_per_octave: sizes of crops between one and twice its side.
        grid: crops start at multiples of their side divided by this.
        near: excluding points this far outside the crop (in crop sides) make it grow; farther ones are dropped.
        min_score: a first answer with a lower score is not trusted to say where the object is.
        min_stability: the same for its stability, where the family has one; low, as a handful of cells is never stable.
        min_agreement: a closer answer is used when its IoU with the first one is at least this.
        growth: how much larger the crop is made when the answer reaches its border.
    """

    max_side: float = 0.30
    factor: float = 1.8
    min_side_px: int = 32
    min_gain: float = 1.25
    steps_per_octave: int = 4
    grid: int = 8
    near: float = 0.25
    min_score: float = 0.5
    min_stability: float = 0.3
    min_agreement: float = 0.3
    growth: float = 1.6

    def for_input(self, side: int) -> ZoomOptions:
        """The same for a model with the input side ``side`` px: what matters is how many of them an object has."""
        return replace(self, max_side=self.max_side * min(1.0, _USUAL_INPUT_PX / side))


OPTIONS = ZoomOptions()
"""What is in use."""


@dataclass(slots=True, eq=False)
class _Look:
    """One prompt, where it is asked (None: in the whole image), and its candidates in image pixels."""

    prompt: Prompt
    crop: Crop | None
    found: list[Candidate] = field(default_factory=list)


def answer(
    prompts: Sequence[Prompt], width: int, height: int, decode: Decode, options: ZoomOptions = OPTIONS
) -> list[list[Candidate]]:
    """Candidates for each prompt in pixels of the image of ``width`` x ``height``, small objects looked at closer.

    Prompts are checked already (``prompts.checked``). A box, or a previous mask alone, says at once how large the
    object is. With points, which may say that a previous mask was wrong, the whole image is asked first, and its answer
    is used when it is credible.
    """
    size = width, height
    firsts = [_Look(prompt, _first_crop(prompt, size, options)) for prompt in prompts]
    _ask(firsts, size, decode)
    seconds = [_second(first, size, options) for first in firsts]
    _ask([look for look in seconds if look is not None], size, decode)
    thirds = [_third(*looks, size, options) for looks in zip(firsts, seconds, strict=True)]
    _ask([look for look in thirds if look is not None], size, decode)
    return [_best(*looks, size, options) for looks in zip(firsts, seconds, thirds, strict=True)]


def whole(prompts: Sequence[Prompt], decode: Decode) -> list[list[Candidate]]:
    """Candidates for each prompt without any closer look."""
    return decode(None, [_into(prompt, None) for prompt in prompts])


def crop_around(region: Box, size: tuple[int, int], options: ZoomOptions) -> Crop | None:
    """The square crop for an object with the bounds ``region``, on the grid and moved into the image of ``size``.

    Where the image is narrower than the crop, the crop is as narrow. None when a crop would not show much more.
    """
    wanted = max(region[2] - region[0], region[3] - region[1]) * options.factor
    level = math.ceil(math.log2(max(wanted, options.min_side_px)) * options.steps_per_octave - 1e-9)
    side = round(2 ** (level / options.steps_per_octave))
    if side * options.min_gain > max(size):
        return None
    step = max(1, side // options.grid)
    starts = []
    for low, high, length in ((region[0], region[2], size[0]), (region[1], region[3], size[1])):
        start = round(((low + high) / 2 - side / 2) / step) * step
        start = max(min(start, math.floor(low)), math.ceil(high) - side)  # a coarse grid may not cut the object
        starts.append(max(0, min(start, length - side)))
    x, y = starts
    return x, y, min(x + side, size[0]), min(y + side, size[1])


def _small(region: Box, size: tuple[int, int], options: ZoomOptions) -> bool:
    return max(region[2] - region[0], region[3] - region[1]) < options.max_side * max(size)


def _joined(boxes: Iterable[Box]) -> Box:
    lows_x, lows_y, highs_x, highs_y = zip(*boxes, strict=True)
    return min(lows_x), min(lows_y), max(highs_x), max(highs_y)


def _included(prompt: Prompt) -> list[Box]:
    return [(x, y, x, y) for x, y, label in prompt.points if label]


def _first_crop(prompt: Prompt, size: tuple[int, int], options: ZoomOptions) -> Crop | None:
    """Where the prompt alone says to look."""
    if prompt.box is not None:
        return _crop_for(prompt, _joined([prompt.box, *_included(prompt)]), size, options)
    if prompt.logits is not None:
        return prompt.crop if prompt.crop is not None and _holds(prompt.crop, prompt, options) else None
    if prompt.mask is not None and not prompt.points:
        return _crop_for(prompt, prompt.mask.extent, size, options)
    return None


def _crop_for(prompt: Prompt, region: Box, size: tuple[int, int], options: ZoomOptions) -> Crop | None:
    """The crop around a small ``region`` that has the excluding points near it inside as well."""
    if not _small(region, size, options):
        return None
    crop = crop_around(region, size, options)
    if crop is None:
        return None
    near = _excluded_near(crop, prompt, options)
    return crop_around(_joined([region, *near]), size, replace(options, factor=1.0)) if _grows(crop, near) else crop


def _excluded_near(crop: Crop, prompt: Prompt, options: ZoomOptions) -> list[Box]:
    reach = options.near * (max(crop[2] - crop[0], crop[3] - crop[1]))
    wide = crop[0] - reach, crop[1] - reach, crop[2] + reach, crop[3] + reach
    return [(x, y, x, y) for x, y, label in prompt.points if not label and _inside(wide, x, y)]


def _grows(crop: Crop, points: Iterable[Box]) -> bool:
    return any(not _inside(crop, x, y) for x, y, _, _ in points)


def _inside(box: Box | Crop, x: float, y: float) -> bool:
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def _holds(crop: Crop, prompt: Prompt, options: ZoomOptions) -> bool:
    """True when everything the prompt says of the object lies inside ``crop``."""
    return not _grows(crop, [*_included(prompt), *_excluded_near(crop, prompt, options)])


def _ask(looks: Sequence[_Look], size: tuple[int, int], decode: Decode) -> None:
    """Fill in the answers, one call of ``decode`` for each crop."""
    groups: dict[Crop | None, list[_Look]] = {}
    for look in looks:
        groups.setdefault(look.crop, []).append(look)
    for crop, members in groups.items():
        answers = decode(crop, [_into(look.prompt, crop) for look in members])
        for look, found in zip(members, answers, strict=True):
            look.found = found if crop is None else [_out_of(candidate, crop) for candidate in found]


def _into(prompt: Prompt, crop: Crop | None) -> Prompt:
    """``prompt`` in the pixels of ``crop``; logits that cover another part of the image are left out."""
    logits = prompt.logits if crop == prompt.crop else None
    if crop is None:
        return replace(prompt, logits=logits, crop=None)
    x0, y0, x1, y1 = crop
    points = tuple((x - x0, y - y0, label) for x, y, label in prompt.points if _inside(crop, x, y))
    box, mask = prompt.box, prompt.mask
    if box is not None:
        box = max(box[0] - x0, 0.0), max(box[1] - y0, 0.0), min(box[2], x1) - x0, min(box[3], y1) - y0
    if mask is not None:
        mask = clip(moved(mask, -x0, -y0), x1 - x0, y1 - y0)
        mask = mask if mask.area else None
    return Prompt(points, box, mask, logits)


def _out_of(candidate: Candidate, crop: Crop) -> Candidate:
    return replace(candidate, mask=moved(candidate.mask, crop[0], crop[1]), crop=crop)


def _second(first: _Look, size: tuple[int, int], options: ZoomOptions) -> _Look | None:
    """The look that should follow, None when the first answer stands."""
    prompt, found = first.prompt, first.found
    if first.crop is not None:
        if not found:
            return _Look(prompt, None)
        if prompt.box is not None or not _reaches_border(found[0].mask, first.crop, size):
            return None
        return _wider(first, prompt.mask or found[0].mask, first.crop, size, options)
    known = prompt.box is not None or (prompt.mask is not None and not prompt.points)
    if known or not found or not _credible(found[0], options):
        return None
    mask = found[0].mask
    crop = _crop_for(prompt, _joined([mask.bounds, *_included(prompt)]), size, options)
    return None if crop is None else _Look(replace(prompt, mask=mask, logits=None, crop=None), crop)


def _third(first: _Look, second: _Look | None, size: tuple[int, int], options: ZoomOptions) -> _Look | None:
    """A wider look when the first answer, in the whole image, had shown less of the object than there is."""
    if first.crop is not None or second is None or second.crop is None or not second.found:
        return None
    mask = second.found[0].mask
    return _wider(second, mask, second.crop, size, options) if _reaches_border(mask, second.crop, size) else None


def _wider(look: _Look, mask: Mask, crop: Crop, size: tuple[int, int], options: ZoomOptions) -> _Look:
    """The object goes on beyond the crop: what was seen of it, in a larger crop or in the whole image."""
    return _Look(replace(look.prompt, mask=mask, logits=None, crop=None), _grown(crop, size, options))


def _grown(crop: Crop, size: tuple[int, int], options: ZoomOptions) -> Crop | None:
    x0, y0, x1, y1 = map(float, crop)
    return crop_around((x0, y0, x1, y1), size, replace(options, factor=max(options.growth, 1.0)))


def _credible(candidate: Candidate, options: ZoomOptions) -> bool:
    stable = candidate.stability is None or candidate.stability >= options.min_stability
    return candidate.score >= options.min_score and stable


def _reaches_border(mask: Mask, crop: Crop, size: tuple[int, int]) -> bool:
    """True when the region ends where the crop ends and the image does not."""
    left, top, right, bottom = mask.extent
    return (
        (crop[0] > 0 and left < crop[0] + _BORDER_PX)
        or (crop[1] > 0 and top < crop[1] + _BORDER_PX)
        or (crop[2] < size[0] and right > crop[2] - _BORDER_PX)
        or (crop[3] < size[1] and bottom > crop[3] - _BORDER_PX)
    )


def _best(
    first: _Look, second: _Look | None, third: _Look | None, size: tuple[int, int], options: ZoomOptions
) -> list[Candidate]:
    if second is None or not second.found:
        return first.found
    if first.crop is not None:
        return second.found
    for look in (third, second):
        if look is None or look.crop is None or not look.found:
            continue
        closer = look.found[0].mask
        if _reaches_border(closer, look.crop, size) or iou(closer, first.found[0].mask) < options.min_agreement:
            continue
        # Other readings of the clicks, usually larger objects, that the crop cannot show.
        others = [one for one in first.found[1:] if not any(_same_place(one, new) for new in look.found)]
        return [*look.found, *others][:_MAX_CANDIDATES]
    return first.found


def _same_place(one: Candidate, other: Candidate) -> bool:
    a, b = one.mask.extent, other.mask.extent
    across = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    down = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    total = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - across * down
    return across * down > _SAME_PLACE * total
