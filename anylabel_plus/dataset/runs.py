"""The journal of folder runs: what each run changed, so that it can be rolled back.

A run lives in ``<dataset>/.anylabel_plus/runs/<id>/``: ``run.json`` says what it is, ``journal.jsonl``
has one line for each change and ``previous.bin`` the bytes that files had before. Both are on disk
before the file is changed, so a run killed at any moment can be rolled back or simply run again:
the same job with the same options continues its unfinished run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from anylabel_plus import files
from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset.scan import HIDDEN_FOLDER

_STATES = ("running", "done", "cancelled", "rolled back")


def content_hash(data: bytes) -> str:
    """The journal's hash of a file's bytes."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Change:
    """One file as it was before the run (``before`` None: it did not exist) and as the run left it."""

    path: Path
    before: bytes | None
    before_hash: str | None
    after_hashes: frozenset[str]


@dataclass(slots=True)
class Run:
    """One run that is open for writing (``open_run``) or only looked at (``list_runs``)."""

    folder: Path
    root: Path
    job: str
    options: Mapping[str, Any]
    started: str
    state: str = "running"
    facts: Mapping[str, Any] = field(default_factory=dict)
    _journal: BinaryIO | None = None
    _previous: BinaryIO | None = None
    _known: set[str] = field(default_factory=set)
    resumed: bool = False

    @property
    def id(self) -> str:
        """Name of the run's folder; sorts by time."""
        return self.folder.name

    def write(self, path: Path, data: bytes, expected: bytes | None) -> bool:
        """Give ``path`` the bytes ``data``, after its present ones are in the journal.

        ``expected`` are the bytes that the caller read (None: no file). Returns False, and leaves
        everything alone, when the file already holds ``data``.

        Raises:
            UserError: the file was changed by somebody else since, or cannot be written.
        """
        try:
            current = _read(path)
            if current == data:
                return False
            if current != expected:
                raise UserError(
                    f"{path}: changed on disk while the job worked on it; left alone.", "Run the job again."
                )
            self.record(path, current, content_hash(data))
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write_atomic(path, data)
        except OSError as error:
            raise UserError(f"{path}: cannot be written ({error.strerror or error}).") from error
        return True

    def record(self, path: Path, before: bytes | None, after_hash: str) -> None:
        """Put a coming change of ``path`` on disk; the change itself is the caller's."""
        if self._journal is None or self._previous is None:
            raise RuntimeError("the run is not open")
        name = _shorten(path, self.root)
        line: dict[str, Any] = {"path": name, "after": after_hash}
        if name not in self._known:
            self._known.add(name)
            line["before"] = None
            if before is not None:
                start = self._previous.seek(0, os.SEEK_END)
                self._previous.write(before)
                self._previous.flush()
                os.fsync(self._previous.fileno())
                line["before"] = [start, len(before), content_hash(before)]
        self._journal.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def finish(self, state: str) -> None:
        """Close the journal; a run that changed nothing leaves no trace."""
        for stream in (self._journal, self._previous):
            if stream is not None:
                stream.close()
        self._journal = self._previous = None
        if not self._known:
            _remove_run(self.folder)
            return
        self.state = state
        _save_head(self)

    def change_of(self, path: Path) -> Change | None:
        """What the run did to one file, None when it left it alone; reads no more than that."""
        name = _shorten(path, self.root)
        spelled = json.dumps(name, ensure_ascii=False).encode()
        lines = [line for line in _lines(self.folder / "journal.jsonl", spelled) if line["path"] == name]
        if not lines:
            return None
        before, digest = None, None
        if (place := next((line["before"] for line in lines if "before" in line), None)) is not None:
            start, length, digest = place
            with open(self.folder / "previous.bin", "rb") as stream:
                stream.seek(start)
                before = stream.read(length)
        return Change(path, before, digest, frozenset(line["after"] for line in lines))

    def changes(self) -> list[Change]:
        """Every file the run changed, in order. A torn last line (power cut) is left out."""
        before: dict[str, tuple[bytes | None, str | None]] = {}
        after: dict[str, set[str]] = {}
        previous = _read(self.folder / "previous.bin") or b""
        for line in _lines(self.folder / "journal.jsonl"):
            name = line["path"]
            after.setdefault(name, set()).add(line["after"])
            if "before" not in line or name in before:
                continue
            before[name] = (None, None)
            if line["before"] is not None:
                start, length, digest = line["before"]
                before[name] = (previous[start : start + length], digest)
        return [Change(self.root / name, *before[name], frozenset(after[name])) for name in before]


