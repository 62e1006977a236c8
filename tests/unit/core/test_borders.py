"""The stretch of an outline between two places."""

from __future__ import annotations

import numpy as np
import pytest

from anylabel_plus.core.borders import Place, place_on, points_between

RING = np.array(((0, 0), (10, 0), (10, 10), (5, 14), (0, 10)), float)


@pytest.mark.parametrize(
    ("start", "end", "passed"),
    [
        (Place(0, 0.5), Place(1, 0.5), [1]),
        (Place(1, 0.5), Place(0, 0.5), [1]),
        (Place(0), Place(2), [1]),
        (Place(4, 0.5), Place(0, 0.5), [0]),
        (Place(2), Place(4), [3]),
        (Place(0, 0.2), Place(0, 0.8), []),
        (Place(0, 0.8), Place(0, 0.2), []),
        (Place(3), Place(3), []),
        (Place(0, 1.0), Place(2), []),
    ],
)
def test_the_shorter_way_round(start: Place, end: Place, passed: list[int]) -> None:
    assert points_between(RING, start, end, closed=True).tolist() == RING[passed].tolist()


def test_an_open_line_has_one_way_only() -> None:
    line = np.array(((0, 0), (10, 0), (20, 0), (30, 0)), float)
    assert points_between(line, Place(0), Place(2, 0.5), closed=False).tolist() == [[10, 0], [20, 0]]
    assert points_between(line, Place(2, 0.5), Place(0), closed=False).tolist() == [[20, 0], [10, 0]]


def test_a_place_on_an_edge() -> None:
    assert place_on(RING, 0, 2.5, 0.0) == Place(0, 0.25)
    assert place_on(RING, 4, 0.0, 5.0) == Place(4, 0.5)
