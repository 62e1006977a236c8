"""The files of an object bank as values: strict reading, plain JSON writing. No pixels here.

``bank.json`` is what readers need. ``sources.json`` is what a later build needs: what was seen of each image. While a
build runs, images that are done are lines of ``journal.jsonl``; its end folds them into the two others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.scene import Cutout, LabelPrior

FORMAT = "anylabel-plus bank"
SOURCES_FORMAT = "anylabel-plus bank sources"
VERSION = 1
BANK_FILE, SOURCES_FILE, JOURNAL_FILE, CUTOUTS_FOLDER = "bank.json", "sources.json", "journal.jsonl", "cutouts"
LONGEST_SIDE = 1 << 14
_ID = re.compile(r"[0-9a-f]{16}")
_FLAGS = frozenset(("rotate", "flip_horizontal", "flip_vertical"))


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's word on a cutout; it outlives every new build and filter."""

    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SeenObject:
    """A labelled object, cut out or not: what priors are made of. ``x`` and ``y`` are the middle of its lower edge in
    parts of the image, ``relative`` its longer side by that of the image, ``pixels`` its longer side. ``text``: the
    shape has a transcription."""

    label: str
    relative: float
    pixels: float
    x: float
    y: float
    text: bool = False


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """What a build found in one image. ``stamp`` are facts by which a later build knows that nothing changed.

    ``cutouts`` are not judged yet; ``looks`` has, for each of them, a small picture as hexadecimal digits (see
    ``alike``). ``dataset`` and ``image`` are those of ``SourceRef``.
    """

    dataset: str
    image: str
    stamp: Mapping[str, str | int] = field(default_factory=dict)
    cutouts: tuple[Cutout, ...] = ()
    looks: tuple[str, ...] = ()
    objects: tuple[SeenObject, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Which image it is about."""
        return self.dataset, self.image


@dataclass(frozen=True, slots=True)
class BankContent:
    """Everything in ``bank.json``. ``cutouts`` and ``priors`` are as found, without what people decided:
    ``decisions`` and ``tags`` by cutout id, ``overrides`` of prior flags by label. ``problems`` tell of rows that
    could not be read."""

    cutouts: tuple[Cutout, ...] = ()
    priors: Mapping[str, LabelPrior] = field(default_factory=dict)
    label_counts: Mapping[str, int] = field(default_factory=dict)
    datasets: tuple[str, ...] = ()
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


class _Head(msgspec.Struct):
    format: Any = None
    version: Any = None


class _Bank(msgspec.Struct):
    cutouts: list[msgspec.Raw]
    priors: list[LabelPrior] = []
    label_counts: dict[str, int] = {}
    datasets: tuple[str, ...] = ()
    decisions: dict[str, Decision] = {}
    tags: dict[str, tuple[str, ...]] = {}
    overrides: dict[str, dict[str, bool]] = {}
    limits: dict[str, float] = {}


class _Sources(msgspec.Struct):
    images: list[ImageRecord]


_CUTOUT = msgspec.json.Decoder(Cutout)
_RECORD = msgspec.json.Decoder(ImageRecord)


def is_id(text: str) -> bool:
    """Whether ``text`` can be the id of a cutout: 16 hexadecimal digits, so never a path."""
    return _ID.fullmatch(text) is not None


def parse_bank(data: bytes, path: Path) -> BankContent:
    """The content of ``bank.json``; a row that makes no sense is left out and told in ``problems``.

    Raises:
        UserError: ``data`` is no bank of this version.
    """
    _check_head(data, path, FORMAT, "an object bank")
    try:
        found = msgspec.json.decode(data, type=_Bank)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: this bank is damaged ({error}).", "Build it again.") from error
    cutouts: dict[str, Cutout] = {}
    problems = []
    for number, raw in enumerate(found.cutouts):
        try:
            cutout = _checked(_CUTOUT.decode(raw))
        except (msgspec.MsgspecError, ValueError) as error:
            problems.append(f"{path}: cutouts[{number}] was left out: {error}")
            continue
        cutouts[cutout.id] = cutout
    bad = [prior.label for prior in found.priors if not _is_prior(prior)]
    problems.extend(f"{path}: the prior of {label!r} was left out: its numbers make no sense" for label in bad)
    return BankContent(
        tuple(cutouts.values()),
        {prior.label: prior for prior in found.priors if prior.label not in bad},
        {label: count for label, count in found.label_counts.items() if count > 0},
        found.datasets,
        found.decisions,
        found.tags,
        {label: {name: flag for name, flag in row.items() if name in _FLAGS} for label, row in found.overrides.items()},
        found.limits,
        tuple(problems),
    )


def bank_bytes(content: BankContent) -> bytes:
    """``bank.json``: one line a cutout, the same bytes for the same content."""
    head = {
        "format": FORMAT,
        "version": VERSION,
        "datasets": content.datasets,
        "label_counts": dict(sorted(content.label_counts.items())),
        "limits": dict(content.limits),
        "overrides": {label: dict(row) for label, row in sorted(content.overrides.items())},
        "decisions": dict(sorted(content.decisions.items())),
        "tags": dict(sorted(content.tags.items())),
    }
    priors = [content.priors[label] for label in sorted(content.priors)]
    text = msgspec.json.format(msgspec.json.encode(head), indent=1).removesuffix(b"\n}")
    return text + b",\n" + _lines("priors", priors) + b",\n" + _lines("cutouts", content.cutouts) + b"\n}\n"


def parse_sources(data: bytes, path: Path) -> list[ImageRecord]:
    """The records of ``sources.json``. Raises UserError."""
    _check_head(data, path, SOURCES_FORMAT, "the sources of a bank")
    try:
        records = msgspec.json.decode(data, type=_Sources).images
        return [checked_record(record) for record in records]
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise UserError(f"{path}: this file is damaged ({error}).", "Build the bank in a new folder.") from error


def sources_bytes(records: list[ImageRecord]) -> bytes:
    """``sources.json``: one line an image."""
    head = f'{{"format": "{SOURCES_FORMAT}", "version": {VERSION},\n'.encode()
    return head + _lines("images", records) + b"\n}\n"


def journal_line(record: ImageRecord) -> bytes:
    """One line of the journal."""
    return msgspec.json.encode(record) + b"\n"


def parse_journal(data: bytes) -> tuple[list[ImageRecord], int]:
    """The records of a journal, and how many bytes they take; a line that was cut short by a crash ends it."""
    records: list[ImageRecord] = []
    end = 0
    for line in data.splitlines(keepends=True):
        try:
            if not line.endswith(b"\n"):
                break
            records.append(checked_record(_RECORD.decode(line)))
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
            break
        end += len(line)
    return records, end


def checked_record(record: ImageRecord) -> ImageRecord:
    """``record`` itself; raises ValueError when its cutouts make no sense."""
    if len(record.looks) != len(record.cutouts):
        raise ValueError(f"{record.image}: {len(record.looks)} looks for {len(record.cutouts)} cutouts")
    for cutout in record.cutouts:
        _checked(cutout)
    if not all(math.isfinite(value) for seen in record.objects for value in (seen.relative, seen.pixels)):
        raise ValueError(f"{record.image}: an object's size is no number")
    return record


def _lines(name: str, rows: Any) -> bytes:
    return b'"%b": [\n' % name.encode() + b",\n".join(map(msgspec.json.encode, rows)) + b"\n]"


def _check_head(data: bytes, path: Path, form: str, what: str) -> None:
    try:
        head = msgspec.json.decode(data, type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: this is not {what} ({error}).", "Build it again with bank build.") from error
    if head.format != form:
        raise UserError(f"{path}: this is not {what}: its format is {head.format!r}.", "Give the folder of a bank.")
    if head.version != VERSION:
        raise UserError(
            f"{path}: this bank has version {head.version!r}, this program reads version {VERSION}.",
            "Use the program that made it, or build the bank again in a new folder.",
        )


def _checked(cutout: Cutout) -> Cutout:
    if not is_id(cutout.id):
        raise ValueError(f"its id {cutout.id!r} is not 16 hexadecimal digits")
    if not cutout.label.strip():
        raise ValueError("it has no label")
    if not (1 <= cutout.width <= LONGEST_SIDE and 1 <= cutout.height <= LONGEST_SIDE):
        raise ValueError(f"its size is {cutout.width} x {cutout.height}")
    if not 0 <= cutout.area <= cutout.width * cutout.height:
        raise ValueError(f"its area is {cutout.area}")
    if not all(0 <= value <= 1 for value in (cutout.score, *cutout.quality.values())):
        raise ValueError("a measure is not from 0 to 1")
    return cutout


def _is_prior(prior: LabelPrior) -> bool:
    def ascending(values: tuple[float, ...]) -> bool:
        return all(0 <= a <= b < 1e9 for a, b in pairwise(values))

    cells = [cell for row in prior.heat for cell in row]
    even = len({len(row) for row in prior.heat}) <= 1
    return (
        prior.count >= 0
        and ascending(prior.relative)
        and ascending(prior.pixels)
        and even
        and all(0 <= cell <= 1 for cell in cells)
        and (not cells or abs(sum(cells) - 1) < 0.01)
    )
