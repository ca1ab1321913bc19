"""Measures of how far confidences can be trusted; nothing here knows of files or plots."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BINS = 15  # of confidence, as is usual


@dataclass(frozen=True, slots=True)
class PrecisionRecall:
    """Precision against recall, from the highest threshold to the lowest.

    Attributes:
        recall: (k,) rising, 0..1.
        precision: (k,) of the same thresholds, 0..1.
    """

    recall: NDArray[np.float64]
    precision: NDArray[np.float64]

    @property
    def average(self) -> float:
        """Average precision, 0..1: the precision of each threshold, weighted by the recall it adds."""
        return float(np.sum(np.diff(self.recall, prepend=0.0) * self.precision))


def average_precision(right: NDArray[np.bool_], confidences: NDArray[np.floating], written: int) -> float:
    """Average precision of detections, 0..1: the area below the highest precision at each recall or more.

    Args:
        right: (n,) whether each detection is right.
        confidences: (n,) of each.
        written: how many there are to be found; without any it is 0.
    """
    ranked = right[np.argsort(-confidences, kind="stable")]
    precision = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(best[ranked].sum() / max(written, 1))


@dataclass(frozen=True, slots=True)
class Rejection:
    """What is accepted, and how much of it is right, from the highest threshold to the lowest.

    Attributes:
        thresholds: (k,) falling, each a confidence that occurs.
        accepted: (k,) share of all that reaches the threshold, rising to 1.
        accuracy: (k,) share of the accepted that is right, 0..1.
    """

    thresholds: NDArray[np.float64]
    accepted: NDArray[np.float64]
    accuracy: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Pictures sorted by confidence into equally wide bins from 0 to 1.

    Attributes:
        sizes: (b,) how many there are in each.
        confident: (b,) sum of their confidences.
        right: (b,) how many of them are right.
    """

    sizes: NDArray[np.int64]
    confident: NDArray[np.float64]
    right: NDArray[np.int64]

    @property
    def error(self) -> float:
        """Expected calibration error, 0..1: the mean distance between confidence and share of right ones."""
        return float(np.abs(self.confident - self.right).sum() / max(int(self.sizes.sum()), 1))


def precision_recall(scores: NDArray[np.floating], positive: NDArray[np.bool_]) -> PrecisionRecall:
    """The curve of (n,) scores, higher where a positive is likelier; at least one must be positive."""
    _, taken, right = _steps(scores, positive)
    return PrecisionRecall(right / positive.sum(), right / taken)


def rejection(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> Rejection:
    """The curve of (n,) confidences and whether each answer is right; n > 0."""
    thresholds, taken, correct = _steps(confidence, right)
    return Rejection(thresholds, taken / len(confidence), correct / taken)


def share_reaching(confidence: NDArray[np.floating], thresholds: NDArray[np.floating]) -> NDArray[np.float64]:
    """(k,) share of (n,) confidences that reach each of (k,) thresholds, 0..1; n > 0."""
    below = np.searchsorted(np.sort(confidence), thresholds, side="left")
    return 1 - below / len(confidence)


def reliability(confidence: NDArray[np.floating], right: NDArray[np.bool_]) -> Reliability:
    """The bins of a reliability diagram (Guo et al. 2017), for (n,) confidences 0..1."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    return Reliability(
        sizes=np.bincount(bins, minlength=_BINS),
        confident=np.bincount(bins, confidence, minlength=_BINS).astype(np.float64),
        right=np.bincount(bins[right], minlength=_BINS),
    )


def _steps(
    scores: NDArray[np.floating], good: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Falling distinct scores, how many reach each of them, and how many of those are good."""
    order = np.argsort(-scores, kind="stable")
    ordered = np.asarray(scores, np.float64)[order]
    last = np.append(np.flatnonzero(np.diff(ordered)), len(ordered) - 1)  # equal scores are taken together
    return ordered[last], last + 1, np.cumsum(good[order])[last]
