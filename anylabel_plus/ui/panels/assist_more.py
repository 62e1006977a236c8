"""The advanced rows of the Assist panel: what becomes of the model's answers, and what is computed ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QGridLayout, QWidget

from anylabel_plus.ui.language import tr
from anylabel_plus.ui.widgets.inputs import Switch
from anylabel_plus.ui.widgets.marks import hairline, row, text_label
from anylabel_plus.ui.widgets.sliders import SliderValue, ValueEdit

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

MAX_AREA_PX2 = 500
"""Where the slider ends; the settings take more."""
_STORE_AFTER_MS = 400


class AdvancedRows(QWidget):
    """Each row is a setting that acts at once."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._settings = settings = session.settings
        get = settings.get
        self.detail = SliderValue(tr("Polygon detail"), 0.0, 10.0, get("assist.polygon_detail_px"), 0.5, "px", 1)
        self.area = SliderValue(tr("Smallest area"), 0, MAX_AREA_PX2, get("assist.min_area_px2"), 1, "px²", 0)
        self.ahead = Switch(tr("Embed next images ahead"), get("assist.prefetch") > 0)
        self.accept = Switch(tr("Accept from a score on"), get("assist.accept_at_score"))
        self.score = ValueEdit(tr("Score from which candidates are accepted"), 0.0, 1.0, 0.01, "", 2)
        self.score.set_value(get("assist.accept_score"))
        for name in ("detail", "area", "ahead", "accept", "score"):
            getattr(self, name).setObjectName(f"assist_{name}")
        self._build()
        self._store = QTimer(self)
        self._store.setSingleShot(True)
        self._store.setInterval(_STORE_AFTER_MS)
        self._store.timeout.connect(self._keep)
        self._moved: dict[str, float] = {}
        self.detail.changed.connect(lambda value: self._keep_soon("assist.polygon_detail_px", value))
        self.area.changed.connect(lambda value: self._keep_soon("assist.min_area_px2", round(value)))
        self.ahead.toggled.connect(lambda on: settings.set("assist.prefetch", 1 if on else 0))
        self.accept.toggled.connect(lambda on: settings.set("assist.accept_at_score", on))
        self.score.entered.connect(lambda value: settings.set("assist.accept_score", value))
        session.settings_changed.connect(self._setting_changed)

    def _build(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(text_label(tr("Polygon detail"), "small", "2"), 0, 0)
        grid.addWidget(self.detail, 0, 1)
        grid.addWidget(text_label(tr("Smallest area"), "small", "2"), 1, 0)
        grid.addWidget(self.area, 1, 1)
        grid.addWidget(hairline(), 2, 0, 1, 2)
        grid.addLayout(row(text_label(tr("Embed next images ahead"), "small", "2"), None, self.ahead), 3, 0, 1, 2)
        accept = row(text_label(tr("Accept at score ≥"), "small", "2"), self.score, None, self.accept, spacing=4)
        grid.addLayout(accept, 4, 0, 1, 2)

    def _keep_soon(self, key: str, value: float) -> None:
        self._moved[key] = value
        self._store.start()

    def _keep(self) -> None:
        moved, self._moved = self._moved, {}
        for key, value in moved.items():
            self._settings.set(key, value)

    def _setting_changed(self, key: str) -> None:
        value: Any = self._settings.get(key) if key.startswith("assist.") else None
        if key == "assist.polygon_detail_px" and key not in self._moved:
            self.detail.set_value(value)
        elif key == "assist.min_area_px2" and key not in self._moved:
            self.area.set_value(value)
        elif key == "assist.prefetch":
            self.ahead.setChecked(value > 0)
        elif key == "assist.accept_at_score":
            self.accept.setChecked(value)
        elif key == "assist.accept_score":
            self.score.set_value(value)
