"""The scissors: a ring drawn like a polygon is cut out of masks and polygons."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from anylabel_plus.core.painting import paintable, ring_region, subtract_region
from anylabel_plus.ui.canvas.tools_base import XY, Apply, Effects, Say
from anylabel_plus.ui.canvas.tools_ring import PolygonTool
from anylabel_plus.ui.language import mark, tr

NOTHING_TO_CUT = mark("Draw over a mask or a polygon that is not locked.")


class CutHoleTool(PolygonTool):
    """Draws as the polygon tool does. The selected masks and polygons are cut, else the one under the ring.

    A ring inside a shape makes a hole; one that crosses its edge takes that piece away.
    """

    name: ClassVar[str] = "cut_hole"

    def finish(self, points: list[XY]) -> Effects:
        """The edit that cuts; the tool is ready for the next hole."""
        ring = np.array(points, np.float64)
        document = self.scene.document
        self.cancel()
        ids = frozenset(shape.id for shape in paintable(document, self.scene.selection))
        if not ids:
            ids = self._below(ring)
        if not ids:
            return (Say(tr(NOTHING_TO_CUT)),)
        region = ring_region(ring, document.width, document.height)
        return (Apply(tr("Cut hole"), lambda d: subtract_region(d, ids, region), select_parts=True),)

    def _below(self, ring: np.ndarray) -> frozenset[int]:
        """The shape under the first corner that lies on one."""
        for x, y in ring.tolist():
            target = self.scene.target(x, y)
            found = paintable(self.scene.document, (target.shape_id,)) if target is not None else []
            if found:
                return frozenset((found[0].id,))
        return frozenset()
