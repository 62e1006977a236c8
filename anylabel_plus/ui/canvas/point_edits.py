"""Add and remove a point of an outline by key or menu, at a position instead of a click."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from anylabel_plus.core import edits
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.canvas import hits
from anylabel_plus.ui.canvas.gestures import needs_points
from anylabel_plus.ui.canvas.tools_base import XY
from anylabel_plus.ui.canvas.tools_edit import RINGED
from anylabel_plus.ui.language import tr

if TYPE_CHECKING:
    from anylabel_plus.ui.canvas.scene import SessionScene


def add_point(scene: SessionScene, at: XY | None) -> bool:
    """Split the edge nearest to ``at`` (image pixels) of the shape there, or of the one selected."""
    session = scene.session
    shape = _shape_at(scene, at)
    if shape is None or at is None:
        session.say("info", tr("Point at a polygon or a polyline first."))
        return False
    target = hits.edge(shape, *at, math.inf)
    if target is None:
        return False
    place = (target.shape_id, target.ring, target.index + 1, target.x, target.y)
    session.select((shape.id,))
    return session.apply(tr("Add point"), lambda document: edits.insert_vertex(document, *place))


def remove_point(scene: SessionScene, at: XY | None) -> bool:
    """Remove the point under ``at`` (image pixels), unless its shape needs all it has."""
    session = scene.session
    target = scene.target(*at) if at is not None else None
    if target is None or target.part != "vertex" or scene.document.shape(target.shape_id).kind not in RINGED:
        session.say("info", tr("Point at a point of a polygon or a polyline first."))
        return False
    place = (target.shape_id, target.ring, target.index)
    if session.apply(tr("Delete point"), lambda document: edits.remove_vertex(document, *place)):
        return True
    session.say("info", needs_points(len(scene.document.shape(target.shape_id).points)))
    return False


def _shape_at(scene: SessionScene, at: XY | None) -> Shape | None:
    target = scene.target(*at) if at is not None else None
    ids = [target.shape_id] if target is not None else list(scene.selection) if len(scene.selection) == 1 else []
    shapes = [scene.document.shape(shape_id) for shape_id in ids]
    return next((shape for shape in shapes if shape.kind in RINGED and not shape.locked), None)
