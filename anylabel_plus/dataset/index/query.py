"""Filter, the value that says which images are wanted, and what it is in SQL."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from anylabel_plus.dataset.image_kinds import CAPTURED
from anylabel_plus.dataset.index.reading import kind_bits

Sort = Literal["name", "time", "size", "count", "score"]
SORTS: dict[Sort, str] = {
    "name": "Name",
    "time": "Time of change",
    "size": "File size",
    "count": "Number of shapes",
    "score": "Lowest score",
}
"""Id -> title."""
_SORT_COLUMNS = {"time": "i.mtime", "size": "i.size", "count": "s.shapes", "score": "s.lowest"}


_IMAGE_COLUMN = re.compile(r"\bi\.(?!id\b)")


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, both in it unless the side is ``open``; None: no limit."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: float | None) -> bool:
        """True for a number in it; nothing is in no range."""
        if value is None:
            return False
        above = self.low is None or value > self.low or (value == self.low and not self.low_open)
        return above and (self.high is None or value < self.high or (value == self.high and not self.high_open))

    def sql(self, column: str) -> tuple[list[str], list[Any]]:
        """Conditions on ``column`` and their values."""
        found: list[str] = []
        values: list[Any] = []
        for limit, sign, is_open in ((self.low, ">", self.low_open), (self.high, "<", self.high_open)):
            if limit is not None:
                found.append(f"{column} {sign}{'' if is_open else '='} ?")
                values.append(limit)
        return found, values


@dataclass(frozen=True, slots=True)
class Filter:
    """Which images are wanted, and in which order. The empty filter lets all through.

    ``score``, ``by`` (human, model, synthesis, import), ``kinds`` and ``area`` (square pixels) speak of one shape;
    where labels are asked for, of a shape with that label. ``labels`` asks for one shape for each of its groups, of
    any of the names in the group (``*`` stands for any letters, case does not count); ``no_labels`` likewise for
    what must not be there, ``no_by`` for makers. ``text`` must all, ``no_text`` must not occur in the path below the
    data set's folder; ``pattern`` is a regular expression on it. ``waiting``: shapes of a model that nobody has
    looked at. ``images`` are kinds of image (``image_kinds``).
    """

    text: tuple[str, ...] = ()
    no_text: tuple[str, ...] = ()
    pattern: str = ""
    no_pattern: str = ""
    labels: tuple[tuple[str, ...], ...] = ()
    no_labels: tuple[tuple[str, ...], ...] = ()
    checked: bool | None = None
    labelled: bool | None = None
    waiting: bool | None = None
    problem: bool | None = None
    score: Range | None = None
    area: Range | None = None
    count: Range | None = None
    by: tuple[str, ...] = ()
    no_by: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    no_kinds: tuple[str, ...] = ()
    tags: tuple[tuple[str, ...], ...] = ()
    no_tags: tuple[tuple[str, ...], ...] = ()
    flags: tuple[tuple[str, ...], ...] = ()
    no_flags: tuple[tuple[str, ...], ...] = ()
    splits: tuple[str, ...] = ()
    no_splits: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    no_images: tuple[str, ...] = ()
    sort: Sort = "name"
    descending: bool = False

    @property
    def empty(self) -> bool:
        """True when every image passes, in whatever order."""
        return replace(self, sort="name", descending=False) == Filter()

    @property
    def by_name(self) -> bool:
        """True when it asks for names only and keeps their order: no index is needed to answer it."""
        names = ("text", "no_text", "pattern", "no_pattern", "descending")
        return self == replace(Filter(), **{name: getattr(self, name) for name in names})


class NameTest:
    """Whether a relative path passes what a filter asks of names."""

    def __init__(self, wanted: Filter) -> None:
        self._with = tuple(text.casefold() for text in wanted.text)
        self._without = tuple(text.casefold() for text in wanted.no_text)
        self._pattern = re.compile(wanted.pattern) if wanted.pattern else None
        self._no_pattern = re.compile(wanted.no_pattern) if wanted.no_pattern else None

    def __call__(self, path: str) -> bool:
        folded = path.casefold()
        return (
            all(text in folded for text in self._with)
            and not any(text in folded for text in self._without)
            and (self._pattern is None or self._pattern.search(path) is not None)
            and (self._no_pattern is None or self._no_pattern.search(path) is None)
        )


def matching(names: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Those of ``names`` that a wanted name means: ``*`` and ``?`` as in file names, without regard to case."""
    patterns = [re.compile(fnmatch.translate(_plain_brackets(one.casefold()))) for one in wanted]
    return [name for name in names if any(pattern.fullmatch(name.casefold()) for pattern in patterns)]


def _plain_brackets(text: str) -> str:
    return text.replace("[", "[[]")


