"""The keys of AnyLabeling, X-AnyLabeling and labelme by the names of their configuration files.

Facts of AnyLabeling 0.4.36 (``~/.anylabelingrc``), X-AnyLabeling 4.0.2 (``~/.xanylabelingrc``) and labelme 7.1
(``~/.labelmerc``; names of older versions too). Keys are written in Qt's portable form. To add a name: one row.
"""

from __future__ import annotations

from dataclasses import dataclass

Keys = tuple[str, ...]
RIVALS = ("AnyLabeling", "X-AnyLabeling", "labelme")


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One name below ``shortcuts:``. ``action`` is the id of our action that does the same; empty when there is none.

    The keys are each program's own; None: the program does not know the name, (): it gives no key.
    """

    name: str
    action: str
    anylabeling: Keys | None
    x_anylabeling: Keys | None
    labelme: Keys | None

    def keys(self, rival: str) -> Keys | None:
        """The keys that a program of ``RIVALS`` ships with."""
        return {"AnyLabeling": self.anylabeling, "X-AnyLabeling": self.x_anylabeling, "labelme": self.labelme}[rival]


def _same(name: str, action: str, *keys: str) -> Shortcut:
    """A row of all three programs alike."""
    return Shortcut(name, action, keys, keys, keys)


def _x(name: str, action: str, *keys: str) -> Shortcut:
    """A row that only X-AnyLabeling knows."""
    return Shortcut(name, action, None, keys, None)


SHORTCUTS: tuple[Shortcut, ...] = (
    _same("close", "close_folder", "Ctrl+W"),
    _same("quit", "quit", "Ctrl+Q"),
    Shortcut("open", "open_image", ("Ctrl+O",), ("Ctrl+I",), ("Ctrl+O",)),
    _x("open_video", "", "Ctrl+O"),
    _same("open_dir", "open_folder", "Ctrl+U"),
    _same("save", "save", "Ctrl+S"),
    _same("save_as", "save_copy", "Ctrl+Shift+S"),
    _same("save_to", "label_folder"),
    _same("delete_file", "delete_labels", "Ctrl+Delete"),
    _x("copy_image_path", "copy_image_path", "Ctrl+Alt+P"),
    _x("delete_image_file", "delete_image", "Ctrl+Shift+Delete"),
    Shortcut("open_next", "next_image", ("D", "Ctrl+Shift+D"), ("D",), ("D", "Ctrl+Shift+D")),
    Shortcut("open_prev", "previous_image", ("A", "Ctrl+Shift+A"), ("A",), ("A", "Ctrl+Shift+A")),
    _x("open_next_unchecked", "next_unchecked", "Ctrl+Shift+D"),
    _x("open_prev_unchecked", "previous_unchecked", "Ctrl+Shift+A"),
    _x("toggle_annotation_checked", "toggle_checked", "Ctrl+Alt+K"),
    Shortcut("zoom_in", "zoom_in", ("Ctrl++", "Ctrl+="), ("Ctrl++",), ("Ctrl++", "Ctrl+=")),
    _same("zoom_out", "zoom_out", "Ctrl+-"),
    Shortcut("zoom_to_original", "zoom_100", ("Ctrl+0",), ("Ctrl+=",), ("Ctrl+0",)),
    _same("fit_window", "fit", "Ctrl+F"),
    _same("fit_width", "fit_width", "Ctrl+Shift+F"),
    Shortcut("create_polygon", "polygon", ("P", "Ctrl+N"), ("P",), ("Ctrl+N",)),
    Shortcut("create_rectangle", "rectangle", ("R", "Ctrl+R"), ("R",), ("Ctrl+R",)),
    _x("create_brush_polygon", "brush", "Ctrl+N"),
    _x("create_magic_wand", "wand", "Shift+W"),
    _x("edit_brush_mode", "eraser", "Shift+B"),
    _x("create_cuboid", "cuboid", "Ctrl+R"),
    _x("create_rotation", "rotation", "O"),
    Shortcut("create_oriented_rectangle", "rotation", None, None, ()),
    _x("create_quadrilateral", "quadrilateral", "T"),
    Shortcut("create_circle", "circle", (), ("Shift+C",), ()),
    Shortcut("create_line", "line", (), ("Shift+L",), ()),
    Shortcut("create_point", "point", (), ("Shift+P",), ()),
    Shortcut("create_linestrip", "linestrip", (), ("Shift+S",), ()),
    _same("edit_polygon", "select", "Ctrl+J"),
    Shortcut("edit_shape", "select", None, None, ("Ctrl+J",)),
    _same("delete_polygon", "delete", "Delete"),
    Shortcut("delete_shape", "delete", None, None, ("Delete",)),
    _same("duplicate_polygon", "duplicate", "Ctrl+D"),
    Shortcut("duplicate_shape", "duplicate", None, None, ("Ctrl+D",)),
    _same("copy_polygon", "copy", "Ctrl+C"),
    Shortcut("copy_shape", "copy", None, None, ("Ctrl+C",)),
    _same("paste_polygon", "paste", "Ctrl+V"),
    Shortcut("paste_shape", "paste", None, None, ("Ctrl+V",)),
    _same("undo", "undo", "Ctrl+Z"),
    _same("undo_last_point", "undo", "Ctrl+Z"),
    Shortcut("add_point_to_edge", "add_point", ("Ctrl+Shift+P",), ("Ctrl+Shift+P",), ()),
    Shortcut("remove_selected_point", "remove_point", ("Backspace",), ("Backspace",), ("Meta+H", "Backspace")),
    _same("edit_label", "edit_label", "Ctrl+E"),
    _same("toggle_keep_prev_mode", "keep_previous", "Ctrl+P"),
    Shortcut("toggle_auto_use_last_label", "auto_use_last_label", ("Ctrl+Y",), ("Ctrl+Y",), None),
    _x("toggle_auto_use_last_gid", "", "Ctrl+Shift+G"),
    Shortcut("group_selected_shapes", "group", ("G",), ("G",), None),
    Shortcut("ungroup_selected_shapes", "ungroup", ("U",), ("U",), None),
    Shortcut("auto_label", "assist_panel", (), ("Ctrl+A",), None),
    _x("auto_run", "job_autolabel", "Ctrl+B"),
    _x("auto_labeling_add_point", "assist_point", "Q"),
    _x("auto_labeling_remove_point", "assist_exclude", "E"),
    _x("auto_labeling_run", "assist_run", "I"),
    _x("auto_labeling_clear", "assist_clear", "B"),
    _x("auto_labeling_finish_object", "assist_finish", "F"),
    _x("hide_selected_polygons", "hide_selected", "S"),
    _x("show_hidden_polygons", "show_all", "W"),
    _x("toggle_visibility_shapes", "toggle_all", "Ctrl+H"),
    Shortcut("show_all_shapes", "show_all", None, None, ()),
    Shortcut("hide_all_shapes", "", None, None, ()),
    Shortcut("toggle_all_shapes", "toggle_all", None, None, ("T",)),
    _x("show_masks", "", "Ctrl+M"),
    _x("show_texts", "", "Ctrl+T"),
    _x("show_labels", "show_labels", "Ctrl+L"),
    _x("show_linking", "", "Ctrl+K"),
    _x("show_attributes", "", "Ctrl+Shift+L"),
    _x("union_selected_shapes", "union", "Ctrl+Shift+M"),
    _x("loop_thru_labels", "loop_shapes", "Ctrl+Shift+N"),
    _x("loop_select_labels", "loop_label", "Ctrl+Shift+C"),
    _x("show_overview", "statistics", "Ctrl+G"),
    _x("show_navigator", "navigator", "F9"),
    _x("toggle_image_tags", "edit_tags", "Ctrl+Shift+T"),
    _x("toggle_compare_view", "compare", "Ctrl+Alt+C"),
    _x("edit_labels", "label_manager", "Alt+L"),
    _x("edit_group_id", "", "Alt+G"),
    _x("edit_shapes", "", "Alt+S"),
    _x("edit_digit_shortcut", "digit_shortcuts", "Alt+D"),
    _x("open_settings", "settings", "Ctrl+0"),
    Shortcut("reset_views", "reset_layout", ("Ctrl+Shift+V",), None, None),
    Shortcut("show_text_editor", "edit_text", ("Ctrl+T",), None, None),
    _x("open_chatbot", "", "Ctrl+1"),
    _x("open_vqa", "", "Ctrl+2"),
    _x("open_classifier", "", "Ctrl+3"),
    _x("open_image_classifier", "", "Ctrl+3"),
    _x("open_paddleocr", "", "Ctrl+4"),
    _x("open_video_classifier", "", "Ctrl+5"),
)  # fmt: skip


def keys_of(rival: str) -> dict[str, Keys]:
    """Action id -> all keys that ``rival`` has for it; without those it gives no key."""
    found: dict[str, Keys] = {}
    for row in SHORTCUTS:
        keys = row.keys(rival)
        if row.action and keys:
            found[row.action] = tuple(dict.fromkeys((*found.get(row.action, ()), *keys)))
    return found
