"""The golden folder of every format: the same data set, written as it was when people last looked at it."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from anylabel_plus.formats import WRITABLE
from anylabel_plus.jobs.base import run
from anylabel_plus.jobs.exports import MARK, ExportJobOptions, export

GOLDEN = Path(__file__).resolve().parents[2] / "fixtures" / "formats"


def files_of(root: Path) -> dict[str, object]:
    """Text as bytes, pictures as pixels: encoders may change their bytes."""
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.name != MARK:
            picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.suffix == ".png" else None
            found[path.relative_to(root).as_posix()] = path.read_bytes() if picture is None else picture.tolist()
    return found


@pytest.mark.parametrize("format", WRITABLE)
def test_exports_are_the_golden_ones(tmp_path: Path, format: str) -> None:
    run(export(ExportJobOptions(format, GOLDEN / "dataset", tmp_path / "out", images="none")))
    assert files_of(tmp_path / "out") == files_of(GOLDEN / format)
    assert not (GOLDEN / "dataset" / ".anylabel_plus").exists()
