"""The built-in student: a small network that tells the class of a pixel from its features. numpy only."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from anylabel_plus.benefit.pictures import Classes, Floats
from anylabel_plus.benefit.pool import Pool

_DECAYS = (0.9, 0.999)
_TINY = np.float32(1e-8)
_AT_ONCE = 16384


@dataclass(frozen=True, slots=True)
class StudentSettings:
    """How the student looks and learns. ``side`` is the longer side of its pictures in pixels, ``pixels`` how many
    are sampled of all pictures of one pool together, ``most_share`` the largest part of a batch that is synthetic,
    ``step`` and ``strip`` how it is measured: on every ``step``-th pixel, and once more within ``strip`` pixels of the
    true borders."""

    side: int = 320
    hidden: int = 64
    steps: int = 400
    batch: int = 1024
    rate: float = 4e-3
    weight_decay: float = 1e-4
    pixels: int = 160_000
    most_share: float = 2 / 3
    step: int = 3
    strip: int = 6

    def share(self, real: int, synthetic: int) -> float:
        """The synthetic part of every batch: as the numbers of pictures are, up to ``most_share``."""
        return min(self.most_share, synthetic / max(real + synthetic, 1))

    def per_picture(self, pictures: int) -> int:
        """How many pixels of each of so many pictures are sampled."""
        return int(np.clip(self.pixels // max(pictures, 1), 64, 8000))


@dataclass(frozen=True, slots=True, eq=False)
class Student:
    """A trained student; ``layers`` are pairs of weights (inputs, outputs) and biases, float32."""

    layers: tuple[tuple[Floats, Floats], ...]

    def chances(self, values: Floats) -> Floats:
        """How likely each class is, (n, classes) float32 with sum 1 in each row, for features (n, F)."""
        pieces = (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
        return np.concatenate([_softmax(_forward(self.layers, piece)[-1]) for piece in pieces])


def train(real: Pool, synthetic: Pool | None, classes: int, seed: int, settings: StudentSettings) -> Student:
    """A student that saw ``settings.steps`` batches, of ``real`` alone or of both pools.

    The two arms of a comparison differ in the pool only: for one seed they start from the same weights, and each
    place in a batch is drawn with the same random numbers.
    """
    pools = [real, real if synthetic is None else synthetic]
    share = 0.5 if synthetic is None else settings.share(real.pictures, synthetic.pictures)
    split = settings.batch - round(settings.batch * share)
    inputs = real.values.shape[1]
    random = np.random.default_rng(seed)
    layers = _blank((inputs, settings.hidden, classes), random)
    memory = [[np.zeros_like(array) for array in pair] for pair in (*layers, *layers)]
    middle, scale = _moments(pools)
    for step in range(1, settings.steps + 1):
        numbers = random.random((2, settings.batch))
        rows = [pools[0].draw(numbers[:, :split]), pools[1].draw(numbers[:, split:])]
        values = np.concatenate([pool.values[row] for pool, row in zip(pools, rows, strict=True)])
        wanted = np.concatenate([pool.classes[row] for pool, row in zip(pools, rows, strict=True)])
        slopes = _slopes(layers, (values - middle) * scale, wanted)
        rate = settings.rate * (0.5 + 0.5 * np.cos(np.pi * (step - 1) / settings.steps))
        _adam(layers, slopes, memory, step, rate, settings.weight_decay)
    return Student(_absorbed(layers, middle, scale))


def _blank(sizes: Sequence[int], random: np.random.Generator) -> list[list[Floats]]:
    layers = []
    for inputs, outputs in itertools.pairwise(sizes):
        weights = random.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
        layers.append([weights.astype(np.float32), np.zeros(outputs, np.float32)])
    return layers


def _moments(pools: Sequence[Pool]) -> tuple[Floats, Floats]:
    """Middle and 1 / spread of each feature over both pools, each counted alike."""
    middles = np.mean([pool.values.mean(axis=0, dtype=np.float64) for pool in pools], axis=0)
    squares = np.mean([np.square(pool.values, dtype=np.float64).mean(axis=0) for pool in pools], axis=0)
    spread = np.sqrt(np.maximum(squares - middles**2, 1e-6))
    return middles.astype(np.float32), (1 / spread).astype(np.float32)


def _forward(layers: Sequence[Sequence[Floats]], values: Floats) -> list[Floats]:
    """What goes into each layer, and at the end what comes out of the last."""
    seen = [values]
    for number, (weights, bias) in enumerate(layers):
        values = values @ weights + bias
        if number < len(layers) - 1:
            values = np.maximum(values, 0)
        seen.append(values)
    return seen


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _slopes(layers: Sequence[Sequence[Floats]], values: Floats, wanted: Classes) -> list[list[Floats]]:
    """Of the mean cross-entropy, for each layer's weights and bias."""
    seen = _forward(layers, values)
    back = _softmax(seen[-1])
    back[np.arange(len(wanted)), wanted] -= 1
    back /= np.float32(len(wanted))
    slopes: list[list[Floats]] = []
    for number in range(len(layers) - 1, -1, -1):
        slopes.insert(0, [seen[number].T @ back, back.sum(axis=0)])
        if number:
            back = (back @ layers[number][0].T) * (seen[number] > 0)
    return slopes


def _adam(
    layers: Sequence[Sequence[Floats]],
    slopes: Sequence[Sequence[Floats]],
    memory: Sequence[Sequence[Floats]],
    step: int,
    rate: float,
    weight_decay: float,
) -> None:
    """One step of Adam with decoupled weight decay, in place."""
    first, second = memory[: len(layers)], memory[len(layers) :]
    fresh = [np.float32(1 - decay**step) for decay in _DECAYS]
    for layer, slope, means, squares in zip(layers, slopes, first, second, strict=True):
        for array, change, mean, square in zip(layer, slope, means, squares, strict=True):
            mean += np.float32(1 - _DECAYS[0]) * (change - mean)
            square += np.float32(1 - _DECAYS[1]) * (change * change - square)
            array *= np.float32(1 - rate * weight_decay)
            array -= np.float32(rate) * (mean / fresh[0]) / (np.sqrt(square / fresh[1]) + _TINY)


def _absorbed(layers: Sequence[Sequence[Floats]], middle: Floats, scale: Floats) -> tuple[tuple[Floats, Floats], ...]:
    """The layers with the scaling of the features taken into the first one."""
    weights = layers[0][0] * scale[:, None]
    first = (weights, layers[0][1] - middle @ weights)
    return first, *((weights, bias) for weights, bias in layers[1:])
