"""The object bank, a folder: ``bank.json`` with a row a cutout and what is known of labels, and ``cutouts/<id>.png``.

Opening reads ``bank.json`` only. Pixels are read when they are needed and kept by nobody here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from anylabel_plus import files
from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.bank_file import (
    BANK_FILE,
    CUTOUTS_FOLDER,
    BankContent,
    Decision,
    bank_bytes,
    is_id,
    parse_bank,
)
from anylabel_plus.synthesis.scene import Cutout, LabelPrior, Rgba

BY_HAND = "rejected by hand"


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """An opened bank, a value: changes give a new one, ``save`` writes it.

    ``content`` is what the file holds; ``cutouts`` and ``priors`` have people's decisions, tags and overrides in them.
    """

    root: Path
    content: BankContent = field(default_factory=BankContent)
    cutouts: tuple[Cutout, ...] = field(init=False)
    priors: Mapping[str, LabelPrior] = field(init=False)

    def __post_init__(self) -> None:
        content = self.content
        object.__setattr__(self, "cutouts", tuple(_decided(cutout, content) for cutout in content.cutouts))
        object.__setattr__(self, "priors", _overridden(content))

    @property
    def label_counts(self) -> Mapping[str, int]:
        """Labelled objects by label in the data the bank was built from, cut out or not."""
        return self.content.label_counts

    @property
    def datasets(self) -> tuple[str, ...]:
        """Absolute folders the cutouts come from."""
        return self.content.datasets

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read of ``bank.json``."""
        return self.content.problems

    def cutout(self, cutout_id: str) -> Cutout:
        """The row with this id, or with an id that begins so. Raises UserError when there is not exactly one."""
        found = [one for one in self.cutouts if one.id.startswith(cutout_id)] if cutout_id else []
        exact = [one for one in found if one.id == cutout_id]
        if len(exact or found) != 1:
            what = "several cutouts begin so" if found else "there is no such cutout"
            raise UserError(f"{self.root}: {cutout_id!r}: {what}.", "bank show lists them.")
        return (exact or found)[0]

    def usable(self, labels: Collection[str] = ()) -> tuple[Cutout, ...]:
        """The accepted cutouts, of these labels or of all."""
        return tuple(one for one in self.cutouts if one.accepted and (not labels or one.label in labels))

    def path(self, cutout: Cutout) -> Path:
        """The PNG of a cutout."""
        return self.root / CUTOUTS_FOLDER / f"{cutout.id}.png"

    def read(self, cutout: Cutout) -> Rgba:
        """The pixels (height, width, 4), read from disk at each call.

        Raises:
            UserError: the file is missing, damaged, or not of the size and kind that the row says.
        """
        return read_png(self.path(cutout), cutout)

    def with_states(self, states: Mapping[str, tuple[bool, str] | None]) -> Bank:
        """Accepted (True) or rejected (False) by a person, with a reason, by cutout id; None: the filter decides again.

        Raises:
            UserError: an id that is not in the bank.
        """
        decisions = dict(self.content.decisions)
        for cutout_id, state in states.items():
            known = self.cutout(cutout_id).id
            decisions.pop(known, None)
            if state is not None:
                decisions[known] = Decision(*state)
        return self._with(decisions=decisions)

    def with_tags(self, tags: Mapping[str, Iterable[str]]) -> Bank:
        """The tags of these cutouts replaced. Raises UserError for an id that is not in the bank."""
        merged = dict(self.content.tags)
        for cutout_id, names in tags.items():
            known = self.cutout(cutout_id).id
            merged.pop(known, None)
            if cleaned := tuple(dict.fromkeys(name.strip() for name in names if name.strip())):
                merged[known] = cleaned
        return self._with(tags=merged)

    def with_flags(self, label: str, **flags: bool | None) -> Bank:
        """``rotate``, ``flip_horizontal``, ``flip_vertical`` of a label set by a person; None: as found.

        Raises:
            UserError: the bank knows nothing of this label.
        """
        if label not in self.priors:
            raise UserError(f"{self.root}: the bank has no label {label!r}.", f"It has {', '.join(self.priors)}.")
        row = {**self.content.overrides.get(label, {}), **flags}
        kept = {name: flag for name, flag in row.items() if flag is not None}
        overrides = {name: value for name, value in self.content.overrides.items() if name != label}
        return self._with(overrides={**overrides, label: kept} if kept else overrides)

    def save(self) -> None:
        """Write ``bank.json`` at once. Raises UserError."""
        write(self.root / BANK_FILE, bank_bytes(self.content), durable=True)

    def _with(self, **changes: object) -> Bank:
        return Bank(self.root, replace(self.content, **changes))  # type: ignore[arg-type]


def open_bank(folder: Path) -> Bank:
    """The bank in ``folder``; no pixel is read.

    Raises:
        UserError: there is no bank, it has another version, or it is damaged.
    """
    folder = Path(folder).absolute()
    path = folder / BANK_FILE
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        what = "does not exist" if not folder.exists() else "holds no object bank"
        raise UserError(f"{folder}: {what}.", "Build one from a labelled data set (bank build).") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}).") from error
    return Bank(folder, parse_bank(data, path))


def is_bank(folder: Path) -> bool:
    """Whether there is a ``bank.json`` in ``folder``."""
    return (Path(folder) / BANK_FILE).is_file()


def cutout_id(label: str, pixels: Rgba) -> str:
    """16 hex digits: the hash of label and pixels (colours where nothing shows do not count)."""
    digest = hashlib.blake2b(f"{label}\0{pixels.shape}".encode(), digest_size=8)
    digest.update(np.where(pixels[..., 3:] > 0, pixels, 0).tobytes())
    return digest.hexdigest()


def read_png(path: Path, cutout: Cutout) -> Rgba:
    """The pixels of one row's file; see ``Bank.read``."""
    import cv2

    if not is_id(cutout.id):
        raise UserError(f"{path}: {cutout.id!r} is no cutout's id.")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"{path}: this cutout cannot be read ({error.strerror or error}).", "Build the bank again."
        ) from error
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if data else None
    except cv2.error:
        pixels = None
    if pixels is None:
        raise UserError(f"{path}: this cutout is damaged.", "Build the bank again.")
    if pixels.dtype != np.uint8 or pixels.shape != (cutout.height, cutout.width, 4):
        size = " x ".join(str(side) for side in pixels.shape[1::-1])
        channels = pixels.shape[2] if pixels.ndim == 3 else 1
        raise UserError(
            f"{path}: {size} pixels of {channels} channels, the bank says {cutout.width} x {cutout.height} of 4.",
            "Build the bank again.",
        )
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA))


def write(path: Path, data: bytes, *, durable: bool) -> None:
    """``files.write_atomic`` whose failure is a UserError."""
    try:
        files.write_atomic(path, data, durable=durable)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}).") from error


def _decided(cutout: Cutout, content: BankContent) -> Cutout:
    tags, decision = content.tags.get(cutout.id, cutout.tags), content.decisions.get(cutout.id)
    if decision is None:
        return replace(cutout, tags=tags) if tags != cutout.tags else cutout
    reasons = () if decision.accepted else (decision.reason or BY_HAND,)
    return replace(cutout, tags=tags, accepted=decision.accepted, reasons=reasons)


def _overridden(content: BankContent) -> dict[str, LabelPrior]:
    found = dict(content.priors)
    for label, flags in content.overrides.items():
        if label in found:
            changes: dict[str, Any] = dict(flags)
            found[label] = replace(found[label], **changes)
    return found
