"""The index of a data set: what is in all its images and label files, in SQLite, always rebuildable from them.

    with Index.open(root) as index:
        index.refresh(scan(root))
        rows = index.find(parse("label:car score:<0.5"))

place: where the file lies; schema: its tables; stamps, reading, crew: what is read from files and how;
store: writing; query: ``Filter`` and its SQL; language: the text of a query; hashes: pixel and
perceptual hashes; ``dataset.statistics``: counts.

The files are the truth. A file is read again when its time or size differs; an index of another version, a
foreign or a damaged one is made anew. Several programs may use it at once: each writes in short
transactions, and all write the same facts.
"""

from __future__ import annotations

from anylabel_plus.dataset.index.database import Index, IndexLost, Refreshed, rebuilt
from anylabel_plus.dataset.index.language import QueryError, parse, quoted
from anylabel_plus.dataset.index.query import SORTS, Filter, Range, Sort

__all__ = [
    "SORTS",
    "Filter",
    "Index",
    "IndexLost",
    "QueryError",
    "Range",
    "Refreshed",
    "Sort",
    "parse",
    "quoted",
    "rebuilt",
]
