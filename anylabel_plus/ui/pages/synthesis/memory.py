"""What the synthesis page remembers: sources and recipe of each data set, recipes used last, runs cut short."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anylabel_plus import files, paths

_log = logging.getLogger(__name__)
RECENT = 8
FOLDERS = 40


class Memory:
    """A small JSON file in the user's state folder. A damaged or unwritable file is no error."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.user_state("synthesis.json")
        data = _read(self.path)
        self._folders: dict[str, Any] = data.get("folders", {}) if isinstance(data.get("folders"), dict) else {}
        self._unfinished = _texts(data.get("unfinished"))
        self.recent = _texts(data.get("recent"))

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

    def begun(self, out: Path) -> None:
        """A run into ``out`` was started."""
        self._unfinished = [str(out), *(text for text in self._unfinished if text != str(out))][:FOLDERS]
        self._save()

    def finished(self, out: Path) -> None:
        """A run into ``out`` came to its end."""
        self._unfinished = [text for text in self._unfinished if text != str(out)]
        self._save()

    def goes_on(self, out: Path) -> bool:
        """Whether a run into ``out`` did not come to its end."""
        return str(out) in self._unfinished

    def _save(self) -> None:
        data = {"folders": self._folders, "recent": self.recent, "unfinished": self._unfinished}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            files.write_atomic(self.path, json.dumps(data, indent=1).encode(), durable=False)
        except OSError as error:
            _log.warning("%s: not written (%s)", self.path, error)


def _texts(found: Any) -> list[str]:
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        _log.warning("%s: not read (%s)", path, error)
        return {}
    return data if isinstance(data, dict) else {}
