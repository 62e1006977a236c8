"""How long a run will take and how large it will be, from the pictures in view."""

from __future__ import annotations

from collections.abc import Sequence

from anylabel_plus.ui import words
from anylabel_plus.ui.language import ntr
from anylabel_plus.ui.pages.synthesis.previews import Shown

BYTES_PER_PIXEL = 0.28
"""Of a photo as JPEG at the quality that the job uses."""
FULL_SIZE_POWER = 0.4
"""A picture of ten times the pixels takes about two and a half times as long to compose, as measured."""
WRITE_S, WRITE_PIXEL_S = 0.006, 1.6e-8
"""Labels of a picture, and each of its pixels, on their way to disk."""


def estimate(shown: Sequence[Shown], count: int) -> str:
    """ "About 410 MB, 2 min 40 s on 2 cores" for ``count`` pictures; empty while none is in view."""
    if not shown:
        return ""
    from anylabel_plus.inference.runtime import core_count

    cores = core_count()
    pixels = [w * h for w, h in (each.preview.full_size for each in shown)]
    seconds = [
        each.preview.ms / 1000 * (full / max(1, each.preview.width * each.preview.height)) ** FULL_SIZE_POWER
        + WRITE_S
        + full * WRITE_PIXEL_S
        for each, full in zip(shown, pixels, strict=True)
    ]
    size = sum(pixels) / len(pixels) * BYTES_PER_PIXEL * count
    time = sorted(seconds)[len(seconds) // 3] * count / cores + 1
    return ntr(
        "About {size}, {time} on {n} core",
        "About {size}, {time} on {n} cores",
        cores,
        size=words.file_size(size),
        time=words.duration(time),
    )
