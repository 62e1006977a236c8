"""The values of synthesis: cutouts, what is known of their labels, backgrounds, placements, composites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core.document import Document
from anylabel_plus.core.masks import Mask

Rgba = NDArray[np.uint8]
"""(h, w, 4) uint8: red, green, blue, straight (not premultiplied) alpha."""
OPAQUE = 128
"""From this alpha on a pixel counts as the object's: the one rule for areas, masks and boxes."""


@dataclass(frozen=True, slots=True)
class SourceRef:
    """Where a cutout comes from. ``dataset`` is the absolute folder of its data set, empty for a single picture;
    ``image`` the path below it (else the absolute path), ``shape`` the number of the shape in the label file (-1:
    no shape), ``box`` the cutout's crop in the image (xyxy pixel edges), ``content`` the hash of the file's bytes.
    """

    image: str
    dataset: str = ""
    shape: int = -1
    width: int = 0
    height: int = 0
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    content: str = ""


@dataclass(frozen=True, slots=True)
class Cutout:
    """One row of a bank; its pixels are read when they are needed (``CutoutSource.read``).

    ``id`` is 16 hex digits, the hash of label and pixels. ``area`` counts pixels with alpha of ``OPAQUE`` or more.
    ``quality`` holds measures by name, each 0 (bad) to 1 (good), ``score`` is their smallest. ``reasons`` say why
    the filter or a person rejected it.
    """

    id: str
    label: str
    width: int
    height: int
    area: int
    source: SourceRef
    quality: Mapping[str, float] = field(default_factory=dict)
    score: float = 1.0
    accepted: bool = True
    reasons: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    group: str = ""
    """Cutouts of one object that look alike share it (near-duplicates); empty: none."""


@dataclass(frozen=True, slots=True)
class LabelPrior:
    """What the labelled data says of one label.

    ``relative`` are quantiles (ascending, evenly spaced from 0 to 1) of the longer side of its objects divided by
    the longer side of their image, ``pixels`` the same in pixels; both empty when nothing is known. ``heat`` is a
    grid (rows of columns, sum 1) of where the foot (the middle of the lower edge of the box) of objects is, in
    parts of the image; empty when not known. ``count`` is the number of labelled objects.
    """

    label: str
    count: int = 0
    relative: tuple[float, ...] = ()
    pixels: tuple[float, ...] = ()
    heat: tuple[tuple[float, ...], ...] = ()
    rotate: bool = True
    flip_horizontal: bool = True
    flip_vertical: bool = True


class CutoutSource(Protocol):
    """What synthesis needs of an object bank."""

    @property
    def cutouts(self) -> tuple[Cutout, ...]: ...
    @property
    def priors(self) -> Mapping[str, LabelPrior]: ...
    def read(self, cutout: Cutout) -> Rgba:
        """The pixels, read from disk at each call. Raises UserError naming the file."""
        ...


class ReadDocument(Protocol):
    """Reads the label file of a background; None when it has none. Raises UserError."""

    def __call__(self, backdrop: Backdrop) -> Document | None: ...


@dataclass(frozen=True, slots=True)
class Backdrop:
    """One background image. ``name`` is its path in the folder of backgrounds, ``label`` its label file, if any,
    ``content`` the hash of the file's bytes (empty: not taken yet)."""

    path: Path
    name: str
    label: Path | None = None
    content: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """One pasted object. ``matrix`` (3, 3) float64 takes points of the cutout (pixel edges, before any flip) to
    points of the composite. ``mask`` are its pixels in the frame before anything covers it, ``visible`` what is left
    in the end. ``whole`` is the box of the whole object (xyxy), parts outside the frame included; ``full_area`` its
    pixels, those included. ``depth`` counts from the back. ``label`` is empty for a distractor."""

    cutout: Cutout | None
    label: str
    matrix: NDArray[np.float64]
    depth: int
    mask: Mask
    visible: Mask
    whole: tuple[float, float, float, float]
    full_area: float

    @property
    def occlusion(self) -> float:
        """Share of the pixels in the frame that others cover."""
        return 1.0 - self.visible.area / self.mask.area if self.mask.area else 1.0

    @property
    def truncation(self) -> float:
        """Share of the object outside the frame."""
        return max(0.0, 1.0 - self.mask.area / self.full_area) if self.full_area else 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """A finished picture: (H, W, 3) uint8 RGB ``pixels`` and the ``document`` of its labels (``image_path`` empty).

    ``skips`` tell, by reason, of objects that found no place. ``facts`` is plain JSON data, stored in the document
    under ``synthesis``: how the picture was made.
    """

    pixels: NDArray[np.uint8]
    document: Document
    placements: tuple[Placement, ...]
    background: Backdrop
    blend: str
    skips: tuple[tuple[str, int], ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
