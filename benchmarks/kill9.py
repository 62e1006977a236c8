#!/usr/bin/env python3
"""Kill the program over and over while it edits and saves, and check what is left. Prints JSON.

    python benchmarks/kill9.py [--kills 1000] [--window-share 0.1] [--seed 1] [--folder FOLDER]

Each round forks a process from a warm one, opens a folder there through the real session (a share of the rounds with
the whole window and the mouse), edits, undoes, saves and switches images at random, and kills it with SIGKILL at a
random moment. Then the program is started once more, as after a crash, and

- every label file parses and equals a state that the document had (``damaged``, ``unknown``);
- no gesture that ended half a second before the kill or earlier is lost (``lost_old``); ``lost_young`` counts the
  gestures lost within it, ``oldest_lost_ms`` is how old the oldest of them was;
- no temporary file is left anywhere (``temporaries``), and nothing was recovered beside its file (``beside``).

A gesture has ended when control is back from the session. The exit code is 1 when one of the four bars is missed.
POSIX only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import struct
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ["QT_QPA_PLATFORM"] = "offscreen"

LOSS_BAR_S = 0.5
LONGEST_LIFE_S = 0.9
STEP_MS = 12
MANY = 150
"""From here on more shapes are deleted than added."""
IMAGES = 6
_LINE = struct.Struct("<cdB16s")
SEEN, FINISHED = b"S", b"F"


def state_of(document: Any) -> bytes:
    """What tells a state from others, the same for a document in memory and one read back; costs next to nothing.

    Each gesture of ours writes its number into the description; the mouse's add a shape.
    """
    last = document.shapes[-1] if document.shapes else None
    tip = f"{last.label} {last.points[0, 0]:.2f} {last.points[0, 1]:.2f}" if last is not None else ""
    text = f"{document.description}|{len(document.shapes)}|{tip}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


# The process that is killed --------------------------------------------------------------------


class Hand:
    """Edits at random through the session, and writes down each state and each finished gesture."""

    def __init__(self, session: Any, diary: Path, seed: int, window: Any = None) -> None:
        from PySide6.QtCore import QTimer

        self.session, self.window = session, window
        self.random = random.Random(seed)
        self._seed, self._count = seed, 0
        self._diary = os.open(diary, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
        session.document_changed.connect(lambda *_: self.note(SEEN))
        self._timer = QTimer()
        self._timer.timeout.connect(self.turn)
        self._timer.start(STEP_MS)

    def note(self, kind: bytes) -> None:
        session = self.session
        if session.document is None:
            return
        now = time.monotonic()
        number = int(session.image_path.stem.split("_")[1])
        os.write(self._diary, _LINE.pack(kind, now, number, state_of(session.document)))

    def turn(self) -> None:
        if self.session.document is None:
            return
        self._count += 1
        many = len(self.session.document.shapes) > MANY
        gesture = self.random.choices(
            (self.add, self.remove, self.stroke, self.undo, self.redo, self.switch, self.session.save),
            (4 if many else 8, 6 if many else 2, 4, 3, 1, 1, 4),
        )[0]
        if self.window is not None and self.random.random() < 0.4:
            gesture = self.drag
        gesture()
        self.note(FINISHED)

    def signed(self, edit: Callable[[Any], Any], more: str = "") -> Callable[[Any], Any]:
        """The edit with the gesture's number in the image's description."""
        return lambda document: edit(document).with_(description=f"{self._seed} {self._count} {more}")

    def add(self) -> None:
        from anylabel_plus.core.document import add_shapes
        from anylabel_plus.core.shapes import make_shape

        x, y = self.random.uniform(0, 200), self.random.uniform(0, 150)
        shape = make_shape("rectangle", f"label {self.random.randrange(5)}", [(x, y), (x + 40, y + 30)])
        self.session.apply("Add a shape", self.signed(lambda document: add_shapes(document, [shape])))

    def remove(self) -> None:
        from anylabel_plus.core import edits

        shapes = self.session.document.shapes
        if shapes:
            chosen = frozenset((self.random.choice(shapes).id,))
            self.session.apply("Delete a shape", self.signed(lambda document: edits.remove_shapes(document, chosen)))

    def stroke(self) -> None:
        from anylabel_plus.core import edits

        shapes = self.session.document.shapes
        if shapes:
            chosen = frozenset((self.random.choice(shapes).id,))
            self.session.begin_stroke("Move a shape")
            for step in range(1, 4):
                self.session.update_stroke(
                    self.signed(lambda d, by=step: edits.move_shapes(d, chosen, float(by), 0.5 * by), str(step))
                )
            self.session.end_stroke()

    def undo(self) -> None:
        self.session.undo()

    def redo(self) -> None:
        self.session.redo()

    def switch(self) -> None:
        self.random.choice((self.session.next_image, self.session.previous_image))()

    def drag(self) -> None:
        """Draw a box with the mouse."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        canvas, left = self.window.canvas, Qt.MouseButton.LeftButton
        self.window.actions_["rectangle"].trigger()
        x, y = self.random.uniform(10, 200), self.random.uniform(10, 150)
        start = canvas.widget_from_image(x, y).toPoint()
        end = canvas.widget_from_image(x + 60, y + 50).toPoint()
        QTest.mousePress(canvas, left, Qt.KeyboardModifier.NoModifier, start)
        QTest.mouseMove(canvas, (start + end) / 2)
        QTest.mouseMove(canvas, end)
        QTest.mouseRelease(canvas, left, Qt.KeyboardModifier.NoModifier, end)


