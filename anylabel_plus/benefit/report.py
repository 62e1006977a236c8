"""The benefit report: a value, and its three forms: JSON, lines of text, and a page in Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from anylabel_plus.benefit.compare import Comparison

FORMAT, VERSION = "anylabel-plus benefit report", 1
HEADING = "# Does the synthetic set help?"
"""A report in Markdown begins so."""
LIMITS = (
    "It ranks data: is a student better off with the synthetic set than without it? It does not predict the accuracy "
    "that your own model will reach."
)
_MEANING = {
    "PROMOTE": "The synthetic set helps.",
    "REJECT": "The synthetic set does harm.",
    "INCONCLUSIVE": "It cannot be told whether the synthetic set helps.",
}


@dataclass(frozen=True, slots=True)
class BenefitReport:
    """What was compared, how, and what came of it.

    ``student`` is plain JSON data: its name and settings, or the trainer's command. ``sets`` are the folders and the
    numbers of pictures. ``images`` are the validation images; ``without`` and ``with_`` their scores by seed (one
    score a seed where a trainer gives no more).
    """

    comparison: Comparison
    min_effect: float
    student: Mapping[str, Any]
    sets: Mapping[str, Any]
    labels: Sequence[str]
    images: Sequence[str]
    seeds: Sequence[int]
    without: Sequence[Sequence[float]]
    with_: Sequence[Sequence[float]]
    notes: Sequence[str] = field(default_factory=tuple)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON data; the same inputs give the same data."""
        found = self.comparison
        return {
            "format": FORMAT,
            "version": VERSION,
            "verdict": found.verdict,
            "reason": found.reason,
            "difference": found.difference,
            "interval": [found.low, found.high],
            "confidence": 0.95,
            "min_effect": self.min_effect,
            "score_without": found.without,
            "score_with": found.with_,
            "limits": LIMITS,
            "student": dict(self.student),
            "sets": dict(self.sets),
            "labels": list(self.labels),
            "seeds": list(self.seeds),
            "scores_by_seed": {
                "without": [float(np.mean(row)) for row in self.without],
                "with": [float(np.mean(row)) for row in self.with_],
            },
            "images": self._by_image(),
            "remarks": list(self.notes),
        }

    def _by_image(self) -> dict[str, dict[str, float]]:
        without, with_ = np.mean(self.without, axis=0), np.mean(self.with_, axis=0)
        if len(without) != len(self.images):
            return {}
        rows = zip(self.images, without, with_, strict=True)
        return {name: {"without": float(first), "with": float(second)} for name, first, second in rows}

    def lines(self) -> list[str]:
        """A few lines for a terminal."""
        found = self.comparison
        return [
            f"{found.verdict}: {_MEANING[found.verdict]} Reason: {found.reason}.",
            f"Difference {found.difference:+.4f}, 95 % interval {found.low:+.4f} to {found.high:+.4f} "
            f"(score {found.without:.4f} without, {found.with_:.4f} with)",
            f"{found.images} validation images, {found.seeds} seeds, {self.sets['train_images']} training images, "
            f"{self.sets['synthetic_images']} synthetic ones",
            f"Student: {self.student['name']}" + "".join(f", {k} {_short(v)}" for k, v in self._settings()),
            LIMITS,
        ]

    def _settings(self) -> list[tuple[str, Any]]:
        return [(key.replace("_", " "), value) for key, value in self.student.get("settings", {}).items()]

    def markdown(self) -> str:
        """A page that can be read by itself."""
        found, sets = self.comparison, self.sets
        lines = [
            f"{HEADING} {found.verdict}",
            "",
            f"{_MEANING[found.verdict]} {found.reason[:1].upper()}{found.reason[1:]}.",
            "",
            "| | |",
            "|---|---|",
            f"| Difference | {found.difference:+.4f} |",
            f"| 95 % interval | {found.low:+.4f} to {found.high:+.4f} |",
            f"| Score without the set | {found.without:.4f} |",
            f"| Score with the set | {found.with_:.4f} |",
            f"| Smallest effect that counts | {self.min_effect:g} |",
            f"| Validation images, labelled by hand | {found.images} ({_cell(sets['val'])}) |",
            f"| Training images | {sets['train_images']} ({_cell(sets['dataset'])}) |",
            f"| Synthetic images | {sets['synthetic_images']} ({_cell(sets['synthetic'])}) |",
            f"| Labels | {_cell(', '.join(self.labels))} |",
            f"| Seeds | {', '.join(map(str, self.seeds))} |",
            "",
            f"**{LIMITS}**",
            "",
            f"## The student: {self.student['name']}",
            "",
            str(self.student.get("note", "")),
            "",
            *[f"- {key}: {_short(value)}" for key, value in self._settings()],
        ]
        return "\n".join([*lines, *self._picture_table(), *self._remark_lines()]).rstrip() + "\n"

    def _picture_table(self) -> list[str]:
        rows = self._by_image().items()
        if not rows:
            return []
        ordered = sorted(rows, key=lambda row: row[1]["with"] - row[1]["without"])
        table = [
            f"| {_cell(name)} | {row['without']:.4f} | {row['with']:.4f} | {row['with'] - row['without']:+.4f} |"
            for name, row in ordered
        ]
        heading = [
            "",
            "## Images, the worst off first",
            "",
            "| Image | Without | With | Difference |",
            "|---|---|---|---|",
        ]
        return [*heading, *table]

    def _remark_lines(self) -> list[str]:
        return ["", "## Remarks", "", *[f"- {_cell(note)}" for note in self.notes]] if self.notes else []


def _short(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cell(text: Any) -> str:
    """Text that does not end a cell of a table or the line."""
    return " ".join(str(text).split()).replace("|", "\\|")
