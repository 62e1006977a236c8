"""Cut and paste: cutouts of a bank on backgrounds, labelled by what is visible in the end.

After Dwibedi et al. 2017, "Cut, Paste and Learn", and Ghiasi et al. 2021, "Simple Copy-Paste". Picture ``index``
depends on recipe, seed and index alone (and on the bank and the backgrounds): every object draws from a generator of
its own, so that moving one knob leaves what the others decide as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import from_full
from anylabel_plus.core.shapes import Shape
from anylabel_plus.synthesis import appearance, blending
from anylabel_plus.synthesis.backdrops import CACHE_BYTES, Backdrops, Stage, allowed
from anylabel_plus.synthesis.choosing import Choice, Chooser, Rng
from anylabel_plus.synthesis.labelling import kept_shapes, pasted_shapes
from anylabel_plus.synthesis.layout import Layout, Placed, lay_out, scrap
from anylabel_plus.synthesis.recipe import Recipe, checked, recipe_hash
from anylabel_plus.synthesis.scene import Backdrop, Composite, Cutout, CutoutSource, Placement, ReadDocument, SourceRef
from anylabel_plus.synthesis.sprites import Sprite, Sprites

METHOD = "cutpaste"
JPEG_SEEN = 90
"""Backgrounds of a lower quality show what compression did to them."""
_BACKGROUND, _CONTENT, _OBJECT, _DISTRACTOR, _ORDER, _SCRAP = range(6)


def _rng(seed: int, *stream: int) -> Rng:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *stream])))


class Composer:
    """Makes composites of one recipe. Keeps what it decoded; not for several threads at once.

    Raises:
        UserError: nothing usable in the bank, no background, or a recipe that cannot be met.
    """

    def __init__(
        self,
        bank: CutoutSource,
        backdrops: Sequence[Backdrop],
        recipe: Recipe,
        *,
        read_document: ReadDocument | None = None,
        label_counts: Mapping[str, int] | None = None,
        tool_version: str = "",
        sprites: Sprites | None = None,
        stages: Backdrops | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.recipe = checked(recipe)
        usable = [cutout for cutout in bank.cutouts if cutout.accepted]
        if not usable:
            raise UserError("The bank has no accepted cutout.", "Accept some, or build it with other limits.")
        if not backdrops:
            raise UserError("There is no background to paste on.", "Name a folder of pictures.")
        self.backdrops = tuple(backdrops)
        self.hash = recipe_hash(self.recipe)
        self.version = tool_version
        self.chooser = Chooser(usable, bank.priors, self.recipe, label_counts or {})
        self.sprites = sprites or Sprites(bank, cache_bytes)
        self.stages = stages or Backdrops(read_document, cache_bytes)
        self._noise = appearance.NoiseTile()
        self._order: tuple[tuple[int, int], tuple[int, ...]] = ((-1, -1), ())

    def compose(self, seed: int, index: int, max_side: int | None = None) -> Composite:
        """The picture number ``index``; with ``max_side`` a smaller one laid out alike, for a preview.

        Raises:
            UserError: its background cannot be used.
        """
        layout_index, number = divmod(index, len(self.recipe.blends))
        blend = self.recipe.blends[number]
        backdrop = self._backdrop(seed, layout_index)
        draws = _rng(seed, layout_index, _BACKGROUND).random(3)
        stage = self.stages.stage(backdrop, self.recipe, draws, max_side)
        layout = self._laid_out(stage, seed, layout_index)
        pixels = self._painted(stage, layout, blend)
        placements = tuple(_placement(one, layout, depth) for depth, one in enumerate(layout.placed))
        facts = self._facts(stage, seed, index, blend, layout)
        document = self._document(stage, layout, placements, blend, facts)
        return Composite(pixels, document, placements, backdrop, blend, tuple(sorted(layout.skips.items())), facts)

    # Choosing --------------------------------------------------------------------------------

    def _backdrop(self, seed: int, layout_index: int) -> Backdrop:
        """Every background once, in an order of the seed, before any comes again."""
        turn, place = divmod(layout_index, len(self.backdrops))
        if self._order[0] != (seed, turn):
            order = _rng(seed, turn, _ORDER).permutation(len(self.backdrops))
            self._order = ((seed, turn), tuple(int(n) for n in order))
        return self.backdrops[self._order[1][place]]

    def _laid_out(self, stage: Stage, seed: int, layout_index: int) -> Layout:
        longer = round(max(stage.size) / stage.reduced)
        content = _rng(seed, layout_index, _CONTENT)
        objects = self.chooser.objects(content, longer)
        todo: list[tuple[Choice, Sprite | None, Rng]] = []
        for number, choice in enumerate(self.chooser.distractors(content, longer)):
            todo.append((choice, None, _rng(seed, layout_index, _DISTRACTOR, number)))
        todo.extend(self._scraps(stage, seed, layout_index))
        for number, choice in enumerate(objects):
            todo.append((choice, None, _rng(seed, layout_index, _OBJECT, number)))
        where = allowed(stage, self.recipe)
        return lay_out(stage, todo, self.chooser, self.sprites, where)

    def _scraps(self, stage: Stage, seed: int, layout_index: int) -> list[tuple[Choice, Sprite | None, Rng]]:
        """Pieces of backgrounds without labels, as distractors."""
        if self.recipe.distractor_source != "crops":
            return []
        rng = _rng(seed, layout_index, _SCRAP)
        low, high = self.recipe.distractors
        found: list[tuple[Choice, Sprite | None, Rng]] = []
        for number in range(int(rng.integers(low, high + 1))):
            other = self.backdrops[int(rng.integers(len(self.backdrops)))]
            relative = float(rng.uniform(*self.recipe.size))
            source = self.stages.stage(other, self.recipe, rng.random(3), max(stage.size))
            if source.objects:
                continue  # it could hold an object that should have a label
            nothing = Cutout(f"crop-{number}", "", 1, 1, 1, SourceRef(other.name, content=other.content))
            choice = Choice(nothing, "", relative, 0.0)
            sprite = scrap(source, choice, rng, round(relative * max(source.size) / 0.7))
            found.append((choice, sprite, _rng(seed, layout_index, _SCRAP, number)))
        return found

    # Painting --------------------------------------------------------------------------------

    def _painted(self, stage: Stage, layout: Layout, blend: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
        canvas = stage.pixels
        for placed in layout.placed:
            self._paint(canvas, stage, placed, blend)
        return canvas

    def _paint(self, canvas: np.ndarray[Any, np.dtype[np.uint8]], stage: Stage, placed: Placed, blend: str) -> None:
        recipe, patch = self.recipe, placed.patch
        height, width = patch.mask.shape
        x1, y1 = max(placed.x, 0), max(placed.y, 0)
        x2, y2 = min(placed.x + width, canvas.shape[1]), min(placed.y + height, canvas.shape[0])
        part = np.s_[y1 - placed.y : y2 - placed.y, x1 - placed.x : x2 - placed.x]
        mask, alpha = np.ascontiguousarray(patch.mask[part]), np.ascontiguousarray(patch.alpha[part])
        rgb = np.ascontiguousarray(patch.rgb[part])
        draws = placed.rng.random(5)
        own = appearance.lab_stats(rgb, mask)
        around = appearance.ring_stats(canvas, mask, x1, y1) if recipe.harmonise > 0 else None
        rgb = appearance.recoloured(rgb, mask, appearance.colour_matrix(recipe, draws[:3], own, around))
        rgb = self._sensed(rgb, mask, stage, float(draws[3]), placed.rng)
        if recipe.shadow > 0:
            appearance.cast_shadow(canvas, mask, x1, y1, recipe.shadow)
        behind = canvas[y1:y2, x1:x2]
        feather = recipe.feather * stage.reduced
        blending.paste(blending.Edge(rgb, alpha, mask, behind, feather, float(draws[4]) * 180.0), blend, behind)

    def _sensed(
        self,
        rgb: np.ndarray[Any, np.dtype[np.uint8]],
        mask: np.ndarray[Any, np.dtype[np.uint8]],
        stage: Stage,
        draw: float,
        rng: Rng,
    ) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """With the noise and the compression of the background."""
        recipe = self.recipe
        sigma = recipe.noise[0] + draw * (recipe.noise[1] - recipe.noise[0])
        if recipe.match_noise and stage.noise > 0.8:
            own = appearance.noise_sigma(rgb, mask, 192)
            sigma = float(np.hypot(sigma, np.sqrt(max(0.0, stage.noise**2 - own**2))))
        rgb = self._noise.added(rgb, sigma, rng)
        if recipe.match_jpeg and stage.jpeg < JPEG_SEEN:
            rgb = appearance.compressed(rgb, stage.jpeg)
        return rgb

    # Telling ---------------------------------------------------------------------------------

    def _facts(self, stage: Stage, seed: int, index: int, blend: str, layout: Layout) -> dict[str, Any]:
        backdrop = stage.read.backdrop
        return {
            "kind": "composite",
            "method": METHOD,
            "recipe": self.hash,
            "seed": seed,
            "index": index,
            "version": self.version,
            "blend": blend,
            "background": {
                "image": backdrop.name,
                "content": backdrop.content,
                "crop": list(stage.crop),
                "scale": [round(value, 6) for value in stage.scale],
            },
            "skipped": dict(sorted(layout.skips.items())),
        }

    def _document(
        self, stage: Stage, layout: Layout, placements: Sequence[Placement], blend: str, facts: Mapping[str, Any]
    ) -> Document:
        group = 1 + max((shape.group_id or 0 for shape, _ in stage.objects), default=0)
        owner = layout.room.owner
        shapes: list[Shape] = [shape for shape, _mask in stage.objects]
        if stage.objects and placements:
            covered = from_full(owner > layout.protected)
            shapes = kept_shapes(stage.objects, covered, group)
        shapes.extend(stage.others)
        group = 1 + max((shape.group_id or 0 for shape in shapes), default=0)
        for placement in placements:
            if placement.label and placement.visible.area:
                made = pasted_shapes(placement, self.recipe, group, blend)
                group += len(made) > 1
                shapes.extend(made)
        width, height = stage.size
        document = Document("", width, height, extra={"synthesis": dict(facts)})
        return add_shapes(document, shapes)


def _placement(placed: Placed, layout: Layout, depth: int) -> Placement:
    patch = placed.patch
    left, top, right, bottom = patch.box
    matrix = np.array([[1.0, 0.0, placed.x], [0.0, 1.0, placed.y], [0.0, 0.0, 1.0]]) @ patch.matrix
    whole = (
        float(placed.x + left),
        float(placed.y + top),
        float(placed.x + right),
        float(placed.y + bottom),
    )
    cutout = patch.choice.cutout
    visible = layout.room.visible(placed.number, placed.mask)
    return Placement(cutout, patch.choice.label, matrix, depth, placed.mask, visible, whole, float(patch.area))
