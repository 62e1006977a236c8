"""Composites as a job: what it writes, how it goes on, what it refuses."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import synth_scene
from synth_scene import HEIGHT, LABELS, WIDTH, make_bank, make_photos

from anylabel_plus import jobs
from anylabel_plus.core.errors import FirewallError, UserError
from anylabel_plus.dataset.splits import Splits, assign, content_hash, image_kind, uses
from anylabel_plus.formats import native
from anylabel_plus.images.marker import read_marker
from anylabel_plus.jobs import synth_samples
from anylabel_plus.jobs.base import Event, ItemDone, Report, run
from anylabel_plus.jobs.options import from_json, to_json
from anylabel_plus.jobs.recipe_file import save_recipe
from anylabel_plus.jobs.scene_sources import scene_sources
from anylabel_plus.jobs.synth_pool import ComposerFactory, open_composer
from anylabel_plus.jobs.synthesize import SynthesizeOptions, planned, synthesize
from anylabel_plus.synthesis.recipe import Recipe, recipe_hash
from anylabel_plus.synthesis.recipe import to_json as recipe_json

COUNT = 5


@pytest.fixture
def options(tmp_path: Path) -> SynthesizeOptions:
    """Five pictures from a bank of ``source`` on the backgrounds of ``back``."""
    source = make_photos(tmp_path / "source", seed=8)
    bank = make_bank(tmp_path / "bank", source)
    back = make_photos(tmp_path / "back")
    return SynthesizeOptions(bank, back, tmp_path / "out", COUNT, workers=1)


def make(options: SynthesizeOptions, factory: ComposerFactory = open_composer, **changes: Any) -> Report:
    return run(synthesize(replace(options, **changes), factory))


def files_of(root: Path) -> dict[str, bytes]:
    """All files outside of hidden folders; temporaries count."""
    found = [path for path in root.rglob("*") if path.is_file() and ".anylabel_plus" not in path.parts]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def test_pictures_and_label_files(options: SynthesizeOptions) -> None:
    report = make(options)
    assert (report.exit_code, report.done, report.changed, report.failed) == (0, COUNT, COUNT, [])
    names = [f"composite-{n:06d}" for n in range(COUNT)]
    assert sorted(files_of(options.out)) == sorted(f"{name}.{end}" for name in names for end in ("jpg", "json"))
    labels: dict[str, int] = {}
    for number, name in enumerate(names):
        picture = cv2.imread(str(options.out / f"{name}.jpg"))
        assert picture.shape == (HEIGHT, WIDTH, 3)
        document = native.read(options.out / f"{name}.json")
        assert (document.image_path, document.width, document.height) == (f"{name}.jpg", WIDTH, HEIGHT)
        facts = document.extra["synthesis"]
        assert (facts["kind"], facts["recipe"], facts["index"]) == ("composite", recipe_hash(Recipe()), number)
        assert len(facts["background"]["content"]) == 32
        assert read_marker(options.out / f"{name}.jpg") == facts
        assert image_kind(options.out / f"{name}.jpg") == "composite"
        for shape in document.shapes:
            assert shape.provenance is not None
            assert shape.provenance.source == "synthesis"
            labels[shape.label] = labels.get(shape.label, 0) + 1
    assert report.summary["labels"] == labels
    assert report.summary["objects"] == sum(labels.values()) > 0
    assert set(labels) <= set(LABELS)
    assert report.summary["sizes"] == {f"{WIDTH}x{HEIGHT}": COUNT}
    assert (report.summary["pictures"], report.summary["made_before"]) == (COUNT, 0)
    assert report.summary["recipe"] == recipe_hash(Recipe())
    json.dumps(report.to_json())


def test_the_result_is_a_data_set_for_training(options: SynthesizeOptions) -> None:
    make(options)
    splits = Splits.load(options.out)
    assert splits.counts() == {"train": COUNT, "val": 0, "test": 0}
    with pytest.raises(FirewallError):
        assign(options.out, {"composite-000000.jpg": "val"})
    used = uses(options.bank.parent / "source")
    assert used
    assert set(used) <= {"b0.png", "b1.png", "b2.png", "b3.png"}
    assert set(uses(options.backgrounds)) == {"b0.png", "b1.png", "b2.png", "b3.png"}


def test_inside_a_data_set_it_joins_that_ones_split(options: SynthesizeOptions, tmp_path: Path) -> None:
    root = make_photos(tmp_path / "data", seed=11)
    assign(root, {"b0.png": "val", "b1.png": "train"})
    make(options, out=root / "made")
    splits = Splits.load(root)
    assert splits.part("made/composite-000004.jpg") == "train"
    assert splits.counts() == {"train": COUNT + 1, "val": 1, "test": 0}
    assert not (root / "made" / ".anylabel_plus" / "splits.json").exists()


def test_the_same_bytes_with_two_workers_and_another_time(options: SynthesizeOptions, tmp_path: Path) -> None:
    first = make(options)
    second = make(options, out=tmp_path / "again", workers=2)
    assert files_of(options.out) == files_of(tmp_path / "again")
    assert len(files_of(options.out)) == 2 * COUNT
    timeless = [
        {key: value for key, value in report.summary.items() if key not in ("seconds", "pictures_per_second", "output")}
        for report in (first, second)
    ]
    assert timeless[0] == timeless[1]


def test_events_come_in_order(options: SynthesizeOptions) -> None:
    told: list[Event] = []
    run(synthesize(replace(options, workers=2, count=8)), told.append)
    done = [event.item for event in told if isinstance(event, ItemDone)]
    assert done == [f"composite-{n:06d}.jpg" for n in range(8)]


def test_another_seed_is_another_set(options: SynthesizeOptions, tmp_path: Path) -> None:
    make(options)
    make(options, out=tmp_path / "other", seed=1)
    ours, theirs = files_of(options.out), files_of(tmp_path / "other")
    assert not any(ours[name] == theirs[name] for name in ours)


def test_a_cancelled_run_goes_on(options: SynthesizeOptions, tmp_path: Path) -> None:
    whole = make(options, out=tmp_path / "whole")
    seen: list[Event] = []
    report = run(synthesize(options), seen.append, lambda: sum(isinstance(e, ItemDone) for e in seen) == 2)
    assert (report.cancelled, report.done) == (True, 2)
    assert len(files_of(options.out)) == 4
    assert Splits.load(options.out).counts()["train"] == 2
    times = {path: path.stat().st_mtime_ns for path in options.out.glob("composite*")}
    rest = make(options)
    assert (rest.done, rest.changed) == (COUNT, COUNT - 2)
    assert files_of(options.out) == files_of(tmp_path / "whole")
    assert all(path.stat().st_mtime_ns == time for path, time in times.items())
    assert rest.summary["labels"] == whole.summary["labels"]
    assert rest.summary["made_before"] == 2
    assert Splits.load(options.out).counts()["train"] == COUNT
    again = make(options)
    assert (again.done, again.changed) == (COUNT, 0)


def test_what_a_dead_run_left_is_swept_and_made_again(options: SynthesizeOptions, tmp_path: Path) -> None:
    make(options, out=tmp_path / "whole")
    make(options)
    (options.out / "composite-000001.json").unlink()
    (options.out / "composite-000003.jpg").write_bytes(b"")  # a power cut
    dead = options.out / ".anylabel-tmp-999999999-composite-000001.json"
    dead.write_bytes(b"{")
    report = make(options)
    assert report.changed == 2
    assert files_of(options.out) == files_of(tmp_path / "whole")


def test_a_run_can_go_on_to_more_pictures(options: SynthesizeOptions, tmp_path: Path) -> None:
    make(options, count=2)
    make(options)
    make(options, count=3)
    make(options, out=tmp_path / "whole")
    assert files_of(options.out) == files_of(tmp_path / "whole")
    run_file = json.loads((options.out / ".anylabel_plus" / "synthesis.json").read_bytes())
    assert (run_file["count"], run_file["seed"], run_file["recipe"]) == (COUNT, 0, recipe_json(Recipe()))


def test_a_label_file_that_a_person_changed_stays(options: SynthesizeOptions) -> None:
    make(options)
    path = options.out / "composite-000000.json"
    document = native.read(path)
    native.save(document.with_(shapes=document.shapes[:0]), path)
    before = path.read_bytes()
    make(options)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"seed": 1}, "what differs: the seed"),
        ({"size": "100x80"}, "what differs: the recipe"),
        ({"format": "png"}, "what differs: the image format, the quality"),
        ({"instances": True}, "what differs: the pictures of instances"),
    ],
)
def test_a_folder_of_another_run_is_left_alone(options: SynthesizeOptions, changes: dict[str, Any], text: str) -> None:
    make(options)
    before = files_of(options.out)
    with pytest.raises(UserError, match=text):
        make(options, **changes)
    assert files_of(options.out) == before


def test_other_backgrounds_or_another_bank_is_another_run(options: SynthesizeOptions, tmp_path: Path) -> None:
    make(options)
    make_photos(options.backgrounds, count=5)
    with pytest.raises(UserError, match="what differs: the backgrounds"):
        make(options)
    bank = make_bank(tmp_path / "bank2", side=30)
    with pytest.raises(UserError, match="what differs: the bank, the backgrounds"):
        make(options, bank=bank)


def test_a_folder_with_other_content_is_left_alone(options: SynthesizeOptions) -> None:
    options.out.mkdir()
    (options.out / ".hidden").write_text("")
    (options.out / "mine.txt").write_text("mine")
    with pytest.raises(UserError, match=r"something else already, such as mine\.txt"):
        make(options)
    assert sorted(path.name for path in options.out.iterdir()) == [".hidden", "mine.txt"]
    (options.out / "mine.txt").unlink()
    assert make(options).exit_code == 0


def test_two_runs_do_not_work_in_one_folder(options: SynthesizeOptions) -> None:
    job = synthesize(options)
    next(job)
    with pytest.raises(UserError, match="another run is making composites there"):
        make(options)
    job.close()
    assert make(options).exit_code == 0


def test_png_and_instances(options: SynthesizeOptions) -> None:
    make(options, format="png", instances=True, workers=2)
    assert {path.suffix for path in options.out.glob("composite*")} == {".png", ".json"}
    assert image_kind(options.out / "composite-000000.png") == "composite"
    folder = options.out / ".anylabel_plus" / "instances"
    for label in options.out.glob("composite*.json"):
        numbers = cv2.imread(str(folder / f"{label.stem}.png"), cv2.IMREAD_UNCHANGED)
        assert (numbers.dtype, numbers.shape) == (np.uint16, (HEIGHT, WIDTH))
        shapes = native.read(label).shapes
        objects = {(s.label, s.group_id) if s.group_id else n for n, s in enumerate(shapes)}
        assert set(np.unique(numbers)) - {0} == set(range(1, len(objects) + 1))


def test_recipe_by_file_by_text_and_by_size(options: SynthesizeOptions, tmp_path: Path) -> None:
    save_recipe(tmp_path / "r.toml", replace(Recipe(), objects=(2, 2), blend="none"))
    report = make(options, recipe=tmp_path / "r.toml", size="96x64", out=tmp_path / "a")
    assert report.summary["sizes"] == {"96x64": COUNT}
    text = json.dumps(recipe_json(replace(Recipe(), objects=(2, 2), blend="none", output_size="96x64")))
    make(options, recipe_text=text, out=tmp_path / "b")
    assert files_of(tmp_path / "a") == files_of(tmp_path / "b")


@pytest.mark.parametrize("text", ["{", "[]", '{"blnd": 1}'])
def test_recipe_texts_that_are_none(options: SynthesizeOptions, text: str) -> None:
    with pytest.raises(UserError, match="Recipe"):
        make(options, recipe_text=text)


def test_options_travel_as_json(options: SynthesizeOptions) -> None:
    data = json.loads(json.dumps(to_json(options)))
    assert from_json(SynthesizeOptions, data) == options
    assert run(jobs.start("synthesize", data)).done == COUNT


# ---------------------------------------------------------------- what goes wrong


def test_an_item_that_fails_does_not_end_the_job(options: SynthesizeOptions) -> None:
    report = make(options, synth_scene.bug)
    assert report.exit_code == 3
    assert (report.done, [name for name, _ in report.failed]) == (COUNT - 1, ["composite-000002.jpg"])
    assert "ZeroDivisionError" in report.failed[0][1]
    assert not (options.out / "composite-000002.json").exists()


def test_a_worker_that_dies_fails_its_item(options: SynthesizeOptions, tmp_path: Path) -> None:
    report = make(options, synth_scene.dies, workers=2)
    assert report.failed == [("composite-000002.jpg", "the worker process died at this picture (exit code 9)")]
    assert report.done == COUNT - 1
    make(options)
    make(options, out=tmp_path / "whole")
    assert files_of(options.out) == files_of(tmp_path / "whole")


def test_a_picture_where_nothing_fits_is_skipped(options: SynthesizeOptions) -> None:
    report = make(options, synth_scene.empty)
    assert report.skipped == [("composite-000002.jpg", "no object found a place (too hidden)")]
    assert (report.exit_code, report.done) == (0, COUNT - 1)
    assert report.summary["skips"]["too hidden"] >= 3


def test_a_full_disk_ends_the_job(options: SynthesizeOptions) -> None:
    with pytest.raises(UserError, match=r"composite-000002.*No space left.*Make room"):
        make(options, synth_scene.full_disk)
    assert Splits.load(options.out).counts()["train"] == 2


def test_corrupt_backgrounds_fail_their_pictures_only(options: SynthesizeOptions) -> None:
    (options.backgrounds / "b1.png").write_bytes(b"\x89PNG\r\n\x1a\nrubbish")
    report = make(options, count=8)
    assert report.exit_code == 3
    assert 0 < len(report.failed) < 8
    assert report.done == 8 - len(report.failed)
    assert all("b1.png" in reason for _, reason in report.failed)


def test_objects_larger_than_the_background_are_skipped(options: SynthesizeOptions, tmp_path: Path) -> None:
    recipe = replace(Recipe(), scale="uniform", size=(1.4, 1.5), truncation=0.0, max_enlarge=4.0)
    bank = make_bank(tmp_path / "large", side=200)
    report = make(options, bank=bank, recipe_text=json.dumps(recipe_json(recipe)))
    assert report.exit_code == 0
    assert len(report.skipped) == COUNT
    assert "larger than the background" in report.skipped[0][1]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"count": 0}, "--count must be 1 to"),
        ({"count": -3}, "--count must be"),
        ({"size": "0x0"}, "--size: output_size must be"),
        ({"size": "big"}, "--size: output_size must be"),
        ({"format": "gif"}, "--format must be one of jpeg, png"),
        ({"quality": 0}, "--quality must be 1 to 100"),
        ({"bank": "missing"}, "missing: does not exist"),
        ({"bank": "back"}, "holds no object bank"),
        ({"backgrounds": "missing"}, "missing: does not exist"),
        ({"backgrounds": "empty"}, "holds no background"),
        ({"recipe": "missing"}, "missing: cannot be read"),
        ({"out": "back"}, "is the folder of the backgrounds"),
        ({"out": "bank/out"}, "lies in the object bank"),
        ({"out": "back/b0.png"}, "is no folder"),
        ({"recipe_text": '{"labels": ["cow"]}'}, "no usable cutout of the label 'cow'"),
        ({"recipe_text": '{"min_visible": 10000, "output_size": "16x16"}'}, "min_visible"),
    ],
)
def test_what_cannot_be_done_is_said(
    options: SynthesizeOptions, tmp_path: Path, changes: dict[str, Any], text: str
) -> None:
    (tmp_path / "empty").mkdir()
    before = files_of(tmp_path)
    values = {
        name: tmp_path / value if name in ("bank", "backgrounds", "recipe", "out") else value
        for name, value in changes.items()
    }
    with pytest.raises(UserError, match=text):
        make(options, **values)
    assert files_of(tmp_path) == before
    assert not (tmp_path / "out").exists()


def test_a_bank_without_accepted_cutouts(options: SynthesizeOptions, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no accepted cutout"):
        make(options, bank=make_bank(tmp_path / "none", accepted=False))
    assert not options.out.exists()


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="needs rights that are kept")
def test_a_folder_that_cannot_be_written(options: SynthesizeOptions, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(UserError, match="cannot be made"):
        make(options, out=locked / "out")


# ---------------------------------------------------------------- the firewall


def test_a_held_out_background_is_refused(options: SynthesizeOptions, tmp_path: Path) -> None:
    assign(options.backgrounds, {"b2.png": "val"})
    with pytest.raises(FirewallError, match=r"b2\.png is in the validation split of .*--leave-out-held-out"):
        make(options)
    assert not options.out.exists()
    report = make(options, leave_out_held_out=True)
    assert report.summary["backgrounds"] == 3
    assert any("1 backgrounds were left out, such as b2.png" in text for _, text in report.notes)
    for label in options.out.glob("composite*.json"):
        assert native.read(label).extra["synthesis"]["background"]["image"] != "b2.png"


def test_a_copy_of_a_held_out_picture_is_refused(options: SynthesizeOptions) -> None:
    source = options.bank.parent / "source"
    assign(source, {"b3.png": "test"})
    shutil.copy(source / "b3.png", options.backgrounds / "copied.png")
    with pytest.raises(FirewallError, match=r"copied\.png is a copy of b3\.png"):
        make(options, leave_out_held_out=False)


def test_a_held_out_source_of_a_cutout_is_refused(options: SynthesizeOptions) -> None:
    source = options.bank.parent / "source"
    assign(source, {"b1.png": "val"})
    with pytest.raises(FirewallError, match=r"its source b1\.png is in the validation split") as caught:
        make(options)
    assert caught.value.exit_code == 4
    report = make(options, leave_out_held_out=True)
    assert report.summary["cutouts"] == 3
    left = {
        shape.provenance.extra["image"]
        for label in options.out.glob("composite*.json")
        for shape in native.read(label).shapes
        if shape.provenance is not None
    }
    assert left
    assert "b1.png" not in left


def test_a_source_is_known_where_its_data_set_was_moved(options: SynthesizeOptions, tmp_path: Path) -> None:
    source = options.bank.parent / "source"
    content = content_hash(source / "b1.png")
    bank_file = options.bank / "bank.json"
    rows = bank_file.read_bytes().replace(
        b'"image":"b1.png","dataset":"%b","shape":0,"width":160,"height":120,"box":[0,0,40,40],"content":""'
        % str(source).encode(),
        b'"image":"b1.png","dataset":"/gone","content":"%b"' % content.encode(),
    )
    assert content.encode() in rows
    bank_file.write_bytes(rows)
    moved = source.rename(tmp_path / "moved")
    assign(moved, {"b1.png": "val"})
    report = make(options, out=tmp_path / "free")  # nothing here knows of the data set
    assert report.exit_code == 0
    with pytest.raises(FirewallError, match=r"its source b1\.png is b1\.png in the validation split of .*moved"):
        make(options, out=moved / "made")


def test_everything_held_out_leaves_nothing(options: SynthesizeOptions) -> None:
    assign(options.backgrounds, {f"b{n}.png": "val" for n in range(4)})
    with pytest.raises(UserError, match="no background is left"):
        make(options, leave_out_held_out=True)


def test_composites_are_no_backgrounds(options: SynthesizeOptions, tmp_path: Path) -> None:
    make(options, out=options.backgrounds / "made")
    bank, backdrops, read = scene_sources(options.bank, [options.backgrounds], notes=(notes := []))
    assert [one.name for one in backdrops] == ["b0.png", "b1.png", "b2.png", "b3.png"]
    assert any("5 composites among the backgrounds were left out" in note for note in notes)
    assert {one.label for one in bank.cutouts} == set(LABELS)
    assert bank.label_counts == dict.fromkeys(LABELS, 2)
    assert bank.read(bank.cutouts[0]).shape[2] == 4
    assert read(backdrops[0]) is None
    again = make(options, out=options.backgrounds / "made")  # its own pictures are not in the way
    assert again.changed == 0


def test_labelled_backgrounds_keep_their_objects(options: SynthesizeOptions, tmp_path: Path) -> None:
    back = make_photos(tmp_path / "labelled", labelled=True)
    make(options, backgrounds=back)
    for label in options.out.glob("composite*.json"):
        shapes = native.read(label).shapes
        assert any(shape.kind == "rectangle" and shape.label == "ball" for shape in shapes)
    with pytest.raises(UserError, match="All of them have shapes"):
        make(options, backgrounds=back, unlabelled_only=True, out=tmp_path / "o2")
    (back / "b0.json").unlink()
    report = make(options, backgrounds=back, unlabelled_only=True, out=tmp_path / "o2")
    assert report.summary["backgrounds"] == 1


def test_unlabelled_targets_are_pointed_out(options: SynthesizeOptions, tmp_path: Path) -> None:
    report = make(options)
    assert any("4 of 4 backgrounds have no label file" in text and "ball, brick" in text for _, text in report.notes)
    report = make(options, certified_empty=True)
    assert not any("no label file" in text for _, text in report.notes)


# ---------------------------------------------------------------- without a run


def test_estimate_and_sheet_write_nothing(options: SynthesizeOptions, tmp_path: Path) -> None:
    plan = planned(options, writes=False)
    before = files_of(tmp_path)
    found = synth_samples.estimate(plan, 1000, workers=2)
    assert found.bytes == found.bytes_each * 1000
    assert found.seconds > 400 * found.seconds_each > 0
    page, _notes = synth_samples.sheet(plan, 4, side=80)
    plain, _ = synth_samples.sheet(plan, 4, side=80, labels=False)
    assert page.shape == plain.shape == (2 * 66 + 6, 2 * 86 + 6, 3)
    assert (page != plain).any()
    assert files_of(tmp_path) == before
    synth_samples.save_sheet(tmp_path / "sheet.png", page)
    assert (cv2.imread(str(tmp_path / "sheet.png"))[..., ::-1] == page).all()
    with pytest.raises(UserError, match=r"\.png or \.jpg"):
        synth_samples.save_sheet(tmp_path / "sheet.bmp", page)
