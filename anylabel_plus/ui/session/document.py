"""The open document: edits, strokes, undo, known labels. No disk and no models here."""

from __future__ import annotations

from pathlib import Path

from anylabel_plus.core import edits
from anylabel_plus.core.document import Document
from anylabel_plus.core.history import History
from anylabel_plus.core.labels import LabelColors
from anylabel_plus.settings import Settings
from anylabel_plus.ui.language import ntr
from anylabel_plus.ui.session.base import Change, Edit, difference
from anylabel_plus.ui.session.pointing import PointingSession


class DocumentSession(PointingSession):
    """Holds the document of the open image and is the only way to change it."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.document: Document | None = None
        self.image_path: Path | None = None
        self.labels = LabelColors()
        self._history = History()
        self._stroke: Document | None = None

    # Edits -----------------------------------------------------------------------------------

    def apply(self, name: str, edit: Edit, initiator: object = None) -> bool:
        """Change the document by the pure function ``edit``; one undo entry called ``name``.

        An open stroke is ended first. Returns False when the edit changed nothing (it gave back
        the same document) or no image is open. ``initiator`` is handed on with
        ``document_changed`` so that a view can leave out its own change.
        """
        if self.document is None:
            return False
        self.end_stroke()
        before = self.document
        after = edit(before)
        if after is before:
            return False
        self._history.push(name, before, after)
        self._set_document(after, difference(before, after), initiator)
        self._gesture_finished()
        return True

    def use_label(self, name: str, initiator: object = None) -> None:
        """Make ``name`` the label of new shapes, and of the selected ones that are not locked."""
        self.set_label(name)
        document, chosen = self.document, self.selection
        if document is None or not chosen or not name:
            return
        ids = frozenset(s.id for s in document.shapes if s.id in chosen and not s.locked and s.label != name)
        if ids:
            title = ntr("Label {n} shape {label}", "Label {n} shapes {label}", len(ids), label=name)
            self.apply(title, lambda d: edits.set_label(d, ids, name), initiator)

    def begin_stroke(self, name: str) -> None:
        """Start a drag or brush stroke: many updates, one undo entry called ``name``."""
        if self.document is None:
            return
        self.end_stroke()
        self._stroke = self.document
        self._history.begin(name, self.document)

    def update_stroke(self, edit: Edit, initiator: object = None) -> None:
        """Show the stroke so far: ``edit`` gets the document as it was at ``begin_stroke``."""
        if self._stroke is None or self.document is None:
            return
        before, after = self.document, edit(self._stroke)
        if after is not before:
            self._set_document(after, difference(before, after), initiator)

    def end_stroke(self) -> None:
        """Keep the stroke as one undo entry; nothing happens when it changed nothing."""
        if self._stroke is None or self.document is None:
            return
        before, self._stroke = self._stroke, None
        if self.document is before:
            self._history.abort()
            return
        self._history.commit(self.document)
        self._learn_labels(difference(before, self.document))
        # An empty change: only the history differs from what the updates showed.
        self.document_changed.emit(Change("shapes"), None)
        self._gesture_finished()

    def abort_stroke(self) -> None:
        """Go back to where the stroke began, without an undo entry."""
        if self._stroke is None or self.document is None:
            return
        before, self._stroke = self._stroke, None
        self._history.abort()
        if self.document is not before:
            self._set_document(before, difference(self.document, before), None)

    @property
    def stroke_open(self) -> bool:
        """True between ``begin_stroke`` and its end."""
        return self._stroke is not None

    def undo(self) -> None:
        """Take back the last entry, or the open stroke."""
        if self._stroke is not None:
            self.abort_stroke()
            return
        self._step(self._history.undo())

    def redo(self) -> None:
        """Do again what was undone last."""
        if self._stroke is None:
            self._step(self._history.redo())

    def _step(self, entry: tuple[str, Document] | None) -> None:
        if entry is None or self.document is None:
            return
        before, after = self.document, entry[1]
        self._set_document(after, difference(before, after), None)
        self._gesture_finished()

    @property
    def undo_name(self) -> str | None:
        """What ``undo`` would take back, None when there is nothing."""
        return self._history.undo_name

    @property
    def redo_name(self) -> str | None:
        """What ``redo`` would do again, None when there is nothing."""
        return self._history.redo_name

    @property
    def can_undo(self) -> bool:
        """True when there is something to undo."""
        return self._stroke is not None or self._history.undo_name is not None

    @property
    def can_redo(self) -> bool:
        """True when there is something to redo."""
        return self._stroke is None and self._history.redo_name is not None

    def _set_document(self, document: Document | None, change: Change, initiator: object) -> None:
        self.document = document
        self._learn_labels(change)
        self.document_changed.emit(change, initiator)
        if change.kind == "document" or change.removed:
            self._keep_only(frozenset(shape.id for shape in document.shapes) if document else frozenset())

    def _learn_labels(self, change: Change) -> None:
        if self.document is None or self._stroke is not None:
            return  # what a stroke adds is learnt at its end
        changed = change.ids | change.added
        if not changed and change.kind == "shapes":
            return
        if change.kind == "shapes" and len(changed) == 1:  # the usual edit looks at one shape of thousands
            labels = {self.document.shape(next(iter(changed))).label}
        else:
            labels = {s.label for s in self.document.shapes if change.kind == "document" or s.id in changed}
        names = labels - set(self.labels)
        if names:
            self.labels = self.labels.with_labels(sorted(names))
            self.labels_changed.emit()

    def _gesture_finished(self) -> None:
        """A finished change of the document; the saving layer takes it from here."""
