"""Earlier versions of label files: kept behind every save, listed, found again by label file.

They are in ``<dataset>/.anylabel_plus/versions``, in the user's state folder when the data set cannot be
written. What a folder run (``runs``) changed is in the run's own journal and is listed too.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from anylabel_plus import files, paths
from anylabel_plus.dataset import runs
from anylabel_plus.dataset.scan import HIDDEN_FOLDER
from anylabel_plus.dataset.version_file import SUFFIX, Version, VersionFile

if TYPE_CHECKING:
    from anylabel_plus.core.compare import Differences

__all__ = [
    "CAUSES",
    "Keeper",
    "Limits",
    "Version",
    "changes_between",
    "find",
    "listed",
    "restore",
    "store_of",
    "trim",
    "version_id",
]

CAUSES: dict[str, str] = {
    "first": "As it was before the first change here",
    "outside": "Changed by another program",
    "saved": "Saved",
    "run": "Before a run",
    "after run": "Result of a run",
}
"""Why a version is there, in words; ``note`` of a run's version is its job."""

SESSION = os.urandom(6).hex()
"""This run of the program."""
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept: versions of an image (0: none), days, bytes of a data set.

    Versions saved within ``stretch_s`` of each other's begin are one.
    """

    count: int = 50
    days: float = 180.0
    total_bytes: int = 500_000_000
    stretch_s: float = 20.0


def store_of(root: Path) -> Path:
    """The folder of a data set's versions; made by the first version."""
    hidden = root / HIDDEN_FOLDER
    if os.access(hidden if hidden.exists() else root, os.W_OK):
        return hidden / "versions"
    return _user_store(root)


def _user_store(root: Path) -> Path:
    name = hashlib.blake2b(os.fsencode(root.absolute()), digest_size=8).hexdigest()
    return paths.user_state("versions", f"{root.name}-{name}")


def _place(store: Path, root: Path, label: Path) -> Path:
    """The file of a label file's versions: mirrored below the store, by a hash for one outside the data set."""
    label, root = label.absolute(), root.absolute()
    if label.is_relative_to(root):
        inside = label.relative_to(root)
        return store / inside.with_name(inside.name + SUFFIX)
    name = hashlib.blake2b(os.fsencode(label), digest_size=8).hexdigest()
    return store / "_outside" / f"{name}-{label.name}{SUFFIX}"


class Keeper:
    """Keeps versions; for one thread. Remembers the file used last, so that a save costs no reading."""

    def __init__(self, session: str = SESSION, now: Callable[[], float] = time.time) -> None:
        self._session = session
        self._now = now
        self._last: VersionFile | None = None

    def keep_found(self, root: Path, label: Path, data: bytes | None, limits: Limits) -> None:
        """Before this session's first write: keep what is on disk, byte for byte, unless it is kept already.

        Raises OSError when the disk does.
        """
        kept = self._open(root, label)
        versions = kept.versions
        if data is None and not versions:
            return  # no file and no history: the first version comes with the first save
        if limits.count and not (versions and versions[-1].data == data):
            cause = "outside" if versions else "first"
            now = self._now()
            kept.add(Version(now, now, cause, self._session, data, _count(data)), durable=True)

    def keep_saved(
        self, root: Path, label: Path, data: bytes | None, limits: Limits, *, shapes: int | None = None, note: str = ""
    ) -> None:
        """Behind a save: keep what was written; work within one stretch is one version.

        Raises OSError when the disk does.
        """
        if not limits.count:
            return
        kept = self._open(root, label)
        versions = kept.versions
        last = versions[-1] if versions else None
        if last is not None and last.data == data:
            return
        now = self._now()
        same_stretch = (
            last is not None
            and (last.cause, last.session) == ("saved", self._session)
            and now - last.since < limits.stretch_s
        )
        since = last.since if same_stretch and last is not None else now
        version = Version(now, since, "saved", self._session, data, shapes, note)
        kept.add(version, in_place_of_last=same_stretch)
        if not same_stretch:
            kept.thin(lambda rows: thinned(rows, limits, now, self._session))

    def _open(self, root: Path, label: Path) -> VersionFile:
        path = _place(store_of(root), root, label)
        if self._last is None or self._last.path != path:
            self._last = VersionFile(path)
        return self._last


def thinned(rows: Sequence[Version], limits: Limits, now: float, session: str) -> list[Version]:
    """The versions to keep: within the limits, denser the younger they are.

    The first, the newest and the one that this session started from always stay.
    """
    mine = next((n for n, row in enumerate(rows) if row.session == session and row.cause == "saved"), len(rows))
    always = {0, max(0, mine - 1), len(rows) - 1}
    keep = [n for n, row in enumerate(rows) if n in always or now - row.time <= limits.days * _DAY_S]
    while len(keep) > max(limits.count, len(always)):
        # Without it the gap between its neighbours, seen from now, is the smallest.
        losable = [
            ((rows[keep[at + 1]].time - rows[keep[at - 1]].time) / (now - rows[keep[at]].time + 1.0), at)
            for at in range(1, len(keep) - 1)
            if keep[at] not in always
        ]
        if not losable:
            break
        del keep[min(losable)[1]]
    return [rows[n] for n in keep]


