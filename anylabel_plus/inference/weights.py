"""The store of model weights: what is installed, downloaded, pinned, checked and removed.

Below the weights folder each model has a folder named by its id. ``pins.json`` in it holds the hashes of files whose
hash nobody published, taken at their first download.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from anylabel_plus import files, paths
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference import family_of
from anylabel_plus.inference.base import Stop, never
from anylabel_plus.inference.catalog import ModelFile, ModelSpec

if TYPE_CHECKING:
    from anylabel_plus.inference import download  # loads urllib and ssl, which the idle window does without

PINS = "pins.json"
_LOCK = ".lock"
_POLL_S = 0.2
_REINSTALL = "It comes with the program: install AnyLabel Plus again."


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did: files downloaded now, and (name, sha256) of those pinned because nobody published a hash."""

    downloaded: tuple[str, ...] = ()
    pinned: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FileCheck:
    """State of one file: "ok", "missing", "damaged" (hash differs) or "unknown" (no hash to compare with)."""

    name: str
    state: Literal["ok", "missing", "damaged", "unknown"]
    sha256: str | None = None
    expected: str | None = None


def missing(spec: ModelSpec) -> list[ModelFile]:
    """The files of ``spec`` that are not on disk."""
    if spec.folder is None:
        return list(spec.files)
    return [entry for entry in spec.files if not (spec.folder / entry.name).is_file()]


def installed(spec: ModelSpec) -> bool:
    """True when every file of ``spec`` is on disk (also for a model without files)."""
    return not missing(spec)


def ensure(spec: ModelSpec) -> None:
    """Return when ``spec`` can be loaded.

    Raises:
        UserError: no code for its family, or files are missing, with the command that brings them; a file that comes
            with the program is damaged.
    """
    family_of(spec)
    absent = missing(spec)
    if not absent:
        if spec.bundled:
            _ensure_undamaged(spec)
        return
    names = ", ".join(entry.name for entry in absent)
    if spec.bundled:
        raise UserError(f"{spec.id}: {names} is missing in {spec.folder}.", _REINSTALL)
    if all(entry.url for entry in absent):
        raise UserError(f"{spec.id} is not installed ({names}).", f"Run: anylabel-plus models pull {_argument(spec)}")
    raise UserError(
        f"{spec.id}: {names} not found in {spec.folder}.", "Add the model again: anylabel-plus models add FILE"
    )


def _ensure_undamaged(spec: ModelSpec) -> None:
    assert spec.folder is not None
    for entry in spec.files:
        path = spec.folder / entry.name
        try:
            actual = _remembered_sha256(path)
        except OSError as error:
            raise UserError(f"{path}: not readable ({error.strerror or error}).", _REINSTALL) from error
        if actual != entry.sha256:
            raise UserError(f"{path}: damaged, it is not the file that comes with the program.", _REINSTALL)


def _argument(spec: ModelSpec) -> str:
    return spec.source if spec.direct else spec.id


