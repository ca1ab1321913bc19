"""Which of the candidates that share strokes explain these best: joined strokes, and cut ones.

The pieces of a stroke that was cut are the edges of a lattice whose nodes are the cuts; the digits are the
best path from its left end to the right one (Liu, Koga, Fujisawa: IEEE Trans. PAMI 24, 2002).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.legacy.regions import Origin, Regions
from webcam_digits.reading.legacy.strokes import WIDEST

_LEAST = 1e-6  # probability
_PIECE = 0.5  # log-probability that each digit costs, as the more there are, the more ways there are to cut
_CROSSED = 1.0  # log-probability that it costs where two digits share a slice
_BESIDE = 1.05  # times the joined width at most are strokes side by side; surer digits than it are digits
_SURE = 0.9  # probability of a digit
_TALLER = 1.4  # times the height of others; what is so tall, and one by a part of it alone, is no digit
_BREAK = 0.8  # probability that other strokes are things of their own as close as
_CLOSE = 0.12  # times the longest of them


def best_of_rivals(regions: Regions, predictions: Predictions, accepted: NDArray[np.bool_]) -> list[int]:
    """The accepted regions, of rivals for a stroke those that explain all of their strokes best.

    Where these are pieces of a cut stroke, what is left of it is among them in pieces that were not accepted.

    A stroke is explained by the digit it is part of, or by being no digit; joined strokes are one digit where
    that is likelier than all of them being what they are alone, and cut strokes are several where all their
    pieces are digits and that is likelier than their being one.
    """
    fitting = accepted & _fits(regions)
    chosen: list[int] = []
    taken = frozenset[int]()
    for i in _joined(regions, predictions, fitting):
        if not taken & regions.members[i]:
            chosen.append(i)
            taken |= regions.members[i]
    for path in _cut(regions, predictions, accepted):  # after the joined: a part of a broken digit is not cut
        group = frozenset[int]().union(*(regions.members[i] for i in path))
        if not taken & group:
            chosen += path
            taken |= group
    whole = _of(regions, Origin.STROKE)
    return chosen + [i for i in whole if fitting[i] and not taken & regions.members[i]]


def _fits(regions: Regions) -> NDArray[np.bool_]:
    """(n,) what is no wider than a digit."""
    return np.asarray(regions.boxes[:, 2] <= WIDEST * regions.boxes[:, 3])


def _of(regions: Regions, origin: Origin) -> list[int]:
    return [i for i, its in enumerate(regions.origins) if its is origin]


def _log(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.log(np.maximum(probabilities, _LEAST).astype(np.float64))


def _joined(regions: Regions, predictions: Predictions, fitting: NDArray[np.bool_]) -> list[int]:
    """The joined strokes that are likelier one digit than what they are alone, the best first."""
    best, nothing = _log(predictions.confidence), _log(predictions.probabilities[:, -1])
    alone = {stroke: i for i in _of(regions, Origin.STROKE) for stroke in regions.members[i]}
    heights = regions.boxes[:, 3]
    sure = {i for i in _of(regions, Origin.STROKE) if predictions.confidence[i] >= _SURE}
    gains = {}
    for i in _of(regions, Origin.JOIN):
        if not fitting[i]:
            continue
        asked = sorted({alone[stroke] for stroke in regions.members[i] if stroke in alone})
        parts = [(regions.members[k], k) for k in asked if regions.members[k] <= regions.members[i]]
        crumbs = len(regions.members[i] - frozenset[int]().union(*(group for group, _ in parts)))
        if any(k in sure for _, k in parts):
            others = [heights[k] for k in sure if not regions.members[k] <= regions.members[i]]
            if others and heights[i] > _TALLER * np.median(others):
                continue  # zeros of two rows are no 8
        apart = sum(max(best[k], nothing[k]) for _, k in parts)
        surer = not crumbs and all(best[k] > max(best[i], nothing[k]) for _, k in parts)
        beside = regions.boxes[[k for _, k in parts], 2].sum() <= _BESIDE * regions.boxes[i, 2]
        if not (surer and beside) and _is_close(regions.strokes.boxes[list(regions.members[i])]):
            apart += (len(parts) + crumbs) * np.log(_BREAK)
        gains[i] = (len(parts) + crumbs) * best[i] - apart
    return [i for i in sorted(gains, key=lambda i: -gains[i]) if gains[i] > 0]


def _is_close(boxes: NDArray[np.int32]) -> bool:
    """Whether each part is so close to another one that they may have been one stroke."""
    start, end = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    gaps = np.maximum(start[:, None] - end[None], start[None] - end[:, None]).max(axis=2).astype(np.float64)
    np.fill_diagonal(gaps, np.inf)
    return bool((gaps.min(axis=1) <= _CLOSE * boxes[:, 2:].max()).all())


def _cut(regions: Regions, predictions: Predictions, accepted: NDArray[np.bool_]) -> list[list[int]]:
    """Of each stroke that was cut and is likelier several digits than one, these.

    What is no digit at all is often made of pieces that look like some, letters above all. Whether it is
    such a thing is not seen here, but by what stands around it (`context`).
    """
    cut = [i for i in _of(regions, Origin.STROKE) if len(regions.members[i]) > 1]
    if not cut:
        return []
    one = np.where(accepted & _fits(regions), _log(predictions.confidence), -np.inf)
    worth = _log(predictions.confidence) - _PIECE
    pieces = _of(regions, Origin.PIECE)
    paths = {}
    for i in cut:
        number = {its: k for k, its in enumerate(sorted(regions.members[i]))}
        own = [k for k in pieces if regions.members[k] <= regions.members[i]]
        spans = [(number[min(regions.members[k])], number[max(regions.members[k])] + 1, k) for k in own]
        paths[i] = _best_path(len(number), sorted(spans), worth)
    several = [path for i, (score, path) in paths.items() if score > one[i] - _PIECE]
    return [path for path in several if accepted[path].any()]


def _best_path(
    slices: int, spans: Sequence[tuple[int, int, int]], worth: NDArray[np.float64]
) -> tuple[float, list[int]]:
    """What the pieces that use up a stroke are worth at most, and these, from left to right.

    Where two digits cross, as the foot of a 2 in a 0, no seam parts them, but two do so together: the slice
    between these belongs to both.

    Args:
        slices: how many there are.
        spans: in order, each piece's first slice, the first one after it, and its index.
        worth: of each piece.
    """
    best: list[tuple[float, list[int]]] = []
    for at, (first, end, i) in enumerate(spans):
        score, path = (0.0, []) if first == 0 else (-np.inf, list[int]())
        for (before, after, _), (reached, way) in zip(spans[:at], best, strict=False):
            crossed = after == first + 1 and before < first and end > after
            if after == first or crossed:
                score, path = max((score, path), (reached - crossed * _CROSSED, way), key=lambda one: one[0])
        best.append((score + float(worth[i]), [*path, i]))
    whole = [found for (_, end, _), found in zip(spans, best, strict=True) if end == slices]
    return max(whole, key=lambda one: one[0], default=(-np.inf, []))
