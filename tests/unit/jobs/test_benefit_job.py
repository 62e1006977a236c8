"""The benefit report on folders: splits, the firewall, interrupted runs, a user's trainer, the command."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from anylabel_plus import cli, images, paths
from anylabel_plus.core.document import Document, add_shapes
from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.core.masks import from_full
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.dataset.scan import scan
from anylabel_plus.dataset.splits import Splits
from anylabel_plus.formats import native
from anylabel_plus.jobs.base import Report, run
from anylabel_plus.jobs.benefit import BenefitOptions, benefit
from anylabel_plus.jobs.benefit_arms import picture
from anylabel_plus.jobs.benefit_sets import Labelled

SIDE = 96
FAST = {"steps": 25, "seeds": 2}


def write(path: Path, seed: int, *, shift: int = 0, provenance: Provenance | None = None, **extra: Any) -> None:
    """A picture with one disc-like polygon, its label ``shift`` columns beside it."""
    random = np.random.default_rng(seed)
    pixels = random.normal(110, 14, (SIDE, SIDE, 3))
    x, y = random.integers(26, SIDE - 26, 2)
    turns = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ring = np.stack((x + 17 * np.cos(turns), y + 17 * np.sin(turns)), axis=1)
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    inside = np.hypot(columns - x, rows - y) < 17
    pixels[inside] += (70, 30, -50)
    shape = make_shape("polygon", "disc", np.add(ring, (shift, 0)), provenance=provenance)
    save(path, pixels, [shape], **extra)


def save(path: Path, pixels: Any, shapes: list[Shape], **extra: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(images.encode_png(np.clip(pixels, 0, 255).astype(np.uint8)))
    document = native.new_document(path.name, SIDE, SIDE).with_(extra=extra)
    path.with_suffix(".json").write_bytes(native.serialize(add_shapes(document, shapes)))


def labelled(root: Path, val: Iterable[int]) -> Path:
    """Eight training images and these for validation."""
    parts = {}
    for n in (*range(8), *val):
        name = f"{'train' if n < 8 else 'val'}/{n}.png"
        write(root / name, n)
        parts[name] = name.split("/")[0]
    Splits.load(root).with_(parts).save()
    return root


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Eight training and 32 validation images."""
    return labelled(tmp_path / "set", range(8, 40))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Eight training and 4 validation images."""
    return labelled(tmp_path / "small", (8, 9, 20, 30))


@pytest.fixture
def synthetic(tmp_path: Path) -> Path:
    """Six pictures with labels beside their objects."""
    for n in range(6):
        write(tmp_path / "made" / f"{n}.png", 500 + n, shift=9)
    return tmp_path / "made"


def report_on(dataset: Path, synthetic: Path, **more: Any) -> Report:
    return run(benefit(BenefitOptions(dataset, synthetic, **{**FAST, **more})))


def test_shifted_labels_are_rejected_and_the_report_says_how(dataset: Path, synthetic: Path, tmp_path: Path) -> None:
    report = report_on(dataset, synthetic, steps=80, out=tmp_path / "out" / "report.json")
    found = dict(report.summary)
    assert found["verdict"] == "REJECT"
    assert (found["sets"]["train_images"], found["sets"]["synthetic_images"], found["sets"]["val_images"]) == (8, 6, 32)
    assert found["interval"][0] < found["difference"] < found["interval"][1] < 0
    assert found["student"]["name"] == "built-in pixel student"
    assert found["student"]["settings"]["steps"] == 80
    assert "does not predict" in found["limits"]
    assert set(found["images"]) == {f"val/{n}.png" for n in range(8, 40)}
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    assert written == {key: found[key] for key in written}
    assert report.exit_code == 0
    assert not list(paths.user_cache("benefit").iterdir())


def test_a_report_takes_the_place_of_a_report_only(dataset: Path, synthetic: Path, tmp_path: Path) -> None:
    label = next(dataset.rglob("*.json"))
    before = label.read_bytes()
    with pytest.raises(UserError, match="is there already"):
        report_on(dataset, synthetic, out=label)
    assert label.read_bytes() == before
    for name in ("r.json", "r.md"):
        for _ in range(2):
            report_on(dataset, synthetic, steps=2, out=tmp_path / name)


def test_copies_of_the_training_images_change_nothing(dataset: Path, tmp_path: Path) -> None:
    shutil.copytree(dataset / "train", tmp_path / "copies")
    found = report_on(dataset, tmp_path / "copies").summary
    assert found["verdict"] == "INCONCLUSIVE"
    assert abs(found["difference"]) < 1e-6


def test_fewer_than_30_validation_images_never_decide(dataset: Path, synthetic: Path) -> None:
    splits = Splits.load(dataset)
    splits.with_({f"val/{n}.png": "none" for n in (8, 9, 10)}).save()
    found = report_on(dataset, synthetic, steps=80).summary
    assert found["verdict"] == "INCONCLUSIVE"
    assert "29 validation images are too few" in found["reason"]
    assert found["interval"][1] < 0


def test_an_interrupted_run_goes_on_and_gives_the_same_numbers(small: Path, synthetic: Path) -> None:
    whole = report_on(small, synthetic)
    options = BenefitOptions(small, synthetic, **FAST)
    done: list[Any] = []
    part = run(benefit(options), done.append, lambda: len(done) == 3)
    assert part.cancelled
    assert part.done == 2
    again = run(benefit(options))
    assert (again.done, again.changed) == (4, 2)
    assert again.summary == whole.summary


def test_without_a_validation_split_the_command_that_makes_one_is_told(small: Path, synthetic: Path) -> None:
    (small / ".anylabel_plus" / "splits.json").unlink()
    with pytest.raises(UserError, match="no image is in the validation split") as caught:
        report_on(small, synthetic)
    assert f"split {small} --ratio 8/1/1" in caught.value.hint


def test_a_folder_of_validation_images_is_kept_out_of_training(small: Path, synthetic: Path) -> None:
    (small / ".anylabel_plus" / "splits.json").unlink()
    report = report_on(small, synthetic, val=small / "val")
    assert report.summary["sets"]["train_images"] == 8
    assert any("4 training images that show a held-out picture" in text for _, text in report.notes)
    assert not (small / "val" / ".anylabel_plus").exists()


# ---------------------------------------------------------------- the firewall


def test_a_proposal_that_nobody_reviewed_does_not_measure(small: Path, synthetic: Path) -> None:
    write(small / "val/9.png", 9, provenance=Provenance("model", "m", score=0.9))
    with pytest.raises(FirewallError, match=r"9\.json: shape 1 \(disc\) is a model's proposal") as caught:
        report_on(small, synthetic)
    assert caught.value.exit_code == 4
    write(small / "val/9.png", 9, provenance=Provenance("model", "m", score=0.9, reviewed=True))
    report_on(small, synthetic, seeds=1, steps=1)


def test_a_composite_does_not_measure(small: Path, synthetic: Path) -> None:
    write(small / "val/9.png", 9, synthesis={"kind": "composite"})
    with pytest.raises(FirewallError, match=r"9\.png: was made by a machine"):
        report_on(small, synthetic)
    write(small / "val/9.png", 9, provenance=Provenance("synthesis", extra={"cutout": "x"}))
    with pytest.raises(FirewallError, match=r"9\.png: was made by a machine"):
        report_on(small, synthetic)


def test_a_synthetic_set_with_a_validation_image_is_refused(small: Path, synthetic: Path) -> None:
    shutil.copy(small / "val/20.png", synthetic / "0.png")
    with pytest.raises(FirewallError, match=r"0\.png: is a copy of val/20\.png"):
        report_on(small, synthetic)
    pixels = images.load(small / "val/20.png")
    (synthetic / "0.png").unlink()
    (synthetic / "0.jpg").write_bytes(images.encode_jpeg(pixels, 80))
    with pytest.raises(FirewallError, match=r"0\.jpg: shows the same picture as val/20\.png"):
        report_on(small, synthetic)
    with pytest.raises(FirewallError, match="same picture"):
        report_on(small, synthetic, val=small / "val")


def test_a_composite_made_from_a_validation_image_is_refused(small: Path, synthetic: Path) -> None:
    origin = Provenance("synthesis", extra={"dataset": str(small), "image": "val/30.png", "shape": 0})
    write(synthetic / "3.png", 503, provenance=origin)
    with pytest.raises(FirewallError, match=r"3\.png: was made from .*30\.png, which is in the validation split"):
        report_on(small, synthetic)


def test_training_leaves_out_what_nobody_labelled(small: Path, synthetic: Path) -> None:
    write(small / "train/0.png", 0, provenance=Provenance("model", "m"))
    write(small / "train/1.png", 1, synthesis={"kind": "composite"})
    (small / "train/2.json").unlink()
    report = report_on(small, synthetic, seeds=1)
    assert report.summary["sets"]["train_images"] == 5
    texts = [text for _, text in report.notes]
    assert "1 training images with proposals that nobody reviewed were left out" in texts
    assert "1 training images made by a machine were left out" in texts


# ---------------------------------------------------------------- what the student sees


def square(low: int, high: int) -> list[tuple[int, int]]:
    return [(low, low), (high, low), (high, high), (low, high)]


def test_classes_follow_masks_holes_order_and_pairs(tmp_path: Path) -> None:
    frame = np.zeros((SIDE, SIDE), bool)
    frame[10:20, 60:80] = True
    mask = from_full(frame)
    made = Provenance("model", "m", prompt={"box": [60, 10, 90, 40]}, reviewed=True)
    shapes = [
        make_shape("polygon", "a", square(0, 48), holes=[square(12, 24)]),
        make_shape("rectangle", "b", [(30, 30), (60, 60)]),
        make_shape("rectangle", "b", [(60, 10), (90, 40)]),
        make_shape("mask", "b", [(60, 10), (80, 20)], mask=mask, provenance=made),
        make_shape("rectangle", "other", [(0, 80), (20, 90)]),
        make_shape("line", "a", [(0, 90), (90, 90)]),
    ]  # fmt: skip
    document: Document = add_shapes(native.new_document("x.png", SIDE, SIDE), shapes)
    save(tmp_path / "x.png", np.zeros((SIDE, SIDE, 3)), [])
    for side, step in ((SIDE, 1), (SIDE // 2, 2)):
        found = picture(Labelled("x", tmp_path / "x.png", document, b"", ""), ("a", "b"), side).classes
        wanted = np.zeros((SIDE, SIDE), np.int16)
        wanted[:48, :48] = 1
        wanted[12:24, 12:24] = 0
        wanted[30:60, 30:60] = 2
        wanted[10:20, 60:80] = 2  # the mask, not the box it was made from
        np.testing.assert_array_equal(found, wanted[::step, ::step])


def test_labels_can_be_chosen_and_unknown_ones_are_told(small: Path, synthetic: Path) -> None:
    with pytest.raises(UserError, match="has the label 'dics'") as caught:
        report_on(small, synthetic, labels=("dics",))
    assert "disc" in caught.value.hint
    assert report_on(small, synthetic, labels=("disc",), seeds=1).summary["labels"] == ["disc"]


@pytest.mark.parametrize("empty", ["synthetic", "train"])
def test_empty_sets_are_told(small: Path, synthetic: Path, empty: str) -> None:
    for path in (synthetic if empty == "synthetic" else small / "train").glob("*.json"):
        path.unlink()
    with pytest.raises(UserError, match="label"):
        report_on(small, synthetic)


# ---------------------------------------------------------------- a trainer of the user's own

_TRAINER = """
import json, pathlib, sys
train, val, seed, steps, out = sys.argv[1:]
root = pathlib.Path(train)
pictures = sorted(root.rglob("*.png"))
for picture in pictures:
    label = json.loads(picture.with_suffix(".json").read_text())
    assert label["imagePath"] == picture.name and label["shapes"][0]["label"] == "disc"
