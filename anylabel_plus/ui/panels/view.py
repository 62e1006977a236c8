"""Navigator, how pixels are shown, and comparing with the image before. For the eye only: no file changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from anylabel_plus.ui.display import GAMMA_HIGH, GAMMA_LOW, LIMIT, PLAIN
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.inputs import CheckBox, DoubleSpinBox
from anylabel_plus.ui.widgets.marks import hairline, row, text_label
from anylabel_plus.ui.widgets.overview import Overview
from anylabel_plus.ui.widgets.panel import PanelBase
from anylabel_plus.ui.widgets.sliders import SliderValue

THUMB_PX = 480
LEAST_FIELDS_PX = 56
"""Two rows stay in sight; what does not fit into the column is scrolled to."""


class ViewPanel(PanelBase):
    """Navigator above, sliders below; everything answers at once."""

    def __init__(self, session: Session) -> None:
        self.reset = Button(tr("Reset"), kind="ghost", size="small", clicked=self._reset)
        super().__init__("view_panel", tr("View"), self.reset)
        self._session = session
        self.overview = Overview(tr("Navigator"))
        self.overview.setObjectName("navigator")
        self.overview.empty_text = tr("Open an image to see all of it here and look closer at a part.")
        self.body.addWidget(self.overview)
        self.body.addWidget(hairline())
        self._fields = QVBoxLayout()
        self._fields.setContentsMargins(0, 0, 0, 0)
        self._fields.setSpacing(0)
        self.body.addWidget(_scrolling(self._fields), 1)
        self.brightness = self._slider("brightness", tr("Brightness"), -LIMIT, LIMIT, 0)
        self.contrast = self._slider("contrast", tr("Contrast"), -LIMIT, LIMIT, 0)
        self.gamma = self._slider("gamma", tr("Gamma"), GAMMA_LOW, GAMMA_HIGH, 1.0, step=0.05, digits=2)
        self._window_fields = QWidget()
        """Hidden for images of 8 bits."""
        self._window_rows = QVBoxLayout(self._window_fields)
        self._window_rows.setContentsMargins(0, 0, 0, 0)
        self._window_rows.setSpacing(0)
        self._fields.addWidget(self._window_fields)
        self.black = self._values("window_black", tr("Black from"))
        self.white = self._values("window_white", tr("White from"))
        self.inverted = CheckBox(tr("Inverted"))
        self.inverted.setObjectName("display_inverted")
        self.keep = CheckBox(tr("Keep between images"))
        self.keep.setObjectName("display_keep")
        self._fields.addLayout(row(self.inverted, self.keep, None, margins=(12, 4, 12, 8)))
        self._fields.addWidget(hairline())
        self.compare = CheckBox(tr("Compare with the image before"))
        self.compare.setObjectName("compare")
        self._fields.addLayout(row(self.compare, None, margins=(12, 8, 12, 0)))
        self.edge = self._slider("compare_edge", tr("Edge"), 0, 100, 50, unit="%")
        self._fields.addStretch(1)
        self._connect()
        self._show_picture()
        self._show_display()
        self._show_comparing()

    def _slider(
        self,
        name: str,
        title: str,
        low: float,
        high: float,
        value: float,
        *,
        step: float = 1.0,
        digits: int = 0,
        unit: str = "",
    ) -> SliderValue:
        slider = SliderValue(title, low, high, value, step, unit, digits)
        slider.setObjectName(name)
        label = text_label(title, "small", "2")
        label.setMinimumWidth(84)
        self._fields.addLayout(row(label, slider, margins=(12, 4, 12, 4)))
        return slider

    def _values(self, name: str, title: str) -> DoubleSpinBox:
        """A field for one of the file's own values."""
        field = DoubleSpinBox(-1e12, 1e12, 0.0)
        field.setObjectName(name)
        field.setAccessibleName(title)
        field.setKeyboardTracking(False)
        label = text_label(title, "small", "2")
        label.setMinimumWidth(84)
        label.setBuddy(field)
        self._window_rows.addLayout(row(label, field, None, margins=(12, 4, 12, 4)))
        return field

    def _connect(self) -> None:
        session = self._session
        self.overview.looked.connect(session.look_at)
        for slider in (self.brightness, self.contrast, self.gamma):
            slider.changed.connect(self._set_display)
        for field in (self.black, self.white):
            field.valueChanged.connect(self._set_window)
        self.inverted.toggled.connect(self._set_display)
        self.keep.toggled.connect(self._set_keep)
        self.compare.toggled.connect(session.set_comparing)
        self.edge.changed.connect(self._set_edge)
        session.picture_changed.connect(self._show_picture)
        session.image_changed.connect(self._show_picture)
        session.viewed_changed.connect(self._show_viewed)
        session.display_changed.connect(self._show_display)
        session.view_changed.connect(self._show_comparing)

    def _set_display(self, *_: object) -> None:
        self._session.set_display(
            replace(
                self._session.display,
                brightness=round(self.brightness.value()),
                contrast=round(self.contrast.value()),
                gamma=min(GAMMA_HIGH, max(GAMMA_LOW, self.gamma.value())),
                inverted=self.inverted.isChecked(),
            )
        )

    def _set_window(self, _: float) -> None:
        self._session.set_window(self.black.value(), self.white.value())

    def _show_window(self) -> None:
        window = self._session.window
        self._window_fields.setVisible(window is not None)
        if window is None:
            return
        for field, value in ((self.black, window.low), (self.white, window.high)):
            field.blockSignals(True)
            field.setValue(value)
            field.setSingleStep(max(1e-6, abs(window.high - window.low) / 100))
            field.blockSignals(False)

    def _reset(self) -> None:
        self._session.set_display(PLAIN)
        self._session.reset_window()

    def _set_keep(self, on: bool) -> None:
        self._session.settings.set("files.keep_display", on)

    def _set_edge(self, percent: float) -> None:
        self._session.set_compare_at(percent / 100)

    def _show_picture(self) -> None:
        picture = self._session.picture
        if picture is None:
            self._show_window()
            self.overview.set_image(None, 0.0, 0.0)
            return
        small = np.ascontiguousarray(picture.thumbnail(THUMB_PX))
        height, width = small.shape[:2]
        image = QImage(small.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self.overview.set_image(image, picture.width, picture.height)
        self._show_window()
        self._show_viewed()

    def _show_viewed(self) -> None:
        self.overview.set_viewed(*self._session.viewed)

    def _show_display(self) -> None:
        display = self._session.display
        self.brightness.set_value(display.brightness)
        self.contrast.set_value(display.contrast)
        self.gamma.set_value(display.gamma)
        for box, on in (
            (self.inverted, display.inverted),
            (self.keep, self._session.settings.get("files.keep_display")),
        ):
            box.blockSignals(True)
            box.setChecked(bool(on))
            box.blockSignals(False)
        self._show_window()
        self.reset.setEnabled(not display.plain or self._session.window != self._session.own_window)
        self.edge.set_value(round(100 * self._session.compare_at))

    def _show_comparing(self) -> None:
        self.compare.blockSignals(True)
        self.compare.setChecked(self._session.comparing)
        self.compare.blockSignals(False)
        self.edge.setEnabled(self._session.comparing)


def _scrolling(fields: QVBoxLayout) -> QScrollArea:
    """``fields`` as high as they want to be where there is room; scrolled where the column is full."""
    content = QWidget()
    content.setLayout(fields)
    area = QScrollArea()
    area.setSizeAdjustPolicy(QScrollArea.SizeAdjustPolicy.AdjustToContents)
    area.setMinimumHeight(LEAST_FIELDS_PX)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area
