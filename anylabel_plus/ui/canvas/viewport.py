"""Where the image lies in the widget: a value, and the arithmetic of zoom, fit and pan."""

from __future__ import annotations

from dataclasses import dataclass

MIN_ZOOM, MAX_ZOOM = 0.05, 64.0
FIT_MARGIN_PX = 12
KEEP_VISIBLE_PX = 64
ZOOM_STEP = 1.2
NEAR_LIMIT = 16.0
"""Zooming to a shape goes no nearer than this."""


@dataclass(frozen=True, slots=True)
class View:
    """``widget = image * scale + (ox, oy)``; lengths in logical widget pixels."""

    scale: float = 1.0
    ox: float = 0.0
    oy: float = 0.0

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        """Image pixels to widget pixels."""
        return x * self.scale + self.ox, y * self.scale + self.oy

    def to_image(self, x: float, y: float) -> tuple[float, float]:
        """Widget pixels to image pixels."""
        return (x - self.ox) / self.scale, (y - self.oy) / self.scale

    def device(self, ratio: float) -> View:
        """The same view in device pixels."""
        return self if ratio == 1.0 else View(self.scale * ratio, self.ox * ratio, self.oy * ratio)

    def snapped(self, ratio: float) -> View:
        """The view moved to whole device pixels, so that panning can shift finished pixels."""
        return View(self.scale, round(self.ox * ratio) / ratio, round(self.oy * ratio) / ratio)

    def moved(self, dx: float, dy: float) -> View:
        """The view panned by widget pixels."""
        return View(self.scale, self.ox + dx, self.oy + dy)

    def zoomed(self, scale: float, at_x: float, at_y: float) -> View:
        """The view at ``scale`` with the image point under widget position ``at`` kept in place."""
        x, y = self.to_image(at_x, at_y)
        return View(scale, at_x - x * scale, at_y - y * scale)


def smallest_scale(width: float, height: float, view_width: float, view_height: float) -> float:
    """The lowest zoom allowed: 5 %, or less when a huge image needs less to fit."""
    return min(MIN_ZOOM, fitted(width, height, view_width, view_height).scale)


def fitted(
    width: float, height: float, view_width: float, view_height: float, *, bottom: float = 0.0, across: bool = False
) -> View:
    """The view that shows the whole image (or its whole width, ``across``) with a small margin.

    ``bottom`` pixels at the lower edge are left free. Never above the highest zoom.
    """
    room_x = max(1.0, view_width - 2 * FIT_MARGIN_PX)
    room_y = max(1.0, view_height - bottom - 2 * FIT_MARGIN_PX)
    scale = room_x / max(1.0, width)
    if not across:
        scale = min(scale, room_y / max(1.0, height))
    scale = min(scale, MAX_ZOOM)
    top = FIT_MARGIN_PX if across and height * scale > room_y else (view_height - bottom - height * scale) / 2
    return View(scale, (view_width - width * scale) / 2, top)


def kept_visible(view: View, width: float, height: float, view_width: float, view_height: float) -> View:
    """``view`` moved as little as needed for a part of the image to stay in the widget."""

    def clamp(offset: float, length: float, room: float) -> float:
        keep = min(KEEP_VISIBLE_PX, length, room)
        return min(max(offset, keep - length), room - keep)

    return View(
        view.scale,
        clamp(view.ox, width * view.scale, view_width),
        clamp(view.oy, height * view.scale, view_height),
    )


def visible_box(
    view: View, width: float, height: float, view_width: float, view_height: float
) -> tuple[float, float, float, float]:
    """xyxy of the image that the widget shows, in image pixels; empty boxes have no extent."""
    x0, y0 = view.to_image(0, 0)
    x1, y1 = view.to_image(view_width, view_height)
    left, top = max(0.0, x0), max(0.0, y0)
    return left, top, max(left, min(width, x1)), max(top, min(height, y1))
