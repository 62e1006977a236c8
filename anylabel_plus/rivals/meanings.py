"""MEANINGS: what a key of another program's configuration file means here.

To add one: a row. ``setting`` is the key of our setting and ``value`` turns theirs into ours; it raises ValueError
with the reason for what has no counterpart. A row without a setting says in ``why`` what is done instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Meaning:
    """One row; ``name`` has dots between the levels of the file, a last ``*`` stands for all below."""

    name: str
    setting: str = ""
    value: Callable[[Any], Any] = lambda value: value
    why: str = ""


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {value!r}")
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"must be a number, not {value!r}")
    return float(value)


def _one_of(**values: Any) -> Callable[[Any], Any]:
    """A table from their words (``none`` stands for null) to our values."""

    def convert(value: Any) -> Any:
        key = "none" if value is None else str(value).lower()
        if key not in values:
            raise ValueError(f"{value!r} has no counterpart here")
        return values[key]

    return convert


def _language(value: Any) -> str:
    code = str(value).replace("-", "_")
    return "zh_CN" if code.lower().startswith("zh") else code.split("_")[0].lower()


def _crosshair(value: Any) -> bool:
    """A switch, or one for each tool as labelme has it."""
    if isinstance(value, Mapping):
        return any(part is True for part in value.values())
    return _flag(value)


def _opacity(value: Any) -> float:
    return round(min(max(_number(value), 0.0), 255.0) / 255, 3)


_LAYOUT = "The window keeps a layout of its own; View, Reset layout."
_COLORS = "Labels have colours of a palette that stays apart for every kind of sight; label_colors are taken."
_SHOWN = "What is shown on the canvas has switches of its own in the menu View."
_DATA = "Pictures are never copied into label files; what a file has is kept."
_SERVICE = "There is no such service; models run on this computer."

MEANINGS: tuple[Meaning, ...] = (
    Meaning("language", "appearance.language", _language),
    Meaning("theme", "appearance.theme", _one_of(auto="system", system="system", light="light", dark="dark")),
    Meaning("auto_save", "files.autosave", _flag),
    Meaning("keep_prev", "files.keep_previous_shapes", _flag),
    Meaning("keep_prev_scale", "files.keep_previous_view", _flag),
    Meaning("keep_prev_brightness", "files.keep_display", _flag),
    Meaning("auto_use_last_label", "labels.auto_use_last", _flag),
    Meaning("validate_label", "labels.validate", _one_of(none="off", exact="exact")),
    Meaning("label_completion", "labels.completion", _one_of(startswith="startswith", contains="contains")),
    Meaning("show_cross_line", "canvas.crosshair", _flag),
    Meaning("canvas.crosshair.show", "canvas.crosshair", _flag),
    Meaning("canvas.crosshair", "canvas.crosshair", _crosshair),
    Meaning("show_labels", "canvas.show_labels", _flag),
    Meaning("canvas.mask.opacity", "canvas.mask_opacity", _opacity),
    Meaning("canvas.rotation.large_increment", "draw.turn_large", _number),
    Meaning("canvas.rotation.small_increment", "draw.turn_small", _number),
    Meaning("device", "models.device", _one_of(none="auto", cpu="cpu", gpu="auto", cuda="auto")),
    Meaning("canvas.double_click", why="A double-click closes a polygon; in Select it edits the label."),
    Meaning("canvas.double_click_edit_label", why="A double-click in Select edits the label."),
    Meaning("epsilon", why="Points are caught within 8 px on the screen, at any zoom."),
    Meaning("canvas.epsilon", why="Points are caught within 8 px on the screen, at any zoom."),
    Meaning("canvas.num_backups", why="Every edit of an image can be undone, without a limit."),
    Meaning("display_label_popup", why="Labels are asked for in a field beside the image, not over it."),
    Meaning("show_label_text_field", why="The label field is always there."),
    Meaning("sort_labels", why="Labels keep their order, so that their keys stay; Dataset, Manage labels changes it."),
    Meaning("store_data", why=_DATA),
    Meaning("file_search", why="The file panel has its own search."),
    Meaning("logger_level", why="Give it when the program is started: --logger-level."),
    Meaning("exif_scan_enabled", why="Pictures are shown upright and never rewritten."),
    Meaning("model_hub", why="The setting models.mirror names a mirror for downloads."),
    Meaning("custom_models", why="Add them with: anylabel-plus models add FILE"),
    Meaning("keep_prev_contrast", why="Contrast is kept together with brightness: keep_prev_brightness."),
    Meaning("default_shape_color", why=_COLORS),
    Meaning("shape_color", why=_COLORS),
    Meaning("shift_auto_shape_color", why=_COLORS),
    Meaning("shape.*", why=_COLORS),
    Meaning("flag_dock.*", why=_LAYOUT),
    Meaning("label_dock.*", why=_LAYOUT),
    Meaning("shape_dock.*", why=_LAYOUT),
    Meaning("file_dock.*", why=_LAYOUT),
    Meaning("description_dock.*", why=_LAYOUT),
    Meaning("fit_to_content.*", why=_LAYOUT),
    Meaning("ui.*", why=_LAYOUT),
    Meaning("font_family", why="The font goes with the language."),
    Meaning("show_groups", why=_SHOWN),
    Meaning("show_masks", why=_SHOWN),
    Meaning("show_texts", why=_SHOWN),
    Meaning("show_scores", why=_SHOWN),
    Meaning("show_degrees", why=_SHOWN),
    Meaning("show_shapes", why=_SHOWN),
    Meaning("show_linking", why=_SHOWN),
    Meaning("show_attributes", why=_SHOWN),
    Meaning("canvas.attributes.*", why=_SHOWN),
    Meaning("canvas.crosshair.*", why=_SHOWN),
    Meaning("qt_image_allocation_limit", why="Pictures of any size are read piece by piece."),
    Meaning("remote_server_settings.*", why=_SERVICE),
    Meaning("training.*", why=_SERVICE),
)
EXACT: Mapping[str, Meaning] = {row.name: row for row in MEANINGS if not row.name.endswith("*")}
BELOW: Mapping[str, Meaning] = {row.name.removesuffix(".*"): row for row in MEANINGS if row.name.endswith("*")}


def meaning_of(name: str) -> Meaning | None:
    """The row for a name such as "canvas.mask.opacity"; None for one that is not known."""
    if name in EXACT:
        return EXACT[name]
    parts = name.split(".")
    return next((BELOW[head] for n in range(len(parts), 0, -1) if (head := ".".join(parts[:n])) in BELOW), None)
