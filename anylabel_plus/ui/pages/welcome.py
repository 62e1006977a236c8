"""The page shown while no folder is open: open, import, samples, recent folders."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from anylabel_plus import paths
from anylabel_plus.ui import icons, theme, words
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import IconMark, KeyCap, row, text_label
from anylabel_plus.ui.widgets.paint import focus_ring, rounded

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

WIDTH = 740
SAMPLES = 4
RECENT_SHOWN = 5
LOOK_MS = 50


class _Clickable(QAbstractButton):
    """A button that paints itself: hover, focus ring, hand."""

    def __init__(self, name: str, height: int) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFixedHeight(height)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        return QSize(160, self.height())

    def _line(self, painter: QPainter, area: QRectF, text: str, style: str, role: str, middle: bool = False) -> None:
        font = theme.font(style)
        painter.setFont(font)
        painter.setPen(theme.color(role))
        mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), words.fit(text, font, int(area.width()), mode))


class StartCard(_Clickable):
    """One way to start: icon tile, title, what it takes, key."""

    def __init__(self, icon: str, title: str, text: str, shortcut: str, primary: bool) -> None:
        super().__init__(title, 68)
        self._icon, self._title, self._text, self._primary = icon, title, text, primary
        self.setAccessibleDescription(text)
        cap = KeyCap(shortcut)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 14, 0)
        layout.addStretch(1)
        layout.addWidget(cap)
        self._right = cap.sizeHint().width() + 24

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        line = theme.color("border_strong" if self.underMouse() else "border_subtle")
        rounded(painter, area, theme.radius("card"), theme.color("bg_raised"), line)
        tile = QRectF(12, 14, 40, 40)
        rounded(painter, tile, theme.radius("card"), theme.color("accent_fill" if self._primary else "accent_soft"))
        front = theme.color("text_on_accent" if self._primary else "accent")
        icons.paint(painter, tile.adjusted(10, 10, -10, -10), self._icon, front)
        width = self.width() - 64 - self._right
        self._line(painter, QRectF(64, 15, width, 20), self._title, "strong", "text")
        self._line(painter, QRectF(64, 34, width, 18), self._text, "small", "text_2")
        if theme.keyboard_focus(self):
            focus_ring(painter, area, theme.radius("card"))


class SampleCard(_Clickable):
    """One sample picture with its name."""

    def __init__(self, path: Path) -> None:
        title = path.stem.replace("_", " ").capitalize()
        super().__init__(f"Sample {title}", 126)
        self.path, self._title = path, title
        self.picture: QImage | None = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(0, 0, self.width(), 104)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rounded(painter, area, theme.radius("card"), theme.color("bg_pressed"))
        if self.picture is not None:
            _fill(painter, area, self.picture)
        if theme.keyboard_focus(self):
            focus_ring(painter, area, theme.radius("card"))
        elif self.underMouse():
            rounded(painter, area, theme.radius("card"), None, theme.color("accent"), 2)
        self._line(painter, QRectF(0, 107, self.width(), 19), self._title, "strong", "text")


def _fill(painter: QPainter, area: QRectF, picture: QImage) -> None:
    """Fill a rounded area with a picture, somewhat above its middle, where faces are."""
    shape = QPainterPath()
    shape.addRoundedRect(area, theme.radius("card"), theme.radius("card"))
    scale = max(area.width() / picture.width(), area.height() / picture.height())
    w, h = area.width() / scale, area.height() / scale
    painter.save()
    painter.setClipPath(shape)
    painter.drawImage(area, picture, QRectF((picture.width() - w) / 2, (picture.height() - h) / 4, w, h))
    painter.restore()


class RecentRow(_Clickable):
    """One recent folder: name, path, how many images; an unreachable one stays, dimmed."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"Open {folder}", 46)
        self.folder = folder
        self.images: int | None = None
        self.reachable = True
        self.setToolTip(str(folder))

    def show_facts(self, images: int | None) -> None:
        """``images`` is None when the folder cannot be reached."""
        self.images, self.reachable = images, images is not None
        self.setEnabled(self.reachable)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect())
        if self.underMouse() and self.reachable:
            rounded(painter, area, theme.radius("row"), theme.color("bg_hover"))
        tile = QRectF(8, 8, 40, 30)
        rounded(painter, tile, theme.radius("chip"), theme.color("bg_pressed"))
        icons.paint(painter, tile.adjusted(12, 7, -12, -7), "folder", theme.color("text_2"))
        role = "text" if self.reachable else "text_3"
        self._line(
            painter, QRectF(60, 5, self.width() - 200, 19), self.folder.name or str(self.folder), "control", role
        )
        self._line(painter, QRectF(60, 23, self.width() - 200, 17), str(self.folder), "small", "text_2", middle=True)
        text = "not reachable" if not self.reachable else ""
        if self.images is not None:
            text = words.plural(self.images, "image")
        painter.setFont(theme.font("small"))
        painter.setPen(theme.color("text_2"))
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(self.width() - 140, 0, 128, self.height()), flags, text)
        painter.fillRect(QRectF(0, self.height() - 1, self.width(), 1), theme.color("border_subtle"))
        if theme.keyboard_focus(self):
            focus_ring(painter, area, theme.radius("row"))


