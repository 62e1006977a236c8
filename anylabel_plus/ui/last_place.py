"""Where a window is, so that the next start can go back there after a crash.

One small file a process, appended to and held by it; one that nobody holds belongs to a process that died, since a
window that is closed takes its file away.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from pathlib import Path
from typing import BinaryIO

from anylabel_plus import paths
from anylabel_plus.dataset.locks import hold, is_free

_log = logging.getLogger(__name__)


class LastPlace:
    """The place of this window, and those that dead ones left."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or paths.user_state("open")
        self._stream: BinaryIO | None = None
        self._path = self.folder / f"{os.getpid()}-{os.urandom(4).hex()}.place"

    def note(self, folder: Path | None, image: Path | None) -> None:
        """Remember what is shown; costs one small write. A folder that cannot be written is no error."""
        try:
            if self._stream is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._stream = open(self._path, "x+b", buffering=0)  # noqa: SIM115 (held while the window lives)
                hold(self._stream)
            place = {"folder": str(folder or ""), "image": str(image or "")}
            self._stream.write(json.dumps(place).encode() + b"\n")
        except OSError as error:
            _log.warning("%s: not written (%s)", self._path, error)

    def close(self) -> None:
        """The window was closed as usual: there is nothing to go back to."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
            with contextlib.suppress(OSError):
                self._path.unlink()

    def take_left(self) -> Path | None:
        """The image (or folder) that the process which died last showed, None when none died; asked only once."""
        dead = [path for path in self.folder.glob("*.place") if path != self._path and is_free(path)]
        newest: tuple[float, Path] | None = None
        for path in dead:
            with contextlib.suppress(OSError, ValueError, IndexError):
                time, lines = path.stat().st_mtime, path.read_bytes().split(b"\n")[:-1]
                place = json.loads(lines[-1])
                found = next((Path(place[key]) for key in ("image", "folder") if place[key]), None)
                if found is not None and found.exists() and (newest is None or time > newest[0]):
                    newest = (time, found)
            with contextlib.suppress(OSError):
                path.unlink()
        return newest[1] if newest is not None else None
