"""Processes that read label files and image headers for the index; one process writes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor

from anylabel_plus.dataset.index.reading import Read, Task, read_all

FEW = 400
"""So many files are read sooner than processes have started."""
_PIECE = 100


def read_tasks(tasks: Sequence[Task], workers: int | None = None) -> Iterator[list[Read]]:
    """The facts of all tasks, in lists, in order.

    Args:
        tasks: what to read.
        workers: processes to use; None: one for each core, none at all for ``FEW`` files.
    """
    count = (os.cpu_count() or 1) if workers is None else workers
    pieces = [list(tasks[start : start + _PIECE]) for start in range(0, len(tasks), _PIECE)]
    if count < 1 or (workers is None and len(tasks) <= FEW):
        for piece in pieces:
            yield read_all(piece)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(count, context, initializer=_begin) as pool:
        waiting: deque[Future[list[Read]]] = deque()
        try:
            for piece in pieces:
                waiting.append(pool.submit(read_all, piece))
                if len(waiting) > 4 * count:  # answers must not heap up before they are written
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


def _begin() -> None:
    # Ctrl+C goes to the whole group; the process that writes decides when to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait for the process that started this one and end with it, however it died."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