def _count(data: bytes | None) -> int | None:
    """Number of shapes in a label file's bytes, None when it is no label file."""
    from anylabel_plus.core.errors import UserError
    from anylabel_plus.formats import native

    if data is None:
        return 0
    try:
        return len(native.parse(data, "", editable=False).shapes)
    except UserError:
        return None


def listed(label: Path, root: Path | None = None) -> list[Version]:
    """All versions of a label file, oldest first: those kept at saving and those of folder runs.

    ``root`` is the data set it was edited in; data sets around the label file are found by themselves.
    """
    label = label.absolute()
    roots = [*([root.absolute()] if root is not None else []), *label.parents]
    rows: list[Version] = []
    for top in dict.fromkeys(roots):
        for store in (top / HIDDEN_FOLDER / "versions", _user_store(top)):
            with contextlib.suppress(OSError):
                rows += VersionFile(_place(store, top, label)).versions
        rows = _with_runs(rows, top, label)
    rows.sort(key=lambda row: row.time)
    return [row for n, row in enumerate(rows) if n == 0 or row.data != rows[n - 1].data]


def _with_runs(rows: list[Version], root: Path, label: Path) -> list[Version]:
    """``rows``, those that a run wrote named so, and what was there before each run."""
    for run in runs.list_runs(root):
        change = run.change_of(label)
        if change is None:
            continue
        started = time.mktime(time.strptime(run.started[:19], "%Y-%m-%dT%H:%M:%S"))
        rows = [
            replace(row, cause="after run", note=run.job)
            if row.cause in ("outside", "first") and row.data and runs.content_hash(row.data) in change.after_hashes
            else row
            for row in rows
        ]
        rows.append(Version(started, started, "run", run.id, change.before, _count(change.before), run.job))
    return rows


def version_id(version: Version) -> str:
    """A version's name on the command line: its local time to the millisecond."""
    return time.strftime("%Y%m%d-%H%M%S", time.localtime(version.time)) + f"-{int(version.time * 1000) % 1000:03d}"


def find(versions: Sequence[Version], name: str) -> Version | None:
    """The version with this id, or with this number in the list (1 is the oldest)."""
    if name.isdigit() and 1 <= int(name) <= len(versions):
        return versions[int(name) - 1]
    return next((version for version in versions if version_id(version) == name), None)


def trim(store: Path, total_bytes: int) -> int:
    """Bring a store down to ``total_bytes``: thin the files used longest ago, then delete them; bytes freed."""
    found = []
    for folder, _, names in os.walk(store):
        for name in names:
            path = Path(folder, name)
            if files.dead_temporary(name):
                path.unlink(missing_ok=True)
            elif name.endswith(SUFFIX):
                status = path.stat()
                found.append((status.st_mtime, path, status.st_size))
    total = start = sum(size for _, _, size in found)
    for delete in (False, True):
        for used, path, _ in sorted(found):
            if total <= total_bytes:
                return start - total
            size = path.stat().st_size
            if delete:
                path.unlink()
                total -= size
            elif VersionFile(path).thin(lambda rows: [rows[0], rows[-1]] if len(rows) > 2 else rows):
                os.utime(path, (used, used))
                total -= size - path.stat().st_size
    return start - total


def changes_between(before: bytes | None, after: bytes | None) -> Differences | None:
    """What differs between two versions of a label file; None when one of them is no label file."""
    from anylabel_plus.core.compare import differences
    from anylabel_plus.core.document import Document
    from anylabel_plus.core.errors import UserError
    from anylabel_plus.formats import native

    try:
        read = [native.parse(data, "", editable=False) if data is not None else None for data in (before, after)]
    except UserError:
        return None
    return differences(read[0] or Document("", 0, 0), read[1] or Document("", 0, 0))


def restore(label: Path, version: Version, root: Path | None = None) -> bool:
    """Give a label file the bytes of a version (no file: delete it); False when it holds them already.

    What it holds now is kept first. Raises OSError when the disk does.
    """
    data = label.read_bytes() if label.exists() else None
    if data == version.data:
        return False
    top = root or next((top for top in label.parents if (top / HIDDEN_FOLDER).is_dir()), label.parent)
    keeper = Keeper()
    keeper.keep_found(top, label, data, Limits())
    if version.data is None:
        label.unlink()
        files.sync_folder(label.parent)
    else:
        files.write_atomic(label, version.data)
    keeper.keep_saved(top, label, version.data, Limits(), shapes=version.shapes, note="Restore")
    return True
