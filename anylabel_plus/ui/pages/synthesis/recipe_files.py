"""Recipes as files: the menu of the page's head that opens and saves them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.ui.language import tr
from anylabel_plus.ui.pages.synthesis.desk import Desk
from anylabel_plus.ui.said import said
from anylabel_plus.ui.widgets.buttons import Button


class RecipeFiles:
    """Reads and writes the recipe in hand of ``desk``; dialogs belong to ``page``."""

    def __init__(self, desk: Desk, page: QWidget) -> None:
        self._desk, self._page = desk, page
        self.button = Button(tr("Recipes"), "list", clicked=self._menu)
        self.button.setObjectName("recipes")

    def load(self, path: Path) -> None:
        """Take the recipe of a TOML file in hand."""
        from anylabel_plus.jobs.recipe_file import load_recipe

        try:
            self._desk.set_recipe(load_recipe(path))
        except UserError as error:
            self._desk.say.emit("error", said(error))
            return
        self._desk.memory.add_recent(path)
        self._desk.say.emit("success", tr("Recipe {name} opened.", name=path.name))

    def save(self, path: Path) -> None:
        """Write the recipe in hand as TOML."""
        from anylabel_plus.jobs.recipe_file import save_recipe

        try:
            save_recipe(path, self._desk.recipe)
        except UserError as error:
            self._desk.say.emit("error", said(error))
            return
        self._desk.memory.add_recent(path)
        self._desk.say.emit("success", tr("Recipe saved as {name}.", name=path.name))

    def ask_and_open(self) -> None:
        """Ask for a file and take its recipe in hand."""
        text, _ = QFileDialog.getOpenFileName(self._page, tr("Open a recipe"), self._folder(), tr("Recipes (*.toml)"))
        if text:
            self.load(Path(text))

    def ask_and_save(self) -> None:
        """Ask for a file and write the recipe in hand."""
        start = str(Path(self._folder()) / "recipe.toml")
        text, _ = QFileDialog.getSaveFileName(self._page, tr("Save recipe"), start, tr("Recipes (*.toml)"))
        if text:
            path = Path(text)
            self.save(path if path.suffix else path.with_suffix(".toml"))

    def _menu(self) -> None:
        menu = QMenu(self._page)
        menu.setObjectName("recipes_menu")
        menu.addAction(tr("Open a recipe…"), self.ask_and_open).setObjectName("recipe_open")
        menu.addAction(tr("Save recipe as…"), self.ask_and_save).setObjectName("recipe_save_as")
        recent = [Path(text) for text in self._desk.memory.recent]
        if recent:
            menu.addSeparator()
        for path in recent:
            menu.addAction(path.name, partial(self.load, path)).setToolTip(str(path))
        menu.addSeparator()
        menu.addAction(tr("Back to the standard recipe"), lambda: self._desk.set_recipe(Recipe()))
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def _folder(self) -> str:
        recent, folder = self._desk.memory.recent, self._desk.session.folder
        return str(Path(recent[0]).parent if recent else folder or Path.home())
