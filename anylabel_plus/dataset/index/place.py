"""Where the index of a data set lies: in its hidden folder, else in the user's cache."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from anylabel_plus import paths
from anylabel_plus.dataset.scan import HIDDEN_FOLDER

_NETWORK = frozenset((
    "nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "webdav", "davfs", "9p", "afs", "ceph", "lustre",
    "gpfs", "beegfs", "fuse.davfs2", "fuse.sshfs", "fuse.ceph", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone",
))  # fmt: skip
_REMOTE_DRIVE = 4


@dataclass(frozen=True, slots=True)
class Place:
    """The file of an index. ``wal`` is False where SQLite's write-ahead log cannot be relied on."""

    file: Path
    wal: bool


def index_place(root: Path, labels_dir: Path | None = None, make: bool = True) -> Place:
    """Where the index of the data set ``root`` is kept; its folder exists afterwards.

    Label files kept elsewhere than beside the images make another index. A folder that cannot be
    written, or that lies on a network file system, is served from the user's cache; without ``make`` one without
    a hidden folder too: who only looks at images writes nothing beside them.

    Raises:
        OSError: not even the cache can be written.
    """
    top = Path(os.path.realpath(root))
    name = _name(labels_dir)
    hidden = top / HIDDEN_FOLDER
    if (make or hidden.is_dir()) and not on_network(top) and _writable(hidden):
        return Place(hidden / name, wal=True)
    cached = cached_file(root, labels_dir)
    cached.parent.mkdir(parents=True, exist_ok=True)
    return Place(cached, wal=False)


def cached_file(root: Path, labels_dir: Path | None = None) -> Path:
    """Where the index of a data set is that has none of its own; it may not exist."""
    return paths.user_cache("index") / f"{_short(os.path.realpath(root))}-{_name(labels_dir)}"


def _name(labels_dir: Path | None) -> str:
    return "index.sqlite" if labels_dir is None else f"index-{_short(str(labels_dir.absolute()))}.sqlite"


def _short(text: str) -> str:
    return hashlib.blake2b(os.fsencode(text), digest_size=8).hexdigest()


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def on_network(folder: Path) -> bool:
    """True when ``folder`` lies on a file system of another machine, as far as the system tells."""
    if sys.platform == "win32":
        import ctypes

        drive = folder.drive
        return drive.startswith("\\\\") or ctypes.windll.kernel32.GetDriveTypeW(drive + "\\") == _REMOTE_DRIVE
    try:
        if sys.platform == "darwin":
            table = subprocess.run(["/sbin/mount"], capture_output=True, text=True, timeout=5, check=True).stdout
            mounts = parse_mount_command(table)
        else:
            mounts = parse_proc_mounts(Path("/proc/self/mounts").read_text(errors="surrogateescape"))
    except (OSError, subprocess.SubprocessError):
        return False
    inside = [mount for mount in mounts if folder.is_relative_to(mount)]
    return bool(inside) and mounts[max(inside, key=len)] in _NETWORK


def parse_proc_mounts(text: str) -> dict[str, str]:
    """Mount point -> type of file system, of Linux' table; blanks are written there as octal codes."""
    rows = (line.split(" ") for line in text.splitlines())
    codes = ((r"\040", " "), (r"\011", "\t"), (r"\134", "\\"))
    found: dict[str, str] = {}
    for row in rows:
        if len(row) >= 3:
            point = row[1]
            for code, letter in codes:
                point = point.replace(code, letter)
            found[point] = row[2]
    return found


def parse_mount_command(text: str) -> dict[str, str]:
    """Mount point -> type of file system, of lines such as ``//me@host/x on /Volumes/x (smbfs, nodev)``."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        head, bracket, rest = line.rpartition(" (")
        _, on, point = head.partition(" on ")
        if bracket and on:
            found[point] = rest.rstrip(")").split(",")[0]
    return found
