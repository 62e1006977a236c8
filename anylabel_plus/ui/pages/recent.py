"""The recent folders of the welcome page: name, first picture, how many images, how many have labels."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter, QPaintEvent

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui import icons, theme
from anylabel_plus.ui.language import ntr, number, tr
from anylabel_plus.ui.pages.clickable import Clickable, fill
from anylabel_plus.ui.widgets.paint import focus_ring, rounded

LOOK_S = 3.0
"""So long a folder is looked at; what is known by then is shown as "at least"."""
THUMB = (80, 60)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """What was found in a folder; ``all`` is False when it has more than was looked at."""

    images: int
    labelled: int
    thumb: QImage | None = None
    all: bool = True

    @property
    def percent(self) -> int:
        """Share of images with a label file; 100 only when every one has one."""
        return 100 * self.labelled // self.images if self.images else 0


def look_at(folder: Path, labels_dir: Path | None, stopped: Callable[[], bool]) -> FolderFacts | None:
    """Count the images of a folder, and how many have labels; None when it cannot be read. For a thread."""
    from anylabel_plus.dataset.scan import iter_batches

    images = labelled = 0
    thumb: QImage | None = None
    end = time.monotonic() + LOOK_S
    try:
        for batch in iter_batches(folder, labels_dir, size=512):
            if thumb is None and batch:
                thumb = read_picture(batch[0].image, THUMB)
            images += len(batch)
            if labels_dir is None:
                labelled += sum(item.labelled for item in batch)
            else:
                labelled += sum(item.label_source is not None for item in batch)
            if stopped() or time.monotonic() > end:
                return FolderFacts(images, labelled, thumb, all=False)
    except (OSError, UserError):
        return None
    return FolderFacts(images, labelled, thumb)


def read_picture(path: Path, size: tuple[int, int]) -> QImage | None:
    """A picture that covers ``size``, or None when Qt cannot read it. The window at rest loads no OpenCV."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    known = reader.size()
    if known.isValid():
        reader.setScaledSize(known.scaled(*size, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    picture = reader.read()
    return None if picture.isNull() else picture


class RecentRow(Clickable):
    """One recent folder; one that cannot be reached stays, dimmed, with what was known of it."""

    def __init__(self, folder: Path, known: tuple[int, int] | None = None) -> None:
        super().__init__(tr("Open {folder}", folder=folder), 46)
        self.folder = folder
        self.facts: FolderFacts | None = FolderFacts(*known) if known is not None else None
        self.reachable = True
        self.setToolTip(str(folder))

    def show_facts(self, facts: FolderFacts | None) -> None:
        """``facts`` is None when the folder cannot be reached."""
        self.reachable = facts is not None
        self.facts = facts or self.facts
        self.setEnabled(self.reachable)
        self.setAccessibleDescription(self.amount())
        self.update()

    def amount(self) -> str:
        """How many images, as shown."""
        if self.facts is None:
            return ""
        if not self.facts.all:
            return tr("{n}+ images", n=number(self.facts.images))
        return ntr("{n} image", "{n} images", self.facts.images)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self.underMouse() and self.reachable:
            rounded(painter, area, theme.radius("row"), theme.color("bg_hover"))
        tile = QRectF(8, 8, 40, 30)
        rounded(painter, tile, theme.radius("chip"), theme.color("bg_pressed"))
        if self.facts is not None and self.facts.thumb is not None:
            fill(painter, tile, self.facts.thumb, theme.radius("chip"))
        else:
            icons.paint(painter, tile.adjusted(12, 7, -12, -7), "folder", theme.color("text_2"))
        role = "text" if self.reachable else "text_3"
        width = self.width() - 320
        self.line(painter, QRectF(60, 5, width, 19), self.folder.name or str(self.folder), "control", role)
        path = str(self.folder) if self.reachable else tr("{folder} · not reachable", folder=self.folder)
        self.line(painter, QRectF(60, 23, width, 17), path, "small", "text_2", middle=True)
        self._paint_progress(painter)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), theme.color("border_subtle"))
        if theme.keyboard_focus(self):
            focus_ring(painter, area, theme.radius("row"))

    def _paint_progress(self, painter: QPainter) -> None:
        """How many images, a bar, and the percentage, at the right."""
        if self.facts is None:
            return
        right = self.width() - 12.0
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_2"))
        painter.drawText(QRectF(right - 260, 0, 104, self.height()), _RIGHT, self.amount())
        if not self.facts.images:
            return
        percent = self.facts.percent
        painter.drawText(QRectF(right - 44, 0, 44, self.height()), _RIGHT, f"{percent}%")
        groove = QRectF(right - 144, self.height() / 2 - 3, 92, 6)
        rounded(painter, groove, 3, theme.color("bg_pressed"))
        if percent:
            done = QRectF(groove.left(), groove.top(), max(6.0, groove.width() * percent / 100), 6)
            rounded(painter, done, 3, theme.color("success" if percent == 100 else "accent_fill"))
