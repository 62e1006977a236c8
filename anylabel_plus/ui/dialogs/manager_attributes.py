"""The page of attributes: what each label asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QFileDialog, QGridLayout, QVBoxLayout, QWidget

from anylabel_plus.core.attributes import EVERY, KINDS, Attribute
from anylabel_plus.core.errors import UserError
from anylabel_plus.ui.dialogs.frame import scrolled
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button, ToolButton
from anylabel_plus.ui.widgets.commit_fields import CommitLine, as_text
from anylabel_plus.ui.widgets.inputs import ComboBox
from anylabel_plus.ui.widgets.marks import Notice, row, text_label

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


class AttributesPage(QWidget):
    """One line an attribute: name, kind, and its choices or limits."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.label = ComboBox()
        self.label.setObjectName("attributes_of")
        self.label.setAccessibleName(tr("Attributes of label"))
        self.add = Button(tr("Add attribute"), "plus", clicked=self._add)
        self.add.setObjectName("add_attribute")
        self.import_file = Button(tr("Import…"), "download-simple", "ghost", clicked=self._choose)
        self.export_file = Button(tr("Export…"), "export", "ghost", clicked=self._export)
        self.notice = Notice("", "warning")
        self.notice.hide()
        self._holder = QWidget()
        self._lines = QVBoxLayout(self._holder)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._build()
        self.label.activated.connect(lambda _: self._show())
        session.labels_changed.connect(self._labels_changed)
        session.labeling_changed.connect(self._labels_changed)
        self._labels_changed()

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        top = row(text_label(tr("Label"), "small", "2"), self.label, self.import_file, self.export_file)
        top.setStretch(1, 1)
        column.addLayout(top)
        note = tr("Choices with commas between; limits of a number as 0 – 10. Files of X-AnyLabeling can be imported.")
        column.addWidget(text_label(note, "small", "3", wrap=True))
        column.addWidget(scrolled(self._holder), 1)
        column.addLayout(row(self.add, None))
        column.addWidget(self.notice)

    # Showing -----------------------------------------------------------------------------------

    def _name(self) -> str:
        return str(self.label.currentData() or EVERY)

    def _rows(self) -> tuple[Attribute, ...]:
        return self._session.labeling.schema.labels.get(self._name(), ())

    def _labels_changed(self) -> None:
        chosen = self._name()
        known = self._session.labeling.schema.labels
        names = dict.fromkeys((*(name for name in self._session.labels if name), *known))
        self.label.clear()
        self.label.addItem(tr("Every label"), EVERY)
        for name in names:
            if name != EVERY:
                self.label.addItem(name, name)
        self.label.setCurrentIndex(max(0, self.label.findData(chosen)))
        self._show()

    def _show(self) -> None:
        # Tab out of a field that changes something comes here when the next field has the focus already.
        focused = QApplication.focusWidget()
        name = focused.objectName() if focused is not None and self._holder.isAncestorOf(focused) else ""
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setColumnStretch(0, 2)
        grid.setColumnStretch(2, 3)
        for number, attribute in enumerate(self._rows()):
            self._line(grid, number, attribute)
        if not self._rows():
            grid.addWidget(text_label(tr("No attributes yet."), "small", "3"), 0, 0)
        self._lines.addWidget(holder)
        self._lines.addStretch(1)
        again: QWidget | None = holder.findChild(QWidget, name) if name else None
        if again is not None:
            again.setFocus()

    def _line(self, grid: QGridLayout, number: int, attribute: Attribute) -> None:
        name = CommitLine(tr("Name of the attribute"), str.strip)
        name.setObjectName(f"attribute_name_{number}")
        name.show_value(attribute.name)
        kind = ComboBox(dense=True)
        kind.setObjectName(f"attribute_kind_{number}")
        kind.setAccessibleName(tr("Kind of {name}", name=attribute.name))
        for key, (title, _) in KINDS.items():
            kind.addItem(tr(title), key)
        kind.setCurrentIndex(kind.findData(attribute.kind))
        values = CommitLine(tr("Choices or limits of {name}", name=attribute.name), str.strip)
        values.setObjectName(f"attribute_values_{number}")
        values.show_value(values_text(attribute))
        values.setEnabled(attribute.kind in ("combo", "radio", "number"))
        remove = ToolButton(
            "trash", tr("Remove {name}", name=attribute.name), clicked=lambda: self._change(number, None)
        )
        name.committed.connect(lambda text: self._change(number, replace(attribute, name=text)))
        kind.activated.connect(lambda at: self._change(number, with_kind(attribute, kind.itemData(at))))
        values.committed.connect(lambda text: self._values(number, attribute, text))
        for column, widget in enumerate((name, kind, values, remove)):
            grid.addWidget(widget, number, column)

    # Changing ----------------------------------------------------------------------------------

    def _add(self) -> None:
        taken = {attribute.name for attribute in self._rows()}
        number = 1
        while (name := tr("attribute {number}", number=number)) in taken:
            number += 1
        self._set((*self._rows(), Attribute(name, "text")))

    def _change(self, number: int, attribute: Attribute | None) -> None:
        rows = list(self._rows())
        if attribute is None:
            del rows[number]
        elif not attribute.name or attribute.name in {r.name for n, r in enumerate(rows) if n != number}:
            self._warn(tr("An attribute needs a name of its own."))
            self._show()
            return
        else:
            rows[number] = attribute
        self._set(tuple(rows))

    def _values(self, number: int, attribute: Attribute, text: str) -> None:
        try:
            self._change(number, with_values(attribute, text))
        except ValueError as error:
            self._warn(said(error))
            self._show()

    def _set(self, rows: tuple[Attribute, ...]) -> None:
        self.notice.hide()
        set_up = self._session.labeling
        self._session.set_labeling(replace(set_up, schema=set_up.schema.with_rows(self._name(), rows)))

    def _warn(self, text: str) -> None:
        self.notice.set(text, "warning")
        self.notice.show()

    # Files -------------------------------------------------------------------------------------

    def _choose(self) -> None:
        kinds = tr("Attributes (*.json);;All files (*)")
        text, _ = QFileDialog.getOpenFileName(self, tr("Import attributes"), "", kinds)
        if text:
            self.take_file(Path(text))

    def take_file(self, path: Path) -> None:
        """Take over the attributes of a file; labels that it does not name keep theirs."""
        from anylabel_plus.dataset.labeling import read_attributes

        try:
            schema = read_attributes(path)
        except UserError as error:
            self._warn(said(error))
            return
        set_up = self._session.labeling
        merged = set_up.schema
        for label, rows in schema.labels.items():
            merged = merged.with_rows(label, rows)
        labels = [label for label in schema.labels if label != EVERY]
        self._session.set_labels(self._session.labels.with_labels(labels))
        self._session.set_labeling(replace(set_up, schema=merged))
        self.notice.set(
            ntr("Attributes of {n} label imported.", "Attributes of {n} labels imported.", len(schema.labels)),
            "success",
        )
        self.notice.show()

    def _export(self) -> None:
        from anylabel_plus.dataset.labeling import write_attributes

        kinds = tr("Attributes (*.json)")
        text, _ = QFileDialog.getSaveFileName(self, tr("Export attributes"), "attributes.json", kinds)
        if text:
            try:
                write_attributes(Path(text), self._session.labeling.schema)
            except UserError as error:
                self._warn(said(error))


