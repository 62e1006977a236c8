"""The click protocol, on the files that are shipped and through the service that the program uses.

Source of the protocol: N. Xu et al., "Deep Interactive Object Selection", CVPR 2016, as RITM and SimpleClick run it:
each click goes to the deepest point of the largest error, and NoC is the number of clicks until an IoU is reached.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anylabel_plus.core import masks
from anylabel_plus.inference.base import Prompt
from anylabel_plus.inference.cell_masks import overlap
from anylabel_plus.inference.model_spec import ModelFile, ModelSpec
from anylabel_plus.inference.pocket import PocketModel
from anylabel_plus.inference.pocket import load as load_pocket
from anylabel_plus.inference.protocol import ServiceOptions
from anylabel_plus.inference.runtime import RuntimeOptions
from anylabel_plus.inference.service import Service
from anylabel_plus.training.pocket.config import INPUT_SIDE
from anylabel_plus.training.pocket.prompts import corrective, tight_box
from anylabel_plus.training.pocket.sources import Picture

MAX_CLICKS = 10
MIN_AREA_PX = 150
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Measured:
    """One object: IoU with its box, with its box and one correcting click, and after each of the clicks alone.

    ``side`` is the box's long side as a share of the image's.
    """

    source: str
    side: float
    box: float
    box_click: float
    clicks: tuple[float, ...]

    def clicks_to(self, wanted: float) -> int:
        """Clicks until the IoU was ``wanted``; ``MAX_CLICKS`` when it never was."""
        return next((count for count, value in enumerate(self.clicks, 1) if value >= wanted), MAX_CLICKS)


def objects(pictures: Sequence[Picture], each: int, seed: int = 11) -> list[tuple[Picture, int]]:
    """Up to ``each`` objects a source, spread over its pictures, always the same ones."""
    rng = np.random.default_rng(seed)
    by_source: dict[str, list[tuple[Picture, int]]] = {}
    for picture in sorted(pictures, key=lambda entry: entry.held_out_key):
        own = [index for index, area in enumerate(picture.areas) if area >= MIN_AREA_PX]
        for rank, index in enumerate(rng.permutation(own)[:3]):
            by_source.setdefault(f"{picture.source}\0{rank}", []).append((picture, int(index)))
    chosen: dict[str, list[tuple[Picture, int]]] = {}
    for name in sorted(by_source, key=lambda text: text.split("\0")[::-1]):
        chosen.setdefault(name.split("\0")[0], []).extend(by_source[name])
    return [entry for name in sorted(chosen) for entry in chosen[name][:each]]


def service_for(model: str, threads: int = 0, change: Callable[[PocketModel], None] | None = None) -> Service:
    """A service for a model id, or for a folder with the two files of an export; ``change`` adjusts what was loaded."""
    options = ServiceOptions(device="cpu", threads=threads)
    if not Path(model).is_dir():
        return Service(options)
    files = tuple(ModelFile(f"pocket.{role}.onnx", role=role) for role in ("encoder", "decoder"))
    spec = ModelSpec(
        id="pocket", title="Pocket", family="pocket", files=files, input_size=INPUT_SIDE, folder=Path(model)
    )

    def loader(_: str, chosen: ServiceOptions) -> PocketModel:
        loaded = load_pocket(spec, RuntimeOptions(chosen.device, chosen.threads))
        if change is not None:
            change(loaded)
        return loaded

    return Service(options, loader)


def measure(service: Service, model: str, picture: Picture, index: int, *, with_mask: bool = False) -> Measured:
    """One object through the protocol; ``with_mask`` hands the last answer back with each click, as the window does."""
    target = masks.full(picture.mask(index), picture.width, picture.height)
    box = tight_box(target)

    def ask(prompt: Prompt) -> tuple[Bools, Prompt]:
        found = service.segment(picture.path, prompt, model).candidates
        if not found:
            return np.zeros_like(target), replace(prompt, mask=None, logits=None, crop=None)
        best = found[0]
        after = replace(prompt, mask=best.mask, logits=best.logits, crop=best.crop) if with_mask else prompt
        return masks.full(best.mask, picture.width, picture.height), after

    boxed, after = ask(Prompt(box=box))
    click = corrective(boxed, target)
    corrected = boxed if click is None else ask(replace(after, points=(click,)))[0]
    found, prompt = np.zeros_like(target), Prompt()
    series: list[float] = []
    for _ in range(MAX_CLICKS):
        click = corrective(found, target)
        if click is not None:
            found, prompt = ask(replace(prompt, points=(*prompt.points, click)))
        series.append(overlap(found, target))
    side = max(box[2] - box[0], box[3] - box[1]) / max(picture.width, picture.height)
    return Measured(picture.source, side, overlap(boxed, target), overlap(corrected, target), tuple(series))


def figures(rows: Sequence[Measured]) -> dict[str, Any]:
    """Means over ``rows``: box, box_click, one, two, three, noc85, noc90, and how many there are."""
    if not rows:
        return {"objects": 0}

    def mean(values: Sequence[float]) -> float:
        return round(float(np.mean(values)), 4)

    return {
        "objects": len(rows),
        "box": mean([row.box for row in rows]),
        "box_click": mean([row.box_click for row in rows]),
        "one": mean([row.clicks[0] for row in rows]),
        "two": mean([row.clicks[1] for row in rows]),
        "three": mean([row.clicks[2] for row in rows]),
        "ten": mean([row.clicks[9] for row in rows]),
        "noc85": mean([row.clicks_to(0.85) for row in rows]),
        "noc90": mean([row.clicks_to(0.90) for row in rows]),
    }


def report(rows: Sequence[Measured], unseen: Sequence[str] = ()) -> dict[str, Any]:
    """Figures over all, by source, over sources that the training had left out, and over small objects."""
    sources = sorted({row.source for row in rows})
    return {
        "all": figures(rows),
        "seen": figures([row for row in rows if row.source not in unseen]),
        "unseen": figures([row for row in rows if row.source in unseen]),
        "small": figures([row for row in rows if row.side < 0.15]),
        "sources": {name: figures([row for row in rows if row.source == name]) for name in sources},
    }
