"""What the shapes of the scene look like: colours, states, what lies in the static layer and what over it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter

from anylabel_plus.core.shapes import Shape
from anylabel_plus.ui import theme
from anylabel_plus.ui.canvas import styles
from anylabel_plus.ui.canvas.outlines import Outlines
from anylabel_plus.ui.canvas.painter import ShapePainter, draw_picture
from anylabel_plus.ui.canvas.scene import MARGIN_PX, SessionScene
from anylabel_plus.ui.canvas.styles import State
from anylabel_plus.ui.canvas.viewport import View

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

LIVE_MOST = 40
"""More selected shapes than this are drawn with the resting ones."""

Dash = tuple[float, ...]


class SceneLook:
    """What the static layer draws (``layer.Source``), and the look of what is drawn over it."""

    def __init__(self, scene: SessionScene, ratio: Callable[[], float]) -> None:
        self.scene, self.session = scene, scene.session
        self.outlines = Outlines()
        self._ratio = ratio
        self._colors: dict[str, tuple[QColor, Dash]] = {}
        self.painted: frozenset[int] = frozenset()
        """Shapes that a brush has in hand: shown by the stroke instead of by their outline."""

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
        return len(self.scene.index) <= styles.OUTLINES_ONLY_FROM

    def selection_is_live(self) -> bool:
        """False when so much is selected that it is drawn with the resting shapes."""
        return len(self.scene.selection) <= LIVE_MOST

    def resting_state(self, shape: Shape) -> State:
        """The state in which the static layer shows a shape."""
        if not self.selection_is_live() and shape.id in self.scene.selection:
            return "multi"
        return "locked" if shape.locked else "rest"

    def live_state(self, shape: Shape) -> State:
        """The state in which a shape drawn live is shown."""
        if shape.id in self.scene.selection:
            return "selected" if len(self.scene.selection) == 1 else "multi"
        return "hover" if shape.id == self.session.hovered else self.resting_state(shape)

    def live(self) -> list[Shape]:
        """Shapes drawn over the static layer, lowest first."""
        ids = set(self.scene.lifted)
        if self.selection_is_live():
            ids |= self.scene.selection
        if self.session.hovered is not None:
            ids.add(self.session.hovered)
        shown = [shape_id for shape_id in ids - self.session.hidden - self.painted if shape_id in self.scene.index]
        return [self.scene.index.shape(shape_id) for shape_id in sorted(shown, key=self.scene.index.row)]

    # What the static layer draws -------------------------------------------------------------

    def shape_painter(self, scale: float) -> ShapePainter:
        painter = ShapePainter(self.outlines, self._ratio(), scale)
        painter.mask_opacity = float(self.session.settings.get("canvas.mask_opacity"))
        painter.fills = self.fills()
        painter.high_contrast = bool(self.session.settings.get("canvas.high_contrast"))
        return painter

    def background(self) -> QColor:
        return theme.color("bg_canvas")

    def draw_picture(self, painter: QPainter, view: View, area: QRect) -> None:
        picture, compared = self.session.picture, self.session.compared
        if picture is None:
            return
        table = None if self.session.display.plain else self.session.display.table()
        draw_picture(painter, picture, view, area, table)
        if compared is not None:
            edge = round(view.ox + picture.width * view.scale * self.session.compare_at)
            left = QRect(area.left(), area.top(), min(edge - area.left(), area.width()), area.height())
            if left.width() > 0:
                same = View(view.scale * picture.width / compared.width, view.ox, view.oy)
                painter.save()
                painter.setClipRect(left, Qt.ClipOperation.IntersectClip)
                painter.fillRect(left, self.background())
                draw_picture(painter, compared, same, left, table)
                painter.restore()

    def resting(self, view: View, area: QRect) -> Sequence[Shape]:
        x0, y0 = view.to_image(area.left(), area.top())
        x1, y1 = view.to_image(area.right() + 1, area.bottom() + 1)
        margin = MARGIN_PX * self._ratio() / view.scale
        left_out = self.scene.lifted | self.session.hidden
        shapes = self.scene.index.shapes
        found = (shapes[row] for row in self.scene.index.touching((x0, y0, x1, y1), margin))
        return [shape for shape in found if shape.id not in left_out]

    def draw_resting(self, painter: QPainter, shapes: ShapePainter, shape: Shape) -> None:
        color, dash = self.color(shape.label)
        shapes.draw(painter, shape, color, dash, self.resting_state(shape))

    def draw_quick(self, painter: QPainter, shapes: ShapePainter, shape: Shape) -> None:
        shapes.draw_quick(painter, shape, self.color(shape.label)[0])


def label_look(session: Session, label: str) -> tuple[QColor, Dash]:
    """Colour and dash pattern (screen pixels) of a label."""
    color = session.labels.color(label)
    return QColor(color), tuple(session.labels.dash(label))
