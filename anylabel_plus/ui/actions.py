"""ACTIONS, the table of everything a user can ask for. Menus, tool strip, shortcuts and palette come from it.

To add an action: one row. ``run`` gets the session; an action that needs the window, the canvas or
a dialog has no ``run`` and is a request: ``main_window`` binds its id (a test finds unbound ones).
"""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from anylabel_plus.core import edits
from anylabel_plus.core.document import Document

if TYPE_CHECKING:
    from anylabel_plus.ui.session import Session

MENUS = ("File", "Edit", "View", "Shape", "Assist", "Dataset", "Tools", "Help")
PRESETS = ("AnyLabeling", "AnyLabel Plus")
Keys = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """One row. ``keys`` are those of the preset "AnyLabeling", ``plus_keys`` those of "AnyLabel Plus"
    (None: the same). ``why`` says, when the action is disabled, what it needs. ``tool`` makes it the
    choice of a canvas tool, ``setting`` the switch of a setting. ``group`` separates menu sections.
    """

    id: str
    title: str
    menu: str
    group: int
    icon: str = ""
    keys: Keys = ()
    plus_keys: Keys | None = None
    enabled_when: Callable[[Session], bool] | None = None
    why: str = ""
    run: Callable[[Session], object] | None = None
    tool: str = ""
    setting: str = ""
    note: str = ""

    def shortcuts(self, preset: str) -> Keys:
        """The keys of a preset."""
        return self.plus_keys if preset == "AnyLabel Plus" and self.plus_keys is not None else self.keys

    @property
    def request(self) -> bool:
        """True when the window must bind this id."""
        return self.run is None and not self.tool and not self.setting


# When -----------------------------------------------------------------------------------------


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


def has_prompt(session: Session) -> bool:
    return not session.prompt.empty


def has_candidates(session: Session) -> bool:
    return bool(session.candidates)


def has_next(session: Session) -> bool:
    return 0 <= session.row + 1 < len(session.files)


def has_previous(session: Session) -> bool:
    return session.row > 0


# What -----------------------------------------------------------------------------------------


def _count(session: Session) -> str:
    count = len(session.selection)
    return "1 shape" if count == 1 else f"{count} shapes"


def unlocked(session: Session) -> frozenset[int]:
    """The selected shapes that may be changed."""
    document = session.document
    if document is None:
        return frozenset()
    return frozenset(s.id for s in document.shapes if s.id in session.selection and not s.locked)


def delete_selected(session: Session) -> None:
    ids = unlocked(session)
    session.apply(f"Delete {_count(session)}", lambda document: edits.remove_shapes(document, ids))


def duplicate_selected(session: Session) -> None:
    document = session.document
    if document is None:
        return
    first, ids = document.next_id, session.selection
    session.apply(f"Duplicate {_count(session)}", lambda value: edits.duplicate(value, ids, 10.0, 10.0))
    session.select(shape.id for shape in session.document.shapes if shape.id >= first)  # type: ignore[union-attr]


def select_all(session: Session) -> None:
    shapes = session.document.shapes if session.document else ()
    session.select(s.id for s in shapes if not s.locked and s.id not in session.hidden)


def toggle_lock(session: Session) -> None:
    document, ids = session.document, session.selection
    if document is None:
        return
    lock = not all(shape.locked for shape in document.shapes if shape.id in ids)
    session.apply(f"{'Lock' if lock else 'Unlock'} {_count(session)}", lambda d: edits.set_locked(d, ids, lock))


def restack(name: str, edit: Callable[[Document, frozenset[int]], Document]) -> Callable[[Session], object]:
    def run(session: Session) -> object:
        ids = session.selection
        return session.apply(f"{name} {_count(session)}", lambda document: edit(document, ids))

    return run


def toggle_hidden(session: Session) -> None:
    ids = session.selection
    session.set_hidden(session.hidden - ids if ids <= session.hidden else session.hidden | ids)


def can_group(session: Session) -> bool:
    return len(session.selection) > 1 and session.document is not None


def has_group(session: Session) -> bool:
    document = session.document
    return document is not None and any(s.group_id is not None for s in document.shapes if s.id in session.selection)


def group_selected(session: Session) -> None:
    document, ids = session.document, session.selection
    if document is not None:
        number = max((s.group_id for s in document.shapes if s.group_id is not None), default=0) + 1
        session.apply(f"Group {_count(session)}", lambda d: edits.set_fields(d, ids, group_id=max(number, 1)))


