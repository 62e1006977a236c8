"""Comparing the open image with the one before it in the folder."""

from __future__ import annotations

from pathlib import Path

from anylabel_plus.core.errors import UserError
from anylabel_plus.settings import Settings
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.picture import Picture, build_picture, build_preview
from anylabel_plus.ui.said import said
from anylabel_plus.ui.session.assist import AssistSession

HUGE_SIDE_PX = 4096
"""A huge image is compared at this size."""


class ComparingSession(AssistSession):
    """While comparing, the image before lies over the left part of the open one; it follows every image switch."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.comparing = False
        self.compared: Picture | None = None
        self.compare_at = 0.5
        """How much of the width shows the image before, 0 to 1."""
        self.image_changed.connect(self._compare_again)

    def set_comparing(self, on: bool) -> None:
        """Begin or end comparing."""
        if on != self.comparing:
            self.comparing = on
            self._compare_again()
            self.view_changed.emit()

    def set_compare_at(self, part: float) -> None:
        """Move the edge between the two images."""
        part = min(1.0, max(0.0, part))
        if part != self.compare_at:
            self.compare_at = part
            self.display_changed.emit()

    def _compare_again(self) -> None:
        self._set_compared(None)
        if not self.comparing or self.row <= 0:
            return
        path = self.files[self.row - 1].image
        self._wait_for("compare")
        self._reader.run(lambda: _picture(path), lambda picture: self._loaded(path, picture), self._not_loaded)

    def _loaded(self, path: Path, picture: Picture) -> None:
        self._ended("compare")
        if self.comparing and self.row > 0 and self.files[self.row - 1].image == path:
            self._set_compared(picture)

    def _not_loaded(self, error: BaseException) -> None:
        self._ended("compare")
        self.say("warning", tr("The image before cannot be compared: {reason}", reason=said(error)))

    def _set_compared(self, picture: Picture | None) -> None:
        if picture is not self.compared:
            self.compared = picture
            self.display_changed.emit()


def _picture(path: Path) -> Picture:
    from anylabel_plus import images

    facts = images.probe(path)
    if facts.width * facts.height > images.HUGE_PIXELS:
        if not images.reduces_quickly(path):
            raise UserError(tr("{file}: this image is too large to be compared before it was looked at.", file=path))
        pixels, _ = images.load_reduced(path, HUGE_SIDE_PX)
        return build_preview(pixels, facts.width, facts.height)
    return build_picture(images.load(path))