class Sql:
    """The SELECT of one filter. ``labels`` are name -> id of all labels, ``marks`` all (flag or tag, name)."""

    def __init__(self, wanted: Filter, labels: dict[str, int], marks: Iterable[tuple[str, str]]) -> None:
        self._wanted, self._labels, self._marks = wanted, labels, list(marks)
        self.conditions: list[str] = []
        self.values: list[Any] = []
        self._paths()
        self._states()
        self._shapes()
        self._contents()

    def ids(self) -> str:
        """Statement that gives ids, in order; ``values`` are its parameters."""
        return self._select("i.id")

    def ids_and_paths(self) -> str:
        """Statement that gives id and path."""
        return self._select("i.id, i.path")

    def _select(self, columns: str) -> str:
        where = f"{' AND '.join(self.conditions) or '1'} ORDER BY {self._order()}"
        if _IMAGE_COLUMN.search(columns + where):
            return f"SELECT {columns} FROM images i JOIN state s ON s.image = i.id WHERE {where}"
        # Both tables have one row an image: one of them is half the work.
        return f"SELECT {columns} FROM state s WHERE {where}".replace("i.id", "s.image")

    def _order(self) -> str:
        column = _SORT_COLUMNS.get(self._wanted.sort)
        if column is None:
            return "i.id"
        down = " DESC" if self._wanted.descending else ""
        return f"{column}{down} NULLS LAST, i.id"

    def _add(self, condition: str, *values: Any) -> None:
        self.conditions.append(condition)
        self.values += values

    def _paths(self) -> None:
        for text in self._wanted.text:
            self._add("instr(i.folded, ?) > 0", text.casefold())
        for text in self._wanted.no_text:
            self._add("instr(i.folded, ?) = 0", text.casefold())

    def _states(self) -> None:
        wanted = self._wanted
        if wanted.checked is not None:
            self._add("s.checked IS 1" if wanted.checked else "s.checked IS NOT 1")
        if wanted.labelled is not None:
            self._add("s.mtime IS NOT NULL" if wanted.labelled else "s.mtime IS NULL")
        if wanted.waiting is not None:
            self._add("s.waiting > 0" if wanted.waiting else "s.waiting = 0")
        if wanted.problem is not None:
            one = "(i.problem IS NOT NULL OR s.problem IS NOT NULL)"
            self._add(one if wanted.problem else f"NOT {one}")
        if wanted.count is not None:
            self._range(wanted.count, "s.shapes")
        for names, sign in ((wanted.splits, "IN"), (wanted.no_splits, "NOT IN")):
            if names:
                inside = f"SELECT image FROM split WHERE part IN ({_marks(names)})"
                condition = f"i.id IN ({inside})"
                if "none" in names:
                    condition += " OR i.id NOT IN (SELECT image FROM split)"
                self._add(f"({condition})" if sign == "IN" else f"NOT ({condition})", *names)

        for names, word in ((wanted.images, ""), (wanted.no_images, "NOT ")):
            if names:
                self._add(f"{word}coalesce(i.made, s.made, ?) IN ({_marks(names)})", CAPTURED, *names)

    def _range(self, numbers: Range, column: str) -> None:
        conditions, values = numbers.sql(column)
        self.conditions += conditions
        self.values += values

    def _shapes(self) -> None:
        """What is said of one shape: from the counts of the image where they tell, else shape by shape."""
        wanted = self._wanted
        conditions, values = self._of_one_shape()
        if wanted.labels:
            for group in wanted.labels:
                ids = [self._labels[name] for name in matching(self._labels, group)]
                inside = " AND ".join([f"label IN ({_marks(ids)})", *conditions])
                self._add(f"i.id IN (SELECT image FROM shapes WHERE {inside})", *ids, *values)
        elif conditions and not self._told_by_counts():
            self._add(f"i.id IN (SELECT image FROM shapes WHERE {' AND '.join(conditions)})", *values)

    def _of_one_shape(self) -> tuple[list[str], list[Any]]:
        wanted = self._wanted
        conditions: list[str] = []
        values: list[Any] = []
        for names, column in ((wanted.by, "source"), (wanted.kinds, "kind")):
            if names:
                conditions.append(f"{column} IN ({_marks(names)})")
                values += names
        for numbers, column in ((wanted.score, "score"), (wanted.area, "area")):
            if numbers is not None:
                more, limits = numbers.sql(column)
                conditions += more
                values += limits
        return conditions, values

    def _told_by_counts(self) -> bool:
        wanted = self._wanted
        score = wanted.score
        asked = [one for one in (wanted.by, wanted.kinds, score, wanted.area) if one]
        if len(asked) != 1 or wanted.area is not None:
            return False
        if wanted.by:
            self._add(f"({' OR '.join(f's.{name} > 0' for name in wanted.by)})")
        elif wanted.kinds:
            self._add("s.kinds & ? != 0", kind_bits(wanted.kinds))
        elif score is not None and score.low is None:
            self._range(score, "s.lowest")
        elif score is not None and score.high is None:
            self._range(score, "s.highest")
        else:
            return False
        return True

    def _contents(self) -> None:
        wanted = self._wanted
        for group in wanted.no_labels:
            ids = [self._labels[name] for name in matching(self._labels, group)]
            self._add(f"i.id NOT IN (SELECT image FROM shapes WHERE label IN ({_marks(ids)}))", *ids)
        for name in wanted.no_by:
            self._add(f"s.{name} = 0")
        if wanted.no_kinds:
            self._add("s.kinds & ? = 0", kind_bits(wanted.no_kinds))
        rows = (
            ("tag", wanted.tags, "IN"), ("tag", wanted.no_tags, "NOT IN"),
            ("flag", wanted.flags, "IN"), ("flag", wanted.no_flags, "NOT IN"),
        )  # fmt: skip
        for what, groups, sign in rows:
            for group in groups:
                names = matching([name for kind, name in self._marks if kind == what], group)
                inside = f"SELECT image FROM marks WHERE what = ? AND name IN ({_marks(names)})"
                self._add(f"i.id {sign} ({inside})", what, *names)


def _marks(values: Iterable[Any]) -> str:
    return ",".join("?" for _ in values)
