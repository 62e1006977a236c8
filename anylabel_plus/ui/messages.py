"""The one door for errors that reach the window."""

from __future__ import annotations

import functools
import logging
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from PySide6.QtGui import QGuiApplication

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.said import said


@dataclass(frozen=True, slots=True)
class MessageAction:
    """The one thing a message offers to do."""

    title: str
    run: Callable[[], object]


Say = Callable[[str, str, MessageAction | None], None]
_log = logging.getLogger("anylabel_plus.ui")
_say: Say | None = None


def show_exception(error: BaseException) -> None:
    """Tell the user of an exception: cancelled is silent, a ``UserError`` shows its text and hint,
    anything else is a bug: it is logged, and its details can be copied."""
    if isinstance(error, (Cancelled, KeyboardInterrupt)):
        return
    if isinstance(error, UserError):
        _tell("error", said(error), None)
        return
    _log.error("unexpected error", exc_info=error)
    details = "".join(traceback.format_exception(error))
    text = tr("Something went wrong ({error}). Your shapes are safe.", error=f"{type(error).__name__}: {error}")
    _tell("error", text, MessageAction(tr("Copy details"), lambda: QGuiApplication.clipboard().setText(details)))


def guarded(handler: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """An event handler whose exceptions are shown here.

    Of a widget that overrides ``event`` too they must not reach Qt: PySide would end the process.
    """

    @functools.wraps(handler)
    def handle(widget: Any, event: Any) -> None:
        try:
            handler(widget, event)
        except Exception as error:
            show_exception(error)

    return handle


def _tell(level: str, text: str, action: MessageAction | None) -> None:
    if _say is not None:
        _say(level, text, action)
    else:
        print(text, file=sys.stderr)


def install(say: Say | None) -> None:
    """Send exceptions that nobody caught, in slots and in threads, to ``say``; None undoes it.

    ``say`` may be called in any thread.
    """
    global _say
    _say = say

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        show_exception(error.with_traceback(trace))

    def thread_hook(facts: threading.ExceptHookArgs) -> None:
        if facts.exc_value is not None:
            show_exception(facts.exc_value)

    sys.excepthook = hook if say is not None else sys.__excepthook__
    threading.excepthook = thread_hook if say is not None else threading.__excepthook__
