"""What a click costs beyond the decoder's own run: python sam_click.py [MODEL] [--repeat N]

For pictures of 2 and 24 megapixels with a small, a middle and a large object, prints the median wall milliseconds of
the bare decoder run (small ``orig_im_size``), of ``decode`` as the program calls it, the overhead, the bar (10 % of
the run and 3 ms), what the first look at the pixels of the best mask costs then, and how much longer than ``decode``
the same click takes through the client and its worker process, as in the window. MODEL is any SAM model; by default
the analytic one of the tests.
"""

from __future__ import annotations

import argparse
import json
import queue
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.inference import catalog, family_of, sam
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.client import Client
from anylabel_plus.inference.protocol import Answered, ClientEvent, Failed, ServiceOptions
from anylabel_plus.inference.runtime import RuntimeOptions

DEFAULT = Path(__file__).parents[1] / "tests" / "fixtures" / "models" / "analytic_multi.yaml"
PICTURES = {"2 MP": (1920, 1080), "24 MP": (6000, 4000)}
PARTS = {"small": 0.1, "middle": 0.3, "large": 0.8}


class _Timed:
    """A session that remembers how long its runs took."""

    def __init__(self, session: object) -> None:
        self._session = session
        self.seconds: list[float] = []

    def run(self, *arguments: object) -> object:
        start = time.perf_counter()
        try:
            return self._session.run(*arguments)  # type: ignore[attr-defined]
        finally:
            self.seconds.append(time.perf_counter() - start)


def picture(size: tuple[int, int], part: float) -> NDArray[np.uint8]:
    """An ellipse of ``part`` of the width and height in the middle; (H, W, 3) RGB."""
    width, height = size
    pixels = np.full((height, width, 3), (40, 60, 200), np.uint8)
    axes = int(part * width / 2), int(part * height / 2)
    cv2.ellipse(pixels, (width // 2, height // 2), axes, 0, 0, 360, (220, 40, 40), -1)
    return pixels


def click(model: sam.SamModel, timed: _Timed, size: tuple[int, int], part: float, repeat: int) -> dict[str, float]:
    """Medians for one picture with an ellipse of ``part`` of its width and height in the middle."""
    width, height = size
    embedding = model.encode(picture(size, part))
    prompt = Prompt(points=((width / 2, height / 2, 1),))
    model.decode(embedding, prompt)
    timed.seconds.clear()
    whole = []
    for _ in range(repeat):
        start = time.perf_counter()
        candidates = model.decode(embedding, prompt)
        whole.append(time.perf_counter() - start)
    run, total = statistics.median(timed.seconds) * 1000, statistics.median(whole) * 1000
    over = statistics.median(a - b for a, b in zip(whole, timed.seconds, strict=True)) * 1000
    start = time.perf_counter()
    area = candidates[0].mask.area
    look = (time.perf_counter() - start) * 1000
    return {
        "decoder_ms": round(run, 2),
        "click_ms": round(total, 2),
        "over_ms": round(over, 2),
        "bar_ms": round(0.1 * run + 3.0, 2),
        "within": over <= 0.1 * run + 3.0,
        "candidates": len(candidates),
        "first_look_ms": round(look, 2),
        "area_px": area,
    }


class _Clicks:
    """Clicks by the way the window takes: a client and its worker process."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._events: queue.SimpleQueue[ClientEvent] = queue.SimpleQueue()
        self._client = Client(ServiceOptions(device="cpu", threads=1), self._events.put)

    def close(self) -> None:
        self._client.close()

    def beyond_decode(self, size: tuple[int, int], part: float, repeat: int) -> float:
        """Median milliseconds from asking to the answer, less those of ``decode``."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "picture.png")
            cv2.imwrite(str(path), picture(size, part)[:, :, ::-1])
            beyond = [self._click(path, size, number) for number in range(repeat + 2)]
        return round(statistics.median(beyond[2:]), 2)

    def _click(self, path: Path, size: tuple[int, int], number: int) -> float:
        start = time.perf_counter()
        self._client.segment(path, Prompt(points=((size[0] / 2 + 0.1 * number, size[1] / 2, 1),)), self._model)
        while not isinstance(event := self._events.get(timeout=60), Answered):
            if isinstance(event, Failed):
                raise SystemExit(event.text)
        return (time.perf_counter() - start) * 1000 - event.answer.timing_ms["decode"]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default=str(DEFAULT))
    parser.add_argument("--repeat", type=int, default=15)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    spec = catalog.resolve(options.model)
    model = family_of(spec).load(spec, RuntimeOptions(device="cpu", threads=1))
    if not isinstance(model, sam.SamModel):
        raise SystemExit(f"{options.model} is no SAM model")
    timed = _Timed(model._decoder)
    model._decoder = timed  # type: ignore[assignment]
    clicks = _Clicks(options.model)
    rows = {
        f"{name}, {part} object": {
            **click(model, timed, size, fraction, options.repeat),
            "client_beyond_decode_ms": clicks.beyond_decode(size, fraction, options.repeat),
        }
        for name, size in PICTURES.items()
        for part, fraction in PARTS.items()
    }
    clicks.close()
    print(json.dumps({"model": spec.id, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
