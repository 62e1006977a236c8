"""Remarks on label files reach the report of every job that reads them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flat_model import flat

from anylabel_plus.jobs.autolabel import AutolabelOptions, autolabel
from anylabel_plus.jobs.base import Report, run
from anylabel_plus.jobs.enrich import EnrichOptions, enrich
from anylabel_plus.jobs.exports import ExportJobOptions, export

BOX = {"label": "cat", "points": [[10, 10], [30, 40]], "shape_type": "rectangle", "flags": {}, "group_id": None}
ODD = {"label": "odd", "points": [[1, 1], [9, 9]], "shape_type": "spiral", "flags": {}, "group_id": None}


@pytest.fixture
def odd(dataset: Path) -> Path:
    """One label file has a shape of an unknown kind."""
    text = {"version": "1", "flags": {}, "shapes": [BOX, ODD], "imagePath": "a.png", "imageData": None}
    (dataset / "a.json").write_text(json.dumps(text))
    return dataset


def remarks(report: Report) -> list[tuple[str, str]]:
    return [(item, text) for item, text in report.notes if "shapes[1]" in text]


def check(report: Report, root: Path) -> None:
    ((item, text),) = remarks(report)
    assert item == "a.png"
    assert "spiral" in text
    assert str(root) not in text


def test_enrich_tells_what_is_not_shown(odd: Path) -> None:
    check(run(enrich(EnrichOptions(odd), factory=flat)), odd)


def test_autolabel_tells_what_is_not_shown(odd: Path) -> None:
    check(run(autolabel(AutolabelOptions(odd, on_existing="merge"), factory=flat)), odd)


@pytest.mark.parametrize("kind", ["coco", "yolo-detect"])
def test_export_tells_what_is_not_shown(odd: Path, tmp_path: Path, kind: str) -> None:
    check(run(export(ExportJobOptions(kind, odd, tmp_path / "out"))), odd)


@pytest.mark.parametrize("job", ["autolabel", "enrich"])
def test_masks_in_a_file_of_anylabeling_are_told_of(dataset: Path, job: str) -> None:
    shape = {**BOX, "text": ""}
    data = {"version": "0.4.36", "flags": {}, "shapes": [shape], "imagePath": "a.png", "imageData": None, "text": ""}
    (dataset / "a.json").write_text(json.dumps(data))
    if job == "enrich":
        report = run(enrich(EnrichOptions(dataset), factory=flat))
    else:
        report = run(autolabel(AutolabelOptions(dataset, shapes="mask", on_existing="merge"), factory=flat))
    assert report.notes == [("a.png", "AnyLabeling cannot open files with shapes of kind mask.")]
    kinds = [shape["shape_type"] for shape in json.loads((dataset / "a.json").read_text())["shapes"]]
    assert "mask" in kinds, "kept all the same"
