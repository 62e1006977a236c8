"""Starts the window. Nothing heavy is imported before its first paint."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QApplication

from anylabel_plus.settings import Settings
from anylabel_plus.ui import messages, theme
from anylabel_plus.ui.main_window import MainWindow
from anylabel_plus.ui.session import Session

NAME = "AnyLabel Plus"


# Every call into Qt gives up Python's lock; at the usual 5 ms, painting a list while threads scan,
# decode and import would wait 5 ms for each call.
SWITCH_INTERVAL_S = 0.0005


def build(argv: Sequence[str] = ()) -> tuple[QApplication, MainWindow]:
    """The application and its window, shown, with the folder or image named in ``argv`` being opened.

    A running QApplication is used again, so that tests can build several windows one after the other.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    app = QApplication.instance() or QApplication([NAME])
    assert isinstance(app, QApplication)
    app.setApplicationName("anylabel-plus")
    app.setApplicationDisplayName(NAME)
    app.setDesktopFileName("anylabel-plus")
    collecting = gc.isenabled()
    gc.disable()  # nothing that is built here is garbage
    settings = Settings()
    theme.apply(app, settings.get("appearance.theme"))
    session = Session(settings)
    window = MainWindow(session)
    messages.install(session.say)
    window.show()
    if collecting:
        gc.enable()
    for argument in argv:
        if not argument.startswith("-"):
            session.open_path(Path(argument))
            break
    return app, window


def run(argv: Sequence[str]) -> int:
    """Show the window until it is closed; the exit code."""
    app, window = build(argv)
    gc.freeze()  # later collections pass over all that stays: no pause while drawing
    gc.enable()
    code = app.exec()
    window.session.shut_down()
    messages.install(None)
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
