"""The interface scale of the settings becomes Qt's factor, unless the user gave one of his own."""

from __future__ import annotations

import os

import pytest

from anylabel_plus.ui.app import scale_interface


@pytest.mark.parametrize(
    ("percent", "given", "expected"), [(150, "", "1.5"), (100, "", ""), (150, "2", "2"), (80, "", "0.8")]
)
def test_the_factor(monkeypatch: pytest.MonkeyPatch, percent: int, given: str, expected: str) -> None:
    monkeypatch.setenv("QT_SCALE_FACTOR", given)
    scale_interface(percent)
    assert os.environ["QT_SCALE_FACTOR"] == expected
