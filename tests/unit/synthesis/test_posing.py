"""A posed object lies where its matrix says, and takes up no foreign colour."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anylabel_plus.core.masks import Mask, iou, rasterize
from anylabel_plus.synthesis.choosing import Choice
from anylabel_plus.synthesis.posing import Pose, applied, line_kernel, pose
from anylabel_plus.synthesis.scene import Cutout, SourceRef
from anylabel_plus.synthesis.sprites import prepare
from tests.unit.synthesis.scenes import block, disc

CUTOUT = Cutout("a", "block", 104, 64, 6000, SourceRef("a.png"))
CHOICE = Choice(CUTOUT, "block", 0.2, 0.0)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-180, 180),
    st.floats(-20, 20),
    st.booleans(),
    st.booleans(),
    st.floats(0.2, 1.5),
    st.lists(st.floats(-0.1, 0.1), min_size=8, max_size=8),
)
def test_the_mask_is_where_the_matrix_takes_the_outline(
    angle: float, shear: float, mirror: bool, overturn: bool, scale: float, corners: list[float]
) -> None:
    sprite = prepare(CUTOUT, block(100, 60, (200, 0, 0)))
    shifts = tuple(zip(corners[::2], corners[1::2], strict=True))
    patch = pose(CHOICE, sprite, Pose(angle, shear, mirror, overturn, shifts), scale, 0.0, (0.0, 0.0))
    assert patch is not None
    outline = applied(patch.matrix, np.array([[2, 2], [102, 2], [102, 62], [2, 62]], np.float64))
    expected = rasterize([outline])
    # Half a pixel all round is what interpolation may differ by; most of the shapes are far closer.
    assert iou(expected, Mask(patch.mask > 0)) > (0.97 if scale > 0.5 else 0.93)


def test_a_mirrored_object_is_mirrored() -> None:
    half = block(40, 40, (255, 0, 0))
    half[2:-2, 22:-2, :3] = (0, 0, 255)
    sprite = prepare(CUTOUT, half)
    plain = pose(CHOICE, sprite, Pose(0, 0, False, False, ((0, 0),) * 4), 1.0, 0.0, (0, 0))
    mirrored = pose(CHOICE, sprite, Pose(0, 0, True, False, ((0, 0),) * 4), 1.0, 0.0, (0, 0))
    assert plain is not None and mirrored is not None
    y = plain.mask.shape[0] // 2
    left, right = plain.box[0] + 5, plain.box[2] - 6
    assert plain.rgb[y, left, 0] > 200 > plain.rgb[y, right, 0]
    assert mirrored.rgb[y, left, 0] < 100 < mirrored.rgb[y, right, 0]


@pytest.mark.parametrize("scale", [0.05, 0.13, 0.3, 0.71, 1.0, 1.5])
def test_no_pixel_that_can_be_seen_holds_the_colour_of_clear_pixels(scale: float) -> None:
    rgba = disc(300, (230, 40, 40))
    rgba[rgba[..., 3] == 0, :3] = (0, 255, 0)  # green under the clear pixels
    patch = pose(CHOICE, prepare(CUTOUT, rgba), Pose(33, 0, False, False, ((0, 0),) * 4), scale, 0.0, (0, 0))
    assert patch is not None
    seen = patch.rgb[patch.alpha > 2].astype(int)
    assert seen[:, 1].max() <= 48 and seen[:, 0].min() >= 220


def test_colours_go_on_beyond_the_edge_for_soft_blends() -> None:
    patch = pose(
        CHOICE, prepare(CUTOUT, disc(80, (230, 40, 40))), Pose(0, 0, False, False, ((0, 0),) * 4), 1, 0, (0, 0)
    )
    assert patch is not None
    rim = cv2.dilate(patch.mask, np.ones((5, 5), np.uint8)) > 0
    assert np.abs(patch.rgb[rim].astype(int) - (230, 40, 40)).max() <= 12


def test_a_smear_keeps_the_light() -> None:
    for length, angle in ((1.0, 0.0), (7.5, 30.0), (20.0, 90.0)):
        assert line_kernel(length, angle).sum() == pytest.approx(1.0, abs=1e-5)


def test_a_cutout_without_opaque_pixels_is_refused() -> None:
    from anylabel_plus.core.errors import UserError

    with pytest.raises(UserError, match="no pixel of it is opaque"):
        prepare(CUTOUT, np.zeros((20, 20, 4), np.uint8))
