"""What a screen reader says of the canvas."""

from __future__ import annotations

from anylabel_plus.core.provenance import source_of
from anylabel_plus.core.shapes import KINDS, Shape
from anylabel_plus.ui.canvas.scene import SessionScene

_MADE = {
    "human": "made by a person",
    "model": "made by a model",
    "import": "imported",
    "synthesis": "made by synthesis",
}


def describe(shape: Shape) -> str:
    """One shape in words: kind, label, origin, number of points."""
    points = len(shape.points) + sum(len(ring) for ring in shape.holes)
    count = "1 point" if points == 1 else f"{points} points"
    return f"{KINDS[shape.kind].title}, {shape.label}, {_MADE[source_of(shape.provenance)]}, {count}"


def spoken_shape(scene: SessionScene) -> str:
    """What is selected, in words."""
    chosen = [shape_id for shape_id in scene.selection if shape_id in scene.index]
    total = f"{len(scene.index)} shapes."
    if not chosen:
        return total
    if len(chosen) == 1:
        return f"{total} Selected: {describe(scene.index.shape(chosen[0]))}."
    return f"{total} {len(chosen)} selected."