def count_images(folder: Path, limit: int = 100_000) -> int | None:
    """Images directly in ``folder`` and one level below; None when it cannot be read."""
    from anylabel_plus.dataset.scan import EXTENSIONS

    found, folders = 0, [folder]
    try:
        for depth in (0, 1):
            below: list[Path] = []
            for one in folders:
                with os.scandir(one) as entries:
                    for entry in entries:
                        if entry.name.startswith("."):
                            continue
                        if depth == 0 and entry.is_dir(follow_symlinks=False):
                            below.append(Path(entry.path))
                        elif os.path.splitext(entry.name)[1].lower() in EXTENSIONS:
                            found += 1
                if found >= limit:
                    return found
            folders = below
    except OSError:
        return None if found == 0 else found
    return found


def sample_pictures() -> list[Path]:
    """The pictures that ship with the program, best known first."""
    folder = paths.resources("samples", "images")
    order = {"portrait": 0, "table_top": 1, "cat": 2, "launch_pad": 3}
    found = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
    return sorted(found, key=lambda path: order.get(path.stem, 9))[:SAMPLES]


class WelcomePage(QWidget):
    """What needs a dialog is asked of the window's action with that id; a recent folder opens at once."""

    def __init__(self, session: Session, recent: Sequence[Path]) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setProperty("surface", "app")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Start labeling")
        self._session = session
        self.samples = [SampleCard(path) for path in sample_pictures()]
        self.recent = [RecentRow(folder) for folder in recent[:RECENT_SHOWN]]
        column = QVBoxLayout()
        column.setSpacing(0)
        self._fill_start(column)
        self._fill_samples(column)
        self._fill_recent(column)
        column.addStretch(1)
        column.addLayout(self._foot())
        holder = QWidget()
        holder.setLayout(column)
        holder.setMaximumWidth(WIDTH)
        holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(32, 0, 32, 0)
        layout.addStretch(1)
        layout.addWidget(holder, 100)
        layout.addStretch(1)
        self._look = QTimer(self)
        self._look.timeout.connect(self._show_facts)
        QTimer.singleShot(50, self, self._read)

    def _fill_start(self, column: QVBoxLayout) -> None:
        column.addSpacing(56)
        column.addWidget(text_label("Start labeling", "h1"))
        column.addSpacing(4)
        text = "Open a folder of images, bring in labels you already have, or try the sample data."
        column.addWidget(text_label(text, "body", "2", wrap=True))
        column.addSpacing(16)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for number, (icon, title, text, key, action) in enumerate(
            (
                ("folder-open", "Open folder", "Images in it and below it", self._key("open_folder"), "open_folder"),
                ("download-simple", "Import labels", "COCO, YOLO, Pascal VOC", self._key("job_import"), "job_import"),
            )
        ):
            card = StartCard(icon, title, text, key, primary=number == 0)
            card.clicked.connect(lambda _=False, one=action: self._ask(one))
            cards.addWidget(card, 1)
        column.addLayout(cards)

    def _key(self, action: str) -> str:
        from anylabel_plus.ui.actions.keymap import keys_in_force

        return next(iter(keys_in_force(self._session.settings)[action]), "")

    def _fill_samples(self, column: QVBoxLayout) -> None:
        if not self.samples:
            return
        column.addSpacing(20)
        column.addLayout(
            row(text_label("Sample data", "h3"), text_label("Included, works offline", "small", "2"), None)
        )
        column.addSpacing(6)
        line = QHBoxLayout()
        line.setSpacing(16)
        for card in self.samples:
            card.clicked.connect(lambda _=False: self._ask("open_samples"))
            line.addWidget(card, 1)
        column.addLayout(line)

    def _fill_recent(self, column: QVBoxLayout) -> None:
        if not self.recent:
            return
        column.addSpacing(20)
        self._clear = Button("Clear list", kind="ghost", size="small", clicked=self._clear_recent)
        self._recent_box = QWidget()
        inner = QVBoxLayout(self._recent_box)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addLayout(row(text_label("Recent folders", "h3"), None, self._clear))
        inner.addSpacing(4)
        for line in self.recent:
            line.clicked.connect(lambda _=False, folder=line.folder: self._session.open_folder(folder))
            inner.addWidget(line)
        column.addWidget(self._recent_box)

    def _foot(self) -> QHBoxLayout:
        hint = text_label("Or drop images, a folder or a label file anywhere in this window", "small", "2")
        return row(None, IconMark("drop", "text_2", 15), hint, None, margins=(0, 8, 0, 22))

    def _ask(self, action_id: str) -> None:
        window = self.window()
        action = window.findChild(QAction, action_id)
        if action is not None and action.isEnabled():
            action.trigger()

    def _clear_recent(self) -> None:
        state = getattr(self.window(), "state", None)
        if state is not None:
            state.clear_recent()
        self._recent_box.hide()

    # Read in a thread ---------------------------------------------------------------------------

    def _read(self) -> None:
        self._facts = _Facts([card.path for card in self.samples], [line.folder for line in self.recent])
        # Nothing of this page: it may be deleted while the threads are reading.
        self.destroyed.connect(self._facts.stopped.set)
        self._facts.start()
        self._look.start(LOOK_MS)

    def _show_facts(self) -> None:
        """Show what has been read since the last look; the last look is the one after the end."""
        if not self._facts.reading:
            self._look.stop()
        while self._facts.samples:
            number, picture = self._facts.samples.popleft()
            self.samples[number].picture = picture
            self.samples[number].update()
        while self._facts.counts:
            number, images = self._facts.counts.popleft()
            self.recent[number].show_facts(images)


