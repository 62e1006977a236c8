"""What will be there: bars of labels after the run; sizes, places and labels of the previews beside the real data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.choosing import label_weights
from anylabel_plus.synthesis.scene import LabelPrior
from anylabel_plus.ui import theme, words
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.pages.synthesis.desk import Desk
from anylabel_plus.ui.widgets.marks import ElidedLabel, SectionHeader, row, text_label
from anylabel_plus.ui.widgets.paint import rounded, swatch

LINE = 24
MOST_LABELS = 8
LOW_WINDOW_PX = 900
"""Lower windows show half as many labels."""
EDGES = np.geomspace(0.01, 1.0, 13)
HEAT = 8
Floats = NDArray[np.float64]


def expected(desk: Desk) -> dict[str, float]:
    """How many objects of each label the run will paste, if all find a place; empty without a bank."""
    shelf = desk.shelf
    if shelf.bank is None or not shelf.accepted:
        return {}
    try:
        shares = label_weights(shelf.accepted, desk.recipe, shelf.bank.label_counts)
    except UserError:
        return {}
    each = sum(desk.recipe.objects) / 2 * desk.count
    return {label: share * each for label, share in shares.items()}


class BalanceBars(QWidget):
    """One line a label: its real and its synthetic objects; a dashed line where all labels would be alike."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.rows: list[tuple[str, int, int]] = []
        self.target = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def most(self) -> int:
        """How many labels have room."""
        return MOST_LABELS if self.window().height() >= LOW_WINDOW_PX else MOST_LABELS // 2

    def refresh(self) -> None:
        """Work out the lines; the labels with most real objects first."""
        bank = self._desk.shelf.bank
        coming = expected(self._desk)
        real: Mapping[str, int] = bank.label_counts if bank is not None else {}
        labels = [label for label in coming if coming[label] > 0] or list(real)
        rows = [(label, real.get(label, 0), round(coming.get(label, 0.0))) for label in labels]
        self.rows = sorted(rows, key=lambda line: (-line[1], line[0]))
        self.target = round(sum(line[1] + line[2] for line in rows) / len(rows)) if rows else 0
        self.setFixedHeight(LINE * min(len(self.rows), self.most))
        self.setAccessibleName(tr("Class balance after run"))
        self.setAccessibleDescription("; ".join(f"{label}: {a} + {b}" for label, a, b in self.rows))
        self.setToolTip("\n".join(f"{label}: {a:,} + {b:,}" for label, a, b in self.rows))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.rows:
            return
        painter = QPainter(self)
        numbers = 96
        names = min(92, self.width() // 3)
        track = QRectF(names, 0, max(20, self.width() - names - numbers), self.height())
        most = max(self.target, *(real + made for _, real, made in self.rows), 1)
        for number, (label, real, made) in enumerate(self.rows[: self.most]):
            line = QRectF(0, number * LINE, self.width(), LINE)
            self._line(painter, line, track, label, real, made, most)
        x = round(track.left() + track.width() * self.target / most) + 0.5
        painter.setPen(QPen(theme.color("text_3"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(int(x), 2, int(x), self.height() - 2)

    def _line(
        self, painter: QPainter, line: QRectF, track: QRectF, label: str, real: int, made: int, most: int
    ) -> None:
        middle = line.center().y()
        swatch(painter, QRectF(0, line.y(), 10, LINE).center(), self._desk.color(label), 9)
        font = theme.font("small")
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        flags = int(Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(
            QRectF(16, line.y(), track.left() - 22, LINE), flags, words.fit(label, font, int(track.left() - 22))
        )
        first, second = track.width() * real / most, track.width() * made / most
        rounded(painter, QRectF(track.left(), middle - 4, max(first, 1), 8), 2, theme.color("border_strong"))
        rounded(painter, QRectF(track.left() + first + 1, middle - 4, max(second - 1, 0), 8), 2, theme.color("synth"))
        right = flags | int(Qt.AlignmentFlag.AlignRight)
        painter.setPen(theme.color("text_2"))
        painter.drawText(QRectF(track.right(), line.y(), 44, LINE), right, words.number(real))
        painter.setFont(theme.font("small_strong"))
        painter.setPen(theme.color("synth"))
        painter.drawText(QRectF(self.width() - 50, line.y(), 50, LINE), right, f"+{words.number(made)}")


class ClassBalance(QWidget):
    """Title, bars, and what their colours mean."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("class_balance")
        self.bars = BalanceBars(desk)
        self._target = ElidedLabel("", "cap", "text_2")
        self._more = text_label("", "cap", "2")
        legend = row(
            _Key("border_strong"), text_label(tr("Real"), "cap", "2"), 4, _Key("synth"),
            text_label(tr("Synthetic"), "cap", "2"), 8, self._target, spacing=6,
        )  # fmt: skip
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addWidget(SectionHeader(tr("Class balance after run")))
        box.addWidget(self.bars)
        box.addWidget(self._more)
        box.addLayout(legend)

    def refresh(self) -> None:
        """Work it out again."""
        self.bars.refresh()
        self.setVisible(bool(self.bars.rows))
        self._target.setText(tr("Dashed line: {n} each", n=words.number(self.bars.target)))
        more = len(self.bars.rows) - self.bars.most
        self._more.setText(tr("{n} more labels", n=more) if more > 0 else "")
        self._more.setVisible(more > 0)


class _Key(QWidget):
    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role
        self.setFixedSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:
        rounded(QPainter(self), QRectF(self.rect()), 3, theme.color(self._role))


# Histograms -------------------------------------------------------------------------------------


def real_sizes(priors: Mapping[str, LabelPrior], labels: Sequence[str]) -> Floats:
    """Shares (12,) of labelled objects by relative size, in the bins of ``EDGES``."""
    total = np.zeros(len(EDGES) - 1)
    for label in labels:
        prior = priors.get(label)
        if prior is None or len(prior.relative) < 2:
            continue
        known = np.maximum.accumulate(np.asarray(prior.relative, np.float64))
        known = known + np.arange(len(known)) * 1e-9  # equal quantiles: a step, not a doubt
        below = np.interp(EDGES, known, np.linspace(0, 1, len(known)), left=0.0, right=1.0)
        total += np.diff(below) * prior.count
    return total / total.sum() if total.sum() else total


def real_heat(priors: Mapping[str, LabelPrior], labels: Sequence[str]) -> Floats:
    """Where labelled objects stand, (8, 8) shares."""
    total = np.zeros((HEAT, HEAT))
    for label in labels:
        prior = priors.get(label)
        heat = np.asarray(prior.heat, np.float64) if prior is not None and prior.heat else None
        if prior is None or heat is None or heat.ndim != 2:
            continue
        rows = (np.arange(heat.shape[0]) + 0.5) * HEAT // heat.shape[0]
        columns = (np.arange(heat.shape[1]) + 0.5) * HEAT // heat.shape[1]
        np.add.at(total, np.ix_(rows.astype(int), columns.astype(int)), heat * prior.count)
    return total / total.sum() if total.sum() else total


class _Sizes(QWidget):
    """Real sizes as an outline, those of the previews as bars."""

    def __init__(self) -> None:
        super().__init__()
        self.real: Floats = np.zeros(len(EDGES) - 1)
        self.made: Floats = np.zeros(len(EDGES) - 1)

    def sizeHint(self) -> QSize:
        return QSize(220, 96)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(0, 2, self.width(), self.height() - 18)
        most = max(self.real.max(), self.made.max(), 1e-6)
        step = area.width() / len(self.real)
        for number, (real, made) in enumerate(zip(self.real, self.made, strict=True)):
            left = area.left() + number * step
            for share, role, inset in ((real, "border_strong", 1.0), (made, "synth", step / 2)):
                height = area.height() * share / most
                width = step / 2 - 1
                rounded(painter, QRectF(left + inset, area.bottom() - height, width, height), 1.5, theme.color(role))
        painter.setPen(theme.color("border"))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setFont(theme.font("cap"))
        painter.setPen(theme.color("text_3"))
        for share in (0.01, 0.03, 0.1, 0.3, 1.0):
            x = area.left() + area.width() * np.log(share / EDGES[0]) / np.log(EDGES[-1] / EDGES[0])
            text = f"{share * 100:g}%"
            box = QRectF(min(max(x - 20, area.left() - 0), area.right() - 40), area.bottom() + 1, 40, 15)
            side = Qt.AlignmentFlag.AlignLeft if share == 0.01 else (
                Qt.AlignmentFlag.AlignRight if share == 1.0 else Qt.AlignmentFlag.AlignHCenter
            )  # fmt: skip
            painter.drawText(box, int(side), text)


class _Heat(QWidget):
    """A grid of shares; full colour where most are."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role
        self.shares: Floats = np.zeros((HEAT, HEAT))
        self.setFixedSize(112, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, QRectF(self.rect()), 4, theme.color("bg_pressed"))
        most = self.shares.max()
        if most <= 0:
            return
        width, height = self.width() / HEAT, self.height() / HEAT
        for (line, column), share in np.ndenumerate(self.shares):
            color = QColor(theme.color(self._role))
            color.setAlphaF(float(share / most))
            painter.fillRect(QRectF(column * width, line * height, width, height), color)


class Histograms(QWidget):
    """Sizes, places and labels of the pictures in view beside those of the labelled data."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setObjectName("histograms")
        self._desk = desk
        self.sizes, self.real, self.made = _Sizes(), _Heat("border_strong"), _Heat("synth")
        self.labels = text_label("", "small", "2", wrap=True)
        self.labels.setMinimumWidth(150)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(20)
        box.addLayout(_titled(tr("Size, by the longer side of the picture"), self.sizes), 2)
        box.addLayout(_titled(tr("Feet, real"), self.real))
        box.addLayout(_titled(tr("Feet, synthetic"), self.made))
        box.addLayout(_titled(tr("Labels in view, synthetic and real"), self.labels), 2)
        self.setAccessibleName(tr("Histograms"))

    def refresh(self) -> None:
        """Count what is in view."""
        if self.isHidden():
            return
        bank = self._desk.shelf.bank
        priors: Mapping[str, LabelPrior] = bank.priors if bank is not None else {}
        spots = [spot for shown in self._desk.shown() for spot in shown.preview.spots]
        labels = sorted({spot.label for spot in spots}) or sorted(priors)
        self.sizes.real = real_sizes(priors, labels)
        counts, _ = np.histogram(np.clip([spot.relative for spot in spots], EDGES[0], EDGES[-1]), EDGES)
        self.sizes.made = counts / max(1, counts.sum())
        self.real.shares = real_heat(priors, labels)
        feet = np.zeros((HEAT, HEAT))
        for spot in spots:
            line, column = (int(min(HEAT - 1, max(0, value * HEAT))) for value in (spot.y, spot.x))
            feet[line, column] += 1
        self.made.shares = feet
        self._say_labels(Counter(spot.label for spot in spots))
        for part in (self.sizes, self.real, self.made):
            part.update()

    def _say_labels(self, made: Counter[str]) -> None:
        bank = self._desk.shelf.bank
        real: Mapping[str, int] = bank.label_counts if bank is not None else {}
        all_made, all_real = max(1, sum(made.values())), max(1, sum(real.get(label, 0) for label in made))
        lines = [
            f"{label}  {100 * count / all_made:.0f}%  ·  {100 * real.get(label, 0) / all_real:.0f}%"
            for label, count in made.most_common(5)
        ]
        self.labels.setText("\n".join(lines))
        self.setAccessibleDescription("; ".join(lines))


def _titled(title: str, content: QWidget) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setSpacing(4)
    box.addWidget(text_label(title, "cap", "2"))
    box.addWidget(content)
    box.addStretch(1)
    return box
