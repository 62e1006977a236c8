"""Pictures with their transparency: the one place where alpha is not laid on white."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.errors import UserError
from anylabel_plus.images.header import open_file, pillow, too_many_pixels
from anylabel_plus.images.pixels import upright
from anylabel_plus.images.source import Source, damaged

_WITH_ALPHA = ("RGBA", "LA", "PA", "RGBa", "La")


def load_rgba(path: Path | str) -> NDArray[np.uint8] | None:
    """The upright image as (H, W, 4) uint8 RGB and straight alpha; None when it has no alpha at all.

    Raises:
        UserError: the file is missing, no image, or damaged; the text names it.
    """
    path = Path(path)
    with open_file(path) as stream:
        try:
            facts = Source(path, stream).facts
            too_many_pixels(path, facts.width, facts.height)
            stream.seek(0)
            picture = pillow().open(stream)
            if picture.mode not in _WITH_ALPHA and "transparency" not in picture.info:
                return None
            pixels = np.array(picture.convert("RGBA"))
        except (UserError, MemoryError):
            raise
        except Exception as error:  # decoders raise whatever they like on damaged bytes
            raise damaged(path, error) from error
    return np.ascontiguousarray(upright(pixels, facts.orientation))
