"""Which shapes are selected and which are shown: all of a label, the others, the next one, these alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from anylabel_plus.core.shapes import Shape

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


def _free(session: Session) -> list[Shape]:
    """Shapes that may be selected, topmost first."""
    shapes = session.document.shapes if session.document is not None else ()
    return [shape for shape in reversed(shapes) if not shape.locked and shape.id not in session.hidden]


def _chosen(session: Session) -> list[Shape]:
    shapes = session.document.shapes if session.document is not None else ()
    return [shape for shape in shapes if shape.id in session.selection]


def _select(session: Session, shapes: Iterable[Shape]) -> None:
    session.select(shape.id for shape in shapes)


def invert_selection(session: Session) -> None:
    """What is selected is not, and the other way round."""
    _select(session, [shape for shape in _free(session) if shape.id not in session.selection])


def select_same_label(session: Session) -> None:
    """Also all shapes that have the label of a selected one."""
    labels = {shape.label for shape in _chosen(session)}
    _select(session, [*_chosen(session), *(shape for shape in _free(session) if shape.label in labels)])


def next_shape(session: Session) -> None:
    """The next shape in the z-order, from the top and round."""
    free = _free(session)
    if not free:
        return
    ids = [shape.id for shape in free]
    chosen = [ids.index(shape.id) for shape in _chosen(session) if shape.id in ids]
    session.select((ids[(min(chosen) + 1) % len(ids) if chosen else 0],))


def next_label(session: Session) -> None:
    """All shapes of the next label, in the order of the labels' names and round."""
    free = _free(session)
    labels = sorted({shape.label for shape in free})
    if not labels:
        return
    chosen = {shape.label for shape in _chosen(session)} & set(labels)
    wanted = labels[(labels.index(min(chosen)) + 1) % len(labels)] if chosen else labels[0]
    _select(session, [shape for shape in free if shape.label == wanted])


def show_only_selected(session: Session) -> None:
    """Hide all but the selected shapes; when just these are shown, show all again."""
    if session.document is None:
        return
    others = frozenset(shape.id for shape in session.document.shapes) - session.selection
    session.set_hidden(() if session.hidden == others else others)


def toggle_all(session: Session) -> None:
    """Hide all shapes, or show all when some are hidden."""
    if session.document is not None:
        session.set_hidden(() if session.hidden else (shape.id for shape in session.document.shapes))
