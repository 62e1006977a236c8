"""What the built-in model costs on one core: python pocket_speed.py [MODEL] [--repeat N]

MODEL is a folder with pocket.encoder.onnx and pocket.decoder.onnx, or the id of a pocket model (default: pocket).
Prints, for an input of 512 x 512 and one of 512 x 352 (a 3:2 photograph), median milliseconds of one thread: the
encoder, one prompt, 16 prompts together and their ratio to 16 single ones, bare and through the family's code from a 2
megapixel picture, plus the size of the files. ``cpu_ms`` is processor time, which a busy machine disturbs less than
``wall_ms``. Bars: encode 100 ms, prompt 40 ms, ratio 1.05, files 20 MB.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from anylabel_plus.inference import catalog, pocket, weights
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.model_spec import ModelFile, ModelSpec
from anylabel_plus.inference.runtime import RuntimeOptions

BATCH = 16
PICTURES = {"square": (1440, 1440), "photograph": (1800, 1200)}
BARS = {"encode_ms": 100.0, "prompt_ms": 40.0, "batch_ratio": 1.05, "megabytes": 20.0}

Row = dict[str, float]


def spec_of(model: str) -> ModelSpec:
    """The row of a model id, or one made for a folder with an export."""
    if not Path(model).is_dir():
        return catalog.resolve(model)
    files = tuple(ModelFile(f"pocket.{role}.onnx", role=role) for role in ("encoder", "decoder"))
    return ModelSpec(id="pocket", title="Pocket", family="pocket", files=files, folder=Path(model))


def picture(width: int, height: int) -> NDArray[np.uint8]:
    """Ellipses on slow noise; (H, W, 3) RGB."""
    rng = np.random.default_rng(0)
    pixels = cv2.resize(rng.integers(40, 120, (9, 12, 3)).astype(np.uint8), (width, height))
    for index in range(BATCH):
        middle = int(width * (0.15 + 0.23 * (index % 4))), int(height * (0.15 + 0.23 * (index // 4)))
        colour = tuple(int(value) for value in rng.integers(130, 255, 3))
        cv2.ellipse(pixels, middle, (width // 12, height // 14), 20 * index, 0, 360, colour, -1)
    return pixels


def prompts(width: int, height: int) -> list[Prompt]:
    """Boxes and clicks on the ellipses, in turns."""
    made = []
    for index in range(BATCH):
        x, y = width * (0.15 + 0.23 * (index % 4)), height * (0.15 + 0.23 * (index // 4))
        box = (x - width / 11, y - height / 11, x + width / 11, y + height / 11)
        made.append(Prompt(box=box) if index % 2 else Prompt(points=((x, y, 1),)))
    return made


def timed(call: Callable[[], object], repeat: int) -> Row:
    """Medians of ``repeat`` calls after one that is not counted."""
    call()
    wall, cpu = [], []
    for _ in range(repeat):
        begun, used = time.perf_counter(), time.process_time()
        call()
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    return {"cpu_ms": round(statistics.median(cpu), 2), "wall_ms": round(statistics.median(wall), 2)}


def measure(model: pocket.PocketModel, size: tuple[int, int], repeat: int) -> dict[str, object]:
    """The bare graphs and the family's code on one picture."""
    pixels, asked = picture(*size), prompts(*size)
    embedding = model.encode(pixels)
    box = model._box(*size)
    image = pocket.pocket_graph.image_feed(pixels, box)
    encoder, decoder = model._encoder, model._decoder

    def graph(count: int) -> Callable[[], object]:
        feeds = {**embedding.arrays, **pocket.pocket_graph.prompt_feeds(asked[:count], box)}
        return lambda: decoder.run(["logits", "scores"], feeds)

    graphs = {
        "encode": timed(lambda: encoder.run(model._features, {"image": image}), repeat),
        "prompt": timed(graph(1), repeat),
        "batch_of_16": timed(graph(BATCH), max(3, repeat // 4)),
    }
    family = {
        "encode": timed(lambda: model.encode(pixels), repeat),
        "prompt": timed(lambda: model.decode(embedding, asked[0])[0].mask.area, repeat),
        "batch_of_16": timed(lambda: model.decode_many(embedding, asked), max(3, repeat // 4)),
    }
    for row in (graphs, family):
        row["batch_ratio"] = {
            unit: round(row["batch_of_16"][unit] / (BATCH * row["prompt"][unit]), 3) for unit in ("cpu_ms", "wall_ms")
        }
    return {"input": [image.shape[3], image.shape[2]], "graphs": graphs, "family": family}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="pocket")
    parser.add_argument("--repeat", type=int, default=20)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    spec = spec_of(options.model)
    weights.ensure(spec)
    model = pocket.load(spec, RuntimeOptions(device="cpu", threads=1))
    megabytes = sum(spec.path(role).stat().st_size for role in ("encoder", "decoder")) / 1e6
    rows = {name: measure(model, size, options.repeat) for name, size in PICTURES.items()}
    print(json.dumps({"model": options.model, "megabytes": round(megabytes, 2), "bars": BARS, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
