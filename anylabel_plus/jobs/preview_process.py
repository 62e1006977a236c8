"""Previews of composites, made in processes of their own so that the window never waits.

``PreviewPool`` is the window's handle (it knows nothing of Qt); ``_main`` runs in each child. A child is given one
picture at a time: what is asked for later takes the place of all that is still queued, and nothing in a child has to
be interrupted. Both talk over a pipe: one message of JSON, for a picture followed by one of its pixels.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from anylabel_plus.core.errors import UserError
from anylabel_plus.jobs.preview_values import (
    Opened,
    Outline,
    Preview,
    Refused,
    Reply,
    Restarted,
    Sources,
    Spot,
    Wanted,
    outlines_of,
    spots_of,
)
from anylabel_plus.synthesis.scene import Composite

__all__ = [
    "BankScene",
    "OpenScene",
    "Opened",
    "Outline",
    "Preview",
    "PreviewPool",
    "Refused",
    "Reply",
    "Restarted",
    "Scene",
    "Sources",
    "Spot",
    "Wanted",
    "outlines_of",
    "spots_of",
]

KEPT_RECIPES = 4
"""Recipes whose composers stay ready, so that going back and forth between two costs nothing."""
SAMPLES = 240
"""Backgrounds whose paths are told."""
TRIES = 2
"""A picture at which the process died so often is given up."""


class Scene(Protocol):
    """What a child makes pictures with; it is built again when the sources change.

    ``facts`` are the fields of ``Opened`` but for its first.
    """

    @property
    def facts(self) -> Mapping[str, Any]: ...
    def compose(self, recipe: Mapping[str, Any], seed: int, index: int, max_side: int) -> Composite: ...


OpenScene = Callable[[Sources, Scene | None], Scene]
"""Takes the scene before as well: what is still true of it need not be read again."""


class BankScene:
    """Bank, backgrounds and a few composers.

    Pixels decoded for the scene ``before`` are kept where they are those of the same bank or the same backgrounds.
    """

    def __init__(self, sources: Sources, before: Scene | None = None) -> None:
        from anylabel_plus.jobs.scene_sources import scene_sources
        from anylabel_plus.synthesis.backdrops import Backdrops
        from anylabel_plus.synthesis.sprites import Sprites

        notes: list[str] = []
        self._parts = scene_sources(
            Path(sources.bank),
            [Path(text) for text in sources.backgrounds],
            unlabelled_only=sources.unlabelled_only,
            leave_out_held_out=sources.leave_out_held_out,
            notes=notes,
        )
        self._composers: dict[str, Any] = {}
        bank, backdrops, read_document = self._parts
        self._sources = sources
        # Shared by all recipes; a cutout's name is that of its pixels.
        self._sprites, self._stages = Sprites(bank), Backdrops(read_document)
        if isinstance(before, BankScene) and before._sources.bank == sources.bank:
            self._sprites = before._sprites
        if isinstance(before, BankScene) and before._sources.backgrounds == sources.backgrounds:
            self._stages = before._stages
        self.facts: Mapping[str, Any] = {
            "cutouts": sum(cutout.accepted for cutout in bank.cutouts),
            "backgrounds": len(backdrops),
            "labelled": sum(backdrop.label is not None for backdrop in backdrops),
            "notes": notes,
            "samples": [str(backdrop.path) for backdrop in backdrops[:SAMPLES]],
        }

    def compose(self, recipe: Mapping[str, Any], seed: int, index: int, max_side: int) -> Composite:
        """One picture, no side longer than ``max_side``. Raises UserError."""
        from anylabel_plus.synthesis.cutpaste import Composer
        from anylabel_plus.synthesis.recipe import from_json, recipe_hash

        value = from_json(recipe)
        name = recipe_hash(value)
        composer = self._composers.pop(name, None)
        if composer is None:
            bank, backdrops, read_document = self._parts
            composer = Composer(
                bank,
                backdrops,
                value,
                read_document=read_document,
                label_counts=bank.label_counts,
                sprites=self._sprites,
                stages=self._stages,
            )
        self._composers[name] = composer
        while len(self._composers) > KEPT_RECIPES:
            del self._composers[next(iter(self._composers))]
        picture: Composite = composer.compose(seed, index, max_side)
        return picture


# The window's side ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Task:
    generation: int
    sources: Sources
    wanted: Wanted
    max_side: int
    tries: int = 0


class _Child:
    """One process, its pipe, and what it is at."""

    def __init__(self, number: int, open_scene: OpenScene) -> None:
        self.number = number
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_main, args=(theirs, open_scene), name=f"preview-{number}", daemon=True)
        self.process.start()
        theirs.close()
        self.task: _Task | None = None

    def give(self, task: _Task) -> None:
        self.task = task
        words = {"sources": asdict(task.sources), "wanted": asdict(task.wanted), "max_side": task.max_side}
        with contextlib.suppress(OSError):  # it died: its reader says so
            self.pipe.send_bytes(json.dumps(words).encode())


class PreviewPool:
    """Keeps ``workers`` children busy with what was asked for last.

    ``on_reply`` is called on reader threads of this object. Replies to earlier askings are dropped.
    """

    def __init__(self, on_reply: Callable[[Reply], None], workers: int = 2, open_scene: OpenScene = BankScene) -> None:
        self._on_reply, self._open_scene = on_reply, open_scene
        self._lock = threading.Lock()
        self._queue: deque[_Task] = deque()
        self._generation = 0
        self._closed = False
        self._children: list[_Child] = []
        self._readers: list[threading.Thread] = []
        for number in range(max(1, workers)):
            self._children.append(_Child(number, open_scene))
            reader = threading.Thread(target=self._read, args=(number,), name=f"preview-{number}-reader", daemon=True)
            self._readers.append(reader)
        for reader in self._readers:
            reader.start()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of the children."""
        return tuple(child.process.pid or 0 for child in self._children)

    def ask(self, sources: Sources, wanted: Sequence[Wanted], max_side: int) -> int:
        """Have these pictures made, in this order, instead of all that is queued; the number of this asking."""
        with self._lock:
            self._generation += 1
            self._queue = deque(_Task(self._generation, sources, each, max_side) for each in wanted)
            for child in self._children:
                self._feed(child)
            return self._generation

    def close(self) -> None:
        """End the children; none has anything to lose."""
        with self._lock:
            self._closed = True
            self._queue.clear()
            children = list(self._children)
        for child in children:
            child.process.kill()
        for reader in self._readers:
            reader.join(5.0)

    def _feed(self, child: _Child) -> None:
        """Under the lock: give a child that is idle the next task, best one whose background it has decoded."""
        if child.task is not None or not self._queue:
            return
        count = len(self._children)
        mine = (task for task in self._queue if task.wanted.index % count == child.number % count)
        task = next(mine, self._queue[0])
        self._queue.remove(task)
        child.give(task)

    def _read(self, number: int) -> None:
        """One thread for each place in the pool, whatever process has it."""
        while not self._closed:
            child = self._children[number]
            try:
                while True:
                    words = json.loads(child.pipe.recv_bytes())
                    if words["event"] == "opened":
                        self._opened(child, words)
                        continue
                    pixels = child.pipe.recv_bytes() if words["event"] == "picture" else b""
                    self._answered(child, words, pixels)
            except (EOFError, OSError):
                child.pipe.close()
                child.process.join()
            if not self._closed:
                self._replace(number, child)

    def _opened(self, child: _Child, words: Mapping[str, Any]) -> None:
        task = child.task
        if task is not None and task.generation == self._generation:
            facts: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in words["facts"].items()}
            self._on_reply(Opened(task.generation, **facts))

    def _answered(self, child: _Child, words: Mapping[str, Any], pixels: bytes) -> None:
        with self._lock:
            task, child.task = child.task, None
            current = task is not None and task.generation == self._generation
            self._feed(child)
        if task is None or not current or self._closed:
            return
        if words["event"] == "picture":
            self._on_reply(_preview(task, words, pixels))
        else:
            self._on_reply(
                Refused(task.generation, task.wanted.key, words["text"], words["hint"], words.get("details", ""))
            )

    def _replace(self, number: int, dead: _Child) -> None:
        code = dead.process.exitcode or 0
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        lost: _Task | None = None
        with self._lock:
            if self._closed:
                return
            task = dead.task
            if task is not None and task.generation == self._generation:
                if task.tries + 1 < TRIES:
                    self._queue.appendleft(replace(task, tries=task.tries + 1))
                else:
                    lost = task
            self._children[number] = child = _Child(number, self._open_scene)
            self._feed(child)
        self._on_reply(Restarted(how))
        if lost is not None:
            text = f"The preview process died twice at this picture ({how})."
            self._on_reply(Refused(lost.generation, lost.wanted.key, text, "Change the recipe or the seed."))


