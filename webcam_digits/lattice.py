"""Which of the candidates that share strokes explain these best: joined strokes, and cut ones.

The pieces of a stroke that was cut are the edges of a lattice whose nodes are the cuts; the digits are the
best path from its left end to the right one (Liu, Koga, Fujisawa: IEEE Trans. PAMI 24, 2002).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.classifier import Predictions
from webcam_digits.regions import WIDEST, Origin, Regions

_LEAST = 1e-6  # probability
_CLEAR = 0.8  # mean probability of the digits of a stroke that was cut; else it is a letter or a drawing
_SURELY = 0.8  # probability; what is as surely no digit, nor can be cut into digits, is something else
_BREAK = 0.8  # probability that strokes are things of their own as close as
_CLOSE = 0.12  # times the longest of them
_STRAIGHT = 0.3  # thickness over length of a stem, which is
_SLIM = 0.7  # no wider than this over its height


def best_of_rivals(regions: Regions, predictions: Predictions, accepted: NDArray[np.bool_]) -> list[int]:
    """The accepted regions, of rivals for a stroke those that explain all of their strokes best.

    A stroke is explained by the digit it is part of, or by being no digit; joined strokes are one digit where
    that is likelier than all of them being what they are alone, and cut strokes are several where all their
    pieces are digits and that is likelier than their being one.
    """
    fitting = accepted & (regions.boxes[:, 2] <= WIDEST * regions.boxes[:, 3])
    chosen: list[int] = []
    taken = frozenset[int]()
    for i in _joined(regions, predictions, fitting):
        if not taken & regions.members[i]:
            chosen.append(i)
            taken |= regions.members[i]
    for path in _cut(regions, predictions, fitting):  # after the joined: a part of a broken digit is not cut
        group = frozenset[int]().union(*(regions.members[i] for i in path))
        if not taken & group:
            chosen += [i for i in path if accepted[i]]
            taken |= group
    whole = _of(regions, Origin.STROKE)
    return chosen + [i for i in whole if fitting[i] and not taken & regions.members[i]]


def _of(regions: Regions, origin: Origin) -> list[int]:
    return [i for i, its in enumerate(regions.origins) if its is origin]


def _log(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    return np.log(np.maximum(probabilities, _LEAST).astype(np.float64))


def _joined(regions: Regions, predictions: Predictions, fitting: NDArray[np.bool_]) -> list[int]:
    """The joined strokes that are likelier one digit than what they are alone, the best first."""
    best, nothing = _log(predictions.confidence), _log(predictions.probabilities[:, -1])
    alone = {regions.members[i]: i for i in _of(regions, Origin.STROKE)}
    gains = {}
    for i in _of(regions, Origin.JOIN):
        if not fitting[i]:
            continue
        parts = [(group, k) for group, k in alone.items() if group <= regions.members[i]]
        crumbs = len(regions.members[i] - frozenset[int]().union(*(group for group, _ in parts)))
        apart = sum(max(best[k], nothing[k]) for _, k in parts)
        if _is_close(regions.strokes.boxes[list(regions.members[i])]):
            apart += (len(parts) + crumbs) * np.log(_BREAK)
        gains[i] = (len(parts) + crumbs) * best[i] - apart
    return [i for i in sorted(gains, key=lambda i: -gains[i]) if gains[i] > 0]


def _is_close(boxes: NDArray[np.int32]) -> bool:
    """Whether each part is so close to another one that they may have been one stroke."""
    start, end = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    gaps = np.maximum(start[:, None] - end[None], start[None] - end[:, None]).max(axis=2).astype(np.float64)
    np.fill_diagonal(gaps, np.inf)
    return bool((gaps.min(axis=1) <= _CLOSE * boxes[:, 2:].max()).all())


def _cut(regions: Regions, predictions: Predictions, fitting: NDArray[np.bool_]) -> list[list[int]]:
    """Of each stroke that is better cut its digits.

    Most letters have a stem, so that a straight piece says little by itself: how likely it is a 1 depends on
    how many digits and how many other things there are in the frame (Laplace's rule of succession).
    """
    whole = _of(regions, Origin.STROKE)
    cut = [i for i in whole if len(regions.members[i]) > 1]
    if not cut:
        return []
    lattice = _Lattice.of(regions, predictions)
    stems = np.array([_is_stem(regions, i) for i in range(len(regions))])
    paths = {i: lattice.best_path(regions.members[i]) for i in cut}
    clear = {i: path for i, (path, worth) in paths.items() if worth > np.log(_CLEAR)}
    digits = np.count_nonzero(fitting[whole] & ~stems[whole])
    digits += sum(len(path) for path in clear.values() if not stems[path].any())
    others = sum(predictions.probabilities[i, -1] > _SURELY for i in whole if i not in clear)
    lattice.worth[stems] += np.log((1 + digits) / (2 + digits + others))
    one = np.where(fitting, predictions.confidence, 0)
    paths = {i: lattice.best_path(regions.members[i]) for i in clear}
    return [path for i, (path, worth) in paths.items() if np.exp(worth) > max(_CLEAR, one[i])]


@dataclass(frozen=True, slots=True)
class _Lattice:
    """The pieces of all strokes that were cut, by their first slice; log-probabilities; areas of slices."""

    pieces: dict[int, list[int]]
    worth: NDArray[np.float64]
    members: tuple[frozenset[int], ...]
    areas: NDArray[np.float64]

    @staticmethod
    def of(regions: Regions, predictions: Predictions) -> "_Lattice":
        pieces: dict[int, list[int]] = {}
        for i in _of(regions, Origin.PIECE):
            pieces.setdefault(min(regions.members[i]), []).append(i)
        return _Lattice(pieces, _log(predictions.confidence), regions.members, regions.strokes.areas)

    def best_path(self, group: frozenset[int]) -> tuple[list[int], float]:
        """The digits that use up all slices and their mean log-probability, weighed by ink."""
        slices = sorted(group)
        place = {s: k for k, s in enumerate(slices)}
        ends: dict[int, tuple[float, list[int]]] = {0: (0.0, [])}
        for k, s in enumerate(slices):
            if k not in ends:
                continue
            score, path = ends[k]
            for i in self.pieces.get(s, []):
                members = self.members[i]
                end = place[max(members)] + 1
                worth = score + float(self.worth[i] * self.areas[list(members)].sum())
                if end not in ends or worth > ends[end][0]:
                    ends[end] = worth, [*path, i]
        score, path = ends.get(len(slices), (-np.inf, []))
        return path, score / float(self.areas[slices].sum())


def _is_stem(regions: Regions, i: int) -> bool:
    """Whether a region's ink is all along one line."""
    if regions.boxes[i, 2] > _SLIM * regions.boxes[i, 3]:
        return False
    moments = cv2.moments(regions.inks[i], binaryImage=True)
    spread, skew = moments["mu20"] + moments["mu02"], moments["mu20"] - moments["mu02"]
    lean = float(np.hypot(skew, 2 * moments["mu11"]))
    return spread - lean < _STRAIGHT**2 * (spread + lean)
