"""What a screen reader says of the canvas."""

from __future__ import annotations

from anylabel_plus.core.provenance import source_of
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui import words
from anylabel_plus.ui.canvas.scene import SessionScene
from anylabel_plus.ui.language import ntr, tr


def describe(shape: Shape) -> str:
    """One shape in words: kind, label, origin, number of points."""
    points = len(shape.points) + sum(len(ring) for ring in shape.holes)
    count = ntr("{n} point", "{n} points", points)
    made = tr(words.MADE[source_of(shape.provenance)])
    return f"{tr(KINDS[shape.kind].title)}, {shape.label}, {made}, {count}"


def spoken_shape(scene: SessionScene) -> str:
    """What is selected, in words."""
    chosen = [shape_id for shape_id in scene.selection if shape_id in scene.index]
    total = ntr("{n} shape.", "{n} shapes.", len(scene.index))
    if not chosen:
        return total
    if len(chosen) == 1:
        return total + " " + tr("Selected: {shape}.", shape=describe(scene.index.shape(chosen[0])))
    return total + " " + ntr("{n} selected.", "{n} selected.", len(chosen))
