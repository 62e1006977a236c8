"""Where things are: the same in the source tree, in a wheel and in a frozen program.

Nothing else in the program works out a path to resources, models or user folders. Every user
folder can be moved with one environment variable, ``ANYLABEL_PLUS_HOME``.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_APP = "anylabel-plus"
HOME_VARIABLE = "ANYLABEL_PLUS_HOME"


def frozen() -> bool:
    """True inside a PyInstaller bundle."""
    return bool(getattr(sys, "frozen", False))


def _shipped(name: str) -> Path:
    package = Path(__file__).resolve().parent
    inside = package / name  # wheel and bundle: force-included into the package
    return inside if inside.is_dir() else package.parent / name  # source tree


def resources(*parts: str) -> Path:
    """A file or folder below ``resources/`` (icons, fonts, tokens, sample images)."""
    return _shipped("resources").joinpath(*parts)


def models(*parts: str) -> Path:
    """A file or folder below ``models/`` (model rows and cards, the small weights we ship)."""
    return _shipped("models").joinpath(*parts)


def docs(*parts: str) -> Path:
    """A file or folder below ``docs/`` (the user guide and its pictures)."""
    return _shipped("docs").joinpath(*parts)


def _user(kind: str) -> Path:
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser() / kind
    import platformdirs

    folder = {
        "config": platformdirs.user_config_path,
        "data": platformdirs.user_data_path,
        "cache": platformdirs.user_cache_path,
        "state": platformdirs.user_state_path,
    }[kind]
    return folder(_APP, appauthor=False)


def user_config(*parts: str) -> Path:
    """Settings. Not created here."""
    return _user("config").joinpath(*parts)


def user_data(*parts: str) -> Path:
    """Downloaded weights and added models. Not created here."""
    return _user("data").joinpath(*parts)


def user_cache(*parts: str) -> Path:
    """Embeddings and thumbnails; may be deleted at any time. Not created here."""
    return _user("cache").joinpath(*parts)


def user_state(*parts: str) -> Path:
    """Logs, window layout, recovery logs. Not created here."""
    return _user("state").joinpath(*parts)
