"""What the index takes from an image file and its label file. Runs in worker processes; knows no database.

Most label files go a quick way: only the few fields that are wanted are decoded, and points are never made
into shapes. What it accepts it reads just as the full reader does; anything else is read in full.
"""

from __future__ import annotations

import math
from operator import mul
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.provenance import SOURCES, Provenance, shown_source
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.dataset.image_kinds import LABEL_KEY, kind_by, kind_of_marker
from anylabel_plus.images.marker import read_marker

_KIND_BITS = {name: 1 << place for place, name in enumerate(KINDS)}
_EXIF_BLOCK, _TAKEN, _CHANGED = 0x8769, 36867, 306
_WORKING = "AUTOLABEL_"
_CORNER_TOLERANCE = 0.01
_MARKED = ("JPEG", "MPO", "PNG")


class ShapeFacts(NamedTuple):
    """One shape as the index holds it; the box is x1, y1, x2, y2 in upright pixels, the area in square pixels."""

    label: str
    kind: str
    area: float
    x1: float
    y1: float
    x2: float
    y2: float
    score: float | None
    source: str
    waiting: bool
    locked: bool
    group: int | None


class LabelFacts(NamedTuple):
    """What a label file says. ``problem`` is why it could not be read, or None; ``made`` the kind of image, where it
    tells that a machine made it."""

    shapes: tuple[ShapeFacts, ...] = ()
    checked: bool | None = None
    described: bool = False
    flags: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    problem: str | None = None
    made: str | None = None


class PictureFacts(NamedTuple):
    """Upright size in pixels and EXIF time of an image file, or why it cannot be read; ``made`` as its mark says."""

    width: int | None
    height: int | None
    taken: str | None = None
    problem: str | None = None
    made: str | None = None


class Task(NamedTuple):
    """One image to look at; ``label`` is None without a label file."""

    key: int
    image: str
    label: str | None


Read = tuple[int, PictureFacts, LabelFacts]


def read_all(tasks: list[Task]) -> list[Read]:
    """The facts of each task, in order. A file that cannot be read has its reason in place of facts."""
    found = []
    for task in tasks:
        picture = picture_facts(Path(task.image))
        size = (picture.width, picture.height) if picture.width and picture.height else None
        label = LabelFacts() if task.label is None else label_facts(Path(task.label), Path(task.image), size)
        found.append((task.key, picture, label))
    return found


def picture_facts(path: Path) -> PictureFacts:
    """From the header alone, no pixel is decoded."""
    from anylabel_plus.images import header

    try:
        with header.open_file(path) as stream:
            picture, facts = header.read_header(stream, path)
            marked = facts.format in _MARKED and kind_of_marker(read_marker(path))
            return PictureFacts(facts.width, facts.height, _taken(picture), made=marked or None)
    except UserError as error:
        return PictureFacts(None, None, problem=str(error))


def _taken(picture: Any) -> str | None:
    """EXIF's time of taking, "2024:05:31 08:15:00", else that of the last change of the picture."""
    from anylabel_plus.images.header import pillow

    try:
        exif = pillow().Image.getexif(picture)  # a PNG's own method would decode the picture
        text = (exif.get_ifd(_EXIF_BLOCK).get(_TAKEN) or exif.get(_CHANGED)) if len(exif) else None
    except Exception:
        return None  # damaged metadata does not make the picture unusable
    return text.strip("\0 ") or None if isinstance(text, str) else None


