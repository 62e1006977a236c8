"""Pictures with masks: COCO JSON with an image's ``src``, ``origin`` and ``license``, and RGBA cut-outs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import mask_rle
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.training.pocket.config import FREE_LICENCES, NO_LICENCE, TrainConfig

Pixels = NDArray[np.uint8]
MIN_AREA_PX = 100
"""Masks smaller than this in the stored picture are too coarse to learn from."""


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture with its objects. Files are read when asked for; masks stay run-length encoded."""

    path: Path
    source: str
    origin: str
    licence: str
    width: int
    height: int
    masks: tuple[dict[str, Any], ...]
    areas: tuple[int, ...]

    def pixels(self) -> Pixels:
        """(H, W, 3) uint8 RGB.

        Raises:
            UserError: the file cannot be read, or has another size than its list says.
        """
        found = _decoded(self.path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        height, width = found.shape[:2]
        if (height, width) != (self.height, self.width):
            raise UserError(f"{self.path}: is {width} x {height}, its list says {self.width} x {self.height}.")
        return np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), np.uint8)

    def mask(self, index: int) -> Mask:
        """One object's mask in the frame of the picture.

        Raises:
            UserError: its run lengths are damaged, or it is empty although its list gives it an area.
        """
        try:
            mask = mask_rle.rle_decode(self.masks[index])
        except ValueError as error:
            raise UserError(f"{self.path}: mask {index + 1} in its list is damaged ({error}).") from error
        if not mask.crop.size:
            raise UserError(f"{self.path}: mask {index + 1} in its list is empty.")
        return mask

    @property
    def held_out_key(self) -> int:
        """A number that depends on the origin alone, so that a picture is held out in every run or in none."""
        return int.from_bytes(hashlib.sha256(f"{self.source}:{self.origin}".encode()).digest()[:4], "big")


def _decoded(path: Path, flags: int) -> NDArray[Any]:
    """What OpenCV makes of a file; read by Python, since OpenCV's own reading fails for some names on Windows."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
        found = cv2.imdecode(data, flags) if data.size else None
    except (OSError, cv2.error) as error:
        raise UserError(f"{path}: the picture cannot be read ({error}).") from error
    if found is None:
        raise UserError(f"{path}: the picture cannot be read.")
    return np.asarray(found)


def load(folders: Sequence[Path]) -> list[Picture]:
    """All pictures of ``folders``; each has one COCO JSON and its pictures in ``images``.

    Raises:
        UserError: a folder has no list, or the list is not what is expected; says which and why.
    """
    found: list[Picture] = []
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"{folder}: there is no such folder.", "Name folders with --data.")
        lists = sorted(folder.glob("*.json"))
        if len(lists) != 1:
            raise UserError(f"{folder}: has {len(lists)} .json files.", "A training folder has exactly one COCO JSON.")
        try:
            data = json.loads(lists[0].read_bytes())
            found += _pictures(data, folder / "images")
        except KeyError as error:
            raise UserError(f"{lists[0]}: is not a COCO JSON with run-length masks (no {error}).") from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise UserError(f"{lists[0]}: is not a COCO JSON with run-length masks ({error}).") from error
    if not found:
        raise UserError("No pictures with masks to train on.", "Name folders with --data.")
    return found


def _pictures(data: dict[str, Any], folder: Path) -> Iterable[Picture]:
    masks: dict[Any, list[tuple[dict[str, Any], int]]] = {}
    for record in data["annotations"]:
        if record.get("iscrowd"):
            continue  # a region with many objects is none
        rle = record["segmentation"]
        if not isinstance(rle, dict):
            raise ValueError(f"annotation {record.get('id')}: segmentation is not run-length encoded")
        area = int(record.get("area") or mask_rle.rle_area(rle))
        if area >= MIN_AREA_PX:
            masks.setdefault(record["image_id"], []).append((rle, area))
    for image in data["images"]:
        own = masks.get(image["id"], [])
        if own:
            yield _picture(image, own, folder)


def _picture(image: dict[str, Any], own: Sequence[tuple[dict[str, Any], int]], folder: Path) -> Picture:
    """One picture of a list; ``own`` are its masks with their areas."""
    name, size = _inside(image["file_name"]), (int(image["height"]), int(image["width"]))
    if not (folder / name).is_file():
        raise UserError(f"{folder / name}: there is no such picture, but the list beside {folder} has it.")
    for rle, _ in own:
        if tuple(rle["size"]) != size:
            raise ValueError(f"{name}: is {size[1]} x {size[0]}, a mask of it has the size [h, w] = {rle['size']}")
    return Picture(
        folder / name,
        str(image.get("src", "unnamed")),
        str(image.get("origin", name)),
        str(image.get("license", "none stated")),
        size[1],
        size[0],
        tuple(rle for rle, _ in own),
        tuple(area for _, area in own),
    )


def _inside(text: str) -> str:
    """A file's name from the folder images on, which may stand before it; a list must not lead out of that folder."""
    name = text.removeprefix("images/")
    if any(part in ("", ".", "..") for part in name.split("/")) or "\\" in name or ":" in name:
        raise ValueError(f"{text!r} is not the name of a file in the folder images")
    return name


