"""A scene for the tests of previews: quick, and every answer tells what was asked for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from anylabel_plus.core.document import Document
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.jobs.preview_process import Scene, Sources
from anylabel_plus.synthesis.scene import Backdrop, Composite, Placement


class FakeScene:
    """Grey pictures: the grey is the seed, a square of the label "cup" lies at 10 x index."""

    def __init__(self, sources: Sources, before: Scene | None = None) -> None:
        if sources.bank == "missing":
            raise UserError("missing: there is no bank.", "Build one.")
        self.facts = {"cutouts": 3, "backgrounds": len(sources.backgrounds), "notes": ["one was left out"]}

    def compose(self, recipe: Mapping[str, Any], seed: int, index: int, max_side: int) -> Composite:
        if recipe.get("die"):
            marker = Path(recipe["die"])
            if not marker.exists():
                marker.write_text("died once")
                os._exit(7)
        if recipe.get("die_always"):
            os._exit(7)
        if recipe.get("wait"):  # until the file is there
            gate = Path(recipe["wait"])
            while not gate.exists():
                pass
        if recipe.get("bad"):
            raise UserError("Recipe: bad.", "Make it good.")
        if recipe.get("bug"):
            raise ValueError("a bug")
        pixels = np.full((max_side // 2, max_side, 3), seed, np.uint8)
        crop = np.ones((8, 10), bool)
        crop[3:5, 4:6] = False
        mask = Mask(crop, 10 * index, 20)
        placement = Placement(
            None, "cup", np.eye(3), 0, mask, mask, (10 * index, 20, 10 * index + 10, 28), float(mask.area)
        )
        document = Document("", width=max_side, height=max_side // 2)
        return Composite(
            pixels, document, (placement,), Backdrop(Path("b.png"), "b.png"), "gaussian", (("too hidden", 2),)
        )
