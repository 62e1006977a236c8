"""``split``: which images of a data set are for training, validation and testing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from anylabel_plus.cli import output
from anylabel_plus.cli.failures import UsageError

if TYPE_CHECKING:
    from anylabel_plus.dataset.split_file import Splits

_Dataset = Annotated[Path, typer.Argument(help="The data set.", readable=False)]
_Labels = Annotated[
    Path | None, typer.Option("--labels-dir", help="Folder of the label files, if not beside the images.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_HELP = """Say which images are for training, validation and testing.

split DATASET --ratio 8/1/1 divides a data set, split set DATASET PART IMAGE... puts single images into a part, split
show DATASET counts. Composites, and images that composites were made from, stay in training: anything else is refused
(exit code 4)."""


class _RatioUnlessNamed(TyperGroup):
    """``split DATASET --ratio …`` is short for ``split ratio DATASET --ratio …``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        first = args[0] if args else "--help"
        about = first in ("--help", "-h")
        if first not in self.commands and not about:
            args = ["ratio", *args]
        return super().parse_args(ctx, args)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        return ["DATASET --ratio 8/1/1 [--seed S] | set | show"]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(cls=_RatioUnlessNamed, help=_HELP)
    group.command("ratio", help="Divide a data set by a ratio; its name can be left out: split DATASET --ratio 8/1/1.")(
        ratio
    )
    group.command("set", help="Put images into a part: train, val, test or none.")(set_)
    group.command("show", help="Count the images of each part, or list them.")(show)
    app.add_typer(group, name="split")


def ratio(
    dataset: _Dataset,
    ratio: Annotated[
        str, typer.Option("--ratio", help="train/val/test, such as 8/1/1; a fourth number: images in no part.")
    ],
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another division.")] = 0,
    everything: Annotated[
        bool, typer.Option("--all", help="Divide all images anew; without it, those that have a part keep it.")
    ] = False,
    labels_dir: _Labels = None,
    as_json: _Json = False,
) -> int:
    """Divide the data set, and print the counts and what was held back in training."""
    from anylabel_plus.dataset.splits import parse_ratio, split_by_ratio

    shares = parse_ratio(ratio)
    with _Shown("Looking at images") as step:
        done = split_by_ratio(dataset, shares, seed, everything=everything, labels_dir=labels_dir, progress=step)
    facts = _facts(dataset, done.splits, labels_dir)
    if as_json:
        more = {"seed": seed, "changed": done.changed, "kept": done.kept, "held_back": dict(done.held_back)}
        output.print_json({**facts, **more})
        return 0
    _tell(facts)
    if done.kept and not everything:
        output.say(f"{done.kept} images kept the part they had; --all divides them too.")
    if done.held_back:
        name, reason = next(iter(done.held_back.items()))
        output.say(f"{len(done.held_back)} images stay in training; {name}: {reason}.")
    return 0


def set_(
    dataset: _Dataset,
    part: Annotated[str, typer.Argument(help="train, val, test or none.")],
    images: Annotated[list[Path] | None, typer.Argument(help="Images: paths, or paths below the data set.")] = None,
    query: Annotated[str, typer.Option("--find", help="Also the images that a query fits, as in find.")] = "",
    labels_dir: _Labels = None,
    as_json: _Json = False,
) -> int:
    """Put images into a part, all of them or none."""
    from anylabel_plus.dataset.splits import assign, part_named

    wanted = part_named(part)
    names = [_relative(dataset, image) for image in images or []]
    if query:
        names += _fitting(dataset, query, labels_dir)
    elif not names:
        raise UsageError("No image is given.", "Name images, or use --find.")
    with _Shown("Looking at images") as step:
        splits = assign(dataset, dict.fromkeys(names, wanted), labels_dir, step)
    facts = _facts(dataset, splits, labels_dir)
    if as_json:
        output.print_json({**facts, "part": wanted, "images": list(dict.fromkeys(names))})
        return 0
    output.say(f"{len(set(names))} images: {wanted}.")
    _tell(facts)
    return 0