def kept_by_strict(picture: Picture) -> bool:
    """Whether the picture's own licence is a free one.

    COCO's photographs carry licences of their own: "CC BY 2.0" is kept, "CC BY-NC 2.0" and pictures of unknown licence
    are not.
    """
    if picture.source in NO_LICENCE:
        return False
    own = picture.licence.split("; annotation")[0]
    return any(free in own for free in FREE_LICENCES)


def is_held_out(picture: Picture, config: TrainConfig) -> bool:
    """Whether the picture is for validation, whatever else is configured."""
    return picture.held_out_key % config.validation_share == 0


def check_sources(names: Sequence[str], pictures: Sequence[Picture]) -> None:
    """A misspelt name would train on what was to be left out.

    Raises:
        UserError: no picture is of one of the sources ``names``.
    """
    sources = {picture.source for picture in pictures}
    unknown = sorted(set(names) - sources)
    if unknown:
        raise UserError(f"No picture is of {', '.join(unknown)}.", f"The sources are {', '.join(sorted(sources))}.")


def split(pictures: Sequence[Picture], config: TrainConfig) -> tuple[list[Picture], list[Picture]]:
    """Pictures to train on, and pictures to validate on (of every source, left out or not).

    Raises:
        UserError: a source to be left out does not exist, or nothing is left to train on.
    """
    check_sources(config.leave_out, pictures)
    training, validation = [], []
    for picture in pictures:
        if is_held_out(picture, config):
            validation.append(picture)
        elif picture.source not in config.leave_out and not (config.strict and not kept_by_strict(picture)):
            training.append(picture)
    if not training:
        raise UserError("No pictures are left to train on.", "Leave out fewer sources.")
    return training, validation


def load_cutouts(folders: Sequence[Path]) -> list[NDArray[np.uint8]]:
    """(H, W, 4) uint8 RGBA pictures, 8 bits a channel, of the .png files in ``folders`` that have a transparent part.

    Raises:
        UserError: a folder or a file in it cannot be read, or a folder has no cut-out.
    """
    return [cutout for folder in folders for cutout in _cutouts_of(folder)]


def _cutouts_of(folder: Path) -> list[NDArray[np.uint8]]:
    if not folder.is_dir():
        raise UserError(f"{folder}: there is no such folder.", "Name folders of cut-outs with --cutouts.")
    found = []
    for path in sorted(folder.glob("*.png")):
        pixels = _decoded(path, cv2.IMREAD_UNCHANGED)
        if pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 4 and pixels[..., 3].min() == 0:
            found.append(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA), np.uint8))
    if not found:
        raise UserError(f"{folder}: has no .png with a transparent part.")
    return found


def manifest(pictures: Iterable[Picture]) -> list[dict[str, str]]:
    """Name, source, origin, licence and sha256 of each picture: what the model card refers to."""
    return [
        {
            "file": picture.path.name,
            "source": picture.source,
            "origin": picture.origin,
            "licence": picture.licence,
            "sha256": hashlib.sha256(picture.path.read_bytes()).hexdigest(),
        }
        for picture in pictures
    ]
