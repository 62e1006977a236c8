"""No text of the window goes round the catalogues, and no catalogue is stale."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "anylabel_plus" / "ui"
TABLES = re.compile(r"_rows\.py$|(^|/)(stylesheet|presets|tool_options|row)\.py$")
"""Modules whose rows are plain English and are translated where they are shown; ``packaging`` collects them."""
SHOWING = frozenset(
    [
        "setText",
        "setToolTip",
        "setWindowTitle",
        "setPlaceholderText",
        "setAccessibleName",
        "setAccessibleDescription",
        "setStatusTip",
        "addTab",
        "setTabText",
        "setTitle",
        "addItem",
        "addAction",
        "addMenu",
        "say",
        "apply",
        "begin_stroke",
        "reload_labels",
        "text_label",
        "Button",
        "ToolButton",
        "Switch",
        "CheckBox",
        "Segmented",
        "SearchField",
        "LabelEdit",
        "EmptyState",
        "Badge",
        "Section",
        "MessageAction",
        "Choice",
        "ask",
        "tooltip",
        "RowList",
        "RowTable",
        "ElidedLabel",
        "StartCard",
        "PanelHeader",
        "getExistingDirectory",
        "getOpenFileName",
        "getSaveFileName",
    ]
)
"""Calls whose texts are seen even when they are one word."""
TRANSLATING = frozenset(("tr", "ntr", "mark"))
NOT_SEEN = frozenset(
    [
        "setObjectName",
        "setProperty",
        "property",
        "getLogger",
        "debug",
        "info",
        "warning",
        "error",
        "exception",
        "critical",
        "KeyError",
        "ValueError",
        "RuntimeError",
        "AssertionError",
        "TypeError",
        "Background",
        "hold",
        "release",
        "_wait_for",
        "_ended",
        "print",
        "setStyleSheet",
        "compile",
        "sub",
        "findChild",
        "findChildren",
        "strftime",
        "partition",
        "split",
        "replace",
        "invokeMethod",
    ]
)
"""Calls whose texts are for the program, its log and its developers."""
ALLOWED = frozenset(
    (
        "AnyLabel Plus",
        "Alt+Up",
        "Alt+Down",
        "COCO, YOLO, Pascal VOC",
        "CPU",
        "CUDA",
        "Esc",
        "Return",
        "Pascal VOC",
        "Tiếng Việt",
        "Page Up",
        "Page Down",
        "1 – 9",
    )
)
"""Names and keys: the same in every language."""
INTERNAL = {
    "canvas/tags.py": {"above left", "below left", "above right", "inside top left"},
    "icons.py": {"the package qtawesome is not installed", "{}: the icon font cannot be read"},
    "dialogs/versions_dialog.py": {"after run"},
    "dialogs/runs_dialog.py": {"rolled back"},
    "dialogs/about_dialog.py": {
        "System: {}",
        "Window system: {}",
        "Packaged: {} ({})",
        "Model: {}, device {}",
        "Keys: {}",
        "Settings: {}",
        "PySide6-Essentials",
        "Phosphor Icons",
    },
    "widgets/fields.py": {"Starts with"},
    "decisions.py": {"{} (mine).json"},
    "status_bar.py": {"{}, {} px"},
    "app.py": {"label file", "{}: layout and recent folders are forgotten."},
    "dialogs/job_dialog.py": {"Run on {n} image", "Import {n} image", "Export {n} image", "Draw {n} image"},
    "dialogs/job_report.py": {"{n} shape added", "{n} box without a mask", "{n} object", "{n} image without objects"},
    "palette_entries.py": {"action {}", "label {}", "setting {}", "file {}"},
    "words.py": {"{} GB"},
}
"""Module -> texts that are keys, file names, units, singulars, or for whoever helps the user: they stay as they are."""


def tool() -> ModuleType:
    """``packaging/translations.py`` as a module."""
    spec = importlib.util.spec_from_file_location("translations", ROOT / "packaging" / "translations.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def texts_in(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Literals below a node; of an f-string its words with {} for what is filled in."""
    parts = {id(part) for leaf in ast.walk(node) if isinstance(leaf, ast.JoinedStr) for part in leaf.values}
    for leaf in ast.walk(node):
        if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) and id(leaf) not in parts:
            yield leaf, leaf.value
        elif isinstance(leaf, ast.JoinedStr):
            yield leaf, "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in leaf.values)


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def hidden(tree: ast.AST) -> set[int]:
    """Ids of the literals that nobody sees or that are translated: below certain calls, docstrings, ``__all__``."""
    found: set[int] = set()
    translated = {
        leaf.id
        for node in ast.walk(tree)
        if called(node) in TRANSLATING
        for leaf in node.args  # type: ignore[attr-defined]
        if isinstance(leaf, ast.Name)
    }
    for node in ast.walk(tree):
        named = {target.id for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)}
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            named = {leaf.id for leaf in node.targets[0].elts if isinstance(leaf, ast.Name)}
        skip = called(node) in TRANSLATING | NOT_SEEN or isinstance(node, ast.Assert | ast.Compare)
        skip = skip or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        skip = skip or "__all__" in named or bool(named & translated)
        if skip:
            found.update(id(leaf) for leaf in ast.walk(node))
    return found


