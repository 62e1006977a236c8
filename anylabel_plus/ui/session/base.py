"""What every layer of the session shares: its signals, small values, and what is still pending."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, QTimer, Signal

from anylabel_plus.core.document import Document
from anylabel_plus.settings import Settings
from anylabel_plus.ui.messages import MessageAction

Edit = Callable[[Document], Document]
"""A pure change of a document."""

SaveState = Literal["clean", "saving", "saved", "not_saved"]


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two documents of one image, so that a view updates only that.

    ``kind`` "document": everything may differ (another image, a reload). "shapes": only the shapes
    in ``ids`` (replaced), ``added`` and ``removed``; ``order`` is True when the z-order of the
    others changed too. Flags, tags and text of the image differ when ``fields`` is True.
    """

    kind: Literal["document", "shapes"]
    ids: frozenset[int] = frozenset()
    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()
    order: bool = False
    fields: bool = False

    @property
    def empty(self) -> bool:
        """True when nothing differs."""
        return self.kind == "shapes" and not (self.ids or self.added or self.removed or self.order or self.fields)


def difference(before: Document, after: Document) -> Change:
    """The change from ``before`` to ``after``, two values of the same image.

    Shapes are compared by identity: edits share what they do not touch.
    """
    old, new = before.shapes, after.shapes
    fields = any(
        getattr(before, name) is not getattr(after, name)
        for name in ("flags", "tags", "description", "checked", "extra", "width", "height")
    )
    if old is new:
        return Change("shapes", fields=fields)
    if len(old) == len(new):
        pairs = [(a, b) for a, b in zip(old, new, strict=True) if a is not b]
        if all(a.id == b.id for a, b in pairs):
            return Change("shapes", frozenset(b.id for _, b in pairs), fields=fields)
    before_ids, after_ids = {shape.id: shape for shape in old}, {shape.id: shape for shape in new}
    kept = [shape_id for shape_id in before_ids if shape_id in after_ids]
    return Change(
        "shapes",
        frozenset(shape_id for shape_id in kept if before_ids[shape_id] is not after_ids[shape_id]),
        frozenset(after_ids.keys() - before_ids.keys()),
        frozenset(before_ids.keys() - after_ids.keys()),
        order=kept != [shape_id for shape_id in after_ids if shape_id in before_ids],
        fields=fields,
    )


class SessionBase(QObject):
    """Signals, settings, and the set of what is pending.

    ``message`` carries a level ("info", "success", "warning", "error"), a text and a
    ``MessageAction`` or None. ``idle`` is emitted each time the last pending thing has ended: image
    loaded, saves flushed, no answer of a model awaited, folder scanned. ``conflict`` carries a
    ``saver.LabelFile`` that another program changed on disk while it was edited here.
    ``label_wanted``: a new shape has no label yet, or the user wants to be asked for each.
    ``viewed_changed``: another part of the image is in view; ``look_at`` asks for one around x, y in image pixels.
    ``picture_part_changed`` carries the box (xyxy image pixels) of a huge picture that is sharper now.
    ``closed`` is the last signal: whoever has a thread ends it.
    """

    folder_changed = Signal()
    image_changed = Signal()
    picture_changed = Signal()
    picture_part_changed = Signal(object)
    document_changed = Signal(object, object)
    selection_changed = Signal()
    hover_changed = Signal(object)
    tool_changed = Signal(str)
    label_changed = Signal(str)
    label_wanted = Signal()
    prompt_changed = Signal()
    candidates_changed = Signal()
    labels_changed = Signal()
    save_state_changed = Signal(str)
    writable_changed = Signal()
    model_changed = Signal()
    busy_changed = Signal()
    view_changed = Signal()
    display_changed = Signal()
    viewed_changed = Signal()
    look_at = Signal(float, float)
    idle = Signal()
    message = Signal(str, str, object)
    settings_changed = Signal(str)
    conflict = Signal(object)
    closed = Signal()

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.settings.on_change(self.settings_changed.emit)
        self._pending: set[object] = set()
        self._idle_timer = QTimer(self)
        self._idle_timer.setSingleShot(True)
        self._idle_timer.timeout.connect(self._report_idle)

    @property
    def is_idle(self) -> bool:
        """True when nothing is pending."""
        return not self._pending and not self._idle_timer.isActive()

    @property
    def pending(self) -> frozenset[object]:
        """Names of what is under way ("image", "scan", "model" …), for the status bar and for tests."""
        return frozenset(self._pending)

    def hold(self, what: object) -> None:
        """Not idle until ``release(what)``: for the window while it is being finished."""
        self._wait_for(what)

    def release(self, what: object) -> None:
        """The end of what ``hold`` announced."""
        self._ended(what)

    def _wait_for(self, what: object) -> None:
        self._idle_timer.stop()
        self._pending.add(what)

    def _ended(self, what: object) -> None:
        if what in self._pending:
            self._pending.discard(what)
            if not self._pending:
                # Reported from the event loop, after what the end itself sets off.
                self._idle_timer.start(0)

    def _report_idle(self) -> None:
        if not self._pending:
            self.idle.emit()

    def say(self, level: str, text: str, action: MessageAction | None = None) -> None:
        """Show ``text`` to the user; ``level`` is "info", "success", "warning" or "error"."""
        self.message.emit(level, text, action)
