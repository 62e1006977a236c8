"""The fields of the selected shapes: label, group, difficult, flags, attributes, text, description, origin."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from anylabel_plus.core.attributes import Attribute
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui import icons
from anylabel_plus.ui.actions import labeling as changes
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.widgets.commit_fields import (
    MIXED,
    CommitCheck,
    CommitCombo,
    CommitLine,
    CommitRadios,
    CommitText,
)
from anylabel_plus.ui.widgets.label_edit import LabelEdit
from anylabel_plus.ui.widgets.marks import ElidedLabel, IconMark, row, text_label

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

Controls = CommitLine | CommitText | CommitCheck | CommitCombo | CommitRadios
RADIOS_MOST = 6
"""Radio buttons are shown up to here; more choices become a list."""


def common(values: Iterable[Any]) -> Any:
    """The value that all share, else ``MIXED``."""
    rest = iter(values)
    first = next(rest)
    return first if all(type(value) is type(first) and value == first for value in rest) else MIXED


def whole_or_none(text: str) -> int | None:
    """A group number; None for an empty text."""
    if not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        raise ValueError(tr("A group is a whole number; empty means none.")) from None


def reader(attribute: Attribute) -> Callable[[str], Any]:
    """How the text of an attribute becomes its value; an empty text takes the value away."""

    def read(text: str) -> Any:
        text = text.strip()
        if not text:
            return None
        value: Any = text
        try:
            if attribute.kind == "number":
                value = float(text.replace(",", "."))
                value = int(value) if value.is_integer() and "." not in text and "," not in text else value
            elif attribute.kind == "groups":
                value = [int(part) for part in text.replace(";", ",").split(",") if part.strip()]
        except ValueError:
            raise ValueError(tr("{text} is no number.", text=text)) from None
        return attribute.check(value)

    return read


def control(attribute: Attribute) -> Controls:
    """The control for one attribute."""
    name = attribute.name
    if attribute.kind == "radio" and len(attribute.choices) <= RADIOS_MOST:
        return CommitRadios(name, attribute.choices)
    if attribute.kind in ("combo", "radio"):
        return CommitCombo(name, attribute.choices)
    if attribute.kind == "check":
        return CommitCheck(name)
    return CommitLine(name, reader(attribute))


def foreign(name: str, value: Any) -> Attribute:
    """An attribute that the set-up does not know, as its value looks."""
    kind = "check" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"
    return Attribute(name, kind)


class ShapeFields(QWidget):
    """Every change is one edit of all selected shapes that are not locked."""

    finished = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._made: tuple[Any, ...] = ()
        self._controls: dict[tuple[str, str], Controls] = {}
        self.heading = ElidedLabel("", "strong")
        self.origin_mark = IconMark(*icons.PROVENANCE["human"], 14)
        self.origin = ElidedLabel("", "small", "text_2")
        self.locked = text_label("", "small", "warning", wrap=True)
        self.label = LabelEdit(tr("Label of the selected shapes"))
        self.label.setObjectName("attributes_label")
        self.group = CommitLine(tr("Group"), whole_or_none, tr("None"))
        self.difficult = CommitCheck(tr("Difficult"), tr("Difficult"))
        self.text = CommitText(tr("Text"))
        self.description = CommitText(tr("Description"))
        fields = {"group": self.group, "difficult": self.difficult, "text": self.text}
        for name, field in {**fields, "description": self.description}.items():
            field.setObjectName(f"shape_{name}")
        self._more = QVBoxLayout()
        self._build()
        self._connect()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 12)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addLayout(row(self.origin_mark, self.origin, spacing=6))
        column.addWidget(self.locked)
        top = _grid()
        _line(top, tr("Label"), self.label)
        _line(top, tr("Group"), self.group)
        _line(top, "", self.difficult)
        column.addLayout(top)
        column.addLayout(self._more)
        below = _grid()
        _line(below, tr("Text"), self.text)
        _line(below, tr("Description"), self.description)
        column.addLayout(below)
        column.addStretch(1)

    def _connect(self) -> None:
        session = self._session
        self.label.refusal = session.refusal
        self.label.refused.connect(lambda why: session.say("warning", why))
        self.label.committed.connect(session.use_label)
        for field, title, name in (
            (self.group, tr("group"), "group_id"),
            (self.difficult, tr("difficult"), "difficult"),
            (self.text, tr("text"), "text"),
            (self.description, tr("description"), "description"),
        ):
            field.committed.connect(
                lambda value, title=title, name=name: changes.set_shape_field(session, title, name, value)
            )
            field.finished.connect(self.finished)
        self.label.finished.connect(self.finished)

    # Following the selection -------------------------------------------------------------------

    def show_shapes(self, shapes: list[Shape]) -> None:
        """Show these shapes, at least one."""
        labels = common(shape.label for shape in shapes)
        self.label.set_labels(self._session.suggestions(), self._session.settings.get("labels.completion"))
        self.label.setPlaceholderText(tr("Mixed values") if labels is MIXED else tr("Label"))
        self.label.show_label("" if labels is MIXED else labels)
        self.group.show_value(common(shape.group_id for shape in shapes))
        self.difficult.show_value(common(shape.difficult for shape in shapes))
        self.text.show_value(common(shape.text for shape in shapes))
        self.description.show_value(common(shape.description for shape in shapes))
        self._show_head(shapes)
        self._show_entries(shapes)
        open_ones = sum(not shape.locked for shape in shapes)
        locked = len(shapes) - open_ones
        self.locked.setVisible(locked > 0)
        self.locked.setText(
            ntr("{n} locked shape is not changed.", "{n} locked shapes are not changed.", locked) if locked else ""
        )
        for field in (self.label, self.group, self.difficult, self.text, self.description, *self._controls.values()):
            field.setEnabled(open_ones > 0)

    def _show_head(self, shapes: list[Shape]) -> None:
        from anylabel_plus.ui.panels.shapes_model import meta_of, shown_source

        shape = shapes[0]
        if len(shapes) > 1:
            self.heading.setText(ntr("{n} shape", "{n} shapes", len(shapes)))
        else:
            self.heading.setText(tr("{kind}, {size}", kind=tr(KINDS[shape.kind].title), size=meta_of(shape)))
        source = common(shown_source(one) for one in shapes)
        mark = icons.PROVENANCE.get("human" if source is MIXED else source, icons.PROVENANCE["human"])
        self.origin_mark.setVisible(source is not MIXED)
        self.origin_mark.set(*mark)
        self.origin.setText(origin_text(shapes) if source is not MIXED else tr("Made in different ways"))

    def _show_entries(self, shapes: list[Shape]) -> None:
        flags, attributes = self._wanted(shapes)
        wanted = (tuple(flags), tuple(attributes))
        if wanted != self._made:
            self._make(flags, attributes)
            self._made = wanted
        for (field, name), made in self._controls.items():
            value = common(getattr(shape, field).get(name) for shape in shapes)
            made.show_value(value if field == "attributes" or value is MIXED else bool(value))

    def _wanted(self, shapes: list[Shape]) -> tuple[list[str], list[Attribute]]:
        """Flags and attributes that the labels ask for, and those that the shapes have already."""
        set_up = self._session.labeling
        flags: dict[str, None] = {}
        rows: dict[str, Attribute] = {}
        for label in dict.fromkeys(shape.label for shape in shapes):
            flags.update(dict.fromkeys(set_up.flags_of(label)))
            rows.update({known.name: known for known in set_up.schema.of(label) if known.name not in rows})
        for shape in shapes:
            flags.update(dict.fromkeys(shape.flags))
            for name, value in shape.attributes.items():
                if name not in rows:
                    rows[name] = foreign(name, value)
        return list(flags), list(rows.values())

    def _make(self, flags: list[str], attributes: list[Attribute]) -> None:
        self._controls.clear()
        _empty(self._more)
        grid = _grid()
        for attribute in attributes:
            made = control(attribute)
            self._add("attributes", attribute.name, made)
            _line(grid, attribute.name, made)
        self._more.addLayout(grid)
        if flags:
            self._more.addWidget(text_label(tr("Flags"), "cap_strong", "3"))
        for name in flags:
            check = CommitCheck(name, name)
            self._add("flags", name, check)
            self._more.addWidget(check)

    def _add(self, field: str, name: str, made: Controls) -> None:
        made.setObjectName(f"{'flag' if field == 'flags' else 'attribute'}_{name}")
        made.committed.connect(lambda value: changes.set_shape_entry(self._session, field, name, value))
        made.finished.connect(self.finished)
        self._controls[field, name] = made

    def first_attribute(self) -> QWidget:
        """Where Edit attributes puts the cursor: the first attribute or flag, else the group."""
        return next(iter(self._controls.values()), self.group)


def origin_text(shapes: list[Shape]) -> str:
    """Who made the shapes, with model and score of a single one."""
    shape = shapes[0]
    origin = shape.provenance
    if origin is None or len(shapes) > 1:
        score = tr("Score {score}", score=f"{shape.score:.2f}") if shape.score is not None and len(shapes) == 1 else ""
        made = {"model": tr("Made by a model"), "synthesis": tr("Made by synthesis"), "import": tr("Imported")}
        source = "human" if origin is None else origin.source
        return score if score and origin is None else made.get(source, tr("Made by a person"))
    parts = [tr("Made by {model}", model=origin.model)] if origin.model else [tr("Source: {name}", name=origin.source)]
    if origin.score is not None:
        parts.append(tr("score {score}", score=f"{origin.score:.2f}"))
    parts += [tr("edited")] if origin.edited else [tr("accepted")] if origin.reviewed else []
    return " · ".join(parts)


def value_text(value: Any) -> str:
    """A value of another program that is no simple one, as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _grid() -> QGridLayout:
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(8)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, 76)
    return grid


def _line(grid: QGridLayout, name: str, field: QWidget) -> None:
    line = grid.rowCount()
    title = text_label(name, "small", "2", wrap=True)
    title.setBuddy(field)
    title.setMaximumWidth(110)
    grid.addWidget(title, line, 0, Qt.AlignmentFlag.AlignVCenter)
    grid.addWidget(field, line, 1)


def _empty(layout: Any) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        if widget is not None:
            widget.setParent(None)
            widget.deleteLater()
        elif item.layout() is not None:
            _empty(item.layout())
