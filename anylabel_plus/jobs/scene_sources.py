"""What composites are made of: an object bank and backgrounds, without anything that is held out for measuring.

The firewall stands here: nothing that the generator or the preview reads comes from a picture of a validation or
test split, by its place or by its pixels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from anylabel_plus import images
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.dataset.scan import ImageItem, scan
from anylabel_plus.dataset.splits import HeldOut, datasets_of, held_out, image_kind, is_made
from anylabel_plus.formats import native
from anylabel_plus.jobs import items
from anylabel_plus.synthesis.scene import Backdrop, Cutout, CutoutSource, LabelPrior, ReadDocument, Rgba

if TYPE_CHECKING:
    from anylabel_plus.synthesis.bank import Bank

_LEAVE_OUT = "Leave them out with --leave-out-held-out, or move them to the training split."


class SceneSources(NamedTuple):
    """The bank, the backgrounds in order and what reads their labels."""

    bank: BankView
    backdrops: tuple[Backdrop, ...]
    read_document: ReadDocument


@dataclass(frozen=True, slots=True)
class BankView:
    """A bank as composites may use it: without the cutouts ``without`` (ids), which come from held-out pictures."""

    bank: Bank
    without: frozenset[str] = frozenset()

    @property
    def cutouts(self) -> tuple[Cutout, ...]:
        """Those that may be pasted, if they are accepted."""
        return tuple(one for one in self.bank.cutouts if one.id not in self.without)

    @property
    def priors(self) -> Mapping[str, LabelPrior]:
        """What the labelled data says of each label."""
        return self.bank.priors

    @property
    def label_counts(self) -> Mapping[str, int]:
        """Labelled objects by label."""
        return self.bank.label_counts

    @property
    def datasets(self) -> tuple[str, ...]:
        """The folders of the data sets that the cutouts come from."""
        return self.bank.datasets

    @property
    def root(self) -> Path:
        """The bank's folder."""
        return self.bank.root

    def read(self, cutout: Cutout) -> Rgba:
        """The pixels; raises UserError naming the file."""
        return self.bank.read(cutout)


@dataclass(frozen=True, slots=True)
class ReadLabels:
    """Reads the label file of a background; a value, so that it can travel to other processes."""

    def __call__(self, backdrop: Backdrop) -> Document | None:
        """The labels, None without a label file. Raises UserError naming the file."""
        if backdrop.label is None:
            return None
        data = items.read_bytes(backdrop.label)
        return native.parse(data, str(backdrop.label), images.probe(backdrop.path), editable=False)


def scene_sources(
    bank: Path,
    backgrounds: Sequence[Path],
    *,
    out: Path | None = None,
    unlabelled_only: bool = False,
    leave_out_held_out: bool = False,
    certified: bool = False,
    notes: list[str] | None = None,
) -> SceneSources:
    """Open the bank and list the backgrounds, the firewall applied.

    Args:
        bank: folder of the object bank.
        backgrounds: folders of images; those with label files keep their objects.
        out: where composites go; nothing in it is a background, and its data set's splits count too.
        unlabelled_only: only backgrounds without shapes.
        leave_out_held_out: leave out what is held out, instead of refusing to work with it.
        certified: somebody looked: no background shows an unlabelled target.
        notes: takes remarks for the report.

    Raises:
        UserError: the bank or a folder cannot be used, or nothing is left.
        FirewallError: a cutout or a background comes from a validation or test split.
    """
    from anylabel_plus.synthesis.bank import open_bank

    said: list[str] = [] if notes is None else notes
    opened = open_bank(bank)
    said += opened.problems
    found = _listed(backgrounds, out, unlabelled_only, said)
    held = _held_out(opened.datasets, found, out)
    found = _free(found, held, leave_out_held_out, said)
    without = _held_cutouts(opened, held, leave_out_held_out, said)
    if not found:
        raise UserError(f"{_named(backgrounds)}: no background is left.", "Give a folder of pictures for training.")
    view = BankView(opened, without)
    if not certified:
        said += _unlabelled_remarks(found, view)
    return SceneSources(view, tuple(found), ReadLabels())


def _named(folders: Sequence[Path]) -> str:
    return ", ".join(str(folder) for folder in folders)


# ---------------------------------------------------------------- backgrounds


def _listed(folders: Sequence[Path], out: Path | None, unlabelled_only: bool, notes: list[str]) -> list[Backdrop]:
    """All images of the folders, in order; made pictures and those in ``out`` are no backgrounds."""
    avoid = None if out is None else out.absolute().resolve()
    found: list[Backdrop] = []
    made = labelled = 0
    for folder in folders:
        listed = scan(folder)
        notes.extend(f"{item}: {text}" for item, text in listed.problems)
        for item in listed:
            if avoid is not None and avoid in item.image.resolve().parents:
                continue
            backdrop = Backdrop(item.image, item.relative, item.label_source)
            if _made_by_machine(backdrop):
                made += 1
            elif unlabelled_only and _has_shapes(item):
                labelled += 1
            else:
                found.append(backdrop)
    if made:
        notes.append(f"{made} composites among the backgrounds were left out")
    if labelled:
        notes.append(f"{labelled} backgrounds with shapes were left out")
    if not found:
        why = " All of them have shapes." if labelled else " All of them are composites." if made else ""
        raise UserError(f"{_named(folders)}: holds no background.{why}", "Give a folder of pictures.")
    return found


