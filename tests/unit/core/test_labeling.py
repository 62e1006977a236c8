"""Attributes, flags and number keys of a data set: what files say is read, refused with its place, written back."""

from __future__ import annotations

from typing import Any

import pytest

from anylabel_plus.core import attributes, labeling
from anylabel_plus.core.attributes import Attribute, Schema
from anylabel_plus.core.errors import UserError
from anylabel_plus.core.labeling import DigitKey, Labeling, label_list

X_FILE = {
    "vehicle": {"color": ["red", "white"], "type": ["SUV", "bus"], "plate": "", "behind": []},
    "person": {"glasses": ["yes", "no"]},
    "__widget_types__": {
        "vehicle": {"color": "radiobutton", "plate": "lineedit", "behind": "group_id"},
        "person": {"glasses": "radiobutton"},
    },
}


def test_the_attributes_file_of_x_anylabeling_is_read() -> None:
    schema = attributes.parse(X_FILE, "a.json")
    assert schema.of("vehicle") == (
        Attribute("color", "radio", ("red", "white")),
        Attribute("type", "combo", ("SUV", "bus")),
        Attribute("plate", "text"),
        Attribute("behind", "groups"),
    )
    assert schema.of("dog") == ()
    assert attributes.parse(schema.to_x(), "b.json") == schema
    assert attributes.parse(schema.to_json(), "c.json") == schema


def test_the_oldest_form_has_lists_of_choices_only() -> None:
    schema = attributes.parse({"cat": {"fur": ["short", "long"]}}, "a.json")
    assert schema.of("cat") == (Attribute("fur", "combo", ("short", "long")),)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "must hold an object"),
        ({"cat": []}, "cat: must be an object"),
        ({"cat": {"fur": []}}, "cat, fur: needs a list of choices"),
        ({"cat": {"fur": [1]}}, "cat, fur: needs a list of choices"),
        ({"cat": {"fur": ["a"]}, "__widget_types__": {"cat": {"fur": "slider"}}}, "'slider'"),
        ({"cat": {"age": {"kind": "colour"}}}, "not 'colour'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(data: Any, said: str) -> None:
    with pytest.raises(UserError) as error:
        attributes.parse(data, "a.json")
    assert str(error.value).startswith("a.json: ")
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("row", "good", "bad"),
    [
        (Attribute("a", "radio", ("x", "y")), "x", "z"),
        (Attribute("a", "number", low=0, high=5), 2.5, 6),
        (Attribute("a", "number"), 3, True),
        (Attribute("a", "check"), False, "no"),
        (Attribute("a", "text"), "", 3),
        (Attribute("a", "groups"), [1, 2], [True]),
    ],
)
def test_values_are_checked(row: Attribute, good: Any, bad: Any) -> None:
    assert row.check(good) == good
    with pytest.raises(ValueError, match="a must be"):
        row.check(bad)


def test_attributes_of_every_label_come_first_and_an_own_one_goes_before_them() -> None:
    schema = Schema({
        "*": (Attribute("seen", "check"), Attribute("fur", "text")),
        "cat": (Attribute("fur", "combo", ("long",)),),
    })  # fmt: skip
    assert [(row.name, row.kind) for row in schema.of("cat")] == [("seen", "check"), ("fur", "combo")]
    assert [row.name for row in schema.of("dog")] == ["seen", "fur"]
    assert set(schema.renamed("cat", "tomcat").labels) == {"*", "tomcat"}


def test_a_set_up_comes_back_whole() -> None:
    value = Labeling(
        attributes.parse(X_FILE, "a"),
        ("blurred", "night"),
        {".*": ("occluded",), "cat|dog": ("asleep",)},
        {"0": DigitKey("person", "rectangle"), "3": DigitKey("vehicle")},
    )
    assert labeling.parse(value.to_json(), "x") == value
    assert value.flags_of("cat") == ("occluded", "asleep")
    assert value.flags_of("category") == ("occluded",)


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"image_flags": "blurred"},
        {"shape_flags": {"(": ["a"]}},
        {"shape_flags": {"a": "b"}},
        {"digit_shortcuts": {"12": {"mode": "", "label": "a"}}},
        {"digit_shortcuts": {"1": {"mode": ""}}},
    ],
)
def test_a_wrong_set_up_is_refused(data: Any) -> None:
    with pytest.raises(UserError, match=r"^(labeling\.json: |'\(' is no)"):
        labeling.parse(data, "labeling.json")


def test_number_keys_are_the_first_labels_unless_assigned() -> None:
    names = [f"l{number}" for number in range(12)]
    keys = Labeling().keys(names)
    assert [keys[digit].label for digit in "1234567890"] == names[:10]
    keys = Labeling(digits={"1": DigitKey("l11", "polygon"), "5": DigitKey("l0")}).keys(names)
    assert keys["1"] == DigitKey("l11", "polygon")
    assert keys["5"].label == "l0"
    assert [keys[digit].label for digit in "234"] == ["l1", "l2", "l3"]
    assert sorted(Labeling().keys(["", "a"])) == ["1"]


def test_renaming_takes_attributes_and_keys_along() -> None:
    value = Labeling(attributes.parse(X_FILE, "a"), digits={"1": DigitKey("person")}).renamed("person", "human")
    assert value.schema.of("human")
    assert value.digits["1"].label == "human"
    assert not value.without("human").schema.of("human")
    assert not value.without("human").digits


def test_a_class_list_is_read_without_what_editors_leave_in_it() -> None:
    assert label_list("\ufeffcat \r\n dog\n\n\tbird\ncat\n") == ["cat", "dog", "bird"]
