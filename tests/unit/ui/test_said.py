"""Errors and remarks of the parts below the window, in the language in use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui import language
from anylabel_plus.ui.said import _forms, said

CATALOGUE = {
    "Open it again.": "再打开一次。",
    "{file}: no permission to read it.": "{file}：没有读取权限。",
    "{file}: not readable ({reason}).": "{file}：无法读取（{reason}）。",
    "{a}: {b}": "never: {b} {a}",
}


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(language, "read_catalogue", lambda _: CATALOGUE)
    language.use("zh_CN")
    _forms.cache_clear()
    yield
    monkeypatch.undo()
    _forms.cache_clear()
    language.use("en")


def test_an_error_is_found_by_its_words() -> None:
    error = UserError("/a/b: c/1.png: no permission to read it.", "Open it again.")
    assert said(error) == "/a/b: c/1.png：没有读取权限。 再打开一次。"


def test_an_error_that_became_a_text_keeps_its_hint() -> None:
    assert said(str(UserError("1.png: not readable (I/O error).", "Open it again."))) == (
        "1.png：无法读取（I/O error）。 再打开一次。"
    )


def test_braces_in_a_file_name_are_no_placeholders() -> None:
    assert said("{x}.png: no permission to read it.") == "{x}.png：没有读取权限。"


def test_what_no_key_fits_stays() -> None:
    assert said("1.png: something quite different.") == "1.png: something quite different."
    assert said("") == ""


def test_english_is_left_alone() -> None:
    language.use("en")
    assert said("Open it again.") == "Open it again."
