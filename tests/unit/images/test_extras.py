"""HEIC, DICOM and camera raw: what is said without the extra, and what is read with it."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anylabel_plus import images
from anylabel_plus.core.errors import UserError

HEIC = b"\0\0\0\x18ftypheic" + bytes(200)
DICOM = bytes(128) + b"DICM" + bytes(200)
SMOOTH = np.asarray(
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (3, 4, 3), dtype=np.uint8)).resize((64, 48))
)


@pytest.mark.parametrize(
    ("name", "data", "module", "extra"),
    [
        ("a.heic", HEIC, "pillow_heif", "heic"),
        ("no ending", HEIC, "pillow_heif", "heic"),
        ("a.dcm", DICOM, "pydicom", "dicom"),
        ("a.NEF", b"II*\0" + bytes(200), "rawpy", "raw"),
    ],
)
@pytest.mark.parametrize("read", [images.probe, images.load, images.extent])
def test_a_missing_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, module: str, extra: str, read: object
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match=f"needs the package {module}") as caught:
        read(tmp_path / name)  # type: ignore[operator]
    assert f"anylabel-plus[{extra}]" in (caught.value.hint or "")


@pytest.mark.parametrize(("name", "data", "module"), [("a.heic", HEIC, "pillow_heif"), ("a.dcm", DICOM, "pydicom")])
def test_damage_is_said(tmp_path: Path, name: str, data: bytes, module: str) -> None:
    pytest.importorskip(module)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UserError, match="cannot be read"):
        images.load(tmp_path / name)


def test_heic(tmp_path: Path) -> None:
    library = pytest.importorskip("pillow_heif")
    library.from_pillow(Image.fromarray(SMOOTH)).save(tmp_path / "a.heic", quality=95)
    assert np.abs(images.load(tmp_path / "a.heic").astype(int) - SMOOTH).mean() < 4
    assert (images.probe(tmp_path / "a.heic").width, images.extent(tmp_path / "a.heic").pages) == (64, 1)


def dicom(path: Path, array: np.ndarray, **more: object) -> Path:
    pydicom = pytest.importorskip("pydicom")
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data = pydicom.dataset.FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    data.SOPClassUID, data.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    frames, rows, columns = array.shape if array.ndim == 3 else (1, *array.shape)
    data.Rows, data.Columns, data.SamplesPerPixel = rows, columns, 1
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 1
    data.PhotometricInterpretation = "MONOCHROME2"
    if frames > 1:
        data.NumberOfFrames = frames
    for name, value in more.items():
        setattr(data, name, value)
    data.PixelData = array.astype("<i2").tobytes()
    data.save_as(path, enforce_file_format=True)
    return path


def test_dicom_through_its_own_window(tmp_path: Path) -> None:
    pytest.importorskip("pydicom")
    stored = np.arange(-32 * 64, 32 * 64, dtype=np.int16).reshape(64, 64)
    more = {"RescaleSlope": 2, "RescaleIntercept": -100, "WindowCenter": [40, 300], "WindowWidth": [401, 600]}
    path = dicom(tmp_path / "a.dcm", stored, **more)
    values = stored * 2.0 - 100
    expected = np.rint((np.clip(values, -160.5, 239.5) + 160.5) * 255 / 400).astype(np.uint8)
    loaded = images.load_deep(path, keep_pixels=1 << 20)
    assert np.abs(loaded.pixels[..., 0].astype(int) - expected).max() <= 1
    assert loaded.values is not None and np.array_equal(loaded.values, values)
    bright = dicom(tmp_path / "b.dcm", stored, PhotometricInterpretation="MONOCHROME1", **more)
    assert np.abs(images.load(bright)[..., 0].astype(int) - (255 - expected)).max() <= 1


def test_dicom_frames_are_pages(tmp_path: Path) -> None:
    pytest.importorskip("pydicom")
    stack = np.arange(3 * 8 * 10, dtype=np.int16).reshape(3, 8, 10)
    path = dicom(tmp_path / "a.dcm", stack)
    assert images.extent(path).pages == 3
    third = images.load_deep(path, images.Choice(2), keep_pixels=100)
    assert third.values is not None and np.array_equal(third.values, stack[2])
    with pytest.raises(UserError, match="no page 4, only 3"):
        images.load(path, images.Choice(3))


def dng(path: Path, mosaic: np.ndarray) -> Path:
    """A raw file: the values under a Bayer filter of red, green, green, blue."""
    height, width = mosaic.shape
    matrix = struct.pack("<18i", *(value for n in range(9) for value in (n % 4 == 0, 1)))
    tags: dict[int, tuple[int, int, bytes]] = {
        tag: ({"H": 3, "I": 4}[letter], 1, struct.pack(f"<{letter}", value))
        for tag, letter, value in (
            (254, "I", 0), (256, "I", width), (257, "I", height), (258, "H", 16), (259, "H", 1), (262, "H", 32803),
            (274, "H", 1), (277, "H", 1), (278, "I", height), (279, "I", mosaic.nbytes), (284, "H", 1),
            (50717, "I", 65535), (50778, "H", 21), (273, "I", 0),
        )
    }  # fmt: skip
    tags |= {
        271: (2, 5, b"Test\0"),
        272: (2, 5, b"Test\0"),
        50708: (2, 5, b"Test\0"),
        33422: (1, 4, bytes((0, 1, 1, 2))),
    }
    tags |= {33421: (3, 2, struct.pack("<2H", 2, 2)), 50706: (1, 4, bytes((1, 4, 0, 0))), 50721: (10, 9, matrix)}
    tags[50728] = 5, 3, struct.pack("<6I", *[1] * 6)
    end = 8 + 2 + 12 * len(tags) + 4
    rest = b"".join(data + b"\0" * (len(data) % 2) for _, (_, _, data) in sorted(tags.items()) if len(data) > 4)
    table, at = bytearray(), end
    for tag, (kind, count, data) in sorted(tags.items()):
        if tag == 273:
            data = struct.pack("<I", end + len(rest))
        if len(data) > 4:
            table += struct.pack("<HHII", tag, kind, count, at)
            at += len(data) + len(data) % 2
        else:
            table += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\0")
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    path.write_bytes(head + bytes(table) + bytes(4) + rest + mosaic.astype("<u2").tobytes())
    return path


def test_camera_raw(tmp_path: Path) -> None:
    pytest.importorskip("rawpy")
    mosaic = np.zeros((64, 96), np.uint16)
    mosaic[0::2, 0::2], mosaic[0::2, 1::2], mosaic[1::2, 0::2], mosaic[1::2, 1::2] = 40_000, 15_000, 15_000, 5_000
    path = dng(tmp_path / "a.dng", mosaic)
    facts = images.probe(path)
    assert (facts.width, facts.height, facts.format) == (96, 64, "camera raw")
    pixels = images.load(path)
    assert pixels.shape == (64, 96, 3) and pixels[30, 40].argmax() == 0 and pixels[30, 40, 0] > 200
