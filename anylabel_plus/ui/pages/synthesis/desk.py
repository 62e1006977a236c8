"""What the synthesis page is about: recipes, seed, the nine pictures in view. Parts show it and change it here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from anylabel_plus.core.errors import UserError
from anylabel_plus.jobs.preview_process import Opened, Wanted
from anylabel_plus.jobs.vetoes import Veto
from anylabel_plus.synthesis.recipe import Recipe, from_json, recipe_hash, to_json
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.pages.synthesis.memory import Memory
from anylabel_plus.ui.pages.synthesis.palette import Palette
from anylabel_plus.ui.pages.synthesis.previews import Previews, Shown
from anylabel_plus.ui.pages.synthesis.shelf import Shelf

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

TILES = 9
LATE_MS = 10
"""Changes that come so close together are one."""
DEFAULT_COUNT = 1000
Side = str


@dataclasses.dataclass(slots=True)
class Tile:
    """One place of the grid: the picture number ``index`` of the seed; a pinned one stays when others change."""

    index: int
    pinned: bool = False


class Desk(QObject):
    """``recipe_changed``: another recipe, or another side is in hand. ``tiles_changed``: other pictures are wanted.
    ``say`` carries a level and a sentence, as the session's ``message``.
    """

    recipe_changed = Signal()
    tiles_changed = Signal()
    facts_changed = Signal()
    vetoed = Signal(str)
    say = Signal(str, str)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.memory = Memory()
        self.shelf = Shelf(session, self)
        self.previews = Previews(session, self)
        self.color = Palette(session, self.shelf).color
        self.recipes: dict[Side, Recipe] = {"A": Recipe()}
        self.side: Side = "A"
        self.view: Side = "A"
        """Which recipe the tiles show: "A", "B", or "AB" for both beside each other."""
        self.seed, self.count = 0, DEFAULT_COUNT
        self.tiles = [Tile(index) for index in range(TILES)]
        self.tile_px = 384
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(LATE_MS)
        self._soon.timeout.connect(self._ask)
        self.shelf.sources_changed.connect(self.refresh)
        self.shelf.failed.connect(lambda text: self.say.emit("error", text))
        self.previews.opened.connect(self._opened)
        self.previews.restarted.connect(
            lambda _: self.say.emit("warning", tr("The preview process was started again. Nothing is lost."))
        )

    # Recipes ---------------------------------------------------------------------------------

    @property
    def recipe(self) -> Recipe:
        """The recipe in hand."""
        return self.recipes[self.side]

    def set_recipe(self, recipe: Recipe) -> None:
        """Change the recipe in hand."""
        if recipe != self.recipes[self.side]:
            self.recipes[self.side] = recipe
            self.recipe_changed.emit()
            self.refresh()

    def compare(self, on: bool) -> None:
        """Work on a second recipe, at first a copy of the one in hand; or go on with the one in hand alone."""
        if on == ("B" in self.recipes):
            return
        self.recipes = {"A": self.recipe, "B": self.recipe} if on else {"A": self.recipe}
        self.side, self.view = ("B", "AB") if on else ("A", "A")
        self.recipe_changed.emit()
        self.refresh()

    def show_side(self, view: Side) -> None:
        """Show A, B or both ("AB"); the one shown alone is also the one in hand."""
        self.view = view
        if view in self.recipes:
            self.side = view
        self.recipe_changed.emit()
        self.refresh()

    def take_side(self, side: Side) -> None:
        """The recipe that the knobs change."""
        self.side = side
        if self.view != "AB":
            self.view = side
        self.recipe_changed.emit()
        self.refresh()

    # Tiles -----------------------------------------------------------------------------------

    def sides_shown(self) -> tuple[Side, ...]:
        """The recipes that a tile shows beside each other."""
        return ("A", "B") if self.view == "AB" and "B" in self.recipes else (self.side,)

    def shown(self) -> list[Shown]:
        """The pictures of the recipe in hand that are there."""
        found = (self.previews.shown(f"{self.side}{number}") for number in range(TILES))
        return [each for each in found if each is not None]

    def set_seed(self, seed: int) -> None:
        """Other pictures altogether."""
        if seed != self.seed:
            self.seed = seed
            self.refresh()

    def set_count(self, count: int) -> None:
        """How many pictures will be made; only these are shown."""
        if count != self.count:
            self.count = count
            self.facts_changed.emit()

    def reroll(self, number: int | None = None) -> None:
        """Other pictures in all places that are not pinned, or in one, pinned or not."""
        places = range(TILES) if number is None else (number,)
        for place in places:
            tile = self.tiles[place]
            if number is not None or not tile.pinned:
                tile.index = self._next_index()
        self.refresh()

    def pin(self, number: int) -> None:
        """Keep the picture of a place when the others change, or no longer."""
        self.tiles[number].pinned = not self.tiles[number].pinned
        self.tiles_changed.emit()

    def veto(self, number: int, reason: str) -> None:
        """Note why a picture is bad, beside the bank, and show another."""
        tile = self.tiles[number]
        self.shelf.add_veto(Veto(recipe_hash(self.recipe), self.seed, tile.index, reason))
        tile.pinned = False
        self.reroll(number)
        self.vetoed.emit(reason)

    def _next_index(self) -> int:
        """The picture after the last one that was looked at; from the start again after the last of all."""
        vetoed = {veto.index for veto in self.shelf.vetoes if veto.seed == self.seed}
        taken = {tile.index for tile in self.tiles} | vetoed
        total = max(self.count, 4 * TILES)
        last = max(tile.index for tile in self.tiles)
        for step in range(1, total + 1):
            index = (last + step) % total
            if index not in taken:
                return index
        return (last + 1) % total

    def refresh(self) -> None:
        """Have the pictures made again that are not what is wanted now, soon."""
        if not self._soon.isActive():
            self._soon.start()
        self.session.hold("tiles")

    def set_tile_px(self, px: int) -> None:
        """How large pictures are shown, in device pixels."""
        rounded = min(960, max(128, -(-px // 64) * 64))
        if rounded != self.tile_px:
            self.tile_px = rounded
            self.refresh()

    def _ask(self) -> None:
        sources = self.shelf.sources
        if sources is None:
            self.previews.forget()
        else:
            sides = self.sides_shown()
            wanted = [
                Wanted(f"{side}{number}", to_json(self.recipes[side]), self.seed, tile.index)
                for number, tile in enumerate(self.tiles)
                for side in sides
            ]
            self.previews.ask(sources, wanted, self.tile_px // len(sides))
        self.session.release("tiles")
        self.tiles_changed.emit()
        self.facts_changed.emit()

    def _opened(self, opened: Opened) -> None:
        self.shelf.opened = opened
        self.facts_changed.emit()

    # Between runs ----------------------------------------------------------------------------

    def keep(self, **more: Any) -> None:
        """Remember what is in use for the open data set."""
        shelf = self.shelf
        values = {
            "bank": str(shelf.bank_folder or ""),
            "backgrounds": str(shelf.backgrounds or ""),
            "unlabelled_only": shelf.unlabelled_only,
            "leave_out_held_out": shelf.leave_out_held_out,
            "certified_empty": shelf.certified_empty,
            "seed": self.seed,
            "count": self.count,
            "recipe": to_json(self.recipes["A"]),
            "recipe_b": to_json(self.recipes["B"]) if "B" in self.recipes else None,
            "side": self.side,
            "pinned": [[tile.index, tile.pinned] for tile in self.tiles],
        }
        self.memory.keep(self.session.folder, values | more)

    def recall(self) -> Mapping[str, Any]:
        """Go on with what was in use for the open data set; what is not told here is given back."""
        values = self.memory.of(self.session.folder)
        shelf, folder = self.shelf, self.session.folder
        try:
            self.recipes = {"A": from_json(values.get("recipe", {}))}
        except UserError:
            self.recipes = {"A": Recipe()}
        self.side = self.view = "A"
        second = _second(values)
        if second is not None:
            self.recipes["B"] = second
            self.side, self.view = ("A" if values.get("side") == "A" else "B"), "AB"
        seed, count = values.get("seed"), values.get("count")
        self.seed = seed if isinstance(seed, int) else 0
        self.count = count if isinstance(count, int) and count > 0 else DEFAULT_COUNT
        shelf.leave_out_held_out = values.get("leave_out_held_out") is not False
        shelf.certified_empty = values.get("certified_empty") is True
        self.tiles = _tiles(values.get("pinned"))
        backgrounds = str(values.get("backgrounds") or folder or "")
        shelf.set_backgrounds(Path(backgrounds) if backgrounds else None, values.get("unlabelled_only") is True)
        bank = str(values.get("bank") or "")
        place = Path(bank) if bank else default_bank(folder)
        if place is not None and (place / "bank.json").is_file():
            shelf.open_bank(place)
        else:
            shelf.forget_bank()
        self.recipe_changed.emit()
        return values


def _second(values: Mapping[str, Any]) -> Recipe | None:
    """Recipe B as it was kept; None where two were not compared."""
    data = values.get("recipe_b")
    try:
        return from_json(data) if isinstance(data, dict) else None
    except UserError:
        return None


def _tiles(kept: Any) -> list[Tile]:
    """The places as they were kept, or those of the first pictures."""
    try:
        found = [Tile(int(index), bool(pinned)) for index, pinned in kept]
    except (TypeError, ValueError):
        found = []
    good = len(found) == TILES and all(tile.index >= 0 for tile in found)
    return found if good else [Tile(index) for index in range(TILES)]


def default_bank(folder: Path | None) -> Path | None:
    """Where the bank of a data set is unless somebody says otherwise: beside its folder."""
    return None if folder is None else folder.with_name(folder.name + " bank")
