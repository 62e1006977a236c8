"""What is taken from configuration files of the other programs, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from anylabel_plus.core.errors import UserError
from anylabel_plus.rivals import rc_file
from anylabel_plus.rivals.taking import START, plan, take
from anylabel_plus.settings import Settings

X_RC = """
language: zh_CN
theme: auto
auto_save: false
keep_prev_scale: true
auto_use_last_label: true
labels: [cat, dog, ' bird ', cat]
label_colors: {cat: [255, 0, 16], dog: [0, 0, 255, 128]}
flags: [blurred, night]
label_flags: {'.*': [occluded], 'cat|dog': [asleep]}
validate_label: exact
epsilon: 12.0
canvas:
  double_click: close
  crosshair: {show: false, width: 2.0, color: '#00FF00'}
  mask: {opacity: 51}
  rotation: {large_increment: 2.0, small_increment: 0.25}
shape: {line_color: [0, 255, 0, 128], point_size: 10}
remote_server_settings: {server_url: 'http://127.0.0.1', api_key: secret}
digit_shortcuts: {1: {mode: create_rectangle, label: cat}, 2: {mode: create_polygon, label: dog}}
from_the_future: 1
shortcuts:
  open: Ctrl+I
  open_next: [D, Right]
  create_polygon: [P, Ctrl+N]
  create_brush_polygon: Ctrl+Shift+N
  loop_thru_labels: ctrl+shift+n
  fit_window: null
  open_video: Ctrl+Alt+O
  quit: Ctrt+Q
  undo: Ctrl+Z
  undo_last_point: [Ctrl+Z, Ctrl+Backspace]
  from_the_future: F9
"""


def rc(tmp_path: Path, text: str, name: str = ".xanylabelingrc") -> rc_file.RcFile:
    path = tmp_path / name
    path.write_text(text)
    return rc_file.read(path)


def test_settings_that_mean_the_same_are_taken(tmp_path: Path) -> None:
    found = plan(rc(tmp_path, X_RC))
    expected = {
        "keys.preset": "X-AnyLabeling",
        "appearance.theme": "system",
        "files.autosave": False,
        "files.keep_previous_view": True,
        "labels.auto_use_last": True,
        "canvas.crosshair": False,
        "canvas.mask_opacity": 0.2,
    }
    assert expected.items() <= found.settings.items()
    start = found.settings[START]
    assert start["labels"] == ["cat", "dog", "bird"]
    assert start["colors"] == {"cat": "#FF0010", "dog": "#0000FF"}
    assert start["image_flags"] == ["blurred", "night"]
    assert start["shape_flags"] == {".*": ["occluded"], "cat|dog": ["asleep"]}
    assert start["digit_shortcuts"]["1"] == {"label": "cat", "mode": "rectangle"}


def test_keys_that_differ_from_the_programs_own_are_taken(tmp_path: Path) -> None:
    own = plan(rc(tmp_path, X_RC)).settings["keys.own"]
    assert own["polygon"] == ["P", "Ctrl+N"]
    assert own["brush"] == ["Ctrl+Shift+N"]
    assert own["fit"] == []
    assert own["undo"] == ["Ctrl+Z", "Ctrl+Backspace"]
    assert "open_image" not in own
    assert "next_image" not in own, "what is left after a reserved key is what the preset has"


def test_the_rest_is_reported_with_the_reason(tmp_path: Path) -> None:
    left = {line.name: line.text for line in plan(rc(tmp_path, X_RC)).left}
    assert left["from_the_future"] == "Not known here."
    assert left["shortcuts.from_the_future"] == "Not known here."
    assert left["shortcuts.quit"].startswith("'Ctrt+Q' is no key")
    assert "moves the selected shapes" in left["shortcuts.open_next"]
    assert left["shortcuts.open_video"] == "There is no such command."
    assert left["epsilon"].startswith("Points are caught")
    assert left["remote_server_settings.api_key"].startswith("There is no such service")
    assert "palette" in left["shape.point_size"]
    assert all(line.text and "secret" not in line.text for line in plan(rc(tmp_path, X_RC)).left)


def test_what_does_not_fit_is_left_alone(tmp_path: Path) -> None:
    text = "auto_save: 3\ntheme: pink\nlabels: cat\nlabel_colors: {cat: red}\nlabel_flags: {'(': [a]}\nshortcuts: 3\n"
    found = plan(rc(tmp_path, text, ".labelmerc"))
    assert found.settings == {"keys.preset": "labelme"}
    assert len(found.left) == 6


def test_two_actions_never_get_the_same_key(tmp_path: Path) -> None:
    found = plan(rc(tmp_path, "shortcuts: {save: F8, undo: [Ctrl+Z, F8]}\n", ".anylabelingrc"))
    assert found.settings["keys.own"] == {"save": ["F8"], "undo": ["Ctrl+Z"]}
    assert [line.text for line in found.left] == ["F8 is given to save too."]


def test_the_programs_own_file_changes_no_key(tmp_path: Path) -> None:
    text = "shortcuts: {open: Ctrl+O, open_next: [D, Ctrl+Shift+D], save_to: null, create_circle: null}\n"
    assert "keys.own" not in plan(rc(tmp_path, text, ".anylabelingrc")).settings


def test_taken_settings_are_saved_and_the_file_is_not_touched(tmp_path: Path) -> None:
    file = rc(tmp_path, X_RC)
    before = file.path.read_bytes(), file.path.stat().st_mtime_ns
    take(Settings(), plan(file))
    again = Settings()
    assert again.get("keys.preset") == "X-AnyLabeling"
    assert again.get("keys.own")["fit"] == []
    assert again.get(START)["labels"][0] == "cat"
    assert (file.path.read_bytes(), file.path.stat().st_mtime_ns) == before


@pytest.mark.parametrize(
    ("text", "rival"),
    [("model_hub: github", "X-AnyLabeling"), ("show_cross_line: true", "AnyLabeling"), ("auto_save: true", "labelme")],
)
def test_a_file_of_another_name_is_known_by_what_is_in_it(tmp_path: Path, text: str, rival: str) -> None:
    assert rc(tmp_path, text, "config.yaml").rival == rival


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"labels: [cat", "line 1: not YAML"),
        (b"- cat\n- dog\n", "this is a list"),
        (b"!!python/object/apply:os.system [echo]", "not YAML"),
        (b"\xff\xfe\x00", "no UTF-8 text"),
        (b"a" * 1_000_001, "more than 1 MB"),
    ],
)
def test_what_is_no_configuration_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / ".labelmerc"
    path.write_bytes(data)
    with pytest.raises(UserError, match=reason):
        rc_file.read(path)
    with pytest.raises(UserError, match="not read"):
        rc_file.read(tmp_path / "none")


def test_the_files_of_a_home_are_found(tmp_path: Path) -> None:
    assert rc_file.find(tmp_path) == []
    (tmp_path / ".labelmerc").write_text("")
    (tmp_path / ".anylabelingrc").mkdir()
    assert rc_file.find(tmp_path) == [tmp_path / ".labelmerc"]


def test_brightness_kept_by_the_rival_is_kept_here(tmp_path: Path) -> None:
    found = plan(rc(tmp_path, "keep_prev_brightness: true\nkeep_prev_contrast: true\n", ".anylabelingrc"))
    assert found.settings["files.keep_display"] is True
    assert any(line.name == "keep_prev_contrast" and "together" in line.text for line in found.left)
