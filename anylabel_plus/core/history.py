"""Named undo and redo over values that share what is unchanged."""

from __future__ import annotations

from dataclasses import dataclass

from anylabel_plus.core.document import Document

_STEP_BYTES, _SLOT_BYTES, _SHAPE_BYTES = 8192, 8, 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One named step from a document to the next."""

    name: str
    before: Document
    after: Document


class History:
    """The steps of one document, any number of them.

    A *stroke* (a drag, a brush) is one step whatever happens in between: ``begin``, then ``commit``
    with the last document or ``abort`` with nothing recorded.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._position = 0
        self._stroke: tuple[str, Document] | None = None
        self._saved: Document | None = None

    def push(self, name: str, before: Document, after: Document) -> bool:
        """Record one step and drop what was undone; False when ``after`` is ``before`` itself.

        Raises:
            RuntimeError: a stroke is open.
        """
        if self._stroke is not None:
            raise RuntimeError(f"the stroke {self._stroke[0]!r} is open")
        if after is before:
            return False
        del self._entries[self._position :]
        self._entries.append(Entry(name, before, after))
        self._position += 1
        return True

    def undo(self) -> tuple[str, Document] | None:
        """Name of the step taken back and the document before it; None at the start.

        An open stroke is aborted instead: its name and the document it began with.
        """
        if self._stroke is not None:
            name = self._stroke[0]
            return name, self.abort()
        if not self._position:
            return None
        self._position -= 1
        entry = self._entries[self._position]
        return entry.name, entry.before

    def redo(self) -> tuple[str, Document] | None:
        """Name of the step done again and the document after it; None at the end or in a stroke."""
        if self._stroke is not None or self._position == len(self._entries):
            return None
        entry = self._entries[self._position]
        self._position += 1
        return entry.name, entry.after

    @property
    def size_bytes(self) -> int:
        """About how much memory the steps hold; what they share with each other is counted once."""
        steps = sum(_STEP_BYTES + _SLOT_BYTES * len(entry.after.shapes) for entry in self._entries)
        first = self._entries[0].before.shapes if self._entries else ()
        return steps + sum(_SHAPE_BYTES + shape.points.nbytes for shape in first)

    @property
    def undo_name(self) -> str | None:
        """Name of the step that ``undo`` would take back."""
        if self._stroke is not None:
            return self._stroke[0]
        return self._entries[self._position - 1].name if self._position else None

    @property
    def redo_name(self) -> str | None:
        """Name of the step that ``redo`` would do again."""
        if self._stroke is not None or self._position == len(self._entries):
            return None
        return self._entries[self._position].name

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self.undo_name is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self.redo_name is not None

    def mark_saved(self, document: Document) -> None:
        """Remember what lies on disk."""
        self._saved = document

    def is_saved(self, document: Document) -> bool:
        """Whether ``document`` is what was saved last."""
        return document is self._saved

    def begin(self, name: str, before: Document) -> None:
        """Open a stroke; raises RuntimeError when one is open."""
        if self._stroke is not None:
            raise RuntimeError(f"the stroke {self._stroke[0]!r} is open")
        self._stroke = (name, before)

    @property
    def in_stroke(self) -> bool:
        """Whether a stroke is open."""
        return self._stroke is not None

    def commit(self, after: Document) -> bool:
        """Close the stroke as one step; False when nothing changed. RuntimeError without a stroke."""
        name, before = self._close()
        return self.push(name, before, after)

    def abort(self) -> Document:
        """Close the stroke, record nothing, give back the document it began with."""
        return self._close()[1]

    def _close(self) -> tuple[str, Document]:
        if self._stroke is None:
            raise RuntimeError("no stroke is open")
        stroke, self._stroke = self._stroke, None
        return stroke

    def clear(self) -> None:
        """Forget all steps, the saved mark and an open stroke (another document is shown)."""
        self.__init__()  # type: ignore[misc]
