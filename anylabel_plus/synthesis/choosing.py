"""What is pasted: how often which label, which of its cutouts, and how large. All from a random generator given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from anylabel_plus.core.errors import UserError
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.synthesis.scene import Cutout, LabelPrior

ENOUGH = 5
"""Labelled objects from which on their sizes are taken as they are; those of fewer are widened by …"""
_WIDER = 1.4
_TAIL = 0.05
USUAL_RUN = 1000
"""Pictures of the run that labels are evened out for: a picture must not depend on how many others are made."""
Rng = np.random.Generator


def label_weights(cutouts: Sequence[Cutout], recipe: Recipe, counts: Mapping[str, int]) -> dict[str, float]:
    """How often each label is pasted, as shares that sum to 1.

    ``counts`` are labelled objects by label. ``even`` gives each label what it lacks to be as frequent as the others
    after ``USUAL_RUN`` pictures.

    Raises:
        UserError: the recipe names a label that the bank has no usable cutout of, or all weights are 0.
    """
    banked: dict[str, int] = {}
    for cutout in cutouts:
        banked[cutout.label] = banked.get(cutout.label, 0) + 1
    for label in (*recipe.labels, *(name for name, _ in recipe.weights)):
        if label not in banked:
            raise UserError(
                f"The bank has no usable cutout of the label {label!r}.",
                f"It has: {', '.join(sorted(banked)) or 'none'}.",
            )
    names = [label for label in banked if not recipe.labels or label in recipe.labels]
    most = max((counts.get(label, 0) for label in names), default=0)
    run = USUAL_RUN * max(sum(recipe.objects) / 2, 0.5)
    level = even_level([counts.get(label, 0) for label in names], run)
    weights: dict[str, float] = {}
    for label in names:
        if recipe.balance == "banked":
            weights[label] = float(banked[label])
        elif recipe.balance == "labelled" and most:
            weights[label] = float(counts.get(label, 0))
        else:
            weights[label] = max(level - counts.get(label, 0), 0.0)
    weights.update((label, weight) for label, weight in recipe.weights if label in weights)
    total = sum(weights.values())
    if total <= 0:
        raise UserError("The recipe gives every label of the bank the weight 0.", "Change balance or weights.")
    return {label: weight / total for label, weight in weights.items()}


def even_level(counts: Sequence[float], added: float) -> float:
    """The level that the lowest of ``counts`` rise to when ``added`` more are filled in, as water would."""
    rising = sorted(counts)
    for number in range(1, len(rising) + 1):
        level = (sum(rising[:number]) + added) / number
        if number == len(rising) or level <= rising[number]:
            return level
    return 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """One object to be pasted. ``relative`` is its longer side by that of the picture, ``least`` the smallest that
    fits what is known of its label. ``label`` is empty for a distractor."""

    cutout: Cutout
    label: str
    relative: float
    least: float


class Chooser:
    """Draws objects from the usable cutouts of a bank."""

    def __init__(
        self, cutouts: Sequence[Cutout], priors: Mapping[str, LabelPrior], recipe: Recipe, counts: Mapping[str, int]
    ) -> None:
        self.recipe, self.priors = recipe, priors
        self.weights = label_weights(cutouts, recipe, counts)
        self._by_label: dict[str, list[Cutout]] = {}
        for cutout in cutouts:
            self._by_label.setdefault(cutout.label, []).append(cutout)
        self._labels = [label for label in self._by_label if self.weights.get(label, 0.0) > 0]
        self._edges = np.cumsum([self.weights[label] for label in self._labels])
        self._others = [label for label in self._by_label if label not in self.weights]

    def objects(self, rng: Rng, longer: int) -> list[Choice]:
        """The objects of one picture whose longer side is ``longer`` pixels."""
        low, high = self.recipe.objects
        found = []
        for _ in range(int(rng.integers(low, high + 1))):
            place = int(np.searchsorted(self._edges, rng.random() * self._edges[-1], side="right"))
            found.append(self._one(rng, self._labels[min(place, len(self._labels) - 1)], longer, labelled=True))
        return found

    def distractors(self, rng: Rng, longer: int) -> list[Choice]:
        """Objects of labels that are not asked for; none when the recipe asks for all."""
        low, high = self.recipe.distractors
        count = int(rng.integers(low, high + 1))
        if self.recipe.distractor_source != "labels" or not self._others:
            return []
        return [
            self._one(rng, self._others[int(rng.integers(len(self._others)))], longer, labelled=False)
            for _ in range(count)
        ]

    def _one(self, rng: Rng, label: str, longer: int, *, labelled: bool) -> Choice:
        relative, least = self._size(rng, label, longer)
        cutouts = self._by_label[label]
        wanted = relative * longer / self.recipe.max_enlarge
        cutout = cutouts[int(rng.integers(len(cutouts)))]
        for _ in range(6):  # one that need not be enlarged too much, where chance finds it
            if max(cutout.width, cutout.height) >= wanted:
                break
            other = cutouts[int(rng.integers(len(cutouts)))]
            cutout = max(cutout, other, key=lambda one: max(one.width, one.height))
        return Choice(cutout, label if labelled else "", relative, least)

    def _size(self, rng: Rng, label: str, longer: int) -> tuple[float, float]:
        """Relative size and the smallest one that the prior knows."""
        low, high = self.recipe.size
        share = rng.random()
        prior = self.priors.get(label)
        if self.recipe.scale == "prior" and prior is not None and len(prior.relative) > 1:
            known = np.asarray(prior.relative)
            if prior.count < ENOUGH:
                known = np.geomspace(known[0] / _WIDER, known[-1] * _WIDER, len(known))
            at = np.linspace(0.0, 1.0, len(known))
            inner = np.interp(_TAIL + share * (1 - 2 * _TAIL), at, known)
            return float(inner), float(np.interp(_TAIL, at, known))
        if self.recipe.scale == "uniform":
            return low + share * (high - low), low
        return float(low * (high / low) ** share), low