def ungroup_selected(session: Session) -> None:
    ids = session.selection
    session.apply(f"Ungroup {_count(session)}", lambda d: edits.set_fields(d, ids, group_id=None))


def set_theme(mode: str) -> Callable[[Session], object]:
    return lambda session: session.settings.set("appearance.theme", mode)


NEEDS_DOCUMENT = "Open an image first."
NEEDS_FOLDER = "Open a folder first."
NEEDS_SELECTION = "Select a shape first."
NEEDS_PROMPT = "Add a point or a box first."


def _tool(
    name: str, title: str, icon: str, group: int, keys: Keys = (), plus: Keys | None = None, note: str = ""
) -> Action:
    return Action(name, title, "Shape", group, icon, keys, plus, has_document, NEEDS_DOCUMENT, tool=name, note=note)


def _assist(name: str, title: str, icon: str, keys: Keys, plus: Keys | None = None, note: str = "") -> Action:
    return Action(name, title, "Assist", 1, icon, keys, plus, has_document, NEEDS_DOCUMENT, tool=name, note=note)


def _row(
    action_id: str,
    title: str,
    place: tuple[str, int],
    icon: str,
    keys: Keys = (),
    plus_keys: Keys | None = None,
    when: tuple[Callable[[Session], bool], str] | None = None,
    run: Callable[[Session], object] | None = None,
    note: str = "",
) -> Action:
    enabled, why = when or (None, "")
    return Action(action_id, title, *place, icon, keys, plus_keys, enabled, why, run, note=note)


_DOCUMENT = (has_document, NEEDS_DOCUMENT)
_IMAGE = (has_image, NEEDS_DOCUMENT)
_FOLDER = (has_folder, NEEDS_FOLDER)
_SELECTION = (has_selection, NEEDS_SELECTION)
_PROMPT = (has_prompt, NEEDS_PROMPT)
_NEXT = (has_next, "This is the last image of the folder.")
_PREVIOUS = (has_previous, "This is the first image of the folder.")

