"""Models added from files: a zip, a YAML, a folder or an encoder and decoder, copied into the weights folder.

A zip comes from anywhere: its members are checked before anything is written (no path that leaves the folder, no
link, no more than a bounded size), and only model files are taken out.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from anylabel_plus import files
from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import catalog, family_of, model_files
from anylabel_plus.inference.catalog import ROW_FILE, ModelFile, ModelSpec, safe_name
from anylabel_plus.inference.download import file_sha256
from anylabel_plus.inference.weights import locked

_MAX_MEMBERS = 500
_MAX_BYTES = 8 << 30
_TAKEN = (".onnx", ".yaml", ".yml", ".bin", ".data", ".weights")
_CHUNK = 1 << 20


def add(source: Path, weights_dir: Path) -> ModelSpec:
    """Copy the model in ``source`` (zip, YAML, folder or ``.onnx``) into the weights folder; returns its row.

    A pack that holds exactly the files of a shipped row is installed as that row, its hashes checked.

    Raises:
        UserError: no such file, not a model we can use, an unsafe zip, a model of that id is there already, no room.
    """
    if not source.exists():
        raise UserError(f"{source}: no such file.", "Name a zip, a YAML, a folder or an .onnx file.")
    try:
        weights_dir.mkdir(parents=True, exist_ok=True)
        with locked(weights_dir):
            _sweep(weights_dir)
            if source.suffix.lower() != ".zip" or source.is_dir():
                return _install(source, weights_dir, source.stem)
            with _unpacked(source, weights_dir) as folder:
                return _install(_single_folder(folder), weights_dir, source.stem)
    except OSError as error:
        raise UserError(
            f"{source}: not added to {weights_dir} ({error.strerror or error}).", "Check free space and access rights."
        ) from error


def _sweep(weights_dir: Path) -> None:
    """Remove what a killed program left; the lock on the folder says that nobody uses it."""
    for folder in weights_dir.glob(f"{files.TEMPORARY_PREFIX}*"):
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _temporary(weights_dir: Path) -> Iterator[Path]:
    # Named like other temporaries but a folder; the prefix keeps it out of every list of models.
    folder = Path(tempfile.mkdtemp(prefix=files.TEMPORARY_PREFIX, dir=weights_dir))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _unpacked(source: Path, weights_dir: Path) -> Iterator[Path]:
    with _temporary(weights_dir) as folder:
        try:
            with zipfile.ZipFile(source) as archive:
                members = _checked(archive, source)
                _extract(archive, members, folder, source)
        except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, RuntimeError) as error:
            raise UserError(f"{source}: not a readable zip ({error}).", "Download it again.") from error
        yield folder


def _checked(archive: zipfile.ZipFile, source: Path) -> list[zipfile.ZipInfo]:
    members = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(members) > _MAX_MEMBERS:
        raise UserError(f"{source}: holds {len(members)} files, more than a model pack can need.")
    seen: set[str] = set()
    for entry in members:
        name = entry.filename
        if not safe_name(name):
            raise UserError(f"{source}: the member {name!r} leaves the folder.", "Do not use this file.")
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise UserError(f"{source}: the member {name!r} is a link.", "Do not use this file.")
        if entry.flag_bits & 1:
            raise UserError(f"{source}: the member {name!r} is encrypted.")
        if name.lower() in seen:
            raise UserError(f"{source}: the member {name!r} is there twice.")
        seen.add(name.lower())
    total = sum(entry.file_size for entry in members)
    if total > _MAX_BYTES:
        raise UserError(f"{source}: would take {total >> 20} MB, more than a model pack can need.")
    return [entry for entry in members if PurePosixPath(entry.filename).suffix.lower() in _TAKEN]


def _extract(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], folder: Path, source: Path) -> None:
    for entry in members:
        target = folder.joinpath(*PurePosixPath(entry.filename.replace("\\", "/")).parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        written = 0
        with archive.open(entry) as stream, open(target, "xb") as out:
            while block := stream.read(_CHUNK):
                written += len(block)
                if written > entry.file_size:  # the directory of a zip may lie
                    raise UserError(f"{source}: the member {entry.filename!r} is larger than it says.")
                out.write(block)


def _single_folder(folder: Path) -> Path:
    """The folder that holds the model: the top one, or the only one below that has model files."""
    holders = sorted({path.parent for path in folder.rglob("*") if path.suffix.lower() in (".yaml", ".yml")})
    if not holders:
        holders = sorted({path.parent for path in folder.rglob("*.onnx")})
    if len(holders) != 1:
        raise UserError(f"The pack holds {len(holders)} folders with models; one is needed.")
    return holders[0]


def _install(source: Path, weights_dir: Path, fallback: str) -> ModelSpec:
    shipped = _shipped_row(source, weights_dir) if source.is_dir() else None
    if shipped is not None:
        spec = shipped
    else:
        spec = model_files.describe(str(source), weights_dir)
        spec = _renamed(spec, fallback)
    family_of(spec)
    table = catalog.rows(weights_dir)
    if shipped is None and not spec.bundled and spec.id in table and table[spec.id].bundled:
        spec = replace(spec, id=f"{spec.id}-own")  # an export of one's own training has the shipped files' names
    target = weights_dir / spec.id
    if target.is_dir() and any((target / entry.name).exists() for entry in (table.get(spec.id) or spec).files):
        raise UserError(f"A model called {spec.id} is there already.", f"Run: anylabel-plus models remove {spec.id}")
    if shipped is None and spec.id in table:
        raise UserError(f"{spec.id} is the name of a shipped model.", "Change 'name' in the YAML.")
    if spec.bundled:
        raise UserError(f"{source}: these are the files of {spec.id}, which comes with the program.")
    if any(entry.url for entry in spec.files) and shipped is None:
        raise UserError(
            f"{source}: its files are not there but on the web.", f"Run: anylabel-plus models pull {source}"
        )
    return _copy_in(spec, source if source.is_dir() else source.parent, target, shipped is not None)


def _renamed(spec: ModelSpec, fallback: str) -> ModelSpec:
    """Packs often call their YAML ``config``: then the pack's own name says more."""
    name = catalog.make_id(fallback) if spec.id in ("config", "encoder", "model") else spec.id
    return replace(spec, id=name, title=spec.title if spec.title != spec.id else name)


