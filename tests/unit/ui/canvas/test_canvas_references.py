"""Qt must not eat references to None: on Python 3.11 that ends in a crash after some thousand events."""

from __future__ import annotations

import sys

from canvas_board import Board
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

ROUNDS = 300


def test_painting_timers_and_events_keep_the_references_to_none(board: Board) -> None:
    board.open()
    spare = [None] * (20 * ROUNDS)  # a loss is counted instead of fatal
    rounds = (board.canvas.repaint, QApplication.processEvents, lambda: QTimer.singleShot(0, lambda: None))
    for again in rounds:
        again()
        before = sys.getrefcount(None)
        for _ in range(ROUNDS):
            again()
            QApplication.processEvents()
        assert sys.getrefcount(None) - before > -ROUNDS // 2
    assert len(spare) == 20 * ROUNDS
