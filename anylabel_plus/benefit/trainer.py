"""A user's own trainer: a command line with placeholders, run without a shell, that leaves its scores in a file."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from anylabel_plus.core.errors import UserError

PLACEHOLDERS = ("train", "val", "seed", "steps", "out")
SCORES = "scores.json"
LOG = "log.txt"
_NEEDED = ("train", "val", "out")
_NAME = re.compile(r"\{(\w+)\}")


def words(template: str) -> list[str]:
    """The command's words, placeholders as they are.

    Raises:
        UserError: there is none, a quote is not closed, or a placeholder is unknown or missing.
    """
    try:
        found = shlex.split(template, posix=os.name == "posix")
    except ValueError as error:
        raise UserError(f"--trainer {template!r}: {error}.", "Close every quote.") from error
    named = {name for word in found for name in _NAME.findall(word)}
    for name in sorted(named - set(PLACEHOLDERS)):
        known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
        raise UserError(f"--trainer: there is no placeholder {{{name}}}.", f"There are {known}.")
    for name in _NEEDED:
        if name not in named:
            raise UserError(f"--trainer: {{{name}}} is missing.", "The command needs {train}, {val} and {out}.")
    return found


def filled(template: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """The words with each placeholder replaced; a value with blanks stays inside its word."""
    return [_NAME.sub(lambda match: values[match.group(1)], word) for word in template]


def run(command: Sequence[str], out: Path, timeout_s: float) -> None:
    """Run the command; what it prints goes to ``log.txt`` in ``out``. It ends, children too, when we do.

    Raises:
        UserError: it cannot be started, takes longer than ``timeout_s`` seconds, or ends with an error.
    """
    log = out / LOG
    with log.open("wb") as stream:
        try:
            process = subprocess.Popen(
                list(command), stdin=subprocess.DEVNULL, stdout=stream, stderr=stream, start_new_session=True
            )
        except OSError as error:
            raise UserError(
                f"--trainer: {command[0]} cannot be started ({error.strerror or error}).", "Give the program's path."
            ) from error
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise UserError(
                f"--trainer: {shlex.join(command)} was not done after {timeout_s:g} s.", "Give a longer --timeout."
            ) from error
        finally:
            _end(process)
    if code:
        raise UserError(f"--trainer: {shlex.join(command)} ended with the code {code}: {_last_line(log)}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it and its children, if it is still there."""
    if process.poll() is not None:
        return
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    process.wait()


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "backslashreplace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing.")


def scores(out: Path, images: Sequence[str]) -> list[float]:
    """The scores in ``scores.json``: one for each of ``images``, in order, or a single one for all of them.

    Raises:
        UserError: there is no such file, it is no JSON, an image has no score, or a score is no number.
    """
    path = out / SCORES
    hint = "It holds images, an object of scores by file name for every validation image, or one score for all."
    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: the trainer did not write it ({error.strerror or error}).", hint) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: is no JSON ({error}).", hint) from error
    if not isinstance(data, dict) or not isinstance(data.get("images", {}), dict):
        raise UserError(f"{path}: is not as it should be.", hint)
    if "images" not in data:
        return [_number(path, "score", data.get("score"))]
    missing = [name for name in images if name not in data["images"]]
    if missing:
        raise UserError(f"{path}: {missing[0]} has no score ({len(missing)} of {len(images)} have none).", hint)
    return [_number(path, name, data["images"][name]) for name in images]


def _number(path: Path, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UserError(f"{path}: {name} is {value!r}, which is no number.")
    return float(value)