ACTIONS: tuple[Action, ...] = (
    # File
    _row("open_folder", "Open folder…", ("File", 1), "open_folder", ("Ctrl+U",), ("Ctrl+O",), note="Every image in it and below it."),
    _row("open_image", "Open image…", ("File", 1), "open_image", ("Ctrl+O",), ("Ctrl+Shift+O",), note="Its folder opens with it."),
    _row("open_samples", "Open sample pictures", ("File", 1), "ph.folders"),
    _row("next_image", "Next image", ("File", 2), "next", ("D", "Ctrl+Shift+D", "PgDown"), ("PgDown", "D"), _NEXT, lambda s: s.next_image()),
    _row("previous_image", "Previous image", ("File", 2), "previous", ("A", "Ctrl+Shift+A", "PgUp"), ("PgUp", "Shift+D"), _PREVIOUS, lambda s: s.previous_image()),
    _row("rescan", "Look for new images", ("File", 2), "retry", ("F5",), None, _FOLDER, lambda s: s.rescan()),
    _row("save", "Save", ("File", 3), "save", ("Ctrl+S",), None, _DOCUMENT, lambda s: s.save_all()),
    _row("save_copy", "Save a copy of the labels…", ("File", 3), "save", ("Ctrl+Shift+S",), (), _DOCUMENT),
    Action("autosave", "Save automatically", "File", 3, setting="files.autosave"),
    _row("label_folder", "Choose label folder…", ("File", 3), "ph.folder-simple"),
    _row("delete_labels", "Delete labels of this image", ("File", 4), "delete", ("Ctrl+Delete",), None, (has_shapes, "This image has no shapes.")),
    _row("close_folder", "Close folder", ("File", 5), "ph.x", ("Ctrl+W",), None, _FOLDER, lambda s: s.close_folder(), note="Labels are saved first."),
    _row("quit", "Quit", ("File", 5), "quit", ("Ctrl+Q",)),
    # Edit
    _row("undo", "Undo", ("Edit", 1), "undo", ("Ctrl+Z",), None, (lambda s: s.can_undo, "Nothing to undo."), lambda s: s.undo()),
    _row("redo", "Redo", ("Edit", 1), "redo", ("Ctrl+Shift+Z",), ("Ctrl+Shift+Z", "Ctrl+Y"), (lambda s: s.can_redo, "Nothing to redo."), lambda s: s.redo()),
    _row("copy", "Copy shapes", ("Edit", 2), "copy", ("Ctrl+C",), None, _SELECTION),
    _row("paste", "Paste shapes", ("Edit", 2), "ph.clipboard", ("Ctrl+V",), None, _DOCUMENT),
    _row("duplicate", "Duplicate", ("Edit", 2), "duplicate", ("Ctrl+D",), None, _SELECTION, duplicate_selected),
    _row("delete", "Delete", ("Edit", 2), "delete", ("Delete",), None, _SELECTION, delete_selected),
    _row("select_all", "Select all shapes", ("Edit", 3), "ph.selection-all", ("Ctrl+A",), None, (has_shapes, "This image has no shapes."), select_all),
    _row("edit_label", "Edit label", ("Edit", 3), "label", ("Ctrl+E",), ("L",), _DOCUMENT),
    Action("auto_use_last_label", "Use the last label at once", "Edit", 4, keys=("Ctrl+Y",), plus_keys=(), setting="labels.auto_use_last", note="Off: every new shape asks for its label in the label field."),
    Action("keep_previous", "Keep shapes of the previous image", "Edit", 4, keys=("Ctrl+P",), setting="files.keep_previous_shapes", note="Images without a label file start with a copy of them."),
    # View
    _row("zoom_in", "Zoom in", ("View", 1), "zoom_in", ("Ctrl++", "Ctrl+="), ("+", "=", "Ctrl++", "Ctrl+="), _IMAGE),
    _row("zoom_out", "Zoom out", ("View", 1), "zoom_out", ("Ctrl+-",), ("-", "Ctrl+-"), _IMAGE),
    _row("zoom_100", "Zoom to 100%", ("View", 1), "zoom_100", ("Ctrl+0",), None, _IMAGE),
    _row("fit", "Fit to window", ("View", 1), "fit", ("Ctrl+F",), ("F",), _IMAGE),
    _row("fit_width", "Fit width", ("View", 1), "ph.arrows-out-line-horizontal", ("Ctrl+Shift+F",), None, _IMAGE),
    _row("hide_selected", "Hide or show selected shapes", ("View", 2), "hide", ("H",), None, _SELECTION, toggle_hidden),
    _row("show_all", "Show all shapes", ("View", 2), "show", ("Shift+H",), None, (lambda s: bool(s.hidden), "No shape is hidden."), lambda s: s.set_hidden(())),
    Action("show_labels", "Label tags", "View", 3, setting="canvas.show_labels"),
    Action("crosshair", "Crosshair while drawing", "View", 3, setting="canvas.crosshair"),
    Action("keep_view", "Keep zoom between images", "View", 3, setting="files.keep_previous_view"),
    _row("theme_system", "Follow the system theme", ("View", 4), "theme", run=set_theme("system")),
    _row("theme_dark", "Dark theme", ("View", 4), "ph.moon", run=set_theme("dark")),
    _row("theme_light", "Light theme", ("View", 4), "ph.sun", run=set_theme("light")),
    _row("next_area", "Next area of the window", ("View", 5), "ph.arrows-left-right", ("F6",), note="Options, canvas, panels, tools."),
    _row("previous_area", "Previous area of the window", ("View", 5), "ph.arrows-left-right", ("Shift+F6",)),
    _row("full_screen", "Full screen", ("View", 5), "ph.corners-out", ("F11",)),
    _row("reset_layout", "Reset layout", ("View", 5), "ph.layout", ("Ctrl+Shift+V",)),
    # Shape
    _tool("select", "Select and edit", "select", 1, ("Ctrl+J", "V"), ("V",), "Move shapes and their points."),
    _tool("pan", "Pan", "pan", 1, (), (), "Hold Space in any tool."),
    _tool("rectangle", "Rectangle", "box", 2, ("R", "Ctrl+R"), ("R",), "Press, drag, release."),
    _tool("rotation", "Rotated box", "rotated_box", 2, (), ("O",), "Two clicks for an edge, one for the width."),
    _tool("polygon", "Polygon", "polygon", 2, ("P", "Ctrl+N"), ("P",), "Click the points; Enter or the first point closes it."),
    _tool("circle", "Circle", "circle", 2, (), ("C",), "Press at the centre, drag to the rim."),
    _tool("linestrip", "Polyline", "polyline", 2, (), ("N",), "Click the points; Enter ends it."),
    _tool("point", "Point", "ph.crosshair-simple", 2, (), ("T",), "One click."),
    _row("add_point", "Add point to edge", ("Shape", 3), "ph.plus-circle", ("Ctrl+Shift+P",), None, _DOCUMENT, note="On the edge nearest to the pointer."),
    _row("remove_point", "Remove point", ("Shape", 3), "ph.minus-circle", ("Backspace",), None, _DOCUMENT, note="The point under the pointer."),
    _row("group", "Group", ("Shape", 4), "ph.link", ("G",), None, (can_group, "Select two or more shapes first."), group_selected),
    _row("ungroup", "Ungroup", ("Shape", 4), "ph.link-break", ("U",), None, (has_group, "Select a shape of a group first."), ungroup_selected),
    _row("lock", "Lock or unlock", ("Shape", 5), "lock", ("Ctrl+L",), None, _SELECTION, toggle_lock),
    _row("raise", "Bring forward", ("Shape", 5), "ph.arrow-line-up", ("Ctrl+]",), None, _SELECTION, restack("Bring forward", edits.raise_shapes)),
    _row("lower", "Send backward", ("Shape", 5), "ph.arrow-line-down", ("Ctrl+[",), None, _SELECTION, restack("Send backward", edits.lower_shapes)),
    # Assist
    _assist("assist_point", "Include point", "smart", ("Q",), ("A", "Q"), "Click an object; Alt+click excludes."),
    _assist("assist_exclude", "Exclude point", "ph.minus-circle", ("E",), ("E",), "Click what does not belong to the object."),
    _assist("assist_box", "Prompt box", "similar", ("Shift+Q",), ("Shift+A", "Shift+Q"), "Drag a box around the object."),
    _row("assist_run", "Ask the model again", ("Assist", 2), "run", ("I",), None, _PROMPT, lambda s: s.run_prompt()),
    _row("assist_undo_point", "Take back the last point", ("Assist", 2), "ph.arrow-bend-up-left", (), None, _PROMPT, lambda s: s.remove_last_prompt_point()),
    _row("assist_clear", "Clear the prompt", ("Assist", 2), "discard", ("B",), None, _PROMPT, lambda s: s.clear_prompt()),
    _row("assist_next", "Next candidate", ("Assist", 3), "ph.caret-circle-right", (), None, (has_candidates, NEEDS_PROMPT), lambda s: s.choose_candidate(s.chosen + 1)),
    _row("assist_finish", "Accept the candidate", ("Assist", 3), "accept", ("F",), ("Ctrl+Return",), (has_candidates, NEEDS_PROMPT), lambda s: s.accept_candidate()),
    _row("restart_worker", "Restart the model worker", ("Assist", 4), "retry", run=lambda s: s.restart_engine()),
    # Dataset
    _row("job_import", "Import labels…", ("Dataset", 1), "import", ("Ctrl+I",)),
    _row("job_export", "Export…", ("Dataset", 1), "ph.export", ("Ctrl+Shift+E",), ("Ctrl+E",), _FOLDER),
    _row("job_autolabel", "Auto-label folder…", ("Dataset", 2), "ph.sparkle", ("Ctrl+B",), None, _FOLDER),
    _row("job_enrich", "Boxes to masks…", ("Dataset", 2), "smart", (), None, _FOLDER),
    _row("job_rollback", "Roll back a run…", ("Dataset", 3), "rollback", (), None, _FOLDER),
    # Tools
    _row("settings", "Settings…", ("Tools", 1), "settings", ("Ctrl+,",)),
    _row("open_log", "Open the log folder", ("Tools", 2), "logs"),
    # Help
    _row("commands", "Search commands", ("Help", 1), "commands", ("F1",), ("F1", "Ctrl+K")),
    _row("keys", "Keyboard shortcuts", ("Help", 1), "keys", ("Shift+F1",)),
    _row("about", "About AnyLabel Plus", ("Help", 2), "ph.info"),
)  # fmt: skip
BY_ID: dict[str, Action] = {action.id: action for action in ACTIONS}

TOOL_STRIP: tuple[tuple[str, ...], ...] = (
    ("select", "pan"),
    ("rectangle", "rotation", "polygon", "circle", "linestrip", "point"),
    ("assist_point", "assist_exclude", "assist_box"),
    ("undo", "redo"),
)
"""Ids on the tool strip, in groups; those of ``TOOL_STRIP_FOOT`` are at its lower end."""
TOOL_STRIP_FOOT = ("keys", "settings")

CONTEXT_MENU: tuple[tuple[str, ...], ...] = (
    ("edit_label", "copy", "paste", "duplicate", "delete"),
    ("group", "ungroup", "lock", "hide_selected"),
    ("raise", "lower"),
    ("add_point", "remove_point"),
    ("select_all", "show_all"),
)
"""Ids on the right-click menu of the canvas; that of the list of shapes leaves out ``POINTER_ACTIONS``."""
POINTER_ACTIONS = frozenset(("add_point", "remove_point"))
