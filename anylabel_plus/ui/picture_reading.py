"""Reading one picture for the window: a preview first where that is quick, huge ones through a pyramid."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from anylabel_plus.images.choice import Choice, Extent
from anylabel_plus.ui.picture import Depth, Picture, Pixels, build_picture, build_preview

if TYPE_CHECKING:
    from anylabel_plus.images import ImageFacts
    from anylabel_plus.images.pyramid import Layout

PREVIEW_FROM_PX = 12_000_000
"""Images with more pixels than this are shown from a reduced decode first."""
PREVIEW_FORMATS = frozenset(("JPEG",))
"""Formats that decode to a reduced size in a fraction of the time."""
PREVIEW_SIDE_PX = 2048
KEEP_DEPTH_PIXELS = 32_000_000
"""Of larger images the values behind the 8 bits are not kept in memory."""
SHOW_EVERY_S = 0.3
_EMPTY = 48

Box = tuple[float, float, float, float]


class Reading:
    """One picture being read. ``wanted`` is asked again and again; ``show`` takes previews.

    ``part_ready`` is called, by another thread, with a huge picture and the box of it that has come.
    """

    def __init__(
        self,
        path: Path,
        choice: Choice,
        wanted: Callable[[], bool],
        show: Callable[[Picture], None],
        part_ready: Callable[[Picture, Box], None],
    ) -> None:
        self._path, self._choice = path, choice
        self._wanted, self._show, self._part_ready = wanted, show, part_ready

    def read(self) -> Picture | None:
        """The complete picture; None when it is not wanted any more.

        Raises:
            UserError: it cannot be read.
            Cancelled: it was not wanted any more.
        """
        from anylabel_plus import images
        from anylabel_plus.images.pyramid import HUGE_PIXELS

        facts = images.probe(self._path)
        picture = self._huge(facts) if facts.width * facts.height > HUGE_PIXELS else None
        if picture is None:
            self._preview(facts)
            if not self._wanted():
                return None
            picture = read_whole(self._path, self._choice)
        return picture

    def _preview(self, facts: ImageFacts) -> bool:
        from anylabel_plus import images

        if facts.width * facts.height <= PREVIEW_FROM_PX or facts.format not in PREVIEW_FORMATS:
            return False
        pixels, facts = images.load_reduced(self._path, PREVIEW_SIDE_PX, self._choice)
        if self._wanted():
            self._show(self._marked(build_preview(pixels, facts.width, facts.height)))
        return True

    def _marked(self, picture: Picture) -> Picture:
        picture.choice = self._choice
        return picture

    def _huge(self, facts: ImageFacts) -> Picture | None:
        """Through its pyramid, which is made when there is none; None where this kind of file allows none."""
        from anylabel_plus import images
        from anylabel_plus.images import pyramid, pyramid_build
        from anylabel_plus.ui.tiles import tiled_picture

        levels = pyramid.open_pyramid(self._path, self._choice)
        if levels is None:
            if not pyramid_build.can_build(self._path, self._choice):
                return None
            layout = pyramid.layout_of(facts)
            shown = self._preview(facts)
            overview = _Overview(layout, (lambda _: None) if shown else self._show_overview)
            levels = pyramid_build.build(self._path, self._choice, layout, overview.put, lambda: not self._wanted())
        holder: list[weakref.ref[Picture]] = []
        picture = tiled_picture(levels, lambda box: self._tell(holder[0]() if holder else None, box))
        holder.append(weakref.ref(picture))  # a picture that is shown no more goes at once, with its tiles
        picture.extent = images.extent(self._path)
        return self._marked(picture)

    def _tell(self, picture: Picture | None, box: Box) -> None:
        if picture is not None:
            self._part_ready(picture, box)

    def _show_overview(self, overview: _Overview) -> None:
        if self._wanted():
            width, height = overview.size
            self._show(self._marked(build_preview(overview.upright(), width, height)))


class _Overview:
    """Fills from the top while a pyramid is made; shown a few times a second."""

    def __init__(self, layout: Layout, show: Callable[[_Overview], None]) -> None:
        from anylabel_plus.images.pyramid_build import overview_size

        width, height, _ = overview_size(layout)
        self._pixels = np.full((height, width, 3), _EMPTY, np.uint8)
        self._orientation, self._show = layout.orientation, show
        self._shown = 0.0
        turned = layout.orientation >= 5
        raw = layout.raw_width, layout.raw_height
        self.size = raw[::-1] if turned else raw

    def put(self, top: int, rows: Pixels) -> None:
        """Rows of the overview, as stored, from ``top`` on."""
        self._pixels[top : top + len(rows)] = rows[: len(self._pixels) - top]
        if time.monotonic() - self._shown >= SHOW_EVERY_S:
            self._show(self)
            self._shown = time.monotonic()

    def upright(self) -> Pixels:
        """A copy."""
        from anylabel_plus.images.pixels import upright

        return np.ascontiguousarray(upright(self._pixels.copy(), self._orientation))


def read_whole(path: Path, choice: Choice) -> Picture:
    """The whole picture in memory, with the values behind its 8 bits. Raises UserError."""
    from anylabel_plus import images

    loaded = images.load_deep(path, choice, keep_pixels=KEEP_DEPTH_PIXELS)
    picture = build_picture(loaded.pixels)
    if loaded.values is not None:
        picture.depth = Depth(loaded.values, loaded.windows)
    picture.choice = choice
    picture.extent = images.extent(path) if loaded.facts.format not in ("JPEG", "BMP", "PPM") else Extent(1, 1)
    return picture
