"""Pictures with what the network is to answer: what training and validation are made of."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.data.datasets import Picture
from webcam_digits.types import DIGITS


@dataclass(frozen=True, slots=True)
class Examples:
    """Pictures with what the network is to answer.

    Attributes:
        pictures: n pictures of (h, w) uint8, white ink on black, of any size.
        targets: (n,) int64, the index of the label, or L for "not one of them".
    """

    pictures: list[Picture]
    targets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pictures)

    def choose(self, keep: NDArray[np.bool_]) -> "Examples":
        """Those where the (n,) mask `keep` is true."""
        return Examples([self.pictures[index] for index in np.flatnonzero(keep)], self.targets[keep])


@dataclass(frozen=True, slots=True)
class Corpus:
    """Examples to learn from, and others of the same sources to choose by; never those of a test set.

    Attributes:
        train: to learn from.
        validation: of other pictures than `train`.
        labels: the L labels that targets count.
    """

    train: Examples
    validation: Examples
    labels: tuple[str, ...] = DIGITS


def joined(parts: list[Examples]) -> Examples:
    """All of them, in order."""
    return Examples(
        [picture for part in parts for picture in part.pictures],
        np.concatenate([np.zeros(0, np.int64), *(part.targets for part in parts)]),
    )
