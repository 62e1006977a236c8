"""Where the tags of shapes go: pure placement, no painting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
Size = tuple[float, float]

HEIGHT = 18.0
MARGIN = 2.0
GAP = 3.0
MOST = 300
SMALLEST_SHAPE_PX = 24.0
PLACES = ("above left", "below left", "above right", "right", "left", "inside top left")
_CELL = 64.0


@dataclass(frozen=True, slots=True)
class TagRequest:
    """A shape that wants a tag: its box in widget pixels and the size of its tag.

    ``must`` is set for selected and hovered shapes: their tag is never dropped.
    """

    shape_id: int
    box: Box
    size: Size
    must: bool = False


@dataclass(frozen=True, slots=True)
class PlacedTag:
    """A tag's rectangle in widget pixels and which of ``PLACES`` it took."""

    shape_id: int
    x: float
    y: float
    width: float
    height: float
    place: int

    @property
    def box(self) -> Box:
        """xyxy in widget pixels."""
        return self.x, self.y, self.x + self.width, self.y + self.height

    def moved(self, dx: float, dy: float) -> PlacedTag:
        """The tag panned along."""
        return PlacedTag(self.shape_id, self.x + dx, self.y + dy, self.width, self.height, self.place)


def order_of(requests: Iterable[TagRequest]) -> list[TagRequest]:
    """Selected and hovered shapes first, then the largest; at most ``MOST``. Small shapes get none."""

    def area(request: TagRequest) -> float:
        x0, y0, x1, y1 = request.box
        return (x1 - x0) * (y1 - y0)

    wanted = [request for request in requests if request.must or _large_enough(request.box)]
    wanted.sort(key=lambda request: (not request.must, -area(request)))
    return wanted[:MOST]


def _large_enough(box: Box) -> bool:
    return max(box[2] - box[0], box[3] - box[1]) >= SMALLEST_SHAPE_PX


def spots(box: Box, size: Size, view: Box) -> list[tuple[float, float]]:
    """Top-left corners of the tag for each of ``PLACES``.

    A shape that reaches out of the view is tagged at the part that can be seen.
    """
    x0, y0, x1, y1 = max(box[0], view[0]), max(box[1], view[1]), min(box[2], view[2]), min(box[3], view[3])
    width, height = size
    middle = min(max((y0 + y1 - height) / 2, view[1]), view[3] - height)
    return [
        (x0, y0 - GAP - height),
        (x0, y1 + GAP),
        (x1 - width, y0 - GAP - height),
        (x1 + GAP, middle),
        (x0 - GAP - width, middle),
        (x0 + GAP, y0 + GAP),
    ]


class _Taken:
    """Rectangles already used, in a coarse grid."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[Box]] = {}

    def _touched(self, box: Box) -> Iterable[tuple[int, int]]:
        for column in range(int(box[0] // _CELL), int(box[2] // _CELL) + 1):
            for row in range(int(box[1] // _CELL), int(box[3] // _CELL) + 1):
                yield column, row

    def meets(self, box: Box) -> bool:
        wide = box[0] - MARGIN, box[1] - MARGIN, box[2] + MARGIN, box[3] + MARGIN
        for cell in self._touched(wide):
            for other in self._cells.get(cell, ()):
                if other[0] < wide[2] and wide[0] < other[2] and other[1] < wide[3] and wide[1] < other[3]:
                    return True
        return False

    def add(self, box: Box) -> None:
        for cell in self._touched(box):
            self._cells.setdefault(cell, []).append(box)


def place_tags(
    requests: Sequence[TagRequest], view: Box, last: Mapping[int, int] | None = None, taken: Sequence[Box] = ()
) -> list[PlacedTag]:
    """Places for the tags, most important first.

    ``view`` is xyxy of the widget's visible part, ``last`` the place each shape's tag had before
    (tried first, so that tags do not jump), ``taken`` rectangles to keep free. A tag that fits
    nowhere is dropped, or put at its first place inside the view when it must be shown.
    """
    used = _Taken()
    for box in taken:
        used.add(box)
    placed: list[PlacedTag] = []
    for request in order_of(requests):
        tag = _place(request, view, used, (last or {}).get(request.shape_id))
        if tag is not None:
            used.add(tag.box)
            placed.append(tag)
    return placed


def _place(request: TagRequest, view: Box, used: _Taken, last: int | None) -> PlacedTag | None:
    if request.box[2] < view[0] or request.box[3] < view[1] or request.box[0] > view[2] or request.box[1] > view[3]:
        return None
    width, height = request.size
    corners = spots(request.box, request.size, view)
    order = list(range(len(corners)))
    if last is not None:
        order.remove(last)
        order.insert(0, last)
    for place in order:
        x, y = corners[place]
        x, y = float(round(x)), float(round(y))
        box = x, y, x + width, y + height
        inside = box[0] >= view[0] and box[1] >= view[1] and box[2] <= view[2] and box[3] <= view[3]
        if inside and not used.meets(box):
            return PlacedTag(request.shape_id, x, y, width, height, place)
    if not request.must:
        return None
    x = min(max(corners[0][0], view[0]), view[2] - width)
    y = min(max(corners[0][1], view[1]), view[3] - height)
    return PlacedTag(request.shape_id, float(round(x)), float(round(y)), width, height, 0)
