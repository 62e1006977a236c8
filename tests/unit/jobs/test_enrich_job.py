"""Boxes to masks: one mask a box, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from flat_model import THINGS, FlatModels, flat, save_labels

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.dataset import runs
from anylabel_plus.formats import native
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.protocol import Answer
from anylabel_plus.jobs.base import Report, run
from anylabel_plus.jobs.enrich import EnrichOptions, enrich


def box(name: str = "left", label: str = "cat", **fields: object) -> object:
    x1, y1, x2, y2 = THINGS[name]
    return make_shape("rectangle", label, [(x2 + 0.5, y1), (x1, y2)], **fields)


@pytest.fixture
def boxes(dataset: Path) -> Path:
    save_labels(dataset / "a.json", "a.png", box(attributes={"colour": "red"}, group_id=4), box("right", "dog"))
    save_labels(dataset / "sub" / "c.json", "c.png", box())
    return dataset


def done(options: EnrichOptions) -> Report:
    return run(enrich(options, factory=flat))


def shapes(path: Path) -> list[tuple[str, str]]:
    return [(shape.kind, shape.label) for shape in native.read(path).shapes]


def test_each_box_stays_and_gets_one_mask(boxes: Path) -> None:
    report = done(EnrichOptions(boxes))
    assert (report.changed, report.summary["added"], report.exit_code) == (2, 3, 0)
    document = native.read(boxes / "a.json")
    assert [shape.kind for shape in document.shapes] == ["rectangle", "rectangle", "mask", "mask"]
    mask = document.shapes[2]
    assert (mask.label, mask.group_id, dict(mask.attributes)) == ("cat", 4, {"colour": "red"})
    assert mask.mask is not None
    assert mask.mask.bounds == THINGS["left"]
    assert mask.provenance is not None
    assert (mask.provenance.source, mask.provenance.prompt) == ("model", {"box": [10.0, 10.0, 30.5, 40.0]})
    assert ("b.png", "no boxes to turn into masks") in report.skipped
    assert not (boxes / "b.json").exists()


def test_a_second_run_adds_nothing_and_asks_nothing(boxes: Path) -> None:
    done(EnrichOptions(boxes))
    before = {path: path.read_bytes() for path in boxes.rglob("*.json")}
    models = FlatModels()
    report = run(enrich(EnrichOptions(boxes), factory=lambda _: models))
    assert (report.changed, models.asked) == (0, 0)
    assert {path: path.read_bytes() for path in boxes.rglob("*.json")} == before


def test_the_boxes_of_an_image_are_asked_at_once(boxes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models, calls = FlatModels(), []
    many = models.segment_many

    def counted(image: Path, asked: list[Prompt], model: str) -> list[Answer]:
        calls.append(len(asked))
        return many(image, asked, model)

    monkeypatch.setattr(models, "segment_many", counted)
    run(enrich(EnrichOptions(boxes), factory=lambda _: models))
    assert calls == [2, 1]  # nothing for the image without boxes


def test_only_the_labels_asked_for(boxes: Path) -> None:
    done(EnrichOptions(boxes, labels=("dog",)))
    assert shapes(boxes / "a.json") == [("rectangle", "cat"), ("rectangle", "dog"), ("mask", "dog")]


def test_replace_turns_the_box_into_the_mask_in_its_place(boxes: Path) -> None:
    done(EnrichOptions(boxes, replace=True))
    assert shapes(boxes / "a.json") == [("mask", "cat"), ("mask", "dog")]
    assert done(EnrichOptions(boxes, replace=True)).changed == 0


@pytest.mark.parametrize("kept_before", [False, True])
def test_replace_keeps_fields_of_other_programs(dataset: Path, kept_before: bool) -> None:
    save_labels(dataset / "a.json", "a.png", box(extra={"kie_linking": [[1, 2]]}))
    if kept_before:
        done(EnrichOptions(dataset))
    done(EnrichOptions(dataset, replace=True))
    (shape,) = native.read(dataset / "a.json").shapes
    assert (shape.kind, shape.extra["kie_linking"]) == ("mask", [[1, 2]])


def test_replace_after_a_run_that_kept_the_boxes_removes_them(boxes: Path) -> None:
    done(EnrichOptions(boxes))
    done(EnrichOptions(boxes, replace=True))
    assert sorted(shapes(boxes / "a.json")) == [("mask", "cat"), ("mask", "dog")]


def test_a_box_whose_mask_does_not_fit_is_listed(dataset: Path) -> None:
    save_labels(dataset / "a.json", "a.png", make_shape("rectangle", "cat", [(8, 8), (75, 55)]))
    save_labels(dataset / "b.json", "b.png", make_shape("rectangle", "cat", [(200, 200), (210, 210)]))
    before = (dataset / "a.json").read_bytes()
    report = done(EnrichOptions(dataset))
    assert (dataset / "a.json").read_bytes() == before
    texts = dict(report.notes)
    assert "less than 0.6" in texts["a.png"]
    assert "outside the image" in texts["b.png"]
    assert report.summary["unmatched"] == 2


def test_output_receives_the_labels_and_the_data_set_stays(boxes: Path, tmp_path: Path) -> None:
    before = (boxes / "sub" / "c.json").read_bytes()
    done(EnrichOptions(boxes, output=tmp_path / "out"))
    assert (boxes / "sub" / "c.json").read_bytes() == before
    made = native.read(tmp_path / "out" / "sub" / "c.json")
    assert [shape.kind for shape in made.shapes] == ["rectangle", "mask"]
    assert (tmp_path / "out" / "sub" / made.image_path).resolve() == boxes / "sub" / "c.png"
    assert done(EnrichOptions(boxes, output=tmp_path / "out")).changed == 0


def test_broken_images_and_labels_are_failed_items(boxes: Path) -> None:
    (boxes / "b.png").write_bytes(b"no image")
    (boxes / "a.json").write_bytes(b"{ broken")
    report = done(EnrichOptions(boxes))
    assert {item for item, _ in report.failed} == {"a.png", "b.png"}
    assert report.exit_code == 3
    assert (boxes / "a.json").read_bytes() == b"{ broken"


def test_the_run_can_be_rolled_back(boxes: Path) -> None:
    before = {path: path.read_bytes() for path in boxes.rglob("*.json")}
    done(EnrichOptions(boxes))
    result = runs.rollback(runs.find_run(boxes, None))
    assert len(result.restored) == 2
    assert {path: path.read_bytes() for path in before} == before


def test_a_model_without_boxes_is_refused(boxes: Path) -> None:
    with pytest.raises(UserError, match="does not take boxes"):
        done(EnrichOptions(boxes, model="points"))


def test_temporaries_of_dead_processes_are_swept(boxes: Path) -> None:
    left = boxes / "sub" / ".anylabel-tmp-4194305-1-c.json"
    left.write_bytes(b"half")
    done(EnrichOptions(boxes))
    assert not left.exists()


def test_a_mask_whose_box_was_moved_is_named(boxes: Path) -> None:
    done(EnrichOptions(boxes, labels=("cat",)))
    path = boxes / "a.json"
    document = native.read(path)
    moved = [
        s.with_(points=s.points + 1.5) if s.kind == "rectangle" and s.label == "cat" else s for s in document.shapes
    ]
    path.write_bytes(native.serialize(document.with_(shapes=tuple(moved))))
    report = done(EnrichOptions(boxes, labels=("cat",)))
    assert report.summary["added"] == 1
    assert ("a.png", "shapes[2] (cat): a mask made before its box was moved is still there") in report.notes


def test_folders_that_cannot_be_used_are_one_error(boxes: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be made"):
        done(EnrichOptions(boxes, output=tmp_path / "file"))
    with pytest.raises(UserError, match="is not a folder"):
        done(EnrichOptions(boxes, labels_dir=tmp_path / "nowhere"))


def test_output_holds_labels_without_boxes_too(boxes: Path, tmp_path: Path) -> None:
    save_labels(boxes / "b.json", "b.png", make_shape("point", "nose", [(5, 5)]))
    done(EnrichOptions(boxes, output=tmp_path / "out"))
    assert shapes(tmp_path / "out" / "b.json") == [("point", "nose")]
    assert done(EnrichOptions(boxes, output=tmp_path / "out")).changed == 0
