from dataclasses import replace

import numpy as np

from webcam_digits.train.detector.mining import NOTHING_HARD, Hard, hardest, plan
from webcam_digits.train.detector.recipe import Recipe

RECIPE = Recipe(batch=4, round=5, false=0.1, missed=0.1, repeats=2)  # of 20 crops two and two come again


def test_rounds_are_of_new_crops_only_as_long_as_nothing_is_hard():
    assert plan(RECIPE, 0, NOTHING_HARD).ravel().tolist() == list(range(20))
    assert plan(RECIPE, 3, NOTHING_HARD).ravel().tolist() == list(range(60, 80))


def test_what_is_hard_comes_again():
    hard = Hard(np.array([3, 7, 11]), np.zeros(3, np.int64))
    numbers = plan(RECIPE, 1, hard).ravel()
    assert {3, 7, 11} < set(numbers)
    assert len(set(numbers)) == 20
    np.testing.assert_array_equal(numbers, plan(RECIPE, 1, hard).ravel())
    assert plan(replace(RECIPE, seed=1), 1, hard).ravel().tolist() != numbers.tolist()


def test_the_hardest_of_either_kind_are_chosen():
    numbers, hardness = np.arange(20, 40), np.ones((20, 2), np.float32)
    hardness[5, 0], hardness[8, 0], hardness[8, 1], hardness[2, 1], hardness[4, 1] = 9, 8, 9, 5, 6
    chosen = hardest(RECIPE, numbers, hardness, NOTHING_HARD)
    assert sorted(chosen.numbers) == [22, 24, 25, 28]  # 28 is hard in both ways, and chosen once
    assert not chosen.repeats.any()


def test_what_came_again_too_often_stays_away():
    hardness = np.zeros((20, 2), np.float32)
    hardness[6, 0] = 1
    numbers = np.arange(20, 40)
    hard, seen = NOTHING_HARD, []
    for _ in range(4):
        hard = hardest(RECIPE, numbers, hardness, hard)
        seen.append(hard.numbers.tolist())
    assert seen == [[26], [26], [], [26]]
