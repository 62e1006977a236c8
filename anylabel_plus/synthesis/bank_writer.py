"""Building a bank: image after image is finished on disk; the end judges, groups and writes what readers open.

A build that is killed leaves the bank as it was, and what was done in the journal, from which the next one goes on.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import BinaryIO

from anylabel_plus import files, images
from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis import alike, quality
from anylabel_plus.synthesis.bank import Bank, is_bank, open_bank, write
from anylabel_plus.synthesis.bank_file import (
    CUTOUTS_FOLDER,
    JOURNAL_FILE,
    SOURCES_FILE,
    BankContent,
    ImageRecord,
    is_id,
    journal_line,
    parse_journal,
    parse_sources,
    sources_bytes,
)
from anylabel_plus.synthesis.priors import priors
from anylabel_plus.synthesis.quality import QualityLimits
from anylabel_plus.synthesis.scene import Cutout, Rgba

_QUICK_PNG = 3


class BankWriter:
    """Adds to the bank in ``root``, which is made when missing. One at a time may write to a bank.

    Raises:
        UserError: the folder holds something else, cannot be written, or its bank is damaged.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root).absolute()
        new = not is_bank(self.root)
        try:
            if new and self.root.is_dir() and any(one.name[0] != "." for one in self.root.iterdir()):
                raise UserError(f"{self.root}: is not empty and holds no bank.", "Give a new folder.")
            (self.root / CUTOUTS_FOLDER).mkdir(parents=True, exist_ok=True)
            files.sweep_temporaries(self.root)
            files.sweep_temporaries(self.root / CUTOUTS_FOLDER)
        except OSError as error:
            raise UserError(f"{self.root}: cannot be made ({error.strerror or error}).") from error
        if new:
            Bank(self.root).save()
        else:
            open_bank(self.root)
        self._records = {record.key: record for record in _stored(self.root)}
        self._journal: BinaryIO | None = None

    def known(self, dataset: str, image: str) -> ImageRecord | None:
        """What was found in this image, unless pixels of it are missing."""
        record = self._records.get((dataset, image))
        if record is None or not all(self._path(one).is_file() for one in record.cutouts):
            return None
        return record

    def add(self, record: ImageRecord, pixels: Mapping[str, Rgba]) -> None:
        """One image, finished on disk when this returns. ``pixels`` by cutout id; those that exist are not written.

        Raises:
            UserError: the disk is full or not writable.
        """
        for one in record.cutouts:
            if one.id in pixels and not self._path(one).is_file():
                write(self._path(one), images.encode_png(pixels[one.id], _QUICK_PNG), durable=False)
        path = self.root / JOURNAL_FILE
        try:
            if self._journal is None:
                _cut_torn_line(path)
                self._journal = path.open("ab")
            self._journal.write(journal_line(record))
            self._journal.flush()
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror or error}).") from error
        self._records[record.key] = record

    def merge(self, folder: Path) -> list[str]:
        """Add what another bank was built from, images that this one knows left as they are here.

        Decisions and tags of people come along where this bank has none.

        Returns:
            Why cutouts were left out: those whose pixels cannot be read.

        Raises:
            UserError: there is no bank in ``folder``, or it is damaged.
        """
        other, problems = open_bank(folder), []
        for record in _stored(other.root):
            if record.key in self._records:
                continue
            pixels: dict[str, Rgba] = {}
            for one in record.cutouts:
                try:
                    pixels[one.id] = other.read(one)
                except UserError as error:
                    problems.append(str(error))
            rows = [(one, look) for one, look in zip(record.cutouts, record.looks, strict=True) if one.id in pixels]
            cutouts, looks = tuple(one for one, _ in rows), tuple(look for _, look in rows)
            self.add(replace(record, cutouts=cutouts, looks=looks), pixels)
        mine = open_bank(self.root)
        decisions = {**other.content.decisions, **mine.content.decisions}
        tags = {**other.content.tags, **mine.content.tags}
        overrides = {**other.content.overrides, **mine.content.overrides}
        Bank(self.root, replace(mine.content, decisions=decisions, tags=tags, overrides=overrides)).save()
        return problems

    def images(self, dataset: str) -> list[str]:
        """The images of ``dataset`` that the bank knows."""
        return [image for folder, image in self._records if folder == dataset]

    def forget(self, dataset: str, image: str) -> None:
        """Drop what was found in an image."""
        self._records.pop((dataset, image), None)

    def keep_only(self, dataset: str, images: Collection[str]) -> int:
        """Forget images of ``dataset`` that are not among ``images``; returns how many cutouts went."""
        gone = [key for key in self._records if key[0] == dataset and key[1] not in images]
        return sum(len(self._records.pop(key).cutouts) for key in gone)

    def finish(self, limits: QualityLimits | None = None) -> Bank:
        """Judge all cutouts, write the bank, remove pixels that nobody names any more. Raises UserError."""
        limits = limits or self._limits()
        current = open_bank(self.root).content  # people may have decided meanwhile
        records = [self._records[key] for key in sorted(self._records)]
        cutouts = _judged(records, limits)
        seen = Counter(one.label for record in records for one in record.objects)
        content = BankContent(
            cutouts,
            priors((one for record in records for one in record.objects), {one.label for one in cutouts}),
            dict(seen),
            tuple(sorted({record.dataset for record in records if record.dataset})),
            current.decisions,
            current.tags,
            current.overrides,
            asdict(limits),
        )
        write(self.root / SOURCES_FILE, sources_bytes(records), durable=True)
        bank = Bank(self.root, content)
        bank.save()
        self.close()
        with contextlib.suppress(OSError):
            (self.root / JOURNAL_FILE).unlink()
        self._remove_unnamed({one.id for record in records for one in record.cutouts})
        return bank

    def close(self) -> None:
        """Close the journal; what is in it is kept for the next build."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _limits(self) -> QualityLimits:
        known = open_bank(self.root).content.limits
        names = QualityLimits.__dataclass_fields__
        values = {name: value for name, value in known.items() if name in names}
        return QualityLimits(**values)  # type: ignore[arg-type]

    def _path(self, cutout: Cutout) -> Path:
        return self.root / CUTOUTS_FOLDER / f"{cutout.id}.png"

    def _remove_unnamed(self, named: set[str]) -> None:
        for path in (self.root / CUTOUTS_FOLDER).glob("*.png"):
            if is_id(path.stem) and path.stem not in named:
                with contextlib.suppress(OSError):
                    path.unlink()


def _stored(root: Path) -> Iterator[ImageRecord]:
    """What was found in each image, by finished builds and by one that was not; a later record replaces one before."""
    path = root / SOURCES_FILE
    try:
        if path.exists():
            yield from parse_sources(path.read_bytes(), path)
        journal = root / JOURNAL_FILE
        if journal.exists():
            yield from parse_journal(journal.read_bytes())[0]
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error


def _cut_torn_line(path: Path) -> None:
    """Remove what follows the last whole record, so that the next line is not glued to it."""
    if not path.exists():
        return
    data = path.read_bytes()
    _records, whole = parse_journal(data)
    if whole != len(data):
        write(path, data[:whole], durable=False)


def _judged(records: Iterable[ImageRecord], limits: QualityLimits) -> tuple[Cutout, ...]:
    """All cutouts, identical ones once, accepted or rejected; of those that look alike only the best is accepted."""
    found: dict[str, Cutout] = {}
    looks: dict[str, str] = {}
    for record in records:
        for cutout, look in zip(record.cutouts, record.looks, strict=True):
            reasons = (*cutout.reasons, *quality.verdict(cutout.quality, cutout.area, limits))
            score = min(cutout.quality.values(), default=1.0)
            found.setdefault(cutout.id, replace(cutout, score=score, accepted=not reasons, reasons=reasons))
            looks[cutout.id] = look
    best = alike.groups(list(found.values()), looks)
    return tuple(_grouped(cutout, best.get(cutout.id, "")) for cutout in found.values())


def _grouped(cutout: Cutout, best: str) -> Cutout:
    if not best:
        return cutout
    if best == cutout.id:
        return replace(cutout, group=best)
    reasons = (*cutout.reasons, f"looks like {best}, which is better")
    return replace(cutout, group=best, accepted=False, reasons=reasons)
