"""What stands around a candidate: whether it is a digit of a number, or a letter of a word.

A handwritten o is a 0, an l a 1 and an s a 5 to whoever sees nothing else; but hardly a word consists of such
letters alone. So what stands as close as letters do, a run, is judged together: by the likelihood of its
pictures as letters and as digits, and by what the runs around it are. That is naive Bayes with a prior that
is learned from the page itself (Nigam, McCallum, Thrun, Mitchell: Machine Learning 39, 2000).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.legacy.regions import Origin, Regions
from webcam_digits.reading.legacy.signs import is_crossing
from webcam_digits.reading.legacy.strokes import around_each

# The shares of a text's letters that some hand draws like a digit, as o O, l I i, s S, b G, g q; by how often
# they occur in European languages.
_DRAWN_ALIKE = {"0": 0.08, "1": 0.11, "5": 0.065, "6": 0.03, "9": 0.04}
_ELSE_ALIKE = 0.02  # of any other digit: a slip of the pen, or another alphabet
_SPOILT = 0.05  # of the digits: so badly written, found or cut that they are like none
# The same of letters that touch, cut up: most pieces that look like a digit are stems. Counted in rendered
# scenes of words and of touching digits (`train/stills/render.py`).
_CUT_ALIKE = {"1": 0.44, "7": 0.04}
_ELSE_CUT_ALIKE = 0.015
_CUT_SPOILT = 0.13
_SHOWN = 0.5  # log-odds before the page is seen: who shows one to this reader has written numbers
_DOUBT = 1.0  # characters; as many of the page weigh as much as not having seen it
_ROUNDS = 3  # of expectation and maximisation, after which little changes

_ALIKE = 0.5  # the least ratio of heights of what belongs together: an x beside an l
_LOWER = 0.85  # times the digits' height; a sign between them is lower
_LETTER_GAP = 0.4  # heights; letters of a word are no further apart
_OFF_LINE = 0.5  # heights; what stands side by side is less displaced, also on a tilted page
_NEAR = 8.0  # heights; what is further away says nothing of a run


@dataclass(frozen=True, slots=True)
class LogOdds:
    """How much likelier regions are digits than letters, as natural logarithms of the odds.

    Attributes:
        company: (n,) by what stands around them alone; 0 where nothing does.
        others: (n,) the same without the run that they stand in: a number, a word, or one stroke's pieces.
        digit: (n,) by their pictures and their company.
    """

    company: NDArray[np.float64]
    others: NDArray[np.float64]
    digit: NDArray[np.float64]


def log_odds(regions: Regions, predictions: Predictions, chosen: NDArray[np.bool_]) -> LogOdds:
    """How much likelier some regions are digits than letters.

    Args:
        regions: the candidates.
        predictions: one for each.
        chosen: (n,) those that are asked for; no two share a stroke. What strokes they leave is what stands
            around them.

    Returns:
        Of n regions; 0 where one is not asked for.
    """
    asked = np.flatnonzero(chosen)
    pieces = np.array([origin is Origin.PIECE for origin in regions.origins], bool)
    own = np.where(pieces, picture_log_odds(predictions, pieces=True), picture_log_odds(predictions))
    taken = frozenset().union(*(regions.members[i] for i in asked))
    usual = float(np.median(regions.boxes[asked, 3])) if len(asked) else 0.0
    whole = [i for i, origin in enumerate(regions.origins) if origin is Origin.STROKE]
    left = {i: rest for i in whole if (rest := regions.members[i] - taken)}
    boxes = np.concatenate([regions.boxes[asked], around_each(list(left.values()), regions.strokes.boxes)])
    odds = [
        _of_unread(own[i], regions.inks[i], usual) if rest == regions.members[i] else np.log(_SPOILT)
        for i, rest in left.items()
    ]
    digit, company, others = np.zeros((3, len(regions)))
    together, judged = _in_context(boxes.astype(np.float64), np.array([*own[asked], *odds]))
    digit[asked] = judged[: len(asked)]
    company[asked] = digit[asked] - own[asked] - _SHOWN
    others[asked] = digit[asked] - together[: len(asked)]
    return LogOdds(company, others, digit)


def _of_unread(own: float, ink: NDArray[np.uint8], usual: float) -> float:
    """The log-odds of a whole stroke among digits of a usual height: as it looks, but a sign is neither."""
    is_sign = own < 0 and len(ink) < _LOWER * usual and is_crossing(ink)
    return 0.0 if is_sign else own


def picture_log_odds(predictions: Predictions, *, pieces: bool = False) -> NDArray[np.float64]:
    """(n,) the log-odds of digit against letter by the pictures alone, of whole strokes or of cut pieces.

    The classifier has learned from digits and from letters that are like none. So a letter is such a one, or
    drawn like a digit; and a digit is one, or spoilt. Of other labels, which may be letters, only the
    classifier is asked.
    """
    shares, other, spoilt = (
        (_CUT_ALIKE, _ELSE_CUT_ALIKE, _CUT_SPOILT) if pieces else (_DRAWN_ALIKE, _ELSE_ALIKE, _SPOILT)
    )
    alike = np.array([shares.get(label, other) for label in predictions.labels])
    likeness = predictions.probabilities[:, :-1].astype(np.float64)
    none = predictions.probabilities[:, -1].astype(np.float64)
    if not set(predictions.labels) <= set("0123456789"):
        return np.asarray(np.log(likeness.sum(axis=1) + spoilt) - np.log(none + spoilt))
    digit = (1 - spoilt) * likeness.sum(axis=1) + spoilt * none
    letter = likeness @ (len(alike) * alike) + (1 - alike.sum()) * none
    return np.asarray(np.log(digit) - np.log(letter))


def _in_context(
    boxes: NDArray[np.float64], own: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The log-odds of boxes (n, 4), from those of the pictures (n,), by their runs, and by all around."""
    height = np.maximum(boxes[:, None, 3], boxes[:, 3])
    alike = np.minimum(boxes[:, None, 3], boxes[:, 3]) >= _ALIKE * height
    middle = boxes[:, :2] + boxes[:, 2:] / 2
    across, down = np.moveaxis(np.abs(middle[:, None] - middle), -1, 0)
    gap = across - (boxes[:, None, 2] + boxes[:, 2]) / 2
    runs = _connected(alike & (gap < _LETTER_GAP * height) & (down < _OFF_LINE * height))
    together = np.asarray(np.bincount(runs, own, len(runs))[runs] + _SHOWN, np.float64)
    near = alike & (np.hypot(across, down) < _NEAR * height) & (runs[:, None] != runs)
    near = near.astype(np.float64)
    odds = together
    for _ in range(_ROUNDS):
        digits = 1 / (1 + np.exp(-np.clip(odds, -50, 50)))
        odds = together + np.log(_DOUBT + near @ digits) - np.log(_DOUBT + near @ (1 - digits))
    return together, np.asarray(odds, np.float64)


def _connected(linked: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(n,) the least index in each one's connected component; each is linked to itself."""
    least = np.arange(len(linked))
    ones, others = np.nonzero(linked)  # few are
    starts = np.searchsorted(ones, least)
    while True:
        spread = np.minimum.reduceat(least[others], starts)
        spread = spread[spread]  # takes a long component in a few steps
        if np.array_equal(spread, least):
            return least
        least = spread
