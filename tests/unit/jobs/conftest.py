"""A small data set on disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from flat_model import save_image


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Three images, one in a subfolder, without labels."""
    root = tmp_path / "set"
    for name in ("a.png", "b.png", "sub/c.png"):
        save_image(root / name)
    return root
