"""The saver: what is finished is in the recovery log at once, and nothing is left open or behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from anylabel_plus import files
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.dataset.recovery import replay
from anylabel_plus.formats import native
from anylabel_plus.ui.saver import LabelFile, Saver

PATIENCE_S = 20.0


@pytest.fixture
def saver(tmp_path: Path) -> Iterator[Saver]:
    app = QApplication.instance() or QApplication(["test"])
    assert app is not None
    made = Saver(tmp_path / "recovery")
    yield made
    made.close()


def label_file(folder: Path, shapes: int = 1) -> LabelFile:
    empty = native.new_document("photo.png", 320, 240)
    document = more(empty, shapes)
    return LabelFile(folder / "photo.png", folder / "photo.json", document, empty, None, empty)


def more(document: Document, count: int = 1) -> Document:
    return add_shapes(document, [make_shape("rectangle", "thing", [(1, 1), (9, 9)]) for _ in range(count)])


def die_while_writing(folder: Path) -> None:
    """A process that ends with a recorded edit and a half-written label file."""
    script = (
        "import os, sys; from pathlib import Path; from anylabel_plus import files\n"
        "from anylabel_plus.dataset.recovery import RecoveryLog\n"
        "folder = Path(sys.argv[1]); label = folder / 'photo.json'\n"
        "RecoveryLog(folder / 'recovery').record(label, b'{}')\n"
        "files.temporary_beside(label).write_bytes(b'half')\n"
        "os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", script, str(folder)], check=False).returncode == 9


def in_log(folder: Path) -> dict[Path, bytes]:
    held = [replay(log.read_bytes()) for log in folder.glob("*.recovery")]
    return {path: data for rows in held for path, (_, data) in rows.items()}


def test_a_log_that_is_made_while_the_window_goes_is_closed(saver: Saver, tmp_path: Path) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        saver._log_thread.run(lambda: time.sleep(0.1))
        saver.record(label_file(tmp_path))
        saver.close()
        saver._recovery_log = None
        gc.collect()
    assert [str(one.message) for one in caught] == []
    assert in_log(tmp_path / "recovery") == {tmp_path / "photo.json": native.serialize(label_file(tmp_path).document)}


def test_a_small_document_is_recorded_before_the_gesture_ends(saver: Saver, tmp_path: Path) -> None:
    saver.get_ready()
    assert saver.drain(PATIENCE_S)
    file = label_file(tmp_path)
    saver.run(lambda: time.sleep(0.3))  # a slow disk keeps the label file waiting
    saver.record(file)
    assert in_log(tmp_path / "recovery") == {file.path: native.serialize(file.document)}


def test_a_large_document_does_not_keep_the_window_waiting(saver: Saver, tmp_path: Path) -> None:
    saver.get_ready()
    assert saver.drain(PATIENCE_S)
    file = label_file(tmp_path, 4000)
    start = time.thread_time()
    saver.record(file)
    assert time.thread_time() - start < 0.005
    assert saver.drain(PATIENCE_S)
    assert file.record_s is not None
    assert in_log(tmp_path / "recovery") == {file.path: native.serialize(file.document)}


def test_saving_an_older_state_does_not_drop_the_newer_one(saver: Saver, tmp_path: Path) -> None:
    saver.get_ready()
    assert saver.drain(PATIENCE_S)
    file = label_file(tmp_path)
    saver.record(file)
    gate = [True]
    saver.run(lambda: [time.sleep(0.01) for _ in range(500) if gate[0]])
    saver.save(file, lambda *_: None, lambda *_: None)
    file.document = more(file.document)
    saver.record(file)
    gate.clear()
    gate.append(False)
    assert saver.drain(PATIENCE_S)
    assert len(native.read(file.path).shapes) == 1
    assert in_log(tmp_path / "recovery") == {file.path: native.serialize(file.document)}


def test_what_a_dead_process_was_writing_is_swept_at_the_next_start(saver: Saver, tmp_path: Path) -> None:
    die_while_writing(tmp_path)
    assert list(tmp_path.glob(".anylabel-tmp-*"))
    assert [row.data for row in saver.recovered()] == [b"{}"]
    assert not list(tmp_path.glob(".anylabel-tmp-*"))


def test_a_log_with_nothing_left_to_offer_goes(saver: Saver, tmp_path: Path) -> None:
    die_while_writing(tmp_path)
    (tmp_path / "photo.json").write_bytes(b"{}")
    assert saver.recovered() == []
    assert not list((tmp_path / "recovery").iterdir())


def test_temporaries_of_another_computer_are_left_alone(tmp_path: Path) -> None:
    ours = files.temporary_beside(tmp_path / "photo.json").name
    pid = str(os.getpid())
    assert not files.dead_temporary(ours)
    dead = ours.replace(pid, "999999999", 1)
    assert files.dead_temporary(dead)
    host = ours.split("-")[3].split(".")[0]
    assert not files.dead_temporary(dead.replace(host, "0" * 8, 1))


def test_a_new_process_with_the_number_of_a_dead_one_keeps_no_temporary(tmp_path: Path) -> None:
    ours = files.temporary_beside(tmp_path / "photo.json").name
    started = ours.split("-")[3].split(".")[1]
    assert started  # Linux says it
    assert files.dead_temporary(ours.replace(f".{started}.", ".1.", 1))
