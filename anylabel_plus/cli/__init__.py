"""The command line. Importing this loads no Qt, onnxruntime, OpenCV or typer.

To add a command:
 1. a module here with ``register(app: typer.Typer) -> None`` that adds one command
    (``app.command("segment", help=...)(function)``) or a group (``app.add_typer(group, name="models")``);
    the function returns its exit code (None = 0), raises ``UserError`` for what the user can put
    right and ``failures.UsageError`` for wrong usage;
 2. its row in ``COMMANDS``.
Heavy modules are imported inside the function. Messages and progress go to stderr, results to
stdout, all through ``cli.output``. With ``--json`` exactly one JSON object goes to stdout.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

PROGRAM = "anylabel-plus"


@dataclass(frozen=True, slots=True)
class Command:
    """One row: ``module`` is imported only when the command is called."""

    name: str
    module: str
    help: str
    hidden: bool = False


COMMANDS: tuple[Command, ...] = (
    Command("segment", "anylabel_plus.cli.segment", "Cut out what points or boxes show in an image."),
    Command("import", "anylabel_plus.cli.jobs", "Make a data set from VOC, COCO or YOLO files."),
    Command("enrich", "anylabel_plus.cli.jobs", "Add masks to the boxes of a data set."),
    Command("autolabel", "anylabel_plus.cli.jobs", "Let a model propose shapes for a data set."),
    Command("export", "anylabel_plus.cli.jobs", "Write a data set as COCO, YOLO, VOC or mask images."),
    Command("overlays", "anylabel_plus.cli.jobs", "Draw the shapes of a data set on copies of its images."),
    Command("labels", "anylabel_plus.cli.labels", "Show, rename, merge and delete the labels of a data set."),
    Command("index", "anylabel_plus.cli.dataset_index", "Bring the index of a data set up to date."),
    Command("stats", "anylabel_plus.cli.dataset_index", "Count the images, labels and shapes of a data set."),
    Command("find", "anylabel_plus.cli.dataset_index", "List the images of a data set that a query fits."),
    Command("split", "anylabel_plus.cli.split", "Say which images are for training, validation and testing."),
    Command("bank", "anylabel_plus.cli.bank", "Cut out the objects of a data set, for synthesis."),
    Command("synth", "anylabel_plus.cli.synth", "Make labelled pictures by pasting objects on backgrounds."),
    Command("runs", "anylabel_plus.cli.runs", "List what jobs changed in a data set, and roll it back."),
    Command("versions", "anylabel_plus.cli.versions", "List earlier versions of a label file, and restore one."),
    Command("models", "anylabel_plus.cli.models", "List, download, add, check and remove models."),
    Command("settings", "anylabel_plus.cli.settings", "Show, set and import settings."),
    Command("info", "anylabel_plus.cli.info", "Versions, devices with a self-test, folders."),
)
ROWS: dict[str, Command] = {row.name: row for row in COMMANDS}


ALIASES: dict[str, tuple[str, ...]] = {
    "checks": ("info",),
    "version": ("--version",),
    "config": ("settings", "show"),
}
"""Commands of X-AnyLabeling -> ours."""
_ABOUT = ("--help", "-h", "--version", "-V")


def is_command_line(arguments: Sequence[str]) -> bool:
    """False when the window is meant: no argument, its options, or an existing file that is no command's name."""
    if not arguments:
        return False
    first = arguments[0]
    if first in ROWS or first in ALIASES or any(one in _ABOUT for one in arguments):
        return True
    return not first.startswith("-") and not Path(first).exists()


def build(name: str | None = None) -> typer.Typer:
    """The typer application with the real command ``name``; the others are known by their row only."""
    import typer

    app = typer.Typer(
        name=PROGRAM,
        help="A desktop data engine for computer vision. Without a command, or with a path, the window opens.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
    )

    @app.callback()
    def root(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
        pass  # ``main`` answers --version before typer is loaded

    called = ROWS[name].module if name in ROWS else None
    if called is not None:
        importlib.import_module(called).register(app)
    for row in COMMANDS:
        if row.module != called:
            app.command(row.name, help=row.help, hidden=row.hidden)(_not_called)
    return app


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code. Every error ends in ``failures.report``."""
    from anylabel_plus.cli import failures

    try:
        arguments = _meant(list(arguments))
        if arguments[:1] in (["--version"], ["-V"]):
            from anylabel_plus import __version__

            print(f"{PROGRAM} {__version__}")
            return 0
        return _run(list(arguments))
    except BaseException as error:
        return failures.report(error, as_json="--json" in arguments)
    finally:
        failures.flush_stdout()


def _meant(arguments: list[str]) -> list[str]:
    """With the names of X-AnyLabeling's commands turned into ours; a question about the program goes before options."""
    first = arguments[0] if arguments else ""
    if first in ALIASES:
        return [*ALIASES[first], *arguments[1:]]
    about = next((one for one in arguments if one in _ABOUT), "") if first.startswith("-") else ""
    return ["--help" if about == "-h" else about] if about else arguments


def _run(arguments: list[str]) -> int:
    import typer

    from anylabel_plus.cli.failures import UsageError

    first = arguments[0] if arguments else None
    if first is not None and first not in ROWS and not first.startswith("-"):
        near = difflib.get_close_matches(first, ROWS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"See {PROGRAM} --help."
        raise UsageError(f"No command and no file is called {first!r}.", hint)
    command = typer.main.get_command(build(first))
    status = command.main(args=arguments, prog_name=PROGRAM, standalone_mode=False)
    if first in ("--help", "-h"):
        from anylabel_plus.rivals.launch import help_text

        print(f"\nThe window:\n{help_text()}", end="")
    return status if isinstance(status, int) else 0


def _not_called() -> None:
    raise AssertionError("the called command is always the real one")
