"""Deleting a label file: only the one that is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from anylabel_plus.core.errors import UserError
from anylabel_plus.formats import native


def test_the_expected_file_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    native.save(native.new_document("a.png", 4, 3), path)
    assert native.remove(path, native.stamp(path)) is True
    assert not path.exists()
    assert native.remove(path, None) is False


@pytest.mark.parametrize("known", [True, False])
def test_another_programs_file_stays(tmp_path: Path, known: bool) -> None:
    path = tmp_path / "a.json"
    native.save(native.new_document("a.png", 4, 3), path)
    expected = native.stamp(path) if known else None
    path.write_text('{"shapes": [], "theirs": true}')
    with pytest.raises(native.ChangedOnDisk, match="was not deleted"):
        native.remove(path, expected)
    assert "theirs" in path.read_text()


def test_a_file_that_cannot_be_deleted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    native.save(native.new_document("a.png", 4, 3), path)

    def refuse(self: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(UserError, match=r"a\.json: was not deleted \(Permission denied\)"):
        native.remove(path, native.stamp(path))
    assert path.exists()
