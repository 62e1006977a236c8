"""A shape of many points shows the handles near the pointer, whichever rings they are on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from canvas_board import Board
from PySide6.QtCore import QPointF
from PySide6.QtGui import QImage, QPainter

from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.ui.canvas import live
from anylabel_plus.ui.canvas import painter as drawing


def ringed(holes: int) -> Shape:
    """A box with holes of eight points each, in a row."""
    turns = np.linspace(0, 2 * np.pi, 8, endpoint=False)
    rings = [np.stack((15 + 9 * n + 3 * np.cos(turns), 75 + 3 * np.sin(turns)), axis=1) for n in range(holes)]
    return make_shape("polygon", "cat", [[5, 5], [195, 5], [195, 145], [5, 145]], holes=rings)


@pytest.mark.parametrize(("holes", "least", "most"), [(10, 84, 84), (20, 8, 80)])
def test_handles_are_counted_over_all_rings(board: Board, holes: int, least: int, most: int, monkeypatch: Any) -> None:
    board.open([ringed(holes)])
    assert board.session.document is not None
    board.session.select((1,))
    drawn: list[tuple[float, float]] = []
    monkeypatch.setattr(drawing, "draw_handles", lambda _painter, points, square: drawn.extend(points))
    at = QPointF(*board.canvas.view.to_widget(100.0, 75.0))
    image = QImage(600, 500, QImage.Format.Format_RGB32)
    drawn.clear()
    painter = QPainter(image)
    live.draw_handles(painter, board.canvas.scene, [board.session.document.shapes[0]], board.canvas.view, at, None)
    painter.end()
    assert least <= len(drawn) <= most