good = len(list((root / "synthetic").rglob("*.png"))) if (root / "synthetic").exists() else 0
assert len(list((root / "real").rglob("*.png"))) == 8 and steps == "25"
names = [p.relative_to(val).as_posix() for p in pathlib.Path(val).rglob("*.png")]
scores = {name: 0.5 + 0.01 * good + 0.001 * (hash(name) % 5) for name in names}
pathlib.Path(out, "scores.json").write_text(json.dumps(SCORES))
"""


def trainer(tmp_path: Path, scores: str, before: str = "") -> str:
    folder = tmp_path / "my trainer"
    folder.mkdir(exist_ok=True)
    (folder / "train.py").write_text(before + _TRAINER.replace("SCORES", scores))
    script = f"'{folder / 'train.py'}'"
    return f"'{sys.executable}' {script} {{train}} {{val}} {{seed}} {{steps}} {{out}}"


def test_a_users_trainer_gets_folders_and_gives_scores(dataset: Path, synthetic: Path, tmp_path: Path) -> None:
    found = report_on(dataset, synthetic, trainer=trainer(tmp_path, '{"images": scores}')).summary
    assert found["verdict"] == "PROMOTE"
    assert found["student"]["name"] == "own trainer"
    assert "{train}" in found["student"]["settings"]["command"]
    assert found["sets"]["val_images"] == 32


def test_a_trainer_may_give_one_score(dataset: Path, synthetic: Path, tmp_path: Path) -> None:
    command = trainer(tmp_path, '{"score": 0.5 + 0.01 * good + 0.001 * int(seed)}')
    assert "seeds are needed" in report_on(dataset, synthetic, trainer=command).summary["reason"]
    found = report_on(dataset, synthetic, trainer=command, seeds=4).summary
    assert found["verdict"] == "PROMOTE"
    assert found["images"] == {}


@pytest.mark.parametrize(
    ("scores", "before", "message"),
    [
        ('{"images": {}}', "", "has no score"),
        ('{"images": dict.fromkeys(scores, "good")}', "", "is no number"),
        ("[1]", "", "is not as it should be"),
        ('{"score": float("nan")}', "", "is no number"),
        ('{"score": 1}', "raise SystemExit('no room on the card')\n", "code 1: no room on the card"),
        ('{"score": 1}', "raise SystemExit(0)\n", "did not write it"),
        ('{"score": 1}', "import time; time.sleep(60)\n", "was not done after 1 s"),
    ],
)
def test_a_trainer_that_fails_is_told(
    small: Path, synthetic: Path, tmp_path: Path, scores: str, before: str, message: str
) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        report_on(
            small, synthetic, trainer=trainer(tmp_path, scores, before), timeout=1.0 if "sleep" in before else 60.0
        )


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("train {train} {val}", "{out} is missing"),
        ("train {train} {val} {out} {epochs}", "no placeholder {epochs}"),
        ("train '{train} {val} {out}", "No closing quotation"),
        ("/no/such/program {train} {val} {out}", "cannot be started"),
    ],
)
def test_a_template_that_cannot_work_is_told(small: Path, synthetic: Path, template: str, message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        report_on(small, synthetic, trainer=template)


def test_no_shell_reads_the_command(small: Path, synthetic: Path, tmp_path: Path) -> None:
    command = trainer(tmp_path, '{"score": 1}') + f" ; touch {tmp_path / 'owned'}"
    with pytest.raises(UserError, match="ended with the code"):
        report_on(small, synthetic, trainer=command)
    assert not (tmp_path / "owned").exists()


# ---------------------------------------------------------------- the command


def test_the_command_prints_the_verdict(
    small: Path, synthetic: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        "synth",
        "benefit",
        "--dataset",
        str(small),
        "--synthetic",
        str(synthetic),
        "--seeds",
        "1",
        "--steps",
        "9",
    ]
    assert cli.main([*given, "--out", str(tmp_path / "r.md")]) == 0
    shown = capsys.readouterr().out
    assert shown.split(":")[0] in ("PROMOTE", "INCONCLUSIVE", "REJECT")
    assert "95 % interval" in shown
    page = (tmp_path / "r.md").read_text()
    assert "does not predict" in page
    assert "built-in pixel student" in page
    assert cli.main([*given, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] in ("PROMOTE", "INCONCLUSIVE", "REJECT")
    assert cli.main([*given, "--out", str(tmp_path / "r.pdf")]) == 1
    write(next(item.image for item in scan(small / "val")), 9, synthesis={"kind": "composite"})
    assert cli.main(given) == 4
