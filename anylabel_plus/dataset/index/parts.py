"""The parts (train, val, test) of images in the index, as the split file has them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import split_file
from anylabel_plus.dataset.index.store import storable


def follow(connection: sqlite3.Connection, root: Path, strict: bool) -> None:
    """Fill the table ``split`` anew where the split file, or the set of images, is not the one it was filled from.

    Raises:
        UserError: with ``strict``, when the split file cannot be read; else the table is empty then.
    """
    top, prefix = split_file.place_of(root)  # the folder may be a part of a data set
    newest = connection.execute("SELECT max(id) FROM images").fetchone()[0]
    state = f"{split_file.stamp(top)} {prefix} {newest}"
    filled = connection.execute("SELECT value FROM facts WHERE name = 'splits'").fetchone()
    if filled is not None and filled[0] == state:
        return
    problem: UserError | None = None
    try:
        splits = split_file.Splits.load(top)
    except UserError as error:
        splits, problem = split_file.Splits(top), error
    rows = ((part, storable(name[len(prefix) :])) for name, part in splits.parts.items() if name.startswith(prefix))
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute("DELETE FROM split")
        connection.executemany("INSERT INTO split SELECT id, ? FROM images WHERE path = ?", rows)
        if problem is None:  # else it is told at each question, and looked at again
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('splits', ?)", (state,))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    if problem is not None and strict:
        raise problem
