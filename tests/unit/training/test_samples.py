"""Training crops: targets lie exactly on the pixels, what is hidden is no target, sources come by their shares."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import made_sets
import numpy as np
import pytest
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.training.pocket import colours, samples, sources
from anylabel_plus.training.pocket.config import TrainConfig
from anylabel_plus.training.pocket.samples import CropMaker

SIDE = 128


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours stay as they are, so that a pixel tells which object it is of."""
    monkeypatch.setattr(colours, "changed", lambda pixels, rng: pixels)


def maker(tmp_path: Path, rows: list[dict[str, Any]], cutouts: list[NDArray[np.uint8]], **changed: Any) -> CropMaker:
    pictures = sources.load([made_sets.write(tmp_path / "d", rows)])
    config = TrainConfig((tmp_path / "d",), tmp_path, **{"paste_share": 0.0, "targets": 3, **changed})
    return CropMaker(pictures, cutouts, config)


def iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return float((a & b).sum() / (a | b).sum())


def is_red(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """More of the object's colour than of the ground's or of the padding's."""
    half = (made_sets.RED[0] + made_sets.BLUE[0]) / 2
    return (pixels[..., 0] > half) & (pixels[..., 1] < 60)


@pytest.mark.parametrize("source", ["coco", "dsb"])  # dsb is turned by quarters too
@pytest.mark.usefixtures("plain")
def test_a_target_lies_on_its_pixels(tmp_path: Path, source: str) -> None:
    drawn = maker(tmp_path, [made_sets.image("a.png", [(20, 12, 78, 55)], src=source)], [])
    rng = np.random.default_rng(0)
    overlaps = []
    for _ in range(60):
        crop = drawn.draw(rng, SIDE)
        assert crop.pixels.shape == (SIDE, SIDE, 3) and len(crop.targets) == 3
        assert all(target.shape == (SIDE, SIDE) and target.sum() >= 80 for target in crop.targets)
        overlaps.append((crop.targets[0].sum(), iou(is_red(crop.pixels), crop.targets[0])))
    assert np.mean([value for _, value in overlaps]) > 0.98
    assert min(value for area, value in overlaps if area > 1000) > 0.93
    assert min(value for _, value in overlaps) > 0.8, "15 pixels across, a row of pixels is much"


def test_pixels_and_targets_have_the_same_middle(tmp_path: Path) -> None:
    """The middle of the object by its pixels, by its target and by the map itself, when the picture is shrunk."""
    (picture,) = sources.load([made_sets.write(tmp_path / "d", [made_sets.image("a.png", [(20, 12, 78, 55)])])])
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:96, :96] + 0.5
    off = []
    for _ in range(150):
        scale, place = rng.uniform(0.3, 0.79), rng.uniform(0, 20, 2)
        matrix = np.array([[scale, 0, place[0]], [0, scale, place[1]]])
        pixels = samples._warped(picture.pixels(), matrix, 96, cv2.INTER_AREA).astype(float)
        share = np.where(pixels[..., 1] < 45, (pixels[..., 0] - made_sets.BLUE[0]) / 190, 0).clip(0, 1)
        target = samples._visible(picture, 0, matrix, 96)
        assert target is not None
        middle = np.array([49.0, 33.5]) * scale + place
        both = [np.array([(w * x).sum(), (w * y).sum()]) / w.sum() - middle for w in (share, target)]
        off.append(np.concatenate(both))
    assert np.abs(np.mean(off, 0)).max() < 0.06
    assert np.abs(np.array(off)[:, :2]).max() < 0.15 and np.abs(off).max() < 0.55


@pytest.mark.parametrize("scale", [0.3, 0.5, 0.77, 1.0, 1.7, 3.0])
def test_warping_keeps_half_pixel_centres(scale: float) -> None:
    """A ramp of four levels a pixel has at each place the value of that place."""
    ramp = np.repeat(np.broadcast_to(4 * np.arange(60), (60, 60))[..., None], 3, 2).astype(np.uint8)
    matrix = np.array([[scale, 0, 3.3], [0, scale, 1.7]])
    flags = cv2.INTER_AREA if scale < 0.8 else cv2.INTER_LINEAR
    found = samples._warped(ramp, matrix, 48, flags)[10, :, 0].astype(float)
    place = (np.arange(48) + 0.5 - 3.3) / scale
    inner = (place > 4) & (place < 56)
    off = found[inner] / 4 - (place[inner] - 0.5)
    assert inner.sum() >= 12
    assert np.abs(off).max() < 0.3, "rounded to levels, twice when shrinking"
    assert abs(off.mean()) < 0.13, "no shift"


def test_an_identity_changes_nothing() -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (48, 48, 3)).astype(np.uint8)
    identity = np.array([[1.0, 0, 0], [0, 1, 0]])
    assert np.array_equal(samples._warped(pixels, identity, 48, cv2.INTER_LINEAR), pixels)
    doubled = samples._warped(pixels[..., 0], np.array([[2.0, 0, 0], [0, 2, 0]]), 96, cv2.INTER_NEAREST)
    assert np.array_equal(doubled, np.kron(pixels[..., 0], np.ones((2, 2), np.uint8)))


