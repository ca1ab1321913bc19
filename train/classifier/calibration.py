"""Makes the network's confidence mean what it says, on validation pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DataError
from webcam_digits.reading.classifier import softmax
from webcam_digits.train.evaluation.metrics import reliability

ACCEPTED_DIGITS = 0.993  # share of the validation digits that reach the threshold
_BOUNDS = 0.6, 0.95  # of the threshold: a digit that is none is held to be half as bad again as one missed


@dataclass(frozen=True, slots=True)
class Calibration:
    """Two numbers that go with the weights.

    Attributes:
        temperature: by which logits are divided before the softmax.
        threshold: the least presence, 0..1, with which a digit is believed: the probability of all labels
            together. Which one it is may be in doubt where that it is one is not.
    """

    temperature: float
    threshold: float


def calibrate(logits: NDArray[np.float32], targets: NDArray[np.int64]) -> Calibration:
    """The temperature of the digits' least calibration error, and a threshold that accepts most of them.

    Temperature scaling is from Guo et al. 2017, "On Calibration of Modern Neural Networks". It is judged here
    by what users are shown, a digit and a confidence: log-likelihood is ruled by the few digits that nobody
    could read, and leaves all others too modest. What is not a digit has no say: its confidence is not shown.

    Args:
        logits: (n, L + 1).
        targets: (n,) int64, 0..L, of which L means "not one of them".

    Raises:
        DataError: where there are no digits to calibrate on.
    """
    digits = targets < logits.shape[1] - 1
    if not digits.any():
        raise DataError("no validation digits to calibrate on")
    logits, targets = logits[digits].astype(np.float64), targets[digits]
    right = logits[:, :-1].argmax(axis=1) == targets

    def error(temperature: float) -> float:
        return reliability(softmax(logits / temperature)[:, :-1].max(axis=1), right).error

    temperature = min(np.exp(np.linspace(np.log(0.25), np.log(4.0), 81)).tolist(), key=error)
    presence = 1 - softmax(logits / temperature)[:, -1]
    threshold = float(np.clip(np.quantile(presence, 1 - ACCEPTED_DIGITS), *_BOUNDS))
    return Calibration(round(temperature, 4), round(threshold, 4))