def live(folder: Path, diary: Path, seed: int, whole_window: bool) -> None:
    """Edit until killed."""
    from PySide6.QtWidgets import QApplication

    if whole_window:
        from anylabel_plus.ui.app import build

        app, window = build([str(folder)])
        session = window.session
    else:
        from anylabel_plus.ui.session import Session

        app, window = QApplication(["kill9"]), None
        session = Session()
        session.open_folder(folder)
    hand = Hand(session, diary, seed, window)
    app.exec()
    del hand


def restart(folder: Path) -> None:
    """The next start: take what was not saved, look through the folder, close."""
    from PySide6.QtWidgets import QApplication

    from anylabel_plus.ui.session import Session

    app = QApplication(["kill9"])
    session = Session()
    failed: list[str] = []
    session.message.connect(lambda level, text, _: failed.append(text) if level == "error" else None)
    offered: list[Any] = []
    session.find_recovered(lambda found: (offered.append(found), session.settle_recovered(found, keep=True)))
    while not offered or not session.is_idle:
        app.processEvents()
        time.sleep(0.001)
    session.open_folder(folder)
    while not session.is_idle:
        app.processEvents()
        time.sleep(0.001)
    session.close()
    if failed:
        print("\n".join(failed), file=sys.stderr, flush=True)
        os._exit(1)


