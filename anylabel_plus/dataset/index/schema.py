"""The tables of the index, and how its file is opened: another version, a foreign or a damaged file is made anew."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset.index.place import Place

VERSION = 2
"""Raise it with every change below: the index is then built again from the files."""
APPLICATION = 0x414C5058  # "ALPX"
BUSY_S = 30.0
_LOST = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

TABLES = """
-- One row an image. path: below the data set's folder, forward slashes; folded: the same for a search without
-- regard to case. mtime (ns) and size (bytes) are the stamp that tells whether the file was changed. width, height:
-- upright pixels, NULL with a problem. taken: EXIF time as the camera wrote it. grouping: the folder it lies in.
-- made: the kind of image that the mark inside the file tells (composite …), NULL without one.
CREATE TABLE images (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, folded TEXT NOT NULL, grouping TEXT NOT NULL,
    mtime INTEGER NOT NULL, size INTEGER NOT NULL, width INTEGER, height INTEGER, taken TEXT, problem TEXT,
    pixel_hash TEXT, gradient_hash INTEGER, mean_hash INTEGER, made TEXT
);
-- One row an image too: its label file (mtime NULL: there is none) and what is counted in it. waiting: shapes of a
-- model that no person has looked at; kinds: bit mask in the order of KINDS; made: the kind of image it tells.
CREATE TABLE state (
    image INTEGER PRIMARY KEY, mtime INTEGER, size INTEGER, problem TEXT, checked INTEGER, description INTEGER,
    shapes INTEGER NOT NULL, lowest REAL, highest REAL, kinds INTEGER NOT NULL,
    human INTEGER NOT NULL, model INTEGER NOT NULL, synthesis INTEGER NOT NULL, import INTEGER NOT NULL,
    waiting INTEGER NOT NULL, made TEXT
);
-- Image-level flags that are set, and tags. what: flag or tag.
CREATE TABLE marks (image INTEGER, what TEXT, name TEXT, PRIMARY KEY (what, name, image)) WITHOUT ROWID;
CREATE INDEX marks_image ON marks (image);
CREATE TABLE labels (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- number: place in z-order. Box in upright pixels. source: human, model, synthesis, import.
CREATE TABLE shapes (
    image INTEGER, number INTEGER, label INTEGER NOT NULL, kind TEXT NOT NULL, area REAL NOT NULL,
    x1 REAL NOT NULL, y1 REAL NOT NULL, x2 REAL NOT NULL, y2 REAL NOT NULL, score REAL, source TEXT NOT NULL,
    waiting INTEGER NOT NULL, locked INTEGER NOT NULL, grouping INTEGER, PRIMARY KEY (image, number)
) WITHOUT ROWID;
CREATE INDEX shapes_label ON shapes (label, image);
-- Which part of the data set an image belongs to, from the split file; none has no row. facts: state of that file.
CREATE TABLE split (image INTEGER PRIMARY KEY, part TEXT NOT NULL);
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


def connect(place: Place) -> sqlite3.Connection:
    """The open database with this version's tables, empty when the file was not such a one.

    Raises:
        UserError: the file can neither be opened nor made anew.
    """
    for attempt in (1, 2):
        connection: sqlite3.Connection | None = None
        try:
            connection = sqlite3.connect(place.file, timeout=BUSY_S, isolation_level=None)
            if prepare(connection, place.wal):
                return connection
        except sqlite3.Error as error:
            if attempt == 2 or not is_lost(error):
                raise UserError(
                    f"{place.file}: the index of the data set cannot be opened ({error}).",
                    "Make its folder writable, or close the program that holds it.",
                ) from error
        if connection is not None:
            connection.close()
        remove(place.file)
    raise UserError(f"{place.file}: another version of the program keeps its index here.", "Close it first.")


def prepare(connection: sqlite3.Connection, wal: bool) -> bool:
    """Make the tables in a new database; False when it is one of something or somebody else."""
    run = connection.execute
    run(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
    run("BEGIN IMMEDIATE")  # of two programs that open a new file one makes the tables
    try:
        application = run("PRAGMA application_id").fetchone()[0]
        version = run("PRAGMA user_version").fetchone()[0]
        new = run("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if new and application == 0:
            for statement in _statements(TABLES):
                run(statement)
            run(f"PRAGMA application_id = {APPLICATION}")
            run(f"PRAGMA user_version = {VERSION}")
        elif (application, version) != (APPLICATION, VERSION):
            return False
    finally:
        if connection.in_transaction:
            run("COMMIT")
    run(f"PRAGMA journal_mode = {'WAL' if wal else 'TRUNCATE'}")
    run("PRAGMA synchronous = NORMAL")
    run("PRAGMA cache_size = -32000")
    return True


def _statements(script: str) -> list[str]:
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    return "\n".join(lines).split(";")


def is_lost(error: BaseException) -> bool:
    """True when the file is no database or a damaged one: it is built again."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.DatabaseError) and code is not None and (code & 0xFF) in _LOST


def remove(file: Path) -> None:
    """Take the index away, with what SQLite keeps beside it.

    Raises:
        UserError: it cannot be removed.
    """
    try:
        for path in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
    except OSError as error:
        raise UserError(
            f"{file}: a useless index is in the way and cannot be removed ({error.strerror}).", "Delete it by hand."
        ) from error
