"""The right column: one dock for each panel, arranged by the height of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabWidget, QVBoxLayout, QWidget

from anylabel_plus.ui.language import tr
from anylabel_plus.ui.panels import CLOSED_AT_FIRST, Panels
from anylabel_plus.ui.session import Session

MIN_WIDTH, MAX_WIDTH = 272, 480
LOW_SCREEN_PX = 900
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
        self._title = title
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

    def _show_count(self, count: str) -> None:
        """The panel's count in the text of its tab; the menu keeps the plain name."""
        self.setWindowTitle(f"{self._title}  {count}" if count else self._title)
        self.toggleViewAction().setText(self._title)

    def sizeHint(self) -> QSize:
        return super().sizeHint().expandedTo(QSize(MIN_WIDTH, 0))


class Docks:
    """All docks of a window; ``arrange`` puts them where a fresh window has them."""

    def __init__(self, window: QMainWindow, session: Session, panels: Panels) -> None:
        self._window, self._session, self._panels = window, session, panels
        self._order: tuple[str, ...] = ()
        self._filled = False
        self._docks: dict[str, Dock] = {}
        self._fresh = True
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

    def fill(self) -> None:
        """Make the panels: what is in the docks can wait until the window is on the screen."""
        for panel_id, (_, make) in self._panels.items():
            self._docks[panel_id].fill(make(self._session))
        self._filled = True
        if self._fresh:
            # Again when the docks have laid out their panels: only then is the height of each known.
            QTimer.singleShot(0, self._window, self._settle)

    def __getitem__(self, panel_id: str) -> Dock:
        return self._docks[panel_id]

    def bring_forward(self, panel_id: str) -> None:
        """Show a panel that is closed or behind another tab."""
        dock = self._docks[panel_id]
        dock.show()
        dock.raise_()

    def toggle(self, panel_id: str) -> None:
        """Bring a panel forward, or close it when it can be seen."""
        dock = self._docks[panel_id]
        if dock.visibleRegion().isEmpty():
            self.bring_forward(panel_id)
        else:
            dock.hide()

    def shown(self) -> list[Dock]:
        """The docks that can be seen, from top to bottom."""
        docks = [dock for dock in self._docks.values() if not dock.visibleRegion().isEmpty()]
        return sorted(docks, key=lambda dock: (dock.isFloating(), dock.x(), dock.y()))

    def add_toggles(self, menu: QMenu) -> None:
        """Offer every dock in ``menu``."""
        menu.addSeparator()
        for dock in self._docks.values():
            menu.addAction(dock.toggleViewAction())

    def arrange(self, low: bool) -> None:
        """The layout of a fresh window: everything in the right column, lists as tabs on a low screen."""
        area, window = Qt.DockWidgetArea.RightDockWidgetArea, self._window
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
        for name, dock in self._docks.items():
            dock.setVisible(name not in CLOSED_AT_FIRST)
        for dock in self._docks.values():
            dock.show_head()
        self._docks["shapes"].raise_()
        column = Column()
        width = column.narrow if low else column.wide
        window.resizeDocks([self._docks[name] for name in order], [width] * len(order), Qt.Orientation.Horizontal)
        # Again when the window has its size: only then is it known what is left for the shapes.
        self._order = tuple(order)
        self._set_heights(order)
        self._fresh = True
        QTimer.singleShot(0, window, self._settle)

    def restored(self) -> None:
        """A saved layout is in force: keep its heights."""
        self._fresh = False

    def _settle(self) -> None:
        if self._fresh:
            self._set_heights(self._order)

    def _set_heights(self, order: Sequence[str]) -> None:
        if not self._filled:
            return
        docks = [self._docks[name] for name in order]
        heights = {"assist": self._docks["assist"].sizeHint().height(), "files": FILES_HEIGHT}
        # The docks' own heights are not those of the column until Qt has laid them out.
        centre = self._window.centralWidget()
        column = centre.height() if centre is not None else sum(dock.height() for dock in docks)
        rest = column - sum(heights[name] for name in order if name in heights)
        heights["shapes"] = max(rest, 1)
        self._window.resizeDocks(docks, [heights[name] for name in order], Qt.Orientation.Vertical)
