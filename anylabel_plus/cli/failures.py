"""The one door of the command line for errors: one line on stderr, an exit code, details in the log."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import traceback
from pathlib import Path

from anylabel_plus import __version__, paths
from anylabel_plus.cli.output import print_json, printable
from anylabel_plus.core.errors import Cancelled, UserError

DEBUG_VARIABLE = "ANYLABEL_PLUS_DEBUG"
CANCELLED_EXIT = 130
_LOG_BYTES = 1_000_000


class UsageError(UserError):
    """The command line itself is wrong; exit code 2."""

    exit_code = 2


def report(error: BaseException, *, as_json: bool = False) -> int:
    """Tell the user about ``error`` and return the exit code.

    ``UserError``: its text, hint and code. Wrong usage: 2. Ctrl+C and ``Cancelled``: 130. A
    closed pipe: silent. Anything else is a bug: one line, the details go to the log file (and to
    stderr when ANYLABEL_PLUS_DEBUG is set). ``as_json``: {"error", "exit_code"} goes to stdout as well.
    """
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return 1
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    cancelled = _is_cancelled(error) or _is_typer(error, "Abort")
    text, code = ("cancelled", CANCELLED_EXIT) if cancelled else _told(error)
    _line(text if cancelled else f"error: {text}")
    if as_json:
        with contextlib.suppress(OSError, ValueError, AttributeError):  # as in _line; flush_stdout sees to it
            print_json({"error": text, "exit_code": code})
    return code


def _is_cancelled(error: BaseException | None) -> bool:
    """Also where Python wraps a Ctrl+C into another error, as it does while a class is being made."""
    while error is not None:
        if isinstance(error, KeyboardInterrupt | Cancelled):
            return True
        error = error.__cause__
    return False


def _told(error: BaseException) -> tuple[str, int]:
    """What to say about an error, and its exit code."""
    if isinstance(error, UserError):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.strerror:
        # A full disk or a folder without permission that nobody below put into words.
        log("".join(traceback.format_exception(error)))
        where = f"{error.filename}: " if error.filename is not None else ""
        return f"{where}{error.strerror}.", 1
    if _is_typer(error, "BadParameter"):
        return _usage_text(error), UsageError.exit_code
    return _bug_text(error), 1


def flush_stdout() -> None:
    """Write what is buffered; a reader that has gone away is not an error."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (BrokenPipeError, ValueError):
        _silence_stdout()


def log_path() -> Path:
    """The log file of the command line."""
    return paths.user_state("logs", "anylabel-plus.log")


def log(text: str) -> Path | None:
    """Append ``text`` to the log with time and version; None when it cannot be written."""
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_suffix(".old.log"))
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        with path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(f"{stamp} {__version__} {text.rstrip()}\n")
    except OSError:
        return None
    return path


def _bug_text(error: BaseException) -> str:
    details = "".join(traceback.format_exception(error))
    path = log(f"command: {sys.argv!r}\n{details}")
    if os.environ.get(DEBUG_VARIABLE):
        print(details, file=sys.stderr, end="")
    where = f" Details are in {path}." if path else f" Set {DEBUG_VARIABLE}=1 to see the details."
    return f"unexpected {type(error).__name__}: {error}.{where}"


def _line(text: str) -> None:
    with contextlib.suppress(
        OSError, ValueError, AttributeError
    ):  # stderr may be closed, or None in a windowed program
        print(" ".join(printable(text).split()), file=sys.stderr, flush=True)


def _is_typer(error: BaseException, name: str) -> bool:
    """Whether ``error`` is typer's "Abort", or, for "BadParameter", any wrong usage."""
    if "typer" not in sys.modules:
        return False
    import typer

    # Where the classes live differs between versions of typer: ask for what it exports.
    return isinstance(error, typer.Abort if name == "Abort" else typer.BadParameter.__mro__[1])


def _usage_text(error: BaseException) -> str:
    text = str(error.format_message()) if hasattr(error, "format_message") else str(error)
    context = getattr(error, "ctx", None)
    if context is None or "--help" in text:
        return text
    return f"{text} See {context.command_path} --help."


def _silence_stdout() -> None:
    with contextlib.suppress(OSError, ValueError):
        handle = os.open(os.devnull, os.O_WRONLY)
        os.dup2(handle, sys.stdout.fileno())
        os.close(handle)
