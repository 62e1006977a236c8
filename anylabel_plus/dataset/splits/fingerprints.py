"""Fingerprints of held-out images, by which copies of them are known: exact ones, re-encoded and resized ones.

An exact copy has the same BLAKE2b hash of its bytes. The same picture saved anew or at another size is known by a grey
miniature of 16 x 16: rms difference at most ``RMS`` and greatest difference at most ``GREATEST`` of its standard
deviation, and the same proportions. Measured on 1,026 pictures: copies of JPEG quality 20 to 95, at 0.25 to 1.5 of
their size, differ by .15 or less (95 %), different pictures by .20 or more, or by more than 1.4 in one cell.

What it does not know: crops, mirrored and turned pictures, and other exposures. Pictures with hardly any contrast (a
deviation under ``FLAT`` grey levels) all look alike: of them only exact copies are known. Two frames of a camera that
stands still, with nothing moved, count as one picture.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus import images
from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import hidden_json

NAME, FORMAT, VERSION = "fingerprints.json", "anylabel-plus fingerprints", 1
SIDE = 16
RMS, GREATEST, FLAT = 0.17, 0.85, 4.0
PROPORTION = 0.05
"""Natural logarithm of width / height: so much may be lost to rounding."""
_REDUCED = 128
_PIECE = 1 << 20
Thumb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Of one image file. ``mtime`` (ns) and ``size`` (bytes) tell whether it is still the same file; ``content`` is
    the hash of its bytes, ``thumb`` SIDE x SIDE grey values, empty when the picture cannot be decoded."""

    mtime: int
    size: int
    content: str
    width: int = 0
    height: int = 0
    thumb: bytes = b""


def content_hash(path: Path) -> str:
    """32 hexadecimal digits that name the bytes of a file (BLAKE2b); raises OSError."""
    digest = hashlib.blake2b(digest_size=16)
    with open(path, "rb", buffering=0) as stream:
        while piece := stream.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def miniature(pixels: NDArray[np.uint8]) -> Thumb:
    """(SIDE, SIDE) grey values of an upright picture, (H, W, 3) uint8 RGB of any size."""
    from anylabel_plus.images.pixels import opencv, shrunk

    cv2 = opencv()
    grey = cv2.cvtColor(np.ascontiguousarray(shrunk(pixels, _REDUCED)), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def miniature_of(path: Path) -> tuple[Thumb, int, int] | None:
    """The miniature of an image file, and width and height of the upright image; None when it cannot be decoded."""
    try:
        pixels, facts = images.load_reduced(path, _REDUCED)
    except (UserError, MemoryError):
        return None
    return miniature(pixels), facts.width, facts.height


def taken(path: Path) -> Fingerprint:
    """The fingerprint of an image file; raises OSError when it is missing or not readable."""
    status = path.stat()
    found = miniature_of(path)
    thumb, width, height = (found[0].tobytes(), found[1], found[2]) if found else (b"", 0, 0)
    return Fingerprint(status.st_mtime_ns, status.st_size, content_hash(path), width, height, thumb)


def alike(thumbs: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of (N, SIDE * SIDE) miniatures show the picture of ``other`` (SIDE * SIDE)."""
    contrast = np.maximum(thumbs.std(axis=1), other.std())
    difference = np.abs(thumbs - other)
    rms = np.sqrt((difference * difference).mean(axis=1))
    greatest = difference.max(axis=1)
    same = (contrast >= FLAT) & (rms <= RMS * contrast) & (greatest <= GREATEST * contrast)
    return np.asarray(same, np.bool_)


# The file ---------------------------------------------------------------------------------------


def stored(root: Path) -> dict[str, Fingerprint]:
    """Relative path -> fingerprint of what was taken so far. One that cannot be read is as if it were not there:
    all of it can be taken again from the images."""
    try:
        rows = hidden_json.read(hidden_json.hidden_file(root, NAME), FORMAT, VERSION).get("images", {})
        return {name: _unpacked(row) for name, row in rows.items()}
    except (UserError, ValueError, TypeError, AttributeError):
        return {}


def store(root: Path, found: Mapping[str, Fingerprint]) -> None:
    """Write the fingerprints of a data set; raises UserError when that cannot be done."""
    rows = ",\n".join(f"  {json.dumps(name)}: {json.dumps(_packed(found[name]))}" for name in sorted(found))
    text = f'{{\n "format": "{FORMAT}",\n "version": {VERSION},\n "images": {{\n{rows}\n }}\n}}\n'
    hidden_json.write(hidden_json.hidden_file(root, NAME), text.encode())


def _packed(one: Fingerprint) -> list[Any]:
    return [one.mtime, one.size, one.content, one.width, one.height, base64.b64encode(one.thumb).decode()]


def _unpacked(row: list[Any]) -> Fingerprint:
    mtime, size, content, width, height, thumb = row
    grey = base64.b64decode(thumb)
    if len(grey) not in (0, SIDE * SIDE):
        raise ValueError("no miniature")
    return Fingerprint(int(mtime), int(size), str(content), int(width), int(height), grey)


def complete(
    root: Path, names: Iterable[str], progress: hidden_json.Progress | None = None
) -> tuple[dict[str, Fingerprint], bool]:
    """Fingerprints of these images: stored ones where the files are as they were, else taken now.

    An image that is gone keeps the stored one; without one it is left out.

    Returns:
        Relative path -> fingerprint, and whether some are new.

    Raises:
        Cancelled: by ``progress``.
    """
    known = stored(root)
    found: dict[str, Fingerprint] = {}
    missing: list[str] = []
    for name in names:
        old, now = known.get(name), hidden_json.stamp_of(root / name)
        if old is not None and (now is None or now[:2] == (old.mtime, old.size)):
            found[name] = old
        elif now is not None:
            missing.append(name)
    with ThreadPoolExecutor(thread_name_prefix="fingerprints") as pool:
        pieces = pool.map(_taken_or_none, [root / name for name in missing])
        for number, (name, one) in enumerate(zip(missing, pieces, strict=True), 1):
            if one is not None:
                found[name] = one
            if progress is not None:
                progress(number, len(missing))
    return found, bool(missing)


def _taken_or_none(path: Path) -> Fingerprint | None:
    try:
        return taken(path)
    except OSError:
        return None


def of_images(
    root: Path, names: Iterable[str], progress: hidden_json.Progress | None = None, keep: bool = True
) -> dict[str, Fingerprint]:
    """The fingerprints of ``names``, the held-out images of a data set; see ``complete``.

    New ones are written with ``keep``, where the data set can be written; those of other images are dropped then.
    """
    found, new = complete(root, names, progress)
    if new and keep:
        # A data set that cannot be written: they are taken again the next time.
        with contextlib.suppress(UserError), hidden_json.alone(hidden_json.hidden_file(root, NAME)):
            store(root, found)
    return found
