"""Kinds of files that need a package of an extra: HEIC, DICOM and camera raw. Imported when such a file is opened.

A row is a kind: how to tell it, the extra that reads it, and the code that does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.images.depth import Window
from anylabel_plus.images.header import DamagedError

_RAW = "3fr arw cr2 cr3 dng erf iiq kdc mef mos mrw nef nrw orf pef raf rw2 rwl sr2 srf srw x3f"
RAW_SUFFIXES = frozenset(f".{name}" for name in _RAW.split())
HEIC_SUFFIXES = frozenset((".heic", ".heif", ".hif"))
DICOM_SUFFIXES = frozenset((".dcm", ".dicom"))
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


@dataclass(frozen=True, slots=True)
class Foreign:
    """An opened file of such a kind, upright. ``read(page)`` gives values (H, W) or (H, W, 3) and their windows.

    No windows means those of the package's rule.
    """

    width: int
    height: int
    pages: int
    read: Callable[[int], tuple[NDArray[Any], tuple[Window, ...]]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its name for people, the extra, the module the extra installs, and how it is told and opened."""

    title: str
    extra: str
    module: str
    tells: Callable[[bytes, str], bool]
    """From the first 132 bytes and the name's ending, lower case."""
    open: Callable[[Any, Path], Foreign]


def _open_heic(library: Any, path: Path) -> Foreign:
    file = library.open_heif(path)  # turned already as the file asks

    def read(page: int) -> tuple[NDArray[Any], tuple[Window, ...]]:
        image = file[page].to_pillow()
        target = image.mode if image.mode in ("L", "RGB", "RGBA") else "RGB"
        return np.asarray(image.convert(target)), ()

    width, height = file[0].size
    return Foreign(width, height, sum(one.size == file[0].size for one in file), read)


def _open_dicom(library: Any, path: Path) -> Foreign:
    head = library.dcmread(path, stop_before_pixels=True)
    if "Rows" not in head or "Columns" not in head:
        raise DamagedError("it holds no picture")
    frames = int(head.get("NumberOfFrames", 1) or 1)

    def read(page: int) -> tuple[NDArray[Any], tuple[Window, ...]]:
        pixels = import_module("pydicom.pixels")
        data = library.dcmread(path)
        # Values of palettes and YBR are colours after this.
        values = pixels.pixel_array(data, index=page if frames > 1 else None)
        if data.PhotometricInterpretation == "PALETTE COLOR":
            values = pixels.apply_color_lut(values, data)
        if values.ndim == 3:
            return values, ()
        values = pixels.apply_modality_lut(values, data)
        return values.astype(np.float32), _dicom_windows(data, values)

    return Foreign(int(head.Columns), int(head.Rows), frames, read)


def _dicom_windows(data: Any, values: NDArray[Any]) -> tuple[Window, ...]:
    """The first window that the file asks for; MONOCHROME1 means that low values are bright."""
    from anylabel_plus.images.depth import default_windows

    centre, width = _first(data.get("WindowCenter")), _first(data.get("WindowWidth"))
    if centre is not None and width is not None and width >= 1:
        # DICOM PS3.3 C.11.2.1.2.1, the linear function.
        low = centre - 0.5 - (width - 1) / 2
        window = Window(low, low + max(width - 1, 1e-6))
    else:
        window = default_windows(values.astype(np.float32))[0]
    if data.PhotometricInterpretation == "MONOCHROME1":
        window = Window(window.high, window.low)
    return (window,)


def _first(value: Any) -> float | None:
    if value is None or value == "":
        return None
    try:
        return float(value)
    except TypeError:
        return float(value[0]) if len(value) else None


def _open_raw(library: Any, path: Path) -> Foreign:
    with library.imread(str(path)) as raw:
        sizes = raw.sizes
        size = (sizes.iheight, sizes.iwidth) if sizes.flip in (5, 6) else (sizes.iwidth, sizes.iheight)

    def read(page: int) -> tuple[NDArray[Any], tuple[Window, ...]]:
        with library.imread(str(path)) as raw:
            return raw.postprocess(use_camera_wb=True, output_bps=8), ()

    return Foreign(*size, 1, read)


KINDS: Sequence[Kind] = (
    Kind(
        "HEIC",
        "heic",
        "pillow_heif",
        lambda start, suffix: start[4:8] == b"ftyp" and start[8:12] in _HEIC_BRANDS,
        _open_heic,
    ),
    Kind("DICOM", "dicom", "pydicom", lambda start, suffix: start[128:132] == b"DICM", _open_dicom),
    # Most are TIFF files inside: only the name tells.
    Kind("camera raw", "raw", "rawpy", lambda start, suffix: suffix in RAW_SUFFIXES, _open_raw),
)


def kind_of(path: Path, start: bytes) -> Kind | None:
    """The kind of a file that begins with ``start`` (132 bytes), None for what needs no extra."""
    suffix = path.suffix.lower()
    return next((kind for kind in KINDS if kind.tells(start, suffix)), None)


def open_foreign(kind: Kind, path: Path) -> Foreign:
    """The file, its header read.

    Raises:
        UserError: the extra is not installed, or the file is damaged.
    """
    try:
        library = import_module(kind.module)
    except ImportError as error:
        hint = f"Install the extra: pip install 'anylabel-plus[{kind.extra}]'"
        raise UserError(f"{path}: reading {kind.title} files needs the package {kind.module}.", hint) from error
    try:
        return kind.open(library, path)
    except Exception as error:
        first = str(error).strip().split("\n")[0] or type(error).__name__
        raise UserError(f"{path}: this {kind.title} file cannot be read ({first}).") from error
