"""Where a run of the synthesis page goes to."""

from __future__ import annotations

from pathlib import Path


def next_out(folder: Path | None) -> Path:
    """A folder that no run has used: "synthetic/run-03" in the data set."""
    base = (folder or Path.home()) / "synthetic"
    number = 1
    while used(base / f"run-{number:02d}"):
        number += 1
    return base / f"run-{number:02d}"


def used(folder: Path) -> bool:
    """Whether something lies in the folder."""
    try:
        return any(folder.iterdir())
    except OSError:
        return False
