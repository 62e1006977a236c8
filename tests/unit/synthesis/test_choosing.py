"""How often which label is pasted, and how large."""

from __future__ import annotations

import numpy as np
import pytest

from anylabel_plus.synthesis.choosing import Chooser, even_level, label_weights
from anylabel_plus.synthesis.recipe import Recipe
from anylabel_plus.synthesis.scene import LabelPrior
from tests.unit.synthesis.scenes import MemoryBank, disc

BANK = MemoryBank({"a": [disc(40, (1, 1, 1))] * 3, "b": [disc(40, (2, 2, 2))], "c": [disc(40, (3, 3, 3))]})


@pytest.mark.parametrize(
    ("counts", "added", "level"),
    [([0, 0], 10, 5), ([10, 0], 4, 4), ([10, 0], 20, 15), ([5, 1, 3], 3, 3.5), ([7], 3, 10), ([], 3, 0)],
)
def test_water_finds_its_level(counts: list[float], added: float, level: float) -> None:
    assert even_level(counts, added) == level


def test_even_lifts_what_is_rare_and_ends_even() -> None:
    recipe = Recipe(objects=(2, 2))  # 2000 objects of the usual run
    weights = label_weights(BANK.cutouts, recipe, {"a": 1000, "b": 0, "c": 100})
    after = {label: weights[label] * 2000 + have for label, have in (("a", 1000), ("b", 0), ("c", 100))}
    assert max(after.values()) - min(after.values()) < 1
    weights = label_weights(BANK.cutouts, recipe, {"a": 100_000, "b": 0, "c": 100})
    assert weights["a"] == 0 and weights["b"] > weights["c"] > 0


def test_other_balances_and_weights() -> None:
    counts = {"a": 10, "b": 30, "c": 0}
    labelled = label_weights(BANK.cutouts, Recipe(balance="labelled"), counts)
    assert labelled == {"a": 0.25, "b": 0.75, "c": 0.0}
    banked = label_weights(BANK.cutouts, Recipe(balance="banked"), counts)
    assert banked == {"a": 0.6, "b": 0.2, "c": 0.2}
    own = label_weights(BANK.cutouts, Recipe(labels=("a", "b"), weights=(("a", 3.0), ("b", 1.0))), counts)
    assert own == {"a": 0.75, "b": 0.25}


def test_few_labelled_objects_widen_their_sizes_and_none_take_the_range() -> None:
    priors = {"a": LabelPrior("a", 2, (0.2, 0.3), (1, 2)), "b": LabelPrior("b", 9, (0.2, 0.3), (1, 2))}
    chooser = Chooser(BANK.cutouts, priors, Recipe(objects=(1, 1), size=(0.05, 0.06)), {})
    sizes: dict[str, list[float]] = {"a": [], "b": [], "c": []}
    for seed in range(600):
        (choice,) = chooser.objects(np.random.default_rng(seed), 640)
        sizes[choice.label].append(choice.relative)
        assert choice.relative >= choice.least
    assert 0.14 <= min(sizes["a"]) < 0.17 and 0.36 < max(sizes["a"]) <= 0.42
    assert min(sizes["b"]) >= 0.2 and max(sizes["b"]) <= 0.3
    assert min(sizes["c"]) >= 0.05 and max(sizes["c"]) <= 0.06
