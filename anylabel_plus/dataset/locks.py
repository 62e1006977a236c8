"""Files that a living process holds: the system lets go of them when it dies, however it dies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

_LOCK_AT = 1 << 60  # Windows locks bytes; these lie behind any content

if sys.platform == "win32":
    import msvcrt

    def hold(stream: BinaryIO) -> None:
        """Hold the file until it is closed; raises OSError when another holds it."""
        stream.seek(_LOCK_AT)
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        stream.seek(0)

else:
    import fcntl

    def hold(stream: BinaryIO) -> None:
        """Hold the file until it is closed; raises OSError when another holds it."""
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_free(path: Path) -> bool:
    """True when no living process holds the file; False too when it cannot be opened."""
    try:
        with open(path, "r+b", buffering=0) as stream:
            hold(stream)
    except OSError:
        return False
    return True