def _preview(task: _Task, words: Mapping[str, Any], pixels: bytes) -> Preview:
    return Preview(
        task.generation,
        task.wanted.key,
        task.wanted.seed,
        task.wanted.index,
        words["width"],
        words["height"],
        pixels,
        tuple(
            Outline(
                each["label"],
                tuple(tuple((x, y) for x, y in ring) for ring in each["rings"]),
                tuple(each["box"]),
                each["pasted"],
            )
            for each in words["outlines"]
        ),
        tuple((reason, count) for reason, count in words["skips"]),
        tuple(Spot(**spot) for spot in words["spots"]),
        words["background"],
        words["blend"],
        words["ms"],
        tuple(words["full_size"]),
    )


# The child's side -----------------------------------------------------------------------------


def _main(pipe: Connection, open_scene: OpenScene) -> None:
    """Entry of a child: answers one request after the other until the window is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the window decides
    import cv2

    cv2.setNumThreads(1)
    scene: Scene | UserError | None = None
    current: Sources | None = None
    with contextlib.suppress(EOFError, OSError):
        while True:
            words = json.loads(pipe.recv_bytes())
            sources = Sources(**{**words["sources"], "backgrounds": tuple(words["sources"]["backgrounds"])})
            try:
                if sources != current:
                    before, scene, current = scene, None, sources
                    scene = _opened(open_scene, sources, None if isinstance(before, UserError) else before)
                    if not isinstance(scene, UserError):
                        _say(pipe, {"event": "opened", "facts": dict(scene.facts)})
                if isinstance(scene, UserError):
                    raise scene
                if scene is None:  # a bug kept it from opening: it shows itself again
                    scene = open_scene(sources, None)
                _answer(pipe, scene, words)
            except UserError as error:
                _say(pipe, {"event": "refused", "text": error.text, "hint": error.hint})
            except (EOFError, BrokenPipeError):
                raise
            except Exception as error:
                text = f"Unexpected {type(error).__name__}: {error}"
                _say(pipe, {"event": "refused", "text": text, "hint": "", "details": traceback.format_exc()})


def _opened(open_scene: OpenScene, sources: Sources, before: Scene | None) -> Scene | UserError:
    """The scene, or why there is none: looked for once, not again for every picture."""
    try:
        return open_scene(sources, before)
    except UserError as error:
        return error


def _say(pipe: Connection, words: Mapping[str, Any]) -> None:
    pipe.send_bytes(json.dumps(words).encode())


def _answer(pipe: Connection, scene: Scene, words: Mapping[str, Any]) -> None:
    wanted, started = Wanted(**words["wanted"]), time.perf_counter()
    picture = scene.compose(wanted.recipe, wanted.seed, wanted.index, words["max_side"])
    ms = (time.perf_counter() - started) * 1000
    height, width = picture.pixels.shape[:2]
    outlines = [asdict(each) for each in outlines_of(picture)]
    spots = [asdict(each) for each in spots_of(picture)]
    _say(
        pipe,
        {
            "event": "picture",
            "width": width,
            "height": height,
            "outlines": outlines,
            "spots": spots,
            "skips": list(picture.skips),
            "background": picture.background.name,
            "blend": picture.blend,
            "ms": ms,
            "full_size": _full_size(picture, wanted.recipe),
        },
    )
    pipe.send_bytes(picture.pixels.tobytes())


def _full_size(picture: Composite, recipe: Mapping[str, Any]) -> tuple[int, int]:
    """That of the recipe, or of the background, whatever part of it is used."""
    from anylabel_plus import images

    width, mark, height = str(recipe.get("output_size", "")).partition("x")
    if mark and width.isdigit() and height.isdigit():
        return int(width), int(height)
    try:
        facts = images.probe(picture.background.path)
    except UserError:
        return picture.pixels.shape[1], picture.pixels.shape[0]
    return facts.width, facts.height
