"""One dialog for decisions: what happened, what is safe, and two to four verbs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.dialog import Dialog
from anylabel_plus.ui.widgets.marks import IconTile, hairline, text_label


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: ``kind`` as in ``Button``; exactly one choice of a question is primary."""

    id: str
    title: str
    kind: str = ""


class Question(Dialog):
    """``answer`` is the id of the chosen button, or an empty string when the dialog was closed."""

    def __init__(self, parent: QWidget | None, title: str, text: str, choices: Sequence[Choice], icon: str) -> None:
        super().__init__(parent)
        self.setObjectName("question")
        self.setWindowTitle(title)
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setProperty("surface", "panel")
        self.answer = ""
        head = QHBoxLayout()
        head.setContentsMargins(20, 18, 20, 16)
        head.setSpacing(14)
        head.addWidget(IconTile(icon, 34, "accent_soft", "accent"), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(text_label(title, "h2", wrap=True))
        body = text_label(text, "body", "2", wrap=True)
        body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.addWidget(body)
        head.addLayout(words, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 12, 20, 12)
        foot.setSpacing(8)
        # What destroys stands apart at the left, the primary choice last at the right.
        for choice in sorted(choices, key=lambda one: one.kind != "danger"):
            if choice.kind != "danger" and foot.count() == sum(one.kind == "danger" for one in choices):
                foot.addStretch(1)
            foot.addWidget(self._button(choice))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(head)
        box.addWidget(hairline())
        box.addLayout(foot)
        self.setMinimumWidth(460)

    def _button(self, choice: Choice) -> Button:
        button = Button(choice.title, kind=choice.kind, clicked=lambda: self._chosen(choice.id))
        button.setObjectName(f"answer_{choice.id}")
        if choice.kind == "primary":
            button.setDefault(True)
            button.setFocus()
        return button

    def _chosen(self, answer: str) -> None:
        self.answer = answer
        self.accept()


def ask(parent: QWidget | None, title: str, text: str, choices: Sequence[Choice], icon: str = "ph.question") -> str:
    """Show a question and wait; the id of the chosen button, empty when it was closed or Esc pressed."""
    dialog = Question(parent, title, text, choices, icon)
    dialog.exec()
    answer = dialog.answer
    dialog.deleteLater()
    return answer
