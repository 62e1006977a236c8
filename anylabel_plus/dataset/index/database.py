"""Index, the open database: brings itself up to date with the files and answers filters."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.dataset.index import parts, schema, store
from anylabel_plus.dataset.index.crew import read_tasks
from anylabel_plus.dataset.index.place import Place, index_place
from anylabel_plus.dataset.index.query import Filter, Sql
from anylabel_plus.dataset.index.reading import Task
from anylabel_plus.dataset.index.stamps import Stamped, one, stamped
from anylabel_plus.dataset.scan import ImageItem

Progress = Callable[[int, int], object]
"""Called with done and total; raises ``Cancelled`` to stop."""
_TRANSACTION = 2000
_TURN = 4096
_BREATH_S = 0.001


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh found: images that are new, changed (they or their labels), gone and as they were."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0

    @property
    def any(self) -> bool:
        """True when the index is another one now."""
        return bool(self.added or self.changed or self.removed)


class IndexLost(UserError):
    """The file of the index is damaged; it is gone now, and ``refresh`` builds it again."""


class Index:
    """One open index; belongs to the thread that opened it."""

    def __init__(self, place: Place, root: Path) -> None:
        self.place, self.root = place, root
        self.connection = schema.connect(place)
        self._rows: dict[int, int] = {}

    @classmethod
    def open(cls, root: Path, labels_dir: Path | None = None, make: bool = True) -> Index:
        """The index of the data set ``root``, made when it is not there; see ``index_place`` for ``make``.

        Raises:
            UserError: there is no place for it, or it cannot be opened.
        """
        try:
            place = index_place(root, labels_dir, make)
        except OSError as error:
            raise UserError(f"{root}: there is no place for its index ({error.strerror}).") from error
        return cls(place, root)

    def close(self) -> None:
        """Close the database."""
        self.connection.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def whole(self) -> Iterator[sqlite3.Connection]:
        """The connection; a damaged file is taken away and made anew, empty, before ``IndexLost`` is raised."""
        try:
            yield self.connection
        except sqlite3.DatabaseError as error:
            if not schema.is_lost(error):
                raise UserError(f"{self.place.file}: the index cannot be used ({error}).", "Try again.") from error
            self.connection.close()
            schema.remove(self.place.file)
            self.connection = schema.connect(self.place)
            raise IndexLost(
                f"{self.place.file}: the index was damaged.", "It is built again from the files."
            ) from error

    # Following the files ---------------------------------------------------------------------

    def refresh(
        self, items: Sequence[ImageItem], progress: Progress | None = None, workers: int | None = None
    ) -> Refreshed:
        """Read what changed since the last time, forget what is gone; ``items`` are all images, in order.

        Raises:
            UserError: the index cannot be written.
            Cancelled: by ``progress``; what was read until then is kept.
        """
        try:
            return self._refresh(items, progress, workers)
        except IndexLost:
            return self._refresh(items, progress, workers)

    def _refresh(self, items: Sequence[ImageItem], progress: Progress | None, workers: int | None) -> Refreshed:
        with self.whole() as connection:
            known = store.known(connection)
            work: list[Stamped] = []
            added = same = 0
            for found in stamped(items):
                old = known.pop(store.storable(found.item.relative), None)
                if old is not None and old[1] == found.image and old[2] == found.label:
                    same += 1
                    continue
                added += old is None
                work.append(found)
            gone = [row[0] for row in known.values()]
            if gone:
                store.forget(connection, gone)
            self._read(connection, work, progress, workers)
        self.follow_splits()
        return Refreshed(added, len(work) - added, len(gone), same)

    def _read(
        self, connection: sqlite3.Connection, work: Sequence[Stamped], progress: Progress | None, workers: int | None
    ) -> None:
        tasks = [Task(number, str(found.item.image), found.label_path) for number, found in enumerate(work)]
        rows: list[store.Row] = []
        try:
            for piece in read_tasks(tasks, workers):
                rows += [store.Row(work[key], picture, label) for key, picture, label in piece]
                if progress is not None:
                    progress(piece[-1][0] + 1, len(work))
                if len(rows) >= _TRANSACTION:
                    store.write(connection, rows)
                    rows = []
        except Cancelled:
            store.write(connection, rows)
            raise
        store.write(connection, rows)

    def update(self, items: Sequence[ImageItem]) -> None:
        """Read the files of a few images again, changed or not; images that are gone are forgotten."""
        with self.whole() as connection:
            known = {item: one(item) for item in items}
            work = [found for found in known.values() if found is not None]
            self._read(connection, work, None, 0)
            gone = [store.storable(item.relative) for item, found in known.items() if found is None]
            ids = [
                row[0] for path in gone for row in connection.execute("SELECT id FROM images WHERE path = ?", (path,))
            ]
            if ids:
                store.forget(connection, ids)

    def follow_splits(self, strict: bool = False) -> None:
        """Bring the parts of images up to date, where the split file or the images are others than the last time.

        Raises:
            UserError: with ``strict``, when the split file cannot be read; else no image has a part then.
        """
        with self.whole() as connection:
            parts.follow(connection, self.root, strict)

    # Asking ----------------------------------------------------------------------------------

    def bind(self, items: Sequence[ImageItem], breath: bool = False) -> None:
        """Answer from now on with the places of images in ``items``.

        With ``breath`` it lets other threads go on in between, for use beside a window.
        """
        places: dict[str, int] = {}
        for start in range(0, len(items), _TURN):
            for number in range(start, min(start + _TURN, len(items))):
                places[store.storable(items[number].relative)] = number
            if breath:
                time.sleep(_BREATH_S)
        rows: dict[int, int] = {}
        with self.whole() as connection:
            cursor = connection.execute("SELECT id, path FROM images")
            while piece := cursor.fetchmany(_TURN):
                for number, path in piece:
                    place = places.get(path)
                    if place is not None:
                        rows[number] = place
                if breath:
                    time.sleep(_BREATH_S)
        self._rows = rows

    def find(self, wanted: Filter) -> list[int]:
        """Places, in the items of ``bind``, of the images that pass, in the order of the filter.

        Raises:
            UserError: the index cannot be read (``IndexLost``: call ``refresh``), or parts are asked for and the
                split file cannot be read.
        """
        rows = self._rows
        numbers = [rows[number] for number in self.ids(wanted) if number in rows]
        if wanted.sort == "name":
            numbers.sort(reverse=wanted.descending)
        return numbers

    def ids(self, wanted: Filter) -> list[int]:
        """Ids of the images that pass, in the order of the filter (by name: in no order)."""
        if wanted.splits or wanted.no_splits:
            self.follow_splits(strict=True)
        with self.whole() as connection:
            labels = dict(connection.execute("SELECT name, id FROM labels"))
            marks = self.marks() if wanted.tags or wanted.no_tags or wanted.flags or wanted.no_flags else []
            sql = Sql(wanted, labels, marks)
            if not wanted.pattern and not wanted.no_pattern:
                return [row[0] for row in connection.execute(sql.ids(), sql.values)]
            pattern, other = re.compile(wanted.pattern), re.compile(wanted.no_pattern) if wanted.no_pattern else None
            return [
                number
                for number, path in connection.execute(sql.ids_and_paths(), sql.values)
                if pattern.search(path) and not (other is not None and other.search(path))
            ]

    def labels(self) -> list[str]:
        """Names of all labels that occur, sorted."""
        with self.whole() as connection:
            rows = connection.execute(
                "SELECT name FROM labels l WHERE EXISTS (SELECT 1 FROM shapes WHERE label = l.id) ORDER BY name"
            )
            return [row[0] for row in rows]

    def marks(self) -> list[tuple[str, str]]:
        """All ("flag" or "tag", name) that occur, sorted."""
        with self.whole() as connection:
            return list(connection.execute("SELECT DISTINCT what, name FROM marks ORDER BY what, name"))


def rebuilt(root: Path, labels_dir: Path | None = None) -> Index:
    """The index of ``root``, emptied; raises UserError as ``Index.open`` does."""
    index = Index.open(root, labels_dir)
    with index.whole() as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in ("images", "state", "marks", "labels", "shapes", "split", "facts"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("COMMIT")
    return index
