"""YOLO text labels: one txt for each image, numbers in 0..1 of the upright image's size.

``class cx cy width height [score]`` is a box, ``class x1 y1 x2 y2 ...`` a polygon. Eight decimals
are written, so that a round trip moves nothing by more than a thousandth of a pixel. A polygon
file cannot say holes or parts: they are joined to one outline by a bridge of no width, which
fills the same pixels (and is reported).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.geometry import Box, clip_box
from anylabel_plus.core.shapes import Points, Shape, as_points, make_shape
from anylabel_plus.formats.base import Loss
from anylabel_plus.formats.exchange import (
    IMPORTED,
    MASK_DETAIL_PX,
    ExportItem,
    ExportOptions,
    Imported,
    ImportOptions,
    Source,
    read_classes,
    read_text,
)
from anylabel_plus.formats.instances import Instance, changed_kinds, instance_box, instance_rings, instances
from anylabel_plus.images import EXTENSIONS

Ring = list[tuple[float, float]]


# ---------------------------------------------------------------- shapes to lines


def box_line(number: int, box: Box, width: int, height: int) -> str:
    """One line for a box in pixels."""
    x1, y1, x2, y2 = box
    values = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height, (x2 - x1) / width, (y2 - y1) / height)
    return f"{number} " + " ".join(f"{value:.8f}" for value in values)


def ring_line(number: int, ring: Ring, width: int, height: int) -> str:
    """One line for a ring in pixels."""
    return f"{number} " + " ".join(f"{x / width:.8f} {y / height:.8f}" for x, y in ring)


def clip_ring(ring: Ring, width: int, height: int) -> Ring:
    """The part of a ring inside the image (Sutherland and Hodgman), empty when there is none."""
    for axis, limit, keep_above in (
        (0, 0.0, True),
        (0, float(width), False),
        (1, 0.0, True),
        (1, float(height), False),
    ):
        result: Ring = []
        for n, point in enumerate(ring):
            before = ring[n - 1]
            inside = point[axis] >= limit if keep_above else point[axis] <= limit
            was_inside = before[axis] >= limit if keep_above else before[axis] <= limit
            if inside != was_inside:
                part = (limit - before[axis]) / (point[axis] - before[axis])
                other = before[1 - axis] + part * (point[1 - axis] - before[1 - axis])
                result.append((limit, other) if axis == 0 else (other, limit))
            if inside:
                result.append(point)
        ring = result
    return ring


def join_rings(rings: Sequence[Points]) -> Ring:
    """All rings as one, each joined to the outline so far at the nearest pair of points."""
    import numpy as np

    joined = np.asarray(rings[0])
    for ring in rings[1:]:
        apart = ((joined[:, None, :] - ring[None, :, :]) ** 2).sum(axis=2)
        here, there = np.unravel_index(int(apart.argmin()), apart.shape)
        turned = np.roll(ring, -int(there), axis=0)
        joined = np.concatenate((joined[: here + 1], turned, turned[:1], joined[here:]))
    return [(float(x), float(y)) for x, y in joined]


class _Writer:
    """Common to boxes and polygons: folders, class numbers, data.yaml."""

    def __init__(self, folder: Path, options: ExportOptions) -> None:
        self._folder = folder
        self._options = options
        self._numbers = {label: number for number, label in enumerate(options.labels)}
        self._counts = dict.fromkeys(options.labels, 0)
        self._files = 0
        self._empty = 0

    def add(self, item: ExportItem, document: Document | None) -> Sequence[Loss]:
        """Write the txt of one image; an empty one is a background image."""
        lines: list[str] = []
        losses: list[Loss] = []
        if document is not None:
            found, losses = instances(document, self._numbers)
            for instance in found:
                written = self._lines(instance, item.width, item.height, losses)
                self._counts[instance.label] += len(written)
                lines.extend(written)
            losses.extend(changed_kinds(found))
        target = self._folder / "labels" / f"{item.stem}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join(f"{line}\n" for line in lines), encoding="ascii", newline="\n")
        self._files += 1
        self._empty += not lines
        return losses

    def _lines(self, instance: Instance, width: int, height: int, losses: list[Loss]) -> list[str]:
        raise NotImplementedError

    def finish(self) -> Mapping[str, Any]:
        """Write classes.txt and data.yaml."""
        import yaml

        names = dict(enumerate(self._options.labels))
        (self._folder / "classes.txt").write_text(
            "".join(f"{name}\n" for name in names.values()), encoding="utf-8", newline="\n"
        )
        data = {"train": "images", "val": "images", "names": names}
        text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
        # Without "path" folders are looked for beside this file; "." would be where training is started.
        head = "# The data set is not split: val is the same folder as train.\n"
        (self._folder / "data.yaml").write_text(head + text, encoding="utf-8", newline="\n")
        return {
            "files": self._files,
            "instances": sum(self._counts.values()),
            "labels": dict(self._counts),
            "background_files": self._empty,
        }


class DetectWriter(_Writer):
    """Boxes: ``class cx cy width height``."""

    def _lines(self, instance: Instance, width: int, height: int, losses: list[Loss]) -> list[str]:
        box = instance_box(instance)
        inside = clip_box(box, width, height)
        if inside is None:
            losses.append(Loss("outside", 1, "shapes outside the image were left out"))
            return []
        if inside != box:
            losses.append(Loss("clipped", 1, "shapes were cut at the edge of the image"))
        if not instance.box_only:
            losses.append(Loss("outline", 1, "outlines became boxes"))
        return [box_line(self._numbers[instance.label], inside, width, height)]


class SegmentWriter(_Writer):
    """Polygons: ``class x1 y1 x2 y2 ...``."""

    def _lines(self, instance: Instance, width: int, height: int, losses: list[Loss]) -> list[str]:
        parts = _rings(instance)
        if sum(len(rings) for rings in parts) > 1:
            if any(len(rings) > 1 for rings in parts):
                losses.append(Loss("holes", 1, "holes were joined to the outline by a thin bridge"))
            if len(parts) > 1:
                losses.append(Loss("parts", 1, "separate parts of one object were joined by a thin bridge"))
        ring = join_rings([ring for rings in parts for ring in rings]) if parts else []
        inside = clip_ring(ring, width, height)
        if len(inside) < 3:
            losses.append(Loss("outside", 1, "shapes outside the image were left out"))
            return []
        if inside != ring:
            losses.append(Loss("clipped", 1, "shapes were cut at the edge of the image"))
        return [ring_line(self._numbers[instance.label], inside, width, height)]


def _rings(instance: Instance) -> list[list[Points]]:
    if instance.box_only and instance.box is not None:
        x1, y1, x2, y2 = instance.box
        return [[as_points([(x1, y1), (x2, y1), (x2, y2), (x1, y2)])]]
    return instance_rings(instance, MASK_DETAIL_PX)


# ---------------------------------------------------------------- lines to shapes


def shapes_of(text: str, names: Mapping[int, str]) -> tuple[list[Shape], list[str], list[str]]:
    """Shapes in 0..1 of width and height, problems by line, and notes.

    A class number without a name in ``names`` is a problem unless ``names`` is empty; the number
    itself is the label then.
    """
    shapes: list[Shape] = []
    problems: list[str] = []
    outside = 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            shape = _shape(line.split(), names)
        except ValueError as error:
            problems.append(f"line {number} was left out: {error}")
            continue
        outside += bool((shape.points < -1e-6).any() or (shape.points > 1 + 1e-6).any())
        shapes.append(shape)
    notes = [f"{outside} shapes reach over the edge of the image"] if outside else []
    return shapes, problems, notes


def _shape(words: Sequence[str], names: Mapping[int, str]) -> Shape:
    label = _label(words[0], names)
    try:
        values = [float(word) for word in words[1:]]
    except ValueError:
        raise ValueError("it holds something that is no number") from None
    if not all(math.isfinite(value) for value in values):
        raise ValueError("it holds a number that is not finite")
    if len(values) in (4, 5):
        cx, cy, width, height = values[:4]
        if width <= 0 or height <= 0:
            raise ValueError(f"a box of {width:g} x {height:g} has no area")
        corners = [(cx - width / 2, cy - height / 2), (cx + width / 2, cy + height / 2)]
        score = values[4] if len(values) == 5 else None
        return make_shape("rectangle", label, corners, score=score, provenance=IMPORTED)
    if len(values) < 6 or len(values) % 2:
        raise ValueError(f"{len(values)} numbers after the class are neither a box nor a polygon")
    return make_shape("polygon", label, list(zip(values[::2], values[1::2], strict=True)), provenance=IMPORTED)


def _label(word: str, names: Mapping[int, str]) -> str:
    try:
        number = int(float(word))
        if number < 0 or number != float(word):
            raise ValueError
    except (ValueError, OverflowError):
        raise ValueError(f"the class {word!r} is no whole number") from None
    if names and number not in names:
        raise ValueError(f"the class {number} has no name")
    return names[number] if names else str(number)


# ---------------------------------------------------------------- reading


def read(source: Path, options: ImportOptions) -> Source:
    """A YOLO data set (images/ + labels/), a label folder, or txt files beside their images.

    Class names come from data.yaml, classes.txt or obj.names of the source or the folders above
    it. Raises UserError when no images or no labels are found, or the names cannot be read.
    """
    if not source.is_dir():
        raise UserError(f"{source}: is not a folder.", "Give the folder that holds images/ and labels/.")
    labels = _labels_folder(source)
    images = options.images or _images_folder(source, labels)
    found = sorted(_images_below(images), key=lambda path: path.as_posix())
    if not found:
        raise UserError(f"{images}: holds no images.", "Name their folder with --images.")
    texts = {path.relative_to(labels).as_posix() for path in labels.rglob("*.txt")}
    names, notes = _class_names(source, labels)
    used = {name.as_posix() for path in found if (name := _text_name(path, images, texts)) is not None}
    if not used:
        raise UserError(f"{labels}: no label file has the name of an image in {images}.")
    orphans = [name for name in texts - used if PurePosixPath(name).name not in ("classes.txt", "labels.txt")]
    if orphans:
        notes.append(f"{len(orphans)} label files have no image, such as {sorted(orphans)[0]}")
    items = _read_images(found, images, labels, texts, names)
    return Source(len(found), items, tuple(names[number] for number in sorted(names)), notes)


def _labels_folder(source: Path) -> Path:
    if (source / "labels").is_dir():
        return source / "labels"
    candidates = sorted(path for path in source.glob("labels*") if path.is_dir())
    if len(candidates) > 1:
        listed = ", ".join(path.name for path in candidates)
        raise UserError(
            f"{source}: holds several label folders: {listed}.", "Give one of them, and the images with --images."
        )
    return candidates[0] if candidates else source


def _images_folder(source: Path, labels: Path) -> Path:
    if (source / "images").is_dir():
        return source / "images"
    if labels == source and "labels" in source.parts:
        # .../labels/train belongs to .../images/train
        at = len(source.parts) - 1 - source.parts[::-1].index("labels")
        twin = Path(*source.parts[:at], "images", *source.parts[at + 1 :])
        if twin.is_dir():
            return twin
    if source.name.startswith("labels") and (source.parent / "images").is_dir():
        return source.parent / "images"
    return source


def _images_below(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in EXTENSIONS and not hidden and path.is_file():
            yield path


def _text_name(image: Path, images: Path, texts: set[str]) -> PurePosixPath | None:
    relative = PurePosixPath(image.relative_to(images).with_suffix(".txt").as_posix())
    for candidate in (relative, PurePosixPath(relative.name)):
        if candidate.as_posix() in texts:
            return candidate
    return None


def _class_names(source: Path, labels: Path) -> tuple[dict[int, str], list[str]]:
    folders = dict.fromkeys((source, labels, source.parent, source.parent.parent))
    for folder in folders:
        for path in (folder / "data.yaml", folder / "data.yml", *sorted(folder.glob("*.yaml"))):
            if path.is_file() and (names := _yaml_names(path)):
                return names, []
        for name in ("classes.txt", "obj.names", "labels.txt"):
            if (folder / name).is_file():
                return dict(enumerate(read_classes(folder / name))), []
    return {}, ["no data.yaml and no classes.txt was found: the labels are class numbers"]


def _yaml_names(path: Path) -> dict[int, str]:
    import yaml

    try:
        data = yaml.safe_load(read_text(path))
    except yaml.YAMLError as error:
        reason = str(error).splitlines()[0]
        raise UserError(f"{path}: is no valid YAML ({reason}).") from error
    names = data.get("names") if isinstance(data, dict) else None
    if isinstance(names, list):
        return {number: str(name).strip() for number, name in enumerate(names)}
    if isinstance(names, dict):
        try:
            return {int(number): str(name).strip() for number, name in names.items()}
        except (TypeError, ValueError):
            raise UserError(f"{path}: the keys of names must be class numbers.") from None
    return {}


def _read_images(
    found: Sequence[Path], images: Path, labels: Path, texts: set[str], names: Mapping[int, str]
) -> Iterator[Imported]:
    for path in found:
        item = Imported(path.relative_to(images).as_posix(), path, normalized=True)
        name = _text_name(path, images, texts)
        if name is not None:
            try:
                item.shapes, item.problems, item.notes = shapes_of(read_text(labels / name), names)
            except UserError as error:
                item.error = str(error)
        yield item
