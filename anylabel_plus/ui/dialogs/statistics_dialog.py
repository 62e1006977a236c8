"""What the open folder holds: counts, shapes by label with bars, who made them, sizes; the table as a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QFileDialog, QGridLayout, QStyleOptionViewItem, QVBoxLayout, QWidget

from anylabel_plus.ui import theme, words
from anylabel_plus.ui.dialogs.frame import DialogFrame, short_path
from anylabel_plus.ui.label_colors import label_color
from anylabel_plus.ui.language import ntr, tr
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button
from anylabel_plus.ui.widgets.marks import EmptyState, hairline, text_label
from anylabel_plus.ui.widgets.paint import rounded, swatch
from anylabel_plus.ui.widgets.rows import ROW_ROLE, RowDelegate, RowList

if TYPE_CHECKING:
    from anylabel_plus.dataset.statistics import LabelCount, Statistics
    from anylabel_plus.ui.session import Session

Index = QModelIndex | QPersistentModelIndex


class _Labels(QAbstractListModel):
    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.labels: tuple[LabelCount, ...] = ()

    def set(self, labels: tuple[LabelCount, ...]) -> None:
        self.beginResetModel()
        self.labels = labels
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.labels)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.labels):
            return None
        label = self.labels[index.row()]
        if role == ROW_ROLE:
            return label, label_color(self._session.labels, label.name), self.labels[0].shapes
        if role == Qt.ItemDataRole.DisplayRole:
            return label.name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            shapes = ntr("{n} shape", "{n} shapes", label.shapes)
            return tr(
                "{label}: {shapes} in {images} images; mean {area} px²; small {small}, medium {medium}, large {large}",
                label=label.name,
                shapes=shapes,
                images=words.number(label.images),
                area=words.number(round(label.mean_area)),
                small=words.number(label.small),
                medium=words.number(label.medium),
                large=words.number(label.large),
            )
        return None


class _LabelDelegate(RowDelegate):
    """Swatch, name, bar of shapes (those of a model in another colour), shapes, images."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, 28)

    def contents(self, painter: QPainter, rect: QRect, value: Any, selected: bool) -> None:
        label, color, most = value
        area = QRectF(rect)
        middle = area.center().y()
        swatch(painter, area.topLeft() + QRectF(0, 0, 10, area.height()).center(), color, 10)
        right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self.text(painter, QRectF(area.left() + 20, area.top(), 150, area.height()), label.name, "body", "text")
        left, room = area.left() + 180, area.width() - 180 - 160
        width = max(2.0, room * label.shapes / most)
        rounded(painter, QRectF(left, middle - 5, width, 10), 3, theme.color("accent_fill"))
        if label.model:
            part = width * label.model / label.shapes
            rounded(painter, QRectF(left + width - part, middle - 5, part, 10), 3, theme.color("model"))
        shapes = QRectF(area.right() - 150, area.top(), 70, area.height())
        self.text(painter, shapes, words.number(label.shapes), "body", "text", right)
        images = QRectF(area.right() - 75, area.top(), 75, area.height())
        self.text(painter, images, words.number(label.images), "body", "text_2", right)


