"""The folder that composites go to: what it was begun with, what is there already, and that one run works in it.

``OUT/.anylabel_plus/synthesis.json`` tells what the pictures were made from. A run with the same facts goes on where
an earlier one ended; a folder of another run or with other content is left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anylabel_plus import files
from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import hidden_json
from anylabel_plus.dataset.locks import hold
from anylabel_plus.dataset.splits.origins import Source, sources_in
from anylabel_plus.jobs.synth_pool import INSTANCES, Work

NAME = "synthesis.json"
FORMAT, VERSION = "anylabel-plus synthesis", 1
_SAME = {
    "recipe_hash": "the recipe",
    "seed": "the seed",
    "bank_stamp": "the bank",
    "backgrounds_stamp": "the backgrounds",
    "image_format": "the image format",
    "quality": "the quality",
    "instances": "the pictures of instances",
}
"""What must be the same for a run to go on -> its name in a sentence."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A folder ready for a run. ``files`` are names and sizes of what is there, ``notes`` remarks for the report."""

    out: Path
    files: Mapping[str, int]
    notes: tuple[str, ...] = ()

    def has(self, name: str) -> bool:
        """Whether picture ``name`` and its label file are there; an empty file is one that a power cut took away."""
        return self.files.get(name, 0) > 0 and self.files.get(f"{Path(name).stem}.json", 0) > 0


def read_run(out: Path) -> dict[str, Any] | None:
    """What the pictures of a folder were made from; None when no run was begun there.

    Raises:
        UserError: the file is damaged or of a later version.
    """
    path = hidden_json.hidden_file(out, NAME)
    return hidden_json.read(path, FORMAT, VERSION) if path.is_file() else None


@contextlib.contextmanager
def opened(work: Work, facts: Mapping[str, Any], count: int) -> Iterator[Opened]:
    """Make or take up the folder, hold it against other runs, sweep what a dead run left in it.

    Args:
        work: where and how pictures are made.
        facts: what they are made from, plain JSON data; see ``_SAME``.
        count: how many are asked for; a run may go on to more than before.

    Raises:
        UserError: the folder holds something else, belongs to another run or a running one, cannot be written.
    """
    out = work.out
    earlier = read_run(out)
    if earlier is None:
        _check_free(out)
    else:
        _check_same(out, earlier, facts)
    try:
        (out / INSTANCES if work.instances else hidden_json.hidden_file(out, NAME).parent).mkdir(
            parents=True, exist_ok=True
        )
    except OSError as error:
        raise UserError(f"{out}: cannot be made ({error.strerror or error}).", "Give another folder.") from error
    with _alone(out):
        sweep(out)
        notes = _begin(out, earlier, facts, count)
        try:
            yield Opened(out, _sizes(out), notes)
        finally:
            sweep(out)


def sweep(out: Path) -> None:
    """Remove temporaries of dead processes."""
    for folder in (out, hidden_json.hidden_file(out, NAME).parent, out / INSTANCES):
        if folder.is_dir():
            files.sweep_temporaries(folder)


def finished(out: Path, ending: str) -> list[str]:
    """Names of the pictures of ours that are there with their label files, in order."""
    there = Opened(out, _sizes(out))
    return sorted(
        name for name in there.files if name.startswith("composite-") and name.endswith(ending) and there.has(name)
    )


def told_by(label: Path) -> tuple[dict[str, int], list[Source]]:
    """Pasted objects by label, and the images that went into a picture made earlier; nothing when it cannot be read."""
    try:
        data = label.read_bytes()
        shapes = json.loads(data)["shapes"]
        pasted = [one for one in shapes if (one.get("provenance") or {}).get("source") == "synthesis"]
        objects = {(one["label"], one.get("group_id") or f"shape {n}") for n, one in enumerate(pasted)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, []
    return dict(Counter(str(name) for name, _ in objects)), sources_in(data)


def _check_free(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is no folder.", "Give a folder for the composites.")
    if out.is_dir():
        shown = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
        if shown:
            raise UserError(
                f"{out}: holds something else already, such as {shown[0]}; nothing was written.",
                "Give a new or empty folder; to add composites to a data set, a new folder inside of it.",
            )


def _check_same(out: Path, earlier: Mapping[str, Any], facts: Mapping[str, Any]) -> None:
    other = [name for key, name in _SAME.items() if earlier.get(key) != facts.get(key)]
    if other:
        listed = ", ".join(other)
        raise UserError(
            f"{out}: holds composites of another run; what differs: {listed}. Nothing was written.",
            "Give another folder, or delete this one.",
        )


def _begin(out: Path, earlier: Mapping[str, Any] | None, facts: Mapping[str, Any], count: int) -> tuple[str, ...]:
    path = hidden_json.hidden_file(out, NAME)
    most = max(count, int((earlier or {}).get("count") or 0))
    notes: tuple[str, ...] = ()
    version = (earlier or facts).get("tool_version")
    if version != facts.get("tool_version"):
        notes = (f"pictures made before are of version {version} of the program: made again they may differ",)
    data = {"format": FORMAT, "version": VERSION, **facts, "tool_version": version, "count": most}
    text = json.dumps(data, indent=1) + "\n"
    if earlier is None or earlier.get("count") != most:
        hidden_json.write(path, text.encode())
    return notes


def _sizes(out: Path) -> dict[str, int]:
    with os.scandir(out) as entries:
        return {entry.name: entry.stat().st_size for entry in entries if entry.is_file()}


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    path = hidden_json.hidden_file(out, f"{NAME}.lock")
    try:
        stream = open(path, "a+b", buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        raise UserError(f"{out}: cannot be written ({error.strerror or error}).", "Give another folder.") from error
    with stream:
        try:
            hold(stream)
        except OSError as error:
            raise UserError(
                f"{out}: another run is making composites there.", "Wait for its end, or give another folder."
            ) from error
        yield
