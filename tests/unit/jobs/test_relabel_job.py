"""Renaming, merging and deleting labels: files change as they should, and every run can be taken back."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from anylabel_plus import cli
from anylabel_plus.core.errors import Cancelled, UserError
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.dataset import label_counts, runs
from anylabel_plus.dataset.scan import Dataset
from anylabel_plus.formats import native
from anylabel_plus.jobs.base import Report, run
from anylabel_plus.jobs.relabel import RelabelOptions, relabel


def label(path: Path, *shapes: Any) -> None:
    from anylabel_plus.core.document import add_shapes

    document = native.new_document(path.name, 40, 30)
    path.with_suffix(".json").write_bytes(native.serialize(add_shapes(document, list(shapes))))


def box(name: str, **fields: Any) -> Any:
    return make_shape("rectangle", name, [(1, 1), (9, 9)], **fields)


@pytest.fixture
def labelled(dataset: Path) -> Path:
    label(dataset / "a.png", box("cat"), box("dog"), box("cat", locked=True))
    label(dataset / "b.png", box("cät"), box("bird"))
    label(dataset / "sub/c.png", box("cat", provenance=Provenance("model", "m", score=0.5)))
    return dataset


def labels_of(path: Path) -> list[str]:
    return label_counts.labels_in(json.loads(path.with_suffix(".json").read_bytes()))


def change(root: Path, action: str, *labels: str, into: str = "", **more: Any) -> Report:
    return run(relabel(RelabelOptions(root, action, labels, into, **more)))


def test_rename_changes_all_shapes_and_can_be_rolled_back(labelled: Path) -> None:
    before = {path: path.read_bytes() for path in labelled.rglob("*.json")}
    report = change(labelled, "rename", "cat", into="tomcat")
    assert dict(report.summary) == {"shapes": 3, "files": 2, "locked": 1, "dry_run": False}
    assert labels_of(labelled / "a.png") == ["tomcat", "dog", "tomcat"]
    assert labels_of(labelled / "sub/c.png") == ["tomcat"]
    assert (labelled / "b.json").read_bytes() == before[labelled / "b.json"]
    # A new name is no review by a person.
    shape = native.read(labelled / "sub/c.json").shapes[0]
    assert shape.provenance is not None
    assert shape.provenance.untouched_by_people
    result = runs.rollback(runs.find_run(labelled, None))
    assert len(result.restored) == 2
    assert {path: path.read_bytes() for path in before} == before


def test_a_name_that_is_taken_is_refused_and_merge_does_it(labelled: Path) -> None:
    with pytest.raises(UserError, match="dog is a label of this data set already"):
        change(labelled, "rename", "cat", into="dog")
    change(labelled, "merge", "cat", "cät", into="dog")
    assert label_counts.count(Dataset(labelled).scan()).shapes == {"dog": 5, "bird": 1}


def test_delete_removes_the_shapes_but_never_locked_ones(labelled: Path) -> None:
    report = change(labelled, "delete", "cat")
    assert labels_of(labelled / "a.png") == ["dog", "cat"]
    assert labels_of(labelled / "sub/c.png") == []
    assert report.summary["shapes"] == 2
    assert "1 locked shapes were left alone" in report.notes[-1][1]
    runs.rollback(runs.find_run(labelled, None))
    assert labels_of(labelled / "a.png") == ["cat", "dog", "cat"]


def test_delete_can_keep_the_shapes_under_another_label(labelled: Path) -> None:
    change(labelled, "delete", "bird", into="animal")
    assert labels_of(labelled / "b.png") == ["cät", "animal"]


def test_the_index_counts_the_same(labelled: Path) -> None:
    direct = label_counts.count(Dataset(labelled).scan())
    indexed = label_counts.from_index(labelled, None)
    assert (indexed.shapes, indexed.images) == (direct.shapes, direct.images)
    (labelled / "b.json").write_text("{")
    assert [item for item, _ in label_counts.from_index(labelled, None).problems] == ["b.png"]
    assert [item for item, _ in label_counts.count(Dataset(labelled).scan()).problems] == ["b.png"]
    (labelled / "a.json").write_text("{}")
    with pytest.raises(Cancelled):
        label_counts.from_index(labelled, None, lambda: True)


def test_a_dry_run_counts_and_leaves_no_trace(labelled: Path) -> None:
    before = {path: path.read_bytes() for path in labelled.rglob("*.json")}
    report = change(labelled, "delete", "cat", dry_run=True)
    assert report.summary["shapes"] == 2
    assert {path: path.read_bytes() for path in labelled.rglob("*.json")} == before
    assert not runs.list_runs(labelled)


def test_read_only_and_damaged_files_are_reported_and_the_rest_is_done(labelled: Path) -> None:
    (labelled / "a.json").chmod(0o444)
    (labelled / "b.json").write_text('{"shapes": [{"label": "cat"')
    report = change(labelled, "rename", "cat", into="tomcat")
    assert [item for item, _ in report.failed] == ["a.png", "b.png"]
    assert "read-only" in report.failed[0][1]
    assert labels_of(labelled / "a.png")[0] == "cat"
    assert labels_of(labelled / "sub/c.png") == ["tomcat"]


@pytest.mark.parametrize(
    ("action", "labels", "into"),
    [("rename", (), "x"), ("rename", ("cat",), ""), ("merge", ("cat",), "cat"), ("rename", (" ",), "x")],
)
def test_names_that_make_no_sense_are_refused(labelled: Path, action: str, labels: tuple[str, ...], into: str) -> None:
    with pytest.raises(UserError):
        change(labelled, action, *labels, into=into)


def test_an_escaped_label_is_found(labelled: Path) -> None:
    path = labelled / "b.json"
    path.write_text(path.read_text(encoding="utf-8").replace("cät", "c\\u00e4t"), encoding="utf-8")
    change(labelled, "rename", "cät", into="mog")
    assert labels_of(labelled / "b.png") == ["mog", "bird"]


def test_the_command_line_does_the_same(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["labels", "show", str(labelled), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["labels"][0] == {"label": "cat", "shapes": 3, "images": 2}
    assert cli.main(["labels", "rename", str(labelled), "cat", "lion", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["shapes"] == 3
    assert cli.main(["labels", "rename", str(labelled), "cat", "dog"]) == 1
    assert "Merge the two labels" in capsys.readouterr().err
    assert cli.main(["labels", "merge", str(labelled), "cat", "cät", "lion", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 3
    assert cli.main(["labels", "delete", str(labelled), "bird", "--keep-as", "dog"]) == 0
    assert cli.main(["labels", "delete", str(labelled), "dog"]) == 0
    capsys.readouterr()
    assert cli.main(["labels", "show", str(labelled)]) == 0
    assert capsys.readouterr().out == "lion  4 shapes  3 images\n"


CHILD = """
import sys
from pathlib import Path
from anylabel_plus.jobs.base import run
from anylabel_plus.jobs.relabel import RelabelOptions, relabel
print("go", flush=True)
run(relabel(RelabelOptions(Path(sys.argv[1]), "rename", ("cat",), "tomcat")))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("forward", [True, False])
def test_killed_in_the_middle_it_goes_on_or_back(tmp_path: Path, forward: bool) -> None:
    from flat_model import save_image

    root = tmp_path / "set"
    for number in range(300):
        image = root / f"{number:03}.png"
        image.parent.mkdir(exist_ok=True)
        if number == 0:
            save_image(image)
        else:
            image.write_bytes((root / "000.png").read_bytes())
        label(image, box("cat"), box("dog"))
    before = {path: path.read_bytes() for path in root.glob("*.json")}
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(root)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    end = time.monotonic() + 60
    while not (done := sum(b"tomcat" in path.read_bytes() for path in before)):
        assert time.monotonic() < end
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert done < 300
    for path in before:
        native.read(path)  # never half a file
    if forward:
        change(root, "rename", "cat", into="tomcat")
        assert label_counts.count(Dataset(root).scan()).shapes == {"tomcat": 300, "dog": 300}
    runs.rollback(runs.find_run(root, None))
    assert {path: path.read_bytes() for path in before} == before
    assert len(runs.list_runs(root)) == 1
