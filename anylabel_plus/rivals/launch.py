"""How the window is started: the options of the other programs, with their meaning here."""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from anylabel_plus import paths
from anylabel_plus.core.errors import UserError
from anylabel_plus.rivals import rc_file, taking
from anylabel_plus.settings import ROWS, Settings

LEVELS = ("debug", "info", "warning", "error", "fatal")


class LaunchError(UserError):
    """The window was started with something that it does not understand."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Launch:
    """What was asked for. ``path`` is what to open, None for nothing; ``options`` the parsed options by name."""

    path: Path | None
    options: argparse.Namespace

    def prepare(self) -> None:
        """What must happen before Qt and the settings are loaded."""
        if self.options.work_dir:
            os.environ[paths.HOME_VARIABLE] = str(Path(self.options.work_dir).expanduser().absolute())
        if self.options.qt_platform:
            os.environ["QT_QPA_PLATFORM"] = self.options.qt_platform
        if self.options.logger_level:
            level = logging.getLevelName(self.options.logger_level.upper())
            logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")

    def apply(self, settings: Settings) -> None:
        """Put the options into force for this run; nothing of it is saved. Raises UserError."""
        options = self.options
        if options.config:
            taking.take(settings, taking.plan(_config(options.config)), this_run_only=True)
        if options.autosave:
            settings.use("files.autosave", True)
        if options.keep_prev:
            settings.use("files.keep_previous_shapes", True)
        if options.output:
            settings.use("files.labels_dir", str(_labels_dir(options.output, self.path)))
        if options.validate_label and "labels.validate" in ROWS:
            settings.use("labels.validate", options.validate_label)
        start = dict(settings.get(taking.START))
        if options.labels:
            start["labels"] = _names("--labels", options.labels)
        if options.flags:
            start["image_flags"] = _names("--flags", options.flags)
        if options.label_flags:
            start["shape_flags"] = _label_flags(options.label_flags)
        settings.use(taking.START, start)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise LaunchError(f"{message[:1].upper()}{message[1:]}.", "See anylabel-plus --help.")


def parser() -> argparse.ArgumentParser:
    """The options of the window."""
    result = _Parser(prog="anylabel-plus", add_help=False, allow_abbrev=False, usage="anylabel-plus [options] [path]")
    add: Any = result.add_argument
    add("path", nargs="?", help="a folder, an image or a label file to open")
    add("--filename", help="the same")
    add("--config", metavar="FILE", help="settings of AnyLabeling, X-AnyLabeling or labelme (a file, or YAML text)")
    add("-O", "-o", "--output", metavar="DIR", help="folder for label files (or one label file in it)")
    add("--labels", metavar="NAMES", help="labels with commas between, or a file with one a line")
    add("--flags", metavar="NAMES", help="flags of images, in the same way")
    add("--labelflags", dest="label_flags", metavar="YAML", help="flags of shapes by label pattern: YAML, or a file")
    add("--validatelabel", dest="validate_label", choices=("exact",), help="allow only known labels")
    add("--autosave", "--auto-save", action="store_true", help="save labels automatically (the default)")
    add("--keep-prev", action="store_true", help="start images without labels with those of the image before")
    add("--nodata", action="store_true", help="do not copy pictures into label files (never done)")
    add("--nosortlabels", action="store_true", help="keep the order of labels (always done)")
    add("--epsilon", type=float, metavar="PX", help="accepted; points are caught within 8 px on the screen")
    add("--reset-config", action="store_true", help="forget layout and recent folders of the window, and exit")
    add("--logger-level", choices=LEVELS, help="how much is logged, to the terminal")
    add("--work-dir", metavar="DIR", help="folder for settings, models and caches")
    add("--qt-platform", metavar="NAME", help="Qt's platform plugin, such as xcb or wayland")
    add("--qt-image-allocation-limit", type=int, metavar="MB", help="accepted; pictures are not read by Qt")
    add("--no-auto-update-check", action="store_true", help="accepted; the program never looks for updates by itself")
    return result


def parse(arguments: Sequence[str]) -> Launch:
    """Understand a command line of the window; raises LaunchError that says what is wrong in it."""
    options = parser().parse_args(list(arguments))
    if options.path and options.filename:
        raise LaunchError("Two files to open were given.", "Give one, with --filename or without.")
    text = options.path or options.filename
    path = Path(text).expanduser() if text else None
    if path is not None and not path.exists():
        raise LaunchError(f"{path} does not exist.")
    return Launch(path, options)


def help_text() -> str:
    """The options, one a line, for the help of the command line."""
    return parser().format_help()


def _config(text: str) -> rc_file.RcFile:
    path = Path(text).expanduser()
    if path.exists():
        return rc_file.read(path)
    if ":" not in text:
        raise LaunchError(f"--config: {text} does not exist.")
    data = rc_file.parse(text, "--config")
    return rc_file.RcFile(Path("--config"), rc_file.guess(data), data)


def _labels_dir(text: str, image: Path | None) -> Path:
    """A folder; for a label file the one it is in, if the file is the one of the image."""
    path = Path(text).expanduser().absolute()
    if path.suffix.lower() != ".json":
        return path
    if image is None or image.is_dir() or path.stem != image.stem:
        raise LaunchError(f"--output {text}: a label file is called like its image.", "Give a folder instead.")
    return path.parent


def _names(option: str, text: str) -> list[str]:
    """Names with commas between, or the lines of a file."""
    path = Path(text).expanduser()
    if path.is_file():
        try:
            lines = path.read_bytes().decode("utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise LaunchError(f"{option} {path}: cannot be read ({error}).") from error
    else:
        lines = text.split(",")
    return taking.names(lines)[0]


def _label_flags(text: str) -> dict[str, list[str]]:
    path = Path(text).expanduser()
    try:
        source = path.read_bytes().decode("utf-8-sig") if path.is_file() else text
        return taking.shape_flags(rc_file.parse(source, "--labelflags"))[0]
    except (OSError, ValueError) as error:
        raise LaunchError(f"--labelflags: {error}") from error
