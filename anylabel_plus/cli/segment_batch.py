"""``segment --batch``: one prompt a line in, one answer a line out, in the same order."""

from __future__ import annotations

import contextlib
import difflib
import json
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from anylabel_plus.cli import failures, output
from anylabel_plus.cli.answers import answer_json
from anylabel_plus.core.errors import UserError

if TYPE_CHECKING:
    from anylabel_plus.core.masks import Mask
    from anylabel_plus.inference.base import Prompt
    from anylabel_plus.inference.protocol import Answer
    from anylabel_plus.inference.service import Service

FAILED_ITEMS_EXIT = 3
_READ_AHEAD = 16
_KEYS = ("image", "points", "box", "mask")


def run(service: Service, model: str, source: Path, out: Path | None, *, as_json: bool) -> int:
    """Answer every line; returns 0, or 3 when a line could not be answered.

    Up to 16 consecutive lines of a file that name the same image are answered together. From a pipe each line is
    answered before the next is read: whoever writes them may be waiting. With ``out`` and ``as_json`` a
    summary goes to stdout.

    Raises:
        UserError: the prompts cannot be read, the answers not written, or the model not loaded.
    """
    folder = Path() if str(source) == "-" else source.parent
    answered = failed = 0
    info = service.info(model)  # a model that cannot be loaded is one error, not one for each line
    if info.provider_note:
        output.say(f"note: {info.provider_note}")
    together = _READ_AHEAD if str(source) != "-" and source.is_file() else 1
    with _lines(source) as lines, _sink(out, source) as sink:
        for group in _groups(lines, together):
            for answer in _answers(service, model, folder, group):
                answered, failed = answered + ("error" not in answer), failed + ("error" in answer)
                sink.write(json.dumps(answer) + "\n")
                sink.flush()
    if failed:
        output.say(f"{failed} of {answered + failed} prompts could not be answered.")
    if out is not None and as_json:
        output.print_json({"answered": answered, "failed": failed, "out": str(out)})
    return FAILED_ITEMS_EXIT if failed else 0


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One line: its number and text, and what it asks, or what is wrong with it."""

    number: int
    line: bytes
    image: str = ""
    prompt: Prompt | None = None
    mask_size: tuple[int, int] | None = None
    error: Exception | None = None


def _groups(lines: Iterable[bytes], together: int) -> Iterator[list[Asked]]:
    """Consecutive lines about one image, at most ``together``; a wrong line is a group of its own."""
    group: list[Asked] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        asked = _asked(number, line)
        if group and (asked.error is not None or asked.image != group[0].image):
            yield group
            group = []
        group.append(asked)
        if asked.error is not None or len(group) >= together:
            yield group
            group = []
    if group:
        yield group


def _asked(number: int, line: bytes) -> Asked:
    try:
        image, prompt, mask_size = parse(line)
    except Exception as error:  # told in the line's answer
        return Asked(number, line, error=error)
    return Asked(number, line, image, prompt, mask_size)


def _answers(service: Service, model: str, folder: Path, group: list[Asked]) -> Iterator[dict[str, Any]]:
    prompts = [asked.prompt for asked in group if asked.prompt is not None]
    answers: list[Answer] = []
    if len(prompts) > 1:
        # What is wrong with one of them is found out, and told, one by one.
        with contextlib.suppress(Exception):
            answers = service.segment_many(folder / group[0].image, prompts, model)
    for index, asked in enumerate(group):
        try:
            yield _answer(service, model, folder, asked, answers[index] if answers else None)
        except UserError as error:
            yield {"error": str(error), "line": asked.number}
        except Exception as error:  # a bug met by one line must not cost the others their answers
            failures.log(f"line {asked.number}: {asked.line!r}\n{''.join(traceback.format_exception(error))}")
            yield {"error": f"unexpected {type(error).__name__}: {error}", "line": asked.number}


def _answer(service: Service, model: str, folder: Path, asked: Asked, answer: Answer | None) -> dict[str, Any]:
    if asked.prompt is None:
        assert asked.error is not None
        raise asked.error
    if answer is None:
        answer = service.segment(folder / asked.image, asked.prompt, model)
    if asked.mask_size is not None and asked.mask_size != (answer.height, answer.width):
        raise UserError(
            f"mask has the size {list(asked.mask_size)}, the image [h, w] = {[answer.height, answer.width]}.",
            "Give the mask in the upright image's size.",
        )
    return answer_json(asked.image, answer)


def parse(line: bytes) -> tuple[str, Prompt, tuple[int, int] | None]:
    """The image as named, the prompt, and the (h, w) of its mask, of one line.

    Raises:
        UserError: not JSON, or a field that is missing or wrong; names the field.
    """
    from anylabel_plus.inference.base import Prompt

    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"Not a line of JSON ({error}).") from error
    if not isinstance(data, dict):
        raise UserError("A prompt must be a JSON object.")
    for name in sorted(set(data) - set(_KEYS)):
        # Fields of the user's own are welcome, misspelt ones are not.
        if near := difflib.get_close_matches(name, [key for key in _KEYS if key not in data], 1, 0.7):
            raise UserError(f"Unknown field {name!r}.", f"Did you mean {near[0]!r}?")
    image = data.get("image")
    if not isinstance(image, str) or not image or "\0" in image:
        raise UserError("image must be a path.")
    mask, mask_size = _mask(data.get("mask"))
    return image, Prompt(_points(data.get("points")), _box(data.get("box")), mask), mask_size


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f"{field} must hold numbers, not {value!r}.")
    try:
        return float(value)
    except OverflowError as error:
        raise UserError(f"{field} holds a number that is too large.") from error


def _points(value: Any) -> tuple[tuple[float, float, int], ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise UserError("points must be a list of [x, y, 1 or 0].")
    points = []
    for index, entry in enumerate(value):
        field = f"points[{index}]"
        if not isinstance(entry, list) or len(entry) not in (2, 3):
            raise UserError(f"{field} must be [x, y, 1 or 0].")
        numbers = [_number(number, field) for number in entry]
        label = numbers[2] if len(numbers) == 3 else 1
        if label not in (0, 1):
            raise UserError(f"{field} has the label {label:g}.", "1 includes, 0 excludes.")
        points.append((numbers[0], numbers[1], int(label)))
    return tuple(points)


def _box(value: Any) -> tuple[float, float, float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 4:
        raise UserError("box must be [x1, y1, x2, y2].")
    x1, y1, x2, y2 = (_number(number, "box") for number in value)
    return x1, y1, x2, y2


def _mask(value: Any) -> tuple[Mask | None, tuple[int, int] | None]:
    if value is None:
        return None, None
    from anylabel_plus.core import masks

    if not isinstance(value, dict):
        raise UserError('mask must be {"size": [h, w], "counts": ...}.')
    try:
        height, width = value["size"]
        return masks.rle_decode(value), (int(height), int(width))
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"mask is not a COCO RLE ({error}).") from error


@contextlib.contextmanager
def _lines(source: Path) -> Iterator[IO[bytes]]:
    """Binary lines: a line that is not UTF-8 is a bad line, not the end of the run."""
    if str(source) == "-":
        yield sys.stdin.buffer
        return
    try:
        stream = source.open("rb")
    except OSError as error:
        raise UserError(f"{source}: the prompts cannot be read ({error.strerror}).") from error
    with stream:
        yield stream


@contextlib.contextmanager
def _sink(out: Path | None, source: Path) -> Iterator[IO[str]]:
    """Where answers go. A file is written in place, since each answer must be there before the next line is read."""
    if out is None:
        yield sys.stdout
        return
    if str(source) != "-" and out.exists() and out.samefile(source):
        raise UserError(f"--out {out} is the list of prompts itself.", "Choose another file.")
    try:
        stream = out.open("w", encoding="utf-8", newline="\n")
    except OSError as error:
        raise UserError(f"{out}: the answers cannot be written ({error.strerror}).") from error
    with stream:
        yield stream
