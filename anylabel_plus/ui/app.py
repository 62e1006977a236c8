"""Starts the window. Nothing heavy is imported before its first paint."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QLibraryInfo, QLocale, QObject, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from anylabel_plus.settings import Settings
from anylabel_plus.ui import language, messages, theme
from anylabel_plus.ui.collector import Collector
from anylabel_plus.ui.last_place import LastPlace
from anylabel_plus.ui.main_window import MainWindow
from anylabel_plus.ui.session import Session

if TYPE_CHECKING:
    from anylabel_plus.rivals.launch import Launch

NAME = "AnyLabel Plus"


# Every call into Qt gives up Python's lock; at the usual 5 ms, painting a list while threads scan,
# decode and import would wait 5 ms for each call.
SWITCH_INTERVAL_S = 0.0005


LANGUAGE = "appearance.language"
RETRY_MS = 200


def scale_interface(percent: int) -> None:
    """Make everything larger or smaller, on top of what the screen asks for. Only before the application is built."""
    before = os.environ.get("QT_SCALE_FACTOR", "")
    if percent != 100 and not before:  # who starts the program with a factor of his own wants that one
        os.environ["QT_SCALE_FACTOR"] = str(percent / 100)


def speak(app: QApplication, settings: Settings) -> None:
    """Take up the language and theme of the settings; windows built after this speak it."""
    asked = settings.get(LANGUAGE)
    language.use(language.nearest(QLocale.system().name()) if asked == "system" else asked)
    _translate_qt(app, language.current())
    theme.apply(app, settings.get("appearance.theme"), language.current())


def _translate_qt(app: QApplication, code: str) -> None:
    """The words of Qt's own dialogs, where Qt has them in this language (not in Vietnamese)."""
    translator = app.findChild(QTranslator, "qtbase")
    if translator is not None:
        app.removeTranslator(translator)
        translator.deleteLater()
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if code != "en" and translator.load(f"qtbase_{code}", folder):
        translator.setObjectName("qtbase")
        app.installTranslator(translator)


class Window(QObject):
    """Holds the window in ``current`` and builds it again, around the same session, in another language.

    All state is the session's, so documents, undo histories and the model worker stay as they are.
    """

    def __init__(self, app: QApplication, session: Session) -> None:
        super().__init__(session)
        self._app, self._session = app, session
        self._waiting = False
        self.current = MainWindow(session)
        session.settings_changed.connect(self._setting_changed)

    def _setting_changed(self, key: str) -> None:
        if key == LANGUAGE:
            QTimer.singleShot(0, self, self._build_again)

    def _after_work(self) -> None:
        if not self._waiting:
            self._waiting = True
            self._session.work.changed.connect(self._work_changed)
            self._session.say("info", language.tr("The language changes when the work under way has ended."))

    def _work_changed(self) -> None:
        if not self._session.work.text:
            self._waiting = False
            self._session.work.changed.disconnect(self._work_changed)
            QTimer.singleShot(RETRY_MS, self, self._build_again)  # once its end has been told

    def _build_again(self) -> None:
        if QApplication.activeModalWidget() is not None:  # the dialog in which it was chosen belongs to the old window
            QTimer.singleShot(RETRY_MS, self, self._build_again)
            return
        if self._session.work.text:  # what shows it and can stop it belongs to the old window
            self._after_work()
            return
        before = language.current()
        speak(self._app, self._session.settings)
        if language.current() == before:
            return
        old, view = self.current, self.current.canvas.view
        old.keep_layout()
        self.current = MainWindow(self._session, old.state)
        self.current.show()
        self._session.announce()
        self.current.canvas.set_view(view)
        old.hide()
        old.deleteLater()


def build(argv: Sequence[str] = ()) -> tuple[QApplication, MainWindow]:
    """The application and its window, shown, with the folder or image named in ``argv`` being opened.

    A running QApplication is used again, so that tests can build several windows one after the other.
    """
    launch = _understood(argv)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    settings = Settings()
    if launch is not None:
        launch.apply(settings)
    if QApplication.instance() is None:
        scale_interface(settings.get("appearance.scale_percent"))
    app = QApplication.instance() or QApplication([NAME])
    assert isinstance(app, QApplication)
    app.setApplicationName("anylabel-plus")
    app.setApplicationDisplayName(NAME)
    app.setDesktopFileName("anylabel-plus")
    collecting = gc.isenabled()
    gc.disable()  # nothing that is built here is garbage
    speak(app, settings)
    session = Session(settings)
    window = Window(app, session).current
    messages.install(session.say)
    window.show()
    if collecting:
        gc.enable()
    path = launch.path if launch is not None else Path(argv[0]) if argv else None
    if path is not None:
        session.open_path(path)
    return app, window


def _understood(argv: Sequence[str]) -> Launch | None:
    """The options of the command line; None when there is at most a path, as nearly always."""
    if len(argv) < 2 and not any(argument.startswith("-") for argument in argv):
        return None
    from anylabel_plus.rivals import launch

    found = launch.parse(argv)
    found.prepare()
    return found


def run(argv: Sequence[str]) -> int:
    """Show the window until it is closed; the exit code."""
    if "--reset-config" in argv:
        return _forget_layout(argv)
    app, window = build(argv)
    place = LastPlace()
    go_back(window.session, place)
    gc.freeze()  # later collections pass over all that stays: no pause while drawing
    collector = Collector(app)
    code = app.exec()
    collector.deleteLater()
    window.session.shut_down()
    place.close()
    messages.install(None)
    return code


def go_back(session: Session, place: LastPlace) -> None:
    """After a crash show the image that was open then, unless another was asked for; from now on keep the place."""
    left = place.take_left()
    if left is not None and session.folder is None and not session.pending & {"label file", "scan", "image"}:
        session.open_path(left)
        session.say("info", language.tr("The program ended unexpectedly. Back at {name}.", name=left.name))
    session.image_changed.connect(lambda: place.note(session.folder, session.image_path))


def _forget_layout(argv: Sequence[str]) -> int:
    """Remove what the window remembers between runs; settings and labels stay."""
    from anylabel_plus.ui.window_state import WindowState

    _understood(argv)
    state = WindowState()
    state.path.unlink(missing_ok=True)
    print(f"{state.path}: layout and recent folders are forgotten.")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