def _shipped_row(folder: Path, weights_dir: Path) -> ModelSpec | None:
    here = {path.name for path in folder.glob("*.onnx")}
    for spec in catalog.rows(weights_dir).values():
        if not spec.added and spec.files and here == {entry.name for entry in spec.files}:
            if not all(entry.sha256 for entry in spec.files):
                return None  # nobody published hashes: it cannot be told to be that model
            for entry in spec.files:
                if file_sha256(folder / entry.name) != entry.sha256:
                    raise UserError(
                        f"{folder / entry.name}: not the published file of {spec.id}.", "Download it again."
                    )
            return spec
    return None


def _copy_in(spec: ModelSpec, folder: Path, target: Path, shipped: bool) -> ModelSpec:
    weights_dir = target.parent
    with _temporary(weights_dir) as temporary:
        inner = temporary / "model"
        inner.mkdir()
        entries: list[ModelFile] = []
        for entry in spec.files:
            path = (spec.folder or folder) / entry.name if not shipped else folder / entry.name
            entries.append(_copied(path, inner, entry))
            for extra in _external_data(path):
                _copied(extra, inner, ModelFile(extra.name))
        installed = replace(spec, files=tuple(entries), folder=target, added=not shipped, direct=False)
        if not shipped:
            row = {key: value for key, value in installed.to_json().items() if key not in _NOT_STORED}
            files.write_atomic(inner / ROW_FILE, json.dumps(row, indent=2, ensure_ascii=False).encode() + b"\n")
        if target.exists():
            shutil.rmtree(target)  # an empty or half-downloaded folder
        inner.rename(target)
    files.sync_folder(weights_dir)
    return installed


_NOT_STORED = ("folder", "supported", "added", "direct", "bundled")


def _copied(path: Path, folder: Path, entry: ModelFile) -> ModelFile:
    target = folder / path.name
    if target.exists():
        raise UserError(f"{path}: two files of the model have the same name.")
    shutil.copyfile(path, target)
    return replace(entry, name=path.name, url="", sha256=file_sha256(target), bytes=target.stat().st_size)


def _external_data(path: Path) -> list[Path]:
    """Files beside an ONNX file that it names: weights over 2 GB are kept in such files."""
    others = [
        entry
        for entry in sorted(path.parent.iterdir())
        if entry.is_file() and entry != path and entry.suffix.lower() in (".bin", ".data", ".weights")
    ]
    if not others or not path.stat().st_size:
        return []
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return [entry for entry in others if content.find(entry.name.encode()) >= 0]
