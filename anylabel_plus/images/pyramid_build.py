"""Makes a pyramid in a process of its own: the window neither waits nor grows, and a stop is a kill."""

from __future__ import annotations

import errno
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import BinaryIO

import numpy as np

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.images import pyramid
from anylabel_plus.images.choice import Choice
from anylabel_plus.images.header import DamagedError, open_file, reason
from anylabel_plus.images.pixels import Pixels, halved, opencv
from anylabel_plus.images.pyramid import Layout, Pyramid
from anylabel_plus.images.rows import STRIPE_BYTES, row_source
from anylabel_plus.images.source import Source, damaged

OVERVIEW_SIDE = 2048
_POLL_S = 0.05
OnRows = Callable[[int, Pixels], None]
"""A row of the overview and the rows from there on that are known now, as stored (not turned)."""


def can_build(path: Path, choice: Choice) -> bool:
    """Whether this file can be read in bounded memory. Raises UserError when it is no image at all."""
    with open_file(path) as stream:
        try:
            return row_source(path, stream, Source(path, stream).facts, choice) is not None
        except DamagedError as error:
            raise damaged(path, error) from error


def overview_size(layout: Layout) -> tuple[int, int, int]:
    """Width and height of the overview, as stored, and its factor, a power of two."""
    factor = 1
    while max(layout.raw_width, layout.raw_height) > OVERVIEW_SIDE * factor:
        factor *= 2
    return -(-layout.raw_width // factor), -(-layout.raw_height // factor), factor


def build(path: Path, choice: Choice, layout: Layout, on_rows: OnRows, stop: Callable[[], bool]) -> Pyramid:
    """Make the pyramid of ``path`` and open it; blocks until it is there.

    Raises:
        UserError: the image is damaged, or the disk has no room for it.
        Cancelled: ``stop``, asked twenty times a second, said so; nothing is left behind.
    """
    pyramid.make_room(layout, path)
    final = pyramid.folder_for(path, choice)
    folder = final.with_name(f"{final.name}.{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(theirs, path, choice, folder, layout), name="pyramid", daemon=True)
    try:
        process.start()
        theirs.close()
        _listen(ours, path, on_rows, stop)
        process.join()
        if not (final / pyramid.META).exists():
            shutil.rmtree(final, ignore_errors=True)
            folder.rename(final)
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
            process.close()
        ours.close()
        shutil.rmtree(folder, ignore_errors=True)
    opened = pyramid.open_pyramid(path, choice)
    if opened is None:
        raise UserError(f"{path}: the image changed while it was being read.", "Open it again.")
    return opened


def _listen(connection: Connection, path: Path, on_rows: OnRows, stop: Callable[[], bool]) -> None:
    while True:
        if stop():
            raise Cancelled
        if not connection.poll(_POLL_S):
            continue
        try:
            message = connection.recv()
        except EOFError as error:
            raise UserError(f"{path}: reading this image ended too early.", "Is there enough memory?") from error
        if message is None:
            return
        if isinstance(message, UserError):
            raise message
        on_rows(*message)


# In the process of its own -----------------------------------------------------------------------


def _child(connection: Connection, path: Path, choice: Choice, folder: Path, layout: Layout) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        write_levels(path, choice, folder, layout, lambda top, rows: connection.send((top, rows)))
        connection.send(None)
    except BrokenPipeError:
        pass  # the window is gone
    except UserError as error:
        connection.send(error)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        text = f"the disk is full ({folder.parent})" if full else reason(error)
        connection.send(UserError(f"{path}: the image cannot be prepared for showing: {text}."))
    except MemoryError:
        connection.send(UserError(f"{path}: there is not enough memory to read this image."))
    except Exception as error:
        connection.send(damaged(path, error))


class _FirstLevel:
    """Takes the rows of a picture: into the file of the first level, and made small to whoever waits."""

    def __init__(self, path: Path, layout: Layout, on_rows: OnRows) -> None:
        self.path = path
        self._layout, self._on_rows = layout, on_rows
        self._rows = 0
        self._file: BinaryIO | None = None

    def put(self, rows: Pixels) -> None:
        self._file = self._file or self.path.open("wb")
        self._file.write(np.ascontiguousarray(rows).data)
        width, _, factor = overview_size(self._layout)
        height = -(-len(rows) // factor)
        small = opencv().resize(rows, (width, height), interpolation=opencv().INTER_AREA)
        self._on_rows(self._rows // factor, small)
        self._rows += len(rows)

    def check(self) -> None:
        """Raises DamagedError when rows are missing of those that were put."""
        if self._file is not None and self._rows != self._layout.raw_height:
            raise DamagedError("the file is cut short")

    def close(self) -> None:
        """No more rows come."""
        if self._file is not None:
            self._file.close()


def write_levels(path: Path, choice: Choice, folder: Path, layout: Layout, on_rows: OnRows) -> None:
    """Fill ``folder`` with the files of the pyramid of ``path``.

    Raises:
        UserError, DamagedError, OSError: the image cannot be read, or the files cannot be written.
    """
    sizes = layout.sizes()
    with open_file(path) as stream:
        source = row_source(path, stream, Source(path, stream).facts, choice)
        if source is None:
            raise UserError(f"{path}: images of this kind cannot be read in parts.", "Save it as PNG or TIFF.")
        with closing(_FirstLevel(folder / pyramid.level_name(0), layout, on_rows)) as first:
            source.write_to(first)
            first.check()
    for level in range(1, len(sizes)):
        _halve(folder, level, sizes[level - 1])
    pyramid.write_meta(folder, layout)


def _halve(folder: Path, level: int, size: tuple[int, int]) -> None:
    """Make the file of ``level`` from that of the level before, which has ``size``."""
    width, height = size
    block = max(1, STRIPE_BYTES // (6 * width)) * 2
    before, after = (folder / pyramid.level_name(number) for number in (level - 1, level))
    with before.open("rb") as source, after.open("wb") as target:
        for top in range(0, height, block):
            rows = np.fromfile(source, np.uint8, min(block, height - top) * width * 3).reshape(-1, width, 3)
            target.write(halved(rows).data)
