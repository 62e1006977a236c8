"""The bar at the foot: what goes on, where the pointer is, what is open, device, save state."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from anylabel_plus.ui import theme, words
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.session import Change, Session
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import ElidedLabel, IconMark, hairline, text_label

HEIGHT = 26
HINT_MS = 4000


class Lamp(QWidget):
    """A disc that tells with its colour what the words beside it say."""

    def __init__(self) -> None:
        super().__init__()
        self._role = "text_3"
        self.setFixedSize(8, 8)

    def set(self, role: str) -> None:
        """Show the colour of another role."""
        self._role = role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.color(self._role))
        painter.setBrush(theme.color(self._role))
        painter.drawEllipse(QRectF(0.5, 0.5, 7, 7))


class StatusBar(QFrame):
    """Fields from left to right; the hint is an action's reason while the pointer is over it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("status_bar")
        self.setProperty("surface", "app")
        self.setFixedHeight(HEIGHT)
        self._session = session
        self._lamp = Lamp()
        self.state = ElidedLabel("", "small", "text_2")
        self.state.setObjectName("status_state")
        self.position = text_label("", "small", "2")
        self.position.setObjectName("status_position")
        self.value = text_label("", "small", "2")
        self.value.setObjectName("status_value")
        self.zoom = text_label("", "small", "2")
        self.value.setToolTip(tr("Values of the pixel as they are in the file"))
        self.zoom.setObjectName("status_zoom")
        self.mode = text_label("", "small_strong", "2")
        self.mode.setObjectName("status_mode")
        self.mode.setToolTip(tr("Images without a label file start with the shapes of the image before (Edit menu)"))
        self._size = text_label("", "small", "2")
        self._shapes = text_label("", "small", "2")
        self._device_icon = IconMark("cpu", "text_2", 14)
        self.device = text_label("", "small", "2")
        self.device.setObjectName("status_device")
        self.device.setToolTip(tr("Device of the model, and the time of its last answer"))
        self._save_icon = IconMark("check_bold", "success", 12)
        self.save = text_label("", "small", "2")
        self.save.setObjectName("status_save")
        self._retry = Button(tr("Try again"), size="small", clicked=session.save_all)
        self._retry.setObjectName("save_retry")
        self._tip = self._detail = ""
        self._scale = 0.0
        self._hint_over = QTimer(self)
        self._hint_over.setSingleShot(True)
        self._hint_over.timeout.connect(lambda: self.show_tip(""))
        self._lay_out()
        self._watch()
        self.refresh()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self._lamp)
        row.addWidget(self.state, 1)
        self._lines: dict[QWidget, QFrame] = {}
        for label in self._fields():
            row.addWidget(label)
            row.addWidget(self._line(label))
        rest: tuple[QWidget, ...] = (self._device_icon, self.device, self._line(self.device))
        for widget in (*rest, self._save_icon, self.save, self._retry):
            row.addWidget(widget)

    def _fields(self) -> tuple[QLabel, ...]:
        return self.mode, self.position, self.value, self.zoom, self._size, self._shapes

    def _line(self, after: QWidget) -> QFrame:
        line = hairline(vertical=True)
        line.setFixedHeight(12)
        self._lines[after] = line
        return line

    def _watch(self) -> None:
        session = self._session
        for signal in (
            session.folder_changed,
            session.image_changed,
            session.picture_changed,
            session.busy_changed,
            session.candidates_changed,
            session.view_changed,
            session.model_changed,
            session.idle,
            session.work.changed,
        ):
            signal.connect(self.refresh)
        # Behind the event that changed the document: letting go of a vertex waits for no words.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        session.document_changed.connect(self._document_changed)
        session.save_state_changed.connect(self._show_save)
        session.settings_changed.connect(self._setting_changed)

    def _document_changed(self, change: Change, _: object) -> None:
        if not change.ids or change.added:
            self._soon.start(0)

    def _setting_changed(self, key: str) -> None:
        if key.startswith("files."):
            self.refresh()

    def set_position(self, x: float, y: float) -> None:
        """Show the pointer's position in image pixels; outside the image nothing."""
        picture = self._session.picture
        inside = picture is not None and 0 <= x < picture.width and 0 <= y < picture.height
        self.position.setText(f"{int(x)}, {int(y)} px" if inside else "")
        self._lines[self.position].setVisible(inside)
        values = picture.values_at(int(x), int(y)) if inside and picture is not None else ()
        self.value.setText(" ".join(f"{value:.6g}" for value in values))
        self._lines[self.value].setVisible(bool(values))

    def show_tip(self, text: str) -> None:
        """Show the reason or note of the menu entry under the pointer; empty: back to the state."""
        self._hint_over.stop()
        self._tip = text
        self.refresh()

    def show_hint(self, text: str) -> None:
        """Say something in passing: why a key did nothing."""
        self.show_tip(text)
        self._hint_over.start(HINT_MS)

    def set_zoom(self, scale: float) -> None:
        """Show the zoom as a percentage."""
        self._scale = scale
        self.zoom.setText(f"{scale * 100:.0f}%")
        self._lines[self.zoom].setVisible(True)

    def set_detail(self, text: str) -> None:
        """Say what the canvas leaves out because of the number of shapes; empty: nothing."""
        self._detail = text
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Bring all fields up to date."""
        session = self._session
        text, role = self._state_text()
        self._lamp.set(role)
        self.state.setText(self._tip or text)
        picture, document = session.picture, session.document
        self._size.setText(f"{picture.width} × {picture.height}" if picture else "")
        count = len(document.shapes) if document else 0
        hidden = ", " + ntr("{n} hidden", "{n} hidden", len(session.hidden)) if session.hidden else ""
        detail = f", {self._detail}" if self._detail else ""
        self._shapes.setText(ntr("{n} shape", "{n} shapes", count) + hidden + detail if document else "")
        self.device.setText(session.provider_text)
        self._device_icon.set("gpu" if "CUDA" in session.provider_text else "cpu", "text_2")
        self.zoom.setText(f"{self._scale * 100:.0f}%" if picture and self._scale else "")
        self.mode.setText(tr("Keeping shapes") if session.settings.get("files.keep_previous_shapes") else "")
        for label in self._fields():
            self._lines[label].setVisible(bool(label.text()))
        self._show_save(session.save_state)

    def _state_text(self) -> tuple[str, str]:
        session = self._session
        pending = session.pending
        if "image" in pending:
            return tr("Loading image"), "warning"
        if "model" in pending:
            return (session.stage or tr("Waiting for the model")) + "…", "model"
        if "scan" in pending:
            return tr("Listing images: {count} so far", count=words.number(len(session.files))), "accent"
        if session.candidates and session.answer_ms is not None:
            one, many = "Ready · {n} candidate in {ms} ms", "Ready · {n} candidates in {ms} ms"
            return ntr(one, many, len(session.candidates), ms=f"{session.answer_ms:.0f}"), "success"
        if session.problem:
            return session.problem, "danger"
        if session.work.text:
            return session.work.text, "accent"
        if session.folder is None:
            return tr("No folder open"), "text_3"
        return tr("Ready"), "success"

    def _show_save(self, state: str) -> None:
        shown = self._session.document is not None
        text, icon, role = {
            "clean": (tr("No changes"), "check_bold", "text_3"),
            "saving": (tr("Saving…"), "busy", "text_2"),
            "saved": (tr("Saved"), "check_bold", "success"),
            "not_saved": (tr("Not saved"), "ph.warning", "warning"),
        }[state]
        self.save.setText(text)
        self._save_icon.set(icon, role)
        for widget in (self.save, self._save_icon, self._lines[self.device]):
            widget.setVisible(shown)
        self._retry.setVisible(shown and state == "not_saved")
