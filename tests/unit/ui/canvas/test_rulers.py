"""Numbers of the rulers are far enough apart at every zoom."""

from __future__ import annotations

import pytest

from anylabel_plus.ui.canvas.rulers import LEAST_STEP_PX, step_for


@pytest.mark.parametrize("scale", [0.01, 0.05, 0.3, 1.0, 2.5, 12.0, 64.0, 100.0])
def test_steps_are_round_and_far_enough_apart(scale: float) -> None:
    step = step_for(scale)
    assert step * scale >= LEAST_STEP_PX or step == 1
    assert step == 1 or step * scale < LEAST_STEP_PX * 2.51
    assert str(step).rstrip("0") in ("1", "2", "5")