def _shorten(path: Path, root: Path) -> str:
    full = path.absolute()
    return full.relative_to(root).as_posix() if full.is_relative_to(root) else str(full)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _lines(path: Path, holding: bytes = b"") -> Iterator[dict[str, Any]]:
    """The journal's lines; with ``holding`` only those in which that text is."""
    for line in (_read(path) or b"").split(b"\n")[:-1]:
        if holding not in line:
            continue
        try:
            value = json.loads(line)
        except ValueError:
            continue  # torn by a power cut: the change it announced was never made
        if isinstance(value, dict) and "path" in value and "after" in value:
            yield value


def _save_head(run: Run) -> None:
    head = {"job": run.job, "state": run.state, "started": run.started, "options": run.options, "facts": run.facts}
    files.write_atomic(run.folder / "run.json", json.dumps(head, indent=2, ensure_ascii=False).encode() + b"\n")


def _remove_run(folder: Path) -> None:
    for name in ("journal.jsonl", "previous.bin", "run.json"):
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    with contextlib.suppress(OSError):
        folder.rmdir()


def _load(folder: Path, root: Path) -> Run | None:
    try:
        head = json.loads((folder / "run.json").read_bytes())
        return Run(folder, root, head["job"], head["options"], head["started"], head["state"], head.get("facts", {}))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def list_runs(root: Path) -> list[Run]:
    """All runs of a data set, oldest first; folders that are no run are left out."""
    top = root.absolute()
    folder = top / HIDDEN_FOLDER / "runs"
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    return [run for name in names if (run := _load(folder / name, top)) is not None]


@contextlib.contextmanager
def open_run(root: Path, job: str, options: Mapping[str, Any], facts: Mapping[str, Any] | None = None) -> Iterator[Run]:
    """The run of ``job`` on the data set ``root``: a new one, or the same one left unfinished.

    The state becomes "done" when the block ends, "cancelled" when it is left by an exception or a
    closed generator. ``options`` and ``facts`` are plain JSON data; ``facts`` (threads, workers)
    do not decide whether a run is the same one.

    Raises:
        UserError: another process runs a job on this data set, or the folder is not writable.
    """
    top = root.absolute()
    plain = json.loads(json.dumps(options))
    with _lock(top, job):
        try:
            run = _adopt(top, job, plain) or _create(top, job, plain)
            run.facts = dict(facts or {})
            _save_head(run)
            run._known = {line["path"] for line in _lines(run.folder / "journal.jsonl")}
            _mend(run.folder / "journal.jsonl")
            run._journal = open(run.folder / "journal.jsonl", "ab")  # noqa: SIM115 (closed by finish)
            run._previous = open(run.folder / "previous.bin", "ab")  # noqa: SIM115
            files.sync_folder(run.folder)
        except OSError as error:
            raise UserError(f"{top / HIDDEN_FOLDER}: cannot be written ({error.strerror or error}).") from error
        try:
            yield run
        except BaseException:
            run.finish("cancelled")
            raise
        run.finish("done")


def _mend(journal: Path) -> None:
    """Cut a line that a power cut left half written, so that the next one starts on its own."""
    data = _read(journal)
    if data and not data.endswith(b"\n"):
        files.write_atomic(journal, data[: data.rfind(b"\n") + 1])


