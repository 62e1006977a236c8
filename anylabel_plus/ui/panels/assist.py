"""The model that outlines what the user points at: which one, what it is asked, what comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from anylabel_plus.ui import theme
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.panels.assist_more import AdvancedRows
from anylabel_plus.ui.panels.model_choice import ModelChoice
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.inputs import Segmented
from anylabel_plus.ui.widgets.label_edit import LabelEdit
from anylabel_plus.ui.widgets.marks import Badge, ElidedLabel, row, text_label
from anylabel_plus.ui.widgets.panel import PanelBase

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

_TOOL_OF = {"points": "assist_point", "box": "assist_box"}
_LOW_SCREEN_PX = 900


class _Dot(QWidget):
    """The mark of include or exclude points."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self._token = token
        self.setFixedSize(8, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.setBrush(QColor(theme.values()["canvas"][self._token]))
        painter.drawEllipse(QPointF(4, 8), 3.5, 3.5)


class AssistPanel(PanelBase):
    """Settings act at once; the candidates themselves float over the canvas."""

    def __init__(self, session: Session) -> None:
        self.badge = Badge(tr("CPU ready"))
        super().__init__("assist_panel", tr("Assist"), self.badge)
        self._session = session
        settings = session.settings
        self.model = ModelChoice(session)
        self.kind = Segmented((("points", tr("Points")), ("box", tr("Box"))), tr("What to point with"))
        self.counts = (text_label("", "small", "2"), text_label("", "small", "2"))
        self.clear = Button(tr("Clear"), kind="ghost", size="small", clicked=session.clear_prompt)
        self.stage = ElidedLabel("", "small", "text_3")
        self.label = LabelEdit(tr("Label as"))
        self.label.setObjectName("assist_label")
        self.output = Segmented(
            (("polygon", tr("Polygon")), ("mask", tr("Mask")), ("rectangle", tr("Box"))),
            tr("Output"),
            settings.get("assist.output"),
        )
        self.more = AdvancedRows(session)
        self._form = QGridLayout()
        self._build()
        screen = QGuiApplication.primaryScreen()
        # Before anybody asks for the size: the dock gets the height of what is shown.
        self.set_compact(screen is not None and screen.size().height() < _LOW_SCREEN_PX)
        self._connect()
        self._prompt_changed()
        self._state_changed()
        self._label_changed()
        self._tool_changed(session.tool)

    def _build(self) -> None:
        column = QVBoxLayout()
        column.setContentsMargins(12, 2, 12, 10)
        column.setSpacing(10)
        column.addWidget(self.model)
        column.addWidget(self.kind)
        include, exclude = _Dot("point_include"), _Dot("point_exclude")
        column.addLayout(row(include, self.counts[0], 4, exclude, self.counts[1], self.stage, self.clear, spacing=6))
        form = self._form
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setColumnStretch(1, 1)
        for line, (name, widget) in enumerate(((tr("Label as"), self.label), (tr("Output"), self.output))):
            form.addWidget(text_label(name, "small", "2"), line, 0)
            form.addWidget(widget, line, 1)
        column.addLayout(form)
        column.addWidget(self.more)
        self.body.addLayout(column)
        self.body.addStretch(1)

    def _connect(self) -> None:
        session, settings = self._session, self._session.settings
        self.kind.chosen.connect(lambda key: session.set_tool(_TOOL_OF[key]))
        self.label.committed.connect(session.set_label)
        self.label.refused.connect(lambda why: session.say("warning", why))
        self.output.chosen.connect(lambda key: settings.set("assist.output", key))
        session.prompt_changed.connect(self._prompt_changed)
        session.tool_changed.connect(self._tool_changed)
        session.label_changed.connect(self._label_changed)
        session.labels_changed.connect(self._label_changed)
        session.model_changed.connect(self._state_changed)
        session.busy_changed.connect(self._state_changed)
        session.settings_changed.connect(self._setting_changed)

    # Following the session ---------------------------------------------------------------------

    def _prompt_changed(self) -> None:
        prompt = self._session.prompt
        included = sum(1 for point in prompt.points if point[2] == 1)
        self.counts[0].setText(ntr("{n} include", "{n} include", included))
        self.counts[1].setText(ntr("{n} exclude", "{n} exclude", len(prompt.points) - included))
        self.clear.setEnabled(not prompt.empty)

    def _tool_changed(self, tool: str) -> None:
        if tool in ("assist_point", "assist_exclude"):
            self.kind.set_current("points")
        elif tool == "assist_box":
            self.kind.set_current("box")

    def _label_changed(self, *_: object) -> None:
        self.label.set_labels(self._session.suggestions(), self._session.settings.get("labels.completion"))
        self.label.refusal = self._session.refusal
        self.label.show_label(self._session.label)

    def _state_changed(self) -> None:
        session = self._session
        if session.engine_problem:
            tone = "warning"
        elif session.model_info is not None and session.provider_text.startswith("CUDA"):
            tone = "success"
        else:
            tone = "neutral"
        self.badge.set(session.provider_text, tone)
        note = session.model_info.provider_note if session.model_info is not None else ""
        self.badge.setToolTip(session.engine_problem or note)
        self.stage.setText(session.stage)
        self._allow_prompts()

    def _allow_prompts(self) -> None:
        info = self._session.model_info
        title = tr(info.title) if info is not None else ""
        for key, prompt, why in (
            ("points", "point", tr("{model} does not answer points.", model=title)),
            ("box", "box", tr("{model} does not answer boxes.", model=title)),
        ):
            able = info is None or not info.prompts or prompt in info.prompts
            self.kind.set_part_enabled(key, able, why)

    def _setting_changed(self, key: str) -> None:
        if key == "assist.output":
            self.output.set_current(self._session.settings.get(key))

    def set_compact(self, compact: bool) -> None:
        """Leave out the advanced rows, for low screens."""
        self.more.setVisible(not compact)
