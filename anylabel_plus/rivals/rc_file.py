"""Reading the configuration files of AnyLabeling, X-AnyLabeling and labelme. They are never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anylabel_plus.core.errors import UserError

FILES: Mapping[str, str] = {
    ".anylabelingrc": "AnyLabeling",
    ".xanylabelingrc": "X-AnyLabeling",
    ".labelmerc": "labelme",
}
"""Name in the home folder -> program."""
_MOST_BYTES = 1_000_000
_ONLY_X = ("model_hub", "digit_shortcuts", "auto_use_last_gid", "remote_server_settings", "auto_switch_to_edit_mode")
_ONLY_A = ("show_cross_line", "custom_models")


@dataclass(frozen=True, slots=True)
class RcFile:
    """What a file says. ``rival`` is the program it belongs to, ``data`` the mapping in it."""

    path: Path
    rival: str
    data: Mapping[str, Any]


def find(home: Path) -> list[Path]:
    """The configuration files that exist in a home folder."""
    return [home / name for name in FILES if (home / name).is_file()]


def read(path: Path) -> RcFile:
    """Read a file; raises UserError when it cannot be read or holds something else."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserError(f"{path}: this is no configuration file (more than 1 MB).")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise UserError(f"{path}: not read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: this is no configuration file (no UTF-8 text).") from error
    data = parse(text, str(path))
    return RcFile(path, FILES.get(path.name) or guess(data), data)


def parse(text: str, where: str) -> Mapping[str, Any]:
    """The mapping in a YAML text; ``where`` names it in errors."""
    import yaml  # slow to load

    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark is not None else ""
        raise UserError(f"{where}: {place}not YAML ({getattr(error, 'problem', None) or error}).") from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise UserError(f"{where}: a configuration is a table of names and values, this is a {type(data).__name__}.")
    return {str(key): value for key, value in data.items()}


def guess(data: Mapping[str, Any]) -> str:
    """The program whose configuration has such names."""
    if any(key in data for key in _ONLY_X):
        return "X-AnyLabeling"
    return "AnyLabeling" if any(key in data for key in _ONLY_A) else "labelme"
