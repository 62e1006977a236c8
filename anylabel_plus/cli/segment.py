"""``segment``: candidates for points and boxes, in one image or for a list of prompts."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from anylabel_plus.cli import output
from anylabel_plus.cli.answers import answer_json, candidate_json
from anylabel_plus.cli.failures import UsageError
from anylabel_plus.core.errors import UserError

if TYPE_CHECKING:
    from anylabel_plus.inference.protocol import Answer
    from anylabel_plus.inference.service import Service

Box = tuple[float, float, float, float]
Point = tuple[float, float, int]

HELP = """Cut out what points or boxes show.

Coordinates are pixels of the upright image. All points, with one box if there is one, are one prompt. Several
boxes are several prompts: the answer then holds the best candidate of each box, in the order of the boxes, with the
box in its field "box". Candidates of one prompt come best first.

--batch reads one JSON object a line: {"image": PATH, "points": [[x,y,1|0],...], "box": [x1,y1,x2,y2]|null,
"mask": RLE|null} and writes one answer a line. Paths are relative to the file's folder.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("segment", help=HELP)(segment)


def segment(
    image: Annotated[Path | None, typer.Argument(help="The image.", metavar="IMAGE", readable=False)] = None,
    point: Annotated[
        list[str] | None, typer.Option(help="A point to include (1, the default) or exclude (0).", metavar="X,Y[,0|1]")
    ] = None,
    box: Annotated[list[str] | None, typer.Option(help="Two opposite corners.", metavar="X1,Y1,X2,Y2")] = None,
    model: Annotated[str, typer.Option(help="Model id, or a model file. Default: the setting assist.model.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write the best mask as a 0/255 PNG; with --batch, the answers.", readable=False)
    ] = None,
    batch: Annotated[
        Path | None,
        typer.Option(
            help="A file with one prompt a line; - reads standard input.", metavar="PROMPTS.jsonl", readable=False
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda. Default: the setting models.device.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as one JSON object.")] = False,
) -> int:
    """See ``HELP``."""
    points = [_point(text) for text in point or []]
    boxes = [_box(text) for text in box or []]
    if device not in ("", "auto", "cpu", "cuda"):
        raise UsageError(f"--device {device} is none of auto, cpu, cuda.")
    if batch is not None:
        if image is not None or points or boxes:
            raise UsageError("--batch takes its images, points and boxes from the file.")
        from anylabel_plus.cli import segment_batch

        return segment_batch.run(_service(device), _model(model), batch, out, as_json=as_json)
    if image is None:
        raise UsageError("Name an image, or give --batch PROMPTS.jsonl.")
    if not points and not boxes:
        raise UsageError("Give at least one --point X,Y or --box X1,Y1,X2,Y2.")
    if points and len(boxes) > 1:
        raise UsageError("Points go with one box only: with several boxes each is a prompt of its own.")
    return _segment_one(_service(device), _model(model), image, points, boxes, out, as_json)


def _segment_one(
    service: Service, model: str, image: Path, points: list[Point], boxes: list[Box], out: Path | None, as_json: bool
) -> int:
    from anylabel_plus.inference.base import Prompt

    start = time.perf_counter()
    prompts = [Prompt(tuple(points), box) for box in boxes] or [Prompt(tuple(points))]
    answers = service.segment_many(image, prompts, model)
    if len(answers) == 1:
        data = answer_json(str(image), answers[0])
    else:
        data = _joined(str(image), answers, boxes, (time.perf_counter() - start) * 1000)
    if out is not None:
        _write_mask(answers, image, out)
    note = answers[0].info.provider_note
    if note:
        output.say(f"note: {note}")
    if as_json:
        output.print_json(data)
    else:
        _print(data, out)
    return 0


def _joined(image: str, answers: list[Answer], boxes: list[Box], total_ms: float) -> dict[str, Any]:
    """One answer for several boxes: the best candidate of each that has one."""
    data = answer_json(image, answers[0])
    data["candidates"] = [
        {**candidate_json(answer.candidates[0], answer), "box": list(box)}
        for answer, box in zip(answers, boxes, strict=True)
        if answer.candidates
    ]
    timing: dict[str, float] = {}
    for answer in answers:
        for stage, spent in answer.timing_ms.items():
            timing[stage] = round(timing.get(stage, 0.0) + spent, 3)
    data["timing_ms"] = {**timing, "total": round(total_ms, 3)}
    return data


def _write_mask(answers: list[Answer], image: Path, out: Path) -> None:
    import numpy as np

    from anylabel_plus import files, images
    from anylabel_plus.core import masks

    candidates = [answer.candidates[0] for answer in answers if answer.candidates]
    if not candidates:
        raise UserError(f"{image}: the model found nothing for this prompt, so {out} was not written.")
    if out.exists() and image.exists() and out.samefile(image):
        raise UserError(f"--out {out} is the image itself.", "Choose another file.")
    best = max(candidates, key=lambda candidate: candidate.score)
    frame = masks.full(best.mask, answers[0].width, answers[0].height)
    try:
        files.write_atomic(out, images.encode_png(frame.astype(np.uint8) * 255))
    except OSError as error:
        raise UserError(f"{out}: the mask was not written ({error.strerror}).") from error


def _print(data: dict[str, Any], out: Path | None) -> None:
    for candidate in data["candidates"]:
        bbox = ",".join(f"{value:g}" for value in candidate["bbox"])
        output.print_result(f"score {candidate['score']:.3f}  area {candidate['area']}  bbox {bbox}")
    if not data["candidates"]:
        output.say("The model found nothing for this prompt.")
    if out is not None:
        output.say(f"Mask written to {out}")


def _service(device: str) -> Service:
    from anylabel_plus.inference.service import Service
    from anylabel_plus.settings import Settings, service_options

    return Service(service_options(Settings(), device=device))


def _model(text: str) -> str:
    from anylabel_plus.settings import Settings

    return text or str(Settings().get("assist.model"))


def _numbers(text: str, option: str, form: str, counts: tuple[int, ...]) -> list[float]:
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) not in counts:
        raise UsageError(f"{option} {text!r} is not {form}.")
    return values


def _point(text: str) -> Point:
    values = _numbers(text, "--point", "X,Y or X,Y,0 or X,Y,1", (2, 3))
    label = values[2] if len(values) == 3 else 1
    if label not in (0, 1):
        raise UsageError(f"--point {text!r}: the label is 1 (include) or 0 (exclude).")
    return values[0], values[1], int(label)


def _box(text: str) -> Box:
    x1, y1, x2, y2 = _numbers(text, "--box", "X1,Y1,X2,Y2", (4,))
    return x1, y1, x2, y2
