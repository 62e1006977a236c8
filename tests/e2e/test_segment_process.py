"""``segment`` as users and scripts start it: a process of its own, pipes, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from anylabel_plus.inference import DEFAULT_MODEL

MODEL = str(Path(__file__).parents[1] / "fixtures" / "models" / "analytic.yaml")
PROGRAM = [sys.executable, "-m", "anylabel_plus"]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    pixels = np.full((120, 160, 3), (30, 90, 30), np.uint8)
    pixels[30:90, 40:100] = (200, 40, 40)
    Image.fromarray(pixels).save(tmp_path / "scene.png")
    return tmp_path / "scene.png"


def test_answers_of_a_batch_come_before_the_next_line_is_sent(scene: Path) -> None:
    command = [*PROGRAM, "segment", "--batch", "-", "--model", MODEL]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=scene.parent
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for line in ({"image": "scene.png", "points": [[70, 60, 1]]}, {"image": "none.png", "points": [[1, 1]]}):
            process.stdin.write(json.dumps(line).encode() + b"\n")
            process.stdin.flush()
            answer = json.loads(process.stdout.readline())  # waits for ever if the answer is held back
            assert ("candidates" in answer) is (line["image"] == "scene.png")
        process.stdin.close()
        assert process.stdout.read() == b""
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 3


def test_a_reader_that_goes_away_is_no_traceback(scene: Path) -> None:
    prompts = scene.parent / "prompts.jsonl"
    prompts.write_text(json.dumps({"image": "scene.png", "points": [[70, 60, 1]]}) + "\n")
    prompts.write_text(prompts.read_text() * 200)
    with subprocess.Popen(
        [*PROGRAM, "segment", "--batch", str(prompts), "--model", MODEL],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_ctrl_c_is_one_line_and_130() -> None:
    command = [*PROGRAM, "segment", "--batch", "-", "--model", MODEL]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"junk\n")
        process.stdin.flush()
        process.stdout.readline()  # it is up and waits for the next line
        os.kill(process.pid, signal.SIGINT)
        assert process.stderr.read() in (b"", b"cancelled\n")  # versions of typer differ
    assert process.returncode == 130


def test_the_default_model_needs_no_download(scene: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "segment", str(scene), "--box", "35,25,105,95", "--json"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["model"] == DEFAULT_MODEL
    assert data["candidates"]


def test_remarks_of_native_libraries_do_not_reach_stderr(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (120, 160, 3), np.uint8)
    path = tmp_path / "noisy.jpg"
    Image.fromarray(pixels).save(path)
    data = path.read_bytes()
    path.write_bytes(data[:4000] + bytes(300) + data[4300:])  # the JPEG library warns and goes on
    done = subprocess.run(
        [*PROGRAM, "segment", str(path), "--box", "35,25,105,95", "--model", MODEL], capture_output=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr == b""
