"""``anylabel-plus models``: list, show, pull, add, check and remove models."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from anylabel_plus.inference.catalog import ModelSpec

_FAILED_CHECK = 3

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Model = Annotated[str, typer.Argument(help="A model id, or a model file.")]
AnyModel = Annotated[str, typer.Argument(help="A model id; without it, every installed model.")]
Source = Annotated[Path, typer.Argument(help="A zip, a YAML, a folder or an .onnx file.", readable=False)]


def register(app: typer.Typer) -> None:
    """Add the group ``models``."""
    group = typer.Typer(help="List, download, add, check and remove models.", rich_markup_mode=None)
    group.command("list", help="All models: shipped rows and added ones.")(_list)
    group.command("show", help="Everything known of one model.")(_show)
    group.command("pull", help="Download a model; goes on where an earlier try stopped.")(_pull)
    group.command("add", help="Add a model from a zip, a YAML, a folder or an .onnx file.")(_add)
    group.command("check", help="Compare the files of one model, or of all, with their hashes.")(_check)
    group.command("remove", help="Delete the files of a model.")(_remove)
    app.add_typer(group, name="models")


def _options() -> tuple[Path, str]:
    """Weights folder and mirror from the settings."""
    from anylabel_plus.inference.catalog import default_weights_dir
    from anylabel_plus.settings import Settings

    settings = Settings()
    folder = str(settings.get("models.folder"))
    return (Path(folder).expanduser() if folder else default_weights_dir()), str(settings.get("models.mirror"))


def _state(spec: ModelSpec) -> str:
    from anylabel_plus.inference import weights

    if not spec.supported:
        return "not supported yet"
    if not spec.files:
        return "built in"
    absent = "damaged program" if spec.bundled else "not installed"
    return "installed" if weights.installed(spec) else absent


def _facts(spec: ModelSpec) -> dict[str, Any]:
    from anylabel_plus.inference import weights

    return {**spec.to_json(), "state": _state(spec), "installed": weights.installed(spec)}


def _find(name: str) -> ModelSpec:
    """The row or the described file, also of a family that comes later (``catalog.resolve`` refuses those)."""
    from anylabel_plus.inference import catalog

    folder, _ = _options()
    return catalog.rows(folder).get(name) or catalog.resolve(name, weights_dir=folder)


def _list(as_json: Json = False) -> int:
    from anylabel_plus.cli import output
    from anylabel_plus.inference import catalog

    folder, _ = _options()
    table = catalog.rows(folder)
    if as_json:
        output.print_json({"weights_folder": str(folder), "models": [_facts(spec) for spec in table.values()]})
        return 0
    width = max(len(spec.id) for spec in table.values())
    for spec in table.values():
        output.print_result(f"{spec.id:<{width}}  {_state(spec):<17}  {spec.title}")
    return 0


def _show(model: Model, as_json: Json = False) -> int:
    from anylabel_plus.cli import output

    facts = _facts(_find(model))
    if as_json:
        output.print_json(facts)
        return 0
    for key in ("id", "title", "family", "state", "prompts", "input_size", "licence", "source", "folder", "note"):
        value = facts[key]
        if value not in (None, "", []):
            output.print_result(f"{key}: {', '.join(value) if isinstance(value, list) else value}")
    for entry in facts["files"]:
        output.print_result(f"file: {entry['name']} ({entry['role']}) sha256 {entry['sha256'] or 'not published'}")
    return 0


def _pull(model: Model, as_json: Json = False) -> int:
    from anylabel_plus.cli import output
    from anylabel_plus.inference import catalog, weights

    folder, mirror = _options()
    spec = catalog.resolve(model, weights_dir=folder)
    progress = output.Progress(quiet=as_json)

    def show(name: str, done: int, total: int | None) -> None:
        progress.step(done >> 20, (total or 0) >> 20, f"{name} (MB)")

    try:
        pulled = weights.pull(spec, mirror, show)
    finally:
        progress.close()
    for name, sha in pulled.pinned:
        output.say(
            f"note: nobody published a hash of {name}; it is pinned as downloaded now (sha256 {sha}). "
            "Compare it with a second source if that matters to you."
        )
    if as_json:
        output.print_json({**_facts(spec), **asdict(pulled)})
    elif pulled.downloaded:
        output.say(f"{spec.id}: downloaded {', '.join(pulled.downloaded)}")
    else:
        output.say(f"{spec.id}: nothing to download")
    return 0


def _add(source: Source, as_json: Json = False) -> int:
    from anylabel_plus.cli import output
    from anylabel_plus.inference import packs

    folder, _ = _options()
    spec = packs.add(source, folder)
    if as_json:
        output.print_json(_facts(spec))
    else:
        output.say(f"added {spec.id}: use it with --model {spec.id}")
    return 0


def _check(model: AnyModel = "", as_json: Json = False) -> int:
    from anylabel_plus.cli import output
    from anylabel_plus.inference import catalog, weights

    folder, _ = _options()
    if model:
        chosen = [_find(model)]
    else:
        known = catalog.rows(folder).values()
        chosen = [spec for spec in known if spec.files and (spec.bundled or weights.installed(spec))]
    results = {spec.id: weights.check(spec) for spec in chosen}
    bad = any(entry.state in ("missing", "damaged") for checks in results.values() for entry in checks)
    if as_json:
        models = [{"id": name, "files": [asdict(entry) for entry in checks]} for name, checks in results.items()]
        output.print_json({"ok": not bad, "models": models})
        return _FAILED_CHECK if bad else 0
    for name, checks in results.items():
        for entry in checks:
            output.print_result(f"{name}  {entry.state:<8}  {entry.name}")
        if not checks:
            output.print_result(f"{name}  ok        needs no files")
    if not results:
        output.say("no model with files is installed")
    return _FAILED_CHECK if bad else 0


def _remove(model: Model, as_json: Json = False) -> int:
    from anylabel_plus.cli import output
    from anylabel_plus.inference import weights

    folder, _ = _options()
    spec = _find(model)
    freed = weights.remove(spec, folder)
    if as_json:
        output.print_json({"id": spec.id, "freed_bytes": freed})
    else:
        output.say(f"removed {spec.id} ({freed / 1e6:.1f} MB)")
    return 0
