"""The inference worker started from a program as a console script starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

# Written like an installed console script: the worker runs its top level again, not its main().
SCRIPT = """
import sys
from anylabel_plus.__main__ import main  # as a console script imports it

def work():
    import os, queue, time
    from pathlib import Path
    from anylabel_plus.inference.base import Prompt
    from anylabel_plus.inference.client import Answered, Client, Failed
    from anylabel_plus.inference.protocol import ServiceOptions

    import PySide6.QtCore  # the window has it loaded
    events = queue.Queue()
    client = Client(ServiceOptions(threads=1), events.put)
    client.segment(Path(sys.argv[1]), Prompt(box=(35.0, 25.0, 105.0, 95.0)), "classic")
    while not isinstance(event := events.get(timeout=60), (Answered, Failed)):
        pass
    maps = Path(f"/proc/{client.pid}/maps")
    qt = "Qt6" in maps.read_text() if maps.exists() else False
    print(client.pid, type(event).__name__, len(event.answer.candidates), qt, flush=True)
    if len(sys.argv) > 2:
        time.sleep(60)
    client.close()

if __name__ == "__main__":
    work()
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    pixels = np.full((120, 160, 3), (30, 90, 30), np.uint8)
    pixels[30:90, 40:100] = (200, 40, 40)
    Image.fromarray(pixels).save(tmp_path / "scene.png")
    script = tmp_path / "script"
    script.write_text(SCRIPT)
    return [sys.executable, str(script), str(tmp_path / "scene.png")]


def running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A container without an init process keeps the dead as zombies.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()


def test_the_worker_answers_without_qt_and_ends_with_the_program(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    pid, kind, candidates, qt = done.stdout.split()
    assert (kind, qt) == ("Answered", "False")
    assert int(candidates) >= 1
    assert done.stderr == ""
    assert not running(int(pid))


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_worker_ends_when_the_program_is_killed(command: list[str]) -> None:
    with subprocess.Popen([*command, "stay"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        worker = int(process.stdout.readline().split()[0])
        assert running(worker)
        process.send_signal(signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + 20
        while running(worker) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not running(worker)
