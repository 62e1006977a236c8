"""Models asked about a part of an image: where it lies, and that nothing is lost on the way in and out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus import images
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.images import Choice, pyramid, pyramid_build
from anylabel_plus.inference.base import Candidate, Prompt
from anylabel_plus.inference.region import MOST_SIDE_PX, Part, holds, into, out_of, region_for
from anylabel_plus.inference.service import Service

SIZE = 30_000, 28_000


@given(
    x=st.floats(0, 30_000),
    y=st.floats(0, 28_000),
    left=st.floats(0, 29_000),
    top=st.floats(0, 27_000),
    across=st.floats(1, 30_000),
    down=st.floats(1, 28_000),
)
def test_a_part_holds_the_prompt_and_is_never_too_large(
    x: float, y: float, left: float, top: float, across: float, down: float
) -> None:
    visible = left, top, min(left + across, SIZE[0]), min(top + down, SIZE[1])
    prompt = Prompt(((x, y, 1),))
    crop = region_for(prompt, visible, SIZE)
    assert holds(crop, prompt)
    assert 0 <= crop[0] < crop[2] <= SIZE[0] and 0 <= crop[1] < crop[3] <= SIZE[1]
    assert max(crop[2] - crop[0], crop[3] - crop[1]) <= MOST_SIDE_PX


def test_what_is_visible_is_seen_as_a_whole() -> None:
    visible = 10_000.0, 5_000.0, 12_000.0, 6_500.0
    crop = region_for(Prompt(((11_000, 6_000, 1),)), visible, SIZE)
    assert crop[0] <= 10_000 and crop[1] <= 5_000 and crop[2] >= 12_000 and crop[3] >= 6_500
    moved = tuple(edge + 3 for edge in visible)
    assert region_for(Prompt(((11_000, 6_000, 1),)), moved, SIZE) == crop  # type: ignore[arg-type]


def test_a_prompt_that_is_too_large_is_refused() -> None:
    with pytest.raises(UserError, match="at most 4096"):
        region_for(Prompt(box=(0, 0, 6000, 100)), (0, 0, 30_000, 28_000), SIZE)


def test_prompts_go_in_and_candidates_come_out_where_they_were() -> None:
    crop = 1000, 2000, 3000, 4000
    mask = Mask(np.ones((10, 20), np.bool_), 1500, 2500)
    logits = np.zeros((4, 4), np.float32)
    inside = into(Prompt(((1200.5, 2300.5, 1),), (1100, 2100, 1900, 2900), mask, logits, crop), crop)
    assert inside.points == ((200.5, 300.5, 1),) and inside.box == (100, 100, 900, 900)
    assert inside.mask is not None and (inside.mask.x, inside.mask.y) == (500, 500)
    assert inside.logits is logits and inside.crop is None
    deeper = into(Prompt(((1200.5, 2300.5, 1),), logits=logits, crop=(1100, 2100, 1300, 2400)), crop)
    assert deeper.crop == (100, 100, 300, 400)
    elsewhere = into(Prompt(((1200.5, 2300.5, 1),), logits=logits, crop=(0, 0, 1300, 2400)), crop)
    assert elsewhere.logits is None and elsewhere.crop is None
    out = out_of(Candidate(1.0, inside.mask, None, logits), crop)
    assert (out.mask.x, out.mask.y, out.crop) == (1500, 2500, crop)
    assert out_of(Candidate(1.0, inside.mask, None, logits, (100, 100, 300, 400)), crop).crop == (
        1100,
        2100,
        1300,
        2400,
    )


def scene(width: int = 900, height: int = 700) -> np.ndarray:
    """A bright disc of radius 40 at (600, 500) on a dark ground."""
    y, x = np.mgrid[:height, :width]
    disc = (x - 600) ** 2 + (y - 500) ** 2 <= 40**2
    noise = np.random.default_rng(0).integers(0, 12, (height, width, 1), dtype=np.uint8)
    return np.where(disc[..., None], np.uint8(220), np.uint8(40)) + np.repeat(noise, 3, axis=2)


def test_an_object_in_a_part_lies_where_it_lies_in_the_image(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(images.encode_png(scene()))
    answer = Service().segment(Part(path, crop=(450, 380, 800, 640)), Prompt(box=(550, 450, 650, 550)), "classic")
    x0, y0, x1, y1 = answer.candidates[0].mask.extent
    assert np.allclose((x0, y0, x1, y1), (560, 460, 641, 541), atol=6)
    assert (answer.width, answer.height) == (900, 700)


def test_a_page_is_asked_about_as_it_is_shown(tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "a.tif"
    blank = Image.fromarray(np.full((700, 900, 3), 128, np.uint8))
    blank.save(path, save_all=True, append_images=[Image.fromarray(scene())])
    answer = Service().segment(Part(path, Choice(1)), Prompt(box=(550, 450, 650, 550)), "classic")
    assert np.allclose(answer.candidates[0].mask.extent, (560, 460, 641, 541), atol=6)


def test_a_huge_image_is_read_from_its_pyramid_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(images.encode_png(scene()))
    monkeypatch.setattr(images, "HUGE_PIXELS", 100_000)
    part, prompt = Part(path, crop=(450, 380, 800, 640)), Prompt(box=(550, 450, 650, 550))
    with pytest.raises(UserError, match="not ready"):
        Service().segment(part, prompt, "classic")
    layout = pyramid.layout_of(images.probe(path))
    pyramid_build.build(path, Choice(), layout, lambda top, rows: None, lambda: False)
    monkeypatch.setattr(images, "load", lambda *_: pytest.fail("the whole image was read"))
    assert Service().segment(part, prompt, "classic").candidates
    Service().prefetch(path, "classic")
