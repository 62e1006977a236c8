"""Makes composites on disk: one picture and its label file at a time, in this process or in several.

A worker does everything of an item, encoding and writing included; the process that started it only hands out
numbers and relays what came of them. The same number gives the same bytes wherever it is made.

Files are written atomically but not synced one by one (1.5 ms a picture against 16 ms): an item that was reported
survives the death of the program, and one that a power cut takes away is made again by the next run.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import signal
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from anylabel_plus.jobs.items import reason
from anylabel_plus.jobs.lifeline import end_with_parent
from anylabel_plus.jobs.worker_processes import Lost, WorkerProcesses

if TYPE_CHECKING:
    from anylabel_plus.core.document import Document
    from anylabel_plus.synthesis.scene import Backdrop, Composite

INSTANCES = ".anylabel_plus/instances"
"""Below the output folder, hidden: its pictures are no images of the data set."""
_PATIENCE_S = 20.0
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""Errors of the disk, not of a picture."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker has to know: plain values, so that they can travel. ``recipe`` is its JSON data, ``without``
    are ids of cutouts that must not be used."""

    bank: Path
    backdrops: tuple[Backdrop, ...]
    recipe: Mapping[str, Any]
    seed: int
    out: Path
    without: frozenset[str] = frozenset()
    format: str = "jpeg"
    quality: int = 92
    instances: bool = False

    @property
    def ending(self) -> str:
        """Of the pictures' names."""
        return ".jpg" if self.format == "jpeg" else ".png"

    def name(self, index: int) -> str:
        """File name of picture ``index``."""
        return f"composite-{index:06d}{self.ending}"


@dataclass(frozen=True, slots=True)
class Made:
    """What came of picture ``index``: it is on disk, or ``skipped`` or ``failed`` says why not.

    ``labels`` counts pasted objects by label, ``skips`` pastes that found no place by reason, ``cutouts`` are ids of
    what was pasted, ``background`` the name of the background.
    """

    index: int
    labels: Mapping[str, int] = field(default_factory=dict)
    size: tuple[int, int] = (0, 0)
    skips: tuple[tuple[str, int], ...] = ()
    cutouts: tuple[str, ...] = ()
    background: str = ""
    bytes: int = 0
    skipped: str = ""
    failed: str = ""
    disk: bool = False
    """It failed since the disk is full or cannot be written: so will all others."""


class Composes(Protocol):
    """What is needed of ``synthesis.cutpaste.Composer``."""

    def compose(self, seed: int, index: int, max_side: int | None = None) -> Composite: ...


ComposerFactory = Callable[[Work], Composes]
"""Makes the composer in the process that needs it; a module-level function, so that it can travel."""


def open_composer(work: Work) -> Composes:
    """The real composer. Raises UserError as it does."""
    from anylabel_plus import __version__
    from anylabel_plus.jobs.scene_sources import BankView, ReadLabels
    from anylabel_plus.synthesis.bank import open_bank
    from anylabel_plus.synthesis.cutpaste import Composer
    from anylabel_plus.synthesis.recipe import from_json

    bank = BankView(open_bank(work.bank), work.without)
    return Composer(
        bank,
        work.backdrops,
        from_json(work.recipe),
        read_document=ReadLabels(),
        label_counts=bank.label_counts,
        tool_version=__version__,
    )


# ---------------------------------------------------------------- one item


def make(composer: Composes, work: Work, index: int) -> Made:
    """Compose picture ``index`` and write it: the image first, so that a label file says that both are there."""
    from anylabel_plus import files

    try:
        composite = _with_content(composer.compose(work.seed, index))
        skips = tuple((text, int(count)) for text, count in composite.skips)
        if not composite.placements and skips:
            return Made(index, skips=skips, background=composite.background.name, skipped=_no_place(skips))
        name = work.name(index)
        data = encoded(composite, work)
        document = composite.document.with_(image_path=name)
        label = label_bytes(document)
        files.write_atomic(work.out / name, data, durable=False)
        if work.instances:
            target = work.out / INSTANCES / f"{Path(name).stem}.png"
            files.write_atomic(target, instance_png(document), durable=False)
        files.write_atomic((work.out / name).with_suffix(".json"), label, durable=False)
    except Exception as error:
        return Made(index, failed=reason(error), disk=isinstance(error, OSError) and error.errno in _DISK)
    height, width = composite.pixels.shape[:2]
    pasted = [one for one in composite.placements if one.cutout is not None]
    return Made(
        index,
        dict(Counter(one.label for one in composite.placements if one.label)),
        (width, height),
        skips,
        tuple(dict.fromkeys(one.cutout.id for one in pasted if one.cutout is not None)),
        composite.background.name,
        len(data) + len(label),
    )


