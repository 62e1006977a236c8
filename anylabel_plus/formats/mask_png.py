"""PNG masks: for each image a grey PNG whose values are class numbers, 0 = background.

Later shapes cover earlier ones, as on the canvas. Up to 255 classes are 8-bit, more are 16-bit.
``classes.txt`` names the values: its first line, ``_background_``, is value 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.document import Document
from anylabel_plus.formats.base import Loss
from anylabel_plus.formats.exchange import ExportItem, ExportOptions
from anylabel_plus.formats.instances import changed_kinds, instance_mask, instances
from anylabel_plus.images import encode_png

BACKGROUND = "_background_"


def index_image(
    document: Document, numbers: Mapping[str, int], width: int, height: int
) -> tuple[NDArray[Any], list[Loss], dict[str, int]]:
    """(height, width) class numbers, what was left out, and objects by label."""
    deep = max(numbers.values(), default=0) > 255
    image: NDArray[Any] = np.zeros((height, width), np.uint16 if deep else np.uint8)
    found, losses = instances(document, numbers)
    counts: dict[str, int] = {}
    for instance in found:
        mask = instance_mask(instance, width, height)
        if not mask.area:
            losses.append(Loss("empty", 1, "shapes that cover no pixel of the image were left out"))
            continue
        rows, columns = mask.crop.shape
        view = image[mask.y : mask.y + rows, mask.x : mask.x + columns]
        if view[mask.crop].any():
            losses.append(Loss("overlap", 1, "shapes cover a part of those below them"))
        view[mask.crop] = numbers[instance.label]
        counts[instance.label] = counts.get(instance.label, 0) + 1
    return image, [*losses, *changed_kinds(found)], counts


class MaskWriter:
    """Writes ``masks/<name>.png``."""

    def __init__(self, folder: Path, options: ExportOptions) -> None:
        self._folder = folder
        self._numbers = {label: number for number, label in enumerate(options.labels, 1)}
        self._counts = dict.fromkeys(options.labels, 0)
        self._files = 0

    def add(self, item: ExportItem, document: Document | None) -> Sequence[Loss]:
        """Write the PNG of one image; one without shapes is all background."""
        empty = Document(item.relative, item.width, item.height)
        image, losses, counts = index_image(document or empty, self._numbers, item.width, item.height)
        for label, count in counts.items():
            self._counts[label] += count
        target = self._folder / "masks" / f"{item.stem}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(encode_png(image))
        self._files += 1
        return losses

    def finish(self) -> Mapping[str, Any]:
        """Write the class list."""
        text = "".join(f"{name}\n" for name in (BACKGROUND, *self._numbers))
        (self._folder / "classes.txt").write_text(text, encoding="utf-8", newline="\n")
        return {"files": self._files, "instances": sum(self._counts.values()), "labels": dict(self._counts)}
