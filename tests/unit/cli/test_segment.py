"""``segment`` in this process, with the analytic SAM that knows the truth of flat scenes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anylabel_plus import cli
from anylabel_plus.core import masks
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.protocol import Answer
from anylabel_plus.inference.service import Service

MODEL = str(Path(__file__).parents[2] / "fixtures" / "models" / "analytic.yaml")
RED, BLUE = (60, 50, 200, 150), (250, 180, 380, 280)


def write_scene(path: Path, orientation: int = 1) -> Path:
    pixels = np.full((300, 400, 3), (30, 90, 30), np.uint8)
    for (x1, y1, x2, y2), colour in ((RED, (200, 40, 40)), (BLUE, (40, 40, 220))):
        pixels[y1:y2, x1:x2] = colour
    picture = Image.fromarray(pixels)
    exif = picture.getexif()
    exif[274] = orientation
    if orientation == 6:  # stored lying on its side, upright after a turn to the right
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    picture.save(path, exif=exif)
    return path


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    return write_scene(tmp_path / "scène.png")


def truth(box: tuple[int, int, int, int]) -> masks.Mask:
    x1, y1, x2, y2 = box
    return masks.Mask(np.ones((y2 - y1, x2 - x1), np.bool_), x1, y1)


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = cli.main(["segment", *map(str, arguments), "--model", MODEL])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_json_has_exactly_the_promised_fields(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, scene, "--point", "130,100", "--json")
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert list(data) == ["image", "width", "height", "model", "provider", "candidates", "timing_ms"]
    assert (data["image"], data["width"], data["height"]) == (str(scene), 400, 300)
    best = data["candidates"][0]
    assert list(best) == ["score", "area", "bbox", "rle"]
    mask = masks.rle_decode(best["rle"])
    assert best["rle"]["size"] == [300, 400]
    assert best["area"] == mask.area
    x, y, width, height = best["bbox"]
    assert masks.bounds(mask) == (x, y, x + width, y + height)
    assert masks.iou(mask, truth(RED)) > 0.88
    assert data["timing_ms"]["total"] > 0


def test_each_box_is_a_prompt_of_its_own(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boxes = [",".join(map(str, box)) for box in (BLUE, RED)]
    code, out, _ = run(capsys, scene, "--box", boxes[0], "--box", boxes[1], "--json")
    assert code == 0
    candidates = json.loads(out)["candidates"]
    assert [candidate["box"] for candidate in candidates] == [list(BLUE), list(RED)]
    for candidate, box in zip(candidates, (BLUE, RED), strict=True):
        assert masks.iou(masks.rle_decode(candidate["rle"]), truth(box)) > 0.85


def test_the_mask_file_is_the_best_mask_of_the_upright_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turned = write_scene(tmp_path / "turned.jpg", orientation=6)
    out = tmp_path / "mask.png"
    code, printed, _ = run(capsys, turned, "--box", "60,50,200,150", "--out", out)
    assert code == 0
    assert "score" in printed
    with Image.open(out) as picture:
        pixels = np.array(picture)
    assert pixels.shape == (300, 400)
    assert set(np.unique(pixels)) == {0, 255}
    assert masks.iou(masks.from_full(pixels > 0), truth(RED)) > 0.85


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ([], 2, "--point X,Y or --box"),
        (["--point", "5"], 2, "--point '5' is not X,Y"),
        (["--point", "5,5,7"], 2, "label"),
        (["--point", "a,b"], 2, "--point"),
        (["--box", "1,2,3"], 2, "X1,Y1,X2,Y2"),
        (["--point", "5,5", "--box", "1,1,9,9", "--box", "1,1,9,9"], 2, "one box only"),
        (["--point", "5,5", "--device", "tpu"], 2, "tpu"),
        (["--batch", "x.jsonl"], 2, "--batch"),
        (["--point", "400.5,10"], 1, "outside the image of 400 x 300"),
        (["--box", "400,300,500,400"], 1, "outside"),
        (["--box", "-50,-50,0,0"], 1, "outside"),
        (["--box", "5,5,5,9"], 1, "no area"),
        (["--box", "nan,5,5,9"], 1, "not finite"),
        (["--point", "5,5", "--out", "/no/such/folder/x.png"], 1, "/no/such/folder/x.png"),
    ],
)
def test_wrong_prompts_are_one_clear_line(
    arguments: list[str], code: int, text: str, scene: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got, out, err = run(capsys, scene, *arguments)
    assert (got, out) == (code, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert text in err


@pytest.mark.parametrize("content", [None, b"", b"no image", b"\x89PNG\r\n\x1a\n cut"])
def test_missing_and_corrupt_images_exit_1(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.png"
    if content is not None:
        path.write_bytes(content)
    code, out, err = run(capsys, path, "--point", "1,1", "--json")
    assert code == 1
    assert json.loads(out)["exit_code"] == 1
    assert json.loads(out)["error"] in err
    assert "bad.png" in err
    assert err.count("\n") == 1


def test_a_box_partly_outside_is_clipped(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, scene, "--box", "-40,-60,210,160", "--json")
    assert code == 0
    assert masks.iou(masks.rle_decode(json.loads(out)["candidates"][0]["rle"]), truth(RED)) > 0.8


def test_the_image_is_never_overwritten(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = scene.read_bytes()
    code, _, err = run(capsys, scene, "--point", "130,100", "--out", scene)
    assert code == 1
    assert "is the image itself" in err
    assert scene.read_bytes() == before


def test_an_unknown_model_is_one_error(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["segment", str(scene), "--point", "5,5", "--model", "nope"]) == 1
    assert "No model is called nope" in capsys.readouterr().err


def batch_lines(scene: Path) -> list[object]:
    rle = masks.rle_encode(truth(RED), 400, 300)
    return [
        {"image": scene.name, "points": [[130, 100, 1]], "box": None, "mask": None},
        {"image": scene.name, "box": list(BLUE), "id": "the user's own", "image_id": 7},
        {"image": str(scene), "points": [[130, 100]], "mask": rle},
        "junk",
        [1],
        {"image": "none.png", "box": [1, 1, 5, 5]},
        {"image": scene.name},
        {"image": scene.name, "points": [[1, 1, 2]]},
        {"image": scene.name, "points": [[True, 1, 1]]},
        {"image": scene.name, "box": [1, 1, 5]},
        {"image": scene.name, "point": [[1, 1, 1]]},
        {"image": scene.name, "mask": {"size": [3, 3], "counts": [4, 1, 4]}},
        {"image": scene.name, "mask": {"size": [300, 400], "counts": "@@@"}},
        {"image": scene.name, "points": [[10**400, 1, 1]]},
        {"points": [[1, 1, 1]]},
    ]


def write_batch(scene: Path) -> Path:
    lines = [line if isinstance(line, str) else json.dumps(line) for line in batch_lines(scene)]
    path = scene.parent / "prompts.jsonl"
    path.write_bytes("\n".join([*lines[:3], "", *lines[3:]]).encode() + b"\n\xff\xfe\n")
    return path


def test_a_batch_answers_every_line_in_order(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--batch", write_batch(scene))
    answers = [json.loads(line) for line in out.splitlines()]
    assert code == 3
    assert len(answers) == 16
    good, bad = answers[:3], answers[3:]
    for answer, box in zip(good, (RED, BLUE, RED), strict=True):
        assert list(answer) == ["image", "width", "height", "model", "provider", "candidates", "timing_ms"]
        assert masks.iou(masks.rle_decode(answer["candidates"][0]["rle"]), truth(box)) > 0.85
    assert [answer["image"] for answer in good] == [scene.name, scene.name, str(scene)]
    assert [answer["timing_ms"]["encode"] > 0 for answer in good] == [True, False, False]
    assert all(set(answer) == {"error", "line"} and answer["error"] for answer in bad)
    assert err == "13 of 16 prompts could not be answered.\n"


def test_a_batch_into_a_file(scene: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prompts, out = write_batch(scene), scene.parent / "answers.jsonl"
    code, printed, _ = run(capsys, "--batch", prompts, "--out", out, "--json")
    assert code == 3
    assert json.loads(printed) == {"answered": 3, "failed": 13, "out": str(out)}
    assert len(out.read_text("utf-8").splitlines()) == 16
    before = prompts.read_bytes()
    code, _, err = run(capsys, "--batch", prompts, "--out", prompts)
    assert code == 1
    assert "list of prompts itself" in err
    assert prompts.read_bytes() == before


def test_a_batch_from_standard_input_is_relative_to_the_current_folder(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(scene.parent)
    line = json.dumps({"image": scene.name, "box": list(RED)}).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(line)))
    code, out, _ = run(capsys, "--batch", "-")
    assert code == 0
    assert json.loads(out)["width"] == 400


def test_a_batch_that_does_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "--batch", tmp_path / "none.jsonl")
    assert code == 1
    assert "none.jsonl" in err


def test_info_runs_a_real_inference(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {key: data["providers"][-1][key] for key in ("provider", "ok")} == {
        "provider": "CPUExecutionProvider",
        "ok": True,
    }
    assert data["provider"] in ("CPUExecutionProvider", "CUDAExecutionProvider")
    assert data["problems"] == []
    assert cli.main(["info"]) == 0
    assert "CPUExecutionProvider: works" in capsys.readouterr().out


def test_lines_of_one_image_are_answered_together_and_a_bad_one_alone(
    scene: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    groups: list[int] = []
    many = Service.segment_many

    def counted(self: Service, image: Path, asked: list[Prompt], *rest: object) -> list[Answer]:
        groups.append(len(asked))
        return many(self, image, asked, *rest)

    monkeypatch.setattr(Service, "segment_many", counted)
    good = {"image": scene.name, "box": list(RED)}
    outside = {"image": scene.name, "box": [9000, 9000, 9010, 9010]}
    path = scene.parent / "many.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in [good] * 20), "utf-8")
    code, out, _ = run(capsys, "--batch", path)
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, groups, len(answers)) == (0, [16, 4], 20)
    assert len({json.dumps(answer["candidates"]) for answer in answers}) == 1
    groups.clear()
    path.write_text("\n".join(json.dumps(line) for line in [good, outside, good]), "utf-8")
    code, out, _ = run(capsys, "--batch", path)
    answers = [json.loads(line) for line in out.splitlines()]
    assert (code, groups) == (3, [3, 1, 1, 1])
    assert ["error" in answer for answer in answers] == [False, True, False]
    assert answers[1]["line"] == 2 and "outside the image" in answers[1]["error"]
