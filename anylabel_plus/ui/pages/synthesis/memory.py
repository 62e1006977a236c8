"""What the synthesis page remembers: sources and recipe of each data set, recipes used last, vetoes of a bank."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from anylabel_plus import files, paths

_log = logging.getLogger(__name__)
RECENT = 8
FOLDERS = 40
VETOES_FILE = "vetoes.json"
VERSION = 1


class Memory:
    """A small JSON file in the user's state folder. A damaged or unwritable file is no error."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.user_state("synthesis.json")
        data = _read(self.path)
        self._folders: dict[str, Any] = data.get("folders", {}) if isinstance(data.get("folders"), dict) else {}
        recent = data.get("recent", [])
        self.recent = [text for text in recent if isinstance(text, str)] if isinstance(recent, list) else []

    def of(self, folder: Path | None) -> Mapping[str, Any]:
        """What was in use for a data set; empty when nothing was."""
        found = self._folders.get(str(folder or ""), {})
        return found if isinstance(found, dict) else {}

    def keep(self, folder: Path | None, values: Mapping[str, Any]) -> None:
        """Remember that for a data set."""
        name = str(folder or "")
        self._folders.pop(name, None)
        self._folders[name] = dict(values)
        while len(self._folders) > FOLDERS:
            del self._folders[next(iter(self._folders))]
        self._save()

    def add_recent(self, recipe: Path) -> None:
        """Put a recipe's file first."""
        self.recent = [str(recipe), *(text for text in self.recent if text != str(recipe))][:RECENT]
        self._save()

    def _save(self) -> None:
        data = {"folders": self._folders, "recent": self.recent}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            files.write_atomic(self.path, json.dumps(data, indent=1).encode(), durable=False)
        except OSError as error:
            _log.warning("%s: not written (%s)", self.path, error)


@dataclass(frozen=True, slots=True)
class Veto:
    """A picture that somebody does not want, and why: ``recipe`` is the hash of its recipe."""

    recipe: str
    seed: int
    index: int
    reason: str


def read_vetoes(bank: Path) -> tuple[Veto, ...]:
    """The vetoes kept beside a bank, none when there is no such file; rows that are none are passed over."""
    rows = _read(bank / VETOES_FILE).get("vetoes", [])
    found = []
    for row in rows if isinstance(rows, list) else ():
        try:
            found.append(Veto(str(row["recipe"]), int(row["seed"]), int(row["index"]), str(row["reason"])))
        except (TypeError, KeyError, ValueError):
            continue
    return tuple(found)


def write_vetoes(bank: Path, vetoes: tuple[Veto, ...]) -> None:
    """Write them. Raises OSError."""
    data = {"version": VERSION, "vetoes": [asdict(veto) for veto in vetoes]}
    files.write_atomic(bank / VETOES_FILE, (json.dumps(data, indent=1) + "\n").encode(), durable=False)


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _log.warning("%s: not read (%s)", path, error)
        return {}
    return data if isinstance(data, dict) else {}
