"""Forms made of rows: label at the left, field, and what it means."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from anylabel_plus.ui.widgets.fields import Field
from anylabel_plus.ui.widgets.marks import row, text_label


class Form(QWidget):
    """Lines of label, field and note; the note is beside a short field and below any other."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(20, 16, 20, 16)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.setColumnMinimumWidth(0, 150)
        self._line = 0
        self._lines: dict[Field, tuple[QWidget, ...]] = {}

    def show_line(self, field: Field, shown: bool) -> None:
        """Show or hide a field with its label and note."""
        for widget in self._lines[field]:
            widget.setVisible(shown)

    def add(self, label: str, field: Field, note: str = "") -> None:
        """One more line at the end."""
        name = text_label(label, "body")
        name.setMinimumHeight(28)
        name.setBuddy(field)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(name, self._line, 0, top)
        remark = text_label(note, "small", "3", wrap=True)
        self._lines[field] = (name, field, remark) if note else (name, field)
        if field.short and note:
            beside = row(field, spacing=12)
            beside.addWidget(remark, 1)
            self._grid.addLayout(beside, self._line, 1)
        elif field.short:
            self._grid.addLayout(row(field, None), self._line, 1)
        else:
            self._grid.addWidget(field, self._line, 1, top)
            if note:
                self._line += 1
                self._grid.addWidget(remark, self._line, 1, top)
        self._gap()

    def head(self, title: str, remark: str = "") -> None:
        """A section title above the lines that follow."""
        self._grid.addWidget(text_label(title, "h3"), self._line, 0, 1, 1)
        if remark:
            self._grid.addWidget(text_label(remark, "small", "3", wrap=True), self._line, 1)
        self._gap()

    def place(self, widget: QWidget) -> None:
        """A widget over the whole width."""
        self._grid.addWidget(widget, self._line, 0, 1, 2)
        self._gap()

    def end(self) -> None:
        """Keep the lines at the top."""
        self._grid.setRowStretch(self._line, 1)

    def _gap(self) -> None:
        self._grid.setRowMinimumHeight(self._line + 1, 5)
        self._line += 2
