"""``index``, ``stats`` and ``find``: what a data set holds, from its index."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from anylabel_plus.cli import output

if TYPE_CHECKING:
    from anylabel_plus.dataset.index import Index, Refreshed
    from anylabel_plus.dataset.scan import Scan

_Dataset = Annotated[Path, typer.Argument(help="The data set.", readable=False)]
_Labels = Annotated[
    Path | None, typer.Option("--labels-dir", help="Folder of the label files, if not beside the images.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("index", help="Bring the index of a data set up to date.")(index)
    app.command("stats", help="Count the images, labels and shapes of a data set.")(stats)
    query = {"ignore_unknown_options": True}  # "-label:car" is no option
    app.command("find", help="List the images of a data set that a query fits.", context_settings=query)(find)


def refreshed(dataset: Path, labels_dir: Path | None, rebuild: bool = False) -> tuple[Index, Scan, Refreshed]:
    """The open index of a data set, brought up to date with progress on stderr; its images; what was new."""
    from anylabel_plus.dataset.index import Index, rebuilt
    from anylabel_plus.dataset.scan import scan

    found = scan(dataset, labels_dir)
    opened = rebuilt(dataset, labels_dir) if rebuild else Index.open(dataset, labels_dir)
    progress = output.Progress()
    try:
        result = opened.refresh(found, lambda done, total: progress.step(done, total, "Reading label files"))
    finally:
        progress.close()
    return opened, found, result


def index(
    dataset: _Dataset,
    labels_dir: _Labels = None,
    hashes: Annotated[
        bool, typer.Option("--hashes", help="Also compute hashes of all pixels, for finding duplicates. Takes long.")
    ] = False,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Read all files again, changed or not.")] = False,
    as_json: _Json = False,
) -> int:
    """Print what was new, changed and gone."""
    from anylabel_plus.dataset.index.hashes import fill

    opened, _, result = refreshed(dataset, labels_dir, rebuild)
    failed: list[tuple[str, str]] = []
    with opened:
        place = opened.place.file
        if hashes:
            progress = output.Progress()
            try:
                with opened.whole() as connection:
                    failed = fill(connection, dataset, lambda done, total: progress.step(done, total, "Hashing pixels"))
            finally:
                progress.close()
    if as_json:
        counts = {name: getattr(result, name) for name in ("added", "changed", "removed", "same")}
        output.print_json({"index": str(place), **counts, "failed": [list(entry) for entry in failed]})
    else:
        for path, reason in failed:
            output.say(f"failed: {path}: {reason}")
        output.say(
            f"{place}: {result.added} images new, {result.changed} changed, "
            f"{result.removed} gone, {result.same} as they were."
        )
    return 1 if failed else 0


def stats(dataset: _Dataset, labels_dir: _Labels = None, as_json: _Json = False) -> int:
    """Print the counts."""
    from anylabel_plus.dataset.statistics import statistics

    opened, _, _ = refreshed(dataset, labels_dir)
    with opened:
        found = statistics(opened)
    if as_json:
        output.print_json({"dataset": str(dataset), **found.to_json()})
        return 0
    line = output.print_result
    line(f"{found.images} images, {found.labelled} labelled, {found.checked} checked, {found.empty} without shapes")
    line(f"{found.shapes} shapes, {found.per_image.mean:.1f} an image, at most {found.per_image.most:.0f}")
    for label in found.labels:
        line(f"  {label.shapes:>9}  {label.name}  (in {label.images} images, {label.model} by a model)")
    sections = (
        *(("Kinds", found.kinds), ("Made by", found.makers)),
        *(("Tags", found.tags), ("Flags", found.flags), ("Split", found.splits)),
    )
    for title, rows in sections:
        if rows:
            line(f"{title}: " + ", ".join(f"{name} {count}" for name, count in rows))
    if found.problems:
        line(f"{found.problems} images or label files cannot be read; list them with: find DATASET problem:yes")
    return 0


def find(
    dataset: _Dataset,
    query: Annotated[str, typer.Argument(help="Such as: label:car score:<0.5 by:model checked:no")] = "",
    labels_dir: _Labels = None,
    as_json: _Json = False,
) -> int:
    """Print one path a line, below the data set's folder."""
    from anylabel_plus.dataset.index import parse

    wanted = parse(query)
    opened, found, _ = refreshed(dataset, labels_dir)
    with opened:
        opened.bind(found)
        paths = [found[row].relative for row in opened.find(wanted)]
    if as_json:
        output.print_json({"dataset": str(dataset), "query": query, "images": paths})
    else:
        for path in paths:
            output.print_result(path)
    return 0
