"""Options of the tool in hand on the option bar, made from the rows of OPTIONS.

To add an option: a row in ``settings.SETTINGS``, and one below that names it and its tools. Numbers become a
slider, texts with choices a segmented control, true and false a switch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from anylabel_plus.settings import ROWS, Value
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.session import Session
from anylabel_plus.ui.widgets.buttons import tooltip
from anylabel_plus.ui.widgets.inputs import Segmented, Switch
from anylabel_plus.ui.widgets.marks import text_label
from anylabel_plus.ui.widgets.sliders import Slider, ValueEdit

SAVE_AFTER_MS = 500
SLIDER_STEPS = 100
_SLIDER_WIDTH = 84


@dataclass(frozen=True, slots=True)
class Option:
    """One row: a setting that the option bar offers while one of ``tools`` is in hand. ``words`` name its choices."""

    setting: str
    title: str
    tools: frozenset[str]
    words: tuple[tuple[str, str], ...] = ()
    note: str = ""


_BRUSHES = frozenset(("brush", "eraser"))
_WAND = frozenset(("wand",))
_KINDS = (("mask", "Mask"), ("polygon", "Polygon"))
_OUTLINES = frozenset(("polygon", "linestrip"))
_SNAPPING = _OUTLINES | {"line", "quadrilateral"}
OPTIONS: tuple[Option, ...] = (
    Option("draw.snap", "Snap", _SNAPPING, note="To vertices and edges of other shapes. Alt leaves a point free."),
    Option("draw.follow", "Follow borders", _OUTLINES, note="Between two points on one shape. Ctrl+click: once."),
    Option("draw.freehand", "Freehand", _OUTLINES, note="Press and drag draws."),
    Option("paint.size_px", "Size", _BRUSHES, note="In pixels of the image. The wheel and [ ] change it too."),
    Option("paint.tip", "Tip", _BRUSHES, (("round", "Round"), ("square", "Square"))),
    Option("paint.output", "New shape", frozenset(("brush",)), _KINDS, "What a stroke becomes with nothing selected."),
    Option("wand.tolerance", "Tolerance", _WAND, note="Drag on the picture, or use the wheel or [ ]."),
    Option("wand.smooth_px", "Smooth", _WAND, note="Evens the edge out and drops specks."),
    Option("wand.contiguous", "Connected", _WAND, note="Only pixels that hang together with the one clicked."),
    Option("wand.output", "Output", _WAND, tuple(reversed(_KINDS)), "What an accepted area becomes."),
)  # fmt: skip
TOOLS_WITH_OPTIONS = frozenset().union(*(option.tools for option in OPTIONS))
WIDE_TOOLS = frozenset().union(
    *(option.tools for option in OPTIONS if not isinstance(ROWS[option.setting].default, bool))
)
"""Tools whose options need much room: sliders and choices. Switches alone fit beside everything else."""
Show = Callable[[object], None]


class ToolOptions(QWidget):
    """Shows the options of the tool in hand; each control is called like its setting, with _ for the dot."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("tool_options")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._session = session
        self._shown: dict[str, Show] = {}
        self._parts: list[tuple[frozenset[str], QWidget, QWidget]] = []
        self._compact = False
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(SAVE_AFTER_MS)
        self._save.timeout.connect(session.settings.save)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for option in OPTIONS:
            label = text_label(tr(option.title), "small", "2")
            control, show = self._control(option)
            control.setObjectName(option.setting.replace(".", "_"))
            control.setToolTip(tooltip(tr(option.title), "", tr(option.note) if option.note else ""))
            control.setAccessibleName(tr(option.title))
            self._shown[option.setting] = show
            layout.addWidget(label)
            layout.addWidget(control)
            self._parts.append((option.tools, label, control))
            show(session.settings.get(option.setting))
        session.tool_changed.connect(self.refresh)
        session.settings_changed.connect(self._setting_changed)
        self.refresh()

    def refresh(self, *_: object) -> None:
        """Show the options of the tool in hand."""
        tool = self._session.tool
        for tools, label, control in self._parts:
            label.setVisible(tool in tools and not self._compact)
            control.setVisible(tool in tools)
        self.setVisible(tool in TOOLS_WITH_OPTIONS)

    def set_compact(self, on: bool) -> None:
        """Leave the words out; the controls have them as tooltips."""
        if on != self._compact:
            self._compact = on
            self.refresh()

    def _control(self, option: Option) -> tuple[QWidget, Show]:
        row = ROWS[option.setting]
        if option.words:
            return self._choice(option)
        if isinstance(row.default, bool):
            switch = Switch(tr(option.title))
            switch.toggled.connect(lambda on: self._set(option.setting, on))
            return switch, lambda value: switch.setChecked(bool(value))
        return self._number(option)

    def _choice(self, option: Option) -> tuple[QWidget, Show]:
        control = Segmented([(key, tr(word)) for key, word in option.words], tr(option.title), dense=True)
        control.chosen.connect(lambda key: self._set(option.setting, key))
        return control, lambda value: control.set_current(str(value))

    def _number(self, option: Option) -> tuple[QWidget, Show]:
        """A slider that is finer for small numbers, and the number itself."""
        row = ROWS[option.setting]
        low, high = int(row.low or 0), int(row.high or 0)
        holder, slider = QWidget(), Slider(0, SLIDER_STEPS, 0)
        edit = ValueEdit(tr(option.title), low, high, 1, tr(row.unit), 0)
        edit.setObjectName(f"{option.setting.replace('.', '_')}_value")
        slider.setObjectName(f"{option.setting.replace('.', '_')}_slider")
        slider.setAccessibleName(tr(option.title))
        slider.setFixedWidth(_SLIDER_WIDTH)
        edit.setFixedWidth(52)
        layout = QHBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(slider)
        layout.addWidget(edit)
        holder.setFocusProxy(edit)

        def show(value: object) -> None:
            number = int(str(value))
            edit.set_value(number)
            slider.blockSignals(True)
            slider.setValue(round(SLIDER_STEPS * ((number - low) / (high - low)) ** 0.5))
            slider.blockSignals(False)
            slider.update()

        slider.valueChanged.connect(
            lambda at: self._set(option.setting, round(low + (high - low) * (at / SLIDER_STEPS) ** 2))
        )
        slider.reset.connect(lambda: self._set(option.setting, row.default))
        edit.entered.connect(lambda value: self._set(option.setting, round(value)))
        return holder, show

    def _set(self, key: str, value: Value) -> None:
        self._session.settings.set(key, value, save=False)

    def _setting_changed(self, key: str) -> None:
        show = self._shown.get(key)
        if show is not None:
            show(self._session.settings.get(key))
            self._save.start()  # the file is written once the value rests
