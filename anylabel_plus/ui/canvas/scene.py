"""The document as the canvas sees it: index, colours, states, hit tests. Read-only for the tools."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter

from anylabel_plus.core.document import Document
from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas import hits, styles
from anylabel_plus.ui.canvas.outlines import Outlines
from anylabel_plus.ui.canvas.painter import ShapePainter, draw_picture
from anylabel_plus.ui.canvas.spatial_index import Box, SpatialIndex
from anylabel_plus.ui.canvas.styles import State
from anylabel_plus.ui.canvas.tools_base import Target
from anylabel_plus.ui.canvas.viewport import View

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

HIT_RADIUS_PX = 8.0
LOOSE_EDGE_RADIUS_PX = 4.0
"""Edges of shapes that are not selected are caught only this near, so that a click beside the edge selects."""
SELECTED_BONUS_PX = 2.0
LIVE_MOST = 40
"""More selected shapes than this are drawn with the resting ones."""
MARGIN_PX = 8.0

_EMPTY = Document("", 0, 0)
Dash = tuple[float, ...]


class SessionScene:
    """What tools read (``tools_base.Scene``) and the static layer draws (``layer.Source``)."""

    def __init__(self, session: Session, view: Callable[[], View], ratio: Callable[[], float]) -> None:
        self.session = session
        self._view, self._ratio = view, ratio
        self.index = SpatialIndex()
        self.outlines = Outlines()
        self.lifted: frozenset[int] = frozenset()
        """Shapes that a drag is changing: drawn live, left out of the static layer."""
        self._colors: dict[str, tuple[QColor, Dash]] = {}

    # What tools read -------------------------------------------------------------------------

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

    @property
    def prompt_points(self) -> tuple[tuple[float, float, int], ...]:
        return self.session.prompt.points

    @property
    def prompt_box(self) -> Box | None:
        return self.session.prompt.box

    @property
    def candidate_count(self) -> int:
        return len(self.session.candidates)

    def target(self, x: float, y: float) -> Target | None:
        """The nearest vertex in reach, else the topmost shape with an edge or its inside there."""
        reach = HIT_RADIUS_PX / self.scale
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

    def pickable(self, box: Box) -> list[int]:
        hidden = self.session.hidden
        return [i for i in self.index.inside(box) if i not in hidden and not self.index.shape(i).locked]

    # Colours and states ----------------------------------------------------------------------

    def color(self, label: str) -> tuple[QColor, Dash]:
        """Colour and dash of a label."""
        found = self._colors.get(label)
        if found is None:
            found = self._colors[label] = label_look(self.session, label)
        return found

    def colors_differ(self) -> bool:
        """Look the colours up again; True when a label in use looks different now."""
        before, self._colors = self._colors, {}
        return any(self.color(label) != look for label, look in before.items())

    def fills(self) -> bool:
        """False for documents with so many shapes that only outlines are drawn."""
        return len(self.index) <= styles.OUTLINES_ONLY_FROM

    def selection_is_live(self) -> bool:
        """False when so much is selected that it is drawn with the resting shapes."""
        return len(self.selection) <= LIVE_MOST

    def resting_state(self, shape: Shape) -> State:
        """The state in which the static layer shows a shape."""
        if not self.selection_is_live() and shape.id in self.selection:
            return "multi"
        return "locked" if shape.locked else "rest"

    def live_state(self, shape: Shape) -> State:
        """The state in which a shape drawn live is shown."""
        if shape.id in self.selection:
            return "selected" if len(self.selection) == 1 else "multi"
        return "hover" if shape.id == self.session.hovered else self.resting_state(shape)

    def live(self) -> list[Shape]:
        """Shapes drawn over the static layer, lowest first."""
        ids = set(self.lifted)
        if self.selection_is_live():
            ids |= self.selection
        if self.session.hovered is not None:
            ids.add(self.session.hovered)
        shown = [shape_id for shape_id in ids - self.session.hidden if shape_id in self.index]
        return [self.index.shape(shape_id) for shape_id in sorted(shown, key=self.index.row)]

    # What the static layer draws -------------------------------------------------------------

    def shape_painter(self, scale: float) -> ShapePainter:
        painter = ShapePainter(self.outlines, self._ratio(), scale)
        painter.mask_opacity = float(self.session.settings.get("canvas.mask_opacity"))
        painter.fills = self.fills()
        return painter

    def background(self) -> QColor:
        return theme.color("bg_canvas")

    def draw_picture(self, painter: QPainter, view: View, area: QRect) -> None:
        if self.session.picture is not None:
            draw_picture(painter, self.session.picture, view, area)

    def resting(self, view: View, area: QRect) -> Sequence[Shape]:
        x0, y0 = view.to_image(area.left(), area.top())
        x1, y1 = view.to_image(area.right() + 1, area.bottom() + 1)
        margin = MARGIN_PX * self._ratio() / view.scale
        left_out = self.lifted | self.session.hidden
        shapes = self.index.shapes
        found = (shapes[row] for row in self.index.touching((x0, y0, x1, y1), margin))
        return [shape for shape in found if shape.id not in left_out]

    def draw_resting(self, painter: QPainter, shapes: ShapePainter, shape: Shape) -> None:
        color, dash = self.color(shape.label)
        shapes.draw(painter, shape, color, dash, self.resting_state(shape))

    def draw_quick(self, painter: QPainter, shapes: ShapePainter, shape: Shape) -> None:
        shapes.draw_quick(painter, shape, self.color(shape.label)[0])

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


def label_look(session: Session, label: str) -> tuple[QColor, Dash]:
    """Colour and dash pattern (screen pixels) of a label."""
    color = session.labels.color(label)
    return QColor(color), tuple(session.labels.dash(label))


def area_rect(box: Box, view: View, margin: float) -> QRectF:
    """An image box as it lies in ``view``, with a margin for lines and handles."""
    x0, y0 = view.to_widget(box[0], box[1])
    x1, y1 = view.to_widget(box[2], box[3])
    return QRectF(x0 - margin, y0 - margin, x1 - x0 + 2 * margin, y1 - y0 + 2 * margin)
