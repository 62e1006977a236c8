from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence

from anylabel_plus.key_names import canonical, check_keys


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ctrl+shift+d", "Ctrl+Shift+D"),
        ("Shift+Ctrl+D", "Ctrl+Shift+D"),
        ("Ctrl++", "Ctrl++"),
        ("+", "+"),
        ("Del", "Delete"),
        ("Meta+H", "Meta+H"),
        (" alt + f4 ", "Alt+F4"),
        ("PageDown", "PgDown"),
        ("`", "`"),
    ],
)
def test_keys_have_one_way_to_be_written(text: str, key: str) -> None:
    assert canonical(text) == key
    assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) == key.replace("Delete", "Del")


@pytest.mark.parametrize("text", ["", "Ctrt+A", "Ctrl+", "Ctrl+Shift", "Hyper+X", "AB", "Ctrl+K, Ctrl+C"])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no key"):
        canonical(text)


def test_a_table_of_keys_is_checked_and_put_in_form() -> None:
    assert check_keys({"fit": ["ctrl+f", "Ctrl+F"], "save": []}) == {"fit": ["Ctrl+F"], "save": []}
    for wrong in ([], {"fit": "F"}, {"fit": [1]}, {"fit": ["Ctrt+A"]}):
        with pytest.raises(ValueError, match=r"must|no key"):
            check_keys(wrong)
