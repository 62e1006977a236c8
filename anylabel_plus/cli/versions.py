"""``versions``: the earlier versions of an image's label file, and the way back to one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from anylabel_plus.cli import output

if TYPE_CHECKING:
    from anylabel_plus.dataset.versions import Version

_File = Annotated[Path, typer.Argument(help="An image or its label file.", readable=False)]
_Dataset = Annotated[
    Path | None, typer.Option("--dataset", help="The data set it was edited in, where that is not a folder above it.")
]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class _ListUnlessNamed(TyperGroup):
    """``versions FILE`` is short for ``versions list FILE``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = ["list", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(cls=_ListUnlessNamed, help="List the earlier versions of a label file, and restore one.")
    group.command("list", help="List the versions, oldest first.")(list_)
    group.command("restore", help="Give the label file the bytes it had in a version.")(restore)
    group.command("show", help="Print a version of the label file.")(show)
    app.add_typer(group, name="versions")


def list_(file: _File, dataset: _Dataset = None, as_json: _Json = False) -> int:
    """Print number, id, cause, shapes and what changed since the version before."""
    from anylabel_plus.dataset.versions import listed

    label = _label_of(file)
    rows = [_facts(n, version, before) for n, version, before in _with_before(listed(label, dataset))]
    if as_json:
        output.print_json({"label_file": str(label), "versions": rows})
        return 0
    for row in rows:
        count = "no file" if not row["file"] else "not readable" if row["shapes"] is None else f"{row['shapes']} shapes"
        change = "" if row["added"] is None else f"+{row['added']} −{row['removed']} ~{row['changed']}"
        cause = row["cause"] + (f" ({row['note']})" if row["note"] else "")
        output.print_result(f"{row['number']:>3}  {row['id']}  {count:<12} {change:<12} {cause}")
    if not rows:
        output.say(f"{label}: no earlier version is kept.")
    return 0


def show(
    file: _File,
    version: Annotated[str, typer.Argument(help="Number or id of the version.")],
    dataset: _Dataset = None,
) -> int:
    """Print the bytes of a version on stdout."""
    import sys

    chosen = _chosen(_label_of(file), version, dataset)
    sys.stdout.buffer.write(chosen.data or b"")
    return 0


def restore(
    file: _File,
    version: Annotated[str, typer.Argument(help="Number or id of the version.")],
    dataset: _Dataset = None,
    as_json: _Json = False,
) -> int:
    """Write the version; what the label file holds now is kept as a version too."""
    from anylabel_plus.core.errors import UserError
    from anylabel_plus.dataset.versions import restore as put_back
    from anylabel_plus.dataset.versions import version_id

    label = _label_of(file)
    chosen = _chosen(label, version, dataset)
    try:
        changed = put_back(label, chosen, dataset)
    except OSError as error:
        raise UserError(f"{label}: cannot be written ({error.strerror or error}).") from error
    if as_json:
        output.print_json({"label_file": str(label), "version": version_id(chosen), "changed": changed})
    elif changed:
        output.say(f"{label}: is as it was in {version_id(chosen)}.")
    else:
        output.say(f"{label}: is that version already.")
    return 0


def _label_of(file: Path) -> Path:
    from anylabel_plus.dataset.scan import label_path

    if file.suffix.lower() == ".json":
        return file.absolute()
    return label_path(file.absolute(), file.absolute().parent)


def _chosen(label: Path, name: str, dataset: Path | None) -> Version:
    from anylabel_plus.core.errors import UserError
    from anylabel_plus.dataset.versions import find, listed

    found = find(listed(label, dataset), name)
    if found is None:
        raise UserError(
            f"{label}: has no version {name}.", "List them with: anylabel-plus versions list IMAGE_OR_LABEL_FILE"
        )
    return found


def _with_before(versions: list[Version]) -> list[tuple[int, Version, Version | None]]:
    return [(n + 1, version, versions[n - 1] if n else None) for n, version in enumerate(versions)]


def _facts(number: int, version: Version, before: Version | None) -> dict[str, Any]:
    from anylabel_plus.dataset.versions import CAUSES, changes_between, version_id

    change = changes_between(before.data if before is not None else None, version.data) if before else None
    return {
        "number": number,
        "id": version_id(version),
        "time": time.strftime("%Y-%m-%dT%H:%M:%S%z", time.localtime(version.time)),
        "cause": CAUSES.get(version.cause, version.cause),
        "note": version.note,
        "file": version.data is not None,
        "bytes": len(version.data or b""),
        "shapes": version.shapes,
        "added": len(change.added) if change else None,
        "removed": len(change.removed) if change else None,
        "changed": len(change.changed) if change else None,
    }
