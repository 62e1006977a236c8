"""What the parts below the window say, in the language in use.

Errors, reasons and remarks are made as English sentences where they arise, also in other processes and for the
command line. The window finds the sentence among the keys of the catalogue, whose placeholders stand for what was
filled in, and shows its translation with the same words in it. A sentence that no key fits is shown as it is.
``packaging/translations.py`` collects these sentences from the calls that make them.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from functools import lru_cache

from anylabel_plus.core.errors import UserError
from anylabel_plus.ui import language

LETTERS_AT_LEAST = 6
"""A key with fewer letters of its own would fit nearly anything."""


@dataclass(frozen=True, slots=True)
class _Form:
    """A key with placeholders: ``longest`` of its own words is looked for first, being quicker than ``pattern``."""

    key: str
    longest: str
    own: int
    pattern: re.Pattern[str]


def said(message: object) -> str:
    """An error, or a sentence of one, in the language in use."""
    if isinstance(message, UserError):
        return f"{_sentence(message.text)} {_sentence(message.hint)}".strip()
    return _sentence(str(message))


def _sentence(text: str) -> str:
    if not text or language.current() == "en":
        return text
    found = _whole(text)
    for end in re.finditer(r"[.!?] ", text) if found is None else ():
        head, rest = _whole(text[: end.start() + 1]), text[end.end() :]
        if head is not None:  # an error and what to do about it, in one text
            return f"{head} {_sentence(rest)}"
    return text if found is None else found


def _whole(text: str) -> str | None:
    """The translation of the whole text; None when no key fits."""
    exact = language.known(text)
    if exact is not None:
        return exact
    for form in _forms(language.current()):
        if form.longest in text and (match := form.pattern.fullmatch(text)):
            return language.tr(form.key, **match.groupdict())
    return None


@lru_cache(maxsize=1)
def _forms(code: str) -> tuple[_Form, ...]:
    """The keys with placeholders of a language, those with most words of their own first."""
    forms = (_form(key) for key in language.read_catalogue(code) if "{" in key)
    return tuple(sorted((form for form in forms if form is not None), key=lambda form: -form.own))


def _form(key: str) -> _Form | None:
    parts = list(string.Formatter().parse(key))
    own = [words for words, *_ in parts if words]
    names = [name for _, name, *_ in parts if name]
    letters = sum(letter.isalpha() for words in own for letter in words)
    if letters < LETTERS_AT_LEAST or len(set(names)) != len(names):
        return None
    pattern = "".join(re.escape(words) + (f"(?P<{name}>.*?)" if name else "") for words, name, *_ in parts)
    return _Form(key, max(own, key=len), letters, re.compile(pattern, re.DOTALL))
