"""Which images of a data set are for training, validation and testing: ``<data set>/.anylabel_plus/splits.json``.

    {"format": "anylabel-plus splits", "version": 1,
     "train": ["a/1.jpg", …], "val": […], "test": […]}

Paths below the data set, forward slashes, sorted; an image in no list belongs to no part. Keys that are not known are
kept. Who changes it goes through ``splits.assign``, which holds the rules of the firewall.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import hidden_json
from anylabel_plus.dataset.scan import HIDDEN_FOLDER

NAME = "splits.json"
FORMAT, VERSION = "anylabel-plus splits", 1
TRAIN, VAL, TEST, NONE = "train", "val", "test", "none"
PARTS = (TRAIN, VAL, TEST, NONE)
HELD_OUT = (VAL, TEST)
"""Parts that measure: nothing made by a machine is in them, and no training picture shows their pixels."""
NAMES = {TRAIN: "training", VAL: "validation", TEST: "test", NONE: "no"}
"""Part -> the word for it in a sentence ("the validation split")."""
_SAID = {"training": TRAIN, "validation": VAL, "valid": VAL, "testing": TEST, "-": NONE, "": NONE}
_OWN = ("format", "version", TRAIN, VAL, TEST)


def part_named(text: str) -> str:
    """The part that a user means.

    Raises:
        UserError: there is no such part.
    """
    word = text.strip().lower()
    part = _SAID.get(word, word)
    if part not in PARTS:
        raise UserError(f"There is no part {text!r}.", f"Choose one of {', '.join(PARTS)}.")
    return part


@dataclass(frozen=True, slots=True)
class Splits:
    """The split of one data set, a value. ``parts`` is relative path -> part, without images of no part; ``stamp``
    the state of the file it was read from, None without one; ``extra`` keeps keys of later versions."""

    root: Path
    parts: Mapping[str, str] = field(default_factory=dict)
    stamp: hidden_json.Stamp | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, root: Path) -> Splits:
        """The split of the data set ``root``; without a file every image is of no part.

        Raises:
            UserError: the file is damaged or of a newer version.
        """
        root = Path(root)
        path = hidden_json.hidden_file(root, NAME)
        stamp = hidden_json.stamp_of(path)  # before reading: a change in between is noticed
        data = hidden_json.read(path, FORMAT, VERSION)
        parts: dict[str, str] = {}
        for part in PARTS[:-1]:
            names = data.get(part, [])
            if not isinstance(names, list) or not all(isinstance(name, str) and name for name in names):
                raise hidden_json.damaged(path, f"{part} is no list of paths")
            before = len(parts)
            parts.update(dict.fromkeys(names, part))
            if len(parts) != before + len(names):
                twice = next(name for name, count in Counter(_all_names(data)).items() if count > 1)
                raise hidden_json.damaged(path, f"{twice} is there twice")
        extra = {key: value for key, value in data.items() if key not in _OWN}
        return cls(root, parts, stamp, extra)

    def part(self, relative: str) -> str:
        """Train, val, test or none."""
        return self.parts.get(relative, NONE)

    def images(self, *parts: str) -> list[str]:
        """The images of these parts (none: cannot be asked for), sorted."""
        return sorted(name for name, part in self.parts.items() if part in parts)

    def counts(self) -> dict[str, int]:
        """Part -> number of images that the file names."""
        found = Counter(self.parts.values())
        return {part: found[part] for part in PARTS[:-1]}

    def with_(self, changes: Mapping[str, str]) -> Splits:
        """With other parts for some images; raises UserError for a part that does not exist."""
        parts = dict(self.parts)
        for name, part in changes.items():
            if part not in PARTS:
                raise UserError(f"{name}: there is no part {part!r}.", f"Choose one of {', '.join(PARTS)}.")
            if part == NONE:
                parts.pop(name, None)
            else:
                parts[name] = part
        return replace(self, parts=parts)

    def save(self) -> None:
        """Write the file, unless it holds this already.

        Raises:
            UserError: another program changed it since it was loaded, or it cannot be written.
        """
        path = hidden_json.hidden_file(self.root, NAME)
        if hidden_json.stamp_of(path) != self.stamp:
            raise UserError(f"{path}: was changed by another program meanwhile.", "Try again.")
        hidden_json.write(path, self.to_bytes())

    def to_bytes(self) -> bytes:
        """The content of the file: the same parts, the same bytes; one image a line."""
        lists = {part: self.images(part) for part in PARTS[:-1]}
        pieces = [f' "format": {json.dumps(FORMAT)}', f' "version": {VERSION}']
        for part, names in lists.items():
            rows = ",\n".join(f"  {_quoted(name)}" for name in names)
            pieces.append(f' "{part}": [\n{rows}\n ]' if names else f' "{part}": []')
        pieces += [f" {_quoted(key)}: {json.dumps(value)}" for key, value in self.extra.items()]
        return ("{\n" + ",\n".join(pieces) + "\n}\n").encode()


def _all_names(data: Mapping[str, Any]) -> Iterable[str]:
    return (name for part in PARTS[:-1] for name in data.get(part, ()) if isinstance(name, str))


def _quoted(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(text)  # odd file names: bytes that are no text
    return json.dumps(text, ensure_ascii=False)


def stamp(root: Path) -> hidden_json.Stamp | None:
    """The state of the split file of a data set now; None when it has none."""
    return hidden_json.stamp_of(hidden_json.hidden_file(root, NAME))


def place_of(folder: Path) -> tuple[Path, str]:
    """The data set that a folder belongs to, and what goes before paths below the folder: "" or "sub/folder/".

    The nearest folder with a split file, the folder itself included; without one the folder is a data set.
    """
    folder = Path(folder).absolute()
    root = dataset_of(folder) or folder
    return root, "" if root == folder else f"{folder.relative_to(root).as_posix()}/"


def dataset_of(path: Path) -> Path | None:
    """The nearest folder above ``path`` (or itself) that has a split file."""
    return next(iter(_with_split(path)), None)


def datasets_of(path: Path) -> list[Path]:
    """All folders above ``path`` (or itself) that have a split file, the nearest first.

    A folder that was divided by itself may lie in one that was divided as a whole: what either holds out is held out.
    """
    return list(_with_split(path))


def _with_split(path: Path) -> Iterator[Path]:
    path = Path(path).absolute()
    return (folder for folder in (path, *path.parents) if (folder / HIDDEN_FOLDER / NAME).is_file())
