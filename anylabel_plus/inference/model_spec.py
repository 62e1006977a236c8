"""ModelSpec, one model as data, and its files."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from anylabel_plus.inference import FAMILIES


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model. ``sha256`` is None when nobody published it, ``bytes`` when the size is not known."""

    name: str
    url: str = ""
    sha256: str | None = None
    bytes: int | None = None
    role: str = "model"


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One model as data. ``folder`` is where its files lie or will lie, None for a model without files.

    ``added`` is True for a model that the user added; ``direct`` when it was named by its files and is used in place;
    ``bundled`` when its files come with the program.
    """

    id: str
    title: str
    family: str
    files: tuple[ModelFile, ...] = ()
    input_size: int | None = None
    prompts: frozenset[str] = frozenset()
    licence: str = ""
    source: str = ""
    folder: Path | None = None
    note: str = ""
    added: bool = False
    direct: bool = False
    bundled: bool = False

    @property
    def supported(self) -> bool:
        """True when this version has code for the family."""
        return self.family in FAMILIES

    def file(self, role: str) -> ModelFile:
        """The file with this role; raises KeyError when there is none."""
        for entry in self.files:
            if entry.role == role:
                return entry
        raise KeyError(role)

    def path(self, role: str) -> Path:
        """Where the file with this role lies; raises KeyError when there is none."""
        entry = self.file(role)
        if self.folder is None:
            raise KeyError(role)
        return self.folder / entry.name

    def to_json(self) -> dict[str, Any]:
        """Plain data: what ``models show --json`` prints and an added model's row file holds."""
        data = asdict(self)
        data["prompts"] = sorted(self.prompts)
        data["folder"] = None if self.folder is None else str(self.folder)
        data["supported"] = self.supported
        return data


def safe_name(name: str) -> bool:
    """True for a relative file name that stays inside its folder."""
    parts = PurePosixPath(name.replace("\\", "/"))
    return bool(name) and not parts.is_absolute() and ".." not in parts.parts and ":" not in name and "\0" not in name


def make_id(text: str) -> str:
    """``text`` as a model id: letters, digits, ``.``, ``_`` and ``-``."""
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:80]
    return cleaned or "model"
