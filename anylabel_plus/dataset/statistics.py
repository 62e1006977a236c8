"""What a data set holds, counted by its index: images, shapes, labels, kinds, makers, sizes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from anylabel_plus.dataset.index import Index

AREA_STEPS = (32 * 32, 96 * 96)
"""Square pixels: limits of small and large, as COCO's evaluation has them."""


@dataclass(frozen=True, slots=True)
class LabelCount:
    """One label: its shapes, the images that have it, who made its shapes, and their areas in square pixels."""

    name: str
    shapes: int
    images: int
    human: int
    model: int
    synthesis: int
    imported: int
    mean_area: float
    small: int
    medium: int
    large: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, middle and most of a number that each image has."""

    least: float
    mean: float
    most: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of a whole data set. ``sizes`` are (width, height, images), most frequent first."""

    images: int
    labelled: int
    checked: int
    empty: int
    waiting: int
    problems: int
    shapes: int
    labels: tuple[LabelCount, ...]
    kinds: tuple[tuple[str, int], ...]
    makers: tuple[tuple[str, int], ...]
    sizes: tuple[tuple[int, int, int], ...]
    tags: tuple[tuple[str, int], ...]
    flags: tuple[tuple[str, int], ...]
    splits: tuple[tuple[str, int], ...]
    per_image: Spread

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON data."""
        return asdict(self)


def statistics(index: Index) -> Statistics:
    """Counts of everything in ``index``, labels in order of their number of shapes.

    Raises:
        UserError: the index cannot be read.
    """
    index.follow_splits()
    with index.whole() as connection:
        run = connection.execute
        state = run(
            "SELECT count(*), count(mtime), total(checked IS 1), total(mtime IS NOT NULL AND shapes = 0), "
            "total(waiting > 0), min(shapes), avg(shapes), max(shapes), total(human), total(model), "
            "total(synthesis), total(import) FROM state"
        ).fetchone()
        problems = run(
            "SELECT count(*) FROM images i JOIN state s ON s.image = i.id "
            "WHERE i.problem IS NOT NULL OR s.problem IS NOT NULL"
        ).fetchone()[0]
        makers = dict(zip(("human", "model", "synthesis", "import"), map(int, state[8:]), strict=True))
        return Statistics(
            *(state[0], state[1], int(state[2]), int(state[3]), int(state[4]), problems, sum(makers.values())),
            labels=tuple(LabelCount(*row) for row in run(_LABELS, (AREA_STEPS[0], *AREA_STEPS, AREA_STEPS[1]))),
            kinds=tuple(run("SELECT kind, count(*) n FROM shapes GROUP BY kind ORDER BY n DESC, kind")),
            makers=tuple((name, count) for name, count in makers.items() if count),
            sizes=tuple(
                run(
                    "SELECT width, height, count(*) n FROM images WHERE width IS NOT NULL "
                    "GROUP BY width, height ORDER BY n DESC, width, height"
                )
            ),
            tags=tuple(run(_MARKS, ("tag",))),
            flags=tuple(run(_MARKS, ("flag",))),
            splits=tuple(run("SELECT part, count(*) FROM split GROUP BY part ORDER BY part")),
            per_image=Spread(state[5] or 0, state[6] or 0.0, state[7] or 0),
        )


_LABELS = """
SELECT l.name, count(*) n, count(DISTINCT s.image), sum(s.source = 'human'), sum(s.source = 'model'),
    sum(s.source = 'synthesis'), sum(s.source = 'import'), avg(s.area),
    sum(s.area < ?), sum(s.area >= ? AND s.area < ?), sum(s.area >= ?)
FROM shapes s JOIN labels l ON l.id = s.label GROUP BY s.label ORDER BY n DESC, l.name
"""
_MARKS = "SELECT name, count(*) n FROM marks WHERE what = ? GROUP BY name ORDER BY n DESC, name"


def to_csv(labels: Iterable[LabelCount]) -> str:
    """The table of labels with a head line; a spreadsheet opens it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    names = list(LabelCount.__slots__)
    writer.writerow(names)
    for label in labels:
        values = [getattr(label, name) for name in names]
        writer.writerow([f"{value:.1f}" if isinstance(value, float) else _harmless(value) for value in values])
    return stream.getvalue()


def _harmless(value: Any) -> Any:
    """A name that a spreadsheet would take for a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@") else value
