"""What every canvas tool is made of: pointers and keys in, effects out.

A tool is a small state machine. It never touches a widget or the session: it reads the ``Scene``
and returns effects, which the canvas carries out. So it is tested with a plain ``Scene``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from anylabel_plus.core.document import Document

Edit = Callable[[Document], Document]
XY = tuple[float, float]
Box = tuple[float, float, float, float]
Part = Literal["vertex", "edge", "inside"]

CLOSE_RADIUS_PX = 10
DRAG_START_PX = 3


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
    vertex, or the vertex at which the edge starts; ``x, y`` the vertex or the nearest edge point."""

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


# Effects -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Apply:
    """One undoable edit; ``select_added`` selects the shapes it added."""

    name: str
    edit: Edit
    select_added: bool = False
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


Effect = Apply | BeginStroke | UpdateStroke | EndStroke | Select | Hover | PromptPoint | PromptBox | MovePrompt | Ask
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
        """What a pointer at this image position would act on; locked and hidden shapes let it through."""
        ...

    def pickable(self, box: Box) -> list[int]:
        """Ids of the shapes wholly inside ``box`` that may be selected."""
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

    def key_up(self, name: str) -> Effects:
        """A key that the tool took went up."""
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