def _made_by_machine(backdrop: Backdrop) -> bool:
    # Without a label file none is looked for: a name that is not there.
    return is_made(image_kind(backdrop.path, backdrop.label or backdrop.path / "none"))


def _has_shapes(item: ImageItem) -> bool:
    """Whether the image has shapes; a label file that cannot be read may hold some."""
    source = item.label_source
    if source is None:
        return False
    try:
        return bool(native.read(source, editable=False).shapes)
    except UserError:
        return True


def _unlabelled_remarks(backdrops: Sequence[Backdrop], bank: BankView) -> list[str]:
    """What the report should say of targets that nobody labelled in the backgrounds."""
    unlabelled = sum(backdrop.label is None for backdrop in backdrops)
    if not unlabelled:
        return []
    names = sorted({cutout.label for cutout in bank.cutouts if cutout.accepted})
    shown = ", ".join(names[:5]) + (" …" if len(names) > 5 else "")
    return [
        f"{unlabelled} of {len(backdrops)} backgrounds have no label file: what they show of {shown} is in the "
        "pictures without a label. Once somebody has looked through them, certify them as empty"
    ]


# ---------------------------------------------------------------- the firewall


def _held_out(datasets: Iterable[str], backdrops: Iterable[Backdrop], out: Path | None) -> HeldOut:
    """What is held out in the data sets of the bank, of the backgrounds and of the output folder."""
    roots = {root for text in datasets if (root := Path(text)).is_dir()}
    places = roots | {backdrop.path.parent for backdrop in backdrops} | ({out} if out is not None else set())
    roots |= {found for place in places for found in datasets_of(place)}
    return held_out(sorted(roots))


def _free(backdrops: list[Backdrop], held: HeldOut, leave_out: bool, notes: list[str]) -> list[Backdrop]:
    paths = [backdrop.path for backdrop in backdrops]
    with ThreadPoolExecutor(thread_name_prefix="firewall") as pool:  # each is decoded where anything is held out
        reasons = dict(zip(paths, pool.map(held.reason, paths), strict=True))
    banned = [backdrop for backdrop in backdrops if reasons[backdrop.path] is not None]
    if not banned:
        return backdrops
    first = f"{banned[0].name} {reasons[banned[0].path]}"
    if not leave_out:
        more = f" So {_are(len(banned) - 1, 'other background')}." if len(banned) > 1 else ""
        raise FirewallError(f"Background {first}.{more}", _LEAVE_OUT)
    notes.append(f"{len(banned)} backgrounds were left out, such as {first}")
    return [backdrop for backdrop in backdrops if reasons[backdrop.path] is None]


def _are(count: int, what: str) -> str:
    return f"is 1 {what}" if count == 1 else f"are {count} {what}s"


def _held_cutouts(bank: Bank, held: HeldOut, leave_out: bool, notes: list[str]) -> frozenset[str]:
    """Ids of cutouts whose source is held out now, whatever it was when the bank was built."""
    # A data set that was moved since is known by the bytes of its images.
    contents = {row.fingerprint.content: row for row in held.rows}
    reasons: dict[Path, str | None] = {}
    banned: list[tuple[Cutout, str]] = []
    for cutout in bank.cutouts:
        if not cutout.accepted:
            continue
        path = Path(cutout.source.dataset, cutout.source.image)
        if path not in reasons:
            row = contents.get(cutout.source.content) if cutout.source.content else None
            reasons[path] = held.reason(path) or (f"is {row.relative} in {row.where}" if row is not None else None)
        reason = reasons[path]
        if reason is not None:
            banned.append((cutout, reason))
    if not banned:
        return frozenset()
    cutout, reason = banned[0]
    first = f"{cutout.id} ({cutout.label}): its source {cutout.source.image} {reason}"
    if not leave_out:
        more = f" So {_are(len(banned) - 1, 'other cutout')}." if len(banned) > 1 else ""
        raise FirewallError(f"Cutout {first}.{more}", _LEAVE_OUT)
    notes.append(f"{len(banned)} cutouts were left out, such as {first}")
    return frozenset(cutout.id for cutout, _ in banned)


# ---------------------------------------------------------------- the same again?


def bank_stamp(bank: CutoutSource, label_counts: Mapping[str, int]) -> str:
    """16 hex digits that name what composites depend on in a bank."""
    digest = hashlib.blake2b(digest_size=8)
    for cutout in bank.cutouts:
        plain = replace(cutout, quality={}, score=1.0, tags=(), reasons=())
        digest.update(repr(plain).encode("utf-8", "surrogatepass"))
    for label in sorted(bank.priors):
        digest.update(repr(bank.priors[label]).encode("utf-8", "surrogatepass"))
    digest.update(repr(sorted(label_counts.items())).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def backdrops_stamp(backdrops: Iterable[Backdrop]) -> str:
    """16 hex digits that name these backgrounds as they are now: names, sizes and times of images and labels."""
    digest = hashlib.blake2b(digest_size=8)
    for backdrop in backdrops:
        states = [native.stamp(path) if path is not None else None for path in (backdrop.path, backdrop.label)]
        facts = [(state.mtime_ns, state.size) if state is not None else None for state in states]
        digest.update(repr((backdrop.name, facts)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
