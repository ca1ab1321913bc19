"""How sure a detector is of a digit, given all that speaks for and against it: a logistic regression."""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.classifier import sigmoid

EVIDENCE = (
    "presence",  # of a digit here, by the detector: log-odds
    "label",  # that it is this one, likewise
    "quality",  # of the box, likewise
    "opinion",  # that the ink in the box is a digit, by the classifier: log-odds
    "agreement",  # that it is this one: log of the probability
    "neighbour",  # in the row, the likeliest: its log-odds
    "shared",  # with a surer one: of the smaller box, 0..1
    "strangers",  # pieces of ink beside it that are no digit
    "company",  # how many more digits than other pieces are around: log of the ratio
    "excess",  # by how much the piece of ink that it is in is wider, in heights
    "unconnected",  # 1 where its ink is no piece of its own
)


@dataclass(frozen=True, slots=True)
class Rating:
    """What a detector's file says of it, as `train/detector/rating.py` fitted it.

    Attributes:
        weights: of each of `EVIDENCE`.
        bias: added to the weighed evidence for log-odds.
        threshold: the least confidence, 0..1, of a digit.
        row_threshold: likewise, of the digits of a row on average.
    """

    weights: tuple[float, ...]
    bias: float
    threshold: float
    row_threshold: float

    def confidence(self, evidence: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) probabilities 0..1 of (n, len(EVIDENCE)): that there is a digit, and that it is this one."""
        return sigmoid(evidence @ np.array(self.weights) + self.bias)

    def to_json(self) -> str:
        """As it is stored."""
        return json.dumps(
            {
                "weights": dict(zip(EVIDENCE, self.weights, strict=True)),
                "bias": self.bias,
                "threshold": self.threshold,
                "row_threshold": self.row_threshold,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "Rating":
        """What `to_json` gave; raises KeyError, TypeError, ValueError where it is something else."""
        known = json.loads(text)
        weights = tuple(float(known["weights"][name]) for name in EVIDENCE)
        rating = cls(weights, *(float(known[name]) for name in ("bias", "threshold", "row_threshold")))
        ordered = 0 <= rating.threshold <= rating.row_threshold <= 1
        if not (ordered and np.isfinite([*weights, rating.bias]).all()):
            raise ValueError(text)
        return rating
