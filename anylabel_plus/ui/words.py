"""Numbers, times and keys as the window writes them."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QLocale, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeySequence

from anylabel_plus.ui.language import locale, mark, ntr, number, tr

__all__ = ["MADE", "ago", "duration", "file_size", "fit", "keys", "moment", "number"]

_KEY_WORDS = {"Return": "Enter", "Escape": "Esc", "Delete": "Del", "PgUp": "Page Up", "PgDown": "Page Down"}


MADE = {
    "human": mark("made by a person"),
    "model": mark("made by a model"),
    "import": mark("imported"),
    "synthesis": mark("made by synthesis"),
}
"""Source of a shape -> who made it, for ``tr``."""


def duration(seconds: float) -> str:
    """ "36 s", "2 min 5 s", "1 h 4 min"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return tr("{s} s", s=whole)
    if whole < 3600:
        return tr("{min} min {s} s", min=whole // 60, s=whole % 60)
    return tr("{h} h {min} min", h=whole // 3600, min=whole % 3600 // 60)


def ago(seconds: float) -> str:
    """ "just now", "40 s ago", "3 min ago", "2 h ago": as precise as is of use."""
    if seconds < 5:
        return tr("just now")
    if seconds < 60:
        return tr("{s} s ago", s=int(seconds))
    if seconds < 3600:
        return tr("{min} min ago", min=int(seconds // 60))
    return tr("{h} h ago", h=int(seconds // 3600))


def moment(seconds: float) -> str:
    """A time since the epoch as date and time of day, in the words of the locale."""
    return locale().toString(QDateTime.fromSecsSinceEpoch(int(seconds)), QLocale.FormatType.ShortFormat)


def file_size(count: float) -> str:
    """ "38 MB"; powers of 1000."""
    if count < 1000:
        return ntr("{n} byte", "{n} bytes", round(count))
    for unit in ("kB", "MB", "GB"):
        count /= 1000
        if count < 1000 or unit == "GB":
            return f"{count:.1f} GB" if unit == "GB" else f"{count:.0f} {unit}"
    raise AssertionError("unreachable")


def keys(shortcut: str) -> str:
    """A shortcut as written on the keyboard: "Ctrl K", "Shift B", "Enter"."""
    text = QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText) or shortcut
    plus = text.endswith("+")
    parts = [part for part in text.split("+") if part]
    words = [_KEY_WORDS.get(part.strip(), part.strip()) for part in parts]
    return " ".join([*words, "+"] if plus else words)


def fit(text: str, font: QFont, width: int, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> str:
    """``text`` shortened to ``width`` pixels."""
    return QFontMetrics(font).elidedText(text, mode, max(0, width))
