"""Fill one hole, by key or menu, at a position instead of a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anylabel_plus.core.painting import hole_at, paintable, remove_hole
from anylabel_plus.ui.canvas.tools_base import XY
from anylabel_plus.ui.language import mark, tr

if TYPE_CHECKING:
    from anylabel_plus.ui.canvas.scene import SessionScene

NO_HOLE = mark("Point at a hole of a mask or a polygon first.")


def fill_hole(scene: SessionScene, at: XY | None) -> bool:
    """Remove the hole under ``at`` (image pixels) of the topmost shape that has one there."""
    session = scene.session
    near = [shape.id for shape in scene.index.at(*at, 0.0)] if at is not None else []
    shapes = paintable(scene.document, set(near) - session.hidden)
    found = [shape.id for shape in shapes if at is not None and hole_at(shape, *at) is not None]
    if at is None or not found:
        session.say("info", tr(NO_HOLE))
        return False
    return session.apply(tr("Remove hole"), lambda document: remove_hole(document, found[-1], *at))
