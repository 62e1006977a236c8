"""Settings as rows. The file holds overrides only and is written atomically.

To add a setting: one row below. To rename or remove one: keep its row and give it
``renamed_to`` or ``removed``, so that old files are understood.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anylabel_plus import files, paths
from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import DEFAULT_MODEL
from anylabel_plus.key_names import check_keys

if TYPE_CHECKING:
    from anylabel_plus.inference.protocol import ServiceOptions

Value = bool | int | float | str | list[Any] | dict[str, Any]


def check_start(value: Any) -> dict[str, Any]:
    """The value of ``labels.start``: labels, colors, image_flags, shape_flags, digit_shortcuts, each optional."""
    if not isinstance(value, dict):
        raise ValueError("must be a table")
    kinds = {"labels": list, "colors": dict, "image_flags": list, "shape_flags": dict, "digit_shortcuts": dict}
    for name, part in value.items():
        if name not in kinds or not isinstance(part, kinds[name]):
            raise ValueError(f"has a part {name!r} that is not understood")
    return value


@dataclass(frozen=True, slots=True)
class Setting:
    """One row: ``choices`` limits text values, ``low`` and ``high`` limit numbers.

    A list or a table has a ``checker``: it gives the value in its one form, or raises ValueError with the
    reason; ``edited_by`` names the action behind which such a setting is changed in the window. Such values are
    never changed in place.
    """

    key: str
    default: Value
    label: str
    note: str = ""
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    renamed_to: str = ""
    removed: bool = False
    checker: Callable[[Any], Value] | None = None
    edited_by: str = ""

    def check(self, value: Any) -> Value:
        """``value`` in this row's type; raises ValueError with the reason."""
        if self.checker is not None:
            return self.checker(value)
        wanted = type(self.default)
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not wanted:
            raise ValueError(f"must be {_type_name(wanted)}, not {value!r}")
        if self.choices and value not in self.choices:
            raise ValueError(f"must be one of {', '.join(self.choices)}, not {value!r}")
        if isinstance(value, int | float) and not self._in_range(value):
            raise ValueError(f"must be {self.low} to {self.high}, not {value!r}")
        return value

    def _in_range(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def _type_name(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind]


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "appearance.theme",
        "system",
        "Theme",
        "Follows the system, or is always dark or light.",
        ("system", "dark", "light"),
    ),
    Setting(
        "appearance.language",
        "system",
        "Language",
        "The window is built again in the new language; nothing that is open is lost.",
        ("system", "en", "zh_CN", "vi", "ja", "ko"),
    ),
    Setting(
        "appearance.scale_percent",
        100,
        "Interface scale",
        "On top of the scale of the screen. It is in force at the next start.",
        low=80,
        high=200,
        unit="%",
    ),
    Setting("appearance.reduce_motion", False, "Reduce motion"),
    Setting("files.autosave", True, "Save automatically", "Labels are written behind every finished gesture."),
    Setting("files.labels_dir", "", "Label folder", "Empty: the label file lies beside its image."),
    Setting("files.keep_previous_view", False, "Keep zoom and position between images"),
    Setting("files.keep_display", False, "Keep brightness and contrast between images"),
    Setting(
        "files.keep_previous_shapes",
        False,
        "Keep shapes of the previous image",
        "An image without a label file starts with a copy of the shapes of the image of its folder shown before.",
    ),
    Setting(
        "versions.per_image",
        50,
        "Earlier versions of an image",
        "Kept behind every save, denser the younger they are. 0: none.",
        low=0,
        high=1000,
    ),
    Setting("versions.days", 180, "Earlier versions are kept for", low=1, high=3650, unit="days"),
    Setting("versions.total_mb", 500, "Earlier versions of a data set", low=10, high=1048576, unit="MB"),
    Setting(
        "labels.auto_use_last",
        True,
        "Use the last label at once",
        "On: a new shape gets the current label, and 1–9 change it. "
        "Off: it gets it too, and the label field asks for another; Enter keeps or changes it.",
    ),
    Setting(
        "labels.start",
        {},
        "What a new data set starts with",
        "Labels, their colours, flags and number keys; what a data set has of its own goes before.",
        checker=check_start,
    ),
    Setting(
        "labels.completion",
        "contains",
        "Complete labels",
        "Which known labels are offered for what is typed: those that contain it, or begin with it.",
        ("contains", "startswith"),
    ),
    Setting(
        "labels.validate",
        "off",
        "Check labels",
        "exact: only labels that the data set knows can be given; new ones are added in Manage labels.",
        ("off", "exact"),
    ),
    Setting(
        "keys.preset",
        "AnyLabeling",
        "Shortcut preset",
        "",
        ("AnyLabeling", "X-AnyLabeling", "labelme", "CVAT-like", "AnyLabel Plus"),
    ),
    Setting(
        "keys.own",
        {},
        "Keys of your own",
        "They go before those of the preset.",
        checker=check_keys,
        edited_by="keys",
    ),
    Setting(
        "canvas.wheel",
        "scroll",
        "Mouse wheel",
        "Scroll with the wheel and zoom with Ctrl, or the other way round.",
        ("scroll", "zoom"),
    ),
    Setting("canvas.rulers", False, "Rulers"),
    Setting("canvas.crosshair", True, "Crosshair while drawing"),
    Setting("canvas.show_labels", True, "Show label tags"),
    Setting(
        "canvas.high_contrast",
        False,
        "High-contrast outlines",
        "A wide black edge around every outline, and no fills.",
    ),
    Setting("canvas.mask_opacity", 0.45, "Mask opacity", low=0.0, high=1.0),
    Setting(
        "draw.snap",
        True,
        "Snap to other shapes",
        "Points of polygons and lines are drawn to vertices and edges of other shapes. Alt leaves them free.",
    ),
    Setting("draw.snap_radius", 8, "Snapping distance", "On the screen.", low=2, high=40, unit="px"),
    Setting(
        "draw.follow",
        False,
        "Follow borders",
        "Between two points on the outline of one shape a new polygon runs along it. Ctrl does so for one click.",
    ),
    Setting("draw.freehand", True, "Freehand drawing", "Press and drag draws a stretch of a polygon or a polyline."),
    Setting(
        "draw.turn_large", 1.0, "Large turning step", "Keys Z and V on a rotated box.", low=0.01, high=90.0, unit="°"
    ),
    Setting(
        "draw.turn_small", 0.1, "Small turning step", "Keys X and C on a rotated box.", low=0.01, high=90.0, unit="°"
    ),
    Setting("paint.size_px", 24, "Brush size", "Diameter in pixels of the image.", low=1, high=1000, unit="px"),
    Setting("paint.tip", "round", "Brush tip", "", ("round", "square")),
    Setting(
        "paint.output",
        "mask",
        "New painted shape",
        "What the brush begins when nothing is selected.",
        ("mask", "polygon"),
    ),
    Setting(
        "paint.wheel",
        "plain",
        "Wheel changes the brush size",
        "With a brush or the wand in hand: the plain wheel, or the wheel with Ctrl. The other one scrolls or zooms.",
        ("plain", "ctrl", "off"),
    ),
    Setting("wand.tolerance", 24, "Tolerance", "How far red, green and blue may each be off.", low=0, high=255),
    Setting("wand.contiguous", True, "Connected pixels only"),
    Setting(
        "wand.smooth_px",
        1,
        "Smoothing",
        "Specks and notches smaller than this are evened out.",
        low=0,
        high=20,
        unit="px",
    ),
    Setting("wand.output", "polygon", "Output", "What an accepted area becomes.", ("polygon", "mask")),
    Setting("assist.model", DEFAULT_MODEL, "Model", "The model that answers clicks and boxes."),
    Setting("assist.zoom", True, "Look closer at small objects", "Their surroundings are encoded by themselves."),
    Setting(
        "assist.output", "polygon", "Output", "What an accepted candidate becomes.", ("polygon", "mask", "rectangle")
    ),
    Setting(
        "assist.polygon_detail_px",
        1.0,
        "Polygon detail",
        "Largest distance between mask edge and polygon.",
        low=0.0,
        high=20.0,
        unit="px",
    ),
    Setting(
        "assist.min_area_px2",
        0,
        "Smallest area",
        "Candidates that cover less are left out.",
        low=0,
        high=1_000_000,
        unit="px²",
    ),
    Setting(
        "assist.accept_at_score",
        False,
        "Accept good candidates at once",
        "One whose score reaches the value below becomes a shape without asking; it can be undone.",
    ),
    Setting("assist.accept_score", 0.95, "Score that is good enough", low=0.0, high=1.0),
    Setting("assist.prefetch", 1, "Images encoded ahead", low=0, high=8),
    Setting("models.device", "auto", "Device", "auto tries CUDA, then the CPU.", ("auto", "cpu", "cuda")),
    Setting("models.threads", 0, "Threads", "0: one for each core.", low=0, high=256),
    Setting("models.mirror", "", "Download mirror", "Put in place of https://github.com and https://huggingface.co."),
    Setting("models.folder", "", "Weights folder", "Empty: the program's data folder."),
    Setting("cache.memory_mb", 512, "Embeddings in memory", low=16, high=65536, unit="MB"),
    Setting("cache.disk_mb", 4096, "Embeddings on disk", low=0, high=1048576, unit="MB"),
)
ROWS: dict[str, Setting] = {row.key: row for row in SETTINGS}