def values_text(attribute: Attribute) -> str:
    """Choices, or limits, as they are typed."""
    if attribute.kind == "number":
        low, high = ("" if limit is None else as_text(limit) for limit in (attribute.low, attribute.high))
        return f"{low} – {high}" if low or high else ""
    return ", ".join(attribute.choices)


def with_values(attribute: Attribute, text: str) -> Attribute:
    """The attribute with the choices or limits typed; raises ValueError with the reason."""
    if attribute.kind != "number":
        choices = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
        if not choices:
            raise ValueError(tr("{name} needs at least one choice.", name=attribute.name))
        return replace(attribute, choices=choices)
    if not text.strip():
        return replace(attribute, low=None, high=None)
    low, dash, high = text.partition("–" if "–" in text else " - ")
    try:
        limits = [float(part) if part.strip() else None for part in (low, high)]
    except ValueError:
        raise ValueError(tr("{text} are no limits. Write 0 – 10.", text=text)) from None
    if not dash or (limits[0] is not None and limits[1] is not None and limits[0] > limits[1]):
        raise ValueError(tr("{text} are no limits. Write 0 – 10.", text=text))
    return replace(attribute, low=limits[0], high=limits[1])


def with_kind(attribute: Attribute, kind: str) -> Attribute:
    """The attribute as another kind; lists get two choices to begin with."""
    choices = attribute.choices
    if kind in ("combo", "radio"):
        choices = choices or (tr("yes"), tr("no"))
    else:
        choices = ()
    limits = (attribute.low, attribute.high) if kind == "number" else (None, None)
    return replace(attribute, kind=kind, choices=choices, low=limits[0], high=limits[1])
