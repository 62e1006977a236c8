"""Auto-labelling: what is added, what is never touched, the same with any number of processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from flat_model import THINGS, flat, save_image, save_labels

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.dataset import runs
from anylabel_plus.formats import native
from anylabel_plus.inference.base import Candidate, ModelInfo
from anylabel_plus.jobs.autolabel import AutolabelOptions, autolabel, labelled
from anylabel_plus.jobs.base import Report, run


def done(options: AutolabelOptions) -> Report:
    return run(autolabel(options, factory=flat))


def corners(name: str) -> list[tuple[float, float]]:
    x1, y1, x2, y2 = THINGS[name]
    return [(x1, y1), (x2, y1), (x2, y2), (x1, y2)]


def auto(name: str, **fields: object) -> Shape:
    fields.setdefault("provenance", Provenance("model", "old", score=0.5))
    return make_shape("polygon", "old", corners(name), **fields)


def tree(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.rglob("*.json") if ".anylabel_plus" not in path.parts}


def test_images_without_shapes_are_labelled_others_left_alone(dataset: Path) -> None:
    save_labels(dataset / "a.json", "a.png", make_shape("point", "eye", [(3, 3)]))
    before = (dataset / "a.json").read_bytes()
    report = done(AutolabelOptions(dataset, label="thing"))
    assert (report.summary["added"], report.skipped) == (4, [("a.png", "already has shapes")])
    assert (dataset / "a.json").read_bytes() == before
    document = native.read(dataset / "sub" / "c.json")
    assert [(shape.kind, shape.label, shape.score) for shape in document.shapes] == [
        ("polygon", "thing", 0.9),
        ("polygon", "thing", 0.7),
    ]
    assert sorted(map(tuple, document.shapes[0].points.tolist())) == sorted(corners("left"))
    assert document.image_path == "c.png"
    first = document.shapes[0].provenance
    assert first is not None
    assert first.untouched_by_people


@pytest.mark.parametrize("kind", ["polygon", "mask", "rectangle"])
@pytest.mark.parametrize("on_existing", ["skip", "merge", "replace-auto"])
def test_a_second_run_changes_nothing(dataset: Path, kind: str, on_existing: str) -> None:
    options = AutolabelOptions(dataset, shapes=kind, on_existing=on_existing)
    assert done(options).summary["added"] == 6
    before = tree(dataset)
    assert done(options).changed == 0
    assert tree(dataset) == before


def test_merge_adds_only_what_overlaps_nothing(dataset: Path) -> None:
    human = make_shape("rectangle", "cat", [(10, 10), (31, 41)])
    save_labels(dataset / "a.json", "a.png", human)
    done(AutolabelOptions(dataset, on_existing="merge"))
    assert [shape.label for shape in native.read(dataset / "a.json").shapes] == ["cat", "object"]


def test_replace_auto_removes_only_untouched_shapes_of_models(dataset: Path) -> None:
    kept = [
        auto("left", provenance=Provenance("model", "old", reviewed=True)),
        make_shape("polygon", "mine", [(0, 0), (5, 0), (5, 5)]),
        make_shape("polygon", "edited", [(0, 50), (5, 50), (5, 55)], provenance=Provenance("model", "o", edited=True)),
        make_shape("polygon", "lock", [(70, 50), (75, 50), (75, 55)], locked=True, provenance=Provenance("model", "o")),
        make_shape("polygon", "imported", [(70, 0), (75, 0), (75, 5)], provenance=Provenance("import")),
    ]
    save_labels(dataset / "a.json", "a.png", *kept, auto("right"))
    done(AutolabelOptions(dataset, on_existing="replace-auto"))
    labels = [shape.label for shape in native.read(dataset / "a.json").shapes]
    assert labels == ["old", "mine", "edited", "lock", "imported", "object"]


def test_replace_auto_numbers_objects_of_several_parts_as_before() -> None:
    pixels = np.zeros((20, 50), np.bool_)
    pixels[:, :20] = pixels[:, 30:] = True
    candidate = Candidate(0.5, Mask(pixels, 5, 5))
    info = ModelInfo("flat", "Flat", "flat", None, frozenset({"everything"}), "none")
    options = AutolabelOptions(Path(), on_existing="replace-auto")
    human = make_shape("point", "eye", [(3, 3)], group_id=4)
    first = labelled(add_shapes(native.new_document("a.png", 80, 60), [human]), [candidate], options, info)
    assert [shape.group_id for shape in first.shapes] == [4, 5, 5]
    assert labelled(first, [candidate], options, info) is first


def test_replace_auto_keeps_the_mask_of_a_box(dataset: Path) -> None:
    x1, y1, x2, y2 = THINGS["left"]
    box = make_shape("rectangle", "cat", [(x1, y1), (x2, y2)])
    made = auto("left", provenance=Provenance("model", "old", prompt={"box": [x1, y1, x2, y2]}))
    save_labels(dataset / "a.json", "a.png", box, made.with_(label="cat"))
    done(AutolabelOptions(dataset, on_existing="replace-auto"))
    assert [shape.label for shape in native.read(dataset / "a.json").shapes] == ["cat", "cat", "object"]


def test_processes_give_the_same_files(dataset: Path, tmp_path: Path) -> None:
    for number in range(5):
        save_image(dataset / f"n{number}.png")
    done(AutolabelOptions(dataset, output=tmp_path / "one"))
    report = done(AutolabelOptions(dataset, output=tmp_path / "two", workers=2))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert len(tree(tmp_path / "two")) == 8
    assert report.summary["workers"] == 2
    recorded = runs.list_runs(dataset)[-1].facts
    assert recorded["threads_per_worker"] == report.summary["threads_per_worker"] >= 1


@pytest.mark.parametrize("workers", [1, 2])
def test_one_bad_image_does_not_end_the_job(dataset: Path, workers: int) -> None:
    save_image(dataset / "bug.png")
    (dataset / "b.png").write_bytes(b"")
    report = done(AutolabelOptions(dataset, workers=workers))
    failed = dict(report.failed)
    assert set(failed) == {"b.png", "bug.png"}
    assert "the model broke" in failed["bug.png"]
    assert report.done == 2


def test_wrong_options_are_refused(dataset: Path) -> None:
    for wrong in ({"on_existing": "x"}, {"min_score": 2.0}, {"label": " "}, {"model": "points"}, {"workers": 0}):
        with pytest.raises(UserError):
            done(AutolabelOptions(dataset, **wrong))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no images"):
        done(AutolabelOptions(tmp_path))
