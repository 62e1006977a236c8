"""Pictures from the preview processes, in the GUI thread: asked for, kept, shown."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from anylabel_plus.jobs.preview_process import (
    Opened,
    Preview,
    PreviewPool,
    Refused,
    Reply,
    Restarted,
    Sources,
    Wanted,
)
from anylabel_plus.synthesis.skips import SKIPS
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.said import said

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

_log = logging.getLogger(__name__)
PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture with what it shows."""

    preview: Preview
    image: QImage


class Previews(QObject):
    """``changed`` carries the key of a picture, ``finished`` comes with the last that was asked for; ``problem`` says
    why there are none (empty: there are).

    A picture stays until its successor is there: ``fresh`` tells whether it is what was asked for last.
    """

    changed = Signal(str)
    finished = Signal()
    problem = Signal(str)
    opened = Signal(object)
    restarted = Signal(str)
    _arrived = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._pool: PreviewPool | None = None
        self._pools: list[PreviewPool]
        self._shown: dict[str, Shown] = {}
        self._refusals: dict[str, str] = {}
        self._signs: dict[str, str] = {}
        self._wanted: dict[str, str] = {}
        self._waiting: set[str] = set()
        self._generation = 0
        self._arrived.connect(self._take)
        pools = self._pools = []  # nothing of this object: it is gone when they are closed
        self.destroyed.connect(lambda: _close_all(pools))
        session.closed.connect(self.close)

    def start(self) -> None:
        """Start the processes, so that the first picture does not wait for them."""
        if self._pool is None:
            # Given a signal, not this object: its threads must not keep a closed page alive.
            self._pool = PreviewPool(self._arrived.emit, PROCESSES)
            self._pools.append(self._pool)

    def close(self) -> None:
        """End the processes; what is shown stays."""
        pool, self._pool = self._pool, None
        self._pools.clear()
        self._done_waiting()
        self._signs.clear()
        if pool is not None:
            pool.close()

    def shown(self, key: str) -> Shown | None:
        """The last picture of this key."""
        return self._shown.get(key)

    def fresh(self, key: str) -> bool:
        """Whether the picture of this key is the one asked for last."""
        return key in self._shown and self._signs.get(key) == self._wanted.get(key)

    def refusal(self, key: str) -> str:
        """Why this picture cannot be made; empty when it can."""
        return self._refusals.get(key, "")

    @property
    def waiting(self) -> bool:
        """Whether pictures are being made."""
        return bool(self._waiting)

    def ask(self, sources: Sources, wanted: Sequence[Wanted], max_side: int) -> None:
        """Have these pictures made, but for those that are here already; all others are forgotten."""
        self.start()
        assert self._pool is not None
        self._wanted = {each.key: _sign(sources, each, max_side) for each in wanted}
        for key in set(self._shown) - set(self._wanted):
            del self._shown[key]
        self._refusals = {
            key: text for key, text in self._refusals.items() if self._signs.get(key) == self._wanted.get(key)
        }
        todo = [each for each in wanted if self._signs.get(each.key) != self._wanted[each.key]]
        self._waiting = {each.key for each in todo}
        self._generation = self._pool.ask(sources, todo, max_side)
        if todo:
            self._session.hold("previews")
        else:
            self._done_waiting()

    def forget(self) -> None:
        """Show nothing, such as without a bank."""
        self._shown.clear()
        self._signs.clear()
        self._wanted.clear()
        self._refusals.clear()
        if self._pool is not None:
            self._generation = self._pool.ask(Sources("", ()), (), 0)
        self._done_waiting()

    def _done_waiting(self) -> None:
        self._waiting.clear()
        self._session.release("previews")

    def _take(self, reply: Reply) -> None:
        if isinstance(reply, Restarted):
            _log.warning("a preview process ended: %s", reply.how)
            self.restarted.emit(reply.how)
            return
        if reply.generation != self._generation:
            return
        if isinstance(reply, Opened):
            self.opened.emit(reply)
            return
        self._signs[reply.key] = self._wanted.get(reply.key, "")
        if isinstance(reply, Preview):
            stride = reply.width * 3
            image = QImage(reply.pixels, reply.width, reply.height, stride, QImage.Format.Format_RGB888).copy()
            self._shown[reply.key] = Shown(reply, image)
            self._refusals.pop(reply.key, None)
        else:
            self._refuse(reply)
        self._waiting.discard(reply.key)
        self._tell()
        self.changed.emit(reply.key)
        if not self._waiting:
            self._done_waiting()
            self.finished.emit()

    def _refuse(self, reply: Refused) -> None:
        if reply.details:
            _log.error("preview: %s", reply.details)
        self._shown.pop(reply.key, None)
        self._refusals[reply.key] = f"{said(reply.text)} {said(reply.hint)}".strip()

    def _tell(self) -> None:
        """A problem of all pictures is one of the sources or the recipe."""
        texts = {self._refusals.get(key, "") for key in self._wanted if key not in self._waiting}
        self.problem.emit(next(iter(texts)) if len(texts) == 1 else "")


def _sign(sources: Sources, wanted: Wanted, max_side: int) -> str:
    return json.dumps([repr(sources), wanted.recipe, wanted.seed, wanted.index, max_side], sort_keys=True)


def skips_text(shown: Sequence[Shown]) -> str:
    """ "2 pastes skipped: too hidden"; empty when none was."""
    counts: dict[str, int] = {}
    for each in shown:
        for reason, count in each.preview.skips:
            counts[reason] = counts.get(reason, 0) + count
    total = sum(counts.values())
    if not total:
        return ""
    reasons = ", ".join(
        tr(reason) if reason in SKIPS else said(reason)
        for reason in sorted(counts, key=lambda reason: -counts[reason])[:2]
    )
    if total == 1:
        return tr("1 paste skipped: {reason}", reason=reasons)
    return tr("{count} pastes skipped: {reason}", count=total, reason=reasons)


def _close_all(pools: Sequence[PreviewPool]) -> None:
    for pool in pools:
        pool.close()
