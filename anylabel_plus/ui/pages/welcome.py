"""The page shown while no folder is open: open, import, samples, recent folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QAction, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from anylabel_plus import paths
from anylabel_plus.rivals.rc_file import FILES
from anylabel_plus.ui import icons, theme
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.pages.clickable import Clickable, fill
from anylabel_plus.ui.pages.recent import RecentRow
from anylabel_plus.ui.pages.welcome_facts import WelcomeFacts
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import IconMark, KeyCap, Notice, row, text_label
from anylabel_plus.ui.widgets.paint import focus_ring, rounded

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session
    from anylabel_plus.ui.window_state import WindowState

WIDTH = 740
SAMPLES = 4
RECENT_SHOWN = 5
LOOK_MS = 50


class StartCard(Clickable):
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
        self.line(painter, QRectF(64, 15, width, 20), self._title, "strong", "text")
        self.line(painter, QRectF(64, 34, width, 18), self._text, "small", "text_2")
        if theme.keyboard_focus(self):
            focus_ring(painter, area, theme.radius("card"))


class SampleCard(Clickable):
    """One sample picture with its name."""

    def __init__(self, path: Path) -> None:
        title = path.stem.replace("_", " ").capitalize()
        super().__init__(tr("Sample {title}", title=title), 126)
        self.path, self._title = path, title
        self.picture: QImage | None = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(0, 0, self.width(), 104)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        rounded(painter, area, theme.radius("card"), theme.color("bg_pressed"))
        if self.picture is not None:
            fill(painter, area, self.picture, theme.radius("card"))
        if theme.keyboard_focus(self):
            focus_ring(painter, area, theme.radius("card"))
        elif self.underMouse():
            rounded(painter, area, theme.radius("card"), None, theme.color("accent"), 2)
        self.line(painter, QRectF(0, 107, self.width(), 19), self._title, "strong", "text")


def sample_pictures() -> list[Path]:
    """The pictures that ship with the program, best known first."""
    folder = paths.resources("samples", "images")
    order = {"portrait": 0, "table_top": 1, "cat": 2, "launch_pad": 3}
    found = [path for path in sorted(folder.glob("*")) if path.suffix.lower() in (".jpg", ".jpeg", ".png")]
    return sorted(found, key=lambda path: order.get(path.stem, 9))[:SAMPLES]


class WelcomePage(QWidget):
    """What needs a dialog is asked of the window's action with that id; a recent folder opens at once."""

    def __init__(self, session: Session, state: WindowState) -> None:
        super().__init__()
        self.setObjectName("welcome")
        self.setProperty("surface", "app")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Start labeling"))
        self._session, self._state = session, state
        self.samples = [SampleCard(path) for path in sample_pictures()]
        self.recent = [RecentRow(folder, state.progress(folder)) for folder in state.recent[:RECENT_SHOWN]]
        column = QVBoxLayout()
        column.setSpacing(0)
        self._fill_start(column)
        self._fill_offer(column)
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
        column.addWidget(text_label(tr("Start labeling"), "h1"))
        column.addSpacing(4)
        text = tr("Open a folder of images, bring in labels you already have, or try the sample data.")
        column.addWidget(text_label(text, "body", "2", wrap=True))
        column.addSpacing(16)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        ways = (
            ("folder-open", tr("Open folder"), tr("Images in it and below it"), "open_folder"),
            ("download-simple", tr("Import labels"), "COCO, YOLO, Pascal VOC", "job_import"),
        )
        for number, (icon, title, text, action) in enumerate(ways):
            card = StartCard(icon, title, text, self._key(action), primary=number == 0)
            card.clicked.connect(lambda _=False, one=action: self._ask(one))
            cards.addWidget(card, 1)
        column.addLayout(cards)

    def _key(self, action: str) -> str:
        from anylabel_plus.ui.actions.keymap import keys_in_force

        return next(iter(keys_in_force(self._session.settings)[action]), "")

    def _fill_offer(self, column: QVBoxLayout) -> None:
        """Room for what another program's settings can be used for; shown when there are some."""
        self.take = Button(tr("Import settings…"), size="small", clicked=lambda: self._ask("import_settings"))
        self.take.setObjectName("welcome_take_settings")
        self.refuse = Button(tr("Not now"), kind="ghost", size="small", clicked=self._refuse)
        self.refuse.setObjectName("welcome_refuse_settings")
        both = QWidget()
        both.setLayout(row(self.take, self.refuse, spacing=6))
        self.offer = Notice("", "accent", both)
        self.offer.setObjectName("welcome_offer")
        self.offer.hide()
        column.addSpacing(12)
        column.addWidget(self.offer)

    def _refuse(self) -> None:
        self._state.rc_offered = True
        self.offer.hide()

    def _offer(self, path: Path) -> None:
        """Offer the settings of another program, until they were taken or refused."""
        if not self._state.rc_offered and self.offer.isHidden():
            text = tr(
                "You have used {program} here. Its keys, labels and settings can be taken over.",
                program=FILES[path.name],
            )
            self.offer.set(text, "accent")
            self.offer.show()

    def _fill_samples(self, column: QVBoxLayout) -> None:
        if not self.samples:
            return
        column.addSpacing(20)
        column.addLayout(
            row(text_label(tr("Sample data"), "h3"), text_label(tr("Included, works offline"), "small", "2"), None)
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
        self._clear = Button(tr("Clear list"), kind="ghost", size="small", clicked=self._clear_recent)
        self._recent_box = QWidget()
        inner = QVBoxLayout(self._recent_box)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addLayout(row(text_label(tr("Recent folders"), "h3"), None, self._clear))
        inner.addSpacing(4)
        for line in self.recent:
            line.clicked.connect(lambda _=False, folder=line.folder: self._session.open_folder(folder))
            inner.addWidget(line)
        column.addWidget(self._recent_box)

    def _foot(self) -> QHBoxLayout:
        hint = text_label(tr("Or drop images, a folder or a label file anywhere in this window"), "small", "2")
        return row(None, IconMark("drop", "text_2", 15), hint, None, margins=(0, 8, 0, 22))

    def _ask(self, action_id: str) -> None:
        window = self.window()
        action = window.findChild(QAction, action_id)
        if action is not None and action.isEnabled():
            action.trigger()

    def _clear_recent(self) -> None:
        self._state.clear_recent()
        self._recent_box.hide()

    # Read in a thread ---------------------------------------------------------------------------

    def _read(self) -> None:
        labels_dir = self._session.settings.get("files.labels_dir")
        self._facts = WelcomeFacts(
            [card.path for card in self.samples],
            [line.folder for line in self.recent],
            Path(labels_dir).expanduser() if labels_dir else None,
            Path.home(),
        )
        # Nothing of this page: it may be deleted while the threads are reading.
        self.destroyed.connect(self._facts.stopped.set)
        self._facts.start()
        self._look.start(LOOK_MS)

    def _show_facts(self) -> None:
        """Show what has been read since the last look; the last look is the one after the end."""
        reading = self._facts.reading
        while self._facts.rc_files:
            self._offer(self._facts.rc_files.popleft())
        while self._facts.samples:
            number, picture = self._facts.samples.popleft()
            self.samples[number].picture = picture
            self.samples[number].update()
        while self._facts.folders:
            number, facts = self._facts.folders.popleft()
            self.recent[number].show_facts(facts)
            if facts is not None and facts.all:
                self._state.set_progress(self.recent[number].folder, facts.images, facts.labelled)
        if not reading:
            self._look.stop()
            self._state.save()
