"""Which objects go where on a stage: poses and places drawn until one keeps to the limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import BoolArray, Mask
from anylabel_plus.synthesis import skips
from anylabel_plus.synthesis.backdrops import Stage
from anylabel_plus.synthesis.choosing import Choice, Chooser, Rng
from anylabel_plus.synthesis.occupancy import Limits, Occupancy, commonest
from anylabel_plus.synthesis.posing import Patch, draw_pose, pose
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.synthesis.scene import LabelPrior
from anylabel_plus.synthesis.sprites import Sprite, Sprites

POSES = 3
"""Poses tried for one object, the later ones smaller where its label allows."""
PLACES = 16
"""Places tried for one pose."""
_SMALLER = 0.75
_ALLOWED_STEP = 4


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A patch with its top left at (x, y) of the stage; ``number`` is its id in the occupancy, ``mask`` its pixels
    in the frame. ``rng`` goes on with the draws of this object."""

    patch: Patch
    x: int
    y: int
    number: int
    mask: Mask
    rng: Rng


@dataclass(slots=True, eq=False)
class Layout:
    """The finished layout, back to front. The first ``protected`` numbers of ``room`` are the stage's own objects."""

    room: Occupancy
    protected: int
    placed: list[Placed] = field(default_factory=list)
    skips: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """What one object needs to find its place."""

    choice: Choice
    sprite: Sprite
    prior: LabelPrior | None
    recipe: Recipe
    stage: Stage
    where: BoolArray | None
    heat: LabelPrior | None
    rng: Rng


def lay_out(
    stage: Stage,
    choices: Sequence[tuple[Choice, Sprite | None, Rng]],
    chooser: Chooser,
    sprites: Sprites,
    where: BoolArray | None,
) -> Layout:
    """Place ``choices`` on ``stage``; what finds no place is counted in ``skips``. A sprite given is used as it is."""
    recipe = chooser.recipe
    small = stage.reduced
    limits = Limits(
        recipe.max_occlusion, recipe.truncation, recipe.min_visible * small * small, recipe.distance * small
    )
    room = Occupancy(*stage.size, limits)
    for _shape, mask in stage.objects:
        room.protect(mask)
    room.settle()
    layout = Layout(room, len(stage.objects))
    order = sorted(choices, key=lambda one: -one[0].relative) if recipe.depth == "small" else choices
    for choice, given, rng in order:
        try:
            sprite = given or sprites.get(choice.cutout)
        except UserError as error:
            layout.skips[f"unreadable cutout: {error}"] += 1
            continue
        prior = chooser.priors.get(choice.cutout.label)
        heat = prior if recipe.place == "prior" and prior is not None and prior.heat else None
        reason = _find(_Task(choice, sprite, prior, recipe, stage, where, heat, rng), layout)
        if reason:
            layout.skips[reason] += 1
    return layout


def _find(task: _Task, layout: Layout) -> str:
    """Place the object, or say why it cannot be."""
    reasons: Counter[str] = Counter()
    longer = max(task.stage.size)
    relative = task.choice.relative
    for _ in range(POSES):
        scale = min(relative * longer / task.sprite.longer, task.recipe.max_enlarge * task.stage.reduced)
        if scale * task.sprite.longer < task.choice.least * longer * 0.98:
            return skips.CUTOUT_SMALL
        patch = _posed(task, scale)
        if patch is None:
            return skips.TOO_SMALL
        for _ in range(PLACES):
            spot = _spot(task, patch)
            if spot is None:
                reasons[skips.TOO_LARGE] += PLACES
                break
            reason = _refused(task, layout, patch, *spot)
            if not reason:
                number, mask = layout.room.place(patch, *spot)
                layout.placed.append(Placed(patch, *spot, number, mask, task.rng))
                return ""
            reasons[reason] += 1
        relative = max(task.choice.least, relative * _SMALLER)
    return commonest(reasons)


def _posed(task: _Task, scale: float) -> Patch | None:
    recipe, rng, small = task.recipe, task.rng, task.stage.reduced
    blur, length, angle = (float(v) for v in rng.random(3))
    sigma = (recipe.defocus[0] + blur * (recipe.defocus[1] - recipe.defocus[0])) * small
    smear = (recipe.motion[0] + length * (recipe.motion[1] - recipe.motion[0])) * small
    drawn = draw_pose(rng, recipe, task.prior)
    return pose(task.choice, task.sprite, drawn, scale, sigma, (smear, angle * 180.0))


