"""The pages of flags and of number keys."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.labeling import DIGITS, DigitKey, check_pattern
from anylabel_plus.ui.actions import ACTIONS, BY_ID
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.commit_fields import CommitCombo, CommitText
from anylabel_plus.ui.widgets.inputs import ComboBox
from anylabel_plus.ui.widgets.marks import KeyCap, Notice, text_label

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


class FlagsPage(QWidget):
    """Flags that are offered for every image, and for shapes by their label."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.image = CommitText(tr("Flags of images, one a line"), lines=True)
        self.shape = CommitText(tr("Flags of shapes, one expression a line"), lines=True)
        self.image.setObjectName("image_flags")
        self.shape.setObjectName("shape_flags")
        self.notice = Notice("", "danger")
        self.notice.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        for title, note, field in (
            (tr("Flags of images"), tr("One a line, such as blurred."), self.image),
            (
                tr("Flags of shapes"),
                tr("One a line: labels, a colon, flags with commas between. For all labels write .*: occluded"),
                self.shape,
            ),
        ):
            column.addWidget(text_label(title, "h3"))
            column.addWidget(text_label(note, "small", "3", wrap=True))
            field.setMinimumHeight(96)
            field.setMaximumHeight(16777215)
            column.addWidget(field, 1)
        column.addWidget(self.notice)
        self.image.committed.connect(self._image_flags)
        self.shape.committed.connect(self._shape_flags)
        session.labeling_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        set_up = self._session.labeling
        self.image.show_value("\n".join(set_up.image_flags))
        rows = (f"{pattern}: {', '.join(names)}" for pattern, names in set_up.shape_flags.items())
        self.shape.show_value("\n".join(rows))

    def _image_flags(self, text: str) -> None:
        names = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        self._session.set_labeling(replace(self._session.labeling, image_flags=names))

    def _shape_flags(self, text: str) -> None:
        try:
            flags = parse_shape_flags(text)
        except UserError as error:
            self.notice.set(said(error), "danger")
            self.notice.show()
            return
        self.notice.hide()
        self._session.set_labeling(replace(self._session.labeling, shape_flags=flags))


def parse_shape_flags(text: str) -> dict[str, tuple[str, ...]]:
    """Lines "expression: flag, flag"; raises UserError for a line that is none."""
    flags: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        pattern, colon, names = line.rpartition(":")
        found = tuple(name.strip() for name in names.split(",") if name.strip())
        if not colon or not pattern.strip() or not found:
            raise UserError(
                tr("{line}: is no line of flags.", line=line), tr("Write labels, a colon, and flags: cat|dog: asleep")
            )
        flags[check_pattern(pattern.strip())] = found
    return flags


class KeysPage(QWidget):
    """Which label, and which tool, each number key stands for."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._rows: dict[str, tuple[CommitCombo, ComboBox]] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(text_label(tr("Number keys"), "h3"))
        note = tr(
            "A key labels the selected shapes, or the next shape. With a tool it begins a new shape. "
            "Keys that are not set belong to the first labels."
        )
        column.addWidget(text_label(note, "small", "3", wrap=True))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 2)
        self._grid.setColumnStretch(2, 1)
        column.addLayout(self._grid)
        column.addStretch(1)
        session.labels_changed.connect(self._make)
        session.labeling_changed.connect(self._show)
        self._make()

    def _make(self) -> None:
        for made in self._rows.values():
            for widget in made:
                self._grid.removeWidget(widget)
                widget.deleteLater()
        names = [name for name in self._session.labels if name]
        for line, digit in enumerate(DIGITS):
            if self._grid.itemAtPosition(line, 0) is None:
                self._grid.addWidget(KeyCap(digit), line, 0)
            label = CommitCombo(tr("Label of key {key}", key=digit), names)
            label.setObjectName(f"key_label_{digit}")
            tool = ComboBox(dense=True)
            tool.setObjectName(f"key_tool_{digit}")
            tool.setAccessibleName(tr("Tool of key {key}", key=digit))
            tool.addItem(tr("No tool"), "")
            for action in ACTIONS:
                if action.tool and action.menu == "Shape" and action.tool not in ("select", "pan"):
                    tool.addItem(tr(action.title), action.id)
            label.committed.connect(lambda value, digit=digit: self._set(digit, label=value))
            tool.activated.connect(lambda index, digit=digit, tool=tool: self._set(digit, mode=tool.itemData(index)))
            self._grid.addWidget(label, line, 1)
            self._grid.addWidget(tool, line, 2)
            self._rows[digit] = (label, tool)
        self._show()

    def _show(self) -> None:
        set_up = self._session.labeling
        in_force = set_up.keys(self._session.labels)
        for digit, (label, tool) in self._rows.items():
            own = set_up.digits.get(digit)
            label.show_value(own.label if own is not None else None)
            by_place = in_force.get(digit)
            unset = tr("Not set") if by_place is None or own else tr("By its place: {name}", name=by_place.label)
            label.setItemText(0, unset)
            tool.setEnabled(own is not None)
            tool.setCurrentIndex(max(0, tool.findData(own.mode if own is not None and own.mode in BY_ID else "")))

    def _set(self, digit: str, **change: Any) -> None:
        set_up = self._session.labeling
        digits = dict(set_up.digits)
        if "label" in change and change["label"] is None:
            digits.pop(digit, None)
        else:
            digits[digit] = replace(digits.get(digit, DigitKey("")), **change)
        self._session.set_labeling(replace(set_up, digits={key: digits[key] for key in DIGITS if key in digits}))