class _Facts:
    """What the page shows and only the disk knows, read in threads that know no widget."""

    def __init__(self, pictures: list[Path], folders: list[Path]) -> None:
        self.samples: deque[tuple[int, QImage]] = deque()
        self.counts: deque[tuple[int, int | None]] = deque()
        self.stopped = threading.Event()
        tasks = ((self._read_samples, pictures), (self._count, folders))
        self._threads = [
            threading.Thread(target=task, args=(files,), name="welcome", daemon=True) for task, files in tasks
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    @property
    def reading(self) -> bool:
        return any(thread.is_alive() for thread in self._threads)

    def _read_samples(self, pictures: list[Path]) -> None:
        from PySide6.QtGui import QImageReader

        for number, path in enumerate(pictures):
            if self.stopped.is_set():
                return
            # Qt's own reader: the window at rest loads no OpenCV.
            reader = QImageReader(str(path))
            reader.setAutoTransform(True)
            size = reader.size()
            if size.isValid():
                reader.setScaledSize(size.scaled(400, 400, Qt.AspectRatioMode.KeepAspectRatio))
            picture = reader.read()
            if not picture.isNull():
                self.samples.append((number, picture))

    def _count(self, folders: list[Path]) -> None:
        for number, folder in enumerate(folders):
            if self.stopped.is_set():
                return
            self.counts.append((number, count_images(folder)))
