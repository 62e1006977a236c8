"""Size of the brush and tolerance of the wand, stepped by keys and by the wheel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anylabel_plus.settings import ROWS

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

STEPPED: dict[str, str] = {"brush": "paint.size_px", "eraser": "paint.size_px", "wand": "wand.tolerance"}
"""Tool -> the setting that is stepped while it is in hand."""
_SHARE = 8
"""From this many times the step on, a step is a part of the value, so that large sizes are near too."""


def can_step(session: Session) -> bool:
    """True while a tool with a size or tolerance is in hand."""
    return session.tool in STEPPED and session.document is not None


def step(session: Session, steps: int) -> None:
    """Change what the tool in hand has by that many steps, within what the setting allows."""
    key = STEPPED.get(session.tool)
    if key is None:
        return
    row, value = ROWS[key], int(session.settings.get(key))
    for _ in range(abs(steps)):
        by = max(1, value // _SHARE) if steps > 0 else max(1, value // (_SHARE + 1))
        value += by if steps > 0 else -by
    assert row.low is not None and row.high is not None
    session.settings.set(key, int(min(max(value, row.low), row.high)), save=False)