def forked(work: Callable[[], None]) -> int:
    """Run ``work`` in a child; its process id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        traceback.print_exc()
    os._exit(code)


# The judge ---------------------------------------------------------------------------------------


@dataclass
class Result:
    """What all rounds gave."""

    kills: int = 0
    window_kills: int = 0
    gestures: int = 0
    damaged: int = 0
    unknown: int = 0
    lost_old: int = 0
    lost_young: int = 0
    oldest_lost_ms: float = 0.0
    temporaries: int = 0
    beside: int = 0
    killed_while_writing: int = 0
    recovered: int = 0
    failed_restarts: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        return not (
            self.damaged or self.unknown or self.lost_old or self.temporaries or self.beside or self.failed_restarts
        )


def label_of(folder: Path, number: int) -> Path:
    return folder / f"image_{number}.json"


def state_on_disk(path: Path) -> bytes | None:
    """State of the label file; None: there is none. Raises what the reader raises for a damaged one."""
    from anylabel_plus.formats import native

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    return state_of(native.parse(data, str(path)))


def unlabelled(number: int) -> bytes:
    """The state that is saved by having no label file."""
    from anylabel_plus.formats import native

    return state_of(native.new_document(f"image_{number}.png", 320, 240))


def read_diary(path: Path) -> list[tuple[bytes, float, int, bytes]]:
    data = path.read_bytes() if path.exists() else b""
    return [_LINE.unpack_from(data, at) for at in range(0, len(data) - _LINE.size + 1, _LINE.size)]


def leftovers(*folders: Path) -> list[Path]:
    return [path for folder in folders for path in folder.rglob(".anylabel-tmp-*")]


class Judge:
    """Kills and checks, one round after the other, on one folder."""

    def __init__(self, base: Path, seed: int) -> None:
        self.folder, self.home, self.base = base / "pictures", base / "home", base
        self.random = random.Random(seed)
        self.result = Result()
        os.environ["ANYLABEL_PLUS_HOME"] = str(self.home)

    def round(self, whole_window: bool) -> None:
        diary = self.base / "diary"
        diary.unlink(missing_ok=True)
        before = {number: state_on_disk(label_of(self.folder, number)) for number in range(IMAGES)}
        seed = self.random.randrange(1 << 30)
        child = forked(lambda: live(self.folder, diary, seed, whole_window))
        end = time.monotonic() + 60
        while not read_diary(diary) and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(self.random.uniform(0, LONGEST_LIFE_S))
        killed = time.monotonic()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = read_diary(diary)
        self.result.kills += 1
        self.result.window_kills += whole_window
        self.result.gestures += sum(line[0] == FINISHED for line in lines)
        self.result.killed_while_writing += bool(leftovers(self.folder))
        states = self._check_files(lines, before, "after the kill")
        again = forked(lambda: restart(self.folder))
        if os.waitpid(again, 0)[1]:
            self.result.failed_restarts += 1
        after = self._check_files(lines, before, "after the restart")
        self.result.recovered += states != after
        self._check_loss(lines, after, killed)
        for path in leftovers(self.folder, self.home):
            self.result.temporaries += 1
            path.unlink()
        for path in self.folder.glob("*(recovered)*"):
            self.result.beside += 1
            path.unlink()

    def _check_files(
        self, lines: list[tuple[bytes, float, int, bytes]], before: dict[int, bytes | None], when: str
    ) -> dict[int, bytes | None]:
        states: dict[int, bytes | None] = {}
        for number in range(IMAGES):
            try:
                states[number] = state_on_disk(label_of(self.folder, number))
            except Exception as error:
                self.result.damaged += 1
                self.result.notes.append(f"kill {self.result.kills}, {when}: {error}")
                continue
            known = {line[3] for line in lines if line[2] == number} | {before[number]}
            if states[number] not in known and not (states[number] is None and unlabelled(number) in known):
                self.result.unknown += 1
                self.result.notes.append(f"kill {self.result.kills}, {when}: image {number} in no known state")
        return states

    def _check_loss(
        self, lines: list[tuple[bytes, float, int, bytes]], after: dict[int, bytes | None], killed: float
    ) -> None:
        for number in range(IMAGES):
            finished = [line for line in lines if line[2] == number and line[0] == FINISHED]
            if number not in after or not finished:
                continue
            held = after[number]
            held = unlabelled(number) if held is None else held
            if finished[-1][3] == held:
                continue
            at = max((place for place, line in enumerate(finished) if line[3] == held), default=-1)
            newer = [line for line in lines if line[2] == number and line[3] == held and line[1] > finished[-1][1]]
            if newer:
                continue  # seen, and recorded, in a gesture that was under way
            lost = [(killed - line[1]) for line in finished[at + 1 :]]
            old = sum(age > LOSS_BAR_S for age in lost)
            self.result.lost_old += old
            self.result.lost_young += len(lost) - old
            self.result.oldest_lost_ms = max(self.result.oldest_lost_ms, max(lost) * 1e3)
            self.result.notes.append(
                f"kill {self.result.kills}: image {number} lost {len(lost)}, {max(lost):.3f} s old"
            )


def prepare(folder: Path) -> None:
    """Small pictures; one has a label file with many shapes, written by another program."""
    import numpy as np

    from anylabel_plus import images

    folder.mkdir(parents=True)
    for number in range(IMAGES):
        pixels = np.full((240, 320, 3), 40 + 20 * number, np.uint8)
        (folder / f"image_{number}.png").write_bytes(images.encode_png(pixels))
    ring = [[10 + n, 20 + (n * 7) % 50] for n in range(30)]
    shape = {"label": "leaf", "points": ring, "group_id": None, "shape_type": "polygon", "flags": {}}
    for number, count in ((1, 40), (3, 1500)):
        data = {"version": "5.5.0", "flags": {}, "shapes": [shape] * count, "imagePath": f"image_{number}.png"}
        data |= {"imageData": None, "imageHeight": 240, "imageWidth": 320}
        label_of(folder, number).write_text(json.dumps(data, indent=2))


def measure(kills: int, window_share: float, seed: int, base: Path, *, tell: bool = False) -> Result:
    """Run all rounds below ``base``, an empty folder."""
    import PySide6.QtTest
    import PySide6.QtWidgets  # noqa: F401 (the children start warm)

    import anylabel_plus.ui.app  # noqa: F401
    from anylabel_plus.dataset import recovery, scan  # noqa: F401
    from anylabel_plus.formats import native  # noqa: F401

    prepare(base / "pictures")
    judge = Judge(base, seed)
    for number in range(kills):
        judge.round(whole_window=judge.random.random() < window_share)
        if tell and number % 50 == 49:
            print(json.dumps(vars(judge.result)), file=sys.stderr, flush=True)
    return judge.result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--window-share", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder when left out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        base = options.folder or Path(temporary, "kill9")
        base.mkdir(parents=True, exist_ok=True)
        result = measure(options.kills, options.window_share, options.seed, base, tell=True)
    print(json.dumps({**vars(result), "good": result.good}, indent=1))
    return 0 if result.good else 1


if __name__ == "__main__":
    sys.exit(main())
