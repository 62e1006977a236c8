"""The language of the window: English texts in the code, one catalogue a language in ``resources/translations``.

Every text that the window shows goes through one of two functions, with the English text as a literal::

    tr("Open folder…")
    tr("{name} was not saved ({reason}).", name=path.name, reason=error)
    ntr("{n} shape", "{n} shapes", count)

A text that is translated later, in a table of the module, is marked where it stands: ``mark("finished")``.

Whole sentences with named placeholders, never joined fragments. Texts of tables (titles of actions, labels of
settings, kinds, models, jobs) stay plain English in their rows and are given to ``tr`` where they are shown;
``packaging/translations.py`` collects both sorts and finds what a catalogue lacks or no longer needs.

A catalogue is a JSON object, English text to translation. A text with a plural is filed under its plural
form; where the language has several forms too, its translation is an object ``{"one": …, "other": …}``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QLocale

from anylabel_plus import paths

LANGUAGES: dict[str, str] = {
    "en": "English",
    "zh_CN": "简体中文",
    "vi": "Tiếng Việt",
    "ja": "日本語",
    "ko": "한국어",
}
"""Code to the language's own name. To add one: a row, and its catalogue."""

Catalogue = Mapping[str, str | Mapping[str, str]]

_code = "en"
_catalogue: Catalogue = {}


def read_catalogue(code: str) -> Catalogue:
    """The catalogue of a language; empty for English. Raises KeyError for an unknown code."""
    if code not in LANGUAGES:
        raise KeyError(code)
    if code == "en":
        return {}
    catalogue: Catalogue = json.loads(paths.resources("translations", f"{code}.json").read_bytes())
    return catalogue


def use(code: str) -> None:
    """Speak this language from now on; texts already shown stay as they are."""
    global _code, _catalogue
    _catalogue = read_catalogue(code)
    _code = code


def current() -> str:
    """The code of the language in use."""
    return _code


def nearest(locale_name: str) -> str:
    """The code that serves a system locale such as "zh_CN", "ja_JP" or "de_AT" best."""
    name = locale_name.replace("-", "_")
    if name in LANGUAGES:
        return name
    head = name.split("_")[0]
    return next((code for code in LANGUAGES if code.split("_")[0] == head), "en")


def locale() -> QLocale:
    """How numbers and dates are written; American where the system does not say."""
    system = QLocale()
    return QLocale("en_US") if system.language() == QLocale.Language.C else system


def number(value: int) -> str:
    """A whole number with the thousands separator of the locale."""
    return locale().toString(value)


def tr(text: str, /, **values: Any) -> str:
    """``text`` in the language in use, with its named placeholders filled."""
    found = _catalogue.get(text, text)
    if not isinstance(found, str):
        found = found["other"]
    return found.format(**values) if values else found


def known(text: str) -> str | None:
    """The translation of a text without placeholders; None when the catalogue has none."""
    found = _catalogue.get(text)
    return found if isinstance(found, str) else None


def mark(text: str) -> str:
    """``text`` itself, found by those who translate; ``tr`` gets it where it is shown."""
    return text


def ntr(one: str, many: str, n: int, /, **values: Any) -> str:
    """The form for a count; ``{n}`` is the count with the separators of the locale."""
    found = _catalogue.get(many)
    if found is None:
        text = one if n == 1 else many
    elif isinstance(found, str):
        text = found
    else:
        text = found["one" if n == 1 else "other"]
    return text.format(n=number(n), **values)
