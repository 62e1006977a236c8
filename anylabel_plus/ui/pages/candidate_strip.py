"""The strip of candidates that floats over the bottom of the canvas: pick, accept, discard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.label_colors import label_color
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import KeyCap, hairline, row, text_label
from anylabel_plus.ui.widgets.paint import focus_ring, rounded
from anylabel_plus.ui.widgets.toast import SHADOW, FloatFrame, overlay_flags

if TYPE_CHECKING:
    from anylabel_plus.inference.base import Candidate
    from anylabel_plus.ui.picture import Picture
    from anylabel_plus.ui.session import Session

MAX_THUMBS = 3
GAP = 10
"""Distance from the bottom of the canvas, in pixels."""
LARGE, SMALL = QSize(88, 56), QSize(72, 42)
_OVERLAY = 0.55
Box = tuple[float, float, float, float]


def common_view(candidates: tuple[Candidate, ...], width: int, height: int, shape: QSize) -> Box:
    """The part of the image (xyxy) that all thumbs show: around every candidate, in the thumb's shape."""
    extents = [candidate.mask.extent for candidate in candidates]
    boxes = [box for box in extents if box[2] > box[0] and box[3] > box[1]]
    if not boxes:
        return 0.0, 0.0, float(width), float(height)
    x1, y1 = min(box[0] for box in boxes), min(box[1] for box in boxes)
    x2, y2 = max(box[2] for box in boxes), max(box[3] for box in boxes)
    w, h = max(8.0, (x2 - x1) * 1.3), max(8.0, (y2 - y1) * 1.3)
    ratio = shape.width() / shape.height()
    w, h = max(w, h * ratio), max(h, w / ratio)
    left, top = (x1 + x2 - w) / 2, (y1 + y2 - h) / 2
    # Inside the image as far as it is large enough.
    left = min(max(left, 0.0), max(0.0, width - w)) if w < width else (width - w) / 2
    top = min(max(top, 0.0), max(0.0, height - h)) if h < height else (height - h) / 2
    return left, top, left + w, top + h


