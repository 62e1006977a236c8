"""One file from the web: https only, resumable, hashed while it streams. Standard library alone."""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from anylabel_plus import files
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference.base import Stop, never

Progress = Callable[[str, int, int | None], None]
"""Called with (file name, bytes on disk, bytes in all or None)."""

_CHUNK = 1 << 18
_TIMEOUT_S = 30.0
_ATTEMPTS = 4
_PAUSE_S = 0.5
_LOCAL = ("127.0.0.1", "localhost", "::1")
_MIRRORED = ("https://github.com", "https://huggingface.co")
AGAIN = "Run the same command again: it goes on where it stopped."


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was downloaded: ``sha256`` and ``bytes`` of the finished file."""

    sha256: str
    bytes: int


class _CutError(Exception):
    """The connection ended before the file did."""


def allowed(url: str) -> bool:
    """True for https, and for http to this very machine."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOCAL)


def mirrored(url: str, mirror: str) -> str:
    """``url`` with its GitHub or Hugging Face front replaced by ``mirror`` (unchanged when that is empty)."""
    if mirror:
        for front in _MIRRORED:
            if url.startswith(front + "/"):
                return mirror.rstrip("/") + url[len(front) :]
    return url


class _NoDowngrade(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not allowed(newurl):
            raise UserError(
                f"{req.full_url} leads to {newurl}, which is not https.",
                "Nothing was downloaded from there; check the mirror.",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def part_of(target: Path) -> Path:
    """The unfinished download of ``target``."""
    return target.with_name(target.name + ".part")


def _tag_of(target: Path) -> Path:
    return target.with_name(target.name + ".part.tag")


def discard(target: Path) -> None:
    """Forget the unfinished download of ``target``."""
    part_of(target).unlink(missing_ok=True)
    _tag_of(target).unlink(missing_ok=True)


def fetch(
    url: str, target: Path, sha256: str | None = None, on_progress: Progress | None = None, stop: Stop = never
) -> Fetched:
    """Download ``url`` to ``target``; what an earlier try left in ``target.part`` is used.

    The file appears under its name only when it is whole and, with ``sha256``, of that hash.

    Raises:
        UserError: not https, no connection, an error answer, a wrong hash, a full disk.
        Cancelled: ``stop`` said so; the part stays for the next time.
    """
    if not allowed(url):
        raise UserError(f"{url} is not https.", "Models are downloaded by https only.")
    for attempt in range(_ATTEMPTS):
        before = _size(part_of(target))
        try:
            _receive(url, target, on_progress, stop)
            break
        except _CutError as error:
            grown = _size(part_of(target)) > before
            if attempt == _ATTEMPTS - 1 or (attempt and not grown):
                raise UserError(f"The download of {target.name} was cut ({error}).", AGAIN) from error
            time.sleep(_PAUSE_S)
        except OSError as error:
            raise _disk_error(target, error) from error
    return _finish(url, target, sha256)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _disk_error(target: Path, error: OSError) -> UserError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UserError(f"The disk is full: {target.name} does not fit in {target.parent}.", f"Make room. {AGAIN}")
    return UserError(f"{target}: not written ({error.strerror or error}).", "Check the weights folder.")


def _open(url: str, offset: int, tag: str) -> http.client.HTTPResponse:
    headers = {"User-Agent": "anylabel-plus", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
        if tag:
            headers["If-Range"] = tag
    request = urllib.request.Request(url, headers=headers)
    opener = urllib.request.build_opener(_NoDowngrade)
    try:
        response: http.client.HTTPResponse = opener.open(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:
            raise _RangeError from error
        if error.code >= 500:
            raise _CutError(f"the server answered {error.code}") from error
        raise UserError(
            f"{url}: the server answered {error.code} {error.reason}.", "Check the address or the mirror."
        ) from error
    except urllib.error.URLError as error:
        raise UserError(f"{url}: no connection ({error.reason}).", f"Check the network. {AGAIN}") from error
    except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
        raise _CutError(str(error) or type(error).__name__) from error
    return response


class _RangeError(Exception):
    """The part is as long as the file, or longer."""


def _receive(url: str, target: Path, on_progress: Progress | None, stop: Stop) -> None:
    part, tag_file = part_of(target), _tag_of(target)
    offset = _size(part)
    tag = tag_file.read_text("utf-8") if offset and tag_file.exists() else ""
    try:
        response = _open(url, offset, tag)
    except _RangeError:
        # Either whole already or from another version: the hash decides for the former, a fresh start for the latter.
        discard(target)
        offset = 0
        response = _open(url, 0, "")
    with response:
        if response.status != 206:
            offset = 0
        length = response.headers.get("Content-Length")
        total = offset + int(length) if length and length.isdigit() else None
        strong = response.headers.get("ETag", "")
        tag_file.write_text("" if strong.startswith("W/") else strong, "utf-8")
        with open(part, "r+b" if offset else "wb") as stream:
            stream.seek(offset)
            _copy(response, stream, target.name, total, on_progress, stop)


def _copy(
    response: http.client.HTTPResponse,
    stream: IO[bytes],
    name: str,
    total: int | None,
    on_progress: Progress | None,
    stop: Stop,
) -> None:
    done = stream.tell()
    while True:
        if stop():
            raise Cancelled
        try:
            block = response.read(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise _CutError(str(error) or type(error).__name__) from error
        if not block:
            break
        stream.write(block)
        done += len(block)
        if on_progress is not None:
            on_progress(name, done, total)
    stream.flush()
    os.fsync(stream.fileno())
    if total is not None and done < total:
        raise _CutError(f"{done} of {total} bytes arrived")


def file_sha256(path: Path, stop: Stop = never) -> str:
    """Hex sha256 of a file's content. Raises OSError, or Cancelled when ``stop`` says so."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            if stop():
                raise Cancelled
            digest.update(block)
    return digest.hexdigest()


def _finish(url: str, target: Path, sha256: str | None) -> Fetched:
    part = part_of(target)
    actual, size = file_sha256(part), _size(part)
    if sha256 is not None and actual != sha256:
        discard(target)
        raise UserError(
            f"{target.name} from {url} is not the published file (sha256 {actual[:12]}…, expected {sha256[:12]}…).",
            "It was deleted. Try again, or another mirror.",
        )
    part.replace(target)
    _tag_of(target).unlink(missing_ok=True)
    files.sync_folder(target.parent)
    return Fetched(actual, size)
