"""Users' files are theirs: what is not edited keeps its bytes, in every dialect and layout."""

from __future__ import annotations

import json
import runpy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from native_corpus import (
    FILES,
    FOLDER,
    LAYOUT,
    content,
    differences,
    document_data,
    edit,
    facts_of,
    opened,
)

from anylabel_plus.core import edits, geometry
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.formats import native

_PARTS = {"points", "direction", "provenance", "mask", "cuboid3d"}


def test_the_corpus_is_what_its_script_writes() -> None:
    made = runpy.run_path(str(FOLDER / "make_corpus.py"))["corpus"]()
    assert {name: content(name) for name in FILES} == made


def test_the_corpus_has_every_kind() -> None:
    assert {shape.kind for name in FILES for shape in opened(name).shapes} == set(KINDS)


@pytest.mark.parametrize("name", FILES)
def test_open_and_save_writes_nothing(name: str, tmp_path: Any) -> None:
    path = tmp_path / name
    path.write_bytes(content(name))
    before = native.stamp(path)
    document = native.read(path, facts=facts_of(name))
    assert native.serialize(document) == content(name)
    assert native.save(document, path, before) is False
    assert native.stamp(path) == before


@pytest.mark.parametrize("name", FILES)
def test_shapes_replaced_by_equal_ones_change_no_byte(name: str) -> None:
    document = opened(name)
    shapes = tuple(shape.with_(points=shape.points, holes=shape.holes) for shape in document.shapes)
    assert native.serialize(document.with_(shapes=shapes)) == content(name)


def _raw(data: bytes) -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = json.loads(data.decode("utf-8-sig"))["shapes"]
    return shapes


@pytest.mark.parametrize("name", FILES)
def test_a_moved_vertex_changes_that_shape_only(name: str) -> None:
    document, data = opened(name), content(name)
    origin = document.origin
    for shape in document.shapes:
        position, span = origin.position[shape.id], origin.shapes[origin.position[shape.id]]  # type: ignore[attr-defined]
        for handle in geometry.handles(shape)[:4]:
            moved = edits.move_vertex(document, shape.id, handle.ring, handle.index, handle.x + 3, handle.y + 1.5)
            if moved is document:
                assert shape.locked or handle.y >= 198 or handle.x >= 318
                continue
            out = native.serialize(moved)
            if not origin.leftovers:  # type: ignore[attr-defined]
                assert out[: span[0]] == data[: span[0]]
                assert out[len(out) - (len(data) - span[1]) :] == data[span[1] :]
            old, new = _raw(data), _raw(out)
            kept = [raw for raw in old if not raw["label"].startswith("AUTOLABEL_")]
            changed = [n for n, (a, b) in enumerate(zip(kept, new, strict=True)) if strict_value(a) != strict_value(b)]
            assert [kept[n] for n in changed] == [old[position]]
            before, after = old[position], new[changed[0]]
            assert list(before) == list(after)
            assert {key for key in before if strict_value(before[key]) != strict_value(after[key])} <= _PARTS
            again = native.parse(out, name, facts_of(name))
            assert differences(document_data(again), document_data(moved)) == []


def strict_value(value: Any) -> str:
    return json.dumps(value)


@pytest.mark.parametrize("name", [name for name in FILES if name != "x_raw_frame.json"])
def test_one_vertex_of_a_polygon_is_one_pair_in_the_file(name: str) -> None:
    document = opened(name)
    origin = document.origin
    for shape in document.shapes:
        raw = _raw(content(name))[origin.position[shape.id]]  # type: ignore[attr-defined]
        if raw.get("shape_type", "polygon") not in ("polygon", "linestrip", "line", "points", "spline"):
            continue
        for index, (x, y) in enumerate(shape.points):
            moved = edits.move_vertex(document, shape.id, 0, index, x + 1.5, y)
            if moved is document:
                continue
            label = shape.label
            after = next(s for s in _raw(native.serialize(moved)) if s["label"] == label)["points"]
            changed = {n for n, (a, b) in enumerate(zip(raw["points"], after, strict=True)) if a != b}
            closing = {len(raw["points"]) - 1} if index == 0 and len(raw["points"]) > len(shape.points) else set()
            assert changed == {index} | closing
            assert after[index] == [moved.shape(shape.id).points[index, 0], raw["points"][index][1]]