def unwrapped(source: str, module: str) -> list[str]:
    """Texts of a module that are shown as they stand, each with its line."""
    tree = ast.parse(source)
    skip = hidden(tree)
    words = {
        id(leaf)
        for node in ast.walk(tree)
        if called(node) in SHOWING
        for argument in [*node.args, *(keyword.value for keyword in node.keywords)]  # type: ignore[attr-defined]
        for branch in ((argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,))
        for leaf in [branch]
    }
    result = []
    for leaf, text in texts_in(tree):
        if id(leaf) in skip or text in ALLOWED or text in INTERNAL.get(module, ()):
            continue
        sentence = re.search(r"[A-Za-z]{2,}[,.;:!?…]? [\w({]|[})] [A-Za-z]{2,}", text) and not re.search(
            r"[<&;]|#\w+", text
        )
        if sentence or (id(leaf) in words and re.match(r"[A-Z][a-z]+", text)):
            result.append(f"{module}:{getattr(leaf, 'lineno', 0)}: {text!r}")
    return result


def modules() -> list[str]:
    paths = (path.relative_to(UI).as_posix() for path in sorted(UI.rglob("*.py")))
    return [path for path in paths if not TABLES.search(path)]


def test_every_text_of_the_window_can_be_translated() -> None:
    found = [line for name in modules() for line in unwrapped((UI / name).read_text(encoding="utf-8"), name)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "line",
    [
        'label.setText("Save")',
        'text_label("No shapes", "small")',
        'session.say("warning", f"{name} was not saved.")',
        'session.apply("Delete shapes", edit)',
        'x = "Open a folder first."',
        'button = Button("Close" if done else "Cancel")',
        'raise UserError(f"{path}: was not saved.")',
    ],
)
def test_a_text_that_is_shown_as_it_stands_is_found(line: str) -> None:
    assert unwrapped(line, "x.py")


@pytest.mark.parametrize(
    "line",
    [
        'label.setText(tr("Save"))',
        'one = "{n} file of it"\nntr(one, "b", 1)',
        '_log.warning("not so good %s", x)',
        'f("Key")',
    ],
)
def test_what_is_translated_or_unseen_is_left_alone(line: str) -> None:
    assert not unwrapped(line, "x.py")


def test_the_texts_of_tables_and_other_parts_are_collected() -> None:
    texts = set(tool().texts())
    wanted = ("Open folder…", "Shape", "Polygon", "Tolerance", "Starts with", "days", "Encoding image", "Before a run")
    assert [text for text in wanted if text not in texts] == []
    assert "{file}: no permission to read it." in texts  # an error of another part
    assert not texts & {"COCO", "CPU", "AnyLabeling", "简体中文", "labelme"}  # names stay names


def test_every_text_can_be_filled_in() -> None:
    for text in tool().texts():
        tool().placeholders(text)


def test_no_catalogue_is_stale() -> None:
    module = tool()
    wanted = module.texts()
    codes = [code for code in module.LANGUAGES if code != "en" and module.read(code)]
    if len(codes) < len(module.LANGUAGES) - 1:
        pytest.skip("the catalogues are not written yet")
    problems = [line for code in codes for line in module.problems(code, wanted)]
    assert not problems, "\n".join(problems[:40]) + f"\n{len(problems)} problems in all"
