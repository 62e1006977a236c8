"""A few rounds of ``benchmarks/kill9.py``: the program killed at random moments of editing and saving."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "kill9.py"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the script forks")
def test_a_killed_program_loses_and_damages_nothing() -> None:
    call = [sys.executable, str(SCRIPT), "--kills", "6", "--window-share", "0.2", "--seed", "4"]
    done = subprocess.run(call, capture_output=True, text=True, timeout=300, check=False)
    result = json.loads(done.stdout)
    assert done.returncode == 0 and result["good"], result
    assert result["kills"] == 6 and result["gestures"] > 20
