"""How pixels are shown, as actions ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anylabel_plus.ui.display import PLAIN

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


def adjusted(session: Session) -> bool:
    """True when pixels are not shown as they are, or a deep image not through its own window."""
    return not session.display.plain or session.window != session.own_window


def show_plainly(session: Session) -> None:
    """Take all adjustments back."""
    session.set_display(PLAIN)
    session.reset_window()
