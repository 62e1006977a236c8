"""Pascal VOC: one XML with boxes for each image.

Boxes are read as written and written as read: a whole number stays one. ``one_based`` is for files
that count pixels from 1, as the devkit does: 1 is taken off the smaller corner on reading and put
back on writing. ``difficult`` is a field of the shape; ``pose``, ``truncated`` and ``occluded``
are kept as attributes when they say something.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.formats.base import Loss
from anylabel_plus.formats.exchange import (
    IMPORTED,
    ExportItem,
    ExportOptions,
    Imported,
    ImportOptions,
    Source,
    find_image,
    safe_relative,
)
from anylabel_plus.formats.instances import Instance, instance_box, instances

_MAX_BYTES = 64_000_000
_IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".JPG", ".JPEG", ".PNG")
_FLAGS = ("truncated", "occluded")


# ---------------------------------------------------------------- text to shapes


def parse_xml(data: bytes) -> ElementTree.Element:
    """The tree of a small XML; raises ValueError for a broken one and for any DTD (entity bombs)."""
    builder = ElementTree.TreeBuilder()
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ValueError("it has a document type declaration, which is refused")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"is no valid XML ({error})") from error
    except (LookupError, UnicodeError) as error:
        raise ValueError(f"is in an unknown encoding ({error})") from error
    return builder.close()


def read_annotation(data: bytes, *, one_based: bool = False) -> Imported:
    """What one XML says; ``name`` is its ``filename``. Raises ValueError when it is no VOC file."""
    root = parse_xml(data)
    if root.tag != "annotation":
        raise ValueError(f"is no VOC file (its root is {root.tag!r}, not 'annotation')")
    found = Imported((root.findtext("filename") or "").strip())
    found.width, found.height = _size(root.findtext("size/width")), _size(root.findtext("size/height"))
    for index, node in enumerate(root.findall("object")):
        try:
            found.shapes.append(_shape(node, one_based))
        except ValueError as error:
            found.problems.append(f"object {index} was left out: {error}")
        if node.find("part") is not None:
            found.notes.append(f"object {index}: its parts are not imported")
    return found


def _size(text: str | None) -> int:
    try:
        return max(int(float(text or 0)), 0)
    except (ValueError, OverflowError):
        return 0


def _shape(node: ElementTree.Element, one_based: bool) -> Shape:
    label = (node.findtext("name") or "").strip()
    if not label:
        raise ValueError("it has no name")
    box = node.find("bndbox")
    if box is None:
        raise ValueError("it has no bndbox")
    values = [_number(box.findtext(key), key) for key in ("xmin", "ymin", "xmax", "ymax")]
    x1, x2 = sorted((values[0], values[2]))
    y1, y2 = sorted((values[1], values[3]))
    if one_based:
        x1, y1 = x1 - 1, y1 - 1
    if x1 == x2 or y1 == y2:
        raise ValueError(f"its box {x1:g}, {y1:g}, {x2:g}, {y2:g} has no area")
    attributes: dict[str, Any] = {}
    pose = (node.findtext("pose") or "").strip()
    if pose and pose != "Unspecified":
        attributes["pose"] = pose
    for key in _FLAGS:
        if _truth(node.findtext(key)):
            attributes[key] = True
    return make_shape(
        "rectangle",
        label,
        [(x1, y1), (x2, y2)],
        attributes=attributes,
        difficult=_truth(node.findtext("difficult")),
        provenance=IMPORTED,
    )


def _number(text: str | None, key: str) -> float:
    try:
        value = float(text or "")
    except ValueError:
        raise ValueError(f"its {key} {text!r} is no number") from None
    if not math.isfinite(value):
        raise ValueError(f"its {key} {text!r} is not finite")
    return value


def _truth(text: str | None) -> bool:
    return (text or "").strip().lower() in ("1", "true", "yes")


# ---------------------------------------------------------------- shapes to text


def annotation_text(item: ExportItem, found: Sequence[Instance], *, one_based: bool = False) -> str:
    """The XML of one image."""
    path = PurePosixPath(item.name)
    folder = path.parent.as_posix() if path.parent.name else "JPEGImages"
    lines = [
        "<annotation>",
        f"\t<folder>{_text(folder)}</folder>",
        f"\t<filename>{_text(path.name)}</filename>",
        "\t<size>",
        f"\t\t<width>{item.width}</width>",
        f"\t\t<height>{item.height}</height>",
        "\t\t<depth>3</depth>",
        "\t</size>",
        "\t<segmented>0</segmented>",
    ]
    for instance in found:
        lines.extend(_object_lines(instance, one_based))
    return "\n".join([*lines, "</annotation>", ""])


def _object_lines(instance: Instance, one_based: bool) -> list[str]:
    shape = instance.drawn
    x1, y1, x2, y2 = instance_box(instance)
    if one_based:
        x1, y1 = x1 + 1, y1 + 1
    flags = {key: int(_truth(str(shape.attributes.get(key, "")))) for key in _FLAGS}
    lines = [
        "\t<object>",
        f"\t\t<name>{_text(instance.label)}</name>",
        f"\t\t<pose>{_text(str(shape.attributes.get('pose', 'Unspecified')))}</pose>",
        f"\t\t<truncated>{flags['truncated']}</truncated>",
    ]
    if flags["occluded"]:
        lines.append("\t\t<occluded>1</occluded>")
    lines += [f"\t\t<difficult>{int(shape.difficult)}</difficult>", "\t\t<bndbox>"]
    corners = (("xmin", x1), ("ymin", y1), ("xmax", x2), ("ymax", y2))
    lines += [f"\t\t\t<{key}>{_decimal(value)}</{key}>" for key, value in corners]
    return [*lines, "\t\t</bndbox>", "\t</object>"]


def _decimal(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(float(value))


def _text(text: str) -> str:
    # Control characters other than tab and line ends cannot be in XML at all.
    return escape("".join(c if c >= " " or c in "\t\n\r" else " " for c in text))


class VocWriter:
    """Writes ``Annotations/<name>.xml``."""

    def __init__(self, folder: Path, options: ExportOptions) -> None:
        self._folder = folder
        self._options = options
        self._allowed = frozenset(options.labels) if options.only_labels else None
        self._counts = dict.fromkeys(options.labels, 0)
        self._files = 0

    def add(self, item: ExportItem, document: Document | None) -> Sequence[Loss]:
        """Write the XML of one image; one without objects is a background image."""
        found, losses = instances(document, self._allowed) if document is not None else ([], [])
        outlines = sum(not instance.box_only for instance in found)
        if outlines:
            losses.append(Loss("outline", outlines, "outlines became boxes"))
        for instance in found:
            self._counts[instance.label] = self._counts.get(instance.label, 0) + 1
        target = self._folder / "Annotations" / f"{item.stem}.xml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            annotation_text(item, found, one_based=self._options.one_based), encoding="utf-8", newline="\n"
        )
        self._files += 1
        return losses

    def finish(self) -> Mapping[str, Any]:
        """Write the class list."""
        order = [*self._options.labels, *sorted(set(self._counts) - set(self._options.labels))]
        (self._folder / "classes.txt").write_text(
            "".join(f"{name}\n" for name in order), encoding="utf-8", newline="\n"
        )
        labels = {label: self._counts[label] for label in order}
        return {"files": self._files, "instances": sum(labels.values()), "labels": labels}


# ---------------------------------------------------------------- reading


def read(source: Path, options: ImportOptions) -> Source:
    """All XML files of a folder (``Annotations`` where there is one), or one XML.

    Raises:
        UserError: the source does not exist or holds no XML.
    """
    if source.is_file():
        return Source(1, _read_files([source], source.parent, source.parent.parent, options))
    if not source.is_dir():
        raise UserError(f"{source}: does not exist.", "Give the folder that holds Annotations and JPEGImages.")
    folder = next((source / name for name in ("Annotations", "annotations") if (source / name).is_dir()), source)
    paths = sorted(path for path in folder.rglob("*.xml") if not path.name.startswith("."))
    if not paths:
        raise UserError(f"{folder}: holds no XML files.")
    return Source(len(paths), _read_files(paths, folder, source, options))


def _read_files(paths: Sequence[Path], folder: Path, source: Path, options: ImportOptions) -> Iterator[Imported]:
    below = [source / "JPEGImages", source / "images", source / "Images", source]
    beside = [folder.parent / "JPEGImages", folder.parent / "images", folder, folder.parent]
    folders = [options.images] if options.images is not None else list(dict.fromkeys([*below, *beside]))
    for path in paths:
        inside = PurePosixPath(path.relative_to(folder).as_posix())
        try:
            found = _read_file(path, options)
            name = inside.parent / _image_name(found, inside, folders)
        except ValueError as error:
            yield Imported(inside.as_posix(), error=str(error))
            continue
        found.name, found.image = name.as_posix(), find_image(name, folders)
        yield found


def _read_file(path: Path, options: ImportOptions) -> Imported:
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("is far too big for a VOC file")
        return read_annotation(path.read_bytes(), one_based=options.one_based)
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror or error})") from error


def _image_name(found: Imported, inside: PurePosixPath, folders: Sequence[Path]) -> str:
    """The file name in the XML; where no such image exists, an image with the XML's own stem."""
    if found.name:
        name = safe_relative(found.name)
        if find_image(inside.parent / name.name, folders) is not None:
            return name.name
    for ending in _IMAGE_ENDINGS:
        if find_image(inside.with_suffix(ending), folders) is not None:
            return inside.stem + ending
    if not found.name:
        raise ValueError("names no image, and no image has its name")
    return PurePosixPath(found.name).name