def _adopt(top: Path, job: str, options: Mapping[str, Any]) -> Run | None:
    # The lock is ours, so a run that still says "running" belongs to a dead process.
    for run in reversed(list_runs(top)):
        if run.job == job and run.options == options and run.state in ("running", "cancelled"):
            run.state, run.resumed = "running", True
            files.sweep_temporaries(run.folder)
            return run
        if run.state in ("running", "cancelled", "done"):
            return None  # only the latest run may go on, else a rollback would mix two
    return None


def _create(top: Path, job: str, options: Mapping[str, Any]) -> Run:
    started = time.strftime("%Y-%m-%dT%H:%M:%S%z")
    runs = top / HIDDEN_FOLDER / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    stem = time.strftime("%Y%m%d-%H%M%S") + f"-{job}"
    for number in range(1, 10_000):
        folder = runs / (stem if number == 1 else f"{stem}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return Run(folder, top, job, options, started)
    raise OSError("too many runs in one second")


@contextlib.contextmanager
def _lock(top: Path, job: str) -> Iterator[None]:
    """One writer a data set; the system frees the lock when its process dies."""
    try:
        (top / HIDDEN_FOLDER).mkdir(parents=True, exist_ok=True)
        stream = open(top / HIDDEN_FOLDER / "lock", "a+b")  # noqa: SIM115 (held for the whole run)
    except OSError as error:
        raise UserError(f"{top / HIDDEN_FOLDER}: cannot be written ({error.strerror or error}).") from error
    with stream:
        try:
            if sys.platform == "win32":
                import msvcrt

                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(
                f"{top}: another run is working on this data set, so {job} was not started.", "Wait for it or stop it."
            ) from error
        yield


@dataclass(slots=True)
class Rollback:
    """What a rollback did: paths restored to their bytes, created files removed, and those in the way."""

    restored: list[Path] = field(default_factory=list)
    removed: list[Path] = field(default_factory=list)
    conflicts: list[Path] = field(default_factory=list)


def find_run(root: Path, run_id: str | None) -> Run:
    """The run called ``run_id``, or the latest one that is not rolled back; raises UserError."""
    runs = list_runs(root)
    if run_id is None:
        candidates = [run for run in runs if run.state != "rolled back"]
        if not candidates:
            raise UserError(f"{root}: there is no run to roll back.")
        return candidates[-1]
    for run in runs:
        if run.id == run_id:
            return run
    raise UserError(f"{root}: no run is called {run_id}.", "List them with: anylabel-plus runs list DATASET")


def rollback(run: Run) -> Rollback:
    """Give every file of ``run`` the bytes it had before. Interrupted, it can be started again.

    When a file was changed since by anybody else nothing at all is done, and the files are in
    ``conflicts``.

    Raises:
        UserError: another run is working on the data set, or a file cannot be written.
    """
    result = Rollback()
    with _lock(run.root, "rollback"):
        work = []
        for change in run.changes():
            current = _read(change.path)
            now = None if current is None else content_hash(current)
            if now == change.before_hash:
                continue
            if now not in change.after_hashes:
                result.conflicts.append(change.path)
            work.append(change)
        if result.conflicts:
            return result
        for change in work:
            _undo(change, result)
        run.state = "rolled back"
        _save_head(run)
    return result


def _undo(change: Change, result: Rollback) -> None:
    try:
        if change.before is None:
            change.path.unlink()
            files.sync_folder(change.path.parent)
            result.removed.append(change.path)
        elif content_hash(change.before) != change.before_hash:
            raise UserError(f"{change.path}: its kept bytes in the run are damaged; the file was left alone.")
        else:
            change.path.parent.mkdir(parents=True, exist_ok=True)
            files.write_atomic(change.path, change.before)
            result.restored.append(change.path)
    except OSError as error:
        raise UserError(f"{change.path}: cannot be restored ({error.strerror or error}).") from error
