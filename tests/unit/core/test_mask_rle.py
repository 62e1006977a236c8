"""RLE agrees byte for byte with the COCO tools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from faster_coco_eval import mask as coco
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from anylabel_plus.core import masks
from anylabel_plus.core.masks import Mask

FRAMES = hnp.arrays(
    np.bool_, st.tuples(st.integers(1, 17), st.integers(1, 17)), elements=st.booleans(), fill=st.booleans()
)


def by_coco(frame: np.ndarray) -> dict[str, Any]:
    rle = coco.encode(np.asfortranarray(frame.astype(np.uint8)))
    counts = rle["counts"]
    return {"size": list(rle["size"]), "counts": counts.decode() if isinstance(counts, bytes) else counts}


@given(FRAMES)
def test_text_is_that_of_the_coco_tools(frame: np.ndarray) -> None:
    height, width = frame.shape
    rle = masks.rle_encode(masks.from_full(frame), width, height)
    assert rle == by_coco(frame)


@given(FRAMES)
def test_every_form_decodes_to_the_same_pixels(frame: np.ndarray) -> None:
    height, width = frame.shape
    mask = masks.from_full(frame)
    rle = masks.rle_encode(mask, width, height)
    as_bytes = {**rle, "counts": rle["counts"].encode()}
    as_list = {**rle, "counts": masks.counts(mask, width, height).tolist()}
    for form in (rle, as_bytes, as_list):
        decoded = masks.rle_decode(form)
        assert masks.equal(decoded, mask)
        assert decoded.crop.shape == mask.crop.shape
        assert masks.rle_area(form) == frame.sum()


@pytest.mark.parametrize("seed", range(5))
def test_large_counts_agree_too(seed: int) -> None:
    random = np.random.default_rng(seed)
    frame = np.zeros((2311, 1709), np.bool_)
    for _ in range(12):
        x, y = random.integers(0, 1600), random.integers(0, 2200)
        frame[y : y + random.integers(1, 2000), x : x + random.integers(1, 1500)] ^= True
    rle = masks.rle_encode(masks.from_full(frame), 1709, 2311)
    assert rle == by_coco(frame)
    assert np.array_equal(masks.full(masks.rle_decode(rle), 1709, 2311), frame)


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=40))
def test_any_counts_survive_the_text(values: list[int]) -> None:
    array = np.array(values, np.int64)
    assert np.array_equal(masks.decompress(masks.compress(array)), array)


def test_a_mask_over_the_edge_is_cut_to_the_frame() -> None:
    mask = Mask(np.ones((4, 4), np.bool_), -2, 8)
    frame = np.zeros((10, 6), np.bool_)
    frame[8:, :2] = True
    assert masks.rle_encode(mask, 6, 10) == by_coco(frame)


def test_counts_of_zero_in_the_middle_are_understood() -> None:
    # Some writers split runs: 2 unset, 3 set, 0 unset, 1 set, 0 unset, 0 set, 4 unset.
    rle = {"size": [5, 2], "counts": [2, 3, 0, 1, 0, 0, 4]}
    expected = np.zeros(10, np.bool_)
    expected[2:6] = True
    assert np.array_equal(masks.full(masks.rle_decode(rle), 2, 5), expected.reshape(2, 5).T)
    assert masks.rle_area(rle) == 4


@pytest.mark.parametrize(
    ("rle", "reason"),
    [
        ({"counts": [4]}, "needs size"),
        ({"size": [2, 2]}, "needs size"),
        ({"size": [2], "counts": [4]}, "needs size"),
        ({"size": ["a", 2], "counts": [4]}, "needs size"),
        ({"size": [-2, -2], "counts": [4]}, "cannot have the size"),
        ({"size": [2, 2], "counts": [5]}, "cover 5 pixels"),
        ({"size": [2, 2], "counts": [1, 1]}, "cover 2 pixels"),
        ({"size": [2, 2], "counts": [5, -1]}, "negative"),
        ({"size": [2, 2], "counts": [2.5, 1.5]}, "whole numbers"),
        ({"size": [2, 2], "counts": ["x"]}, "whole numbers"),
        ({"size": [2, 2], "counts": None}, "whole numbers"),
        ({"size": [2, 2], "counts": [2**70]}, "whole numbers"),
        ({"size": [2, 2], "counts": ""}, "empty"),
        ({"size": [2, 2], "counts": "\u00fc"}, "characters"),
        ({"size": [2, 2], "counts": "\n"}, "characters"),
        ({"size": [2, 2], "counts": "P"}, "middle of a number"),
        ({"size": [2, 2], "counts": "o" * 20 + "0"}, "too long"),
        ({"size": [10**6, 10**6], "counts": [10**12]}, "larger than any image"),
    ],
)
def test_damaged_rle_is_refused_with_a_reason(rle: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        masks.rle_decode(rle)
    with pytest.raises(ValueError, match=reason):
        masks.rle_area(rle)


@given(st.binary(max_size=60), st.integers(0, 30), st.integers(0, 30))
def test_any_bytes_decode_or_are_refused(data: bytes, height: int, width: int) -> None:
    try:
        mask = masks.rle_decode({"size": [height, width], "counts": data})
    except ValueError:
        return
    x1, y1, x2, y2 = mask.bounds
    assert 0 <= x1 <= x2 <= width and 0 <= y1 <= y2 <= height
