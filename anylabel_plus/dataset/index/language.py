"""The query language of the filter field and of ``find``: text to ``Filter``.

Words are looked for in the path; ``key:value`` asks for more; all must hold. A minus before a part means
"not". Quotes keep blanks together. A comma between values means "or".

    car_07                  the path contains it
    "my folder"             with a blank
    re:^img_0[1-3]          a regular expression on the relative path
    label:car               has a shape of this label; label:traffic* and label:car,bus work too
    -label:person           has none
    by:model                has a shape made by a person, model, synth or import
    kind:polygon            has a shape of this kind
    score:<0.5              has a shape with such a score; also >=0.5 and 0.2..0.5
    area:<100               has a shape of so many square pixels
    count:0                 so many shapes; also >10 and 1..5
    checked:no              review state: yes or no
    labelled:no             without a label file
    waiting:yes             holds results of a model that nobody has looked at
    tag:night  flag:blurred
    split:val               for training, validation or test: train, val, test or none
    image:composite         what kind of picture it is: captured or composite
    problem:yes             the image or its label file cannot be read
    sort:score              by name, time, size, count or score; -sort:count turns the order round

``label``, ``by``, ``kind``, ``score`` and ``area`` together speak of the same shape:
``label:car by:model score:<0.5`` finds images with a car that a model made with a low score.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.dataset.image_kinds import KINDS as IMAGE_KINDS
from anylabel_plus.dataset.index.query import SORTS, Filter, Range
from anylabel_plus.dataset.split_file import PARTS

_PART = re.compile(r'(-?)(?:([A-Za-z]+):)?((?:"[^"]*"|[^\s"])*)(\s+|$)')
_NUMBER = r"-?\d+(?:\.\d+)?"
_COMPARED = re.compile(rf"(<=|>=|<|>|=)?({_NUMBER})")
_BETWEEN = re.compile(rf"({_NUMBER})\.\.({_NUMBER})")
_YES, _NO = frozenset(("yes", "true", "1")), frozenset(("no", "false", "0"))
_MAKERS = {"person": "human", "human": "human", "model": "model", "import": "import", "imported": "import",
           "synth": "synthesis", "synthesis": "synthesis"}  # fmt: skip
_SAME = {"labeled": "labelled", "name": "text", "shapes": "count", "made": "by"}


class QueryError(UserError):
    """A query that says something that cannot be understood; ``part`` is the part of the text concerned."""

    def __init__(self, text: str, hint: str, part: str) -> None:
        super().__init__(text, hint)
        self.part = part

    def __reduce__(self) -> Any:
        return QueryError, (self.text, self.hint, self.part)


def parse(text: str) -> Filter:
    """The filter of a query.

    Raises:
        QueryError: names the part that is wrong and what it can be.
    """
    if text.count('"') % 2:
        raise QueryError("A quotation mark has no partner.", 'Write "two words" with both.', '"')
    found: dict[str, Any] = {}
    place = 0
    text = text.strip()
    while place < len(text):
        match = _PART.match(text, place)
        assert match is not None, "every text begins with a part"
        place = match.end()
        minus, key, value = match.group(1), (match.group(2) or "").lower(), match.group(3)
        _take(found, bool(minus), _SAME.get(key, key), value, match.group(0).strip())
    return Filter(**found)


def _take(found: dict[str, Any], minus: bool, key: str, value: str, part: str) -> None:
    plain = value.replace('"', "")
    if not key or key == "text":
        if plain:
            _append(found, "no_text" if minus else "text", plain)
        elif minus:
            raise QueryError("A minus stands alone.", "Write it before a word: -test.", part)
        return
    take = _KEYS.get(key)
    if take is None:
        known = ", ".join(sorted(_KEYS))
        raise QueryError(f"“{key}:” is not known here.", f"Known are {known}. Quote a text with a colon.", part)
    if not plain:
        raise QueryError(f"After “{key}:” something is missing.", _hint(key), part)
    take(found, minus, key, value, part)


def _append(found: dict[str, Any], name: str, *values: Any) -> None:
    found[name] = (*found.get(name, ()), *values)


def _names(value: str) -> tuple[str, ...]:
    """Names between commas; a comma inside quotes belongs to the name."""
    parts = re.findall(r'(?:"[^"]*"|[^",])+', value)
    return tuple(name for name in (part.replace('"', "").strip() for part in parts) if name)


def _groups(found: dict[str, Any], minus: bool, key: str, value: str, part: str) -> None:
    _append(found, f"{'no_' if minus else ''}{key}s", _names(value))


def _choice(names: dict[str, str], plural: str) -> Callable[[dict[str, Any], bool, str, str, str], None]:
    def take(found: dict[str, Any], minus: bool, key: str, value: str, part: str) -> None:
        for name in _names(value):
            if name.lower() not in names:
                raise QueryError(f"“{name}” is none of the values of “{key}:”.", _hint(key), part)
            _append(found, f"no_{plural}" if minus else plural, names[name.lower()])

    return take


def _yes_no(found: dict[str, Any], minus: bool, key: str, value: str, part: str) -> None:
    word = value.lower()
    if word not in _YES | _NO:
        raise QueryError(f"“{key}:” takes yes or no, not “{value}”.", "", part)
    found[key] = (word in _YES) != minus


def _pattern(found: dict[str, Any], minus: bool, key: str, value: str, part: str) -> None:
    pattern = value.replace('"', "")
    try:
        re.compile(pattern)
    except re.error as error:
        raise QueryError(f"“{pattern}” is no regular expression: {error}.", "", part) from error
    name = "no_pattern" if minus else "pattern"
    if name in found:
        raise QueryError("Only one regular expression can be used.", "Join them: re:one|two.", part)
    found[name] = pattern


def _numbers(found: dict[str, Any], minus: bool, key: str, value: str, part: str) -> None:
    if minus:
        raise QueryError(f"“-{key}:” is not possible.", "Turn the sign round: score:>=0.5 for -score:<0.5.", part)
    if key in found:
        raise QueryError(f"“{key}:” is there twice.", f"Write both limits at once: {key}:0.2..0.5.", part)
    if match := _BETWEEN.fullmatch(value):
        found[key] = Range(float(match.group(1)), float(match.group(2)))
    elif match := _COMPARED.fullmatch(value):
        sign, number = match.group(1) or "=", float(match.group(2))
        found[key] = {
            "<": Range(high=number, high_open=True), "<=": Range(high=number),
            ">": Range(number, low_open=True), ">=": Range(number), "=": Range(number, number),
        }[sign]  # fmt: skip
    else:
        raise QueryError(f"“{value}” is no number or range.", _hint(key), part)


def _sort(found: dict[str, Any], minus: bool, key: str, value: str, part: str) -> None:
    name = value.lower()
    if name not in SORTS:
        raise QueryError(f"Cannot sort by “{value}”.", _hint("sort"), part)
    found["sort"], found["descending"] = name, minus


def _hint(key: str) -> str:
    hints = {
        "by": "Use person, model, synth or import.",
        "kind": f"Use {', '.join(KINDS)}.",
        "sort": f"Use {', '.join(SORTS)}.",
        "split": f"Use {', '.join(PARTS)}.",
        "image": f"Use {', '.join(IMAGE_KINDS)}.",
        "score": "Write score:<0.5, score:>=0.5 or score:0.2..0.5.",
        "area": "Write area:<100, area:>=100 or area:10..100.",
        "count": "Write count:0, count:>10 or count:1..5.",
        "re": "Write a regular expression, such as re:^img_.",
    }
    return hints.get(key, f"Write {key}:name, with quotes around a name with blanks.")


_KEYS: dict[str, Callable[[dict[str, Any], bool, str, str, str], None]] = {
    "label": _groups,
    "tag": _groups,
    "flag": _groups,
    "split": _choice({name: name for name in PARTS}, "splits"),
    "image": _choice({name: name for name in IMAGE_KINDS}, "images"),
    "by": _choice(_MAKERS, "by"),
    "kind": _choice({name: name for name in KINDS}, "kinds"),
    "checked": _yes_no,
    "labelled": _yes_no,
    "waiting": _yes_no,
    "problem": _yes_no,
    "score": _numbers,
    "area": _numbers,
    "count": _numbers,
    "re": _pattern,
    "sort": _sort,
}


def quoted(name: str) -> str:
    """``name`` as a value of the language: in quotes where it has blanks, commas or colons."""
    plain = name.replace('"', "")
    return f'"{plain}"' if not plain or re.search(r"[\s,:]", plain) or plain.startswith("-") else plain
