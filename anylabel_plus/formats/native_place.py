"""Which label file is read, and how what is wrong in it is told."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from anylabel_plus.core.errors import UserError
from anylabel_plus.formats.native_frame import Frame


@dataclass(frozen=True, slots=True)
class Place:
    """Which file is read, in which frame, and where remarks for the user go."""

    name: str
    width: int
    height: int
    frame: Frame | None
    notes: list[str]

    def refuse(self, index: int, field: str, reason: str) -> NoReturn:
        """Raise the error for a value that cannot be read."""
        raise UserError(
            f"{self.name}: shapes[{index}]{field}: {reason}.",
            "Correct or remove this shape in the file; the file was left as it is.",
        )

    def note(self, index: int, text: str) -> None:
        """Remember a remark on one shape."""
        self.notes.append(f"{self.name}: shapes[{index}]: {text}")


def shown(value: Any) -> str:
    """A value as short text for a message."""
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 60 else text[:57] + "..."
