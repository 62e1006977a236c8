"""The choice of the model, with those not downloaded yet and a way to get them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from anylabel_plus.ui import icons, words
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.inputs import ComboBox
from anylabel_plus.ui.widgets.marks import ElidedLabel, row
from anylabel_plus.ui.widgets.progress import Bar

if TYPE_CHECKING:
    from anylabel_plus.inference.catalog import ModelSpec
    from anylabel_plus.ui.session import Session

_SPEC_ROLE = int(Qt.ItemDataRole.UserRole)


class _Combo(ComboBox):
    """Asks for its rows when it opens."""

    opening = Signal()

    def showPopup(self) -> None:
        self.opening.emit()
        super().showPopup()


class ModelChoice(QWidget):
    """A combo of all models; one that is not installed offers its download and is used when it is there."""

    _progress = Signal(str, float)
    _ended = Signal(str, str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._stop = threading.Event()
        self._pulling = ""
        self.combo = _Combo()
        self.combo.setAccessibleName(tr("Model"))
        self.note = ElidedLabel("", "small", "text_2")
        self.get = Button(tr("Download"), "download-simple", size="small", clicked=self._pull_or_stop)
        self.bar = Bar()
        self._offer = QWidget()
        column = QVBoxLayout(self._offer)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row(self.note, self.get))
        column.addWidget(self.bar)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.combo)
        layout.addWidget(self._offer)
        self._offer.hide()
        self.bar.hide()
        self._show_id(session.settings.get("assist.model"))
        self.combo.opening.connect(self.reload)
        self.combo.activated.connect(lambda _: self._chosen())
        self._progress.connect(self._show_progress)
        self._ended.connect(self._pull_ended)
        session.settings_changed.connect(self._setting_changed)
        self._loaded = False

    # The rows ----------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the catalog again."""
        from anylabel_plus.core.errors import UserError
        from anylabel_plus.inference import catalog

        self._loaded = True
        try:
            rows = catalog.rows(self._weights_dir())
        except UserError as error:
            self._session.say("error", said(error))
            return
        current = self._session.settings.get("assist.model")
        self.combo.blockSignals(True)
        self.combo.clear()
        for spec in rows.values():
            if spec.supported:
                self._add(spec)
        if self.combo.findData(current) < 0:
            self.combo.addItem(icons.icon("cube"), current, current)
        self.combo.setCurrentIndex(self.combo.findData(current))
        self.combo.blockSignals(False)
        self._show_offer()

    def _add(self, spec: ModelSpec) -> None:
        from anylabel_plus.inference import weights

        here = weights.installed(spec)
        self.combo.addItem(icons.icon("cube" if here else "download-simple"), tr(spec.title), spec.id)
        tip = ", ".join(
            part
            for part in (tr(spec.note) if spec.note else "", spec.licence, "" if here else tr("not downloaded"))
            if part
        )
        self.combo.setItemData(self.combo.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)

    def _weights_dir(self) -> Path | None:
        text = self._session.settings.get("models.folder")
        return Path(text) if text else None

    def _show_id(self, model: str) -> None:
        if self.combo.findData(model) < 0:
            info = self._session.model_info
            title = tr(info.title) if info is not None and info.id == model else model
            self.combo.addItem(icons.icon("cube"), title, model)
        self.combo.setCurrentIndex(self.combo.findData(model))

    def _setting_changed(self, key: str) -> None:
        if key == "assist.model":
            self._show_id(self._session.settings.get(key))
            self._show_offer()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._loaded:
            # After the first paint of the window: the titles are in files.
            QTimer.singleShot(200, self, self._first_look)

    def _first_look(self) -> None:
        if not self._loaded:
            self.reload()

    # Choosing ----------------------------------------------------------------------------------

    def _spec(self) -> ModelSpec | None:
        from anylabel_plus.inference import catalog

        return catalog.rows(self._weights_dir()).get(self.combo.currentData())

    def _chosen(self) -> None:
        from anylabel_plus.inference import weights

        spec = self._spec()
        if spec is None or weights.installed(spec):
            self._session.settings.set("assist.model", self.combo.currentData())
        self._show_offer()

    def _show_offer(self) -> None:
        from anylabel_plus.inference import weights

        spec = self._spec()
        missing = weights.missing(spec) if spec is not None else []
        self._offer.setVisible(bool(missing))
        if spec is None or not missing or self._pulling:
            return
        self.get.setVisible(not spec.bundled)
        if spec.bundled:
            self.note.setText(tr("Files of the program are missing. Install it again."))
            return
        known = [entry.bytes for entry in missing if entry.bytes]
        size = words.file_size(sum(known)) if len(known) == len(missing) else tr("size not known")
        self.note.setText(tr("Not downloaded, {size}", size=size))

    # Downloading -------------------------------------------------------------------------------

    def _pull_or_stop(self) -> None:
        if self._pulling:
            self._stop.set()
            return
        spec = self._spec()
        if spec is None:
            return
        self._pulling = spec.id
        self._stop.clear()
        self.get.setText(tr("Cancel"))
        self.bar.show()
        self.bar.set(-1.0)
        mirror = self._session.settings.get("models.mirror")
        threading.Thread(target=self._pull, args=(spec, mirror), name="model-download", daemon=True).start()

    def _pull(self, spec: ModelSpec, mirror: str) -> None:
        from anylabel_plus.core.errors import Cancelled, UserError
        from anylabel_plus.inference import weights

        def report(name: str, done: int, total: int | None) -> None:
            if shiboken6.isValid(self):
                self._progress.emit(f"{name}, {words.file_size(done)}", done / total if total else -1.0)

        problem = ""
        try:
            weights.pull(spec, mirror, report, self._stop.is_set)
        except Cancelled:
            problem = tr("Download cancelled. What came so far is kept.")
        except (UserError, OSError) as error:
            problem = said(error)
        if shiboken6.isValid(self):  # the window may have gone meanwhile
            self._ended.emit(spec.id, problem)

    def _show_progress(self, text: str, fraction: float) -> None:
        self.note.setText(text)
        self.bar.set(fraction)

    def _pull_ended(self, model: str, problem: str) -> None:
        self._pulling = ""
        self.get.setText(tr("Download"))
        self.bar.hide()
        if problem:
            self._session.say("error", problem)
            self._show_offer()
            return
        self._session.settings.set("assist.model", model)
        self.reload()
