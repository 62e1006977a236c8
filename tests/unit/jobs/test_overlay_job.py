"""Overlay pictures: the shapes are where they belong, the data set is left alone."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from flat_model import save_labels

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.shapes import KINDS, Shape, make_shape
from anylabel_plus.jobs.base import run
from anylabel_plus.jobs.overlays import OverlayOptions, overlays


def example(kind: str) -> Shape:
    counts = {"cuboid": 8, "points": 3, "linestrip": 3, "polygon": 5}
    row = KINDS[kind]
    count = counts.get(kind, row.min_points)
    turn = np.arange(count) * 2 * np.pi / max(count, 3)
    points = np.stack((40 + 15 * np.cos(turn), 30 + 15 * np.sin(turn)), axis=1)
    if kind == "mask":
        return make_shape(kind, "x", [(30, 20), (50, 40)], mask=Mask(np.ones((20, 20), bool), 30, 20))
    return make_shape(kind, "x", points)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_drawn(dataset: Path, tmp_path: Path, kind: str) -> None:
    save_labels(dataset / "b.json", "b.png", example(kind))
    report = run(overlays(OverlayOptions(dataset, tmp_path / "out")))
    assert report.exit_code == 0, report.failed
    plain, drawn = (cv2.imread(str(tmp_path / "out" / name)).astype(int) for name in ("a.jpg", "b.jpg"))
    changed = np.abs(plain - drawn).max(axis=2) > 25
    assert changed.sum() >= 5
    assert not changed[50:, :20].any()


def test_subfolders_are_kept_and_nothing_else_changes(dataset: Path, tmp_path: Path) -> None:
    before = sorted(dataset.rglob("*"))
    run(overlays(OverlayOptions(dataset, tmp_path / "out", max_side=64)))
    assert (tmp_path / "out" / "sub" / "c.jpg").exists()
    assert cv2.imread(str(tmp_path / "out" / "a.jpg")).shape == (48, 64, 3)
    assert sorted(dataset.rglob("*")) == before


def test_pictures_never_go_into_the_data_set(dataset: Path) -> None:
    with pytest.raises(UserError, match="data set"):
        run(overlays(OverlayOptions(dataset, dataset)))
    with pytest.raises(UserError, match="data set"):
        run(overlays(OverlayOptions(dataset, dataset / "overlays")))


def test_an_output_that_cannot_be_made_is_one_error(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be made"):
        run(overlays(OverlayOptions(dataset, tmp_path / "file" / "out")))
