"""The recovery log: what a killed process had finished is offered, nothing else is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import recovery
from anylabel_plus.dataset.recovery import Recovered, RecoveryLog, restore

_DIES = """
import os, sys
from pathlib import Path
from anylabel_plus.dataset.recovery import RecoveryLog
log = RecoveryLog(Path(sys.argv[1]))
label = Path(sys.argv[2])
log.record(label, b"first")
log.record(label, b"first and second")
log.record(label.with_name("saved.json"), b"x")
log.forget(label.with_name("saved.json"))
if len(sys.argv) > 3:
    print("ready", flush=True)
    sys.stdin.read()
os._exit(9)
"""


def _die(folder: Path, label: Path) -> None:
    result = subprocess.run([sys.executable, "-c", _DIES, str(folder), str(label)], check=False)
    assert result.returncode == 9


def test_edits_of_a_dead_process_are_offered_until_discarded(tmp_path: Path) -> None:
    label = tmp_path / "photo.json"
    _die(tmp_path / "log", label)
    log = RecoveryLog(tmp_path / "log")
    found = log.pending()
    assert [(row.label_path, row.data) for row in found] == [(label, b"first and second")]
    assert log.pending() == found
    log.discard()
    assert log.pending() == []
    assert not list((tmp_path / "log").iterdir())


def test_a_label_file_that_holds_its_edits_is_not_offered(tmp_path: Path) -> None:
    label = tmp_path / "photo.json"
    _die(tmp_path / "log", label)
    label.write_bytes(b"first and second")
    assert RecoveryLog(tmp_path / "log").pending() == []


def test_a_living_process_keeps_its_log(tmp_path: Path) -> None:
    label = tmp_path / "photo.json"
    command = [sys.executable, "-c", _DIES, str(tmp_path / "log"), str(label), "wait"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"ready\n"
        log = RecoveryLog(tmp_path / "log")
        assert log.pending() == []
        log.discard()
        process.stdin.close()
        process.wait()
    assert [row.data for row in log.pending()] == [b"first and second"]


def test_the_own_log_is_not_offered_and_goes_when_all_is_saved(tmp_path: Path) -> None:
    log = RecoveryLog(tmp_path)
    log.record(tmp_path / "a.json", b"a")
    assert log.pending() == []
    assert len(list(tmp_path.iterdir())) == 1
    log.forget(tmp_path / "a.json")
    log.close()
    assert not list(tmp_path.iterdir())


def test_two_logs_of_the_same_file_give_the_later_state(tmp_path: Path) -> None:
    first, second = RecoveryLog(tmp_path), RecoveryLog(tmp_path)
    first.record(tmp_path / "a.json", b"early")
    second.record(tmp_path / "a.json", b"late")
    first.close()
    second.close()
    assert [row.data for row in RecoveryLog(tmp_path).pending()] == [b"late"]


def test_a_torn_tail_loses_the_last_record_only(tmp_path: Path) -> None:
    log = RecoveryLog(tmp_path)
    log.record(tmp_path / "a.json", b"0123456789")
    log.record(tmp_path / "a.json", b"01234x56789")
    log.close()
    (path,) = tmp_path.glob("*.recovery")
    whole = path.read_bytes()
    assert next(iter(recovery.replay(whole).values()))[1] == b"01234x56789"
    second = len(whole) - 1
    for cut in range(len(whole) - 1, 0, -1):
        states = [data for _, data in recovery.replay(whole[:cut]).values()]
        assert states in ([b"0123456789"], [])
        second = min(second, cut) if states else second
    assert second < len(whole) - 20
    damaged = bytearray(whole)
    damaged[-6] ^= 1
    assert [data for _, data in recovery.replay(bytes(damaged)).values()] == [b"0123456789"]


def test_a_change_of_a_big_file_costs_few_bytes(tmp_path: Path) -> None:
    big = os.urandom(1 << 20)
    log = RecoveryLog(tmp_path)
    log.record(tmp_path / "a.json", big)
    (path,) = tmp_path.glob("*.recovery")
    before = path.stat().st_size
    log.record(tmp_path / "a.json", big[:500_000] + b"edited" + big[500_003:])
    assert path.stat().st_size - before < 300
    log.close()


def test_the_log_is_compacted(tmp_path: Path) -> None:
    log = RecoveryLog(tmp_path, compact_above=2000)
    states = [bytes([n]) * 300 for n in range(60)]
    for data in states:
        log.record(tmp_path / "a.json", data)
        log.record(tmp_path / "b.json", data[::-1])
    (path,) = tmp_path.glob("*.recovery")
    assert path.stat().st_size < 5000
    log.close()
    found = RecoveryLog(tmp_path).pending()
    assert {row.label_path.name: row.data for row in found} == {"a.json": states[-1], "b.json": states[-1]}


def test_a_log_that_cannot_be_written_says_so_and_stays_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = RecoveryLog(tmp_path)
    log.record(tmp_path / "a.json", b"good")

    def full(stream: object, data: bytes) -> None:
        os.write(log._stream.fileno(), data[:7])  # type: ignore[union-attr]
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(recovery, "_write", full)
        with pytest.raises(UserError, match=r"recovery log cannot be written \(No space left"):
            log.record(tmp_path / "a.json", b"lost")
    log.record(tmp_path / "a.json", b"good again")
    log.close()
    assert [row.data for row in RecoveryLog(tmp_path).pending()] == [b"good again"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.binary(max_size=40))), max_size=20))
def test_any_history_is_replayed(
    tmp_path_factory: pytest.TempPathFactory, history: list[tuple[str, bytes | None]]
) -> None:
    folder = tmp_path_factory.mktemp("log")
    log = RecoveryLog(folder, durable=False, compact_above=300)
    held: dict[str, bytes] = {}
    for name, data in history:
        if data is None:
            log.forget(folder / name)
            held.pop(name, None)
        else:
            log.record(folder / name, data)
            held[name] = data
    log.close()
    assert {row.label_path.name: row.data for row in RecoveryLog(folder).pending()} == held


def test_recovering_leaves_newer_work_alone(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    for path in (old, new):
        path.write_bytes(b"on disk")
        os.utime(path, (1000, 1000))
    os.utime(new, (3000, 3000))
    found = [Recovered(path, b"recovered", 2000.0) for path in (old, new)]
    copy = tmp_path / "new (recovered).json"
    assert restore(found) == [copy]
    assert (old.read_bytes(), new.read_bytes(), copy.read_bytes()) == (b"recovered", b"on disk", b"recovered")
    assert restore(found) == [copy]
    assert restore([Recovered(new, b"other", 2000.0)]) == [tmp_path / "new (recovered) 2.json"]
    assert copy.read_bytes() == b"recovered"


def test_one_lost_folder_does_not_hold_the_others_back(tmp_path: Path) -> None:
    lost, kept = tmp_path / "gone" / "a.json", tmp_path / "b.json"
    with pytest.raises(UserError, match=r"a\.json"):
        restore([Recovered(lost, b"a", 1.0), Recovered(kept, b"b", 2.0)])
    assert kept.read_bytes() == b"b" and not lost.parent.exists()
    assert restore([Recovered(lost, b"a", 1.0)], create_below=tmp_path) == []
    assert lost.read_bytes() == b"a"


def test_what_the_dead_process_wrote_itself_after_a_newer_edit_is_no_newer_work(tmp_path: Path) -> None:
    label = tmp_path / "photo.json"
    _die(tmp_path / "log", label)
    label.write_bytes(b"first")  # an older state, whose save ended after the newer edit was recorded
    [row] = RecoveryLog(tmp_path / "log").pending()
    assert restore([row]) == []
    assert label.read_bytes() == b"first and second"
    label.write_bytes(b"somebody else")
    os.utime(label, (row.time + 10, row.time + 10))
    assert restore([row]) == [tmp_path / "photo (recovered).json"]
