"""Downloads from a server on this machine, the store of weights, and packs added from files."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import stat
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.inference import catalog, download, packs, weights
from anylabel_plus.inference.catalog import ModelFile, ModelSpec

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"
DATA = bytes(range(256)) * 4096
SHA = hashlib.sha256(DATA).hexdigest()


@dataclass
class Site:
    """What the server holds and how it misbehaves."""

    url: str
    content: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    ranges: list[str | None] = field(default_factory=list)
    cut_after: int | None = None
    cuts_left: int = 0
    resumable: bool = True
    status: int = 200


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(download, "_PAUSE_S", 0.0)
    state = Site("")

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            state.ranges.append(self.headers.get("Range"))
            if self.path in state.redirects:
                self.send_response(302)
                self.send_header("Location", state.redirects[self.path])
                self.end_headers()
                return
            data = state.content.get(self.path)
            if data is None or state.status != 200:
                self.send_error(404 if data is None else state.status)
                return
            start = 0
            asked = self.headers.get("Range")
            if asked and state.resumable:
                start = int(asked.removeprefix("bytes=").rstrip("-"))
                if start >= len(data):
                    self.send_error(416)
                    return
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            self.send_header("Content-Length", str(len(data) - start))
            self.send_header("ETag", '"one"')
            self.end_headers()
            part = data[start:]
            if state.cut_after is not None and state.cuts_left:
                state.cuts_left -= 1
                part = part[: state.cut_after]
                self.close_connection = True
            self.wfile.write(part)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def spec_for(site: Site, folder: Path, sha: str | None = SHA) -> ModelSpec:
    site.content["/enc.onnx"] = DATA
    file = ModelFile("enc.onnx", f"{site.url}/enc.onnx", sha, len(DATA), "encoder")
    return ModelSpec("toy", "Toy", "sam", (file,), folder=folder / "toy")


def test_a_download_is_verified_and_reported(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    seen: list[tuple[str, int, int | None]] = []
    assert not weights.installed(spec)
    pulled = weights.pull(spec, on_progress=lambda *facts: seen.append(facts))
    assert pulled == weights.Pulled(("enc.onnx",), ())
    assert spec.path("encoder").read_bytes() == DATA
    assert seen[-1] == ("enc.onnx", len(DATA), len(DATA))
    assert [entry.state for entry in weights.check(spec)] == ["ok"]
    assert sorted(path.name for path in (tmp_path / "toy").iterdir()) == [".lock", "enc.onnx"]
    assert weights.pull(spec) == weights.Pulled()


def test_a_cut_connection_goes_on_where_it_stopped(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    site.cut_after, site.cuts_left = 300_000, 2
    weights.pull(spec)
    assert site.ranges == [None, "bytes=300000-", "bytes=600000-"]
    assert spec.path("encoder").read_bytes() == DATA


def test_a_connection_that_stays_cut_is_told_and_resumed_by_the_next_run(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    site.cut_after, site.cuts_left = 1000, 4
    with pytest.raises(UserError, match=r"The download of enc\.onnx was cut") as caught:
        weights.pull(spec)
    assert "goes on where it stopped" in caught.value.hint
    assert not weights.installed(spec)
    weights.pull(spec)
    assert site.ranges[-1] == "bytes=4000-"
    assert weights.installed(spec)


def test_a_server_that_cannot_resume_starts_over(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    site.resumable, site.cut_after, site.cuts_left = False, 5000, 1
    weights.pull(spec)
    assert spec.path("encoder").read_bytes() == DATA


def test_a_part_as_long_as_the_file_is_fetched_again(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "enc.onnx.part").write_bytes(b"x" * len(DATA))
    weights.pull(spec)
    assert spec.path("encoder").read_bytes() == DATA


def test_a_wrong_hash_leaves_nothing(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path, "0" * 64)
    with pytest.raises(UserError, match="is not the published file"):
        weights.pull(spec)
    assert [path.name for path in (tmp_path / "toy").iterdir()] == [".lock"]


def test_a_file_without_published_hash_is_pinned(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path, None)
    assert weights.pull(spec).pinned == (("enc.onnx", SHA),)
    assert weights.pins(spec) == {"enc.onnx": SHA}
    spec.path("encoder").write_bytes(DATA + b"x")
    assert [entry.state for entry in weights.check(spec)] == ["damaged"]
    spec.path("encoder").unlink()
    site.content["/enc.onnx"] = b"another file"
    with pytest.raises(UserError, match="is not the published file"):
        weights.pull(spec)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_error_answer_is_told(site: Site, tmp_path: Path, status: int) -> None:
    spec = spec_for(site, tmp_path)
    site.status = status
    with pytest.raises(UserError, match=f"the server answered {status}"):
        weights.pull(spec)


def test_only_https_and_no_way_around_it(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    plain = replace(spec, files=(replace(spec.files[0], url="http://example.org/enc.onnx"),))
    with pytest.raises(UserError, match="is not https"):
        weights.pull(plain)
    site.redirects["/enc.onnx"] = "http://example.org/enc.onnx"
    with pytest.raises(UserError, match=r"leads to http://example\.org/enc\.onnx, which is not https"):
        weights.pull(spec)
    with pytest.raises(UserError, match=r"mirror http://example\.org is not https"):
        weights.pull(spec, mirror="http://example.org")
    for url in (
        "ftp://127.0.0.1/x",
        "file:///etc/passwd",
        "http://127.0.0.1.example.org/x",
        "http://127.0.0.1@example.org/",
    ):
        assert not download.allowed(url)


def test_redirects_on_this_machine_are_followed(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    site.content["/real"] = DATA
    site.redirects["/enc.onnx"] = f"{site.url}/real"
    weights.pull(spec)
    assert weights.installed(spec)


def test_a_mirror_takes_the_place_of_the_host(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    site.content["/copy/o/r/enc.onnx"] = DATA
    spec = replace(spec, files=(replace(spec.files[0], url="https://github.com/o/r/enc.onnx"),))
    weights.pull(spec, mirror=f"{site.url}/copy/")
    assert weights.installed(spec)
    assert download.mirrored("https://github.com.evil.org/x", "https://m") == "https://github.com.evil.org/x"


def test_stopping_keeps_the_part(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    polls = iter([False, False])
    with pytest.raises(Cancelled):
        weights.pull(spec, stop=lambda: next(polls, True))
    part = tmp_path / "toy" / "enc.onnx.part"
    assert 0 < part.stat().st_size < len(DATA)
    weights.pull(spec)
    assert spec.path("encoder").read_bytes() == DATA


def test_no_connection_is_told(tmp_path: Path) -> None:
    file = ModelFile("enc.onnx", "http://127.0.0.1:9/enc.onnx", SHA, None, "encoder")
    with pytest.raises(UserError, match="no connection"):
        weights.pull(ModelSpec("toy", "Toy", "sam", (file,), folder=tmp_path / "toy"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "enc.onnx.part").symlink_to("/dev/full")
    with pytest.raises(UserError, match="The disk is full"):
        weights.pull(spec)


def test_two_pulls_at_once_download_once(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    results: list[weights.Pulled] = []
    threads = [threading.Thread(target=lambda: results.append(weights.pull(spec))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(result.downloaded) for result in results) == [0, 1]
    assert len(site.ranges) == 1


def test_a_later_family_is_refused_before_any_download(site: Site, tmp_path: Path) -> None:
    spec = replace(spec_for(site, tmp_path), family="sam2")
    with pytest.raises(UserError, match="SAM 2"):
        weights.pull(spec)
    with pytest.raises(UserError, match="SAM 2"):
        weights.ensure(spec)
    assert site.ranges == []


def test_ensure_tells_the_command(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"toy is not installed \(enc\.onnx\)") as caught:
        weights.ensure(spec_for(site, tmp_path))
    assert caught.value.hint == "Run: anylabel-plus models pull toy"


def test_the_weights_hash_follows_the_content_and_is_remembered(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = spec_for(site, tmp_path)
    weights.pull(spec)
    first = weights.weights_sha256(spec)
    with monkeypatch.context() as patch:
        patch.setattr(download, "file_sha256", lambda path: pytest.fail("read again"))
        assert weights.weights_sha256(spec) == first
    spec.path("encoder").write_bytes(DATA[::-1])
    os.utime(spec.path("encoder"), ns=(1, 1))
    assert weights.weights_sha256(spec) != first
    assert weights.weights_sha256(catalog.resolve("classic", weights_dir=tmp_path)) is None


def test_remove_takes_only_the_models_own_folder(site: Site, tmp_path: Path) -> None:
    spec = spec_for(site, tmp_path)
    weights.pull(spec)
    other = tmp_path / "other"
    other.mkdir()
    assert weights.remove(spec, tmp_path) == len(DATA)
    assert other.is_dir() and not (tmp_path / "toy").exists()
    with pytest.raises(UserError, match="used in place"):
        weights.remove(replace(spec, folder=other), tmp_path)
    assert other.is_dir()


def pack(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def model_members(prefix: str = "", name: str = "analytic") -> dict[str, bytes]:
    return {
        f"{prefix}config.yaml": (FIXTURES / f"{name}.yaml").read_bytes(),
        f"{prefix}analytic.encoder.onnx": (FIXTURES / "analytic.encoder.onnx").read_bytes(),
        f"{prefix}analytic.decoder.onnx": (FIXTURES / "analytic.decoder.onnx").read_bytes(),
    }


@pytest.mark.parametrize("prefix", ["", "mobile_sam_20230629/"])
def test_a_zip_is_added_listed_checked_and_removed(tmp_path: Path, prefix: str) -> None:
    store = tmp_path / "weights"
    source = pack(tmp_path / "pack.zip", {**model_members(prefix), f"{prefix}notes.exe": b"MZ"})
    added = packs.add(source, store)
    assert added.id == "analytic"
    found = catalog.resolve("analytic", weights_dir=store)
    assert found.added and weights.installed(found)
    assert [entry.state for entry in weights.check(found)] == ["ok", "ok"]
    assert sorted(path.name for path in (store / "analytic").iterdir()) == [
        "analytic.decoder.onnx",
        "analytic.encoder.onnx",
        "model.json",
    ]
    with pytest.raises(UserError, match="is there already"):
        packs.add(source, store)
    weights.remove(found, store)
    assert "analytic" not in catalog.rows(store)
    assert [path.name for path in store.iterdir()] == [".lock"]


def test_yaml_folder_and_onnx_are_added_too(tmp_path: Path) -> None:
    store = tmp_path / "weights"
    assert packs.add(FIXTURES / "analytic.yaml", store).id == "analytic"
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("tiny.encoder.onnx", "tiny.decoder.onnx"):
        (folder / name).write_bytes((FIXTURES / name).read_bytes())
    assert packs.add(folder, store).id == "tiny"
    for name in ("tiny.encoder.onnx", "tiny.decoder.onnx"):
        (folder / name).rename(folder / name.replace("tiny", "other"))
    assert packs.add(folder / "other.encoder.onnx", store).id == "other"


def test_weights_in_a_file_of_their_own_come_along(tmp_path: Path) -> None:
    folder = tmp_path / "big"
    folder.mkdir()
    (folder / "big.encoder.onnx").write_bytes(b"...location big_data.bin...")
    (folder / "big.decoder.onnx").write_bytes(b"...")
    (folder / "big_data.bin").write_bytes(b"weights")
    (folder / "unrelated.bin").write_bytes(b"x")
    spec = packs.add(folder, tmp_path / "weights")
    assert spec.folder is not None
    assert (spec.folder / "big_data.bin").read_bytes() == b"weights"
    assert not (spec.folder / "unrelated.bin").exists()


def _link(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        entry = zipfile.ZipInfo("a.onnx")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return path


@pytest.mark.parametrize("name", ["../evil.onnx", "/evil.onnx", "a/../../evil.onnx", "C:/evil.onnx", "..\\evil.onnx"])
def test_a_zip_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    source = pack(tmp_path / "evil.zip", {**model_members(), name: b"x"})
    with pytest.raises(UserError, match="leaves the folder"):
        packs.add(source, tmp_path / "weights")
    assert [path.name for path in (tmp_path / "weights").iterdir()] == [".lock"]
    assert not list(tmp_path.rglob("evil.onnx"))


def test_other_bad_zips_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "weights"
    with pytest.raises(UserError, match="is a link"):
        packs.add(_link(tmp_path / "link.zip"), store)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(UserError, match="not a readable zip"):
        packs.add(broken, store)
    with pytest.raises(UserError, match="0 folders with models"):
        packs.add(pack(tmp_path / "empty.zip", {"readme.txt": b"x"}), store)
    with pytest.raises(UserError, match="is the name of a shipped model"):
        text = (FIXTURES / "analytic.yaml").read_text("utf-8").replace("name: analytic", "name: classic", 1)
        packs.add(pack(tmp_path / "named.zip", {**model_members(), "config.yaml": text.encode()}), store)
    monkeypatch.setattr(packs, "_MAX_BYTES", 1000)
    with pytest.raises(UserError, match="more than a model pack can need"):
        packs.add(pack(tmp_path / "large.zip", model_members()), store)
    assert [path.name for path in store.iterdir()] == [".lock"]


def test_a_pack_of_a_shipped_model_is_installed_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "weights"
    files = tuple(
        ModelFile(f"{role}.onnx", "https://example.org/x", hashlib.sha256(role.encode()).hexdigest(), None, role)
        for role in ("encoder", "decoder")
    )
    row = ModelSpec("shipped", "Shipped", "sam", files, folder=store / "shipped")
    monkeypatch.setattr(catalog, "_shipped", lambda rows_dir, weights_dir: {"shipped": row})
    folder = tmp_path / "pack"
    folder.mkdir()
    for role in ("encoder", "decoder"):
        (folder / f"{role}.onnx").write_bytes(role.encode())
    assert packs.add(folder, store).id == "shipped"
    assert weights.installed(row)
    weights.remove(row, store)
    (folder / "encoder.onnx").write_bytes(b"something else")
    with pytest.raises(UserError, match="not the published file of shipped"):
        packs.add(folder, store)


def test_a_damaged_row_of_an_added_model_does_not_hide_the_others(tmp_path: Path) -> None:
    store = tmp_path / "weights"
    packs.add(FIXTURES / "analytic.yaml", store)
    (store / "bad").mkdir()
    (store / "bad" / "model.json").write_text(json.dumps({"id": "../x"}), "utf-8")
    assert "analytic" in catalog.rows(store)
