"""Events of the canvas: turned into what tools understand, or into panning."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from anylabel_plus.core.masks import Mask
from anylabel_plus.ui.canvas import hole_edits, point_edits
from anylabel_plus.ui.canvas.camera import CameraWidget
from anylabel_plus.ui.canvas.keys import ARROWS, LETTERS, CanvasKeys, key_name
from anylabel_plus.ui.canvas.performer import Performer
from anylabel_plus.ui.canvas.scene import SessionScene
from anylabel_plus.ui.canvas.sizing import TipWheel
from anylabel_plus.ui.canvas.tools import TOOLS
from anylabel_plus.ui.canvas.tools_base import Pointer, Target, Tool
from anylabel_plus.ui.canvas.tools_wand import WandTool
from anylabel_plus.ui.messages import guarded

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

_CURSORS = {
    "arrow": Qt.CursorShape.ArrowCursor,
    "cross": Qt.CursorShape.CrossCursor,
    "open_hand": Qt.CursorShape.OpenHandCursor,
    "closed_hand": Qt.CursorShape.ClosedHandCursor,
    "blank": Qt.CursorShape.BlankCursor,
}
_LEFT, _MIDDLE, _RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


class CanvasInput(CameraWidget):
    """Events of the canvas. ``tool`` is the one in hand, ``pointer`` the last widget position."""

    def __init__(self, session: Session, scene: SessionScene, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.scene = scene
        self.keys = CanvasKeys(self)
        self.tool: Tool = TOOLS["select"](scene)
        self.performer = Performer(session, self)
        self.performer.hovered.connect(self._target_changed)
        self.performer.found.connect(self._found)
        self.target: Target | None = None
        self.pointer: QPointF | None = None
        self.menu_at: QPointF | None = None
        """Where the context menu was asked for, while it is open."""
        self.bare = False
        self.has_view = False
        self._wheel = TipWheel(session)
        self._space = False
        self._pan_from: QPointF | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        session.tool_changed.connect(self.take_up)
        self.take_up(session.tool)

    def take_up(self, name: str) -> None:
        """Put the tool down that is in hand and take up another; unknown names mean "select"."""
        self.performer.perform(self.tool.cancel())
        self.tool = TOOLS.get(name, TOOLS["select"])(self.scene)
        self.performer.perform(())
        if self.tool.name != "select":
            self.session.set_hovered(None)
            self.target = None
        self._show_cursor()
        self.update()

    def drop_tool_state(self) -> None:
        """Another image: nothing is in hand any more."""
        self.take_up(self.session.tool)

    def _target_changed(self, target: Target | None) -> None:
        if target != self.target:
            self.target = target
            self.update()

    def _found(self, number: int, mask: Mask) -> None:
        if isinstance(self.tool, WandTool):
            self.performer.perform(self.tool.found(number, mask))
            self.update()

    def setting_changed(self, key: str) -> None:
        """A setting has another value: the tool in hand may go by it."""
        self.performer.perform(self.tool.setting_changed(key))
        self.update()

    def _show_cursor(self) -> None:
        name = self.tool.cursor
        if self._pan_from is not None:
            name = "closed_hand"
        elif self._space:
            name = "open_hand"
        elif self.tool.crosshair and self.session.settings.get("canvas.crosshair"):
            name = "blank"
        self.setCursor(_CURSORS[name])

    # Pointer ---------------------------------------------------------------------------------

    def _pointer(self, event: QMouseEvent) -> Pointer:
        x, y = self.image_from_widget(event.position())
        held = event.modifiers()
        button = "right" if event.button() == _RIGHT else "left"
        return Pointer(
            x,
            y,
            shift=bool(held & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(held & Qt.KeyboardModifier.ControlModifier),
            alt=bool(held & Qt.KeyboardModifier.AltModifier),
            button=button,  # type: ignore[arg-type]
        )

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pointer = event.position()
        if event.button() == _MIDDLE or (event.button() == _LEFT and (self._space or self.tool.name == "pan")):
            self._pan_from = event.position()
            self._show_cursor()
        elif event.button() in (_LEFT, _RIGHT) and self.session.document is not None:
            self.performer.perform(self.tool.press(self._pointer(event)))
            self.update()

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position()
        x, y = self.image_from_widget(at)
        self.cursor_moved.emit(x, y)
        if self._pan_from is not None:
            step = at - self._pan_from
            self._pan_from = self.pointer = at
            self.pan_by(step.x(), step.y())
            return
        self.pointer = at
        if self.session.document is None:
            return
        self.performer.perform(self.tool.move(self._pointer(event), down=bool(event.buttons() & _LEFT)))
        if self.tool.crosshair or self.tool.ring or self.tool.draft is not None or self.session.selection:
            self.update()

    @guarded
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None and event.button() in (_LEFT, _MIDDLE):
            self._pan_from = None
            self._show_cursor()
        elif event.button() == _LEFT and self.session.document is not None:
            self.performer.perform(self.tool.release(self._pointer(event)))
            self.update()

    @guarded
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # A tool with nothing to say to a double click gets its second press.
        if event.button() != _LEFT or self._space or self.session.document is None or self.tool.name == "pan":
            self.mousePressEvent(event)
            return
        pointer = self._pointer(event)
        self.performer.perform(self.tool.double_click(pointer) or self.tool.press(pointer))
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if not self._wheel.takes(event):
            super().wheelEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointer = None
        self.cursor_moved.emit(math.nan, math.nan)
        if self.target is not None or self.session.hovered is not None:
            self.session.set_hovered(None)
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        self.pointer = event.position()
        self._show_cursor()

    # Keys ------------------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent):
            # Qt keeps Tab for focus, and asks before a shortcut takes a key away from us.
            if event.type() == QEvent.Type.ShortcutOverride and self.keys.wants(event):
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and key_name(event) == "Tab" and self.session.document:
                self.keyPressEvent(event)
                return event.isAccepted()
        return super().event(event)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:
        event.accept()
        if event.key() == Qt.Key.Key_Space:
            self._space = True
            self._show_cursor()
        elif event.key() == Qt.Key.Key_QuoteLeft:
            self.bare = True
            self.update()
        elif not self.keys.take(event):
            event.ignore()

    def step_back(self) -> bool:
        """Give up one thing: the prompt, else the tool, else the selection; False when there is none."""
        return self.keys.step_back()

    def add_point(self) -> None:
        """Add a point to the edge nearest to the pointer."""
        point_edits.add_point(self.scene, self._edit_at())

    def remove_point(self) -> None:
        """Remove the point under the pointer."""
        point_edits.remove_point(self.scene, self._edit_at())

    def remove_hole(self) -> None:
        """Fill the hole under the pointer."""
        hole_edits.fill_hole(self.scene, self._edit_at())

    def _edit_at(self) -> tuple[float, float] | None:
        at = self.menu_at if self.menu_at is not None else self.pointer
        return None if at is None else self.image_from_widget(at)

    @guarded
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self._space = False
            self._show_cursor()
        elif event.key() == Qt.Key.Key_QuoteLeft:
            self.bare = False
            self.update()
        else:
            self.performer.perform(self.tool.key_up(key_name(event)))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = self.bare = False
        for name in (*ARROWS, *LETTERS.values()):
            self.performer.perform(self.tool.key_up(name))
        self._show_cursor()
        self.update()
        super().focusOutEvent(event)
