"""Keeps what C and C++ libraries write to stderr from between the program's own lines."""

from __future__ import annotations

import contextlib
import io
import os
import sys

from anylabel_plus.cli.failures import DEBUG_VARIABLE

_STDERR = 2


def silence() -> None:
    """Give ``sys.stderr`` a descriptor of its own and send descriptor 2 nowhere.

    Decoders and runtimes print remarks ("Corrupt JPEG data: ...") straight to descriptor 2, past
    Python, and child processes inherit that. Nothing happens when ANYLABEL_PLUS_DEBUG is set, nor
    when stderr is closed or no longer descriptor 2.
    """
    if os.environ.get(DEBUG_VARIABLE) or sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError, AttributeError):
        if sys.stderr.fileno() != _STDERR:
            return
        sys.stderr.flush()
        own, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDERR)
        os.close(nowhere)
        encoding = sys.stderr.encoding
        sys.stderr = io.TextIOWrapper(
            os.fdopen(own, "wb", 0), encoding, "backslashreplace", line_buffering=True, write_through=True
        )
