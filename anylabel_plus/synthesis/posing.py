"""A sprite turned, scaled and slanted: the pixels to paste, and the matrix that tells how."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.synthesis.choosing import Choice, Rng
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.synthesis.scene import OPAQUE, LabelPrior
from anylabel_plus.synthesis.sprites import MARGIN, Sprite

Matrix = NDArray[np.float64]
BLEED = 3
"""Clear pixels around the pixels of a patch, for soft edges."""


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """A posed object: ``rgb`` (h, w, 3), ``alpha`` (h, w) uint8, ``mask`` = alpha of ``OPAQUE`` or more, as 0 or 255.

    ``matrix`` (3, 3) takes points of the cutout to points of the patch (pixel edges). ``box`` is the tight box of
    the mask in the patch, ``area`` its pixels.
    """

    choice: Choice
    sprite: Sprite
    rgb: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    matrix: Matrix
    box: tuple[int, int, int, int]
    area: int


def _shift(x: float, y: float) -> Matrix:
    matrix: Matrix = np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
    return matrix


def _zoom(x: float, y: float) -> Matrix:
    return np.diag([x, y, 1.0])


def applied(matrix: Matrix, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """``points`` (N, 2) moved by a (3, 3) matrix."""
    moved = np.column_stack((points, np.ones(len(points)))) @ matrix.T
    result: NDArray[np.float64] = moved[:, :2] / moved[:, 2:]
    return result


@dataclass(frozen=True, slots=True)
class Pose:
    """The random part of a pose: drawn once, used for whatever size comes out."""

    angle: float
    shear: float
    mirror: bool
    overturn: bool
    corners: tuple[tuple[float, float], ...]


def draw_pose(rng: Rng, recipe: Recipe, prior: LabelPrior | None) -> Pose:
    """Angle, slant, mirroring and perspective, as far as recipe and label allow."""
    draws = rng.random(12)
    may_turn = prior is None or prior.rotate
    angle = recipe.rotation[0] + draws[0] * (recipe.rotation[1] - recipe.rotation[0]) if may_turn else 0.0
    shear = recipe.shear[0] + draws[1] * (recipe.shear[1] - recipe.shear[0])
    mirror = recipe.flip_horizontal and (prior is None or prior.flip_horizontal) and bool(draws[2] < 0.5)
    overturn = recipe.flip_vertical and (prior is None or prior.flip_vertical) and bool(draws[3] < 0.5)
    shifts = (draws[4:].reshape(4, 2) - 0.5) * recipe.perspective
    return Pose(angle, shear, mirror, overturn, tuple((float(x), float(y)) for x, y in shifts))


def pose_matrix(sprite: Sprite, pose: Pose, scale: float) -> Matrix:
    """From points of the cutout to points around the middle of the object."""
    left, top, right, bottom = sprite.box
    matrix = _shift(-(left + right) / 2, -(top + bottom) / 2)
    if any(x or y for x, y in pose.corners):
        width, height = right - left, bottom - top
        here = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * (width / 2, height / 2)
        there = here + np.array(pose.corners) * (width, height)
        bent = cv2.getPerspectiveTransform(here.astype(np.float32), there.astype(np.float32))
        matrix = np.asarray(bent, np.float64) @ matrix
    matrix = _zoom(-1.0 if pose.mirror else 1.0, -1.0 if pose.overturn else 1.0) @ matrix
    slant = np.array([[1.0, math.tan(math.radians(pose.shear)), 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    turn = math.radians(pose.angle)
    cos, sin = math.cos(turn), math.sin(turn)
    rotation = np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])
    posed: Matrix = _zoom(scale, scale) @ rotation @ slant @ matrix
    return posed


def pose(
    choice: Choice, sprite: Sprite, drawn: Pose, scale: float, blur: float, smear: tuple[float, float]
) -> Patch | None:
    """The pixels of the posed object, blurred by ``blur`` (sigma in pixels) and smeared by a length and an angle.

    None when no opaque pixel is left.
    """
    matrix = pose_matrix(sprite, drawn, scale)
    outline = applied(matrix, sprite.ring)
    room = BLEED + math.ceil(3 * blur + smear[0] / 2) + 1
    low = np.floor(outline.min(axis=0)) - room
    width, height = (int(v) for v in np.ceil(outline.max(axis=0)) + room - low)
    matrix = _shift(-low[0], -low[1]) @ matrix
    warped = _warped(sprite, matrix, scale, width, height)
    if blur > 0.3:  # less could not be seen
        warped = cv2.GaussianBlur(warped, (0, 0), blur)
    if smear[0] >= 1.0:
        warped = cv2.filter2D(warped, -1, line_kernel(*smear))
    alpha = np.ascontiguousarray(warped[..., 3])
    mask = cv2.threshold(alpha, OPAQUE - 1, 255, cv2.THRESH_BINARY)[1]
    x, y, w, h = cv2.boundingRect(mask)
    if not w:
        return None
    rgb = cv2.cvtColor(warped, cv2.COLOR_RGBA2RGB)
    return Patch(choice, sprite, rgb, alpha, mask, matrix, (x, y, x + w, y + h), cv2.countNonZero(mask))


def _warped(sprite: Sprite, matrix: Matrix, scale: float, width: int, height: int) -> NDArray[np.uint8]:
    level = sprite.level(scale)
    step = 2.0**level
    # Pixel edges of the cutout -> of the padded, halved sprite; OpenCV counts from pixel centres.
    inner = matrix @ _zoom(step, step) @ _shift(-MARGIN, -MARGIN)
    centred = _shift(-0.5, -0.5) @ inner @ _shift(0.5, 0.5)
    source = sprite.levels[level]
    if abs(centred[2, 0]) + abs(centred[2, 1]) < 1e-12:
        warped = cv2.warpAffine(source, centred[:2], (width, height), flags=cv2.INTER_LINEAR)
    else:
        warped = cv2.warpPerspective(source, centred, (width, height), flags=cv2.INTER_LINEAR)
    result: NDArray[np.uint8] = warped
    return result


def line_kernel(length: float, angle: float) -> NDArray[np.float32]:
    """A smear: (n, n) float32 of sum 1, a line of ``length`` pixels through the middle at ``angle`` degrees."""
    size = 2 * math.ceil(length / 2) + 1
    kernel = np.zeros((size, size), np.float32)
    middle = (size - 1) / 2
    dx, dy = math.cos(math.radians(angle)) * length / 2, math.sin(math.radians(angle)) * length / 2
    for share in np.linspace(-1, 1, 4 * size):
        x, y = middle + dx * share, middle + dy * share
        column, row = int(x), int(y)
        for j, wy in ((row, 1 - (y - row)), (row + 1, y - row)):
            for i, wx in ((column, 1 - (x - column)), (column + 1, x - column)):
                if 0 <= i < size and 0 <= j < size:
                    kernel[j, i] += wx * wy
    kernel /= kernel.sum()
    return kernel
