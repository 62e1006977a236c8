"""Tokens keep their promises of contrast; icons exist; fonts and style sheet are built from tokens only."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QFontInfo, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QPushButton

from anylabel_plus import paths
from anylabel_plus.core import labels
from anylabel_plus.core.shapes import KINDS
from anylabel_plus.ui import icons, stylesheet, theme
from anylabel_plus.ui.widgets.rows import FileRowDelegate

MODES = ("dark", "light")
SURFACES = ("bg_app", "bg_panel", "bg_raised", "bg_overlay", "bg_hover", "bg_selected", "bg_selected_idle")
TEXTS = ("text", "text_2", "text_3")
STATES = ("success", "warning", "danger", "model", "synth", "human")


def contrast(a: QColor, b: QColor) -> float:
    lighter, darker = sorted((labels.luminance(a.name()), labels.luminance(b.name())), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def source_files() -> list[Path]:
    return sorted((Path(paths.__file__).parent / "ui").rglob("*.py"))


@pytest.fixture
def app(qapp: QApplication) -> QApplication:
    theme.apply(qapp, "dark")
    return qapp


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("role", TEXTS + STATES + ("accent",))
def test_text_reads_on_every_surface(mode: str, surface: str, role: str) -> None:
    roles = theme.tokens(mode)  # type: ignore[arg-type]
    assert contrast(roles[role], roles[surface]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("role", ["success", "warning", "danger", "model", "synth", "accent"])
def test_states_read_on_their_own_soft_background(mode: str, role: str) -> None:
    roles = theme.tokens(mode)  # type: ignore[arg-type]
    assert contrast(roles[role], roles[f"{role}_soft"]) >= 4.5


@pytest.mark.parametrize("mode", MODES)
def test_fills_outlines_and_focus_are_visible(mode: str) -> None:
    roles = theme.tokens(mode)  # type: ignore[arg-type]
    assert contrast(roles["text_on_accent"], roles["accent_fill"]) >= 4.5
    assert contrast(roles["text_on_accent"], roles["danger_fill"]) >= 4.5
    assert contrast(roles["border_strong"], roles["bg_panel"]) >= 3.0
    assert contrast(roles["focus"], roles["bg_panel"]) >= 3.0
    assert contrast(roles["focus_on_fill"], roles["accent_fill"]) >= 3.0


def test_both_themes_have_the_same_roles_and_one_label_palette() -> None:
    assert theme.tokens("dark").keys() == theme.tokens("light").keys()
    assert tuple(theme.values()["label_palette"]) == labels.PALETTE


def test_every_icon_exists_in_the_font_of_qtawesome() -> None:
    charmap = json.loads(icons.font_files()[1].read_bytes())
    missing = [name for name in icons.ICONS.values() if name not in charmap]
    missing += [glyph for glyph, _ in icons.PROVENANCE.values() if glyph not in charmap]
    assert missing == []
    for kind in KINDS.values():
        icons.glyph(kind.icon)


def test_every_icon_named_in_the_window_exists() -> None:
    """Literal names in calls that draw or take an icon."""
    calls = re.compile(r"""(?:icons\.icon\(|IconMark\(|EmptyState\(|ToolButton\(|set_icon\()"([\w.-]+)\"""")
    used = {name for path in source_files() for name in calls.findall(path.read_text("utf-8"))}
    assert len(used) >= 10
    for path in source_files():
        used |= set(re.findall(r"""icons\.paint\(.*"([\w-]+)", theme""", path.read_text("utf-8")))
    for name in used:
        icons.glyph(name)
    for glyph, role, _ in FileRowDelegate._STATES.values():
        icons.glyph(glyph)
        theme.color(role)


def test_an_unknown_icon_is_refused(app: QApplication) -> None:
    with pytest.raises(KeyError):
        icons.icon("no-such-glyph")


def test_icons_need_no_qtawesome_import() -> None:
    text = Path(icons.__file__).read_text("utf-8")
    assert not re.search(r"^\s*(import|from) qtawesome", text, re.MULTILINE)
    assert importlib.util.find_spec("qtawesome") is not None


def inked(icon: QIcon, mode: QIcon.Mode = QIcon.Mode.Normal) -> QColor:
    """The strongest colour of an icon's picture."""
    image = icon.pixmap(QSize(32, 32), 1.0, mode).toImage()
    points = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(points, key=lambda color: color.alpha())


def test_icons_follow_the_theme_and_say_disabled(app: QApplication) -> None:
    icon = icons.icon("check-bold", "accent")
    assert inked(icon).name() == theme.tokens("dark")["accent"].name()
    theme.apply(app, "light")
    assert inked(icon).name() == theme.tokens("light")["accent"].name()
    assert inked(icon, QIcon.Mode.Disabled).name() == theme.tokens("light")["text_disabled"].name()


def test_icons_are_sharp_on_dense_screens(app: QApplication) -> None:
    picture = icons.icon("circle").pixmap(QSize(16, 16), 2.0)
    assert picture.size() == QSize(32, 32)
    assert picture.devicePixelRatio() == 2.0


def test_the_palette_has_every_role_and_disabled_text(app: QApplication) -> None:
    palette = app.palette()
    roles = theme.tokens("dark")
    assert palette.color(QPalette.ColorRole.Window).name() == roles["bg_panel"].name()
    assert palette.color(QPalette.ColorRole.Highlight).name() == roles["accent_fill"].name()
    disabled = QPalette.ColorGroup.Disabled
    assert palette.color(disabled, QPalette.ColorRole.Text).name() == roles["text_disabled"].name()


def test_switching_tells_everybody_once(app: QApplication) -> None:
    heard: list[str] = []

    def listen() -> None:
        heard.append(theme.mode())

    theme.changed().connect(listen)
    theme.apply(app, "light")
    theme.apply(app, "dark")
    theme.changed().disconnect(listen)
    assert heard == ["light", "dark"]
    assert theme.color("bg_app").name() == "#14161a"


def test_inter_is_bundled_with_even_figures(app: QApplication) -> None:
    font = theme.font("body")
    assert QFontInfo(font).family() == "Inter"
    assert font.pixelSize() == 13
    assert QFont.Tag("tnum") in font.featureTags()
    assert theme.font("h1").pixelSize() == 22
    assert (paths.resources("..").resolve() / "LICENSES" / "Inter-OFL.txt").exists()


@pytest.mark.parametrize("mode", MODES)
def test_the_style_sheet_is_built_from_tokens_only(mode: str) -> None:
    literal = re.findall(r"#[0-9A-Fa-f]{3,8}\b", stylesheet._SHEET)
    assert literal == []
    filled = stylesheet.stylesheet(theme.tokens(mode), theme.values())  # type: ignore[arg-type]
    assert "$" not in filled
    assert len(filled) < 16_000


def test_no_colour_is_written_in_widget_code() -> None:
    """Chrome asks for roles; only the canvas has colours of its own, from the tokens too."""
    found = [
        f"{path.name}: {text}"
        for path in source_files()
        if path.parent.name in ("widgets", "panels", "dialogs")
        for text in re.findall(r"#[0-9A-Fa-f]{6}\b", path.read_text("utf-8"))
    ]
    assert found == []


def test_focus_ring_is_for_the_keyboard(app: QApplication) -> None:
    button = QPushButton("Export")
    other = QPushButton("Close")
    theme._mark_keyboard_focus(other, button)  # hidden: its focus was not taken by a key
    assert not button.property("keyboardFocus")
    other.show()
    theme._mark_keyboard_focus(other, button)
    assert button.property("keyboardFocus") is True
    theme._mark_keyboard_focus(button, other)
    assert button.property("keyboardFocus") is False
    theme._mark_keyboard_focus(None, button)
    assert button.property("keyboardFocus") is False


def test_every_action_and_job_has_an_icon_that_exists() -> None:
    from anylabel_plus.jobs import JOBS
    from anylabel_plus.ui.actions import ACTIONS
    from anylabel_plus.ui.dialogs.settings_dialog import SECTIONS

    names = [action.icon for action in ACTIONS if action.icon] + [job.icon for job in JOBS.values()]
    for name in names + [icon for _, icon in SECTIONS.values()]:
        icons.glyph(name)
