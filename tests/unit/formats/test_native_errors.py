"""Bad label files: one clear sentence with the file, the place and the value, never a traceback."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from native_corpus import content

from anylabel_plus.core.errors import UserError
from anylabel_plus.formats import native


def _file(*shapes: Any, **top: Any) -> bytes:
    return json.dumps({"shapes": list(shapes), "imagePath": "a.jpg", "imageData": None, **top}).encode()


def _shape(**changes: Any) -> dict[str, Any]:
    return {"label": "a", "points": [[1, 2], [3, 4], [5, 6]], "shape_type": "polygon", **changes}


_GOOD = _shape()
_ROWS: list[tuple[bytes, str]] = [
    (b"", "photo.json: is empty."),
    (b" \n\t ", "photo.json: is empty."),
    ("{}".encode("utf-16"), "photo.json: is UTF-16 text, a label file must be UTF-8."),
    (b'{"a": "\xe9"}', "photo.json: line 1, column 8: byte 0xe9 is not UTF-8."),
    (b"[1, 2]", "photo.json: is not a label file: it does not begin with {."),
    (b'{"info": {}, "images": []}', "photo.json: is not a label file: it has no shapes."),
    (b'{"shapes": {"a": 1}}', 'photo.json: shapes: must be a list, got {"a": 1}.'),
    (b'{"shapes": null}', "photo.json: shapes: must be a list, got null."),
    (b'{"shapes": []} x', "photo.json: line 1, column 16: there is more text after the end of the object."),
    (b'{"shapes": []}{"shapes": []}', "photo.json: line 1, column 15: there is more text after"),
    (b'{"shapes": [],}', "photo.json: line 1, column 15: expected a key in \"quotes\", found '}'."),
    (b'{"shapes": [{"label": "a"},]}', "photo.json: line 1, column 28: shapes[1]: expected a value, found ']}'."),
    (b'{\n"shapes" [] }', "photo.json: line 2, column 10: expected ':', found '[] }'."),
    (b'{"shapes": [] "a": 1}', "photo.json: line 1, column 15: expected ',' or '}', found '\"a\": 1}'."),
    (b"{'shapes': []}", 'photo.json: line 1, column 2: expected a key in "quotes"'),
    (b'{"shapes": [] /* no */}', "photo.json: line 1, column 15: expected ',' or '}', found '/* no */}'."),
    (b'{"shapes": [], "n": tru}', "photo.json: line 1, column 21: expecting value."),
    (b'{"shapes": [], "n": 01}', "photo.json: line 1, column 22: extra data."),
    (b'{"shapes": [], "n": ' + b"9" * 5000 + b"}", "photo.json: line 1, column 21: a number has too many digits."),
    (b'{"shapes": [], "n": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "the value is nested too deeply."),
    (
        b'{"shapes": [' + b"[" * 100_000 + b"]" * 100_000 + b"]}",
        "photo.json: line 1, column 13: shapes[0]: the value is nest",
    ),
    (
        b'{"shapes": [{"label": "\xc3\xa4", "points": [[1, 2}]}]}',
        "photo.json: line 1, column 44: expecting ',' delimiter.",
    ),
    (b'{"a": {"b": ]}, "shapes": []}', "photo.json: line 1, column 13: expecting value."),
    (_file(5), "photo.json: shapes[0]: must be an object, got 5"),
    (_file(_GOOD, {"points": [[1, 2]]}), "photo.json: shapes[1].label: is missing"),
    (_file(_shape(label=7)), "photo.json: shapes[0].label: must be text, got 7"),
    (_file(_shape(label=None)), "photo.json: shapes[0].label: must be text, got null"),
    (_file(_GOOD, {"label": "a"}), "photo.json: shapes[1].points: is missing"),
    (_file(_shape(points=None)), "photo.json: shapes[0].points: must be a list of points, got null"),
    (_file(_shape(points="1,2")), 'photo.json: shapes[0].points: must be a list of points, got "1,2"'),
    (
        _file(_GOOD, _GOOD, _GOOD, _shape(points=[[1, 2], [3, 4], [1]])),
        "photo.json: shapes[3].points[2]: must be two numbers, got [1]",
    ),
    (_file(_shape(points=[[1, 2, 3]])), "photo.json: shapes[0].points[0]: must be two numbers, got [1, 2, 3]"),
    (_file(_shape(points=[[1, "2"]])), 'photo.json: shapes[0].points[0]: must be two numbers, got [1, "2"]'),
    (_file(_shape(points=[[1, 2], 3])), "photo.json: shapes[0].points[1]: must be two numbers, got 3"),
    (_file(_shape(points=[["a", "b"], [1, 2]])), "photo.json: shapes[0].points[0]: must be two numbers"),
    (_file(_shape(points=[[1, 2], [True, 2]])), "photo.json: shapes[0].points[1]: must be two numbers, got [true, 2]"),
    (_file(_shape(points=[[1, None]])), "photo.json: shapes[0].points[0]: must be two numbers, got [1, null]"),
    (
        _file(_shape(points=[[1, 2], [float("nan"), 2]])),
        "photo.json: shapes[0].points[1]: must be two finite numbers, got [NaN, 2]",
    ),
    (
        _file(_shape(points=[[float("-inf"), float("inf")], [1, 2]])),
        "photo.json: shapes[0].points[0]: must be two finite numbers, got [-Infinity, Infinity]",
    ),
    (
        _file(_shape(points=[[1, 2]])).replace(b"[1, 2]", b"[1e999, 2]"),
        "shapes[0].points[0]: must be two finite numbers",
    ),
    (_file(_shape(points=[[1, 10**400]])), "photo.json: shapes[0].points: holds a number that is too large"),
    (_file(_shape(shape_type="mask")), "photo.json: shapes[0].mask: must be a PNG picture in base64 for a mask shape"),
    (_file(_shape(shape_type="mask", mask=5)), "photo.json: shapes[0].mask: must be text"),
    (_file(_shape(shape_type="mask", mask="@@@")), "photo.json: shapes[0].mask: is not a PNG picture in base64"),
    (
        _file(_shape(shape_type="mask", mask=base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 40).decode())),
        "photo.json: shapes[0].mask: is a damaged PNG picture",
    ),
]


@pytest.mark.parametrize(("data", "message"), _ROWS, ids=range(len(_ROWS)))
def test_bad_input_is_named(data: bytes, message: str) -> None:
    for editable in (True, False):
        with pytest.raises(UserError) as caught:
            native.parse(data, "photo.json", editable=editable)
        assert message in caught.value.text
        assert caught.value.hint
        assert "\n" not in caught.value.text and len(caught.value.text) < 300


@pytest.mark.parametrize("name", ["labelme.json", "x_anylabeling.json", "hand_made.json", "repeated_keys.json"])
def test_a_file_cut_off_anywhere_is_refused(name: str) -> None:
    data = content(name).rstrip()
    for end in range(1, len(data)):
        with pytest.raises(UserError) as caught:
            native.parse(data[:end], name)
        assert name in caught.value.text


def test_a_cut_file_says_so() -> None:
    with pytest.raises(
        UserError, match=r"line 9, column \d+: shapes\[0\]: the text ends in the middle \(the file is cut"
    ):
        native.parse(b'{\n"flags": {},\n"shapes": [\n\n\n\n\n\n{"label": "a", "points": [[1', "photo.json")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.json: cannot be read \(No such file"):
        native.read(tmp_path / "none.json")


@pytest.mark.parametrize(
    ("key", "value"),
    [("imagePath", 5), ("flags", [1]), ("tags", "day"), ("tags", [1]), ("description", 3), ("checked", "yes")],
)
def test_odd_top_level_values_are_noted_and_stay(key: str, value: Any) -> None:
    data = _file(_GOOD, **{key: value})
    document = native.parse(data, "photo.json")
    assert any(note.startswith(f"photo.json: {key}: {json.dumps(value)}") for note in native.notes(document))
    changed = native.serialize(document.with_(extra={"other": 1}))
    assert json.loads(changed) == {**json.loads(data), "other": 1}


def test_sizes_that_differ_from_the_picture_are_noted() -> None:
    from native_corpus import Facts

    document = native.parse(_file(_GOOD, imageWidth=10, imageHeight=20), "photo.json", Facts())
    assert (document.width, document.height) == (320, 200)
    assert native.notes(document) == (
        "photo.json: imageWidth x imageHeight is 10 x 20, the picture has 320 x 200; the picture's size is used",
    )
