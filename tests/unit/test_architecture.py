"""The lists of the import contracts name everything that exists: a deny-list forgets new modules."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from anylabel_plus.formats import FORMATS
from anylabel_plus.inference import FAMILIES
from anylabel_plus.ui.panels import PANELS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "anylabel_plus"
CONTRACTS = {
    row["name"]: row
    for row in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}


def imported(path: Path) -> set[str]:
    """Top-level names of everything that a module imports, inside functions too."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


def modules_with(library: str) -> set[str]:
    return {path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py") if library in imported(path)}


def test_every_family_is_in_the_contract() -> None:
    listed = set(CONTRACTS["Model families do not know each other"]["modules"])
    assert listed == {family.module for family in FAMILIES.values()}


def test_every_format_is_in_the_contract() -> None:
    listed = set(CONTRACTS["Formats do not know each other"]["modules"])
    assert listed == {f"anylabel_plus.formats.{row.module}" for row in FORMATS.values()} | {
        "anylabel_plus.formats.native"
    }


def test_every_panel_is_in_the_contract() -> None:
    listed = set(CONTRACTS["Panels do not know each other"]["modules"])
    assert listed == {f"anylabel_plus.ui.panels.{name}" for name in PANELS}


def test_layers_below_ui_are_all_kept_from_qt() -> None:
    listed = {name.split(".")[1] for name in CONTRACTS["Only ui knows Qt"]["source_modules"]}
    existing = {path.stem for path in PACKAGE.glob("*") if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert listed == existing - {"ui", "__init__", "__main__"}


def test_everything_but_training_is_kept_from_torch() -> None:
    listed = {name.split(".")[1] for name in CONTRACTS["Only training knows torch"]["source_modules"]}
    existing = {path.stem for path in PACKAGE.glob("*") if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert listed == existing - {"training", "__init__"}


def test_onnxruntime_torch_and_qt_have_one_door_each() -> None:
    assert modules_with("onnxruntime") == {"inference/runtime.py"}
    assert modules_with("shapely") == {"regions/vector.py"}
    assert all(name.startswith("training/") for name in modules_with("torch"))
    assert all(name.startswith("ui/") for name in modules_with("PySide6"))


@pytest.mark.parametrize("module", ["anylabel_plus.cli", "anylabel_plus.__main__"])
def test_the_command_line_starts_light(module: str) -> None:
    heavy = ("PySide6", "shiboken6", "onnxruntime", "cv2", "PIL", "torch", "shapely")
    code = f"import sys, {module}; print([n for n in {heavy!r} if n in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
