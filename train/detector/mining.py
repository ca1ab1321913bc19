"""Which crops come again: those that were hardest in the round before.

Crops are pure functions of their numbers, so numbers are all that is kept. Hardness costs nothing: it is the
loss that each crop had when it was learned from.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.detector.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Hard:
    """What comes again.

    Attributes:
        numbers: (k,) int64 of the crops.
        repeats: (k,) int64, how often each came again before.
    """

    numbers: NDArray[np.int64]
    repeats: NDArray[np.int64]


NOTHING_HARD = Hard(np.zeros(0, np.int64), np.zeros(0, np.int64))


def plan(recipe: Recipe, number: int, hard: Hard) -> NDArray[np.int64]:
    """(steps, batch) numbers of a round's crops: new ones, and `hard` in places by chance.

    Args:
        recipe: of the training.
        number: of the round, from 0.
        hard: fewer than a round's crops.
    """
    count = recipe.round * recipe.batch
    numbers = np.arange(number * count, (number + 1) * count)
    places = np.random.default_rng((recipe.seed, number)).permutation(count)[: len(hard.numbers)]
    numbers[places] = hard.numbers
    return numbers.reshape(recipe.round, recipe.batch)


def hardest(recipe: Recipe, numbers: NDArray[np.int64], hardness: NDArray[np.float32], before: Hard) -> Hard:
    """What is to come again after a round.

    Args:
        recipe: of the training.
        numbers: (n,) of the round's crops.
        hardness: (n, 2) of each, as `loss.Losses` has it.
        before: what came again in this round.
    """
    repeats = np.zeros(len(numbers), np.int64)
    order = np.argsort(numbers)
    repeats[order[np.searchsorted(numbers, before.numbers, sorter=order)]] = before.repeats + 1
    open_to = repeats < recipe.repeats
    chosen: list[NDArray[np.intp]] = []
    for column, share in enumerate((recipe.false, recipe.missed)):
        values = np.where(open_to & (hardness[:, column] > 0), hardness[:, column], -1)
        best = np.argsort(-values, kind="stable")[: round(share * len(numbers))]
        best = best[values[best] > 0]
        open_to[best] = False
        chosen.append(best)
    which = np.concatenate(chosen)
    return Hard(numbers[which], repeats[which])
