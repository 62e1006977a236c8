"""Which shapes of the open image the list shows, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from anylabel_plus.core import geometry
from anylabel_plus.core.provenance import shown_source
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.language import mark

if TYPE_CHECKING:
    from anylabel_plus.dataset.index import Filter

ORDERS: tuple[tuple[str, str], ...] = (
    ("stack", mark("Stacking order")),
    ("label", mark("Label")),
    ("area", mark("Area")),
    ("score", mark("Score")),
    ("maker", mark("Who made it")),
)
"""(id, title) of the orders of the list."""


def score_of(shape: Shape) -> float | None:
    """The score of the model that made it, else the shape's own."""
    origin = shape.provenance
    return origin.score if origin is not None and origin.score is not None else shape.score


class Arrangement:
    """Filters and sorts shapes; keeps the area of each, since an edit changes few of thousands."""

    def __init__(self) -> None:
        self.wanted: Filter | None = None
        self.order = "stack"
        self.descending = False
        self._areas: dict[int, tuple[Shape, float]] = {}

    @property
    def active(self) -> bool:
        """True when the list is not simply all shapes in stacking order."""
        return self.wanted is not None or self.order != "stack" or self.descending

    def rows(self, shapes: Sequence[Shape]) -> list[int]:
        """Positions in ``shapes`` of what is shown, in order."""
        found = [n for n, shape in enumerate(shapes) if self.wanted is None or self._passes(shape, self.wanted)]
        if self.order != "stack":
            key = self._key()
            known = [n for n in found if key(shapes[n]) is not None]
            known.sort(key=lambda n: key(shapes[n]), reverse=self.descending)
            return known + [n for n in found if key(shapes[n]) is None]
        return found[::-1] if self.descending else found

    def _key(self) -> Callable[[Shape], Any]:
        keys: dict[str, Callable[[Shape], Any]] = {
            "label": lambda shape: shape.label.casefold(),
            "area": self.area,
            "score": score_of,
            "maker": lambda shape: shown_source(shape.provenance),
        }
        return keys[self.order]

    def area(self, shape: Shape) -> float:
        """Square pixels."""
        kept = self._areas.get(shape.id)
        if kept is None or kept[0] is not shape:
            kept = self._areas[shape.id] = (shape, geometry.area(shape))
        return kept[1]

    def _passes(self, shape: Shape, wanted: Filter) -> bool:
        from anylabel_plus.dataset.index.query import matching

        text = f"{shape.label} {shape.description}".casefold()
        name, source = (shape.label,), shown_source(shape.provenance)
        return (
            all(part.casefold() in text for part in wanted.text)
            and not any(part.casefold() in text for part in wanted.no_text)
            and all(matching(name, group) for group in wanted.labels)
            and not any(matching(name, group) for group in wanted.no_labels)
            and (not wanted.by or source in wanted.by)
            and source not in wanted.no_by
            and (not wanted.kinds or shape.kind in wanted.kinds)
            and shape.kind not in wanted.no_kinds
            and (wanted.score is None or wanted.score.holds(score_of(shape)))
            and (wanted.area is None or wanted.area.holds(self.area(shape)))
        )
