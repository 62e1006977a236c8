"""How often each label occurs in a data set: one look at every label file, no picture is opened."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anylabel_plus.core.errors import Cancelled
from anylabel_plus.dataset.scan import Dataset, ImageItem


@dataclass(slots=True)
class LabelCounts:
    """Shapes and images by label; ``problems`` are (relative path, text) of label files that cannot be read."""

    shapes: Counter[str] = field(default_factory=Counter)
    images: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)


def count(items: Iterable[ImageItem], stopped: Callable[[], bool] = lambda: False) -> LabelCounts:
    """Count the labels of these images, until ``stopped`` says so."""
    counts = LabelCounts()
    seen: set[Path] = set()
    for item in items:
        if stopped():
            break
        source = item.label_source
        if source is None or source in seen:
            continue
        seen.add(source)
        try:
            found = Counter(labels_in(json.loads(source.read_bytes().decode("utf-8-sig"))))
        except (OSError, ValueError, RecursionError) as error:
            counts.problems.append((item.relative, f"{source}: cannot be read ({error})"))
            continue
        counts.shapes.update(found)
        counts.images.update(found.keys())
    return counts


def from_index(root: Path, labels_dir: Path | None, stopped: Callable[[], bool] = lambda: False) -> LabelCounts:
    """The same counts from the data set's index, which reads only label files that changed since the last time.

    Raises:
        UserError: the index cannot be made or written.
        Cancelled: ``stopped`` said so.
    """
    from anylabel_plus.dataset.index import Index
    from anylabel_plus.dataset.statistics import statistics

    def step(_done: int, _total: int) -> None:
        if stopped():
            raise Cancelled()

    with Index.open(root, labels_dir) as index:
        index.refresh(Dataset(root, labels_dir).scan().items, step, workers=0)
        found = statistics(index).labels
        with index.whole() as connection:
            problems = list(
                connection.execute(
                    "SELECT i.path, s.problem FROM images i JOIN state s ON s.image = i.id "
                    "WHERE s.problem IS NOT NULL ORDER BY i.path"
                )
            )
    shapes, images = ({row.name: getattr(row, what) for row in found} for what in ("shapes", "images"))
    return LabelCounts(Counter(shapes), Counter(images), problems)


def labels_in(data: Any) -> list[str]:
    """The label of each shape in the JSON of a label file; what is no shape has none."""
    shapes = data.get("shapes") if isinstance(data, dict) else None
    rows = shapes if isinstance(shapes, list) else ()
    return [row["label"] for row in rows if isinstance(row, dict) and isinstance(row.get("label"), str)]


def may_hold(data: bytes, label: str) -> bool:
    """False when a label file surely has no shape with this label: a quick look, without reading the JSON.

    A text in JSON may be escaped in many ways; only labels whose letters have one usual spelling, and files
    without other escapes, can be told so.
    """
    plain = json.dumps(label, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return plain in data or b"\\" in data
