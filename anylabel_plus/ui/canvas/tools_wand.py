"""The magic wand: a click finds what has a similar colour, a drag sets how similar."""

from __future__ import annotations

from typing import ClassVar, Literal

from anylabel_plus.core import masks
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.painting import Region, add_region, new_shapes, paintable, subtract_region
from anylabel_plus.ui.canvas.tools_base import (
    NOTHING,
    XY,
    Apply,
    Effects,
    Pointer,
    Say,
    Scene,
    SeekSimilar,
    SetSetting,
    Tool,
)
from anylabel_plus.ui.language import tr

DRAG_PX = 3.0
"""Screen pixels of a drag that change the tolerance by one."""
HIGHEST = 255
LEAST_SHARE = 0.02
"""Parts of a region smaller than this share of it become no polygon of their own."""
_SETTINGS = frozenset(("wand.tolerance", "wand.contiguous", "wand.smooth_px"))


class WandTool(Tool):
    """A click shows the region as a preview; Enter or a double click makes it a shape, Esc drops it.

    Shift adds the region to the preview, Alt takes it away; without a preview they change the
    selected mask or polygon at once. Dragging right or up from the press raises the tolerance.
    """

    name: ClassVar[str] = "wand"
    cursor = "cross"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._seed: tuple[int, int] | None = None
        self._mode: Literal["new", "add", "subtract"] = "new"
        self._base: Mask | None = None
        self._preview: Mask | None = None
        self._target: int | None = None
        self._pressed: XY | None = None
        self._from = 0
        self._number = 0
        self._awaited = False

    @property
    def preview(self) -> Mask | None:
        """What would become a shape."""
        return self._preview

    @property
    def busy(self) -> bool:
        return self._preview is not None or self._awaited or self._pressed is not None

    # Pointer ---------------------------------------------------------------------------------

    def press(self, at: Pointer) -> Effects:
        document = self.scene.document
        x, y = int(at.x // 1), int(at.y // 1)
        if at.button == "right" or not (0 <= x < document.width and 0 <= y < document.height):
            return NOTHING
        wanted: Literal["new", "add", "subtract"] = "add" if at.shift else "subtract" if at.alt else "new"
        chosen = paintable(document, self.scene.selection)
        self._base = self._preview if wanted != "new" else None
        self._target = chosen[-1].id if chosen and wanted != "new" and self._base is None else None
        if wanted == "subtract" and self._base is None and self._target is None:
            return (Say(tr("Select a mask or a polygon first.")),)
        self._mode = wanted if self._base is not None or self._target is not None else "new"
        self._seed, self._pressed = (x, y), (at.x, at.y)
        self._from = self._tolerance
        return self._seek()

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        if not down or self._pressed is None:
            return NOTHING
        way = (at.x - self._pressed[0]) - (at.y - self._pressed[1])
        tolerance = min(max(self._from + round(way * self.scene.scale / DRAG_PX), 0), HIGHEST)
        # The setting tells the tool, as it does when the slider moved.
        return (SetSetting("wand.tolerance", tolerance),) if tolerance != self._tolerance else NOTHING

    def release(self, at: Pointer) -> Effects:
        self._pressed = None
        return NOTHING if self._awaited else self._finished()

    def double_click(self, at: Pointer) -> Effects:
        return self._accept() if self._preview is not None else NOTHING

    def setting_changed(self, key: str) -> Effects:
        return self._seek() if key in _SETTINGS and self._seed is not None else NOTHING

    def found(self, number: int, mask: Mask) -> Effects:
        """The answer to request ``number``; an old one counts for nothing."""
        if number != self._number or not self._awaited:
            return NOTHING
        self._awaited = False
        if self._base is None:
            self._preview = mask if mask.crop.size else None
        else:
            joined = masks.union if self._mode == "add" else masks.subtract
            result = joined(self._base, mask)
            self._preview = result if result.crop.size else None
        return NOTHING if self._pressed is not None else self._finished()

    @property
    def _tolerance(self) -> int:
        return int(self.scene.setting("wand.tolerance"))

    def _seek(self) -> Effects:
        assert self._seed is not None
        self._number += 1
        self._awaited = True
        setting = self.scene.setting
        contiguous, smooth = setting("wand.contiguous"), setting("wand.smooth_px")
        return (SeekSimilar(self._number, *self._seed, self._tolerance, contiguous, smooth),)

    def _finished(self) -> Effects:
        """The region is known and the button is up: a selected shape takes it over at once."""
        target, found = self._target, self._preview
        if target is None or found is None:
            return NOTHING
        adds, region = self._mode == "add", self._region(found)
        self._drop()
        if adds:
            return (Apply(tr("Add similar area"), lambda d: add_region(d, target, region), select_parts=True),)
        return (Apply(tr("Subtract similar area"), lambda d: subtract_region(d, (target,), region), select_parts=True),)

    def _region(self, mask: Mask) -> Region:
        return Region(mask, detail_px=float(self.scene.setting("assist.polygon_detail_px")))

    # Keys ------------------------------------------------------------------------------------

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        if not self.busy:
            return None
        if name in ("Escape", "Backspace", "Undo"):
            return self.cancel()
        if name in ("Return", "Enter"):
            return self._accept()
        return None

    def cancel(self) -> Effects:
        self._drop()
        return NOTHING

    def _drop(self) -> None:
        self._seed = self._base = self._preview = self._target = self._pressed = None
        self._awaited = False

    def _accept(self) -> Effects:
        mask = self._preview
        if mask is None:
            return NOTHING
        region, label, kind = self._region(mask), self.scene.label, self.scene.setting("wand.output")
        self._drop()

        def edit(document: Document) -> Document:
            made = new_shapes(region, label, kind, document.width, document.height, least_share=LEAST_SHARE)
            return add_shapes(document, made) if made else document

        return (Apply(tr("Add similar area"), edit, select_added=True),)
