"""The static layer: picture and resting shapes as pixels of the widget, redrawn only where they changed.

A new zoom shows the old pixels scaled (or thin outlines, where no fills are drawn) and draws the
real thing in slices of a few milliseconds. Where there are no old pixels, what is done so far is
shown several times a second. Panning shifts what is there and draws the strips that come into
view; an edit redraws the rectangle it touched. So a repaint with nothing changed is one copy,
however many shapes there are.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QRegion

from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.canvas.painter import ShapePainter, transform_of
from anylabel_plus.ui.canvas.viewport import View

SLICE_S = 0.010
FIRST_SLICE_S = 0.016
QUICK_S = 0.012
PROGRESS_S = 0.130
"""So often what is drawn so far is shown, where there are no old pixels to show instead."""
_CHECK_EVERY = 8


def rects(region: QRegion) -> list[QRect]:
    """The rectangles of a region, which do not overlap."""
    parts: Any = region
    return list(parts)


class Source(Protocol):
    """What the layer draws, asked for anew for each rectangle."""

    def shape_painter(self, scale: float) -> ShapePainter: ...
    def fills(self) -> bool:
        """False when only outlines are drawn."""
        ...

    def background(self) -> QColor: ...
    def draw_picture(self, painter: QPainter, view: View, area: QRect) -> None:
        """The picture, in device pixels."""
        ...

    def resting(self, view: View, area: QRect) -> Sequence[Shape]:
        """Shapes that meet ``area`` (device pixels), lowest first, without those drawn live."""
        ...

    def draw_resting(self, painter: QPainter, shapes: ShapePainter, shape: Shape) -> None: ...
    def draw_quick(self, painter: QPainter, shapes: ShapePainter, shape: Shape) -> None: ...


@dataclass(slots=True)
class _Patch:
    """A rectangle being drawn."""

    area: QRect
    image: QImage
    todo: Sequence[Shape]
    shapes: ShapePainter
    done: int = 0
    shown_at: float = 0.0


class StaticLayer:
    """Pixels of one view. ``changed`` marks what to redraw, ``advance`` redraws for a while."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._front: QImage | None = None
        self._meanwhile: QImage | None = None
        self._old: QImage | None = None
        self._old_view = View()
        self._patch: _Patch | None = None
        self._view = View()
        self._size = QSize()
        self._dirty = QRegion()

    @property
    def finished(self) -> bool:
        """True when everything shown is as it should be."""
        return self._patch is None and self._dirty.isEmpty() and self._front is not None

    def shows(self, view: View, size: QSize) -> bool:
        """True when ``view`` and ``size`` are those drawn."""
        return view == self._view and size == self._size

    def show(self, view: View, size: QSize) -> None:
        """The view (device pixels) and size to draw from now on."""
        if self.shows(view, size):
            return
        before, old_size = self._view, self._size
        self._view, self._size = view, size
        dx, dy = round(view.ox - before.ox), round(view.oy - before.oy)
        pans = size == old_size and view.scale == before.scale and self._front is not None
        if pans and abs(dx) < size.width() and abs(dy) < size.height():
            self._shift(dx, dy)
        else:
            self._restart(before)

    def all_changed(self) -> None:
        """Everything is to be redrawn; what is there stays until the new is ready."""
        self._restart(self._view)

    def forget(self) -> None:
        """Another image: nothing that was drawn may be seen again."""
        self._restart(self._view)
        self._old = None

    def _restart(self, view: View) -> None:
        """Begin anew; the front, drawn for ``view``, becomes the old one."""
        if self._front is not None:
            self._old, self._old_view = self._front, view
        self._front = self._meanwhile = self._patch = None
        self._dirty = QRegion(QRect(QPoint(0, 0), self._size))

    def changed(self, area: QRect) -> None:
        """One rectangle (device pixels) is to be redrawn."""
        if self._patch is not None and self._patch.area.intersects(area):
            # What is being drawn is out of date already.
            self._dirty += self._patch.area
            self._patch = None
        self._dirty += area & QRect(QPoint(0, 0), self._size)

    def _shift(self, dx: int, dy: int) -> None:
        assert self._front is not None
        if self._patch is not None:
            self._dirty += self._patch.area
            self._patch = None
        whole = QRect(QPoint(0, 0), self._size)
        moved = QImage(self._size, QImage.Format.Format_RGB32)
        painter = QPainter(moved)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(dx, dy, self._front)
        strips = QRegion(whole) - QRegion(whole.translated(dx, dy))
        for strip in rects(strips):
            self._draw_ground(painter, strip)
        painter.end()
        self._front = moved
        self._dirty = (self._dirty.translated(dx, dy) + strips) & QRegion(whole)

    def _draw_ground(self, painter: QPainter, area: QRect) -> None:
        painter.fillRect(area, self._source.background())
        self._source.draw_picture(painter, self._view, area)

    # Drawing in slices -----------------------------------------------------------------------

    def advance(self, seconds: float = SLICE_S) -> bool:
        """Redraw for about ``seconds``; True when something that is shown has changed."""
        end = time.perf_counter() + seconds
        shown = False
        while time.perf_counter() < end:
            if self._patch is None and not self._next_patch():
                break
            if self._draw_some(end):
                self._finish_patch()
                shown = True
        return self._show_progress() or shown

    def _show_progress(self) -> bool:
        """Let what is drawn so far be seen, if it is time; True when it is."""
        patch, now = self._patch, time.perf_counter()
        if patch is None or self._meanwhile is None or self._shows_old_pixels or now - patch.shown_at < PROGRESS_S:
            return False
        self._meanwhile = self._draw_meanwhile()
        return True

    @property
    def _shows_old_pixels(self) -> bool:
        """True when the old pixels are as good as what is drawn so far."""
        if self._old is None:
            return False
        return self._source.fills() or (self._old_view == self._view and self._old.size() == self._size)

    def _next_patch(self) -> bool:
        if self._dirty.isEmpty():
            return False
        area = self._dirty.boundingRect()
        if self._dirty.rectCount() > 1:
            # Two strips of a pan make an L: one by one they are far less than their bounds.
            area = rects(self._dirty)[0]
        self._dirty -= QRegion(area)
        image = QImage(area.size(), QImage.Format.Format_RGB32)
        painter = QPainter(image)
        painter.translate(-area.topLeft())
        self._draw_ground(painter, area)
        painter.end()
        shapes = self._source.resting(self._view, area)
        self._patch = _Patch(area, image, shapes, self._source.shape_painter(self._view.scale))
        return True

    def _draw_some(self, end: float) -> bool:
        """Draw shapes of the patch until ``end``; True when all are drawn."""
        patch = self._patch
        assert patch is not None
        painter = QPainter(patch.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        view = self._view.moved(-patch.area.left(), -patch.area.top())
        painter.setTransform(transform_of(view))
        while patch.done < len(patch.todo):
            self._source.draw_resting(painter, patch.shapes, patch.todo[patch.done])
            patch.done += 1
            if patch.done % _CHECK_EVERY == 0 and time.perf_counter() > end:
                break
        painter.end()
        return patch.done == len(patch.todo)

    def _finish_patch(self) -> None:
        patch, self._patch = self._patch, None
        assert patch is not None
        if patch.area.size() == self._size or self._front is None:
            self._front, self._meanwhile, self._old = patch.image, None, None
            return
        painter = QPainter(self._front)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        painter.drawImage(patch.area.topLeft(), patch.image)
        painter.end()

    # Showing ---------------------------------------------------------------------------------

    @property
    def shown(self) -> QImage | None:
        """What ``image`` gave last, None before that."""
        return self._front or self._meanwhile

    def image(self) -> QImage | None:
        """What to show now, of the size given to ``show``."""
        if self._front is not None:
            self.advance(SLICE_S)
        elif self._meanwhile is None:
            self.advance(FIRST_SLICE_S)
        if self._front is not None:
            return self._front
        if self._meanwhile is None:
            self._meanwhile = self._draw_meanwhile()
        return self._meanwhile

    def _draw_meanwhile(self) -> QImage:
        """What to show until the front is ready."""
        if self._old is not None and self._old_view == self._view and self._old.size() == self._size:
            return self._old
        whole = QRect(QPoint(0, 0), self._size)
        done = 0
        if self._patch is not None and self._patch.area == whole:
            image = self._patch.image.copy()
            done, self._patch.shown_at = self._patch.done, time.perf_counter()
            painter = QPainter(image)
        else:
            image = QImage(self._size, QImage.Format.Format_RGB32)
            painter = QPainter(image)
            self._draw_ground(painter, whole)
        if self._old is not None and self._source.fills():
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setTransform(transform_of(self._old_view).inverted()[0] * transform_of(self._view))
            painter.drawImage(0, 0, self._old)
        else:
            self._draw_outlines(painter, whole, done)
        painter.end()
        return image

    def _draw_outlines(self, painter: QPainter, area: QRect, first: int) -> None:
        """Thin outlines from shape ``first`` on, as many as fit into the time."""
        painter.setTransform(transform_of(self._view))
        shapes = self._source.shape_painter(self._view.scale)
        end = time.perf_counter() + QUICK_S
        for count, shape in enumerate(self._source.resting(self._view, area)[first:]):
            self._source.draw_quick(painter, shapes, shape)
            if count % 32 == 31 and time.perf_counter() > end:
                break
