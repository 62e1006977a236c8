"""Building an object bank: from outlines, from alpha, from boxes; resumed, refused, and with bad input among good."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flat_model import HEIGHT, THINGS, WIDTH, flat, save_image, save_labels

from anylabel_plus import images
from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.core.provenance import Provenance
from anylabel_plus.core.shapes import Shape, make_shape
from anylabel_plus.dataset.splits import Splits
from anylabel_plus.formats import native
from anylabel_plus.jobs.bank import BankOptions, build, cut_shapes
from anylabel_plus.jobs.bank_access import writing
from anylabel_plus.jobs.base import ItemFailed, Report, run
from anylabel_plus.synthesis.bank import Bank, open_bank

LEFT, RIGHT = THINGS["left"], THINGS["right"]
RED, GREEN = (255, 0, 0), (0, 255, 0)


def outline(box: tuple[int, int, int, int], label: str = "thing", **fields: Any) -> Shape:
    x1, y1, x2, y2 = box
    return make_shape("polygon", label, [(x1, y1), (x2, y1), (x2, y2), (x1, y2)], **fields)


def rectangle(box: tuple[int, int, int, int], label: str = "thing") -> Shape:
    return make_shape("rectangle", label, [box[:2], box[2:]])


def build_bank(root: Path, out: Path, **options: Any) -> Report:
    options.setdefault("all", True)
    return run(build(BankOptions(root, out, **options), factory=flat))


@pytest.fixture
def labelled(dataset: Path) -> Path:
    """a.png and sub/c.png with both things outlined, b.png with a box only."""
    save_labels(dataset / "a.json", "a.png", outline(LEFT, "red"), outline(RIGHT, "green"))
    save_labels(dataset / "sub/c.json", "c.png", outline(LEFT, "red"), rectangle(RIGHT, "green"))
    save_labels(dataset / "b.json", "b.png", rectangle(LEFT, "red"))
    return dataset


def files(bank: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((bank / "cutouts").iterdir())}


def test_outlined_objects_are_cut_and_all_count_for_sizes(labelled: Path, tmp_path: Path) -> None:
    report = build_bank(labelled, tmp_path / "bank")
    assert report.exit_code == 0, report.failed
    bank = open_bank(tmp_path / "bank")
    assert sorted(one.label for one in bank.cutouts) == ["green", "red"]  # the same pixels twice are one
    assert bank.label_counts == {"red": 3, "green": 2}
    assert bank.priors["red"].count == 3
    assert bank.priors["red"].relative[0] == pytest.approx(30 / WIDTH)
    assert bank.datasets == (str(labelled),)
    for one, colour in zip(sorted(bank.cutouts, key=lambda c: c.label), (GREEN, RED), strict=True):
        pixels = bank.read(one)
        assert pixels.shape == (one.height, one.width, 4)
        assert (pixels[pixels[..., 3] > 0][:, :3] == colour).all()
        assert (one.source.image, one.source.shape) == ("a.png", int(one.label == "green"))
        assert (one.source.width, one.source.height) == (WIDTH, HEIGHT)
        assert one.source.box[:2] == tuple(edge - 4 for edge in (RIGHT if one.label == "green" else LEFT)[:2])
    assert any("boxes only" in text for _, text in report.notes)


def test_a_second_build_does_nothing_and_gives_the_same_bytes(labelled: Path, tmp_path: Path) -> None:
    build_bank(labelled, tmp_path / "bank")
    before = {**files(tmp_path / "bank"), "bank": (tmp_path / "bank/bank.json").read_bytes()}
    report = build_bank(labelled, tmp_path / "bank")
    assert (report.done, report.changed, report.summary["added"]) == (3, 0, 0)
    assert {**files(tmp_path / "bank"), "bank": (tmp_path / "bank/bank.json").read_bytes()} == before
    os.utime(labelled / "a.png", (1, 1))  # a copied file has another time and the same bytes
    assert build_bank(labelled, tmp_path / "bank").changed == 0
    build_bank(labelled, tmp_path / "other")
    assert files(tmp_path / "other") == files(tmp_path / "bank")


def test_shapes_and_images_that_are_gone_go_and_decisions_stay(labelled: Path, tmp_path: Path) -> None:
    build_bank(labelled, tmp_path / "bank")
    bank = open_bank(tmp_path / "bank")
    green = next(one for one in bank.cutouts if one.label == "green")
    bank.with_states({green.id: (False, "ugly")}).with_tags({green.id: ["x"]}).save()
    save_labels(labelled / "a.json", "a.png", outline(RIGHT, "green"))
    (labelled / "sub/c.json").unlink()
    report = build_bank(labelled, tmp_path / "bank")
    bank = open_bank(tmp_path / "bank")
    assert [(one.label, one.reasons, one.tags) for one in bank.cutouts] == [("green", ("ugly",), ("x",))]
    assert list(files(tmp_path / "bank")) == [f"{green.id}.png"]
    assert bank.label_counts == {"green": 1, "red": 1}
    assert report.changed == 1


def test_a_missing_cutout_is_made_again(labelled: Path, tmp_path: Path) -> None:
    build_bank(labelled, tmp_path / "bank")
    before = files(tmp_path / "bank")
    next((tmp_path / "bank/cutouts").iterdir()).unlink()
    build_bank(labelled, tmp_path / "bank")
    assert files(tmp_path / "bank") == before


def test_the_filter_judges_again_without_cutting_again(labelled: Path, tmp_path: Path) -> None:
    build_bank(labelled, tmp_path / "bank")
    report = build_bank(labelled, tmp_path / "bank", all=False, min_area=550)
    assert report.changed == 0
    bank = open_bank(tmp_path / "bank")
    assert {one.label: one.accepted for one in bank.cutouts} == {"red": True, "green": False}
    assert all("is tiny" in one.reasons[0] for one in bank.cutouts if one.label == "green")
    assert any("rejected: is tiny" in text for _, text in report.notes)


def test_only_the_labels_asked_for_are_cut(labelled: Path, tmp_path: Path) -> None:
    build_bank(labelled, tmp_path / "bank", labels=("green",))
    bank = open_bank(tmp_path / "bank")
    assert [one.label for one in bank.cutouts] == ["green"]
    assert bank.priors["red"].count == 3


def test_groups_holes_and_box_with_mask_are_one_object(dataset: Path, tmp_path: Path) -> None:
    hole = [(16, 20), (24, 20), (24, 30), (16, 30)]
    mask = np.ones((20, 25), np.bool_)
    made = Provenance("model", "flat", score=0.9, prompt={"box": [45.0, 15.0, 70.0, 35.0]})
    save_labels(
        dataset / "a.json",
        "a.png",
        outline((10, 10, 30, 24), "red", group_id=3, holes=()),
        outline((10, 24, 30, 40), "red", group_id=3),
        rectangle(RIGHT, "green"),
        make_shape("mask", "green", [(45, 15), (70, 35)], mask=Mask(mask, 45, 15), provenance=made),
    )
    save_labels(dataset / "b.json", "b.png", outline(LEFT, "holed", holes=(hole,)))
    build_bank(dataset, tmp_path / "bank")
    bank = open_bank(tmp_path / "bank")
    rows = {one.label: one for one in bank.cutouts}
    assert bank.label_counts == {"red": 1, "green": 1, "holed": 1}
    assert rows["red"].source.box == (6, 6, 34, 44)
    assert rows["green"].source.shape == 2
    alpha = bank.read(rows["holed"])[..., 3]
    assert not alpha[16:22, 12:16].any()
    assert alpha[5, 14] > 0


def test_boxes_become_cutouts_by_the_model(dataset: Path, tmp_path: Path) -> None:
    save_labels(dataset / "a.json", "a.png", rectangle(LEFT, "red"), rectangle((70, 50, 78, 58), "nothing"))
    before = (dataset / "a.json").read_bytes()
    report = build_bank(dataset, tmp_path / "bank", boxes_to_masks=True, model="boxes")
    bank = open_bank(tmp_path / "bank")
    assert [(one.label, one.source.shape) for one in bank.cutouts] == [("red", 0)]
    assert (bank.read(bank.cutouts[0])[..., 3] == 255).sum() > 400
    assert any("found nothing in the box" in text for _, text in report.notes)
    assert (dataset / "a.json").read_bytes() == before
    with pytest.raises(UserError, match="does not take boxes"):
        build_bank(dataset, tmp_path / "other", boxes_to_masks=True, model="points")


def save_picture(path: Path, alpha: int | None = None, colour: tuple[int, int, int] = RED) -> None:
    rows, columns = np.mgrid[:60, :60] + 0.5
    pixels = np.zeros((60, 60, 4), np.uint8)
    share = np.clip(20 - np.hypot(rows - 30, columns - 30), 0, 1) * 255
    pixels[..., 3] = share if alpha is None else alpha
    pixels[..., :3] = colour
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(images.encode_png(pixels))


def test_pictures_with_alpha_are_labelled_by_folder_or_name(tmp_path: Path) -> None:
    root = tmp_path / "pictures"
    save_picture(root / "ball/1.png")
    save_picture(root / "cup_12.png", colour=GREEN)
    save_picture(root / "opaque.png", 255)
    save_picture(root / "empty.png", 0)
    (root / "plain.png").write_bytes(images.encode_png(np.zeros((30, 30, 3), np.uint8)))
    (root / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    report = build_bank(root, tmp_path / "bank", rgba=True, all=False)
    bank = open_bank(tmp_path / "bank")
    assert sorted(one.label for one in bank.usable()) == ["ball", "cup"]
    reasons = dict((*report.skipped, *report.failed))
    assert set(reasons) == {"opaque.png", "empty.png", "plain.png", "broken.png"}
    assert "no transparent part" in reasons["opaque.png"]
    assert "nothing in the picture is opaque" in reasons["empty.png"]
    assert "no alpha" in reasons["plain.png"]
    assert bank.priors["ball"].count == 0
    again = build_bank(root, tmp_path / "bank", rgba=True, all=False)
    assert (again.done, again.changed) == (2, 0)
    build_bank(root, tmp_path / "toys", rgba=True, label="toy")
    assert {one.label for one in open_bank(tmp_path / "toys").cutouts} == {"toy"}


def test_one_bank_holds_several_data_sets(labelled: Path, tmp_path: Path) -> None:
    save_picture(tmp_path / "pictures/ball/1.png")
    build_bank(labelled, tmp_path / "bank")
    build_bank(tmp_path / "pictures", tmp_path / "bank", rgba=True)
    bank = open_bank(tmp_path / "bank")
    assert sorted(one.label for one in bank.cutouts) == ["ball", "green", "red"]
    assert bank.datasets == (str(tmp_path / "pictures"), str(labelled))


def test_bad_images_and_shapes_are_told_and_the_rest_is_done(labelled: Path, tmp_path: Path) -> None:
    (labelled / "b.json").write_text("{")
    save_labels(labelled / "d.json", "d.png", outline(LEFT))
    (labelled / "d.png").write_bytes((labelled / "a.png").read_bytes()[:50])
    save_image(labelled / "e.png")
    save_labels(labelled / "e.json", "e.png", outline((75, 55, 78, 58), "crumb"), outline((-40, 2, -20, 30), "outside"))
    report = build_bank(labelled, tmp_path / "bank")
    assert report.exit_code == 3
    assert [item for item, _ in report.failed] == ["b.png", "d.png"]
    notes = [text for item, text in report.notes if item == "e.png"]
    assert any("too small" in text for text in notes)
    assert any("the mask is empty" in text for text in notes)
    assert len(open_bank(tmp_path / "bank").cutouts) == 2


# ---------------------------------------------------------------- the firewall


def test_validation_and_test_images_and_copies_of_them_are_left_out(labelled: Path, tmp_path: Path) -> None:
    different(labelled)
    (labelled / "b.png").write_bytes((labelled / "a.png").read_bytes())
    Splits.load(labelled).with_({"a.png": "val"}).save()
    report = build_bank(labelled, tmp_path / "bank")
    reasons = dict(report.skipped)
    assert set(reasons) == {"a.png", "b.png"}
    assert "validation split" in reasons["a.png"]
    assert "is a copy of a.png" in reasons["b.png"]
    assert {one.source.image for one in open_bank(tmp_path / "bank").cutouts} == {"sub/c.png"}


def test_of_held_out_images_only_nothing_is_made(labelled: Path, tmp_path: Path) -> None:
    names = {"a.png": "val", "b.png": "test", "sub/c.png": "test"}
    Splits.load(labelled).with_(names).save()
    with pytest.raises(FirewallError, match="no image of it may be used") as caught:
        build_bank(labelled, tmp_path / "bank")
    assert caught.value.exit_code == 4
    assert not (tmp_path / "bank").exists()
    for source in (labelled / "a.png", labelled / "sub"):
        with pytest.raises(FirewallError):
            build_bank(source, tmp_path / "bank")


def different(root: Path) -> None:
    """Three pictures that do not look alike."""
    rng = np.random.default_rng(5)
    for name in ("a.png", "b.png", "sub/c.png"):
        picture = np.kron(rng.integers(0, 256, (6, 8, 3)), np.ones((10, 10, 1))).astype(np.uint8)
        (root / name).write_bytes(images.encode_png(picture))


def test_what_was_cut_from_an_image_that_is_held_out_now_goes(labelled: Path, tmp_path: Path) -> None:
    different(labelled)
    build_bank(labelled, tmp_path / "bank")
    assert len(open_bank(tmp_path / "bank").cutouts) == 3
    Splits.load(labelled).with_({"a.png": "val"}).save()
    report = build_bank(labelled, tmp_path / "bank")
    bank = open_bank(tmp_path / "bank")
    assert [one.source.image for one in bank.cutouts] == ["sub/c.png"]
    assert bank.label_counts == {"red": 2, "green": 1}
    assert report.summary["left_out"] == 1
    Splits.load(labelled).with_({"b.png": "val", "sub/c.png": "test"}).save()
    with pytest.raises(FirewallError, match="was removed"):
        build_bank(labelled, tmp_path / "bank")
    assert open_bank(tmp_path / "bank").cutouts == ()


def test_composites_are_no_sources(labelled: Path, tmp_path: Path) -> None:
    document = native.read(labelled / "a.json")
    document = document.with_(extra={**document.extra, "synthesis": {"kind": "composite"}})
    (labelled / "a.json").write_bytes(native.serialize(document))
    report = build_bank(labelled, tmp_path / "bank")
    assert "made by a machine" in dict(report.skipped)["a.png"]


# ---------------------------------------------------------------- by hand


def test_selected_shapes_are_added_and_accepted(labelled: Path, tmp_path: Path) -> None:
    document = native.read(labelled / "a.json")
    (made,) = cut_shapes(labelled / "a.png", document, [document.shapes[1].id], tmp_path / "bank")
    bank = open_bank(tmp_path / "bank")
    assert (made.label, made.accepted) == ("green", True)
    assert [one.id for one in bank.usable()] == [made.id]
    assert bank.label_counts == {"red": 1, "green": 1}
    cut_shapes(labelled / "a.png", document, [document.shapes[0].id], tmp_path / "bank")
    assert len(open_bank(tmp_path / "bank").usable()) == 2
    box = native.read(labelled / "b.json")
    with pytest.raises(UserError, match="boxes only"):
        cut_shapes(labelled / "b.png", box, [box.shapes[0].id], tmp_path / "bank")
    Splits.load(labelled).with_({"a.png": "test"}).save()
    with pytest.raises(FirewallError, match="test split"):
        cut_shapes(labelled / "a.png", document, [document.shapes[0].id], tmp_path / "bank")


# ---------------------------------------------------------------- the folder


def test_folders_that_cannot_be_a_bank_are_refused(labelled: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full/notes.txt").write_text("mine")
    with pytest.raises(UserError, match="holds no bank"):
        build_bank(labelled, tmp_path / "full")
    assert (tmp_path / "full/notes.txt").read_text() == "mine"
    with pytest.raises(UserError, match="data set"):
        build_bank(labelled, labelled / "bank")
    (tmp_path / "newer").mkdir()
    (tmp_path / "newer/bank.json").write_text('{"format": "anylabel-plus bank", "version": 9, "cutouts": []}')
    with pytest.raises(UserError, match="version 9"):
        build_bank(labelled, tmp_path / "newer")


@pytest.mark.skipif(sys.platform == "win32", reason="a process may lock a file twice there")
def test_two_builds_at_once_are_refused(labelled: Path, tmp_path: Path) -> None:
    with writing(tmp_path / "bank"), pytest.raises(UserError, match="another build"):
        build_bank(labelled, tmp_path / "bank")


def test_what_a_cancelled_build_did_is_usable(labelled: Path, tmp_path: Path) -> None:
    seen: list[object] = []
    report = run(build(BankOptions(labelled, tmp_path / "bank", all=True)), seen.append, lambda: len(seen) > 1)
    assert report.cancelled
    assert len(open_bank(tmp_path / "bank").usable()) == 2
    assert build_bank(labelled, tmp_path / "bank").changed == 2


CHILD = """
import sys
from pathlib import Path
from anylabel_plus.jobs.bank import BankOptions, build
from anylabel_plus.jobs.base import run
run(build(BankOptions(Path(sys.argv[1]), Path(sys.argv[2]))), lambda event: print("one", flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_killed_in_the_middle_it_opens_and_goes_on(tmp_path: Path) -> None:
    root, out = tmp_path / "set", tmp_path / "bank"
    for number in range(60):
        save_image(root / f"{number:03}.png", width=WIDTH + number)
        save_labels(
            root / f"{number:03}.json", f"{number:03}.png", outline((10, 10, 30, 40 - number % 9), f"l{number}")
        )
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(root), str(out)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    for _ in range(20):
        child.stdout.readline()
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert isinstance(open_bank(out), Bank)
    journal = out / "journal.jsonl"
    done = journal.read_bytes().count(b"\n")
    assert 5 <= done < 60
    with journal.open("ab") as stream:
        stream.write(b'{"dataset": "/x", "ima')  # a line cut short
    start = time.perf_counter()
    report = run(build(BankOptions(root, out)))
    assert report.changed == 60 - done, time.perf_counter() - start
    run(build(BankOptions(root, tmp_path / "whole")))
    assert (out / "bank.json").read_bytes() == (tmp_path / "whole/bank.json").read_bytes()
    assert files(out) == files(tmp_path / "whole")
    assert not journal.exists()


def test_a_folder_that_is_no_bank_is_said_once(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    for number in range(3):
        (data / f"{number}.png").write_bytes(images.encode_png(np.full((40, 40, 3), 90, np.uint8)))
    events = []
    with pytest.raises(UserError, match="out"):
        run(build(BankOptions(data, out)), events.append)
    assert not [event for event in events if isinstance(event, ItemFailed)]
    assert [path.name for path in out.iterdir() if path.name != ".lock"] == ["mine.txt"]
