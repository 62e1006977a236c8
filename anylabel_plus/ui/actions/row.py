"""What a row of ACTIONS is, when it is enabled, and short ways to write one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

MENUS = ("File", "Edit", "View", "Shape", "Assist", "Dataset", "Tools", "Help")
Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """One row. ``keys`` are those of the preset "AnyLabeling"; what other presets do differently is in
    ``presets``. ``why`` says, when the action is disabled, what it needs. ``tool`` makes it the choice of a
    canvas tool, ``setting`` the switch of a setting. ``group`` separates menu sections; ``submenu`` puts the
    row into a menu of that title inside its menu, at the place of the first such row.
    """

    id: str
    title: str
    menu: str
    group: int
    icon: str = ""
    keys: Keys = ()
    enabled_when: Callable[[Session], bool] | None = None
    why: str = ""
    run: Callable[[Session], object] | None = None
    tool: str = ""
    setting: str = ""
    note: str = ""
    submenu: str = ""

    @property
    def request(self) -> bool:
        """True when the window must bind this id."""
        return self.run is None and not self.tool and not self.setting


def has_document(session: Session) -> bool:
    return session.document is not None


def has_image(session: Session) -> bool:
    return session.picture is not None


def has_folder(session: Session) -> bool:
    return session.folder is not None


def has_selection(session: Session) -> bool:
    return bool(session.selection) and session.document is not None


def has_shapes(session: Session) -> bool:
    return session.document is not None and bool(session.document.shapes)


def has_files(session: Session) -> bool:
    return len(session.files) > 0


def has_labels(session: Session) -> bool:
    return has_shapes(session) or len(session.desk.rows) > 1


def has_prompt(session: Session) -> bool:
    return not session.prompt.empty


def has_candidates(session: Session) -> bool:
    return bool(session.candidates)


def has_next(session: Session) -> bool:
    return session.row_beside(1) >= 0


def has_previous(session: Session) -> bool:
    return session.row_beside(-1) >= 0


NEEDS_DOCUMENT = "Open an image first."
NEEDS_FOLDER = "Open a folder first."
NEEDS_SELECTION = "Select a shape first."
NEEDS_PROMPT = "Add a point or a box first."


def tool(name: str, title: str, icon: str, group: int, keys: Keys = (), note: str = "", submenu: str = "") -> Action:
    return Action(
        name, title, "Shape", group, icon, keys, has_document, NEEDS_DOCUMENT, tool=name, note=note, submenu=submenu
    )


def assist(name: str, title: str, icon: str, keys: Keys, note: str = "") -> Action:
    return Action(name, title, "Assist", 1, icon, keys, has_document, NEEDS_DOCUMENT, tool=name, note=note)


def row(
    action_id: str,
    title: str,
    place: tuple[str, int],
    icon: str,
    keys: Keys = (),
    when: tuple[Callable[[Session], bool], str] | None = None,
    run: Callable[[Session], object] | None = None,
    note: str = "",
    submenu: str = "",
) -> Action:
    enabled, why = when or (None, "")
    return Action(action_id, title, *place, icon, keys, enabled, why, run, note=note, submenu=submenu)


DOCUMENT = (has_document, NEEDS_DOCUMENT)
IMAGE = (has_image, NEEDS_DOCUMENT)
FILES = (has_files, NEEDS_FOLDER)
FOLDER = (has_folder, NEEDS_FOLDER)
SELECTION = (has_selection, NEEDS_SELECTION)
PROMPT = (has_prompt, NEEDS_PROMPT)
NEXT = (has_next, "This is the last image of the list.")
PREVIOUS = (has_previous, "This is the first image of the list.")