def _spot(task: _Task, patch: Patch) -> tuple[int, int] | None:
    """Where the patch's top left could go; None when the object cannot fit into the frame."""
    width, height = task.stage.size
    left, top, right, bottom = patch.box
    w, h = right - left, bottom - top
    out = task.recipe.truncation
    low_x, high_x = -out * w, width - w + out * w
    low_y, high_y = -out * h, height - h + out * h
    if high_x < low_x or high_y < low_y:
        return None
    u, v, picked, jitter = (float(n) for n in task.rng.random(4))
    if task.heat is not None:
        foot = _hot(task.heat, picked, u, v)
        x, y = foot[0] * width - w / 2, foot[1] * height - h
        x, y = min(max(x, low_x), high_x), min(max(y, low_y), high_y)
    elif task.where is not None:
        foot = _free(task.where, picked, u, v)
        centred = task.recipe.foot == "centre"
        x, y = foot[0] - w / 2, foot[1] - (h / 2 if centred else h * (1.0 if task.recipe.foot == "foot" else jitter))
        x, y = min(max(x, low_x), high_x), min(max(y, low_y), high_y)
    else:
        x, y = low_x + u * (high_x - low_x), low_y + v * (high_y - low_y)
    return round(x) - left, round(y) - top


def _hot(prior: LabelPrior, picked: float, u: float, v: float) -> tuple[float, float]:
    """A foot point (0..1 of width and height) drawn from the heat map."""
    grid = np.asarray(prior.heat, np.float64)
    edges = np.cumsum(grid.ravel())
    cell = min(int(np.searchsorted(edges, picked * edges[-1], side="right")), grid.size - 1)
    row, column = divmod(cell, grid.shape[1])
    return (column + u) / grid.shape[1], (row + v) / grid.shape[0]


def _free(where: BoolArray, picked: float, u: float, v: float) -> tuple[float, float]:
    """A pixel drawn from those that are allowed."""
    coarse = where[::_ALLOWED_STEP, ::_ALLOWED_STEP]
    step = _ALLOWED_STEP if coarse.any() else 1
    cells = np.flatnonzero(coarse if step > 1 else where)
    columns = coarse.shape[1] if step > 1 else where.shape[1]
    row, column = divmod(int(cells[int(picked * len(cells))]), columns)
    return (column + u) * step, (row + v) * step


def _refused(task: _Task, layout: Layout, patch: Patch, x: int, y: int) -> str:
    if task.where is not None and not _stands(task, patch, x, y):
        return skips.NOT_ALLOWED
    if task.recipe.depth == "low":
        box = _box_at(patch, x, y)
        for other in layout.placed:
            theirs = _box_at(other.patch, other.x, other.y)
            if theirs[3] > box[3] and _meet(theirs, box):
                return skips.BEHIND
    return layout.room.refused(patch, x, y, float(patch.area))


def _stands(task: _Task, patch: Patch, x: int, y: int) -> bool:
    where = task.where
    if where is None:
        return True
    height, width = where.shape
    left, top, right, bottom = _box_at(patch, x, y)
    if task.recipe.foot == "whole":
        x1, y1, x2, y2 = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
        mask = patch.mask[y1 - y : y2 - y, x1 - x : x2 - x] > 0
        return not bool((mask & ~where[y1:y2, x1:x2]).any())
    row = bottom - 1 if task.recipe.foot == "foot" else (top + bottom) // 2
    column = (left + right) // 2
    return bool(where[min(max(row, 0), height - 1), min(max(column, 0), width - 1)])


def _box_at(patch: Patch, x: int, y: int) -> tuple[int, int, int, int]:
    left, top, right, bottom = patch.box
    return x + left, y + top, x + right, y + bottom


def _meet(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def scrap(stage: Stage, choice: Choice, rng: Rng, side: int) -> Sprite:
    """A piece of a background in a soft, irregular outline: a distractor without a label."""
    from anylabel_plus.synthesis.sprites import prepare

    width, height = stage.size
    side = max(16, min(side, width, height))
    x, y = int(rng.integers(0, width - side + 1)), int(rng.integers(0, height - side + 1))
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radii = (0.3 + 0.18 * rng.random(24)) * side
    points = np.stack((np.cos(angles) * radii, np.sin(angles) * radii), axis=1) + side / 2
    alpha = np.zeros((side, side), np.uint8)
    cv2.fillPoly(alpha, [np.round(points).astype(np.int32)], 255)
    alpha = cv2.threshold(cv2.GaussianBlur(alpha, (0, 0), side / 20), 127, 255, cv2.THRESH_BINARY)[1]
    rgba = np.dstack((stage.pixels[y : y + side, x : x + side], cv2.GaussianBlur(alpha, (0, 0), 0.8)))
    return prepare(replace(choice.cutout, width=side, height=side), rgba)
