"""Models whose files come with the program: found beside their rows, checked, never downloaded or removed."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from anylabel_plus import paths
from anylabel_plus.cli import main
from anylabel_plus.core.errors import UserError
from anylabel_plus.inference import catalog, download, packs, weights
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.protocol import ServiceOptions
from anylabel_plus.inference.service import Service

FIXTURES = Path(__file__).parents[2] / "fixtures" / "models"
NAMES = {"encoder": "pocket.encoder.onnx", "decoder": "pocket.decoder.onnx"}


def row_text(**changed: str) -> str:
    lines = ['id = "small"', 'title = "Small"', 'family = "pocket"', 'licence = "x"', 'source = "x"']
    for role, name in NAMES.items():
        sha = changed.get(role, hashlib.sha256((FIXTURES / name).read_bytes()).hexdigest())
        lines += ["[[files]]", f'role = "{role}"', f'name = "{name}"', f'sha256 = "{sha}"' if sha else ""]
    return "\n".join(lines)


@pytest.fixture
def rows_dir(tmp_path: Path) -> Path:
    """The rows of a program that brings one model."""
    folder = tmp_path / "program" / "models"
    (folder / "small").mkdir(parents=True)
    for name in NAMES.values():
        shutil.copyfile(FIXTURES / name, folder / "small" / name)
    (folder / "small.toml").write_text(row_text(), "utf-8")
    return folder


@pytest.fixture
def shipped(rows_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same as the rows of this program."""
    monkeypatch.setattr(paths, "models", rows_dir.joinpath)
    return rows_dir


def test_its_files_lie_beside_its_row_whatever_the_weights_folder(rows_dir: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "weights"
    (elsewhere / "small").mkdir(parents=True)
    (elsewhere / "small" / NAMES["encoder"]).write_bytes(b"of another time")
    spec = catalog.resolve("small", weights_dir=elsewhere, rows_dir=rows_dir)
    assert spec.bundled and spec.folder == rows_dir / "small"
    assert weights.installed(spec)
    assert [entry.state for entry in weights.check(spec)] == ["ok", "ok"]
    options = ServiceOptions(device="cpu", threads=1, weights_dir=elsewhere, model_rows_dir=rows_dir)
    picture = np.full((40, 60, 3), 64, np.uint8)
    picture[10:30, 10:50, 0] = 192
    answer = Service(options).segment(picture, Prompt(box=(10, 10, 50, 30)), "small")
    assert answer.candidates[0].mask.bounds == (10, 10, 50, 30)
    assert answer.info.weights_sha256


def test_a_row_that_cannot_be_checked_is_refused(rows_dir: Path) -> None:
    (rows_dir / "small.toml").write_text(row_text(decoder=""), "utf-8")
    with pytest.raises(UserError, match=r"small\.toml.*pocket\.decoder\.onnx has neither url nor sha256"):
        catalog.rows(rows_dir=rows_dir)


@pytest.mark.parametrize("fault", ["missing", "damaged", "cut short"])
def test_a_damaged_program_says_so_and_offers_no_download(rows_dir: Path, tmp_path: Path, fault: str) -> None:
    file = rows_dir / "small" / NAMES["decoder"]
    data = file.read_bytes()
    service = Service(ServiceOptions(device="cpu", weights_dir=tmp_path, model_rows_dir=rows_dir))
    file.unlink()
    if fault != "missing":
        file.write_bytes(data[:1000] if fault == "cut short" else data[:-1] + b"?")
    with pytest.raises(UserError) as caught:
        service.info("small")
    assert NAMES["decoder"] in caught.value.text and str(rows_dir / "small") in caught.value.text
    assert ("missing" if fault == "missing" else "damaged") in caught.value.text
    assert "install AnyLabel Plus again" in caught.value.hint


def test_it_is_never_downloaded(rows_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "fetch", lambda *args, **kwargs: pytest.fail("asked the network"))
    spec = catalog.resolve("small", weights_dir=tmp_path, rows_dir=rows_dir)
    assert weights.pull(spec) == weights.Pulled()
    (rows_dir / "small" / NAMES["encoder"]).unlink()
    with pytest.raises(UserError, match="is missing"):
        weights.pull(spec)


def test_the_command_line_lists_checks_and_keeps_it(
    shipped: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "list"]) == 0
    assert capsys.readouterr().out.split() == ["small", "installed", "Small"]
    assert main(["models", "check", "small"]) == 0
    capsys.readouterr()
    assert main(["models", "remove", "small"]) == 1
    assert "small comes with the program and stays" in capsys.readouterr().err
    assert all((shipped / "small" / name).is_file() for name in NAMES.values())
    (shipped / "small" / NAMES["encoder"]).unlink()
    assert main(["models", "check", "small"]) == 3
    capsys.readouterr()
    assert main(["models", "list"]) == 0
    assert "damaged program" in capsys.readouterr().out


def test_its_files_are_not_added_a_second_time(shipped: Path, home: Path) -> None:
    folder = home / "copy"
    shutil.copytree(shipped / "small", folder)
    with pytest.raises(UserError, match="files of small, which comes with the program"):
        packs.add(folder, home / "weights")
    assert not (home / "weights" / "small").exists()


def test_a_model_of_ones_own_export_can_be_added(tmp_path: Path) -> None:
    spec = packs.add(FIXTURES / NAMES["encoder"], tmp_path / "weights")
    assert (spec.id, spec.family, spec.bundled, spec.added) == ("pocket-own", "pocket", False, True)
