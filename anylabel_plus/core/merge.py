"""Three-way merge of documents by shape: two changed versions of one file become one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from anylabel_plus.core.compare import GEOMETRY, IMAGE_FIELDS, paired, same_shape, same_value
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.shapes import Shape

_APART = ("label", "group_id", "flags", "attributes", "text", "description", "score", "difficult", "locked")
_GROUPS: tuple[tuple[str, ...], ...] = (GEOMETRY, *((name,) for name in _APART), ("provenance",), ("extra",))
"""Fields that change together: a shape moved here and renamed there is no conflict."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One shape that both changed, each in its own way. None: deleted there."""

    base: Shape
    mine: Shape | None
    theirs: Shape | None


@dataclass(frozen=True, slots=True)
class Merged:
    """``document`` stands on the file of theirs. ``image_fields`` are those both changed: mine is in it."""

    document: Document
    conflicts: tuple[Conflict, ...] = ()
    image_fields: tuple[str, ...] = ()


def merge(base: Document, mine: Document, theirs: Document, prefer_theirs: Collection[int] = ()) -> Merged:
    """What both made of ``base``, in one document over the file of ``theirs``.

    A change of one side is taken; a shape that both changed in different fields has both. Where both
    changed the same, it is a conflict: mine is taken, or theirs for the conflicts numbered in
    ``prefer_theirs``. Shapes of theirs keep their order and ids, mine that are new lie on top.
    """
    work = _Merge(theirs, frozenset(prefer_theirs))
    by_base_mine = {id(a): b for a, b in paired(base.shapes, mine.shapes) if a is not None}
    pairs_theirs = paired(base.shapes, theirs.shapes)
    for old, their in pairs_theirs:
        if old is not None:
            work.shape(old, by_base_mine.get(id(old)), their)
    new_theirs = [b for a, b in pairs_theirs if a is None and b is not None]
    known = {id(shape) for shape in by_base_mine.values() if shape is not None}
    new_mine = [shape for shape in mine.shapes if id(shape) not in known]
    twice = {id(a) for a, b in paired(new_mine, new_theirs) if a is not None and b is not None and same_shape(a, b)}
    work.added += [shape for shape in new_mine if id(shape) not in twice]
    changes, both = _image_fields(base, mine, theirs)
    return Merged(work.document(changes), tuple(work.conflicts), both)


@dataclass(slots=True)
class _Merge:
    theirs: Document
    prefer_theirs: frozenset[int]
    replaced: dict[int, Shape | None] = field(default_factory=dict)
    added: list[Shape] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)

    def shape(self, base: Shape, mine: Shape | None, theirs: Shape | None) -> None:
        """Settle one shape of the base."""
        if mine is None and theirs is None:
            return
        if theirs is None:
            if mine is not None and not same_shape(base, mine) and self._mine_wins(base, mine, theirs):
                self.added.append(mine)
        elif mine is None:
            if same_shape(base, theirs) or self._mine_wins(base, mine, theirs):
                self.replaced[theirs.id] = None
        elif not same_shape(mine, theirs):
            both = _both(base, mine, theirs)
            if both is not None:
                self.replaced[theirs.id] = both
            elif self._mine_wins(base, mine, theirs):
                self.replaced[theirs.id] = mine.with_(id=theirs.id)

    def _mine_wins(self, base: Shape, mine: Shape | None, theirs: Shape | None) -> bool:
        self.conflicts.append(Conflict(base, mine, theirs))
        return len(self.conflicts) - 1 not in self.prefer_theirs

    def document(self, changes: Mapping[str, Any]) -> Document:
        document = self.theirs
        if self.replaced:
            now = [self.replaced.get(shape.id, shape) for shape in document.shapes]
            document = document.with_(shapes=tuple(shape for shape in now if shape is not None))
        if self.added:
            document = add_shapes(document, self.added)
        return document.with_(**changes) if changes else document


def _both(base: Shape, mine: Shape, theirs: Shape) -> Shape | None:
    """The shape with the changes of both, None when they changed the same."""
    changes: dict[str, Any] = {}
    for names in _GROUPS:
        if _same(names, base, mine) or _same(names, mine, theirs):
            continue
        if not _same(names, base, theirs):
            return None
        changes |= {name: getattr(mine, name) for name in names}
    return theirs.with_(**changes) if changes else theirs


def _same(names: tuple[str, ...], a: Shape, b: Shape) -> bool:
    return all(same_value(getattr(a, name), getattr(b, name)) for name in names)


def _image_fields(base: Document, mine: Document, theirs: Document) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What mine changes in fields of the image, and the names of those that both changed."""
    changes: dict[str, Any] = {}
    both: list[str] = []
    for name in IMAGE_FIELDS:
        old, my, their = getattr(base, name), getattr(mine, name), getattr(theirs, name)
        if same_value(old, my) or same_value(my, their):
            continue
        changes[name] = my
        if not same_value(old, their):
            both.append(name)
    return changes, tuple(both)
