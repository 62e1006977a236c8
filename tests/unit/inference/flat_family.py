"""A family for tests of the machinery around families: an object is what has one flat colour.

The model's name is its behaviour: ``flat``, ``flat:slow=0.5`` (seconds to encode), ``flat:die``
(the process ends at the first decode), ``flat:bug``, ``flat:picture`` (nothing worth storing).
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection

import numpy as np

from anylabel_plus.core.errors import UserError
from anylabel_plus.core.masks import Mask
from anylabel_plus.inference import service_worker
from anylabel_plus.inference.base import (
    Candidate,
    Embedding,
    ModelInfo,
    Pixels,
    Prompt,
    ProposeOptions,
    Stop,
    decode_each,
    never,
)
from anylabel_plus.inference.protocol import ServiceOptions

PROMPTS = frozenset({"point", "box", "everything"})


class FlatModel:
    preprocessing = "flat-1"
    input_side = None
    wants_pixels = False

    def __init__(self, text: str) -> None:
        self.cacheable = text != "flat:picture"
        self.behaviour = text.partition(":")[2]
        self.info = ModelInfo(text, "Flat", "flat", "0" * 64, PROMPTS, "test")
        self.encoded = 0

    def encode(self, pixels: Pixels) -> Embedding:
        self.encoded += 1
        if self.behaviour.startswith("slow="):
            time.sleep(float(self.behaviour[5:]))
        height, width = pixels.shape[:2]
        if not self.cacheable:
            return Embedding({}, width, height, pixels=pixels)
        # A third cannot be held exactly by fp16: decoding sees whether values were rounded.
        return Embedding({"colour": pixels.astype(np.float32) / 3}, width, height, {"thirds": True})

    def decode(self, embedding: Embedding, prompt: Prompt) -> list[Candidate]:
        if self.behaviour == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.behaviour == "bug":
            raise ZeroDivisionError("a bug")
        colour = embedding.pixels if embedding.pixels is not None else embedding.arrays["colour"]
        if prompt.box is not None:
            x, y = (prompt.box[0] + prompt.box[2]) / 2, (prompt.box[1] + prompt.box[3]) / 2
        else:
            x, y, _ = prompt.points[-1]
        found = (colour == colour[int(y), int(x)]).all(axis=2)
        rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
        crop = found[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
        crop.setflags(write=False)
        logits = np.full((4, 4), float(colour[int(y), int(x), 0]), np.float32)
        return [Candidate(0.9, Mask(crop, int(columns[0]), int(rows[0])), logits=logits)]

    def decode_many(self, embedding: Embedding, prompts: Sequence[Prompt], stop: Stop = never) -> list[list[Candidate]]:
        return decode_each(self.decode, embedding, prompts, stop)

    def propose(self, embedding: Embedding, options: ProposeOptions, stop: Stop = never) -> list[Candidate]:
        return self.decode(embedding, Prompt(points=((1.0, 1.0, 1),)))


def load(text: str, options: ServiceOptions) -> FlatModel:
    if not text.startswith("flat"):
        raise UserError(f"No model is called {text}.", "Try flat.")
    return FlatModel(text)


def worker(connection: Connection, options: ServiceOptions) -> None:
    """Entry of the worker process."""
    service_worker.main(connection, options, load)


def telling_worker(connection: Connection, options: ServiceOptions) -> None:
    """As ``worker``; the model's title lists what heavy modules the process has loaded."""

    def load_and_tell(text: str, options: ServiceOptions) -> FlatModel:
        model = load(text, options)
        loaded = sorted({name.split(".")[0] for name in sys.modules} & {"PySide6", "shiboken6", "typer", "onnxruntime"})
        model.info = ModelInfo(text, ",".join(loaded), "flat", None, PROMPTS, "test")
        return model

    service_worker.main(connection, options, load_and_tell)


def dying_worker(connection: Connection, options: ServiceOptions) -> None:
    """Ends before it hears anything."""
    os._exit(7)


def deaf_worker(connection: Connection, options: ServiceOptions) -> None:
    """Hangs."""
    while True:
        time.sleep(60)