class Settings:
    """The values in force: defaults of the rows, overridden by the file.

    ``problems`` lists what was wrong in the file; such entries fall back to the default and stay
    in the file until they are set.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or paths.user_config("settings.json")
        self.problems: list[str] = []
        self._unknown: dict[str, Any] = {}
        self._values: dict[str, Value] = {}
        self._this_run: dict[str, Value] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._read()

    def _read(self) -> None:
        try:
            data = json.loads(self.path.read_bytes())
            if not isinstance(data, dict):
                raise ValueError("must hold an object")
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            self.problems.append(f"{self.path}: not read ({error}); defaults are used")
            return
        for key, value in data.items():
            row = ROWS.get(key)
            if row is not None and row.renamed_to:
                row = ROWS[row.renamed_to]
            try:
                if row is None or row.removed:
                    raise ValueError("unknown setting")
                self._values[row.key] = row.check(value)
            except ValueError as error:
                self._unknown[key] = value
                self.problems.append(f"{self.path}: {key}: {error}")

    def get(self, key: str) -> Any:
        """The value in force; raises KeyError for a key without a row."""
        return self._this_run.get(key, self._values.get(key, ROWS[key].default))

    def set(self, key: str, value: Value, *, save: bool = True) -> None:
        """Change one setting, tell the listeners, write the file.

        Raises:
            UserError: unknown key (with the nearest one), a value that does not fit, or a
                settings file that cannot be written.
        """
        row = ROWS.get(key)
        if row is None:
            import difflib  # only for a typing error

            near = difflib.get_close_matches(key, ROWS, 1)
            raise UserError(f"No setting is called {key}.", f"Did you mean {near[0]}?" if near else "")
        try:
            checked = row.check(value)
        except ValueError as error:
            raise UserError(f"Setting {key} {error}.") from error
        if checked == self.get(key) and key not in self._this_run:
            return
        self._this_run.pop(key, None)
        self._values[key] = checked
        self._unknown.pop(key, None)
        if save:
            self.save()
        self._tell(key)

    def _tell(self, key: str) -> None:
        for listener in list(self._listeners):
            listener(key)

    def use(self, key: str, value: Value) -> None:
        """Let a value be in force until the program ends, or until it is set; it is not saved.

        Raises:
            UserError: as ``set``.
        """
        before = self.get(key)
        try:
            self._this_run[key] = ROWS[key].check(value)
        except (KeyError, ValueError) as error:
            raise UserError(f"Setting {key} {error}.") from error
        if self.get(key) != before:
            self._tell(key)

    def on_change(self, listener: Callable[[str], None]) -> None:
        """Call ``listener(key)`` after every change."""
        self._listeners.append(listener)

    def save(self) -> None:
        """Write the overrides atomically."""
        overrides = {key: value for key, value in self._values.items() if value != ROWS[key].default}
        data = json.dumps({**self._unknown, **overrides}, indent=2, ensure_ascii=False).encode() + b"\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            files.write_atomic(self.path, data)
        except OSError as error:
            raise UserError(f"{self.path}: settings were not saved ({error.strerror}).") from error


def service_options(settings: Settings, *, device: str = "", threads: int = 0) -> ServiceOptions:
    """What the settings say about running models; ``device`` and ``threads`` go before them when given."""
    from anylabel_plus.inference.protocol import ServiceOptions

    folder = settings.get("models.folder")
    return ServiceOptions(
        device=device or settings.get("models.device"),
        threads=threads or settings.get("models.threads"),
        cache_dir=paths.user_cache("embeddings"),
        memory_mb=settings.get("cache.memory_mb"),
        disk_mb=settings.get("cache.disk_mb"),
        weights_dir=Path(folder).expanduser() if folder else None,
        zoom=settings.get("assist.zoom"),
    )
