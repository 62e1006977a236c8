"""Cut and paste: composites of a bank's objects on backgrounds, written as a data set for training.

Picture i depends on recipe, seed and i only, so that any number of workers and any number of interruptions lead to
the same bytes. A run goes on where an earlier one ended.
"""
# ruff: noqa: RUF009 (``option`` makes a dataclass field)

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anylabel_plus.core.errors import UserError
from anylabel_plus.jobs import synth_folder, vetoes
from anylabel_plus.jobs.base import Event, ItemDone, ItemFailed, ItemSkipped, Job, JobStarted, Note
from anylabel_plus.jobs.options import check, option
from anylabel_plus.jobs.recipe_file import load_recipe, resized
from anylabel_plus.jobs.scene_sources import SceneSources, backdrops_stamp, bank_stamp, scene_sources
from anylabel_plus.jobs.synth_folder import Opened
from anylabel_plus.jobs.synth_pool import (
    INSTANCES,
    ComposerFactory,
    Composes,
    Inline,
    Made,
    Pool,
    Processes,
    Work,
    open_composer,
)
from anylabel_plus.jobs.synth_traces import Uses, into_training
from anylabel_plus.synthesis.recipe import Recipe, from_json, recipe_hash, to_json

__all__ = ["Plan", "SceneSources", "SynthesizeOptions", "planned", "recipe_of", "scene_sources", "synthesize"]

TITLE = "Cut and paste"
_LISTED = 12
"""So many numbers of pictures are told in a remark."""


