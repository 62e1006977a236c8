"""The bar above the canvas: the tool in hand and its options, image navigation, zoom."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from anylabel_plus.settings import ROWS
from anylabel_plus.ui import words
from anylabel_plus.ui.actions import BY_ID
from anylabel_plus.ui.language import mark, tr
from anylabel_plus.ui.layer_choice import LayerChoice
from anylabel_plus.ui.menus import ActionSet
from anylabel_plus.ui.session import Change, Session
from anylabel_plus.ui.session.assist import ASSIST_TOOLS
from anylabel_plus.ui.tool_options import WIDE_TOOLS, ToolOptions
from anylabel_plus.ui.widgets.buttons import ToolButton, tooltip
from anylabel_plus.ui.widgets.inputs import Segmented
from anylabel_plus.ui.widgets.marks import ElidedLabel, IconMark, KeyCap, hairline, text_label
from anylabel_plus.ui.widgets.sliders import Slider

HEIGHT = 40
NAME_FROM_PX = 760
"""The file name is shown from this width of the bar on."""
CROWDED_PX = 1240
"""A narrower bar shows the options of a tool instead of the opacity of masks and the file's name."""
COMPACT_PX = 900
NAME_LEAVES_PX = 620
"""Width of the bar that a long file name leaves to everything else."""
NAME_WIDTHS = (140, 380)
DEFAULT_OPACITY = cast(float, ROWS["canvas.mask_opacity"].default)
OUTPUTS = (("polygon", mark("Polygon")), ("mask", mark("Mask")), ("rectangle", mark("Box")))


