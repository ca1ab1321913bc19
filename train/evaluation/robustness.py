"""How the network does on corrupted glyphs, by MNIST-C's protocol. Needs no torch.

The corrupted picture itself is what the network is asked about. What ink and regions make of a hard picture
is another question, which scenes answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from webcam_digits.errors import DataError
from webcam_digits.reading.classifier import Classifier
from webcam_digits.train.data.datasets import LabelledSet, Picture, check_ink
from webcam_digits.train.evaluation.corruptions import CORRUPTIONS, SIDE
from webcam_digits.train.evaluation.single_dataset import columns

_BATCH = 1024


@dataclass(frozen=True, slots=True)
class CorruptionEvaluation:
    """The errors of one model on one set of digits, corrupted in all the ways of `CORRUPTIONS`.

    Attributes:
        errors: share of the pictures that are read wrongly, 0..1, under each corruption.
        identity: the same without any.
    """

    errors: dict[str, float]
    identity: float

    @property
    def mean(self) -> float:
        """The mean error over all corruptions, 0..1, the uncorrupted pictures left out."""
        return float(np.mean([*self.errors.values()]))

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {"corruptions": self.errors, "mean": self.mean, "identity": self.identity}

    def as_text(self) -> str:
        """One line a corruption, the mean, and the error without any."""
        rows = {**self.errors, "mean": self.mean, "identity": self.identity}
        return "\n".join(f"{name:<14}{error:>8.2%}" for name, error in rows.items())


def evaluate_corruptions(
    classifier: Classifier, data: LabelledSet, seed: int = 0, *, log: Callable[[str], None] | None = None
) -> CorruptionEvaluation:
    """The errors of `classifier` on `data` under each corruption, by argmax over the labels.

    Args:
        classifier: to judge.
        data: pictures of 28x28.
        seed: decides all chance.
        log: is given a line of progress after each corruption.

    Raises:
        DataError: where a picture is of another size, or shows what the model does not distinguish,
            or where they are not of white ink on black.
    """
    other = next((image.shape for image in data.images if image.shape != (SIDE, SIDE)), None)
    if other is not None:
        raise DataError(
            f"{data.name}: holds a picture of {other[1]}x{other[0]}; corruptions are of {SIDE}x{SIDE}"
            " pictures such as MNIST's"
        )
    check_ink(data)
    truth = columns(classifier.labels, data)

    def error(pictures: Sequence[Picture]) -> float:
        batches = (np.stack(pictures[start : start + _BATCH]) for start in range(0, len(pictures), _BATCH))
        answers = np.concatenate([classifier(batch).best for batch in batches])
        return float((answers != truth).mean())

    errors: dict[str, float] = {}
    for number, (name, corrupt) in enumerate(CORRUPTIONS.items()):
        generator = np.random.default_rng((seed, number))
        errors[name] = error([corrupt(picture, generator) for picture in data.images])
        if log:
            log(f"{name}: error {errors[name]:.2%}, {number + 1} of {len(CORRUPTIONS)} corruptions")
    return CorruptionEvaluation(errors, error(data.images))
