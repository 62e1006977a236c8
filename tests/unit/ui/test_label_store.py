"""The colours of a folder's labels survive whatever a label may be called."""

from __future__ import annotations

from pathlib import Path

from anylabel_plus.core.labels import LabelColors
from anylabel_plus.ui import label_store


def test_labels_of_any_text_are_stored(tmp_path: Path) -> None:
    colors = LabelColors().with_labels(["名前", "half a pair \ud800", 'quote " and\nline'])
    label_store.write(tmp_path, colors)
    assert label_store.read(tmp_path).to_json() == colors.to_json()


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    label_store.write(tmp_path / "missing", LabelColors().with_labels(["a"]))
    assert not label_store.read(tmp_path / "missing")
