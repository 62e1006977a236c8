"""COCO instances: one JSON for all images.

Writing: an object is polygons where polygons can say it exactly, else compressed RLE (holes,
masks). ``area`` is that of the segmentation, ``bbox`` the human rectangle of a box-and-mask pair.
Category ids count from 1 in the order of the class list. Annotations are spooled to disk, so that
memory does not grow with the data set.

Reading: a polygon annotation of several parts becomes one polygon for each part, all with one
``group_id``, which is how they are written back as one object. RLE becomes a mask; crowd regions
keep ``iscrowd`` as an extra key. A four-corner polygon equal to its bbox becomes a rectangle.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.formats.base import Loss
from anylabel_plus.formats.coco_annotations import annotation, ring_area, shapes_of
from anylabel_plus.formats.exchange import (
    ExportItem,
    ExportOptions,
    Imported,
    ImportOptions,
    Source,
    find_image,
    safe_relative,
)
from anylabel_plus.formats.instances import changed_kinds, instances

FILE_NAME = "annotations.json"
_encode = msgspec.json.Encoder().encode


# ---------------------------------------------------------------- writing


class CocoWriter:
    """Writes ``annotations.json``. Annotations lie in a spool file until all labels are known."""

    def __init__(self, folder: Path, options: ExportOptions) -> None:
        self._folder = folder
        self._options = options
        self._labels: dict[str, int] = {label: n for n, label in enumerate(options.labels)}
        self._allowed = frozenset(options.labels) if options.only_labels else None
        self._counts: dict[str, int] = dict.fromkeys(options.labels, 0)
        self._spool: BinaryIO = open(folder / ".annotations.spool", "w+b")  # noqa: SIM115 (closed by finish)
        self._images: BinaryIO = open(folder / ".images.spool", "w+b")  # noqa: SIM115
        self._image_count = self._count = 0

    def add(self, item: ExportItem, document: Document | None) -> Sequence[Loss]:
        """Write one image with its objects."""
        ready: list[tuple[str, dict[str, Any]]] = []
        losses: list[Loss] = []
        if document is not None:
            found, losses = instances(document, self._allowed)
            for instance in found:
                fields = annotation(instance, item.width, item.height, rle=self._options.rle)
                if fields is None:
                    losses.append(Loss("empty", 1, "shapes that cover no pixel of the image were left out"))
                else:
                    ready.append((instance.label, fields))
            losses.extend(changed_kinds(found))
        # Nothing is written before all of the image is ready: a bad shape must not leave it as a background.
        image_id = self._add_image(item)
        for label, fields in ready:
            self._add_annotation(image_id, label, fields)
        return losses

    def add_rings(self, item: ExportItem, rings: Sequence[tuple[str, Sequence[Sequence[float]]]]) -> None:
        """The quick way for an image that has nothing but simple labelled rings of area > 0."""
        image_id = self._add_image(item)
        for label, ring in rings:
            if self._allowed is not None and label not in self._allowed:
                raise ValueError(label)
            xs, ys = [point[0] for point in ring], [point[1] for point in ring]
            left, top = min(xs), min(ys)
            fields = {
                "bbox": (left, top, max(xs) - left, max(ys) - top),
                "area": ring_area(ring),
                "iscrowd": 0,
                "segmentation": ([value for point in ring for value in point],),
            }
            self._add_annotation(image_id, label, fields)

    @property
    def quick(self) -> bool:
        """True when ``add_rings`` may be used."""
        return not self._options.rle and self._allowed is None

    def _add_image(self, item: ExportItem) -> int:
        self._image_count += 1
        name = f"images/{item.name}" if self._options.with_images else item.relative
        image = {"id": self._image_count, "file_name": name, "width": item.width, "height": item.height}
        self._images.write((b"" if self._image_count == 1 else b",\n") + _encode(image))
        return self._image_count

    def _add_annotation(self, image_id: int, label: str, fields: Mapping[str, Any]) -> None:
        self._count += 1
        number = self._labels.setdefault(label, len(self._labels))
        self._counts[label] = self._counts.get(label, 0) + 1
        # The category comes last in the line and first in the spool: its id is not known yet.
        self._spool.write(
            b'%d\t{"id":%d,"image_id":%d,' % (number, self._count, image_id) + _encode(fields)[1:-1] + b"\n"
        )

    def finish(self) -> Mapping[str, Any]:
        """Join the spools into the JSON; a class list from outside keeps its order, new labels follow sorted."""
        fixed = self._options.labels
        order = [*fixed, *sorted(label for label in self._labels if label not in set(fixed))]
        ids = {label: number for number, label in enumerate(order, 1)}
        by_number = [b"%d" % ids[label] for label in self._labels]
        categories = [{"id": ids[label], "name": label, "supercategory": ""} for label in order]
        target = self._folder / FILE_NAME
        with open(target, "xb") as stream:
            stream.write(b'{"info":{"description":"Exported by AnyLabel Plus"},"licenses":[],\n"categories":')
            stream.write(_encode(categories) + b',\n"images":[\n')
            self._images.seek(0)
            shutil.copyfileobj(self._images, stream)
            stream.write(b'\n],\n"annotations":[\n')
            self._copy_annotations(stream, by_number)
            stream.write(b"\n]}\n")
        for spool in (self._images, self._spool):
            spool.close()
        (self._folder / ".images.spool").unlink()
        (self._folder / ".annotations.spool").unlink()
        return {"file": FILE_NAME, "instances": self._count, "labels": {label: self._counts[label] for label in order}}

    def _copy_annotations(self, stream: BinaryIO, by_number: Sequence[bytes]) -> None:
        self._spool.seek(0)
        lead = b""
        for line in self._spool:
            number, body = line.split(b"\t", 1)
            stream.write(lead + body[:-1] + b',"category_id":' + by_number[int(number)] + b"}")
            lead = b",\n"


# ---------------------------------------------------------------- reading


def read(source: Path, options: ImportOptions) -> Source:
    """A COCO JSON, or the one in a folder; raises UserError when there is none or several."""
    path = _find_json(source)
    data = _load(path)
    labels = _categories(path, data)
    by_image: dict[Any, list[tuple[int, Mapping[str, Any]]]] = {}
    for index, record in enumerate(data["annotations"]):
        if isinstance(record, dict):
            by_image.setdefault(_id(record.get("image_id")), []).append((index, record))
    images = data["images"]
    if not images:
        raise UserError(f"{path}: holds no images.", "Give the COCO file that lists them.")
    known = {_id(image.get("id")) for image in images if isinstance(image, dict)}
    strays = sum(len(records) for image_id, records in by_image.items() if image_id not in known)
    notes = [f"{path.name}: {strays} annotations belong to no image of the file and were left out"] if strays else []
    folders = _image_folders(path, options.images)
    items = _images(images, by_image, labels, folders)
    return Source(len(images), items, tuple(dict.fromkeys(labels.values())), notes)


def _find_json(source: Path) -> Path:
    if source.is_file():
        return source
    if not source.is_dir():
        raise UserError(f"{source}: does not exist.", "Give a COCO JSON or the folder that holds it.")
    found = [path for folder in (source, source / "annotations") for path in sorted(folder.glob("*.json"))]
    found = [path for path in found if _looks_like_coco(path)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise UserError(f"{source}: holds no COCO JSON (an object with images and annotations).")
    names = ", ".join(path.relative_to(source).as_posix() for path in found)
    raise UserError(f"{source}: holds several COCO files: {names}.", "Give the one to import.")


class _Head(msgspec.Struct):
    images: msgspec.Raw
    annotations: msgspec.Raw


def _looks_like_coco(path: Path) -> bool:
    try:
        msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"), type=_Head)
    except (OSError, msgspec.MsgspecError):
        return False
    return True


def _load(path: Path) -> dict[str, Any]:
    try:
        data = msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    except msgspec.MsgspecError as error:
        raise UserError(f"{path}: is no valid JSON ({error}).") from error
    if not isinstance(data, dict):
        raise UserError(f"{path}: is no COCO file (the top level is no object).")
    for key in ("images", "annotations", "categories"):
        if not isinstance(data.get(key), list):
            raise UserError(f"{path}: is no COCO file ({key} is missing or no list).")
    return data


def _id(value: Any) -> int | str:
    """Ids as they can be compared; anything but a number or text is taken by its spelling."""
    return value if isinstance(value, int | str) else repr(value)


def _categories(path: Path, data: Mapping[str, Any]) -> dict[Any, str]:
    labels: dict[Any, str] = {}
    for index, entry in enumerate(data["categories"]):
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or "id" not in entry:
            raise UserError(f"{path}: categories[{index}] needs an id and a name.")
        if _id(entry["id"]) in labels:
            raise UserError(f"{path}: categories[{index}]: the id {entry['id']!r} is used twice.")
        labels[_id(entry["id"])] = entry["name"].strip()
    return labels


def _image_folders(path: Path, images: Path | None) -> list[Path]:
    if images is not None:
        return [images]
    here = path.parent
    return [here, here / "images", here.parent, here.parent / "images"]


def _images(
    images: Sequence[Any],
    by_image: Mapping[Any, Sequence[tuple[int, Mapping[str, Any]]]],
    labels: Mapping[Any, str],
    folders: Sequence[Path],
) -> Iterator[Imported]:
    """Each image once; one with the id of an earlier one would get annotations that are not its own."""
    seen: set[int | str] = set()
    for index, image in enumerate(images):
        found = _image(image, by_image, labels, folders, index)
        if isinstance(image, dict) and "id" in image:
            if _id(image["id"]) in seen and not found.error:
                found = Imported(found.name, error=f"images[{index}] has the id {image['id']!r} of an earlier image")
            seen.add(_id(image["id"]))
        yield found


def _image(
    image: Any,
    by_image: Mapping[Any, Sequence[tuple[int, Mapping[str, Any]]]],
    labels: Mapping[Any, str],
    folders: Sequence[Path],
    index: int,
) -> Imported:
    if not isinstance(image, dict) or not isinstance(image.get("file_name"), str):
        return Imported(f"images[{index}]", error=f"images[{index}] has no file_name")
    try:
        name = safe_relative(image["file_name"])
    except ValueError as error:
        return Imported(image["file_name"], error=str(error))
    found = Imported(name.as_posix(), find_image(name, folders))
    found.width, found.height = _size(image.get("width")), _size(image.get("height"))
    group_id = 0
    for position, record in by_image.get(_id(image.get("id")), ()):
        label = labels.get(_id(record.get("category_id")))
        try:
            if label is None:
                raise ValueError(f"the category {record.get('category_id')!r} does not exist")
            group_id += 1
            shapes, notes = shapes_of(record, label, group_id)
        except (ValueError, OverflowError, TypeError) as error:
            found.problems.append(f"annotations[{position}] was left out: {error}")
            continue
        found.shapes.extend(shapes)
        found.notes.extend(notes)
    return found


def _size(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