@contextlib.contextmanager
def locked(folder: Path, stop: Stop = never) -> Iterator[None]:
    """Hold ``folder`` against other programs; waits for them. The lock ends with the process that holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / _LOCK, "a+b") as stream:
        while not _try_lock(stream.fileno()):
            if stop():
                raise Cancelled
            time.sleep(_POLL_S)
        try:
            yield
        finally:
            _unlock(stream.fileno())


if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        os.lseek(handle, 0, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        with contextlib.suppress(OSError):
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


def pins(spec: ModelSpec) -> dict[str, str]:
    """sha256 by file name of what was pinned at the first download."""
    if spec.folder is None:
        return {}
    try:
        data = json.loads((spec.folder / PINS).read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(name): str(sha) for name, sha in data.items()} if isinstance(data, dict) else {}


def pull(spec: ModelSpec, mirror: str = "", on_progress: download.Progress | None = None, stop: Stop = never) -> Pulled:
    """Download what is missing of ``spec``, verified; two programs may pull the same model at once.

    Raises:
        UserError: no code for the family (before anything is downloaded), no URL, or what ``download.fetch`` says.
        Cancelled: ``stop`` said so.
    """
    from anylabel_plus.inference import download

    family_of(spec)
    if mirror and not download.allowed(mirror):
        raise UserError(f"The mirror {mirror} is not https.", "Change the setting models.mirror.")
    if installed(spec):
        return Pulled()
    if spec.folder is None or not all(entry.url for entry in missing(spec)):
        ensure(spec)
        return Pulled()
    try:
        with locked(spec.folder, stop):
            return _pull_missing(spec, spec.folder, mirror, on_progress, stop)
    except OSError as error:
        raise UserError(
            f"{spec.folder}: not writable ({error.strerror or error}).", "Check the weights folder."
        ) from error


def _pull_missing(
    spec: ModelSpec, folder: Path, mirror: str, on_progress: download.Progress | None, stop: Stop
) -> Pulled:
    from anylabel_plus.inference import download

    downloaded: list[str] = []
    pinned: list[tuple[str, str]] = []
    known = pins(spec)
    for entry in missing(spec):  # asked again: another program may have brought them while we waited
        target = folder / entry.name
        target.parent.mkdir(parents=True, exist_ok=True)
        expected = entry.sha256 or known.get(entry.name)
        fetched = download.fetch(download.mirrored(entry.url, mirror), target, expected, on_progress, stop)
        downloaded.append(entry.name)
        if expected is None:
            known[entry.name] = fetched.sha256
            pinned.append((entry.name, fetched.sha256))
            files.write_atomic(folder / PINS, json.dumps(known, indent=2, sort_keys=True).encode() + b"\n")
    return Pulled(tuple(downloaded), tuple(pinned))


def check(spec: ModelSpec, stop: Stop = never) -> list[FileCheck]:
    """Read every file of ``spec`` and compare it with its published or pinned hash."""
    from anylabel_plus.inference import download

    known = pins(spec)
    results: list[FileCheck] = []
    for entry in spec.files:
        path = None if spec.folder is None else spec.folder / entry.name
        expected = entry.sha256 or known.get(entry.name)
        if path is None or not path.is_file():
            results.append(FileCheck(entry.name, "missing", None, expected))
            continue
        try:
            actual = download.file_sha256(path, stop)
        except OSError as error:
            raise UserError(f"{path}: not readable ({error.strerror or error}).") from error
        state: Literal["ok", "damaged", "unknown"] = "unknown" if expected is None else "damaged"
        results.append(FileCheck(entry.name, "ok" if actual == expected else state, actual, expected))
    return results


def remove(spec: ModelSpec, weights_dir: Path) -> int:
    """Delete the model's folder below ``weights_dir``; returns how many bytes became free.

    Raises:
        UserError: the model has no folder there (it is built in, or used in place).
    """
    folder = weights_dir / spec.id
    if spec.folder is None:
        raise UserError(f"{spec.id} has no files to remove.")
    if spec.bundled:
        raise UserError(f"{spec.id} comes with the program and stays.", "Only downloaded and added models are removed.")
    if spec.direct or spec.folder.resolve() != folder.resolve():
        raise UserError(
            f"{spec.id} is used in place ({spec.folder}).", "Delete its files yourself if you no longer need them."
        )
    if not folder.is_dir():
        raise UserError(f"{spec.id} is not installed.")
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise UserError(f"{folder}: not removed ({error.strerror or error}).") from error
    return size


def weights_sha256(spec: ModelSpec) -> str | None:
    """One hash for all weights of ``spec`` (part of cache keys and provenance); None for a model without files.

    Hashes of unchanged files (same size and time) are remembered below the cache folder.

    Raises:
        UserError: a file is missing or cannot be read.
    """
    if not spec.files:
        return None
    ensure(spec)
    assert spec.folder is not None
    digest = hashlib.sha256()
    for entry in sorted(spec.files, key=lambda file: (file.role, file.name)):
        path = spec.folder / entry.name
        try:
            digest.update(f"{entry.role}:{_remembered_sha256(path)}\n".encode())
        except OSError as error:
            raise UserError(f"{path}: not readable ({error.strerror or error}).") from error
    return digest.hexdigest()


def _remembered_sha256(path: Path) -> str:
    from anylabel_plus.inference import download

    status = path.stat()
    key, stamp = str(path.resolve()), [status.st_size, status.st_mtime_ns]
    store = paths.user_cache("weight_hashes.json")
    table = _read_table(store)
    known = table.get(key)
    if isinstance(known, list) and len(known) == 3 and known[:2] == stamp:
        return str(known[2])
    sha = download.file_sha256(path)
    table[key] = [*stamp, sha]
    with contextlib.suppress(OSError):  # only a cache: a read-only home costs time, not correctness
        store.parent.mkdir(parents=True, exist_ok=True)
        files.write_atomic(store, json.dumps(table, indent=1, sort_keys=True).encode(), durable=False)
    return sha


def _read_table(store: Path) -> dict[str, Any]:
    try:
        data = json.loads(store.read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
