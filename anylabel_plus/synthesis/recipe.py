"""Recipe, the options of cut and paste: one field a knob, with its range, from which window, TOML and flags are built.

To add a knob: a field made by ``knob``; panel, TOML and checks follow from its row. Give it a default that leaves
pictures as they were, or raise ``VERSION``: the recipe's hash is in every picture made by it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.knobs import Knob, knob, value_of
from anylabel_plus.synthesis.knobs import rows as knob_rows

VERSION = 1
SECTIONS: dict[str, str] = {
    "objects": "Objects",
    "placement": "Placement",
    "appearance": "Appearance of objects",
    "blending": "Blending",
    "output": "Output",
}
BLENDS = ("none", "gaussian", "alpha", "box", "motion", "poisson", "mixed")


_PERCENT = {"unit": "%", "scale": 100.0, "step": 0.01}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How composites are made. Sizes are shares of the longer side of the picture unless the unit says otherwise."""

    # Objects ---------------------------------------------------------------------------------
    objects: tuple[int, int] = knob(
        "objects", "whole range", "Objects", (1, 4), "How many objects are pasted on one image.", low=0, high=60
    )
    labels: tuple[str, ...] = knob("objects", "labels", "Labels", (), "Labels to paste; none means all.")
    balance: str = knob(
        "objects", "choice", "Balance", "even",
        "even: labels rare in the labelled data are pasted more; labelled: as there; banked: every cutout alike.",
        choices=("even", "labelled", "banked"),
    )  # fmt: skip
    weights: tuple[tuple[str, float], ...] = knob(
        "objects", "weights", "Weights", (), "A weight for labels, over the balance: dog = 2.0.", advanced=True
    )
    distractors: tuple[int, int] = knob(
        "objects", "whole range", "Distractors", (0, 0),
        "Objects pasted without a label: other labels of the bank, or pieces of other backgrounds.", low=0, high=60,
    )  # fmt: skip
    distractor_source: str = knob(
        "objects", "choice", "Distractors from", "labels",
        "Labels that are not pasted as objects, or unlabelled pieces of backgrounds.",
        choices=("labels", "crops"), advanced=True,
    )  # fmt: skip

    # Placement -------------------------------------------------------------------------------
    scale: str = knob(
        "placement", "choice", "Size from", "prior",
        "Sizes as labelled, or drawn evenly or by proportion from the range.",
        choices=("prior", "uniform", "log-uniform"),
    )  # fmt: skip
    size: tuple[float, float] = knob(
        "placement", "range", "Size", (0.08, 0.38),
        "Longer side of object by that of picture; with sizes as labelled, for labels of which none is known.",
        low=0.01, high=1.5, **_PERCENT,
    )  # fmt: skip
    max_enlarge: float = knob(
        "placement", "number", "Enlarge up to", 1.5, "A cutout is never enlarged more than this.",
        low=1.0, high=4.0, step=0.1, unit="×", advanced=True,
    )  # fmt: skip
    rotation: tuple[float, float] = knob(
        "placement", "range", "Rotation", (-15.0, 15.0), "For labels that may be turned.", low=-180, high=180, unit="°"
    )
    flip_horizontal: bool = knob(
        "placement",
        "flag",
        "Flip left to right",
        True,
        "For labels that may be mirrored: not for text and left or right things.",
    )
    flip_vertical: bool = knob("placement", "flag", "Flip upside down", False, "For labels that may be mirrored so.")
    shear: tuple[float, float] = knob(
        "placement", "range", "Shear", (0.0, 0.0), "Slants the object.", low=-30, high=30, unit="°", advanced=True
    )
    perspective: float = knob(
        "placement", "number", "Perspective", 0.0, "How far corners move, of the object's size.",
        low=0.0, high=0.3, advanced=True, **_PERCENT,
    )  # fmt: skip
    place: str = knob(
        "placement", "choice", "Place", "uniform",
        "Anywhere; where labelled objects of this label are; in the drawn region; on the surfaces of masks.",
        choices=("uniform", "prior", "region", "surface"),
    )  # fmt: skip
    region: tuple[tuple[tuple[float, float], ...], ...] = knob(
        "placement", "region", "Region", (), "Polygons on the picture, x and y from 0 to 1.", advanced=True
    )
    surfaces: str = knob(
        "placement", "text", "Surface masks", "",
        "A folder with a mask for each background (same name, .png): objects stand where it is not black.",
        advanced=True,
    )  # fmt: skip
    on_labels: tuple[str, ...] = knob(
        "placement",
        "labels",
        "Only on",
        (),
        "Shapes of the background that objects stand on, such as road.",
        advanced=True,
    )
    not_on_labels: tuple[str, ...] = knob(
        "placement",
        "labels",
        "Never on",
        (),
        "Shapes of the background that objects keep off, such as sky.",
        advanced=True,
    )
    foot: str = knob(
        "placement", "choice", "Stands with", "foot", "Which part of the object has to be in the region.",
        choices=("foot", "centre", "whole"), advanced=True,
    )  # fmt: skip
    max_occlusion: float = knob(
        "placement", "number", "Overlap", 0.3,
        "No object is hidden by more than this, objects of the background included.", low=0.0, high=0.95, **_PERCENT,
    )  # fmt: skip
    truncation: float = knob(
        "placement", "number", "Cut off by the edge", 0.25, "No more of an object lies outside the picture.",
        low=0.0, high=0.95, **_PERCENT,
    )  # fmt: skip
    distance: float = knob(
        "placement", "number", "Distance", 0.0, "Objects keep this far apart; 0 lets them overlap.",
        low=0, high=400, unit="px", advanced=True,
    )  # fmt: skip
    min_visible: float = knob(
        "placement", "number", "Visible area", 64.0, "Objects of which less can be seen are not pasted.",
        low=1, high=10000, unit="px²", advanced=True,
    )  # fmt: skip
    depth: str = knob(
        "placement", "choice", "In front", "random", "What is pasted last: any, small, or low objects.",
        choices=("random", "small", "low"), advanced=True,
    )  # fmt: skip

    # Appearance ------------------------------------------------------------------------------
    brightness: tuple[float, float] = knob(
        "appearance", "range", "Brightness", (-0.1, 0.1), "Of each object.", low=-0.6, high=0.6, **_PERCENT
    )
    contrast: tuple[float, float] = knob(
        "appearance", "range", "Contrast", (-0.1, 0.1), "Of each object.", low=-0.6, high=0.6, **_PERCENT
    )
    hue: tuple[float, float] = knob(
        "appearance", "range", "Hue shift", (-3.0, 3.0), "Of each object.", low=-90, high=90, unit="°"
    )
    harmonise: float = knob(
        "appearance", "number", "Match colour", 0.5,
        "How far lightness and colour move towards the surroundings (in LAB).", low=0.0, high=1.0, **_PERCENT,
    )  # fmt: skip
    defocus: tuple[float, float] = knob(
        "appearance",
        "range",
        "Blur",
        (0.0, 0.4),
        "Blur of each object, as of a lens.",
        low=0.0,
        high=8.0,
        step=0.1,
        unit="px",
    )
    motion: tuple[float, float] = knob(
        "appearance",
        "range",
        "Motion blur",
        (0.0, 0.0),
        "Length of the smear of each object.",
        low=0.0,
        high=40.0,
        unit="px",
        advanced=True,
    )
    match_noise: bool = knob(
        "appearance", "flag", "Match sensor noise", True, "Objects get the noise of the background."
    )
    noise: tuple[float, float] = knob(
        "appearance",
        "range",
        "Noise",
        (0.0, 0.0),
        "Noise of each object, beside the background's.",
        low=0.0,
        high=30.0,
        step=0.5,
        unit="σ",
        advanced=True,
    )
    match_jpeg: bool = knob(
        "appearance",
        "flag",
        "Match JPEG",
        True,
        "Objects are compressed as the background was, where that can be seen.",
    )
    shadow: float = knob(
        "appearance",
        "number",
        "Contact shadow",
        0.0,
        "How dark a soft shadow below objects is.",
        low=0.0,
        high=1.0,
        **_PERCENT,
    )

    # Blending --------------------------------------------------------------------------------
    blend: str = knob(
        "blending", "choice", "Blend", "gaussian",
        "How edges are mixed. mixed: every layout is made once in each of several blends.", choices=BLENDS,
    )  # fmt: skip
    feather: float = knob(
        "blending", "number", "Feather width", 1.2, "Width of the soft edge.", low=0.0, high=6.0, step=0.1, unit="px"
    )
    mixed: tuple[str, ...] = knob(
        "blending", "choices", "Blends of mixed", ("none", "gaussian", "box", "poisson"),
        "The blends that each layout is made in.", choices=BLENDS[:-1], advanced=True,
    )  # fmt: skip

    # Output ----------------------------------------------------------------------------------
    output_size: str = knob(
        "output",
        "text",
        "Size",
        "background",
        "background, or width x height such as 1280x720; never distorted, cut to fit.",
    )
    crop: tuple[float, float] = knob(
        "output",
        "range",
        "Part of the background",
        (1.0, 1.0),
        "How much of each side is used.",
        low=0.2,
        high=1.0,
        advanced=True,
        **_PERCENT,
    )
    shapes: str = knob(
        "output", "choice", "Shapes", "polygon", "Kind of the shapes written.", choices=("polygon", "mask", "rectangle")
    )
    amodal: bool = knob(
        "output",
        "flag",
        "Amodal boxes",
        False,
        "Adds the box of the whole object, hidden parts included, as an attribute.",
        advanced=True,
    )

    @property
    def size_px(self) -> tuple[int, int] | None:
        """Width and height of the picture, None for that of the background."""
        if self.output_size == "background":
            return None
        width, _, height = self.output_size.partition("x")
        return int(width), int(height)

    @property
    def blends(self) -> tuple[str, ...]:
        """The blends that one layout is rendered in."""
        return self.mixed if self.blend == "mixed" else (self.blend,)