def test_number_texts_of_other_points_are_kept() -> None:
    name = "hand_made.json"
    document = opened(name)
    out = native.serialize(edits.move_vertex(document, 1, 0, 1, 31.5, 2.0))
    assert out == content(name).replace(b"[ 30 , 2]", b"[ 31.5 , 2]")
    out = native.serialize(edits.insert_vertex(document, 1, 0, 2, 30.0, 20.0))
    assert out == content(name).replace(b"[ 30 , 2],\n", b"[ 30 , 2], [ 30.0 , 20.0],\n")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_any_edits(name: str) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        first = document = opened(name)
        states = [first]
        for _ in range(data.draw(st.integers(1, 5))):
            document = data.draw(edit(document))
            states.append(document)
        out = native.serialize(document)
        again = native.parse(out, name, facts_of(name))
        assert native.serialize(again) == out
        if name != "x_raw_frame.json":  # its numbers are mapped: equal up to rounding
            assert differences(document_data(again), document_data(document)) == []
        layout = LAYOUT.get(name.removesuffix(".json"))
        if layout is not None:
            text = json.dumps(json.loads(out), ensure_ascii=False, **layout)
            assert text == out.decode().removesuffix("\n" if name == "indent_4_newline.json" else "")
        for state in reversed(states):  # undo step by step
            native.serialize(state)
        assert native.serialize(first) == content(name)
        back = first.with_(shapes=tuple(first.shapes), flags=dict(first.flags), extra=dict(first.extra))
        assert native.serialize(back) == content(name)

    check()


def test_crlf_stays_crlf() -> None:
    document = opened("crlf.json")
    out = native.serialize(edits.duplicate(document, [1, 5], 3, 3).with_(tags=("x",), description="a\nb"))
    assert out.count(b"\n") == out.count(b"\r\n") > content("crlf.json").count(b"\n")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_raw_frame_points_are_mapped_both_ways(orientation: int) -> None:
    from native_corpus import Facts

    data, facts = content("x_raw_frame.json"), Facts(orientation)
    document = native.parse(data, "x", facts)
    assert (document.width, document.height) == (320, 200)
    first = document.shapes[4].points[0]  # (210, 20) in the file
    expected = {5: (20, 210), 6: (300, 210), 7: (300, -10), 8: (20, -10)}.get(orientation, (210, 20))
    assert tuple(first) == expected
    moved = edits.replace_shapes(
        document, {5: document.shapes[4].with_(points=document.shapes[4].points + np.array((1, 2)))}
    )
    again = native.parse(native.serialize(moved), "x", facts)
    for a, b in zip(moved.shapes, again.shapes, strict=True):
        assert np.allclose(a.points, b.points) and (a.direction is None or abs(a.direction - b.direction) < 1e-9)  # type: ignore[operator]
    ship = document.shapes[1]
    dx, dy = ship.points[1] - ship.points[0]
    assert ship.direction == pytest.approx(np.arctan2(dy, dx) % (2 * np.pi))
    assert bool(native.notes(document)) == (orientation < 5)


@pytest.mark.parametrize("orientation", (5, 6, 7, 8))
def test_the_depth_of_a_cuboid_stays_in_the_raw_frame(orientation: int) -> None:
    from native_corpus import Facts

    document = native.parse(content("x_raw_frame.json"), "x", Facts(orientation))
    number = next(n for n, shape in enumerate(document.shapes) if shape.kind == "cuboid")
    shape = document.shapes[number]
    x, y = shape.points[4]
    for changed, place in (
        (edits.move_vertex(document, shape.id, 0, 0, *(shape.points[0] + 1)), number),
        (edits.move_vertex(document, shape.id, 0, 4, x + 2, y + 1), number),
        (edits.duplicate(document, [shape.id], 1, 1), -1),
    ):
        raw = json.loads(native.serialize(changed))["shapes"][place]
        points = np.array(raw["points"])
        assert raw["cuboid3d"]["depth_vector"] == pytest.approx((points[4:] - points[:4]).mean(axis=0).tolist())


@pytest.mark.parametrize("orientation", (5, 6, 7, 8))
def test_raw_frame_masks_are_mapped_both_ways(orientation: int) -> None:
    from native_corpus import Facts, example

    from anylabel_plus.core.document import add_shapes

    facts = Facts(orientation)
    document = add_shapes(native.parse(content("x_raw_frame.json"), "x", facts), [example("mask")])
    again = native.parse(native.serialize(document), "x", facts)
    a, b = document.shapes[-1].mask, again.shapes[-1].mask
    assert a is not None and b is not None
    assert (a.x, a.y) == (b.x, b.y) and np.array_equal(a.crop, b.crop)
