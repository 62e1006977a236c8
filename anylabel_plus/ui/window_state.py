"""What the window remembers between runs: recent folders, and one layout for each screen size."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from typing import Any

from anylabel_plus import files, paths

RECENT_MAX = 10
PALETTE_MAX = 8
_log = logging.getLogger(__name__)


class WindowState:
    """A small JSON file in the user's state folder. A damaged or unwritable file is no error."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.user_state("window.json")
        self._data: dict[str, Any] = {}
        try:
            data = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            _log.warning("%s: not read (%s); the window starts with its default layout", self.path, error)
            return
        if isinstance(data, dict):
            self._data = data

    @property
    def recent(self) -> list[Path]:
        """Folders opened last, newest first; they may be gone or unreachable."""
        rows = self._data.get("recent", [])
        return [Path(text) for text in rows if isinstance(text, str)] if isinstance(rows, list) else []

    def add_recent(self, folder: Path) -> None:
        """Put ``folder`` first."""
        rows = [str(folder), *(str(path) for path in self.recent if path != folder)]
        self._data["recent"] = rows[:RECENT_MAX]
        self.save()

    def clear_recent(self) -> None:
        """Forget all recent folders."""
        self._data["recent"] = []
        self.save()

    def progress(self, folder: Path) -> tuple[int, int] | None:
        """Images of a recent folder and how many had labels, when it was looked at last."""
        entry = self._data.get("progress", {}).get(str(folder))
        if isinstance(entry, list) and len(entry) == 2 and all(type(part) is int for part in entry):
            return entry[0], entry[1]
        return None

    def set_progress(self, folder: Path, images: int, labelled: int) -> None:
        """Remember that; only recent folders are kept. ``save`` writes it."""
        known = {str(path): self._data.get("progress", {}).get(str(path)) for path in self.recent}
        known[str(folder)] = [images, labelled]
        self._data["progress"] = {path: entry for path, entry in known.items() if entry is not None}

    @property
    def palette(self) -> list[str]:
        """Names of what was chosen last in the command palette, newest first."""
        rows = self._data.get("palette", [])
        return [text for text in rows if isinstance(text, str)] if isinstance(rows, list) else []

    def add_palette(self, name: str) -> None:
        """Put ``name`` first."""
        self._data["palette"] = [name, *(other for other in self.palette if other != name)][:PALETTE_MAX]
        self.save()

    @property
    def rc_offered(self) -> bool:
        """Whether the settings of other programs were taken or refused."""
        return self._data.get("rc_offered") is True

    @rc_offered.setter
    def rc_offered(self, value: bool) -> None:
        self._data["rc_offered"] = value
        self.save()

    def layout(self, screen: str) -> tuple[bytes, bytes] | None:
        """Geometry and dock state saved for a screen size such as "1920x1080"."""
        entry = self._data.get("layouts", {}).get(screen)
        try:
            return base64.b64decode(entry["geometry"]), base64.b64decode(entry["docks"])
        except (TypeError, KeyError, ValueError):
            return None

    def set_layout(self, screen: str, geometry: bytes, docks: bytes) -> None:
        """Remember the layout for a screen size."""
        layouts = self._data.setdefault("layouts", {})
        layouts[screen] = {
            "geometry": base64.b64encode(geometry).decode(),
            "docks": base64.b64encode(docks).decode(),
        }
        self.save()

    def save(self) -> None:
        """Write the file; a failure is logged and otherwise ignored."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            files.write_atomic(self.path, json.dumps(self._data, indent=1).encode(), durable=False)
        except OSError as error:
            _log.warning("%s: not written (%s)", self.path, error)
