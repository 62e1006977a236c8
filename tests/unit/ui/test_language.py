"""Texts in the language in use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from anylabel_plus.ui import language


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    yield
    language.use("en")


def test_english_is_the_text_itself() -> None:
    assert language.tr("Save") == "Save"
    assert language.tr("{name} was saved.", name="a.json") == "a.json was saved."
    assert language.ntr("{n} shape", "{n} shapes", 1) == "1 shape"
    assert language.ntr("{n} shape", "{n} shapes", 2) == "2 shapes"


def test_a_catalogue_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = {"Save": "Speichern", "{n} shapes": {"one": "{n} Form", "other": "{n} Formen"}}
    monkeypatch.setattr(language, "_catalogue", catalogue)
    assert language.tr("Save") == "Speichern"
    assert language.tr("Missing") == "Missing"
    assert [language.ntr("{n} shape", "{n} shapes", n) for n in (1, 2)] == ["1 Form", "2 Formen"]


def test_a_language_without_plurals_has_one_form(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "_catalogue", {"{n} shapes": "{n} 个形状"})
    assert language.ntr("{n} shape", "{n} shapes", 1) == "1 个形状"


@pytest.mark.parametrize("code", list(language.LANGUAGES))
def test_every_language_has_its_catalogue(code: str) -> None:
    language.use(code)
    assert language.current() == code


def test_an_unknown_language_is_refused_and_changes_nothing() -> None:
    with pytest.raises(KeyError):
        language.use("xx")
    assert language.current() == "en"


@pytest.mark.parametrize(
    ("system", "expected"),
    [("zh_CN", "zh_CN"), ("zh-TW", "zh_CN"), ("ja_JP", "ja"), ("vi", "vi"), ("de_AT", "en"), ("C", "en")],
)
def test_the_system_language(system: str, expected: str) -> None:
    assert language.nearest(system) == expected