def rows() -> tuple[Knob, ...]:
    """The knobs in order."""
    return knob_rows(Recipe)


def to_json(recipe: Recipe) -> dict[str, Any]:
    """Plain JSON data, every knob."""
    data: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(recipe)))
    return data


def recipe_hash(recipe: Recipe) -> str:
    """16 hex digits that name these values."""
    text = json.dumps([VERSION, to_json(recipe)], sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def from_json(data: Mapping[str, Any]) -> Recipe:
    """The way back of ``to_json``; missing knobs take their default.

    Raises:
        UserError: an unknown knob, a wrong type, a value out of its limits.
    """
    known = {row.name: row for row in rows()}
    values = {}
    for name, value in data.items():
        if name not in known:
            import difflib

            near = difflib.get_close_matches(name, known, 1)
            raise UserError(f"Recipe: there is no knob {name!r}.", f"Did you mean {near[0]}?" if near else "")
        values[name] = value_of(known[name], value)
    recipe = Recipe(**values)
    _check_together(recipe)
    return recipe


def checked(recipe: Recipe) -> Recipe:
    """``recipe`` again; raises UserError when a value is out of its limits."""
    return from_json(to_json(recipe))


def _check_together(recipe: Recipe) -> None:
    text = recipe.output_size
    if text != "background":
        width, mark, height = text.partition("x")
        good = (
            mark
            and width.isdecimal()
            and height.isdecimal()
            and 16 <= int(width) <= 16384
            and 16 <= int(height) <= 16384
        )
        if not good:
            raise UserError(
                f"Recipe: output_size must be background or width x height from 16 to 16384 pixels, not {text!r}.",
                "For example 1280x720.",
            )
    size = recipe.size_px
    if size is not None and recipe.min_visible > size[0] * size[1]:
        raise UserError(
            f"Recipe: min_visible is {recipe.min_visible:g} px², and a picture of {text} has {size[0] * size[1]}.",
            "Make it smaller, or the picture larger.",
        )
    if recipe.place == "region" and not recipe.region:
        raise UserError("Recipe: place is region, and no region is drawn.", "Draw one, or give region.")
    if recipe.place == "surface" and not recipe.surfaces and not recipe.on_labels and not recipe.not_on_labels:
        raise UserError(
            "Recipe: place is surface, and no surface is named.",
            "Name a folder of surface masks (surfaces), or labels of the background to stand on (on_labels) or to keep "
            "off (not_on_labels).",
        )
