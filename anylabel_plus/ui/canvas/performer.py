"""Carries out the effects of tools on the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from anylabel_plus.core.document import Document
from anylabel_plus.ui.actions.region_changes import split_along
from anylabel_plus.ui.canvas import tools_base as effects
from anylabel_plus.ui.canvas.wand_desk import WandDesk

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session


class Performer(QObject):
    """One method for each effect. ``stroke`` tells the canvas which shapes a drag has in hand."""

    stroke = Signal(object)
    """Ids in hand (a frozenset), empty at the end."""
    hovered = Signal(object)
    """The ``Target`` under the pointer or None."""
    label_requested = Signal()
    found = Signal(int, object)
    """The number of a ``SeekSimilar`` and the mask that answers it."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._desk = WandDesk(session, self)
        self._desk.found.connect(self.found)
        self._by_type: dict[type, Callable[[Any], object]] = {
            effects.Apply: self._apply,
            effects.BeginStroke: self._begin,
            effects.UpdateStroke: lambda effect: session.update_stroke(effect.edit, self),
            effects.EndStroke: self._end,
            effects.Select: lambda effect: session.select(effect.ids),
            effects.Hover: self._hover,
            effects.PromptPoint: lambda effect: session.add_prompt_point(effect.x, effect.y, effect.label),
            effects.PromptBox: lambda effect: session.set_prompt_box(effect.box),
            effects.MovePrompt: lambda effect: session.move_last_prompt_point(effect.x, effect.y),
            effects.Ask: self._ask,
            effects.Cut: lambda effect: split_along(session, effect.line, effect.ids),
            effects.Say: lambda effect: session.say("info", effect.text),
            effects.SetSetting: lambda effect: session.settings.set(effect.key, effect.value, save=False),
            effects.SeekSimilar: self._desk.seek,
        }
        self._asks: dict[str, Callable[[], object]] = {
            "undo_prompt": session.remove_last_prompt_point,
            "clear_prompt": session.clear_prompt,
            "label": self.label_requested.emit,
            "accept": session.accept_candidate,
            "next_candidate": lambda: session.choose_candidate(session.chosen + 1),
            "previous_candidate": lambda: session.choose_candidate(session.chosen - 1),
        }

    def perform(self, todo: effects.Effects) -> None:
        """Carry out effects in order."""
        for effect in todo:
            self._by_type[type(effect)](effect)

    def _apply(self, effect: effects.Apply) -> None:
        before = self._session.document
        if before is None or not self._session.apply(effect.name, effect.edit, self):
            return
        after: Document | None = self._session.document
        if effect.select_added and after is not None:
            added = frozenset(range(before.next_id, after.next_id))
            self._session.select(added)
            self._session.ask_for_label()
        elif effect.select_parts and after is not None and after.next_id > before.next_id:
            self._session.select(self._session.selection | frozenset(range(before.next_id, after.next_id)))

    def _begin(self, effect: effects.BeginStroke) -> None:
        self._session.begin_stroke(effect.name)
        self.stroke.emit(effect.ids)

    def _end(self, effect: effects.EndStroke) -> None:
        if effect.keep:
            self._session.end_stroke()
        else:
            self._session.abort_stroke()
        self.stroke.emit(frozenset())

    def _hover(self, effect: effects.Hover) -> None:
        self._session.set_hovered((effect.target.shape_id or None) if effect.target is not None else None)
        self.hovered.emit(effect.target)

    def _ask(self, effect: effects.Ask) -> None:
        if effect.what.startswith("candidate:"):
            self._session.choose_candidate(int(effect.what.partition(":")[2]))
        else:
            self._asks[effect.what]()
