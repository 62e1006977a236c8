"""The right column: one dock for each panel, arranged by the height of the screen; a rail in narrow windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QVBoxLayout, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.areas import AreaSteps
from anylabel_plus.ui.column_foot import HEIGHT as FOOT_HEIGHT
from anylabel_plus.ui.column_foot import ColumnFoot
from anylabel_plus.ui.dock_rail import Overlay, Rail, panel_action
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.panels import CLOSED_AT_FIRST, Panels
from anylabel_plus.ui.session import Session

MIN_WIDTH, MAX_WIDTH = 272, 480
TAB_EXTRA_PX = 14
"""What a tab is wider than its text, as in the style sheet."""
LOW_SCREEN_PX = 900
NARROW_WINDOW_PX = 1280
"""Below it the column is a rail of icons."""
FILES_HEIGHT = 328


@dataclass(frozen=True, slots=True)
class Column:
    """Widths of the right column on a high and on a low screen."""

    wide: int = 344
    narrow: int = 296


class DockHead(QWidget):
    """Holds a panel's head as the title bar; a dock asks for the size hint, whatever the fixed height is."""

    def __init__(self, head: QWidget | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._height = head.maximumHeight() if head is not None else 0
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(self._height)
        if head is not None:
            box = QVBoxLayout(self)
            box.setContentsMargins(0, 0, 0, 0)
            box.addWidget(head)

    def sizeHint(self) -> QSize:
        return QSize(MIN_WIDTH if self._height else 0, self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self._height)


class Dock(QDockWidget):
    """A panel that can be dragged by its head, torn off and closed."""

    def __init__(self, panel_id: str, title: str) -> None:
        super().__init__(title)
        self.setObjectName(f"dock_{panel_id}")
        self.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable
            | QDockWidget.DockWidgetFeature.DockWidgetFloatable
            | QDockWidget.DockWidgetFeature.DockWidgetClosable
        )
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
        self.setMinimumWidth(MIN_WIDTH)
        self.setMaximumWidth(MAX_WIDTH)
        self._title, self._count = title, ""
        self._bare = DockHead(None, self)
        self._head = DockHead(None, self)
        blank = QWidget()
        blank.setProperty("surface", "panel")
        blank.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWidget(blank)
        self.show_head()
        self.topLevelChanged.connect(self.show_head)
        self.dockLocationChanged.connect(self.show_head)
        # Tabs are known only once the window has laid out its docks.
        self.visibilityChanged.connect(lambda _: QTimer.singleShot(0, self, self.show_head))

    def fill(self, panel: QWidget) -> None:
        """Put ``panel`` into the dock, its head into the title bar, its count into the tab."""
        count = getattr(getattr(panel, "header", None), "count", None)
        if count is not None:
            count.changed.connect(self._show_count)
            self._show_count(count.text())
        empty, self._head = (self.widget(), self._head), DockHead(getattr(panel, "header", None), self)
        self.setWidget(panel)
        self.show_head()
        for widget in empty:
            widget.deleteLater()

    def show_head(self, *_: object) -> None:
        """The panel's own head; none where a tab says the same; the system's bar while floating."""
        window = self.parentWidget()
        tabbed = isinstance(window, QMainWindow) and bool(window.tabifiedDockWidgets(self))
        wanted = None if self.isFloating() else self._bare if tabbed else self._head
        if self.titleBarWidget() is not wanted:
            self.setTitleBarWidget(wanted)  # type: ignore[arg-type]
            layout = self.layout()
            if layout is not None:
                layout.invalidate()  # Qt keeps the height of the bar before
        for head in (self._head, self._bare):
            head.setVisible(wanted is head)
        self.setMaximumWidth(16777215 if self.isFloating() else MAX_WIDTH)
        self.show_titles()

    def _show_count(self, count: str) -> None:
        """The panel's count in the text of its tab; the menu keeps the plain name."""
        self._count = count
        self.show_titles()

    @property
    def full_title(self) -> str:
        """The panel's name with its count."""
        return f"{self._title}  {self._count}" if self._count else self._title

    def show_titles(self) -> None:
        """Name the tabs of the dock and those beside it: with their counts where all find room."""
        window = self.parentWidget()
        beside = window.tabifiedDockWidgets(self) if isinstance(window, QMainWindow) else []
        tabs = [self, *(dock for dock in beside if isinstance(dock, Dock))]
        metrics = QFontMetrics(theme.font("control"))
        needed = TAB_EXTRA_PX + sum(metrics.horizontalAdvance(dock.full_title) + TAB_EXTRA_PX for dock in tabs)
        # Docks behind another tab call themselves visible and keep an old width.
        room = next((dock.width() for dock in tabs if not dock.visibleRegion().isEmpty()), self.width())
        for dock in tabs:
            title = dock.full_title if needed <= room else dock._title
            if dock.windowTitle() != title:
                dock.setWindowTitle(title)
                dock.toggleViewAction().setText(dock._title)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.show_titles()

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(MIN_WIDTH, 0))


