"""Saving, new documents, and what is asked of a document's file."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from native_corpus import FILES, content, differences, document_data, example, opened

from anylabel_plus import files
from anylabel_plus.core import edits
from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.formats import native
from anylabel_plus.formats.native_dialect import DIALECTS, HOLDS, losses


def test_save_writes_once_and_detects_other_writers(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    document = native.new_document("a.jpg", 320, 200)
    assert native.save(document, path, None) is True
    stamp = native.stamp(path)
    assert native.save(document, path, stamp) is False
    more = add_shapes(document, [example("polygon")])
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(native.ChangedOnDisk, match=r"a\.json: was changed by another program"):
        native.save(more, path, stamp)
    assert path.read_bytes().endswith(b"}\n")
    assert native.save(more, path) is True
    assert native.save(more, path, stamp) is False  # the same bytes are no conflict
    path.unlink()
    with pytest.raises(native.ChangedOnDisk, match="was deleted"):
        native.save(document, path, stamp)
    path.write_bytes(b"{}")
    with pytest.raises(native.ChangedOnDisk):
        native.save(document, path, None)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    native.save(native.new_document("a.jpg", 3, 2), path)
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match=r"a\.json: was not saved \(No space left on device\)"):
        native.save(native.new_document("b.jpg", 3, 2), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]
    assert not list(tmp_path.glob(f"{files.TEMPORARY_PREFIX}*"))


def test_undo_after_saves_in_between_gives_the_opened_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content("labelme.json"))
    first = native.read(path)
    second = edits.move_vertex(first, 7, 0, 0, 12.0, 22.0)
    third = edits.remove_shapes(second, [1])
    for state in (second, third, second):
        assert native.save(state, path)
    assert native.save(first, path)
    assert path.read_bytes() == content("labelme.json")


def test_a_new_document_opens_in_all_three_programs() -> None:
    document = native.new_document("..\\photos\\a.jpg", 320, 200)
    document = add_shapes(document, [example(kind) for kind in ("polygon", "rectangle", "point", "mask")])
    data = json.loads(native.serialize(document))
    assert native.serialize(document).decode() == json.dumps(data, indent=2, ensure_ascii=False)
    assert list(data) == ["version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth", "text"]
    assert data["imagePath"] == "../photos/a.jpg" and data["imageData"] is None and data["text"] == ""
    assert type(data["imageHeight"]) is int and (data["imageWidth"], data["imageHeight"]) == (320, 200)
    for shape in data["shapes"]:
        assert list(shape) == ["label", "text", "points", "group_id", "description", "shape_type", "flags", "mask"]
        assert (shape["mask"] is not None) == (shape["shape_type"] == "mask")
    assert len(data["shapes"][1]["points"]) == 2
    # labelme: the box names the first and the last pixel.
    assert data["shapes"][3]["points"] == [[40.0, 20.0], [46.0, 24.0]]


def test_a_new_document_of_the_x_dialect() -> None:
    document = native.new_document("a.jpg", 320, 200, "x-anylabeling")
    document = add_shapes(document, [example(kind) for kind in ("rectangle", "rotation")])
    assert native.dialect(document) == "x-anylabeling"
    data = json.loads(native.serialize(document))
    assert data["checked"] is False and data["description"] == ""
    assert data["shapes"][0]["points"] == [[20.5, 30.0], [90.0, 30.0], [90.0, 70.0], [20.5, 70.0]]
    assert data["shapes"][1]["direction"] == pytest.approx(np.arctan2(30, 40))
    keys = ["label", "score", "points", "group_id", "description", "difficult", "shape_type", "flags"]
    keys += ["attributes", "kie_linking"]
    assert [list(shape)[:10] for shape in data["shapes"]] == [keys, keys]
    assert native.dialect(native.parse(native.serialize(document), "x")) == "x-anylabeling"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_field_of_a_new_document_is_read_back(dialect: Any) -> None:
    document = native.new_document("a.jpg", 320, 200, dialect)
    full = {
        "group_id": 3,
        "flags": {"f": True},
        "attributes": {"a": ["b"]},
        "text": "read",
        "description": "said",
        "score": 0.125,
        "difficult": True,
        "locked": True,
        "extra": {"zzz": {"k": [1.5, None]}},
        "provenance": Provenance("model", "m", "ab" * 32, 0.5, {"box": [1, 2.5]}, True, True, {"later": 1}),
    }
    shapes = [example(kind).with_(**full) for kind in KINDS] + [example(kind) for kind in KINDS]
    shapes[0] = shapes[0].with_(holes=[[(30, 20), (40, 20), (35, 30)]])
    shapes[2] = shapes[2].with_(direction=0.5)
    document = add_shapes(document, shapes).with_(
        flags={"x": False}, tags=("t", "u"), description="d", checked=True, extra={"mine": [1]}
    )
    again = native.parse(native.serialize(document), "x")
    found, wanted = document_data(again), document_data(document)
    found["extra"].pop("text", None)
    for shape in (*found["shapes"], *wanted["shapes"]):
        if native.dialect(document) == "x-anylabeling" and shape["kind"] == "rotation":
            shape["direction"] = None  # always written there
    assert differences(found, wanted) == []
    provenance = json.loads(native.serialize(document))["shapes"][0]["provenance"]
    assert list(provenance) == ["source", "model", "weights_sha256", "score", "prompt", "reviewed", "edited", "later"]


@pytest.mark.parametrize("name", FILES)
def test_reading_for_looking_gives_the_same_document(name: str) -> None:
    quick = native.parse(content(name), name, editable=False)
    full = native.parse(content(name), name)
    assert differences(document_data(quick), document_data(full)) == []
    assert native.notes(quick) == native.notes(full)
    assert quick.origin is None or native.notes(quick)


@pytest.mark.parametrize("name", FILES)
def test_documents_travel_between_processes(name: str) -> None:
    document = opened(name)
    document = edits.remove_shapes(document, [shape.id for shape in document.shapes[:1]])
    copy = pickle.loads(pickle.dumps(document))  # noqa: S301 - our own bytes
    assert native.serialize(copy) == native.serialize(document)


def test_new_shapes_have_the_keys_of_the_file() -> None:
    def keys(name: str) -> list[str]:
        document = add_shapes(opened(name), [example("polygon")])
        return list(json.loads(native.serialize(document).decode("utf-8-sig"))["shapes"][-1])

    assert keys("anylabeling.json") == ["label", "text", "points", "group_id", "shape_type", "flags"]
    assert keys("bom_crlf.json") == ["label", "text", "points", "group_id", "shape_type", "flags"]
    assert keys("labelme.json") == ["label", "points", "group_id", "description", "shape_type", "flags", "mask"]
    assert len(keys("compact.json")) == 10


def test_files_written_get_no_provenance_and_no_key_of_ours() -> None:
    for name in FILES:
        document = opened(name)
        if name == "ours.json" or not document.shapes:
            continue
        out = native.serialize(edits.set_label(document, [document.shapes[0].id], "other"))
        assert b"provenance" not in out and b'"holes"' not in out
        assert out.count(b'"locked"') == content(name).count(b'"locked"')


def test_losses_name_what_a_dialect_cannot_hold() -> None:
    document = add_shapes(native.new_document("a.jpg", 320, 200), [example(kind) for kind in KINDS])
    for dialect in DIALECTS:
        named = {loss.kind.removeprefix("kind.") for loss in losses(document, dialect)}
        assert named == set(KINDS) - HOLDS[dialect]


def test_leftovers_of_assistants_go_at_the_next_change_only() -> None:
    document = opened("odd_shapes.json")
    assert all(not shape.label.startswith("AUTOLABEL_") for shape in document.shapes)
    assert native.serialize(document) == content("odd_shapes.json")
    before = json.loads(content("odd_shapes.json"))
    for changed in (document.with_(tags=("a",)), edits.set_label(document, [1], "b")):
        after = json.loads(native.serialize(changed))
        assert after["shapes"][0]["label"] == "empty"  # kept, though not shown
        assert len(after["shapes"]) == len(before["shapes"]) - 2
        assert "AUTOLABEL_" not in str(after)


def test_masks_are_placed_by_rounding_and_clipped() -> None:
    document = opened("labelme.json")
    _, rounded, clipped = (shape.mask for shape in document.shapes[:3])
    assert rounded is not None and (rounded.x, rounded.y, rounded.crop.shape) == (100, 50, (5, 6))
    assert clipped is not None and (clipped.x, clipped.y, clipped.crop.shape) == (316, 0, (3, 4))
    assert clipped.crop[0].tolist() == [True, False, False, False]
    moved = json.loads(native.serialize(edits.move_shapes(document, [2], 3, -2)))["shapes"][1]
    assert moved["points"] == [[102.6, 48.4], [107.2, 53.1]]
    assert moved["mask"] == json.loads(content("labelme.json"))["shapes"][1]["mask"]


def test_a_rectangle_of_four_corners_keeps_its_form_and_order() -> None:
    document = opened("odd_shapes.json")
    shape = next(shape for shape in document.shapes if shape.label == "other order")
    assert shape.kind == "rectangle" and len(shape.points) == 2
    moved = edits.move_vertex(document, shape.id, 0, 0, 95.0, 12.0)
    raw = next(s for s in json.loads(native.serialize(moved))["shapes"] if s["label"] == "other order")
    points = {tuple(point) for point in raw["points"]}
    xs, ys = sorted({x for x, _ in points}), sorted({y for _, y in points})
    assert len(raw["points"]) == 4 and len(xs) == len(ys) == 2
    assert (xs, ys) in (([40, 95.0], [12.0, 60]), ([90, 95.0], [10, 12.0]), ([40, 95.0], [10, 12.0]))


def test_shapes_of_unknown_types_are_kept_and_shown_as_far_as_possible() -> None:
    document = opened("odd_shapes.json")
    labels = {shape.label: shape.kind for shape in document.shapes}
    assert labels["new"] == "polygon" and labels["old"] == "line" and labels["slanted"] == "quadrilateral"
    assert "solid" not in labels
    assert any("mesh3d" in note and "not shown" in note for note in native.notes(document))
    out = json.loads(native.serialize(edits.remove_shapes(document, [shape.id for shape in document.shapes])))
    assert [shape["label"] for shape in out["shapes"]] == ["empty", "empty too", "solid"]
    moved = json.loads(native.serialize(edits.move_shapes(document, [3], 2, 0)))
    spline = next(shape for shape in moved["shapes"] if shape["label"] == "new")
    assert spline == {
        "label": "new",
        "points": [[3, 1], [11, 1], [11, 9], [7, 12]],
        "shape_type": "spline",
        "tension": 0.5,
    }
