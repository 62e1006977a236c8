"""Features, pools, training and the score, each by itself."""

from __future__ import annotations

import numpy as np
import pytest
from benefit_scenes import SIDE, scene

from anylabel_plus.benefit import score, student
from anylabel_plus.benefit.pictures import features, lattice, near_borders
from anylabel_plus.benefit.pool import make_pool
from anylabel_plus.benefit.student import StudentSettings

SETTINGS = StudentSettings(side=SIDE, steps=60, batch=256, hidden=16, pixels=8000)


def test_features_tell_nothing_of_the_place() -> None:
    tile = scene(1).pixels[:40, :40]
    pixels = np.tile(tile, (5, 5, 1))
    rows, columns = np.array([80, 90]), np.array([80, 95])
    here, there = features(pixels, rows, columns), features(pixels, rows + 40, columns + 40)
    np.testing.assert_allclose(here, there, atol=2e-2)
    assert here.dtype == np.float32
    assert not np.allclose(here[0], here[1], atol=0.1)


def test_features_at_the_edge_and_of_tiny_pictures_are_finite() -> None:
    for height, width in ((1, 1), (3, 200), (160, 2)):
        pixels = np.full((height, width, 3), 255, np.uint8)
        assert np.isfinite(features(pixels, *lattice((height, width), 1))).all()


def test_near_borders_is_a_strip_on_both_sides() -> None:
    classes = np.zeros((20, 20), np.int16)
    classes[:, 10:] = 1
    strip = near_borders(classes, 3)
    assert strip[:, 7:13].all()
    assert strip.sum() == 20 * 6


def test_pools_do_not_depend_on_order_or_names_and_hold_every_class() -> None:
    pictures = [scene(n) for n in range(4)]
    first, second = make_pool(pictures, 3, 500), make_pool(pictures[::-1], 3, 500)
    np.testing.assert_array_equal(first.values, second.values)
    assert set(first.classes) == {0, 1, 2}
    numbers = np.random.default_rng(0).random((2, 3000))
    drawn = first.classes[first.draw(numbers)]
    assert min(np.bincount(drawn, minlength=3)) > 3000 / 9 * 0.9  # a third is drawn from the classes alike


def test_a_class_that_is_nowhere_does_not_stop_the_draw() -> None:
    pool = make_pool([scene(1)], 6, 300)
    rows = pool.draw(np.array([[0.0, 0.5, 0.7, 0.99999, 0.999999], [0.0, 0.99999, 0.5, 0.99999, 0.0]]))
    assert ((rows >= 0) & (rows < len(pool.classes))).all()


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a picture"):
        make_pool([], 2, 10)


def test_a_trained_student_beats_an_untrained_one_by_far() -> None:
    pool = make_pool([scene(n) for n in range(6)], 3, 1200)
    one = scene(900)
    blank = student.train(pool, None, 3, 0, StudentSettings(side=SIDE, steps=1, batch=16, hidden=16))
    taught = student.train(pool, None, 3, 0, SETTINGS)
    assert score.measured(taught, one, SETTINGS) > score.measured(blank, one, SETTINGS) + 0.25


def test_the_slopes_are_those_of_the_loss() -> None:
    random = np.random.default_rng(0)
    layers = student._blank((5, 4, 3), random)
    values, wanted = random.standard_normal((8, 5)).astype(np.float32), random.integers(0, 3, 8).astype(np.int16)

    def loss() -> float:
        chances = student._softmax(student._forward(layers, values)[-1]).astype(np.float64)
        return float(-np.log(chances[np.arange(8), wanted]).mean())

    slopes = student._slopes(layers, values, wanted)
    for layer, slope in zip(layers, slopes, strict=True):
        for array, expected in zip(layer, slope, strict=True):
            place = (0,) * array.ndim
            array[place] += 1e-3
            above = loss()
            array[place] -= 2e-3
            measured = (above - loss()) / 2e-3
            array[place] += 1e-3
            assert measured == pytest.approx(float(expected[place]), abs=2e-3)


@pytest.mark.parametrize(("real", "synthetic", "share"), [(10, 10, 0.5), (30, 10, 0.25), (10, 1000, 2 / 3)])
def test_the_share_follows_the_numbers_of_pictures(real: int, synthetic: int, share: float) -> None:
    assert StudentSettings().share(real, synthetic) == pytest.approx(share)


def test_the_score_is_one_for_the_truth_and_falls_with_shift_and_doubt() -> None:
    true = np.zeros((40, 40), np.int16)
    true[10:30, 10:30] = 1
    strip = near_borders(true, 3)

    def of(chance: np.ndarray) -> float:
        chances = np.stack((1 - chance, chance), axis=-1).reshape(-1, 2).astype(np.float32)
        return score.score(chances, true.ravel(), strip.ravel())

    perfect = (true == 1).astype(np.float32)
    assert of(perfect) == pytest.approx(1)
    shifted = of(np.roll(perfect, 4, 1))
    assert shifted < 0.7
    assert shifted < of(np.roll(perfect, 2, 1)) < 0.9
    assert of(perfect * 0.4 + 0.3) < of(perfect * 0.8 + 0.1) < 1  # a doubt costs a part
    assert of(1 - perfect) == pytest.approx(0)


def test_the_score_without_a_label_is_the_background() -> None:
    chances = np.array([[0.9, 0.1], [0.7, 0.3]], np.float32)
    wanted = (0.81 / 0.82 + 0.49 / 0.58) / 2
    assert score.score(chances, np.zeros(2, np.int16), np.zeros(2, bool)) == pytest.approx(wanted)


def test_being_sure_does_not_pass_for_knowing() -> None:
    true = np.zeros(400, np.int16)
    true[:200] = 1
    careful, sure = np.where(true == 1, 0.8, 0.2), np.where(true == 1, 0.97, 0.03)
    sure[[*range(170, 200), *range(200, 230)]] = sure[[*range(200, 230), *range(170, 200)]]  # of what is wrong, too

    def of(chance: np.ndarray) -> float:
        chances = np.stack((1 - chance, chance), axis=1).astype(np.float32)
        return score.score(chances, true, np.ones(400, bool))

    assert of(careful) > of(sure) + 0.05
