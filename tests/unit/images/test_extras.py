"""HEIC, DICOM and camera raw: what is said without the extra, and what is read with it."""

from __future__ import annotations

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