class StatisticsDialog(DialogFrame):
    """Counted in the index, again whenever that changes. ``chosen`` carries a query: the images of one label."""

    chosen = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, "ph.chart-bar", tr("Statistics"), short_path(session.folder))
        self.setObjectName("statistics_dialog")
        self._session = session
        self._found: Statistics | None = None
        self._facts = QGridLayout()
        self._facts.setContentsMargins(20, 14, 20, 12)
        self._facts.setHorizontalSpacing(28)
        self._facts.setVerticalSpacing(2)
        self.model = _Labels(session, self)
        self.list = RowList(_LabelDelegate(), tr("Shapes by label"))
        self.list.setObjectName("statistics_labels")
        self.list.setModel(self.model)
        self.list.activated.connect(self._open)
        self.empty = EmptyState("ph.chart-bar", tr("Nothing to count yet"), tr("The label files are still being read."))
        self.sums = text_label("", "small", "2", wrap=True)
        self.sums.setObjectName("statistics_sums")
        self._build()
        self.export = Button(tr("Save as CSV…"), clicked=self._save)
        self.export.setObjectName("statistics_csv")
        self.export.setEnabled(False)
        self.buttons.addWidget(self.export)
        self.buttons.addWidget(Button(tr("Close"), kind="primary", clicked=self.accept))
        self.resize(760, 620)
        session.index.changed.connect(self._count)
        self._count()

    def _build(self) -> None:
        self.body.addLayout(self._facts)
        self.body.addWidget(hairline())
        heads = QGridLayout()
        heads.setContentsMargins(20, 8, 20, 4)
        heads.setColumnStretch(0, 1)
        for column, text in enumerate((tr("Label"), tr("Shapes"), tr("Images"))):
            label = text_label(text, "cap_strong", "3")
            label.setMinimumWidth(70 if column else 0)
            label.setAlignment(Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft)
            heads.addWidget(label, 0, column)
        self.body.addLayout(heads)
        beside = QVBoxLayout()
        beside.setContentsMargins(8, 0, 4, 0)  # its rows begin below the head of their column
        beside.addWidget(self.list)
        self.body.addLayout(beside, 1)
        self.body.addWidget(self.empty, 1)
        self.body.addWidget(hairline())
        below = QVBoxLayout()
        below.setContentsMargins(20, 10, 20, 10)
        below.addWidget(self.sums)
        self.body.addLayout(below)
        self.list.hide()

    def _count(self) -> None:
        if not self._session.index.ready:
            return
        from anylabel_plus.dataset.statistics import statistics

        self._session.index.ask(statistics, self._show, lambda error: self._session.say("error", said(error)))

    def _show(self, found: Statistics) -> None:
        self._found = found
        self.model.set(found.labels)
        self.list.setVisible(bool(found.labels))
        self.empty.setVisible(not found.labels)
        self.empty.set(tr("No shapes"), tr("What is drawn in this folder is counted here."))
        self.export.setEnabled(bool(found.labels))
        while (item := self._facts.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        numbers = (
            (tr("Images"), found.images), (tr("Labelled"), found.labelled), (tr("Checked"), found.checked),
            (tr("Without shapes"), found.empty), (tr("To look at"), found.waiting), (tr("Shapes"), found.shapes),
        )  # fmt: skip
        for column, (title, number) in enumerate(numbers):
            self._facts.addWidget(text_label(words.number(number), "h2"), 0, column)
            self._facts.addWidget(text_label(title, "small", "2"), 1, column)
        self.sums.setText("\n".join(self._sums(found)))

    @staticmethod
    def _sums(found: Statistics) -> list[str]:
        spread = found.per_image
        lines = [
            tr(
                "Shapes an image: {least} to {most}, {mean} on average.",
                least=words.number(int(spread.least)),
                most=words.number(int(spread.most)),
                mean=f"{spread.mean:.1f}",
            )
        ]
        makers = {"human": tr("person"), "model": tr("model"), "synthesis": tr("synthesis"), "import": tr("import")}
        if found.makers:
            parts = [f"{makers[name]} {words.number(count)}" for name, count in found.makers]
            lines.append(tr("Made by: {list}.", list=", ".join(parts)))
        if found.kinds:
            from anylabel_plus.core.shapes import KINDS

            parts = [f"{tr(KINDS[name].title)} {words.number(count)}" for name, count in found.kinds]
            lines.append(tr("Kinds: {list}.", list=", ".join(parts)))
        if found.sizes:
            parts = [f"{w} × {h} ({words.number(count)})" for w, h, count in found.sizes[:5]]
            more = len(found.sizes) - 5
            if more > 0:
                parts.append(ntr("{n} other size", "{n} other sizes", more))
            lines.append(tr("Image sizes: {list}.", list=", ".join(parts)))
        if found.tags:
            lines.append(
                tr("Tags: {list}.", list=", ".join(f"{name} {words.number(count)}" for name, count in found.tags[:12]))
            )
        if found.flags:
            lines.append(
                tr(
                    "Flags: {list}.",
                    list=", ".join(f"{name} {words.number(count)}" for name, count in found.flags[:12]),
                )
            )
        if found.problems:
            lines.append(ntr("{n} file cannot be read.", "{n} files cannot be read.", found.problems))
        return lines

    def _open(self, index: QModelIndex) -> None:
        from anylabel_plus.dataset.index import quoted

        self.chosen.emit(f"label:{quoted(self.model.labels[index.row()].name)}")
        self.accept()

    def _save(self) -> None:
        folder = self._session.folder or Path.home()
        start = str(folder / tr("{folder} labels.csv", folder=folder.name))
        text, _ = QFileDialog.getSaveFileName(self, tr("Save the table"), start, tr("Tables (*.csv)"))
        if text:
            self.save(Path(text))

    def save(self, path: Path) -> None:
        """Write the table of labels; the user is told where it is, or why not."""
        from anylabel_plus import files
        from anylabel_plus.dataset.statistics import to_csv

        if self._found is None:
            return
        try:
            # With the mark that makes spreadsheets read it as UTF-8.
            files.write_atomic(path, to_csv(self._found.labels).encode("utf-8-sig"))
        except OSError as error:
            self._session.say("error", tr("{path}: was not saved ({reason}).", path=path, reason=error.strerror))
            return
        self._session.say("success", tr("The table is in {path}.", path=path))
