"""A refresh in a process of its own: the one that called only waits and takes no part in the work."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.dataset.index.crew import end_with_parent
from anylabel_plus.dataset.index.database import Index, Refreshed
from anylabel_plus.dataset.scan import scan

_LOOK_S = 0.1
_NICE = 10


def refresh_apart(
    root: Path, labels_dir: Path | None, progress: Callable[[int, int], object], stopped: Callable[[], bool]
) -> Refreshed:
    """Bring the index of ``root`` up to date with its files, at low priority, for somebody who looks at them.

    Args:
        root: the data set.
        labels_dir: folder of its label files, None: beside the images.
        progress: called with files read and files to read.
        stopped: asked ten times a second; True ends the process, what it has read is kept.

    Raises:
        UserError: the folder cannot be read or the index not be written.
        Cancelled: ``stopped`` said so.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, str(root), str(labels_dir) if labels_dir else None))
    process.start()
    theirs.close()
    try:
        while not stopped():
            if not ours.poll(_LOOK_S):
                continue
            answer = ours.recv()
            if isinstance(answer, UserError):
                raise answer
            if isinstance(answer, Refreshed):
                return answer
            progress(*answer)
        raise Cancelled
    except (EOFError, OSError) as error:
        process.join()
        raise UserError(
            f"{root}: the process that reads its label files died (exit code {process.exitcode}).",
            "Look for new images to try again.",
        ) from error
    finally:
        ours.close()
        process.terminate()
        process.join()
        process.close()


def _work(pipe: Connection, root: str, labels_dir: str | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICE)
    labels = Path(labels_dir) if labels_dir else None
    with contextlib.suppress(BrokenPipeError, EOFError):
        try:
            found = scan(Path(root), labels)
            with Index.open(Path(root), labels, make=False) as index:
                pipe.send(index.refresh(found, lambda done, total: pipe.send((done, total))))
        except UserError as error:
            pipe.send(UserError(error.text, error.hint))
