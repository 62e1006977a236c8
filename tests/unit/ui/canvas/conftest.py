"""A canvas over a session in memory: no files, no threads."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from canvas_board import Board
from pytestqt.qtbot import QtBot


@pytest.fixture
def board(qtbot: QtBot) -> Iterator[Board]:
    """An empty canvas of 600 x 500."""
    made = Board()
    qtbot.addWidget(made.canvas)
    made.canvas.show()
    yield made
    made.session.shut_down()
