"""The colours of a folder's labels, kept in its hidden folder so that they never change."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from anylabel_plus import files
from anylabel_plus.core.labels import LabelColors

NAME = "labels.json"
_log = logging.getLogger(__name__)


def read(folder: Path) -> LabelColors:
    """The stored colours; none when nothing (or nothing readable) is stored."""
    path = _path(folder)
    try:
        data = json.loads(path.read_bytes())
        return LabelColors.from_json(data) if isinstance(data, dict) else LabelColors()
    except FileNotFoundError:
        return LabelColors()
    except (OSError, ValueError) as error:
        _log.warning("%s: not read (%s); labels get colours anew", path, error)
        return LabelColors()


def with_start(stored: LabelColors, start: Mapping[str, Any]) -> LabelColors:
    """With the labels and colours that the setting ``labels.start`` has for every data set; stored colours stay."""
    known = stored.with_labels(start.get("labels", ()))
    for label, color in start.get("colors", {}).items():
        if label not in stored:
            known = known.with_color(label, color)
    return known


def write(folder: Path, colors: LabelColors) -> None:
    """Store the colours; a folder that cannot be written costs nothing but their memory."""
    path = _path(folder)
    try:
        path.parent.mkdir(exist_ok=True)
        files.write_atomic(path, json.dumps(colors.to_json(), indent=1).encode() + b"\n")
    except OSError as error:
        _log.warning("%s: not written (%s)", path, error)


def _path(folder: Path) -> Path:
    from anylabel_plus.dataset.scan import HIDDEN_FOLDER

    return folder / HIDDEN_FOLDER / NAME
