"""Which images a machine made, by their label files, as far as the index still knows these files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from anylabel_plus.dataset.index import schema
from anylabel_plus.dataset.index.place import cached_file, index_place
from anylabel_plus.dataset.index.stamps import Stamp, Stamped, stamped
from anylabel_plus.dataset.index.store import storable
from anylabel_plus.dataset.scan import ImageItem


def made_labels(
    root: Path, items: Sequence[ImageItem], labels_dir: Path | None = None
) -> Iterator[tuple[Stamped, bool | None]]:
    """Each image that has a label file, and whether that says that a machine made the image; None: not known.

    Looks at the time and size of every file; an index that is missing or of another kind knows nothing, and is left
    as it is.
    """
    known = _known(root, labels_dir)
    for found in stamped(items):
        if found.label is not None:
            old = known.get(storable(found.item.relative))
            yield found, old[1] if old is not None and old[0] == found.label else None


def _known(root: Path, labels_dir: Path | None) -> dict[str, tuple[Stamp, bool]]:
    try:
        file = index_place(root, labels_dir, make=False).file
        if not file.is_file():  # the hidden folder may be younger than the index
            file = cached_file(root, labels_dir)
        if not file.is_file():
            return {}
        with closing(sqlite3.connect(file, timeout=schema.BUSY_S)) as connection:
            run = connection.execute
            kind = (run("PRAGMA application_id").fetchone()[0], run("PRAGMA user_version").fetchone()[0])
            if kind != (schema.APPLICATION, schema.VERSION):
                return {}
            rows = run(
                "SELECT i.path, s.mtime, s.size, s.made IS NOT NULL FROM images i JOIN state s ON s.image = i.id "
                "WHERE s.mtime IS NOT NULL"
            )
            return {path: ((mtime, size), bool(made)) for path, mtime, size, made in rows}
    except (OSError, sqlite3.Error):
        return {}
