"""The mark inside JPEG and PNG files: found again, pixels untouched, and no file makes the reader stumble."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from anylabel_plus import images
from anylabel_plus.images.marker import KEYWORD, LARGEST, read_marker, with_marker

PIXELS = np.random.default_rng(1).integers(0, 255, (40, 60, 3)).astype(np.uint8)
FACTS = {"kind": "composite", "recipe": "ab", "seed": 7, "name": "straße \u4e2d"}
ENCODED = {"jpeg": images.encode_jpeg(PIXELS), "png": images.encode_png(PIXELS)}


@pytest.fixture(params=sorted(ENCODED))
def data(request: pytest.FixtureRequest) -> bytes:
    return ENCODED[request.param]


def test_facts_come_back_and_pixels_stay(data: bytes, tmp_path: Path) -> None:
    plain, marked = tmp_path / "plain", tmp_path / "marked"
    plain.write_bytes(data)
    marked.write_bytes(with_marker(data, FACTS))
    assert read_marker(plain) is None
    assert read_marker(marked) == FACTS
    assert np.array_equal(images.load(marked), images.load(plain))
    with Image.open(marked) as opened:
        opened.load()


def test_the_same_bytes_each_time_and_one_mark_only(data: bytes, tmp_path: Path) -> None:
    once = with_marker(data, FACTS)
    assert once == with_marker(data, dict(reversed(list(FACTS.items()))))
    assert with_marker(once, FACTS) == once
    twice = with_marker(once, {"kind": "other"})
    assert twice.count(KEYWORD) == 1
    (tmp_path / "x").write_bytes(twice)
    assert read_marker(tmp_path / "x") == {"kind": "other"}


def test_a_jpeg_keeps_its_exif_and_its_own_comment(tmp_path: Path) -> None:
    stream = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(PIXELS).save(stream, "JPEG", exif=exif, comment=b"from the camera")
    marked = tmp_path / "a.jpg"
    marked.write_bytes(with_marker(stream.getvalue(), FACTS))
    assert read_marker(marked) == FACTS
    assert images.probe(marked).orientation == 6
    assert b"from the camera" in marked.read_bytes()


@pytest.mark.parametrize("chunk", ["iTXt", "iTXt compressed", "zTXt"])
def test_text_chunks_of_other_programs(chunk: str, tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    text = json.dumps(FACTS)
    if chunk == "zTXt":
        info.add_text("AnyLabelPlus", text, zip=True)
    else:
        info.add_itxt("AnyLabelPlus", text, zip=chunk.endswith("compressed"))
    Image.fromarray(PIXELS).save(tmp_path / "a.png", pnginfo=info)
    assert read_marker(tmp_path / "a.png") == FACTS


def test_a_mark_that_would_unpack_without_end_is_no_mark(tmp_path: Path) -> None:
    body = b"zTXt" + KEYWORD + b"\0\0" + zlib.compress(b" " * 50_000_000 + b"{}", 9)
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    data = ENCODED["png"]
    (tmp_path / "a.png").write_bytes(data[:33] + chunk + data[33:])
    assert read_marker(tmp_path / "a.png") is None


def test_only_the_beginning_of_a_large_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    marked = with_marker(ENCODED["jpeg"], FACTS)
    with path.open("wb") as stream:
        stream.write(marked)
        stream.truncate(1 << 34)  # 16 GiB, of which nearly all is a hole
    assert read_marker(path) == FACTS


def test_what_cannot_be_marked() -> None:
    for data in (b"", b"GIF89a", ENCODED["png"][:20], ENCODED["jpeg"][:4]):
        with pytest.raises(ValueError):
            with_marker(data, FACTS)
    with pytest.raises(ValueError, match="larger"):
        with_marker(ENCODED["png"], {"text": "x" * LARGEST})


def test_no_file_at_all(tmp_path: Path) -> None:
    assert read_marker(tmp_path / "none.jpg") is None
    assert read_marker(tmp_path) is None
    (tmp_path / "empty.png").write_bytes(b"")
    assert read_marker(tmp_path / "empty.png") is None


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted(ENCODED)), st.data())
def test_damaged_files_never_raise(tmp_path_factory: pytest.TempPathFactory, kind: str, draw: st.DataObject) -> None:
    marked = bytearray(with_marker(ENCODED[kind], FACTS))
    head = min(len(marked), 400)
    for at, value in draw.draw(st.lists(st.tuples(st.integers(0, head - 1), st.integers(0, 255)), max_size=8)):
        marked[at] = value
    cut = draw.draw(st.integers(0, len(marked)))
    path = tmp_path_factory.getbasetemp() / f"damaged.{kind}"
    path.write_bytes(marked[:cut])
    found = read_marker(path)
    assert found is None or isinstance(found, dict)
