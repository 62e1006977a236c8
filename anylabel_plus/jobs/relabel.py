"""Rename, merge and delete labels in all label files of a data set, so that it can be rolled back."""

# ruff: noqa: RUF009 (``option`` makes a dataclass field)
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from anylabel_plus.core import label_edits
from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import label_counts
from anylabel_plus.dataset.runs import Run, open_run
from anylabel_plus.dataset.scan import Dataset, ImageItem, Scan
from anylabel_plus.jobs import items
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, Job, JobStarted, Note
from anylabel_plus.jobs.options import check, option, to_json

_VERBS = {"rename": "Rename", "merge": "Merge", "delete": "Delete"}


@dataclass(frozen=True)
class RelabelOptions:
    """Which labels become what."""

    dataset: Path = option("folder", "Data set", "Folder of images with their label files.", positional=True)
    action: str = option("choice", "Action", "What is done with the labels.", choices=("rename", "merge", "delete"))
    labels: tuple[str, ...] = option("labels", "Labels", "The labels concerned.")
    into: str = option("text", "New label", "Their shapes get this label. Empty: delete removes them.", default="")
    labels_dir: Path | None = option(
        "folder", "Label folder", "Label files are here, not beside the images.", default=None
    )
    dry_run: bool = option("flag", "Only count", "Say what would change, and change nothing.", default=False)


def relabel(options: RelabelOptions) -> Job:
    """Give the shapes of ``labels`` the label ``into``, or remove them where it is empty.

    A new name does not count as a person's edit of a shape: provenance stays. Locked shapes are renamed
    and never removed. Label files that are read-only are left alone and reported.

    Raises:
        UserError: the data set cannot be used, a name is missing, or a new name is taken.
    """
    check(options)
    _check_names(options)
    dataset = Dataset(options.dataset, options.labels_dir)
    found, notes = items.opened(dataset)
    if options.action == "rename":
        _check_free(found, options)
    names = ", ".join(options.labels)
    yield JobStarted(f"{_VERBS[options.action]} {names}" + (f" to {options.into}" if options.into else ""), len(found))
    yield from notes
    totals = {"shapes": 0, "files": 0, "locked": 0}
    if options.dry_run:
        yield from _work(dataset, found, options, None, totals)
    else:
        facts: Mapping[str, str] = {}
        with open_run(items.journal_root(dataset), "relabel", to_json(options), facts) as run:
            yield from _work(dataset, found, options, run, totals)
    if totals["locked"] and not options.into:
        yield Note(f"{totals['locked']} locked shapes were left alone. Unlock them and run this again.")
    return {**totals, "dry_run": options.dry_run}


def _check_names(options: RelabelOptions) -> None:
    if not options.labels or not all(name.strip() for name in options.labels):
        raise UserError("No label was given.", "Name the label that is to change.")
    if options.action != "delete" and not options.into.strip():
        raise UserError("No new label was given.", "Name the label that the shapes get.")
    if options.into in options.labels:
        raise UserError(f"{options.into} cannot become itself.", "Give another label.")


def _check_free(found: Scan, options: RelabelOptions) -> None:
    """A rename must not mix two labels. The files that an interrupted rename has done already do not count."""
    known = label_counts.count(found)
    for run in _unfinished(options):
        done = {change.path for change in run.changes()}
        known = label_counts.count(item for item in found if item.label_source not in done)
    if known.shapes[options.into]:
        raise UserError(
            f"{options.into} is a label of this data set already ({known.shapes[options.into]} shapes).",
            "Merge the two labels instead.",
        )


def _unfinished(options: RelabelOptions) -> list[Run]:
    from anylabel_plus.dataset.runs import list_runs

    runs = list_runs(options.dataset)[-1:]
    wanted = to_json(options)
    return [r for r in runs if r.job == "relabel" and r.state in ("running", "cancelled") and r.options == wanted]


def _work(
    dataset: Dataset, found: Scan, options: RelabelOptions, run: Run | None, totals: dict[str, int]
) -> Iterator[Event]:
    for item in found:
        try:
            event = _one(dataset, item, options, run, totals)
        except Exception as error:
            event = ItemFailed(item.relative, items.reason(error))
        yield event


def _one(dataset: Dataset, item: ImageItem, options: RelabelOptions, run: Run | None, totals: dict[str, int]) -> Event:
    source = dataset.source(item)
    if source is None:
        return ItemSkipped(item.relative, "no label file")
    data = items.read_bytes(source)
    if not any(label_counts.may_hold(data, label) for label in options.labels):
        return ItemDone(item.relative, False)
    loaded = items.load(dataset, item)
    document = _edited(loaded.document, options)
    chosen = [shape for shape in loaded.document.shapes if shape.label in options.labels]
    totals["locked"] += sum(shape.locked for shape in chosen)
    if document is loaded.document:
        return ItemDone(item.relative, False)
    if not source.stat().st_mode & 0o222:
        raise UserError(f"{source}: is read-only; it was left alone.", "Allow writing and run this again.")
    if run is not None:
        items.store(run, loaded, document)
    count = len(chosen) if options.into else len(loaded.document.shapes) - len(document.shapes)
    totals["shapes"] += count
    totals["files"] += 1
    return ItemDone(item.relative, True, {"shapes": count})


def _edited(document: Document, options: RelabelOptions) -> Document:
    if options.into:
        return label_edits.relabel(document, dict.fromkeys(options.labels, options.into))
    return label_edits.drop(document, options.labels)
