"""The main window: puts the parts together and asks when a decision is needed."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QMainWindow,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from anylabel_plus.ui import language, theme
from anylabel_plus.ui.adjust_bar import AdjustBar
from anylabel_plus.ui.areas import AreaSteps
from anylabel_plus.ui.canvas.view import Canvas
from anylabel_plus.ui.context_menu import ContextMenus
from anylabel_plus.ui.decisions import Decisions
from anylabel_plus.ui.docks import LOW_SCREEN_PX, Docks
from anylabel_plus.ui.file_requests import FileRequests
from anylabel_plus.ui.full_page import FullPages
from anylabel_plus.ui.label_requests import LabelRequests
from anylabel_plus.ui.menu_corner import MENU_HEIGHT, MenuCorner
from anylabel_plus.ui.menus import ActionSet, build_menus
from anylabel_plus.ui.option_bar import OptionBar
from anylabel_plus.ui.pages.stack import Pages
from anylabel_plus.ui.panels import PANELS
from anylabel_plus.ui.program_requests import ProgramRequests
from anylabel_plus.ui.requests import Requests
from anylabel_plus.ui.session import MessageAction, Session
from anylabel_plus.ui.status_bar import StatusBar
from anylabel_plus.ui.tool_strip import ToolStrip
from anylabel_plus.ui.widgets.toast import Toasts
from anylabel_plus.ui.window_keys import WindowKeys
from anylabel_plus.ui.window_state import WindowState

TITLE = "AnyLabel Plus"
TITLE_BAR_PX = 40
FIRST_FRAME_MS = 50
"""What can wait starts so long after the first paint was asked for."""
NO_FRAME_MS = 1000
MIN_SIZE = QSize(900, 560)
NO_SCREEN_SIZE = QSize(1366, 768)
"""The size where the system tells of no real screen, only of one into which the smallest window would not fit."""


class MainWindow(QMainWindow):
    """The one window. ``session`` holds all state; nothing here changes a document."""

    def __init__(self, session: Session, state: WindowState | None = None) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.session = session
        self.state = state or WindowState()
        self._painting = self._painted = False
        session.hold("window")
        self._low = _screen_size(self).height() < LOW_SCREEN_PX
        self.canvas = Canvas(session)
        self.actions_ = ActionSet(session, self)
        self._build_bars()
        self._build_centre()
        self.docks = Docks(self, session, PANELS, self.actions_, self.canvas, self._low)
        self.areas = AreaSteps(self._area_widgets)
        for menu in self._menus.values():
            menu.hovered.connect(lambda action: self.status.show_tip(self.actions_.tip(action)))
            menu.aboutToHide.connect(lambda: self.status.show_tip(""))
        self.requests = Requests(self, session, self.canvas)
        self.label_requests = LabelRequests(self, session, self.canvas, self.docks)
        self.program = ProgramRequests(self, session, self.state, self.docks)
        self.decisions = Decisions(self, session)
        self.full_pages = FullPages(self, session, self.actions_)
        self.actions_.bind(
            self.requests.table()
            | self.label_requests.table()
            | self.adjust_bar.requests()
            | self.program.table()
            | self.docks.requests()
            | self.full_pages.requests()
            | FileRequests(self, session, self.docks.bring_forward).table()
            | {
                "quit": self.close,
                "next_area": lambda: self.areas.step(1),
                "previous_area": lambda: self.areas.step(-1),
                "reset_layout": self.reset_layout,
                "commands": self.open_palette,
            }
        )
        self.setAcceptDrops(True)
        self.setMinimumSize(MIN_SIZE)
        self._watch()
        self._restore_layout()
        self.keys = WindowKeys(self, session, self.canvas, self.actions_, self.status)
        self._show_title()
        self.canvas.setFocus()
        # Also when nothing is ever painted, as in a window that starts as an icon.
        QTimer.singleShot(NO_FRAME_MS, self, self.after_first_paint)

    # Parts -----------------------------------------------------------------------------------

    def _build_bars(self) -> None:
        bar = self.menuBar()
        bar.setNativeMenuBar(False)
        bar.setFixedHeight(MENU_HEIGHT)
        self._menus = build_menus(bar, self.actions_)
        self.menu_corner = MenuCorner(self.session, self.actions_, 196 if self._low else 248)
        bar.setCornerWidget(self.menu_corner, Qt.Corner.TopRightCorner)
        self.tool_strip = ToolStrip(self.actions_, self._low)
        self.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tool_strip)
        self.status = StatusBar(self.session)
        self._foot = QToolBar()
        self._foot.setObjectName("foot")
        self._foot.setMovable(False)
        self._foot.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._foot.addWidget(self.status)
        self.addToolBar(Qt.ToolBarArea.BottomToolBarArea, self._foot)
        for toolbar in (self.tool_strip, self._foot):
            layout = toolbar.layout()
            if layout is not None:
                layout.setContentsMargins(0, 0, 0, 0)
                layout.setSpacing(0)

    def _build_centre(self) -> None:
        self.option_bar = OptionBar(self.session, self.actions_)
        self.pages = Pages(self.session, self.canvas, self.state, self.actions_["open_folder"].trigger)
        centre = QWidget()
        box = QVBoxLayout(centre)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.option_bar)
        self.adjust_bar = AdjustBar(self.session, self.canvas, self.option_bar)
        box.addWidget(self.adjust_bar)
        box.addWidget(self.pages, 1)
        self.setCentralWidget(centre)
        self.toasts = Toasts(self.pages)
        self._palette: QWidget | None = None

    def _watch(self) -> None:
        session = self.session
        session.message.connect(self._show_message)
        session.image_changed.connect(self._show_page)
        session.folder_changed.connect(self._folder_changed)
        self._fit_soon = QTimer(self)
        self._fit_soon.setSingleShot(True)
        self._fit_soon.timeout.connect(lambda: self.docks.fit(self.width()))
        self._title_soon = QTimer(self)
        self._title_soon.setSingleShot(True)
        self._title_soon.timeout.connect(self._show_title)
        session.save_state_changed.connect(self._title_later)
        session.settings_changed.connect(self._setting_changed)
        session.conflict.connect(self.decisions.resolve_conflict)
        session.idle.connect(self._choose_page)
        self.canvas.cursor_moved.connect(self.status.set_position)
        self.canvas.zoom_changed.connect(self.option_bar.set_zoom)
        self.canvas.zoom_changed.connect(self.status.set_zoom)
        self.canvas.detail_changed.connect(self.status.set_detail)
        self.canvas.label_requested.connect(self.label_requests.edit_label)
        self._show_page()

    def after_first_paint(self) -> None:
        """What can wait until the window is on the screen, the panels among it."""
        if self._painted:
            return
        self._painted = True
        focused = self.focusWidget() or self.canvas
        self.docks.fill()
        self._connect_panels()
        focused.setFocus()  # a list that appears would take it
        self._show_page()
        for problem in self.session.settings.problems:
            self.session.say("warning", problem)
        self.session.find_recovered(self.decisions.offer_recovered)
        self.session.release("window")

    # Layout ----------------------------------------------------------------------------------

    def _restore_layout(self) -> None:
        saved = self.state.layout(_screen_key(self))
        self.docks.arrange()
        size = _screen_size(self)
        real = size.width() >= MIN_SIZE.width()
        size = size if real else NO_SCREEN_SIZE
        self.resize(min(size.width(), 1920), min(size.height(), 1080))
        if saved is not None:
            if real:
                self.restoreGeometry(saved[0])
            if real and not self.isMaximized() and _nearly(self.size(), size):
                # Qt moves a window that fills the screen down by the title bar it supposes.
                self.setGeometry(self.screen().geometry())
            self.docks.restore(saved[1])
        self.docks.fit(self.width())

    def keep_layout(self) -> None:
        """Remember place, size and docks for the next window on a screen of this size."""
        self.state.set_layout(_screen_key(self), bytes(self.saveGeometry().data()), self.docks.state())

    def reset_layout(self) -> None:
        """Put every dock back to where a fresh window has it."""
        self.docks.reset()

    # What is shown ---------------------------------------------------------------------------

    def _show_page(self) -> None:
        self.pages.choose(self._painted)
        self.option_bar.setVisible(self.session.folder is not None or self.session.image_path is not None)
        self._show_title()

    def _choose_page(self) -> None:
        self.pages.choose(self._painted)

    def _title_later(self, _: object) -> None:
        self._title_soon.start(0)

    def _folder_changed(self) -> None:
        folder = self.session.folder
        if folder is not None and folder not in self.state.recent[:1]:
            self.state.add_recent(folder)
        self._show_page()

    def _show_title(self, *_: object) -> None:
        name = self.session.image_path.name if self.session.image_path else ""
        folder = self.session.folder.name if self.session.folder else ""
        dot = "• " if self.session.dirty else ""
        self.setWindowTitle(dot + " – ".join(part for part in (name, folder, TITLE) if part))

    def _show_message(self, level: str, text: str, action: MessageAction | None) -> None:
        self.toasts.show(level, text, "", (action.title, action.run) if action else None)

    def open_palette(self) -> None:
        """Show the command palette."""
        if self._palette is None:
            from anylabel_plus.ui.command_palette import CommandPalette

            self._palette = CommandPalette(self.session, self.actions_, self, self.state, self.program.settings)
        self._palette.open()  # type: ignore[attr-defined]

    def _area_widgets(self) -> list[QWidget]:
        page = self.pages.currentWidget() or self.canvas
        return [self.option_bar, page, *self.docks.shown(), self.docks.rail, self.tool_strip, self._foot]

    def _connect_panels(self) -> None:
        """Menus under the pointer, and what the lists and the label field lead to."""
        shapes = self.findChild(QAbstractItemView, "shape_list")
        files = self.findChild(QAbstractItemView, "file_list")
        self.context_menus = ContextMenus(self.actions_, self.canvas, shapes, files)
        if shapes is not None:
            shapes.doubleClicked.connect(lambda _: self.label_requests.edit_label())
        self.label_requests.connect_panels(self.actions_)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.keys.take(event):
            super().keyPressEvent(event)

    def _setting_changed(self, key: str) -> None:
        if key == "appearance.theme":
            theme.apply(QApplication.instance(), self.session.settings.get(key), language.current())  # type: ignore[arg-type]

    # Qt's events -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painting:
            self._painting = True
            QTimer.singleShot(FIRST_FRAME_MS, self, self.after_first_paint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_soon.start(0)  # docks are not moved while Qt lays them out

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        dropped = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if dropped:
            event.acceptProposedAction()
            self.session.open_path(dropped[0])

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.decisions.may_close():
            event.ignore()
            return
        self.keep_layout()
        event.accept()


def _screen_size(window: QWidget) -> QSize:
    screen = window.screen() or QGuiApplication.primaryScreen()
    return screen.size() if screen is not None else QSize(1920, 1080)


def _nearly(window: QSize, screen: QSize) -> bool:
    return abs(window.width() - screen.width()) <= 4 and abs(window.height() - screen.height()) <= TITLE_BAR_PX


def _screen_key(window: QWidget) -> str:
    size = _screen_size(window)
    return f"{size.width()}x{size.height()}"