@dataclass(frozen=True)
class SynthesizeOptions:
    """What to make. ``recipe_text`` is the JSON of a recipe, as the window and the command line hand it on; it goes
    before the file ``recipe``; without both the default recipe is used."""

    bank: Path = option("folder", "Object bank", "Made by: bank build.")
    backgrounds: Path = option(
        "folder", "Backgrounds", "Folder of pictures. Those with label files keep their objects."
    )
    out: Path = option("folder", "Folder", "The composites go here: a new or empty folder, or that of a run to go on.")
    count: int = option("whole", "Pictures", "", low=1, high=10_000_000)
    recipe: Path | None = option("file", "Recipe", "A TOML file; see: synth recipe.", default=None)
    recipe_text: str = option("text", "Recipe", "JSON.", default="", only="none")
    seed: int = option("whole", "Seed", "The same seed gives the same pictures.", default=0, low=0, high=2**63 - 1)
    size: str = option("text", "Size", "Such as 1280x720, or background; in place of the recipe's.", default="")
    workers: int = option("whole", "Processes", "0: one for each core.", default=0, low=0, high=256)
    format: str = option("choice", "Image format", "", default="jpeg", choices=("jpeg", "png"))
    quality: int = option("whole", "JPEG quality", "", default=92, low=1, high=100)
    instances: bool = option(
        "flag", "Pictures of instances", "16-bit PNG of object numbers, in the hidden folder.", default=False
    )
    unlabelled_only: bool = option("flag", "Only unlabelled", "Backgrounds without shapes.", default=False)
    leave_out_held_out: bool = option(
        "flag", "Leave out what is held out", "Validation and test pictures, instead of an error.", default=False
    )
    certified_empty: bool = option(
        "flag", "Certified empty", "Somebody looked: no background shows an unlabelled target.", default=False
    )
    with_vetoed: bool = option(
        "flag",
        "Also vetoed ones",
        "Make the pictures that have a veto, too, instead of leaving them out.",
        default=False,
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that was checked: ``facts`` are what its pictures are made from, ``notes`` what the report says,
    ``left_out`` the numbers of pictures with a veto."""

    recipe: Recipe
    sources: SceneSources
    work: Work
    facts: Mapping[str, Any]
    notes: tuple[str, ...]
    left_out: frozenset[int] = frozenset()

    def numbers(self, count: int) -> Iterator[int]:
        """Numbers of the pictures of a run of ``count``, upwards."""
        return vetoes.numbers(count, self.left_out)


@dataclass(slots=True)
class Tally:
    """What was made: counts for the summary."""

    made: int = 0
    kept: int = 0
    bytes: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)
    names: list[str] = field(default_factory=list)

    def add(self, made: Made, name: str) -> None:
        """Count a picture that is on disk."""
        self.made += 1
        self.bytes += made.bytes
        self.labels.update(made.labels)
        self.sizes[f"{made.size[0]}x{made.size[1]}"] += 1
        self.names.append(name)


def recipe_of(options: SynthesizeOptions) -> Recipe:
    """The recipe that the options name, its size replaced when they give one.

    Raises:
        UserError: it cannot be read, or holds a value that cannot be.
    """
    recipe = Recipe()
    if options.recipe_text:
        try:
            data = json.loads(options.recipe_text)
        except ValueError as error:
            raise UserError(f"Recipe: the text is no JSON ({error}).") from error
        if not isinstance(data, dict):
            raise UserError("Recipe: the text is no JSON object.")
        recipe = from_json(data)
    elif options.recipe is not None:
        recipe = load_recipe(options.recipe)
    return resized(recipe, options.size)


def planned(options: SynthesizeOptions, *, writes: bool = True) -> Plan:
    """Open and check everything that a run needs; nothing is written. Without ``writes`` the folder does not matter.

    Raises:
        UserError: an option, the recipe, the bank or the backgrounds cannot be used.
        FirewallError: pixels of a validation or test split would be used.
    """
    check(options)
    recipe = recipe_of(options)
    out = options.out.absolute()
    if writes:
        _check_places(out, options)
    notes: list[str] = []
    sources = scene_sources(
        options.bank,
        [options.backgrounds],
        out=out if writes else None,
        unlabelled_only=options.unlabelled_only,
        leave_out_held_out=options.leave_out_held_out,
        certified=options.certified_empty,
        notes=notes,
    )
    work = Work(
        options.bank.absolute(),
        sources.backdrops,
        to_json(recipe),
        options.seed,
        out,
        sources.bank.without,
        options.format,
        options.quality,
        options.instances,
    )
    facts = _facts(options, recipe, sources)
    left_out: frozenset[int] = frozenset()
    if not options.with_vetoed:
        left_out = vetoes.vetoed(options.bank, facts["recipe_hash"], options.seed)
    return Plan(recipe, sources, work, facts, tuple(notes), left_out)


def _check_places(out: Path, options: SynthesizeOptions) -> None:
    place, bank = out.resolve(), options.bank.resolve()
    if place == bank or bank in place.parents:
        raise UserError(f"{options.out}: lies in the object bank.", "Give a folder outside of it.")
    if place == options.backgrounds.resolve():
        raise UserError(
            f"{options.out}: is the folder of the backgrounds.",
            "Give a new folder; one inside a data set adds the composites to it.",
        )


def _facts(options: SynthesizeOptions, recipe: Recipe, sources: SceneSources) -> dict[str, Any]:
    from anylabel_plus import __version__

    return {
        "method": "cutpaste",
        "recipe_hash": recipe_hash(recipe),
        "seed": options.seed,
        "bank": str(options.bank.absolute()),
        "bank_stamp": bank_stamp(sources.bank, sources.bank.label_counts),
        "backgrounds": str(options.backgrounds.absolute()),
        "backgrounds_stamp": backdrops_stamp(sources.backdrops),
        "image_format": options.format,
        "quality": options.quality if options.format == "jpeg" else None,
        "instances": options.instances,
        "tool_version": __version__,
        "recipe": to_json(recipe),
    }


def synthesize(options: SynthesizeOptions, factory: ComposerFactory = open_composer) -> Job:
    """Make composites; see ``SynthesizeOptions``.

    Raises:
        UserError: an option, the recipe, the bank, the backgrounds or the folder cannot be used; the disk is full.
        FirewallError: pixels of a validation or test split would be used.
    """
    plan = planned(options)
    composer = factory(plan.work)  # an impossible recipe shows before anything is written
    with synth_folder.opened(plan.work, plan.facts, options.count) as folder:
        yield JobStarted(TITLE, options.count)
        yield from (Note(text) for text in (*plan.notes, *folder.notes))
        yield from _vetoed(plan, options.count, folder)
        start = time.monotonic()
        tally = Tally()
        uses = Uses(plan.work.out, plan.sources.bank.cutouts, plan.sources.backdrops)
        pool = _pool(options, plan, composer, factory, folder)
        del composer  # workers have their own
        try:
            yield from _all(options.count, plan, pool, folder, tally, uses)
        finally:
            pool.close()
            problems = _ended(plan, tally, uses)
        yield from (Note(text) for text in problems)
    return _summary(plan, tally, time.monotonic() - start)


def _vetoed(plan: Plan, count: int, folder: Opened) -> Iterator[Event]:
    """Remarks on the pictures with a veto among the first ``count``."""
    asked = count
    concerned = []
    for index in sorted(plan.left_out):
        if index < asked:  # each one left out makes room for another at the end
            concerned.append(index)
            asked += 1
    if concerned:
        listed = ", ".join(str(index) for index in concerned[:_LISTED]) + (", …" if len(concerned) > _LISTED else "")
        yield Note(f"pictures with a veto are left out: {listed}")
    there = [name for name in map(plan.work.name, sorted(plan.left_out)) if folder.has(name)]
    if there:
        yield Note(f"{there[0]}: was made before it got a veto and stays; delete it with its label file if you like")


def _pool(options: SynthesizeOptions, plan: Plan, composer: Composes, factory: ComposerFactory, folder: Opened) -> Pool:
    from anylabel_plus.inference.runtime import core_count

    work = plan.work
    missing = sum(not folder.has(work.name(index)) for index in plan.numbers(options.count))
    workers = min(options.workers or core_count(), missing)
    return Processes(workers, factory, work) if workers > 1 else Inline(composer, work)


def _all(count: int, plan: Plan, pool: Pool, folder: Opened, tally: Tally, uses: Uses) -> Iterator[Event]:
    """One event for each picture, in order, whatever order workers finish them in."""
    work = plan.work
    missing = (index for index in plan.numbers(count) if not folder.has(work.name(index)))
    waiting = next(missing, None)
    made: dict[int, Made] = {}
    for index in plan.numbers(count):
        name = work.name(index)
        if folder.has(name):
            yield _kept(work.out / name, tally, uses)
            continue
        while index not in made:
            while waiting is not None and not pool.full:
                pool.submit(waiting)
                waiting = next(missing, None)
            one = pool.next()
            made[one.index] = one
        yield _event(made.pop(index), name, tally, uses)


def _kept(image: Path, tally: Tally, uses: Uses) -> Event:
    """A picture that an earlier run made, perhaps without time left to note what it shows."""
    labels, sources = synth_folder.told_by(image.with_suffix(".json"))
    uses.add_sources(sources)
    tally.kept += 1
    tally.labels.update(labels)
    tally.names.append(image.name)
    return ItemDone(image.name, False, {"labels": labels})


def _event(made: Made, name: str, tally: Tally, uses: Uses) -> Event:
    """Count a result and tell it. Raises UserError when the disk takes no more."""
    tally.skips.update(dict(made.skips))
    if made.disk:
        raise UserError(f"{name}: {made.failed}", "Make room, then run it again to go on.")
    if made.failed:
        return ItemFailed(name, made.failed)
    if made.skipped:
        return ItemSkipped(name, made.skipped)
    tally.add(made, name)
    uses.add(made.cutouts, made.background)
    return ItemDone(name, True, {"labels": dict(made.labels), "size": list(made.size)})


# ---------------------------------------------------------------- the end


def _ended(plan: Plan, tally: Tally, uses: Uses) -> list[str]:
    """Make the folder a data set for training, also after a cancel; remarks on what could not be done."""
    told = set(tally.names)
    names = synth_folder.finished(plan.work.out, plan.work.ending)
    for name in names:
        if name not in told:  # a worker finished it while the run was being cancelled, or an earlier run made more
            uses.add_sources(synth_folder.told_by((plan.work.out / name).with_suffix(".json"))[1])
    uses.write()
    problem = into_training(plan.work.out, names)
    return [*uses.problems.values(), *([problem] if problem else [])]


def _summary(plan: Plan, tally: Tally, seconds: float) -> dict[str, Any]:
    skips = dict(tally.skips.most_common())
    rate = tally.made / seconds if seconds > 0 else 0.0
    return {
        "output": str(plan.work.out),
        **({"instances": str(plan.work.out / INSTANCES)} if plan.work.instances else {}),
        "pictures": tally.made + tally.kept,
        "made_before": tally.kept,
        "objects": sum(tally.labels.values()),
        "labels": dict(sorted(tally.labels.items())),
        "sizes": dict(tally.sizes.most_common()),
        "pastes_skipped": sum(skips.values()),
        "skips": skips,
        "backgrounds": len(plan.sources.backdrops),
        "cutouts": sum(one.accepted for one in plan.sources.bank.cutouts),
        "megabytes": round(tally.bytes / 1e6, 1),
        "seconds": round(seconds, 2),
        "pictures_per_second": round(rate, 2),
        "recipe": plan.facts["recipe_hash"],
        "seed": plan.work.seed,
    }
