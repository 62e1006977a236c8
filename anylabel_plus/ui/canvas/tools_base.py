"""What every canvas tool is made of: pointers and keys in, effects out.

A tool is a small state machine. It never touches a widget or the session: it reads the ``Scene``
and returns effects, which the canvas carries out. So it is tested with a plain ``Scene``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Protocol

from anylabel_plus.core.document import Document
from anylabel_plus.core.masks import Mask

Edit = Callable[[Document], Document]
XY = tuple[float, float]
Box = tuple[float, float, float, float]
Part = Literal["vertex", "edge", "inside", "turn", "side", "bound"]

CLOSE_RADIUS_PX = 10
DRAG_START_PX = 3

_HALF = math.sqrt(0.5)
_AXES = (
    (1.0, 0.0),
    (_HALF, _HALF),
    (0.0, 1.0),
    (-_HALF, _HALF),
    (-1.0, 0.0),
    (-_HALF, -_HALF),
    (0.0, -1.0),
    (_HALF, -_HALF),
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """Where the pointer is, in image pixels, and what is held down."""

    x: float
    y: float
    shift: bool = False
    ctrl: bool = False
    alt: bool = False
    button: Literal["left", "right", "none"] = "left"


@dataclass(frozen=True, slots=True)
class Target:
    """What lies under the pointer. ``ring`` 0 is the exterior, then the holes; ``index`` the
    vertex, or the vertex at which the edge starts; ``x, y`` the vertex or the nearest edge point.
    "turn" is the handle that turns a rotated box, "side" the middle of the side of a box that
    begins at corner ``index``, "bound" corner ``index`` of the box around several selected
    shapes (``shape_id`` 0, ``x, y`` the opposite corner, which stays)."""

    shape_id: int
    part: Part
    ring: int = 0
    index: int = 0
    x: float = 0.0
    y: float = 0.0


@dataclass(frozen=True, slots=True)
class Draft:
    """What is being drawn, for the painter: points in image pixels, the pointer's last."""

    kind: str
    points: tuple[XY, ...]
    closing: bool = False
    box: Box | None = None
    """A rubber band or a box prompt instead of a shape."""


@dataclass(frozen=True, slots=True)
class DrawOptions:
    """What the user set for drawing."""

    snap: bool = True
    follow: bool = False
    freehand: bool = True
    turn_large: float = 1.0
    """Degrees of one press of a key that turns a rotated box."""
    turn_small: float = 0.1


@dataclass(frozen=True, slots=True)
class Ring:
    """The tip of a brush at its true size: centre and size in image pixels."""

    x: float
    y: float
    size: int
    square: bool = False
    erases: bool = False


# Effects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Apply:
    """One undoable edit; ``select_added`` selects the shapes it added."""

    name: str
    edit: Edit
    select_added: bool = False
    select_parts: bool = False
    """Select what it added beside what is selected: the parts that a shape fell into."""
    select: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class BeginStroke:
    """A drag begins that changes the shapes ``ids``."""

    name: str
    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class UpdateStroke:
    """The drag so far: ``edit`` gets the document as it was when the stroke began."""

    edit: Edit


@dataclass(frozen=True, slots=True)
class EndStroke:
    """Keep the stroke, or take it back when ``keep`` is False."""

    keep: bool = True


@dataclass(frozen=True, slots=True)
class Select:
    """Select exactly these shapes."""

    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Hover:
    """This is under the pointer now."""

    target: Target | None


@dataclass(frozen=True, slots=True)
class PromptPoint:
    """One more point for the model; label 1 = include, 0 = exclude."""

    x: float
    y: float
    label: int


@dataclass(frozen=True, slots=True)
class PromptBox:
    """A box for the model, xyxy."""

    box: Box