def show(
    dataset: _Dataset,
    listed: Annotated[bool, typer.Option("--list", help="One line an image: part, kind, path.")] = False,
    labels_dir: _Labels = None,
    as_json: _Json = False,
) -> int:
    """Print how many images each part has, and of which kinds they are."""
    from anylabel_plus.dataset.scan import scan
    from anylabel_plus.dataset.splits import Splits, image_kind

    splits = Splits.load(dataset)
    items = scan(dataset, labels_dir)
    rows: list[tuple[str, str, str]] = []
    with _Shown("Looking at images") as step:
        for number, item in enumerate(items, 1):
            source = item.label_source
            kind = image_kind(item.image, source or item.label)
            rows.append((splits.part(item.relative), kind, item.relative))
            step(number, len(items))
    facts = _facts(dataset, splits, labels_dir, rows)
    if as_json:
        images = [{"image": name, "part": part, "kind": kind} for part, kind, name in rows]
        output.print_json({**facts, **({"images": images} if listed else {})})
        return 0
    if listed:
        for part, kind, name in rows:
            output.print_result(f"{part:<5}  {kind:<9}  {name}")
        return 0
    _tell(facts)
    kinds = ", ".join(f"{kind} {count}" for kind, count in facts["kinds"].items())
    output.print_result(f"Kinds: {kinds}")
    return 0


class _Shown:
    """The progress line, while the block runs."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._progress = output.Progress()

    def __enter__(self) -> _Shown:
        return self

    def __call__(self, done: int, total: int) -> None:
        self._progress.step(done, total, self._title)

    def __exit__(self, *_: object) -> None:
        self._progress.close()


def _facts(
    dataset: Path, splits: Splits, labels_dir: Path | None, rows: list[tuple[str, str, str]] | None = None
) -> dict[str, Any]:
    """Counts of the images that are there; ``missing`` are those that the split names and that are gone."""
    from collections import Counter

    from anylabel_plus.dataset.scan import scan
    from anylabel_plus.dataset.splits import PARTS

    names = [name for _, _, name in rows] if rows is not None else [one.relative for one in scan(dataset, labels_dir)]
    here = Counter(splits.part(name) for name in names)
    facts: dict[str, Any] = {
        "dataset": str(dataset),
        "parts": {part: here[part] for part in PARTS},
        "missing": len(splits.parts.keys() - set(names)),
    }
    if rows is not None:
        facts["kinds"] = dict(sorted(Counter(kind for _, kind, _ in rows).items()))
    return facts


def _tell(facts: dict[str, Any]) -> None:
    counts = facts["parts"]
    total = sum(counts.values())
    for part, count in counts.items():
        output.print_result(f"{part:<5} {count:>9}  {100 * count / total if total else 0:5.1f} %")
    if facts["missing"]:
        output.say(f"{facts['missing']} images that have a part are gone; --ratio takes them out.")


def _relative(dataset: Path, image: Path) -> str:
    """Below the data set: as it is given when it is there, else the path of a file inside it."""
    import os

    if not image.is_absolute() and (dataset / image).exists():
        return Path(os.path.normpath(image)).as_posix()
    absolute, top = Path(os.path.normpath(image.absolute())), Path(os.path.normpath(dataset.absolute()))
    if absolute.is_relative_to(top) and absolute.exists():
        return absolute.relative_to(top).as_posix()
    return image.as_posix()


def _fitting(dataset: Path, query: str, labels_dir: Path | None) -> list[str]:
    from anylabel_plus.cli.dataset_index import refreshed
    from anylabel_plus.dataset.index import parse

    wanted = parse(query)
    opened, found, _ = refreshed(dataset, labels_dir)
    with opened:
        opened.bind(found)
        return [found[row].relative for row in opened.find(wanted)]
