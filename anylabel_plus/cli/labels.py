"""``labels``: the labels of a data set, and changes of them in all its label files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from anylabel_plus.cli import output

_Dataset = Annotated[Path, typer.Argument(help="The data set.", readable=False)]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Dry = Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")]
_LabelsDir = Annotated[
    Path | None, typer.Option("--labels-dir", help="Label files are here, not beside the images.", readable=False)
]


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help="Show, rename, merge and delete the labels of a data set.")
    group.command("show", help="Print each label with its shapes and images.")(show)
    group.command("rename", help="Give a label a new name in all label files.")(rename)
    group.command("merge", help="Give the shapes of several labels one label.")(merge)
    group.command("delete", help="Remove a label and its shapes, or give its shapes another label.")(delete)
    app.add_typer(group, name="labels")


def show(dataset: _Dataset, labels_dir: _LabelsDir = None, as_json: _Json = False) -> int:
    """Print the labels, the most frequent first; exit code 3 when label files cannot be read."""
    from anylabel_plus.dataset import label_counts
    from anylabel_plus.dataset.scan import Dataset

    counts = label_counts.count(Dataset(dataset, labels_dir).scan())
    rows = [
        {"label": label, "shapes": shapes, "images": counts.images[label]}
        for label, shapes in sorted(counts.shapes.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    failed = [{"item": item, "reason": text} for item, text in counts.problems]
    if as_json:
        output.print_json({"dataset": str(dataset), "labels": rows, "failed": failed})
    else:
        for row in rows:
            output.print_result(f"{row['label']}  {row['shapes']} shapes  {row['images']} images")
        for entry in failed:
            output.say(f"failed: {entry['reason']}")
        if not rows:
            output.say("No shape has a label yet.")
    return 3 if failed else 0


def rename(
    dataset: _Dataset,
    old: Annotated[str, typer.Argument(help="The label as it is.")],
    new: Annotated[str, typer.Argument(help="Its new name; a label of the data set is refused, merge does that.")],
    labels_dir: _LabelsDir = None,
    dry_run: _Dry = False,
    as_json: _Json = False,
) -> int:
    """One run, to be taken back with ``runs rollback``."""
    return _run(
        as_json, dataset=dataset, action="rename", labels=(old,), into=new.strip(), **_more(labels_dir, dry_run)
    )


def merge(
    dataset: _Dataset,
    labels: Annotated[list[str], typer.Argument(help="The labels to merge, then the label that they become.")],
    labels_dir: _LabelsDir = None,
    dry_run: _Dry = False,
    as_json: _Json = False,
) -> int:
    """One run, to be taken back with ``runs rollback``."""
    from anylabel_plus.cli.failures import UsageError

    if len(labels) < 2:
        raise UsageError("merge needs a label and the label that it becomes.")
    into = labels[-1].strip()
    sources = tuple(name for name in labels[:-1] if name != into)
    return _run(as_json, dataset=dataset, action="merge", labels=sources, into=into, **_more(labels_dir, dry_run))


def delete(
    dataset: _Dataset,
    label: Annotated[str, typer.Argument(help="The label.")],
    keep_as: Annotated[str, typer.Option("--keep-as", help="Keep its shapes and give them this label.")] = "",
    labels_dir: _LabelsDir = None,
    dry_run: _Dry = False,
    as_json: _Json = False,
) -> int:
    """One run, to be taken back with ``runs rollback``; locked shapes stay."""
    more = _more(labels_dir, dry_run)
    return _run(as_json, dataset=dataset, action="delete", labels=(label,), into=keep_as.strip(), **more)


def _more(labels_dir: Path | None, dry_run: bool) -> dict[str, Any]:
    return {"labels_dir": labels_dir, "dry_run": dry_run}


def _run(as_json: bool, **options: Any) -> int:
    from anylabel_plus.jobs import JOBS
    from anylabel_plus.jobs.base import run
    from anylabel_plus.jobs.relabel import RelabelOptions

    progress = output.Progress()
    try:
        report = run(JOBS["relabel"].start(RelabelOptions(**options)), progress)
    finally:
        progress.close()
    return output.finish(report, as_json=as_json)
