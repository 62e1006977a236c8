"""The benefit report: does a student that also sees the synthetic set do better on images labelled by hand?

Each item is one student: a seed, with or without the synthetic set. Finished ones are kept in the cache until the
report is written, so that an interrupted run goes on.
"""
# ruff: noqa: RUF009 (``option`` makes a dataclass field)

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import shutil
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from anylabel_plus import files, paths
from anylabel_plus.benefit import compare, trainer
from anylabel_plus.benefit.report import FORMAT, HEADING, BenefitReport
from anylabel_plus.benefit.student import StudentSettings
from anylabel_plus.core.errors import UserError
from anylabel_plus.jobs import benefit_sets
from anylabel_plus.jobs.base import Event, ItemDone, Job, JobStarted, Note
from anylabel_plus.jobs.benefit_arms import BuiltIn, OwnTrainer
from anylabel_plus.jobs.benefit_sets import Sets
from anylabel_plus.jobs.options import check, option

TITLE = "Benefit report"
ARMS = ("without", "with")
_FORMS = (".json", ".md")


@dataclass(frozen=True)
class BenefitOptions:
    """What is compared, by which student. Steps are the same for both arms, whatever the sizes of the sets."""

    dataset: Path = option("folder", "Data set", "Labelled by hand; its training split is trained on.")
    synthetic: Path = option("folder", "Synthetic set", "Folder of synthetic images with their label files.")
    val: Path | None = option(
        "folder", "Validation images", "Labelled by hand. Default: the data set's validation split.", default=None
    )
    seeds: int = option("whole", "Seeds", "So many students for each arm.", default=5, low=1, high=100)
    steps: int = option("whole", "Steps", "Batches that each student sees.", default=400, low=1, high=10_000_000)
    labels: tuple[str, ...] = option("labels", "Labels", "Others are background. Default: all.", default=())
    min_effect: float = option(
        "number", "Smallest effect", "A smaller difference of the score is none.",
        default=compare.MIN_EFFECT, low=0.0, high=1.0,
    )  # fmt: skip
    trainer: str = option("text", "Own trainer", "A command in place of the built-in student.", default="")
    timeout: float = option("number", "Time limit", "For each run of the trainer.", default=3600.0, low=1.0, unit="s")
    out: Path | None = option("file", "Report", "A .json or .md file.", default=None)


class Arms(Protocol):
    """What trains and measures one student."""

    def scores(self, seed: int, synthetic: bool) -> list[float]:
        """The score of each validation image, or a single one for all; raises UserError."""
        ...

    def facts(self) -> dict[str, Any]:
        """Name and settings of the student, plain JSON data."""
        ...

    def notes(self) -> Sequence[str]:
        """What the report should say of the work."""
        ...


def benefit(options: BenefitOptions) -> Job:
    """Compare the two arms and write the report; see ``BenefitOptions``.

    Raises:
        UserError: an option or a set cannot be used, there is no validation split, or the trainer failed.
        FirewallError: a validation image is not labelled by hand, or is in the synthetic set.
    """
    check(options)
    if options.out is not None and options.out.suffix.lower() not in _FORMS:
        raise UserError(f"{options.out}: reports are {' or '.join(_FORMS)} files.", "Give another name.")
    if options.out is not None and options.out.exists() and not _is_report(options.out):
        raise UserError(f"{options.out}: is there already and is no benefit report.", "Give another name.")
    template = trainer.words(options.trainer) if options.trainer else []
    sets = benefit_sets.read_sets(options.dataset, options.synthetic, options.val, options.labels)
    kept = paths.user_cache("benefit", _key(options, sets))
    yield JobStarted(TITLE, options.seeds * len(ARMS))
    arms = _arms(options, sets, template, kept)
    scores = yield from _all(options, arms, kept)
    report = _report(options, sets, arms, scores)
    yield from (Note(text) for text in report.notes)
    if options.out is not None:
        _write(options.out, report)
    shutil.rmtree(kept, ignore_errors=True)
    return {**report.to_json(), "text": report.lines(), "report": str(options.out or "")}


def _arms(options: BenefitOptions, sets: Sets, template: list[str], kept: Path) -> Arms:
    if template:
        return OwnTrainer(template, sets, kept / "work", options.steps, options.timeout)
    return BuiltIn(sets, StudentSettings(steps=options.steps))


def _key(options: BenefitOptions, sets: Sets) -> str:
    """Names everything that a student's scores depend on, but its seed and arm."""
    settings = dataclasses.asdict(StudentSettings(steps=options.steps))
    return hashlib.sha256(repr((settings, options.trainer, sets.stamp)).encode()).hexdigest()[:32]


def _all(options: BenefitOptions, arms: Arms, kept: Path) -> Generator[Event, None, dict[str, list[list[float]]]]:
    """Every student, those kept from an interrupted run as they are; returns scores by arm, then by seed."""
    scores: dict[str, list[list[float]]] = {arm: [] for arm in ARMS}
    for seed in range(options.seeds):
        for arm in ARMS:
            file = kept / f"{arm}-{seed}.json"
            found = _read_kept(file)
            fresh = found is None
            if found is None:
                found = arms.scores(seed, arm == "with")
                kept.mkdir(parents=True, exist_ok=True)
                files.write_atomic(file, json.dumps(found).encode())
            scores[arm].append(found)
            mean = sum(found) / len(found)
            yield ItemDone(f"seed {seed} {arm} the synthetic set", fresh, {"score": mean})
    return scores


def _read_kept(file: Path) -> list[float] | None:
    with contextlib.suppress(OSError, ValueError):
        data = json.loads(file.read_bytes())
        if isinstance(data, list) and data and all(isinstance(value, float) for value in data):
            return data
    return None


def _report(options: BenefitOptions, sets: Sets, arms: Arms, scores: dict[str, list[list[float]]]) -> BenefitReport:
    without, with_ = (scores[arm] for arm in ARMS)
    lengths = {len(row) for row in (*without, *with_)}
    if len(lengths) > 1:
        raise UserError("--trainer: it gave a score for each image in one run, and a single one in another.")
    single = lengths == {1} and len(sets.val) > 1
    comparison = compare.compare(
        without, with_, images=len(sets.val) if single else None, min_effect=options.min_effect
    )
    folders = {
        "dataset": str(options.dataset),
        "train_images": len(sets.train),
        "synthetic": str(options.synthetic),
        "synthetic_images": len(sets.synthetic),
        "val": str(options.val or f"validation split of {options.dataset}"),
        "val_images": len(sets.val),
    }
    names = [one.name for one in sets.val]
    notes = (*sets.notes, *arms.notes())
    seeds = range(options.seeds)
    return BenefitReport(
        comparison, options.min_effect, arms.facts(), folders, sets.labels, names, seeds, without, with_, notes
    )


def _is_report(path: Path) -> bool:
    """Whether a file is a report, as far as its beginning says: another one may take its place."""
    try:
        with open(path, "rb") as stream:
            head = stream.read(200)
    except OSError:
        return False
    return head.startswith(HEADING.encode()) or f'"format": "{FORMAT}"'.encode() in head


def _write(path: Path, report: BenefitReport) -> None:
    text = report.markdown()
    if path.suffix.lower() == ".json":
        text = json.dumps(report.to_json(), indent=1, ensure_ascii=False) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomic(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}).", "Give another place.") from error
