"""The run journal: previous bytes are kept first, rollback gives them back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anylabel_plus.core.errors import UserError
from anylabel_plus.dataset import runs


def test_rollback_restores_bytes_and_removes_new_files(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "sub" / "new.json"
    old.write_bytes(b"before")
    with runs.open_run(tmp_path, "job", {"a": 1}) as run:
        assert run.write(old, b"after", b"before")
        assert run.write(old, b"after again", b"after")
        assert run.write(new, b"made", None)
        assert not run.write(new, b"made", None)
    (found,) = runs.list_runs(tmp_path)
    assert found.state == "done"
    assert {change.path for change in found.changes()} == {old, new}
    result = runs.rollback(found)
    assert (result.restored, result.removed, result.conflicts) == ([old], [new], [])
    assert old.read_bytes() == b"before"
    assert not new.exists()
    assert runs.list_runs(tmp_path)[0].state == "rolled back"


def test_rollback_refuses_when_a_file_was_changed_since(tmp_path: Path) -> None:
    a, b = tmp_path / "a.json", tmp_path / "b.json"
    with runs.open_run(tmp_path, "job", {}) as run:
        run.write(a, b"1", None)
        run.write(b, b"1", None)
    b.write_bytes(b"by hand")
    result = runs.rollback(runs.find_run(tmp_path, None))
    assert result.conflicts == [b]
    assert a.read_bytes() == b"1"
    assert b.read_bytes() == b"by hand"


def test_a_file_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"by hand")
    with runs.open_run(tmp_path, "job", {}) as run, pytest.raises(UserError, match="changed on disk"):
        run.write(path, b"new", b"what was read")
    assert path.read_bytes() == b"by hand"
    assert runs.list_runs(tmp_path) == []


def test_the_same_job_goes_on_with_its_cancelled_run(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"0")
    with pytest.raises(KeyboardInterrupt), runs.open_run(tmp_path, "job", {"x": [1]}) as run:
        run.write(path, b"1", b"0")
        raise KeyboardInterrupt
    with runs.open_run(tmp_path, "job", {"x": [1]}) as run:
        assert run.resumed
        run.write(path, b"2", b"1")
    (found,) = runs.list_runs(tmp_path)
    runs.rollback(found)
    assert path.read_bytes() == b"0"


def test_other_options_are_another_run(tmp_path: Path) -> None:
    for number in (1, 2):
        with runs.open_run(tmp_path, "job", {"n": number}) as run:
            run.write(tmp_path / f"{number}.json", b"x", None)
    assert len(runs.list_runs(tmp_path)) == 2


def test_a_torn_last_line_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with pytest.raises(KeyboardInterrupt), runs.open_run(tmp_path, "job", {}) as run:
        run.write(path, b"1", None)
        raise KeyboardInterrupt
    journal = run.folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + b'{"path": "b.js')
    with runs.open_run(tmp_path, "job", {}) as again:
        again.write(tmp_path / "c.json", b"1", None)
    assert [change.path.name for change in again.changes()] == ["a.json", "c.json"]


HOLDER = """
import sys
from pathlib import Path
from anylabel_plus.dataset import runs
with runs.open_run(Path(sys.argv[1]), "job", {}) as run:
    run.write(Path(sys.argv[1]) / "a.json", b"1", None)
    print("ready", flush=True)
    sys.stdin.read()
"""


def test_one_run_at_a_time_and_a_killed_one_goes_on(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"ready"
        with pytest.raises(UserError, match="another run"), runs.open_run(tmp_path, "other", {}):
            pass
        process.kill()
    with runs.open_run(tmp_path, "job", {}) as run:
        assert run.resumed
    (found,) = runs.list_runs(tmp_path)
    runs.rollback(found)
    assert not (tmp_path / "a.json").exists()


def test_unknown_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no run"):
        runs.find_run(tmp_path, None)
    with pytest.raises(UserError, match="xyz"):
        runs.find_run(tmp_path, "xyz")
