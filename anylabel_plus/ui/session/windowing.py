"""Window and level of deep images: which of the file's values are shown as black and as white."""

from __future__ import annotations

from anylabel_plus.images.depth import Window
from anylabel_plus.settings import Settings
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.picture import Depth, Picture
from anylabel_plus.ui.session.comparing import ComparingSession


class WindowingSession(ComparingSession):
    """For the eye only: models and exports see the image through its own window. The newest wish wins."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self._own_depth: Depth | None = None
        self._wish: Window | None = None
        self._windowing = False
        self.picture_changed.connect(self._deep_picture)

    @property
    def window(self) -> Window | None:
        """The values shown as black and white, of the first band; None for an image of 8 bits."""
        depth = self.picture.depth if self.picture is not None else None
        return self._wish or (depth.windows[0] if depth is not None else None)

    @property
    def own_window(self) -> Window | None:
        """That of the file itself, or found from its values; None for an image of 8 bits."""
        return self._own_depth.windows[0] if self._own_depth is not None else None

    def set_window(self, low: float, high: float) -> None:
        """Show ``low`` as black and ``high`` as white; nothing for an image of 8 bits."""
        if self.picture is None or self.picture.depth is None or Window(low, high) == self.window:
            return
        self._wish = Window(low, high)
        if not self._windowing:
            self._look_through()

    def reset_window(self) -> None:
        """Show the image through its own window again."""
        own = self.own_window
        if own is not None:
            self.set_window(own.low, own.high)

    def _look_through(self) -> None:
        picture, wish = self.picture, self._wish
        if picture is None or picture.depth is None or wish is None:
            return
        own = self._own_depth
        one = own is not None and wish == own.windows[0]
        windows = own.windows if own is not None and one else (wish,) * len(picture.depth.windows)
        self._windowing = True
        self._wait_for("window")
        self._reader.run(
            lambda: picture.through(windows), lambda made: self._made(picture, wish, made), self._window_failed
        )

    def _made(self, before: Picture, wish: Window, made: Picture) -> None:
        self._windowing = False
        self._ended("window")
        if self.picture is not before:
            self._wish = None
            return
        self.picture = made
        newer = self._wish is not None and self._wish != wish
        if not newer:
            self._wish = None
        self.picture_changed.emit()
        self.display_changed.emit()
        if newer:
            self._look_through()

    def _window_failed(self, error: BaseException) -> None:
        self._windowing, self._wish = False, None
        self._ended("window")
        self.say("error", tr("The image cannot be shown in this way: {reason}", reason=error))

    def _deep_picture(self) -> None:
        """Another image has its own window; what shows the same values through another one is the same image."""
        depth = self.picture.depth if self.picture is not None else None
        if depth is None or self._own_depth is None or depth.values is not self._own_depth.values:
            self._own_depth = depth
            self.display_changed.emit()
