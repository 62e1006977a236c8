from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest

from anylabel_plus import files
from anylabel_plus.inference import embeddings
from anylabel_plus.inference.base import Embedding
from anylabel_plus.inference.embeddings import EmbeddingCache, key, rounded

MB = 1_000_000


def made(seed: int = 0, size: int = 1000) -> Embedding:
    values = np.random.default_rng(seed).normal(size=(1, size)).astype(np.float32)
    return Embedding({"image_embeddings": values, "ids": np.arange(3)}, 640, 480, {"scale": 1.6, "crop": [0, 0, 3, 4]})


def equal(a: Embedding, b: Embedding) -> bool:
    same = [np.array_equal(a.arrays[name], b.arrays[name]) for name in a.arrays]
    types = [a.arrays[name].dtype == b.arrays[name].dtype for name in a.arrays]
    return all(same + types) and a.arrays.keys() == b.arrays.keys() and (a.width, a.facts) == (b.width, b.facts)


def only_file(folder: Path) -> Path:
    (path,) = folder.glob("*.emb")
    return path


def test_fresh_and_cached_values_are_the_same(tmp_path: Path) -> None:
    fresh = EmbeddingCache(tmp_path, MB, MB).put("a", made())
    assert not np.array_equal(fresh.arrays["image_embeddings"], made().arrays["image_embeddings"])
    stored = EmbeddingCache(tmp_path, MB, MB).get("a")
    assert stored is not None
    assert equal(stored, fresh)
    assert equal(rounded(fresh), fresh)
    assert not stored.arrays["image_embeddings"].flags.writeable
    assert only_file(tmp_path).stat().st_size < 1000 * 2 + 500


def test_values_beyond_fp16_are_kept_exactly(tmp_path: Path) -> None:
    big = Embedding({"a": np.array([1 / 3, 1e6], np.float32), "n": np.array([np.nan, 1 / 3], np.float32)}, 1, 1)
    fresh = EmbeddingCache(tmp_path, MB, MB).put("a", big)
    assert np.array_equal(fresh.arrays["a"], big.arrays["a"])
    stored = EmbeddingCache(tmp_path, MB, MB).get("a")
    assert stored is not None
    assert np.array_equal(stored.arrays["a"], big.arrays["a"])
    assert np.array_equal(stored.arrays["n"], fresh.arrays["n"], equal_nan=True)


def test_the_encoders_own_array_is_not_changed() -> None:
    embedding = made()
    before = embedding.arrays["image_embeddings"].copy()
    EmbeddingCache(None, MB, 0).put("a", embedding)
    assert np.array_equal(embedding.arrays["image_embeddings"], before)
    assert embedding.arrays["image_embeddings"].flags.writeable


def test_memory_is_bounded_by_bytes_and_the_oldest_goes_first() -> None:
    cache = EmbeddingCache(None, 3 * 4024, 0)
    for name in "abc":
        cache.put(name, made())
    assert cache.get("a") is not None
    cache.put("d", made())
    assert cache.get("b") is None
    assert all(cache.get(name) is not None for name in "acd")
    cache.put("huge", made(size=100_000))
    assert cache.get("huge") is not None
    assert cache.get("d") is None


def test_putting_twice_counts_once() -> None:
    cache = EmbeddingCache(None, 2 * 4024, 0)
    for _ in range(5):
        cache.put("a", made())
    cache.put("b", made())
    assert cache.get("a") is not None


def test_files_are_bounded_and_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, 0, 10_000)  # four files of about 2,250 bytes
    for index, name in enumerate("abcd"):
        cache.put(name, made())
        os.utime(tmp_path / f"{name}.emb", ns=(index, index))
    again = EmbeddingCache(tmp_path, 0, 10_000)
    assert again.get("a") is not None  # and is now the newest
    again.put("e", made())
    left = {path.stem for path in tmp_path.glob("*.emb")}
    assert {"a", "e"} <= left
    assert "b" not in left
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 10_000


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other", "header"])
def test_a_damaged_file_is_a_miss_and_is_removed(tmp_path: Path, damage: str) -> None:
    EmbeddingCache(tmp_path, MB, MB).put("a", made())
    path = only_file(tmp_path)
    data = path.read_bytes()
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    bad = {"cut": data[:-10], "flip": bytes(flipped), "empty": b"", "other": b"hello", "header": data[:14]}
    path.write_bytes(bad[damage])
    assert EmbeddingCache(tmp_path, MB, MB).get("a") is None
    assert not path.exists()


def test_pickled_objects_are_never_written_nor_read(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, MB, MB)
    cache.put("a", Embedding({"o": np.array([object()], dtype=object)}, 1, 1))
    assert not list(tmp_path.glob("*.emb"))
    assert cache.get("a") is not None


def test_a_folder_that_cannot_be_written_only_costs_the_files(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    cache = EmbeddingCache(blocked / "cache", MB, MB)
    cache.put("a", made())
    assert cache.get("a") is not None
    assert cache.get("b") is None


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes, *, durable: bool = True) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_atomic", full)
    cache = EmbeddingCache(tmp_path, MB, MB)
    assert equal(cache.put("a", made()), rounded(made()))
    assert cache.get("a") is not None
    assert not list(tmp_path.iterdir())


def test_a_file_that_vanishes_is_a_miss(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, MB, MB)
    cache.put("a", made())
    cache.forget_memory()
    only_file(tmp_path).unlink()
    assert cache.get("a") is None


def test_pictures_stay_in_memory_and_count(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path, 500_000, MB)
    for name in "ab":
        cache.put(name, Embedding({}, 400, 300, pixels=np.zeros((300, 400, 3), np.uint8)), keep_file=False)
    assert cache.get("a") is None
    assert cache.get("b") is not None
    assert not list(tmp_path.iterdir())


def test_everything_that_changes_the_embedding_changes_the_key() -> None:
    keys = [
        key("p", "w", "v"),
        key("q", "w", "v"),
        key("p", "x", "v"),
        key("p", "w", "u"),
        key("p", "w", "v", (0, 0, 1, 1)),
        key("pw", "", "v"),
    ]
    assert len(set(keys)) == len(keys)


def use(folder: Path, seed: int, failures: multiprocessing.Queue) -> None:
    cache = EmbeddingCache(folder, 0, 40_000)
    for step in range(120):
        name = f"k{(seed * 7 + step) % 30}"
        found = cache.get(name)
        if found is not None and not equal(found, rounded(made(int(name[1:])))):
            failures.put(name)
        cache.put(name, made(int(name[1:])))
    failures.put(None)


def test_two_programs_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    failures = context.Queue()
    programs = [context.Process(target=use, args=(tmp_path, seed, failures)) for seed in range(2)]
    for program in programs:
        program.start()
    assert [failures.get(timeout=60) for _ in programs] == [None, None]
    for program in programs:
        program.join()
        assert program.exitcode == 0
    failures.close()
    failures.join_thread()
    assert not list(tmp_path.glob(f"{files.TEMPORARY_PREFIX}*"))
    # Each program may overshoot by what it wrote since it last measured the folder, not more.
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 80_000


def test_the_header_cannot_ask_for_objects(tmp_path: Path) -> None:
    data = embeddings._serialize(rounded(made()))
    assert embeddings._parse(data).width == 640
    with pytest.raises(ValueError, match="damaged"):
        embeddings._parse(data.replace(b'"float32"', b'"object1"'))
