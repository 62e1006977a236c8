"""Recipes as TOML: what is written is read again, and a mistake is told with file, knob and what is right."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anylabel_plus.core.errors import UserError
from anylabel_plus.jobs.recipe_file import from_toml, load_recipe, save_recipe, to_toml, with_values
from anylabel_plus.synthesis.knobs import Knob
from anylabel_plus.synthesis.recipe import SECTIONS, VERSION, Recipe, checked, recipe_hash, rows

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def number(row: Knob) -> st.SearchStrategy[float]:
    return st.floats(row.low, row.high, allow_nan=False)


def values_of(row: Knob) -> st.SearchStrategy[Any]:
    """Any value that the knob may have."""
    whole = st.integers(int(row.low), int(row.high))
    unit = st.floats(0, 1)
    pairs: dict[str, Any] = {
        "whole": whole,
        "number": number(row),
        "range": st.tuples(number(row), number(row)).map(sorted).map(tuple),
        "whole range": st.tuples(whole, whole).map(sorted).map(tuple),
        "flag": st.booleans(),
        "labels": st.lists(TEXTS, max_size=4).map(tuple),
        "weights": st.lists(st.tuples(TEXTS, st.floats(0, 1e6)), max_size=4).map(tuple),
        "region": st.lists(
            st.lists(st.tuples(unit, unit), min_size=3, max_size=5).map(tuple), min_size=1, max_size=2
        ).map(tuple),
        "text": TEXTS,
    }
    if row.name == "output_size":
        return st.sampled_from(["background", "1280x720", "160x16384"])
    if row.name == "surfaces":
        return TEXTS.map(lambda text: text or "masks")
    if row.kind == "choice":
        return st.sampled_from(row.choices)
    if row.kind == "choices":
        return st.lists(st.sampled_from(row.choices), min_size=1, unique=True).map(tuple)
    return pairs[row.kind]


@given(st.fixed_dictionaries({row.name: values_of(row) for row in rows()}))
def test_any_recipe_comes_back(values: dict[str, Any]) -> None:
    recipe = checked(replace(Recipe(), **values))
    again = from_toml(to_toml(recipe))
    assert again == recipe
    assert recipe_hash(again) == recipe_hash(recipe)


def test_the_default_recipe_is_readable(tmp_path: Path) -> None:
    text = to_toml(Recipe())
    data = tomllib.loads(text)
    assert list(data) == ["version", *SECTIONS]
    assert {name for table in SECTIONS for name in data[table]} == {row.name for row in rows()}
    lines = text.splitlines()
    for row in rows():
        above = lines[next(n for n, line in enumerate(lines) if line.startswith(f"{row.name} =")) - 1]
        assert above.startswith("#")
    assert "# Blur. Blur of each object, as of a lens. From and to, 0 to 8 px." in lines
    assert all(len(line) <= 120 for line in lines)
    save_recipe(tmp_path / "r.toml", replace(Recipe(), weights=(("my dog", 2.0), ("cat", 0.5))))
    assert 'weights = { "my dog" = 2.0, cat = 0.5 }' in (tmp_path / "r.toml").read_text()
    assert load_recipe(tmp_path / "r.toml").weights == (("my dog", 2.0), ("cat", 0.5))
    assert [path.name for path in tmp_path.iterdir()] == ["r.toml"]


@pytest.mark.parametrize("text", ["", "\ufeffversion = 1\r\n", "[objects]\r\n\r\n[output]\r\n", "# nothing\n"])
def test_what_is_left_out_keeps_its_default(tmp_path: Path, text: str) -> None:
    path = tmp_path / "part.toml"
    path.write_bytes(text.encode())
    assert load_recipe(path) == Recipe()


def test_a_part_of_the_knobs(tmp_path: Path) -> None:
    path = tmp_path / "part.toml"
    path.write_text('[objects]\nobjects = [3, 3]\n[blending]\nblend = "poisson"\n')
    assert load_recipe(path) == replace(Recipe(), objects=(3, 3), blend="poisson")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[blend]\n", ["blend stands in no table", "Put it below [blending]."]),
        ("[placment]\n", ["no table 'placment'", "Did you mean placement?"]),
        ("[zzz]\n", ["no table 'zzz'", "There are: objects"]),
        ("[blending]\nfether = 2\n", ["[blending] has no knob 'fether'", "Did you mean feather?"]),
        ("[objects]\nblend = 'box'\n", ["blend is no knob of [objects]", "Put it below [blending]."]),
        ("blend = 'box'\n", ["blend stands in no table", "Put it below [blending]."]),
        ("objects = [1, 2]\n", ["objects must be a table", "[objects]"]),
        ("[blending]\nfeather = 'wide'\n", ["feather must be a number, not 'wide'"]),
        ("[blending]\nfeather = 60\n", ["feather must be 0 to 6, not 60"]),
        ("[blending]\nfeather = nan\n", ["feather must be a number"]),
        ("[objects]\nobjects = [1, inf]\n", ["objects must be"]),
        ("[objects]\nobjects = [4, 1]\n", ["objects must be from the smaller to the larger"]),
        ("[blending]\nblend = 'soft'\n", ["blend must be one of none, gaussian"]),
        ("[appearance]\nmatch_jpeg = 1\n", ["match_jpeg must be true or false, not 1"]),
        ("[output]\noutput_size = '12'\n", ["output_size must be background or width x height", "1280x720"]),
        ("[placement]\nmin_visible = 500\n[output]\noutput_size = '20x20'", ["min_visible is 500 px²", "has 400"]),
        ("[placement]\nplace = 'region'\n", ["no region is drawn"]),
        ("[objects]\nweights = { dog = -1 }\n", ["weights must be a weight of 0 or more"]),
        ("version = 99\n", [f"later version of the program (recipe version {99})", "Update the program."]),
        ("version = 'new'\n", ["version must be a whole number"]),
        ("[objects\n", ["is no valid TOML", "line 1"]),
    ],
)
def test_a_mistake_is_told_with_file_and_knob(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        load_recipe(path)
    assert str(caught.value).startswith(f"{path}: ")
    for part in parts:
        assert part in str(caught.value)


def test_files_that_are_no_recipes(tmp_path: Path) -> None:
    (tmp_path / "picture.toml").write_bytes(b"\xff\xd8\xff\xe0")
    for name, text in (("missing.toml", "cannot be read"), ("picture.toml", "no text file"), (".", "cannot be read")):
        with pytest.raises(UserError, match=text):
            load_recipe(tmp_path / name)
    with pytest.raises(UserError, match="cannot be written"):
        save_recipe(tmp_path / "no" / "r.toml", Recipe())
    with pytest.raises(UserError, match="no file can hold"):
        save_recipe(tmp_path / "r.toml", replace(Recipe(), surfaces="\udcff"))
    assert VERSION >= 1


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("blend=poisson", "blend", "poisson"),
        ("blend = 'box'", "blend", "box"),
        ("objects=2,5", "objects", (2, 5)),
        ("objects=[2, 5]", "objects", (2, 5)),
        ("labels=dog, my cat", "labels", ("dog", "my cat")),
        ('labels=["a,b"]', "labels", ("a,b",)),
        ("labels=", "labels", ()),
        ("mixed=none,box", "mixed", ("none", "box")),
        ("shadow=0.5", "shadow", 0.5),
        ("rotation=-180,180", "rotation", (-180.0, 180.0)),
        ("match_jpeg=false", "match_jpeg", False),
        ("output_size=640x480", "output_size", "640x480"),
        ("weights=dog=2, cat=1", "weights", (("dog", 2.0), ("cat", 1.0))),
        ("region=[[[0,0],[1,0],[1,1]]]", "region", (((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),)),
    ],
)
def test_single_knobs_by_text(setting: str, name: str, value: Any) -> None:
    assert with_values(Recipe(), [setting]) == replace(Recipe(), **{name: value})


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("blend", "there is no value"),
        ("blnd=box", "Did you mean blend?"),
        ("blend=soft", "--set: blend must be one of"),
        ("objects=two", "--set: objects must be"),
        ("shadow=dark", "--set: shadow must be a number"),
        ("output_size=0x0", "--set: output_size must be"),
    ],
)
def test_single_knobs_that_cannot_be(setting: str, text: str) -> None:
    with pytest.raises(UserError) as caught:
        with_values(Recipe(), [setting])
    assert text in str(caught.value)
