"""A small object bank and backgrounds on disk, and composers that misbehave when they are told to."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from anylabel_plus.core.document import add_shapes
from anylabel_plus.core.shapes import make_shape
from anylabel_plus.formats import native
from anylabel_plus.jobs.synth_pool import Composes, Work, open_composer
from anylabel_plus.synthesis.bank import cutout_id
from anylabel_plus.synthesis.bank_file import BANK_FILE, CUTOUTS_FOLDER, BankContent, bank_bytes
from anylabel_plus.synthesis.scene import Composite, Cutout, LabelPrior, SourceRef

WIDTH, HEIGHT = 160, 120
LABELS = ("ball", "brick")


def make_photos(root: Path, count: int = 4, *, labelled: bool = False, seed: int = 3) -> Path:
    """Noisy pictures, each unlike the others; with ``labelled`` each has a box."""
    rng = np.random.default_rng(seed)
    root.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        coarse = rng.integers(30, 220, (6, 8, 3), dtype=np.uint8)
        picture = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        (root / f"b{number}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
        if labelled:
            box = make_shape("rectangle", "ball", [(100, 60), (150, 110)])
            document = add_shapes(native.new_document(f"b{number}.png", WIDTH, HEIGHT), [box])
            (root / f"b{number}.json").write_bytes(native.serialize(document))
    return root


def make_bank(root: Path, dataset: Path | None = None, *, accepted: bool = True, side: int = 40) -> Path:
    """Two discs and two boxes; their sources are b0.png, b1.png … of ``dataset``."""
    (root / CUTOUTS_FOLDER).mkdir(parents=True)
    cutouts = []
    for number in range(4):
        label = LABELS[number % 2]
        pixels = np.zeros((side, side + 4 * number, 4), np.uint8)
        colour = (200 - 30 * number, 40 + 40 * number, 60, 255)
        if label == "ball":
            cv2.ellipse(
                pixels, (pixels.shape[1] // 2, side // 2), (side // 2 - 3, side // 2 - 3), 0, 0, 360, colour, -1
            )
        else:
            pixels[3:-3, 3:-3] = colour
        source = SourceRef(
            f"b{number}.png", str(dataset) if dataset is not None else "", 0, WIDTH, HEIGHT, (0, 0, side, side)
        )
        name, area = cutout_id(label, pixels), int((pixels[..., 3] >= 128).sum())
        cutouts.append(Cutout(name, label, pixels.shape[1], side, area, source, accepted=accepted))
        bgra = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA)
        (root / CUTOUTS_FOLDER / f"{name}.png").write_bytes(cv2.imencode(".png", bgra)[1].tobytes())
    content = BankContent(
        tuple(cutouts),
        {label: LabelPrior(label) for label in LABELS},
        dict.fromkeys(LABELS, 2),
        (str(dataset),) if dataset is not None else (),
    )
    (root / BANK_FILE).write_bytes(bank_bytes(content))
    return root


class _Odd:
    """The real composer, but for picture 2 (and what a subclass says)."""

    def __init__(self, work: Work) -> None:
        self._real, self._work = open_composer(work), work

    def compose(self, seed: int, index: int, max_side: int | None = None) -> Composite:
        composite = self._real.compose(seed, index, max_side)
        return self.odd(composite) if index == 2 else composite

    def odd(self, composite: Composite) -> Composite:
        raise NotImplementedError


class _Dies(_Odd):
    def odd(self, composite: Composite) -> Composite:
        os._exit(9)


class _Empty(_Odd):
    def odd(self, composite: Composite) -> Composite:
        return replace(composite, placements=(), skips=(("too hidden", 3),))


class _Bug(_Odd):
    def odd(self, composite: Composite) -> Composite:
        raise ZeroDivisionError("a bug")


class _FullDisk(_Odd):
    def odd(self, composite: Composite) -> Composite:
        raise OSError(28, "No space left on device", str(self._work.out))


def dies(work: Work) -> Composes:
    """Its process dies at picture 2."""
    return _Dies(work)


def empty(work: Work) -> Composes:
    """No object finds a place on picture 2."""
    return _Empty(work)


def bug(work: Work) -> Composes:
    """Picture 2 shows a bug."""
    return _Bug(work)


def full_disk(work: Work) -> Composes:
    """The disk is full at picture 2."""
    return _FullDisk(work)
