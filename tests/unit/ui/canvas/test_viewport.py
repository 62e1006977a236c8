"""Zoom, fit and pan as arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.ui.canvas import viewport
from anylabel_plus.ui.canvas.viewport import View

scales = st.floats(0.05, 64)
places = st.floats(-5000, 5000)


@given(scales, places, places, scales, st.floats(0, 2000), st.floats(0, 2000))
def test_zoom_keeps_the_point_under_the_pointer(
    scale: float, ox: float, oy: float, wanted: float, x: float, y: float
) -> None:
    view = View(scale, ox, oy)
    point = view.to_image(x, y)
    after = view.zoomed(wanted, x, y).to_widget(*point)
    assert after == pytest.approx((x, y), abs=1e-3)


@given(st.integers(1, 20000), st.integers(1, 20000))
def test_fit_shows_the_whole_image_in_the_middle(width: int, height: int) -> None:
    view = viewport.fitted(width, height, 900, 700, bottom=100)
    x0, y0 = view.to_widget(0, 0)
    x1, y1 = view.to_widget(width, height)
    assert x0 >= -1e-6 and y0 >= -1e-6 and x1 <= 900 + 1e-6 and y1 <= 600 + 1e-6
    assert x0 + x1 == pytest.approx(900) and y0 + y1 == pytest.approx(600)
    assert view.scale <= viewport.MAX_ZOOM


@given(scales, places, places)
def test_a_part_of_the_image_always_stays_visible(scale: float, ox: float, oy: float) -> None:
    view = viewport.kept_visible(View(scale, ox, oy), 640, 480, 900, 700)
    x0, y0 = view.to_widget(0, 0)
    x1, y1 = view.to_widget(640, 480)
    assert min(x1, 900) - max(x0, 0) >= min(640 * scale, 64) - 1e-6
    assert min(y1, 700) - max(y0, 0) >= min(480 * scale, 64) - 1e-6


def test_huge_images_may_be_zoomed_out_until_they_fit() -> None:
    assert viewport.smallest_scale(640, 480, 900, 700) == 0.05
    assert viewport.smallest_scale(100_000, 80_000, 900, 700) < 0.01


def test_snapped_views_lie_on_device_pixels() -> None:
    view = View(1.7, 10.3, -4.8).snapped(1.5)
    assert (view.ox * 1.5) % 1 == pytest.approx(0) and (view.oy * 1.5) % 1 == pytest.approx(0)
