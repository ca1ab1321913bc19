"""K-fold cross-validation: what a recipe reaches on new pictures, and how much that varies."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from webcam_digits.errors import DataError
from webcam_digits.train.classifier.fit import fit
from webcam_digits.train.classifier.recipe import Recipe
from webcam_digits.train.data.corpus import Material

HEADING = "fold  pictures  accuracy    loss"


@dataclass(frozen=True, slots=True)
class Fold:
    """What was reached on one part of the data by a network trained on the others.

    Attributes:
        number: of the part, from 1.
        pictures: how many of it show a label.
        accuracy: share of them, as they are and varied, that are right by argmax over the labels, 0..1.
        loss: mean cross-entropy of the part, what is none of the labels included.
    """

    number: int
    pictures: int
    accuracy: float
    loss: float

    def as_text(self) -> str:
        """A row below `HEADING`."""
        return f"{self.number:>4}  {self.pictures:>8}  {self.accuracy:>8.2%}  {self.loss:.4f}"


def cross_validate(
    material: Material,
    recipe: Recipe,
    count: int,
    *,
    device: torch.device,
    log: Callable[[str], None],
) -> Iterator[Fold]:
    """Trains `count` networks, each on all parts but one, and yields what it reaches on that one.

    Figures are those of the last epoch: to choose one by the part itself would flatter it.

    Args:
        material: divided by class at random; equal pictures, and the whole of a font, are in one part.
        recipe: of each training; its seed also decides the division.
        count: of parts, 2 or more.
        device: where to train.
        log: is given a line for each epoch.

    Raises:
        DataError: where a part would lack a label.
    """
    generator = np.random.default_rng(recipe.seed)
    parts = material.deal(count, generator)
    try:
        for part in range(count):
            material.check(parts == part)  # all of them before the first long training
    except DataError as error:
        raise DataError(f"--folds {count}: {error}, or choose fewer folds") from error
    for part in range(count):
        corpus = material.divide(parts == part, generator)
        for epoch in fit(corpus, recipe, device=device):
            log(f"fold {part + 1}/{count}, epoch {epoch.number}/{recipe.epochs}: loss {epoch.loss:.4f}")
        pictures = int((corpus.validation.targets < len(corpus.labels)).sum())
        yield Fold(part + 1, pictures, epoch.accuracy, epoch.loss)


def summary(folds: Sequence[Fold]) -> str:
    """The last row: means, and standard deviations of single folds (n - 1)."""
    accuracies, losses = [fold.accuracy for fold in folds], [fold.loss for fold in folds]
    return (
        f"mean  accuracy {np.mean(accuracies):.2%} ± {np.std(accuracies, ddof=1):.2%}"
        f", loss {np.mean(losses):.4f} ± {np.std(losses, ddof=1):.4f}"
    )
