"""The document as the tools see it: index, selection, hit tests. Read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF

from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui.canvas import handles, hits, snapping
from anylabel_plus.ui.canvas.spatial_index import Box, SpatialIndex
from anylabel_plus.ui.canvas.tools_base import XY, DrawOptions, Target
from anylabel_plus.ui.canvas.viewport import View

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

HIT_RADIUS_PX = 8.0
LOOSE_EDGE_RADIUS_PX = 4.0
"""Edges of shapes that are not selected are caught only this near, so that a click beside the edge selects."""
SELECTED_BONUS_PX = 2.0
MARGIN_PX = 8.0

_EMPTY = Document("", 0, 0)
_OPTIONS = tuple(field.name for field in fields(DrawOptions))


class SessionScene:
    """What tools read (``tools_base.Scene``). What it looks like is told by ``look.SceneLook``."""

    def __init__(self, session: Session, view: Callable[[], View]) -> None:
        self.session = session
        self._view = view
        self.index = SpatialIndex()
        self.lifted: frozenset[int] = frozenset()
        """Shapes that a drag is changing: drawn live, left out of the static layer."""

    @property
    def document(self) -> Document:
        return self.session.document or _EMPTY

    @property
    def selection(self) -> frozenset[int]:
        return self.session.selection

    @property
    def label(self) -> str:
        return self.session.label_for_new

    @property
    def scale(self) -> float:
        return self._view().scale

    def setting(self, key: str) -> Any:
        """The value of a setting."""
        return self.session.settings.get(key)

    @property
    def prompt_points(self) -> tuple[tuple[float, float, int], ...]:
        return self.session.prompt.points

    @property
    def prompt_box(self) -> Box | None:
        return self.session.prompt.box

    @property
    def candidate_count(self) -> int:
        return len(self.session.candidates)

    @property
    def options(self) -> DrawOptions:
        settings = self.session.settings
        return DrawOptions(**{name: settings.get(f"draw.{name}") for name in _OPTIONS})

    def target(self, x: float, y: float) -> Target | None:
        """A handle of what is selected, else the nearest vertex in reach, else the topmost shape there."""
        reach = HIT_RADIUS_PX / self.scale
        handle = self._handle(x, y, reach)
        return handle if handle is not None else self._shape_target(x, y, reach)

    def _handle(self, x: float, y: float, reach: float) -> Target | None:
        """A handle of the one selected shape, or one that resizes all that is selected."""
        selection = self.selection - self.session.hidden
        if len(selection) == 1:
            (only,) = selection
            return handles.shape_target(self.index.shape(only), x, y, reach, self.scale) if only in self.index else None
        return handles.bound_target(self.bounds(self.resizable()), x, y, reach) if selection else None

    def resizable(self) -> list[int]:
        """Ids of the selected shapes that can be made larger and smaller together; none for a single one."""
        if self.session.tool != "select" or not 1 < len(self.selection) <= handles.RESIZED_MOST:
            return []
        chosen = [self.index.shape(i) for i in self.selection if i in self.index]
        return [shape.id for shape in chosen if not shape.locked and shape.mask is None and shape.kind != "point"]

    def _shape_target(self, x: float, y: float, reach: float) -> Target | None:
        best: Target | None = None
        best_distance = reach
        below: Target | None = None
        for shape in self.index.at(x, y, reach):
            if shape.locked or shape.id in self.session.hidden:
                continue
            found = self._hit(shape, x, y, reach)
            if found is None:
                continue
            if found.part == "vertex":
                bonus = SELECTED_BONUS_PX / self.scale if shape.id in self.selection else 0.0
                distance = ((found.x - x) ** 2 + (found.y - y) ** 2) ** 0.5 - bonus
                if distance < best_distance or best is None:
                    best, best_distance = found, distance
            elif below is None or (shape.id in self.selection and below.shape_id not in self.selection):
                below = found
        return best or below

    def _hit(self, shape: Shape, x: float, y: float, reach: float) -> Target | None:
        selected = shape.id in self.selection
        return hits.find(shape, x, y, reach, reach if selected else LOOSE_EDGE_RADIUS_PX / self.scale)

    def stack(self, x: float, y: float) -> list[int]:
        """Ids of all shapes under this position that may be selected, topmost first."""
        reach = HIT_RADIUS_PX / self.scale
        shapes = self.index.at(x, y, reach)
        free = [shape for shape in shapes if not shape.locked and shape.id not in self.session.hidden]
        return [shape.id for shape in free if self._hit(shape, x, y, reach) is not None]

    def snap(self, x: float, y: float, without: frozenset[int] = frozenset()) -> Target | None:
        reach = self.session.settings.get("draw.snap_radius") / self.scale
        left_out = without | self.session.hidden
        near = [shape for shape in self.index.at(x, y, reach) if shape.id not in left_out]
        return snapping.nearest(near, x, y, reach)

    def border(self, start: Target, end: Target) -> tuple[XY, ...]:
        if start.shape_id != end.shape_id or start.shape_id not in self.index:
            return ()
        return snapping.border(self.index.shape(start.shape_id), start, end)

    def pickable(self, box: Box) -> list[int]:
        hidden = self.session.hidden
        return [i for i in self.index.inside(box) if i not in hidden and not self.index.shape(i).locked]

    def bounds(self, ids: Iterable[int]) -> Box | None:
        """The box around shapes, None for none."""
        boxes = [self.index.box(shape_id) for shape_id in ids if shape_id in self.index]
        if not boxes:
            return None
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )


def area_rect(box: Box, view: View, margin: float) -> QRectF:
    """An image box as it lies in ``view``, with a margin for lines and handles."""
    x0, y0 = view.to_widget(box[0], box[1])
    x1, y1 = view.to_widget(box[2], box[3])
    return QRectF(x0 - margin, y0 - margin, x1 - x0 + 2 * margin, y1 - y0 + 2 * margin)
