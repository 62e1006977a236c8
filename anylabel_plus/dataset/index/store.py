"""Writing into the index: rows of images whose files were read, and of those that are gone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from anylabel_plus.dataset.index.reading import LabelFacts, PictureFacts, kinds_mask
from anylabel_plus.dataset.index.stamps import Stamp, Stamped

Known = tuple[int, Stamp, Stamp | None]
"""Id of an image, its stamp and that of its label file."""


class Row(NamedTuple):
    """One image to be written."""

    found: Stamped
    picture: PictureFacts
    label: LabelFacts


def storable(text: str) -> str:
    """``text`` as a database takes it: letters that no encoding has (odd file names) become escapes."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def known(connection: sqlite3.Connection) -> dict[str, Known]:
    """Relative path -> what the index has of each image."""
    rows = connection.execute(
        "SELECT i.path, i.id, i.mtime, i.size, s.mtime, s.size FROM images i LEFT JOIN state s ON s.image = i.id"
    )
    return {
        path: (number, (mtime, size), None if label_mtime is None else (label_mtime, label_size))
        for path, number, mtime, size, label_mtime, label_size in rows
    }


def write(connection: sqlite3.Connection, rows: Sequence[Row]) -> None:
    """Put ``rows`` in place of what the index has of these images, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        labels = _label_ids(connection, {storable(s.label) for row in rows for s in row.label.shapes})
        ids = [_write_image(connection, row) for row in rows]
        _forget_contents(connection, ids)
        connection.executemany(
            "INSERT OR REPLACE INTO state VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (_state(number, row) for number, row in zip(ids, rows, strict=True)),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO shapes VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                (image, number, labels[storable(shape.label)], *shape[1:])
                for image, row in zip(ids, rows, strict=True)
                for number, shape in enumerate(row.label.shapes)
            ),
        )
        connection.executemany(
            "INSERT OR REPLACE INTO marks VALUES (?,?,?)",
            (
                (image, what, storable(name))
                for image, row in zip(ids, rows, strict=True)
                for what, names in (("flag", row.label.flags), ("tag", row.label.tags))
                for name in names
            ),
        )
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _write_image(connection: sqlite3.Connection, row: Row) -> int:
    item, stamp = row.found.item, row.found.image
    path = storable(item.relative)
    values = (*stamp, row.picture.width, row.picture.height, row.picture.taken, row.picture.problem, row.picture.made)
    # The path is unique: where another program has entered the image meanwhile, its row is taken over.
    # Hashes of pixels that have changed are dropped.
    cursor = connection.execute(
        "INSERT INTO images (path, folded, grouping, mtime, size, width, height, taken, problem, made) "
        "VALUES (?,?,?,?,?,?,?,?,?,?) ON CONFLICT (path) DO UPDATE SET "
        "pixel_hash = iif(mtime = excluded.mtime AND size = excluded.size, pixel_hash, NULL), "
        "gradient_hash = iif(mtime = excluded.mtime AND size = excluded.size, gradient_hash, NULL), "
        "mean_hash = iif(mtime = excluded.mtime AND size = excluded.size, mean_hash, NULL), "
        "mtime = excluded.mtime, size = excluded.size, width = excluded.width, height = excluded.height, "
        "taken = excluded.taken, problem = excluded.problem, made = excluded.made RETURNING id",
        (path, path.casefold(), storable(item.place.relative), *values),
    )
    return int(cursor.fetchone()[0])


def _state(image: int, row: Row) -> tuple[object, ...]:
    label, stamp = row.label, row.found.label
    shapes = label.shapes
    scores = [shape.score for shape in shapes if shape.score is not None]
    sources = [shape.source for shape in shapes]
    return (
        *(image, *(stamp or (None, None)), label.problem, label.checked, label.described, len(shapes)),
        *(min(scores, default=None), max(scores, default=None), kinds_mask(shapes)),
        *(sources.count(name) for name in ("human", "model", "synthesis", "import")),
        *(sum(shape.waiting for shape in shapes), label.made),
    )


def _label_ids(connection: sqlite3.Connection, names: Iterable[str]) -> Mapping[str, int]:
    wanted = sorted(names)
    connection.executemany("INSERT OR IGNORE INTO labels (name) VALUES (?)", ((name,) for name in wanted))
    return dict(connection.execute("SELECT name, id FROM labels"))


def _forget_contents(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    for table in ("shapes", "marks"):
        connection.executemany(f"DELETE FROM {table} WHERE image = ?", ((number,) for number in ids))


def forget(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Take images out of the index, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        _forget_contents(connection, ids)
        for table, column in (("state", "image"), ("split", "image"), ("images", "id")):
            connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", ((number,) for number in ids))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