def label_facts(path: Path, image: Path, size: tuple[int, int] | None) -> LabelFacts:
    """Of one label file; ``size`` is that of the upright image, where known."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return LabelFacts()
    except OSError as error:
        return LabelFacts(problem=f"{path}: cannot be read ({error.strerror}).")
    found = quick_facts(data, size)
    return found if found is not None else _full_facts(data, path, image)


def kinds_mask(shapes: tuple[ShapeFacts, ...]) -> int:
    """Which kinds occur, one bit each in the order of KINDS."""
    mask = 0
    for shape in shapes:
        mask |= _KIND_BITS[shape.kind]
    return mask


def kind_bits(names: tuple[str, ...]) -> int:
    """The bits of some kinds, see ``kinds_mask``."""
    return sum(_KIND_BITS[name] for name in set(names))


# The quick way ----------------------------------------------------------------------------------


class _Origin(msgspec.Struct):
    source: str
    score: float | None = None
    model: str | None = None
    weights_sha256: str | None = None
    prompt: dict[str, Any] | None = None
    reviewed: bool = False
    edited: bool = False


class _Shape(msgspec.Struct):
    label: str
    points: list[tuple[float, float]]
    shape_type: str = "polygon"
    group_id: int | None = None
    score: float | None = None
    locked: bool | None = None
    mask: Any = None
    holes: Any = None
    provenance: _Origin | None = None


class _File(msgspec.Struct, rename="camel"):
    image_width: int
    image_height: int
    shapes: list[_Shape]
    checked: bool | None = None
    description: str | None = None
    flags: dict[str, bool] | None = None
    tags: list[str] | None = None
    synthesis: Any = None


_decode = msgspec.json.Decoder(_File).decode


def quick_facts(data: bytes, size: tuple[int, int] | None) -> LabelFacts | None:
    """The facts of a plain label file; None where the full reader is needed."""
    try:
        read = _decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    if size is not None and (read.image_width, read.image_height) != size:
        return None
    shapes = []
    for shape in read.shapes:
        facts = _quick_shape(shape)
        if facts is None:
            return None
        shapes.append(facts)
    return LabelFacts(
        tuple(shapes),
        read.checked,
        bool(read.description),
        tuple(name for name, on in (read.flags or {}).items() if on),
        tuple(read.tags or ()),
        made=kind_by(read.synthesis, (shape.source for shape in shapes)),
    )


def _quick_shape(shape: _Shape) -> ShapeFacts | None:
    points, kind, origin = shape.points, shape.shape_type, shape.provenance
    count = len(points)
    row = KINDS.get(kind)
    if (
        row is None
        or shape.mask is not None
        or shape.holes is not None
        or count < row.min_points
        or shape.label.startswith(_WORKING)
        or (origin is not None and origin.source not in SOURCES)
    ):
        return None
    if kind == "rectangle" and count == 4:
        if not _upright(points):
            return None
    elif row.max_points is not None and count > row.max_points:
        return None
    xs, ys = zip(*points, strict=True)
    x1, x2, y1, y2 = min(xs), max(xs), min(ys), max(ys)
    area = 0.0
    if kind == "rectangle":
        area = (x2 - x1) * (y2 - y1)
    elif kind == "circle":
        (cx, cy), (px, py) = points
        radius = math.hypot(px - cx, py - cy)
        x1, y1, x2, y2 = cx - radius, cy - radius, cx + radius, cy + radius
        area = math.pi * radius * radius
    elif kind in _RINGS:
        area = 0.5 * abs(sum(map(mul, xs, (*ys[1:], ys[0]))) - sum(map(mul, ys, (*xs[1:], xs[0]))))
    elif row.has_area:
        return None
    source, waiting, score = "human", False, shape.score
    if origin is not None:
        source = "human" if origin.source == "model" and origin.edited else origin.source
        waiting = source == "model" and not origin.reviewed
        score = origin.score if origin.score is not None else score
    return ShapeFacts(
        shape.label, kind, area, x1, y1, x2, y2, score, source, waiting, bool(shape.locked), shape.group_id
    )


_RINGS = frozenset(("polygon", "quadrilateral", "rotation"))


def _upright(points: list[tuple[float, float]]) -> bool:
    """True when four corners go round an upright box, by the rule of the full reader."""
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
    one = (bx - cx, by - ay, dx - ax, dy - cy)
    other = (bx - ax, by - cy, dx - cx, dy - ay)
    return any(max(map(abs, way)) <= _CORNER_TOLERANCE for way in (one, other))


# The full way -----------------------------------------------------------------------------------


def _full_facts(data: bytes, path: Path, image: Path) -> LabelFacts:
    from anylabel_plus import images
    from anylabel_plus.formats import native

    try:
        try:
            facts = images.probe(image)
        except UserError:
            facts = None
        document = native.parse(data, str(path), facts, editable=False)
    except UserError as error:
        return LabelFacts(problem=str(error))
    return facts_of_document(document)


def facts_of_document(document: Any) -> LabelFacts:
    """The same facts from a ``Document``."""
    from anylabel_plus.core import geometry

    shapes = []
    for shape in document.shapes:
        origin: Provenance | None = shape.provenance
        score = origin.score if origin is not None and origin.score is not None else shape.score
        shapes.append(
            ShapeFacts(
                *(shape.label, shape.kind, geometry.area(shape), *geometry.bounds(shape), score),
                *(
                    shown_source(origin),
                    origin is not None and origin.untouched_by_people,
                    shape.locked,
                    shape.group_id,
                ),
            )
        )
    flags = tuple(name for name, on in document.flags.items() if on)
    made = kind_by(document.extra.get(LABEL_KEY), (shape.source for shape in shapes))
    tags = tuple(document.tags)
    return LabelFacts(tuple(shapes), document.checked, bool(document.description), flags, tags, made=made)
