"""Brightness, contrast and gamma as a table of values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.ui.display import PLAIN, Display


def test_nothing_set_shows_every_value_as_it_is() -> None:
    assert PLAIN.plain
    assert (PLAIN.table() == np.arange(256)).all()


@given(
    st.builds(
        Display,
        brightness=st.integers(-100, 100),
        contrast=st.integers(-100, 100),
        gamma=st.floats(0.2, 5),
        inverted=st.booleans(),
    )
)
def test_order_is_kept_or_turned_round(display: Display) -> None:
    steps = np.diff(display.table().astype(int))
    assert (steps <= 0).all() if display.inverted else (steps >= 0).all()


def test_each_part_does_what_it_says() -> None:
    assert (Display(brightness=30).table().astype(int) >= np.arange(256)).all()
    table = Display(contrast=50).table().astype(int)
    assert table[64] < 64
    assert table[192] > 192
    assert Display(gamma=2.0).table()[64] == round(255 * (64 / 255) ** 0.5)
    assert Display(inverted=True).table()[0] == 255
    assert len(set(Display(contrast=-100).table().tolist())) == 1


@pytest.mark.parametrize("wrong", [{"brightness": 101}, {"contrast": -101}, {"gamma": 0.1}, {"gamma": 6.0}])
def test_values_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Display(**wrong)  # type: ignore[arg-type]