def thumbnail(picture: Picture, candidate: Candidate, view: Box, size: QSize, color: QColor) -> QImage:
    """The image inside ``view`` at ``size`` pixels with the candidate's mask laid over it."""
    xs = view[0] + (np.arange(size.width()) + 0.5) * (view[2] - view[0]) / size.width()
    ys = view[1] + (np.arange(size.height()) + 0.5) * (view[3] - view[1]) / size.height()
    level = picture.level_for(size.width() / (view[2] - view[0]))
    columns = np.clip(xs / level.fx, 0, level.width - 1).astype(np.intp)
    rows = np.clip(ys / level.fy, 0, level.height - 1).astype(np.intp)
    part = level.crop(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    rgb = part[(rows - rows[0])[:, None], (columns - columns[0])[None, :]]
    outside = ((xs < 0) | (xs >= picture.width))[None, :] | ((ys < 0) | (ys >= picture.height))[:, None]
    inside = candidate.mask.sample(xs, ys)
    tint = np.array([color.red(), color.green(), color.blue()], np.float32)
    out = rgb.astype(np.float32)
    out[inside] = out[inside] * (1 - _OVERLAY) + tint * _OVERLAY
    out[outside] = 0
    data = np.ascontiguousarray(out.astype(np.uint8))
    return QImage(data.data, size.width(), size.height(), 3 * size.width(), QImage.Format.Format_RGB888).copy()


class _Thumb(QAbstractButton):
    """One candidate: picture, key, score."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number, self._score = number, 0.0
        self._picture: QImage | None = None
        self._size = LARGE
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_candidate(self, picture: QImage | None, score: float, chosen: bool) -> None:
        self._picture, self._score = picture, score
        self.setChecked(chosen)
        self.setAccessibleName(tr("Candidate {number}, score {score}", number=self._number + 1, score=f"{score:.2f}"))
        self.update()

    def set_size(self, size: QSize) -> None:
        if size != self._size:
            self._size = size
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(self._size.width() + 10, self._size.height() + 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        chosen = self.isChecked()
        if chosen:
            rounded(painter, area, theme.radius("control"), theme.color("accent_soft"), theme.color("accent"), 1.5)
        else:
            line = theme.color("border_strong" if self.underMouse() else "border_subtle")
            rounded(painter, area, theme.radius("control"), None, line)
        place = QRectF(5, 5, self._size.width(), self._size.height())
        if self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(place, self._picture)
        else:
            rounded(painter, place, 3, theme.color("bg_pressed"))
        cap = QRectF(6, place.bottom() + 4, 18, 17)
        rounded(painter, cap, theme.radius("chip"), theme.color("bg_hover"), theme.color("border"))
        painter.setFont(theme.font("cap_strong"))
        painter.setPen(theme.color("text_2"))
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, str(self._number + 1))
        painter.setFont(theme.font("small_strong"))
        painter.setPen(theme.color("text"))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(30, cap.top(), self.width() - 37, cap.height()), flags, f"{self._score:.2f}")
        if theme.keyboard_focus(self):
            focus_ring(painter, area, theme.radius("control"))


class CandidateStrip(FloatFrame):
    """Floats over ``host`` (the canvas) while there are candidates; keeps itself at its bottom centre."""

    def __init__(self, session: Session, host: QWidget) -> None:
        super().__init__(host)
        self._session, self._host = session, host
        self.setObjectName("candidate_strip")
        self.setAccessibleName(tr("Candidates"))
        overlay_flags(self)
        self._count = text_label("", "small", "2")
        self._hint = text_label("", "small", "2")
        self._thumbs = [_Thumb(number) for number in range(MAX_THUMBS)]
        for number, thumb in enumerate(self._thumbs):
            thumb.clicked.connect(lambda _=False, n=number: self._choose(n))
        self.accept = Button(tr("Accept"), "check", "primary", clicked=session.accept_candidate)
        self.discard = Button(tr("Discard"), "x", "ghost", clicked=session.clear_prompt)
        for button in (self.accept, self.discard):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._build()
        session.candidates_changed.connect(self.refresh)
        host.installEventFilter(self)
        theme.changed().connect(self.update)
        self._reserve()
        self.hide()

    def _build(self) -> None:
        words_column = QVBoxLayout()
        words_column.setSpacing(2)
        words_column.addStretch(1)
        words_column.addLayout(row(text_label(tr("Candidates"), "strong"), self._count, None))
        words_column.addWidget(self._hint)
        words_column.addStretch(1)
        decide = QGridLayout()
        decide.setHorizontalSpacing(8)
        decide.setVerticalSpacing(8)
        for line, (button, key) in enumerate(((self.accept, "Return"), (self.discard, "Escape"))):
            decide.addWidget(button, line, 0)
            decide.addWidget(KeyCap(key), line, 1, Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 12, 8)
        layout.setSpacing(8)
        layout.addLayout(words_column)
        layout.addSpacing(8)
        for thumb in self._thumbs:
            layout.addWidget(thumb)
        layout.addWidget(hairline(vertical=True))
        layout.addLayout(decide)
        for widget in self.findChildren(QWidget):
            # The style sheet decides on fonts; sizes asked for before that are too small.
            widget.ensurePolished()

    @property
    def used_height(self) -> int:
        """Height that a fitted image must leave free at the bottom of the canvas, in pixels."""
        return self.sizeHint().height() - 2 * SHADOW + 2 * GAP

    def _reserve(self) -> None:
        """Let the fitted image leave room; before the first answer, so that no prompt moves the image."""
        for thumb in self._thumbs:
            thumb.set_size(self._thumb_size())
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
        reserve = getattr(self._host, "reserve_bottom", None)
        if reserve is not None:
            reserve(self.used_height)

    def _thumb_size(self) -> QSize:
        return LARGE if self._host.height() > 760 else SMALL

    def refresh(self) -> None:
        """Show the session's candidates, or nothing."""
        candidates = self._session.candidates
        self.setVisible(bool(candidates))
        if not candidates:
            return
        size = self._thumb_size()
        first = max(0, min(self._session.chosen - 1, len(candidates) - MAX_THUMBS))
        shown = candidates[first : first + MAX_THUMBS] if len(candidates) > MAX_THUMBS else candidates
        pictures = self._pictures(candidates, shown, size)
        for number, thumb in enumerate(self._thumbs):
            thumb.set_size(size)
            thumb.setVisible(number < len(shown))
            if number < len(shown):
                chosen = first + number == self._session.chosen
                thumb.show_candidate(pictures[number], shown[number].score, chosen)
        self._first = first
        self._count.setText(str(len(candidates)))
        several = tr("Pick 1–{last}, Tab to cycle", last=len(shown))
        self._hint.setText(several if len(shown) > 1 else tr("Add points to refine"))
        self._place()
        self.raise_()

    def _pictures(
        self, candidates: tuple[Candidate, ...], shown: tuple[Candidate, ...], size: QSize
    ) -> list[QImage | None]:
        picture = self._session.picture
        if picture is None:
            return [None] * len(shown)
        pixels = size * self.devicePixelRatioF()
        view = common_view(candidates, picture.width, picture.height, size)
        color = label_color(self._session.labels, self._session.label)
        return [thumbnail(picture, candidate, view, pixels, color) for candidate in shown]

    def _choose(self, number: int) -> None:
        self._session.choose_candidate(self._first + number)
        self.refresh()

    def _place(self) -> None:
        self.adjustSize()
        x = (self._host.width() - self.width()) // 2
        self.move(x, self._host.height() - self.height() - GAP + SHADOW)

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self.isVisible():
            self._place()
        return done

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._reserve()
            if self.isVisible():
                self.refresh()
        return False