class OptionBar(QFrame):
    """One row of 40 px; what does not fit gives way: first the hint, then the file name."""

    def __init__(self, session: Session, actions: ActionSet) -> None:
        super().__init__()
        self.setObjectName("option_bar")
        self.setProperty("surface", "panel")
        self.setFixedHeight(HEIGHT)
        # While another tool's options come and go the bar is too wide for a moment: it must not push the panels.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._session, self._actions = session, actions
        self._icon = IconMark("select", "accent", 18)
        self._title = text_label("", "strong")
        self._key = KeyCap()
        self._hint = ElidedLabel("", "small", "text_3", whole=True)
        self._output_label = text_label(tr("Output"), "small", "2")
        self._output = Segmented(
            [(key, tr(text)) for key, text in OUTPUTS], tr("Output"), session.settings.get("assist.output")
        )
        self._output.setObjectName("assist_output")
        self._output.chosen.connect(lambda key: session.settings.set("assist.output", key))
        self._opacity_label = text_label(tr("Masks"), "small", "2")
        self._opacity = Slider(0, 100, round(100 * session.settings.get("canvas.mask_opacity")))
        self._opacity.setObjectName("mask_opacity")
        self._opacity.setAccessibleName(tr("Mask opacity"))
        self._opacity.setToolTip(tooltip(tr("Mask opacity"), "`", tr("Hold the key to see the bare image.")))
        self._opacity.setFixedWidth(84)
        self._opacity.setPageStep(10)
        self._opacity.valueChanged.connect(self._set_opacity)
        self._opacity.reset.connect(lambda: self._opacity.setValue(round(100 * DEFAULT_OPACITY)))
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(500)
        self._keep.timeout.connect(session.settings.save)
        self._name = text_label("", "strong")
        self._count = text_label("", "small", "2")
        self.zoom = text_label("", "control")
        self.zoom.setObjectName("zoom_text")
        self.zoom.setFixedWidth(48)
        self.zoom.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        session.tool_changed.connect(self.refresh)
        session.image_changed.connect(self._show_place)
        session.folder_changed.connect(self._show_place)
        session.settings_changed.connect(self._setting_changed)
        session.document_changed.connect(self._document_changed)
        self.refresh()
        self._show_place()
        self._show_opacity()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 8, 0)
        row.setSpacing(8)
        self._options_line = hairline(vertical=True)
        self._options_line.setFixedHeight(20)
        for item in (self._icon, self._title, self._key, self._options_line, self._output_label, self._output):
            if item is self._options_line:
                row.addSpacing(4)
            row.addWidget(item)
        self.options = ToolOptions(self._session)
        row.addWidget(self.options)
        row.addWidget(self._hint, 1)
        row.addWidget(LayerChoice(self._session))
        row.addWidget(self._opacity_label)
        row.addWidget(self._opacity)
        self._steps = (self._button("previous_image"), self._count, self._button("next_image"))
        for step in (self._steps[0], self._name, *self._steps[1:]):
            row.addWidget(step)
        line = hairline(vertical=True)
        line.setFixedHeight(20)
        row.addSpacing(4)
        row.addWidget(line)
        row.addSpacing(4)
        row.setSpacing(6)
        for zoom in (self._button("zoom_out"), self.zoom, self._button("zoom_in"), self._button("fit")):
            row.addWidget(zoom)
        self._hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def _button(self, action_id: str) -> ToolButton:
        row, action = BY_ID[action_id], self._actions[action_id]
        button = ToolButton(row.icon, tr(row.title), self._actions.shortcut(action_id), tr(row.note), side=28, px=16)
        button.setObjectName(f"option_{action_id}")
        button.clicked.connect(action.trigger)

        def follow() -> None:
            if button.isEnabled() != action.isEnabled():
                button.setEnabled(action.isEnabled())
                name()

        def name() -> None:
            note = row.note if button.isEnabled() else row.why
            button.set_words(tr(row.title), self._actions.shortcut(action_id), tr(note))

        action.changed.connect(follow)
        self._actions.keys_changed.connect(name)
        follow()
        return button

    def refresh(self, *_: object) -> None:
        """Show the tool in hand and its options."""
        row = BY_ID.get(self._session.tool)
        self._icon.set(row.icon if row else "select", "accent")
        self._title.setText(tr(row.title) if row else self._session.tool.capitalize())
        self._key.set(self._actions.shortcut(row.id) if row else "")
        self._hint.setText(tr(row.note) if row and row.note else "")
        assist = self._session.tool in ASSIST_TOOLS
        for widget in (self._output_label, self._output, self._options_line):
            widget.setVisible(assist)
        self._show_opacity()
        self._show_steps()

    def set_zoom(self, scale: float) -> None:
        """Show the zoom as a percentage."""
        self.zoom.setText(f"{scale * 100:.0f}%")

    def _show_place(self) -> None:
        session = self._session
        self._show_name()
        total = len(session.files)
        self._count.setText(
            tr("{row} of {total}", row=words.number(session.row + 1), total=words.number(total))
            if session.row >= 0
            else ""
        )
        if session.picture is None:
            self.zoom.setText("")

    def _show_name(self) -> None:
        name = self._session.image_path.name if self._session.image_path else ""
        least, most = NAME_WIDTHS
        width = min(max(self.width() - NAME_LEAVES_PX, least), most)
        self._name.setToolTip(name)
        self._name.setText(words.fit(name, self._name.font(), width, Qt.TextElideMode.ElideMiddle))

    def _document_changed(self, change: Change, _: object) -> None:
        if change.kind == "document" or change.added or change.removed:
            self._show_opacity()

    @property
    def _crowded(self) -> bool:
        return self.width() < CROWDED_PX and self._session.tool in WIDE_TOOLS

    def _show_steps(self) -> None:
        crowded = self._crowded
        self._name.setVisible(self.width() >= NAME_FROM_PX and not crowded)
        for step in self._steps:
            step.setVisible(not crowded)
        self.options.set_compact(False)  # to see whether the words find room, in any language
        row = self.layout()
        tight = row is not None and row.minimumSize().width() > self.width()
        self.options.set_compact(self.width() < COMPACT_PX or tight)

    def _show_opacity(self) -> None:
        document = self._session.document
        shown = document is not None and any(shape.kind == "mask" for shape in document.shapes)
        shown = shown and not self._crowded
        self._opacity_label.setVisible(shown)
        self._opacity.setVisible(shown)

    def _set_opacity(self, percent: int) -> None:
        self._session.settings.set("canvas.mask_opacity", percent / 100, save=False)
        self._keep.start()  # the file is written once the slider rests

    def _setting_changed(self, key: str) -> None:
        if key == "canvas.mask_opacity":
            self._opacity.setValue(round(100 * self._session.settings.get(key)))
        if key == "assist.output":
            self._output.set_current(self._session.settings.get(key))
        elif key.startswith("keys."):
            self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._show_steps()
        self._show_opacity()
        self._show_name()
        super().resizeEvent(event)