def test_what_lies_outside_has_the_padding_s_colour() -> None:
    pixels = np.zeros((10, 10, 3), np.uint8)
    found = samples._warped(pixels, np.array([[1.0, 0, 0], [0, 1, 0]]), 20, cv2.INTER_LINEAR)
    assert found[15, 15].tolist() == [124, 116, 104] and not found[:10, :10].any()


@pytest.mark.usefixtures("plain")
def test_an_object_pasted_on_top_hides_the_others(tmp_path: Path) -> None:
    """Every target shows one colour alone: what a pasted object covers is taken from the targets below it."""
    rows = [made_sets.image("a.png", [(8, 8, 60, 70), (70, 8, 112, 70)])]
    cutout = np.zeros((40, 40, 4), np.uint8)
    cutout[4:36, 4:36] = (*made_sets.GREEN, 255)
    drawn = maker(tmp_path, rows, [cutout], paste_share=1.0, targets=5)
    rng = np.random.default_rng(1)
    pasted = 0
    for _ in range(60):
        crop = drawn.draw(rng, SIDE)
        unique = {target.tobytes(): target for target in crop.targets}
        assert np.sum(list(unique.values()), 0).max() == 1, "targets do not overlap"
        for target in unique.values():
            inner = cv2.erode(target.view(np.uint8), np.ones((23, 23), np.uint8)) > 0
            if inner.sum() > 30:
                colour = crop.pixels[inner].astype(int)
                assert np.ptp(colour, axis=0).max() <= 12
                pasted += int(colour[:, 1].mean() > 150)
    assert pasted >= 3, "some of the targets are the pasted cut-outs"


def test_draws_depend_on_the_seed_alone(tmp_path: Path) -> None:
    rows = [made_sets.image(f"{n}.png", [(8, 8, 60, 70), (70, 8, 112, 70)]) for n in range(3)]
    drawn = maker(tmp_path, rows, [], paste_share=0.5)

    def few(seed: int) -> list[bytes]:
        rng = np.random.default_rng(seed)
        crops = [drawn.draw(rng, 64) for _ in range(6)]
        return [part for crop in crops for part in (crop.pixels.tobytes(), *(t.tobytes() for t in crop.targets))]

    assert few(5) == few(5) != few(6)


def test_sources_come_by_their_shares_however_many_pictures_they_have(tmp_path: Path) -> None:
    pictures = [
        sources.Picture(tmp_path / f"{number}.png", source, str(number), "", 9, 9, ({},), (100,))
        for source, count in (("dsb", 500), ("coco", 10), ("duts", 40), ("own", 25))
        for number in range(count)
    ]
    config = TrainConfig((), tmp_path)
    assert config.shares["dsb"] == pytest.approx(0.09)
    drawn = CropMaker(pictures, [], config)
    rng = np.random.default_rng(0)
    counts = Counter(drawn._picture(rng).source for _ in range(8000))
    weights = {"dsb": 0.09, "coco": 0.2, "duts": 0.27, "own": math.sqrt(25) / 100}
    for source, weight in weights.items():
        assert counts[source] / 8000 == pytest.approx(weight / sum(weights.values()), abs=0.02)


def test_objects_of_all_sizes_are_shown_at_all_sizes(tmp_path: Path) -> None:
    """What the model is asked for later: from a small part of the crop to all of it."""
    (picture,) = sources.load([made_sets.write(tmp_path / "d", [made_sets.image("a.png", [(50, 30, 70, 50)])])])
    rng = np.random.default_rng(0)
    shares = []
    for _ in range(300):
        matrix = samples._placement((50, 30, 70, 50), picture, rng, 256)
        assert matrix.shape == (2, 3)
        shares.append(math.sqrt(abs(np.linalg.det(matrix[:, :2]))) * 20 / 256)
    assert min(shares) < 0.12 and max(shares) > 0.44 and np.percentile(shares, 99) < 1.2
    large = replace(picture, width=1000, height=1000)
    for _ in range(100):
        matrix = samples._placement((100, 100, 900, 900), large, rng, 256)
        assert 0.2 < math.sqrt(abs(np.linalg.det(matrix[:, :2]))) * 800 / 256 < 1.3


def test_masks_too_small_for_any_crop_are_said_instead_of_searched_for_ever(tmp_path: Path) -> None:
    drawn = maker(tmp_path, [made_sets.image("a.png", [(0, 0, 10, 10)])], [])
    with pytest.raises(UserError, match="the masks are too small"):
        drawn.draw(np.random.default_rng(0), 8)


def test_colours_change_and_places_do_not() -> None:
    pixels = np.full((64, 64, 3), made_sets.BLUE, np.uint8)
    pixels[16:48, 16:48] = made_sets.RED
    kept = pixels.copy()
    rng = np.random.default_rng(0)
    different = 0
    for _ in range(80):
        found = colours.changed(pixels, rng)
        assert found.shape == pixels.shape and found.dtype == np.uint8 and found.flags.c_contiguous
        inside, outside = found[20:44, 20:44].astype(float), found[:12].astype(float)
        apart = np.abs(inside.mean((0, 1)) - outside.mean((0, 1))).max()
        assert apart > inside.std((0, 1)).max() * 0.5, "the object can still be told from its ground"
        different += int(not np.array_equal(found, pixels))
    assert different > 60 and np.array_equal(pixels, kept), "the caller's picture stays as it was"
