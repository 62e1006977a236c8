"""A dialog that comes up while somebody types takes no key for its answer."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout

from anylabel_plus.ui.widgets.dialog import Dialog


class Unasked(Dialog):
    deaf_ms = 300


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_keys_do_nothing_at_first(qapp: QApplication, key: Qt.Key) -> None:
    dialog, answers = Unasked(), []
    button = QPushButton("Merge")
    button.setDefault(True)
    button.clicked.connect(lambda: answers.append("merge"))
    dialog.rejected.connect(lambda: answers.append("left"))
    QVBoxLayout(dialog).addWidget(button)
    dialog.show()
    button.setFocus()
    QTest.keyClick(button, key)
    assert answers == []
    QTest.qWait(400)
    QTest.keyClick(button, key)
    assert len(answers) == 1
    dialog.deleteLater()