@dataclass(frozen=True, slots=True)
class MovePrompt:
    """The last prompt point was dragged here."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Ask:
    """Something the canvas or the window does: "label", "undo_prompt", "clear_prompt", "accept",
    "next_candidate", "previous_candidate", "leave" (back to the select tool)."""

    what: str


@dataclass(frozen=True, slots=True)
class Cut:
    """The shapes ``ids`` are to be split along ``line``."""

    line: tuple[XY, ...]
    ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Say:
    """A word to the user about what was not done."""

    text: str


@dataclass(frozen=True, slots=True)
class SetSetting:
    """A setting is changed by a gesture; the file is written when it rests."""

    key: str
    value: int


@dataclass(frozen=True, slots=True)
class SeekSimilar:
    """The pixels of the picture like that at (x, y) are wanted; the answer carries ``number``."""

    number: int
    x: int
    y: int
    tolerance: int
    contiguous: bool
    smooth_px: int


Effect = (
    Say
    | SetSetting
    | SeekSimilar
    | Cut
    | Apply
    | BeginStroke
    | UpdateStroke
    | EndStroke
    | Select
    | Hover
    | PromptPoint
    | PromptBox
    | MovePrompt
    | Ask
)
Effects = tuple[Effect, ...]
NOTHING: Effects = ()


class Scene(Protocol):
    """What a tool may read."""

    @property
    def document(self) -> Document: ...
    @property
    def selection(self) -> frozenset[int]: ...
    @property
    def label(self) -> str: ...
    @property
    def scale(self) -> float:
        """Widget pixels for one image pixel."""
        ...

    @property
    def prompt_points(self) -> tuple[tuple[float, float, int], ...]: ...
    @property
    def prompt_box(self) -> Box | None: ...
    @property
    def candidate_count(self) -> int: ...
    def target(self, x: float, y: float) -> Target | None:
        """What a pointer at this image position would act on; of several shapes one that is selected.

        Locked and hidden shapes let it through.
        """
        ...

    @property
    def options(self) -> DrawOptions: ...
    def setting(self, key: str) -> Any:
        """The value of a setting."""
        ...

    def pickable(self, box: Box) -> list[int]:
        """Ids of the shapes wholly inside ``box`` that may be selected."""
        ...

    def stack(self, x: float, y: float) -> list[int]:
        """Ids of all shapes under this image position that may be selected, topmost first."""
        ...

    def snap(self, x: float, y: float, without: frozenset[int] = frozenset()) -> Target | None:
        """The vertex or edge of a shape, other than those ``without``, that a new point here is drawn to."""
        ...

    def border(self, start: Target, end: Target) -> tuple[XY, ...]:
        """The points on the outline of one shape between two places on it, ends left out; none for two shapes."""
        ...


class Tool:
    """The base of all tools: does nothing, has nothing in hand."""

    name: ClassVar[str] = ""
    cursor: ClassVar[str] = "arrow"
    crosshair: ClassVar[bool] = False

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @property
    def draft(self) -> Draft | None:
        """What is being drawn, or None."""
        return None

    @property
    def snapped(self) -> Target | None:
        """Where on another shape the point in hand is drawn to, or None."""
        return None

    @property
    def ring(self) -> Ring | None:
        """The tip to show at the pointer, or None."""
        return None

    @property
    def preview(self) -> Mask | None:
        """Pixels to show as a candidate, or None."""
        return None

    @property
    def busy(self) -> bool:
        """True while Esc, Backspace and Ctrl+Z belong to the tool."""
        return self.draft is not None

    def press(self, at: Pointer) -> Effects:
        """A button went down."""
        return NOTHING

    def move(self, at: Pointer, *, down: bool = False) -> Effects:
        """The pointer moved; ``down`` while the left button is held."""
        return NOTHING

    def release(self, at: Pointer) -> Effects:
        """The button went up."""
        return NOTHING

    def double_click(self, at: Pointer) -> Effects:
        """The second press of a double click; the first was an ordinary press and release."""
        return NOTHING

    def key(self, name: str, *, shift: bool = False) -> Effects | None:
        """A key went down ("Return", "Escape", "Backspace", "Left" …); None when it means nothing here."""
        return None

    def wants(self, name: str) -> bool:
        """True for a letter key ("Z" …) that the tool takes before any action does."""
        return False

    def key_up(self, name: str) -> Effects:
        """A key that the tool took went up."""
        return NOTHING

    def setting_changed(self, key: str) -> Effects:
        """A setting has another value now."""
        return NOTHING

    def cancel(self) -> Effects:
        """Drop what is in hand, for example because another tool or image is taken up."""
        return NOTHING

    # Shared by the tools ---------------------------------------------------------------------

    def inside(self, x: float, y: float) -> XY:
        """The position, moved into the image."""
        document = self.scene.document
        return min(max(x, 0.0), float(document.width)), min(max(y, 0.0), float(document.height))

    def near(self, a: XY, b: XY, radius_px: float) -> bool:
        """True when two image positions are within ``radius_px`` on screen."""
        return ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5 * self.scene.scale <= radius_px


def on_axis(start: XY, to: XY) -> XY:
    """``to``, moved to the nearest multiple of 45 degrees seen from ``start``."""
    dx, dy = to[0] - start[0], to[1] - start[1]
    turn = round(math.atan2(dy, dx) / (math.pi / 4))
    ux, uy = _AXES[turn % 8]
    along = dx * ux + dy * uy
    return start[0] + ux * along, start[1] + uy * along
