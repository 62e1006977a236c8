"""What a composite promises, over every blend: limits, exact labels, untouched backgrounds, the same bytes again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from anylabel_plus import images
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.geometry import shape_mask
from anylabel_plus.core.masks import Mask, bounds, equal, from_full, full, iou, union
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.synthesis.cutpaste import Composer
from anylabel_plus.synthesis.recipe import BLENDS, Recipe
from anylabel_plus.synthesis.scene import Backdrop, Composite, LabelPrior
from tests.unit.synthesis.scenes import MemoryBank, backgrounds, block, disc, usual_bank

BUSY = Recipe(objects=(3, 8), scale="log-uniform", size=(0.06, 0.5), rotation=(-180.0, 180.0), perspective=0.1)


def owners(composite: Composite) -> np.ndarray[Any, np.dtype[np.int32]]:
    height, width = composite.pixels.shape[:2]
    owner = np.zeros((height, width), np.int32)
    for number, placement in enumerate(composite.placements, 1):
        owner[full(placement.mask, width, height)] = number
    return owner


def labelled(composite: Composite, depth: int) -> Mask:
    height, width = composite.pixels.shape[:2]
    found = Mask(np.zeros((0, 0), np.bool_))
    for shape in composite.document.shapes:
        made = shape.provenance if shape.provenance is not None and shape.provenance.source == "synthesis" else None
        if made is not None and made.extra["placement"]["depth"] == depth:
            found = union(found, shape_mask(shape, width, height))
    return found


@pytest.mark.parametrize("blend", BLENDS)
def test_limits_labels_and_background(tmp_path: Path, blend: str) -> None:
    recipe = replace(BUSY, blend=blend)
    behind = backgrounds(tmp_path)
    composer = Composer(usual_bank(), behind, recipe)
    for index in range(12):
        made = composer.compose(5, index)
        owner = owners(made)
        assert made.placements
        for number, placement in enumerate(made.placements, 1):
            assert equal(placement.visible, from_full(owner == number))
            assert placement.occlusion <= recipe.max_occlusion + 1e-9
            assert placement.truncation <= recipe.truncation + 1e-3
            assert placement.visible.area >= recipe.min_visible
            mask = labelled(made, placement.depth)
            assert iou(mask, placement.visible) >= 0.99
            assert bounds(mask) == bounds(placement.visible)
        changed = (images.load(made.background.path) != made.pixels).any(axis=2)
        grown = cv2.dilate((owner > 0).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        assert not (changed & ~grown).any()


def test_the_same_again_whatever_was_made_before(tmp_path: Path) -> None:
    behind = backgrounds(tmp_path)
    one, other = Composer(usual_bank(), behind, BUSY), Composer(usual_bank(), behind, BUSY, cache_bytes=1)
    forward = [one.compose(3, index) for index in range(6)]
    for index in reversed(range(6)):
        again = other.compose(3, index)
        assert np.array_equal(again.pixels, forward[index].pixels)
        assert again.facts == forward[index].facts
        for a, b in zip(again.document.shapes, forward[index].document.shapes, strict=True):
            assert np.array_equal(a.points, b.points) and a.attributes == b.attributes and a.provenance == b.provenance
    assert not np.array_equal(one.compose(4, 0).pixels, forward[0].pixels)


def test_mixed_renders_one_layout_in_every_blend(tmp_path: Path) -> None:
    recipe = replace(BUSY, blend="mixed", mixed=("none", "gaussian", "poisson"))
    composer = Composer(usual_bank(), backgrounds(tmp_path), recipe)
    made = [composer.compose(1, index) for index in range(3)]
    assert [one.blend for one in made] == ["none", "gaussian", "poisson"]
    for one in made[1:]:
        assert one.background == made[0].background
        for a, b in zip(made[0].placements, one.placements, strict=True):
            assert equal(a.mask, b.mask) and np.array_equal(a.matrix, b.matrix)
        assert not np.array_equal(one.pixels, made[0].pixels)


def test_a_knob_of_appearance_moves_no_object(tmp_path: Path) -> None:
    behind = backgrounds(tmp_path)
    plain = Composer(usual_bank(), behind, BUSY).compose(2, 0)
    other = Composer(usual_bank(), behind, replace(BUSY, brightness=(0.3, 0.3), shadow=0.5)).compose(2, 0)
    for a, b in zip(plain.placements, other.placements, strict=True):
        assert equal(a.mask, b.mask)
    assert not np.array_equal(plain.pixels, other.pixels)


def document_of(backdrop: Backdrop) -> Document:
    shapes = [
        make_shape("polygon", "road", ((0, 120), (320, 120), (320, 240), (0, 240))),
        make_shape("rectangle", "car", ((100, 150), (180, 200))),
        make_shape("polygon", "sky", ((0, 0), (320, 0), (320, 60), (0, 60))),
        make_shape("point", "mark", ((10, 10),)),
    ]
    return add_shapes(Document("", 320, 240), shapes)


def test_objects_of_the_background_are_protected_and_stay_labelled(tmp_path: Path) -> None:
    recipe = replace(BUSY, objects=(8, 8), max_occlusion=0.2)
    composer = Composer(usual_bank(), backgrounds(tmp_path), recipe, read_document=document_of)
    covered_once = False
    for index in range(10):
        made = composer.compose(8, index)
        pasted = owners(made) > 0
        kept = [shape for shape in made.document.shapes if shape.provenance is None]
        assert {shape.label for shape in kept} == {"road", "car", "sky", "mark"}
        car = np.zeros_like(pasted)
        car[150:200, 100:180] = True
        assert (car & pasted).sum() <= 0.2 * car.sum()
        sky = np.zeros_like(pasted)
        sky[:60] = True
        assert (sky & pasted).sum() <= 0.2 * sky.sum() + 1
        visible = np.zeros_like(pasted)
        for shape in kept:
            if shape.label == "sky":
                visible |= full(shape_mask(shape, 320, 240), 320, 240)
                covered_once |= "occlusion" in shape.attributes
        truth = sky & ~pasted
        assert (visible & truth).sum() >= 0.99 * (visible | truth).sum()
    assert covered_once


@pytest.mark.parametrize("foot", ["foot", "centre", "whole"])
def test_objects_stand_where_they_may(tmp_path: Path, foot: str) -> None:
    recipe = replace(BUSY, place="surface", on_labels=("road",), not_on_labels=("car",), foot=foot, max_occlusion=0.9)
    composer = Composer(usual_bank(), backgrounds(tmp_path), recipe, read_document=document_of)
    seen = 0
    for index in range(8):
        made = composer.compose(1, index)
        for placement in made.placements:
            _x1, y1, _x2, y2 = bounds(placement.mask)
            seen += 1
            if foot == "foot":
                assert y2 > 120
            elif foot == "whole":
                assert y1 >= 120
                inside = np.zeros((240, 320), np.bool_)
                inside[150:200, 100:180] = True
                assert not (inside & full(placement.mask, 320, 240)).any()
    assert seen


def test_a_region_that_is_drawn_holds(tmp_path: Path) -> None:
    region = (((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0)),)
    recipe = replace(BUSY, place="region", region=region, foot="whole", size=(0.06, 0.2))
    composer = Composer(usual_bank(), backgrounds(tmp_path), recipe)
    for index in range(6):
        made = composer.compose(1, index)
        assert made.placements
        assert not owners(made)[:, :160].any()


def test_sizes_keep_to_the_prior(tmp_path: Path) -> None:
    prior = LabelPrior("disc", 40, tuple(np.linspace(0.1, 0.2, 21)), tuple(np.linspace(30, 60, 21)))
    bank = MemoryBank({"disc": [disc(120, (200, 0, 0))]}, {"disc": prior})
    composer = Composer(bank, backgrounds(tmp_path), Recipe(objects=(3, 3), truncation=0.0, rotation=(0.0, 0.0)))
    sizes = []
    for index in range(20):
        for placement in composer.compose(2, index).placements:
            left, top, right, bottom = placement.whole
            sizes.append(max(right - left, bottom - top) / 320)
    assert 0.095 <= min(sizes) < 0.125 and 0.175 < max(sizes) <= 0.205


def test_where_objects_are_by_the_heat_of_their_label(tmp_path: Path) -> None:
    heat = np.zeros((16, 16))
    heat[12:, :4] = 1 / 16
    prior = LabelPrior("disc", 40, (0.1, 0.12), (30, 40), tuple(map(tuple, heat)))
    bank = MemoryBank({"disc": [disc(60, (200, 0, 0))]}, {"disc": prior})
    composer = Composer(bank, backgrounds(tmp_path), Recipe(objects=(2, 2), place="prior", max_occlusion=0.9))
    for index in range(8):
        for placement in composer.compose(2, index).placements:
            left, _top, right, bottom = placement.whole
            assert (left + right) / 2 <= 100 and bottom >= 170


def test_flips_and_turns_only_where_the_label_allows(tmp_path: Path) -> None:
    prior = LabelPrior("text", 1, rotate=False, flip_horizontal=False, flip_vertical=False)
    bank = MemoryBank({"text": [block(60, 20, (0, 0, 0))]}, {"text": prior})
    recipe = Recipe(objects=(2, 2), rotation=(-90.0, 90.0), flip_vertical=True)
    composer = Composer(bank, backgrounds(tmp_path), recipe)
    for index in range(6):
        for placement in composer.compose(2, index).placements:
            matrix = placement.matrix
            assert matrix[0, 0] > 0 and matrix[1, 1] > 0 and abs(matrix[0, 1]) < 1e-9


def test_backgrounds_are_never_distorted(tmp_path: Path) -> None:
    recipe = replace(BUSY, output_size="200x300", objects=(0, 0))
    made = Composer(usual_bank(), backgrounds(tmp_path), recipe).compose(1, 0)
    assert made.pixels.shape == (300, 200, 3)
    x1, y1, x2, y2 = made.facts["background"]["crop"]
    assert (x2 - x1) / (y2 - y1) == pytest.approx(200 / 300, rel=0.01)
    sx, sy = made.facts["background"]["scale"]
    assert sx == pytest.approx(sy, rel=0.01)


def test_distance_keeps_objects_apart(tmp_path: Path) -> None:
    recipe = replace(BUSY, distance=12.0, size=(0.06, 0.2))
    composer = Composer(usual_bank(), backgrounds(tmp_path), recipe)
    for index in range(5):
        owner = owners(composer.compose(4, index))
        for number in range(1, owner.max() + 1):
            grown = cv2.dilate((owner == number).astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
            assert set(np.unique(owner[grown])) <= {0, number}


def test_small_objects_in_front(tmp_path: Path) -> None:
    composer = Composer(usual_bank(), backgrounds(tmp_path), replace(BUSY, depth="small", objects=(6, 6)))
    for index in range(4):
        sizes = [max(p.whole[2] - p.whole[0], p.whole[3] - p.whole[1]) for p in composer.compose(4, index).placements]
        assert len(sizes) < 2 or sizes[0] > sizes[-1]


def test_low_objects_in_front_where_they_overlap(tmp_path: Path) -> None:
    composer = Composer(usual_bank(), backgrounds(tmp_path), replace(BUSY, depth="low", max_occlusion=0.9))
    for index in range(6):
        placements = composer.compose(4, index).placements
        for front in placements:
            for back in placements[: front.depth]:
                if back.occlusion and front.mask.area and iou(front.mask, back.mask) > 0:
                    assert front.whole[3] >= back.whole[3]


def test_distractors_have_no_label(tmp_path: Path) -> None:
    for source in ("labels", "crops"):
        recipe = replace(BUSY, labels=("disc",), distractors=(3, 3), distractor_source=source, objects=(2, 2))
        made = Composer(usual_bank(), backgrounds(tmp_path), recipe).compose(1, 1)
        assert {shape.label for shape in made.document.shapes} == {"disc"}
        assert sum(not placement.label for placement in made.placements) >= 1


def test_provenance_says_where_everything_is_from(tmp_path: Path) -> None:
    made = Composer(usual_bank(), backgrounds(tmp_path), BUSY, tool_version="1.2").compose(9, 2)
    facts = made.document.extra["synthesis"]
    assert (facts["kind"], facts["seed"], facts["index"], facts["version"]) == ("composite", 9, 2, "1.2")
    for shape in made.document.shapes:
        assert shape.provenance is not None and shape.provenance.source == "synthesis"
        extra = shape.provenance.extra
        assert extra["cutout"] and extra["image"].endswith(".png") and len(extra["placement"]["matrix"]) == 3
        assert 0 <= float(shape.attributes["occlusion"]) <= 0.3
        assert 0 <= float(shape.attributes["truncation"]) <= 0.25


def test_kinds_of_shapes(tmp_path: Path) -> None:
    behind = backgrounds(tmp_path)
    for kind in ("polygon", "mask", "rectangle"):
        made = Composer(usual_bank(), behind, replace(BUSY, shapes=kind, amodal=True)).compose(1, 0)
        assert {shape.kind for shape in made.document.shapes} == {kind}
        for shape in made.document.shapes:
            assert len(shape.attributes["amodal_box"].split(",")) == 4


def test_a_preview_is_laid_out_as_the_picture(tmp_path: Path) -> None:
    composer = Composer(
        usual_bank(), backgrounds(tmp_path, size=(1280, 960)), replace(BUSY, objects=(2, 2), size=(0.1, 0.1))
    )
    for index in range(5):
        whole, small = composer.compose(6, index), composer.compose(6, index, max_side=320)
        assert small.pixels.shape == (240, 320, 3)
        for a, b in zip(whole.placements, small.placements, strict=True):
            assert np.abs(np.array(a.whole) / 4 - np.array(b.whole)).max() <= 4


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    behind = backgrounds(tmp_path)
    with pytest.raises(UserError, match="no accepted cutout"):
        Composer(MemoryBank({}), behind, BUSY)
    with pytest.raises(UserError, match="no background"):
        Composer(usual_bank(), [], BUSY)
    with pytest.raises(UserError, match="no usable cutout of the label 'cat'"):
        Composer(usual_bank(), behind, replace(BUSY, labels=("cat",)))
    with pytest.raises(UserError, match="weight 0"):
        Composer(usual_bank(), behind, replace(BUSY, labels=("disc",), weights=(("disc", 0.0),)))
    with pytest.raises(UserError, match=r"max_occlusion must be 0 to 0\.95"):
        Composer(usual_bank(), behind, replace(BUSY, max_occlusion=2.0))


def test_objects_that_find_no_place_are_counted_and_the_picture_is_made(tmp_path: Path) -> None:
    bank = usual_bank()
    bank.broken = {"ring-0"}
    made = Composer(bank, backgrounds(tmp_path), replace(BUSY, labels=("ring",), objects=(2, 2))).compose(1, 0)
    assert sum(count for _reason, count in made.skips) == 2 and "damaged" in made.skips[0][0]
    tiny = [Backdrop(tmp_path / "tiny.png", "tiny.png")]
    tiny[0].path.write_bytes(images.encode_png(np.full((40, 40, 3), 90, np.uint8)))
    big = MemoryBank({"big": [disc(200, (1, 2, 3))]})
    recipe = Recipe(objects=(1, 1), scale="uniform", size=(1.4, 1.5), truncation=0.0, rotation=(0.0, 0.0))
    made = Composer(big, tiny, recipe).compose(1, 0)
    assert dict(made.skips) and not made.placements


def test_a_background_that_cannot_be_used_names_its_file(tmp_path: Path) -> None:
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG nonsense")
    with pytest.raises(UserError, match=r"bad\.png"):
        Composer(usual_bank(), [Backdrop(bad, "bad.png")], BUSY).compose(1, 0)


def test_memory_is_bounded(tmp_path: Path) -> None:
    bank = MemoryBank({"disc": [disc(100, (n, 0, 0)) for n in range(30)]})
    composer = Composer(bank, backgrounds(tmp_path), Recipe(objects=(6, 6), max_occlusion=0.9), cache_bytes=400_000)
    for index in range(10):
        composer.compose(1, index)
    assert composer.sprites._used <= 400_000 + 100_000
