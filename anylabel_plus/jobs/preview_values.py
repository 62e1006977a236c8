"""What the window asks of the preview processes, and what they answer: plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anylabel_plus.synthesis.scene import Composite


@dataclass(frozen=True, slots=True)
class Sources:
    """What pictures are made from; paths as texts. ``stamp`` is raised to have the same sources read again."""

    bank: str
    backgrounds: tuple[str, ...]
    leave_out_held_out: bool = True
    unlabelled_only: bool = False
    stamp: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """One picture that is asked for: ``key`` is the asker's name of it, ``recipe`` plain JSON data."""

    key: str
    recipe: Mapping[str, Any]
    seed: int
    index: int


@dataclass(frozen=True, slots=True)
class Outline:
    """One shape of a preview in its pixels: outer rings and holes alike, and the box (xyxy) of what can be seen."""

    label: str
    rings: tuple[tuple[tuple[float, float], ...], ...]
    box: tuple[float, float, float, float]
    pasted: bool = True


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a pasted object is: longer side by that of the picture, and its foot, in parts of the picture."""

    label: str
    relative: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture: ``pixels`` are height x width x 3 bytes, RGB. ``ms`` is how long it took to compose."""

    generation: int
    key: str
    seed: int
    index: int
    width: int
    height: int
    pixels: bytes = field(repr=False)
    outlines: tuple[Outline, ...] = ()
    skips: tuple[tuple[str, int], ...] = ()
    spots: tuple[Spot, ...] = ()
    background: str = ""
    blend: str = ""
    ms: float = 0.0
    full_size: tuple[int, int] = (0, 0)
    """About the size of the picture that this one stands for."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The picture ``key`` cannot be made; ``details`` is for the log, set when it is a bug."""

    generation: int
    key: str
    text: str
    hint: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The sources of an asking are open: what can be used of them, remarks on what was left out, and paths of
    some of the backgrounds."""

    generation: int
    cutouts: int
    backgrounds: int
    labelled: int = 0
    notes: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Restarted:
    """A child died (``how``) and another has taken its place."""

    how: str


Reply = Preview | Refused | Opened | Restarted


def outlines_of(picture: Composite) -> list[Outline]:
    """What the pasted objects show in the end, and the labelled objects of the background."""
    from anylabel_plus.core import geometry
    from anylabel_plus.core.mask_polygons import polygons
    from anylabel_plus.core.masks import bounds

    found = []
    for placement in picture.placements:
        if placement.label and placement.visible.area:
            parts = polygons(placement.visible, 0.8)
            rings = [ring for part in parts for ring in (part.exterior, *part.holes)]
            found.append(Outline(placement.label, _plain(rings), bounds(placement.visible)))
    for shape in picture.document.shapes:
        if shape.provenance is None or shape.provenance.source != "synthesis":
            box = geometry.bounds(shape)
            found.append(Outline(shape.label, _plain(geometry.outline(shape)), box, pasted=False))
    return found


def _plain(rings: Sequence[Any]) -> tuple[tuple[tuple[float, float], ...], ...]:
    return tuple(tuple((round(float(x), 1), round(float(y), 1)) for x, y in ring) for ring in rings)


def spots_of(picture: Composite) -> list[Spot]:
    """Sizes and feet of the pasted objects, distractors left out."""
    height, width = picture.pixels.shape[:2]
    found = []
    for placement in picture.placements:
        if placement.label:
            left, top, right, bottom = placement.whole
            relative = max(right - left, bottom - top) / max(width, height)
            found.append(Spot(placement.label, relative, (left + right) / 2 / width, bottom / height))
    return found