class Docks:
    """All docks of a window; ``arrange`` puts them where a fresh window has them."""

    def __init__(
        self, window: QMainWindow, session: Session, panels: Panels, actions: ActionSet, canvas: QWidget, low: bool
    ) -> None:
        self._window, self._session, self._panels, self._canvas = window, session, panels, canvas
        self._order: tuple[str, ...] = ()
        self._filled = False
        self._docks: dict[str, Dock] = {}
        self._fresh, self._settled, self._low = True, False, low
        self._wide: bytes | None = None
        self._before_shown = b""
        self._heights: dict[Dock, int] = {}
        self._foot = ColumnFoot()
        self._made_room: dict[Dock, int] = {}
        self._pages_height = 0
        self.rail = Rail(tuple(panels), actions, low, self.toggle)
        window.addToolBar(Qt.ToolBarArea.RightToolBarArea, self.rail)
        self.rail.hide()
        self._pages = canvas.parentWidget() or canvas
        self.overlay = Overlay(window, self._pages, self.rail.mark)
        window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
            | QMainWindow.DockOption.GroupedDragging
        )
        window.setCorner(Qt.Corner.TopRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        for panel_id, (title, _) in panels.items():
            self._docks[panel_id] = Dock(panel_id, tr(title))
        for panel_id, dock in self._docks.items():
            action = actions[panel_action(panel_id)]
            action.setCheckable(True)
            action.setIconVisibleInMenu(False)
            dock.visibilityChanged.connect(action.setChecked)

    def requests(self) -> dict[str, Callable[[], object]]:
        """Request id -> opening or closing a panel."""
        return {panel_action(name): lambda name=name: self._go_to(name) for name in self._docks}  # type: ignore[misc]

    @property
    def collapsed(self) -> bool:
        """True while the column is a rail."""
        return self._wide is not None

    def fit(self, width: int) -> None:
        """Collapse the column in a window of this width, or lay it out again; pixels."""
        if width < NARROW_WINDOW_PX and not self.collapsed:
            self._collapse()
        elif width >= NARROW_WINDOW_PX and self._wide is not None:
            self._expand(self._wide)

    def state(self) -> bytes:
        """The layout to keep for the next start: that of the wide column also while it is collapsed."""
        return self._wide if self._wide is not None else bytes(self._window.saveState().data())

    def _collapse(self) -> None:
        # Before the window is on the screen Qt would save sizes that nothing has yet.
        self._wide = self._before_shown or bytes(self._window.saveState().data())
        self._before_shown = b""
        self._heights = {dock: dock.height() for dock in self.shown() if not dock.isFloating()}
        self._pages_height = self._pages.height()
        self._window.removeDockWidget(self._foot)
        docked = {name: dock for name, dock in self._docks.items() if not dock.isFloating()}
        for dock in docked.values():
            self._window.removeDockWidget(dock)
        self.overlay.take(docked)
        self.rail.show()

    def _expand(self, state: bytes) -> None:
        self._wide = None
        self.rail.hide()
        area = Qt.DockWidgetArea.RightDockWidgetArea
        for dock in self.overlay.give_back(self._window).values():
            self._window.addDockWidget(area, dock)
        if self._fresh and not self._settled:
            self.arrange()  # the state was taken before the window had its size
            return
        self._window.restoreState(state)
        self._foot.place(self._window, self._low)
        self.rail.hide()
        for dock in self._docks.values():
            dock.show_head()
        # Again once the heads of the panels are back: Qt laid the docks out without them.
        QTimer.singleShot(0, self._window, self._keep_heights)

    def _keep_heights(self) -> None:
        if self._heights and not self.collapsed:
            # What the window has gained or lost meanwhile belongs to the tallest, as when it is resized.
            tallest = max(self._heights, key=lambda dock: self._heights[dock])
            gained = self._pages.height() - self._pages_height
            heights = [max(1, height + (gained if dock is tallest else 0)) for dock, height in self._heights.items()]
            self._resize(list(self._heights), heights, Qt.Orientation.Vertical)

    def _resize(self, docks: Sequence[Dock], sizes: Sequence[int], orientation: Qt.Orientation) -> None:
        """Of these docks, those that lie in the column; one beside the rail or torn off is in no layout."""
        none = Qt.DockWidgetArea.NoDockWidgetArea
        placed = [
            (dock, size)
            for dock, size in zip(docks, sizes, strict=True)
            if not dock.isFloating() and self._window.dockWidgetArea(dock) != none
        ]
        if placed:
            self._window.resizeDocks([dock for dock, _ in placed], [size for _, size in placed], orientation)

    def fill(self) -> None:
        """Make the panels: what is in the docks can wait until the window is on the screen."""
        self._before_shown = b""
        for panel_id, (_, make) in self._panels.items():
            self._docks[panel_id].fill(make(self._session))
        self._foot.fill(self._session)
        self._filled = True
        if self._fresh:
            # Again when the docks have laid out their panels: only then is the height of each known.
            QTimer.singleShot(0, self._window, self._settle)

    def __getitem__(self, panel_id: str) -> Dock:
        return self._docks[panel_id]

    def bring_forward(self, panel_id: str) -> None:
        """Show a panel that is closed or behind another tab."""
        if self.overlay.holds(panel_id):
            self.overlay.open(panel_id)
            return
        dock = self._docks[panel_id]
        dock.show()
        dock.raise_()

    def toggle(self, panel_id: str) -> None:
        """Bring a panel forward, or close it when it can be seen."""
        if self._docks[panel_id].visibleRegion().isEmpty():
            self._made_room = self._untabbed_heights()
            self.bring_forward(panel_id)
            dock = self._docks[panel_id]
            if dock in self._untabbed_heights():
                self._resize([dock], [dock.sizeHint().height()], Qt.Orientation.Vertical)
        else:
            self._docks[panel_id].hide()
            self._room_back()
            QTimer.singleShot(0, self._window, self._room_back)  # again when Qt has laid out what is left

    def _untabbed_heights(self) -> dict[Dock, int]:
        """Heights of the docks of the column that stand alone; those in tabs take what is left."""
        docks = (dock for dock in self._docks.values() if dock.isVisible() and not dock.isFloating())
        return {dock: dock.height() for dock in docks if not self._window.tabifiedDockWidgets(dock)}

    def _room_back(self) -> None:
        """Docks that made room for a closed one have their heights again; Qt would share it out among all."""
        alone = self._untabbed_heights()
        if set(alone) - set(self._made_room):
            return
        centre = self._window.centralWidget() or self._pages
        rest = max(centre.height() - sum(self._made_room[dock] for dock in alone), 1)
        column = [dock for dock in self.shown() if not dock.isFloating()]
        heights = [self._made_room.get(dock, rest) if dock in alone else rest for dock in column]
        self._resize(column, heights, Qt.Orientation.Vertical)

    def _go_to(self, panel_id: str) -> None:
        """As ``toggle``, for the keyboard: what opens gets the focus, what closes hands it back."""
        dock = self._docks[panel_id]
        had_focus = dock.isAncestorOf(self._window.focusWidget() or self._window)
        self.toggle(panel_id)
        if dock.isVisible():
            AreaSteps(lambda: [dock]).step(1)
        elif had_focus:
            self._canvas.setFocus()

    def shown(self) -> list[Dock]:
        """The docks that can be seen, from top to bottom."""
        docks = [dock for dock in self._docks.values() if not dock.visibleRegion().isEmpty()]
        return sorted(docks, key=lambda dock: (dock.isFloating(), dock.x(), dock.y()))

    def reset(self) -> None:
        """Put every dock where a fresh window has it: into the column, or behind the rail."""
        if not self.collapsed:
            self.arrange()
            return
        torn_off = {name: dock for name, dock in self._docks.items() if not self.overlay.holds(name)}
        for dock in torn_off.values():
            dock.setFloating(False)
            self._window.removeDockWidget(dock)
        self.overlay.take(torn_off)
        self._fresh, self._settled = True, False  # the column itself is laid out when the window is wide again

    def arrange(self) -> None:
        """The layout of a fresh window: everything in the right column, lists as tabs on a low screen."""
        low, area, window = self._low, Qt.DockWidgetArea.RightDockWidgetArea, self._window
        for dock in self._docks.values():
            if dock.parentWidget() is window:
                window.removeDockWidget(dock)
                dock.setFloating(False)
        order: list[str] = [name for name in ("assist", "shapes", "files") if name in self._docks]
        for name in CLOSED_AT_FIRST & self._docks.keys():
            window.addDockWidget(area, self._docks[name])
        if low:
            order = order[:2]
        for name in order:
            window.addDockWidget(area, self._docks[name], Qt.Orientation.Vertical)
        tabs = [
            name
            for name in (("labels", "attributes", "files") if low else ("labels", "attributes"))
            if name in self._docks
        ]
        for name in tabs:
            window.tabifyDockWidget(self._docks["shapes"], self._docks[name])
        if low and "view" in self._docks:
            window.tabifyDockWidget(self._docks["assist"], self._docks["view"])  # no room for three above each other
        self._foot.place(window, low)
        for name, dock in self._docks.items():
            dock.setVisible(name not in CLOSED_AT_FIRST)
        for dock in self._docks.values():
            dock.show_head()
        self._docks["shapes"].raise_()
        column = Column()
        width = column.narrow if low else column.wide
        self._resize([self._docks[name] for name in order], [width] * len(order), Qt.Orientation.Horizontal)
        # Again when the window has its size: only then is it known what is left for the shapes.
        self._order = tuple(order)
        self._set_heights(order)
        self._fresh = True
        QTimer.singleShot(0, window, self._settle)

    def restore(self, state: bytes) -> None:
        """Lay the docks out as in ``state``, which ``state()`` gave earlier."""
        self._window.restoreState(state)
        self._foot.place(self._window, self._low)
        self.rail.hide()
        self._fresh, self._before_shown = False, state

    def _settle(self) -> None:
        if self._fresh and not self.collapsed:
            self._set_heights(self._order)
            self._settled = self._filled and self._window.isVisible()

    def _set_heights(self, order: Sequence[str]) -> None:
        if not self._filled:
            return
        docks = [self._docks[name] for name in order]
        heights = {"assist": self._docks["assist"].sizeHint().height(), "files": FILES_HEIGHT}
        # The docks' own heights are not those of the column until Qt has laid them out.
        centre = self._window.centralWidget()
        column = centre.height() if centre is not None else sum(dock.height() for dock in docks)
        rest = column - (FOOT_HEIGHT if self._low else 0) - sum(heights[name] for name in order if name in heights)
        heights["shapes"] = max(rest, 1)
        self._resize(docks, [heights[name] for name in order], Qt.Orientation.Vertical)