def _with_content(composite: Composite) -> Composite:
    """With the hash of the background's file in what is told of the picture, by which the file is known again."""
    facts = dict(composite.facts)
    background = dict(facts.get("background") or {})
    if background.get("content"):
        return composite
    status = composite.background.path.stat()
    background["content"] = _content(composite.background.path, status.st_mtime_ns, status.st_size)
    facts["background"] = background
    extra = {**composite.document.extra, "synthesis": facts}
    return replace(composite, document=composite.document.with_(extra=extra), facts=facts)


@functools.lru_cache(4096)
def _content(path: Path, mtime_ns: int, size: int) -> str:
    from anylabel_plus.dataset.splits import content_hash

    return content_hash(path)


def _no_place(skips: Sequence[tuple[str, int]]) -> str:
    return f"no object found a place ({', '.join(text for text, _ in skips)})"


def encoded(composite: Composite, work: Work) -> bytes:
    """The picture's file: JPEG or PNG with the mark of a composite inside; equal pixels give equal bytes."""
    from anylabel_plus import images
    from anylabel_plus.images.marker import with_marker

    pixels = composite.pixels
    data = images.encode_jpeg(pixels, work.quality) if work.format == "jpeg" else images.encode_png(pixels, 3)
    return with_marker(data, {"kind": "composite", **composite.facts})


def label_bytes(document: Document) -> bytes:
    """The label file."""
    from anylabel_plus.formats import native

    return native.serialize(document)


def instance_png(document: Document) -> bytes:
    """16-bit grey PNG: 0 is background, n the n-th object of the label file, shapes of one group being one object.

    Raises:
        ValueError: more objects than 65,535.
    """
    import numpy as np

    from anylabel_plus import images
    from anylabel_plus.formats.instances import instance_mask, instances

    numbers = np.zeros((document.height, document.width), np.uint16)
    found = instances(document)[0]
    if len(found) > 65535:
        raise ValueError(f"{len(found)} objects are more than a 16-bit picture can number")
    for number, one in enumerate(found, 1):
        mask = instance_mask(one, document.width, document.height)
        rows, columns = mask.crop.shape
        numbers[mask.y : mask.y + rows, mask.x : mask.x + columns][mask.crop] = number
    return images.encode_png(numbers)


# ---------------------------------------------------------------- in this process, or in several


class Pool(Protocol):
    """Takes numbers while it is not ``full``, gives back what came of them while it is ``busy``."""

    @property
    def full(self) -> bool: ...
    @property
    def busy(self) -> bool: ...
    def submit(self, index: int) -> None: ...
    def next(self) -> Made: ...
    def close(self) -> None: ...


class Inline:
    """The pool of one: items are made in this process, by one thread as in a worker."""

    def __init__(self, composer: Composes, work: Work) -> None:
        import cv2

        self._composer, self._work = composer, work
        self._waiting: deque[int] = deque()
        self._threads = cv2.getNumThreads()
        cv2.setNumThreads(1)

    @property
    def full(self) -> bool:
        """One at a time, so that each item is on disk before the next."""
        return bool(self._waiting)

    @property
    def busy(self) -> bool:
        """True when a result can be had."""
        return bool(self._waiting)

    def submit(self, index: int) -> None:
        """Take a number."""
        self._waiting.append(index)

    def next(self) -> Made:
        """Make the oldest one."""
        return make(self._composer, self._work, self._waiting.popleft())

    def close(self) -> None:
        """Give OpenCV its threads back."""
        import cv2

        cv2.setNumThreads(self._threads)


class Processes:
    """A pool of ``count`` spawned processes, each with a composer of its own."""

    def __init__(self, count: int, factory: ComposerFactory, work: Work) -> None:
        self._workers: WorkerProcesses[int] = WorkerProcesses(count, work_on, (factory, work))

    @property
    def full(self) -> bool:
        """Each worker has an item and one waiting."""
        return self._workers.full

    @property
    def busy(self) -> bool:
        """True while an answer is to come."""
        return self._workers.busy

    def submit(self, index: int) -> None:
        """Give a number to a worker."""
        self._workers.give(index)

    def next(self) -> Made:
        """Wait for an answer. A worker that died fails its item; another one takes its place."""
        try:
            made: Made = self._workers.reply()
        except Lost as lost:
            return Made(lost.task, failed=f"the worker process died at this picture ({lost.how})")
        return made

    def close(self) -> None:
        """Let each worker finish the item it is at, then end all; no file suffers, what it left is swept."""
        self._workers.close(_PATIENCE_S)


def work_on(pipe: Connection, factory: ComposerFactory, work: Work) -> None:
    """Entry of a worker: makes items until the pipe ends."""
    # Ctrl+C goes to the whole group; the process that hands out numbers decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()
    import cv2

    cv2.setNumThreads(1)
    composer = factory(work)
    waiting: deque[int] = deque()
    with contextlib.suppress(EOFError, OSError):
        while True:
            while not waiting or pipe.poll():  # all that is there: at its end nothing more is begun
                waiting.append(pipe.recv())
            pipe.send(make(composer, work, waiting.popleft()))
