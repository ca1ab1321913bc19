"""What speaks for and against a detection, and how sure that makes it a digit.

The detector says how sure it is; the classifier gives a second opinion on the ink in the box; a digit stands
in a row with others rather than among letters; and a connected piece of ink is rather one digit than a part
of a word. None of these decides: a logistic regression weighs them (`train/detector/rating.py`), fitted to
rendered pictures that neither network was trained on.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import Boxes, areas, intersections, together
from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.decode import Detections
from webcam_digits.reading.ink import Ink
from webcam_digits.reading.rating import EVIDENCE

_CERTAIN = 1e-4  # from 0 or 1: no probability is nearer
_SAY = 0.2  # of the classifier in which digit it is, where the detector has 1; fitted to rendered crops
_LEAST = 1e-3  # no label is less likely
_NOBODY = -6.0  # log-odds of a neighbour where there is none
_LIKELY = 0.35  # confidence of a detection that counts for a digit when others are judged
_COVERED = 0.4  # of a piece's box; with more of it in such digits it is theirs
_HIGHEST = 24  # pixels of a digit in the copy by whose pieces it is judged, where there is a smaller copy
# In heights of the digit that is judged:
_BESIDE = 1.5  # from box to box; a neighbour in the row is as near at most, and
_OVER = 0.4  # overlaps by no more than this
_LEVEL = 0.45  # between their middles
_AROUND = 5.0, 3.0  # across and down; company is as near at most
_PIECES = 0.35, 1.8  # the height of pieces that are as large as writing
_WIDEST = 3.0  # excess; more is no worse
_MOST_STRANGERS = 4


def agreed(found: Detections, opinions: Predictions) -> Detections:
    """The same places, with the digits that both networks take them for: a weighed product of what they say.

    Args:
        found: by the detector.
        opinions: the classifier's on the ink in each box.
    """
    presence = found.confidences / found.classes.max(axis=1)
    product = found.classes * np.maximum(opinions.probabilities[:, : found.classes.shape[1]], _LEAST) ** _SAY
    classes = np.asarray(product / product.sum(axis=1, keepdims=True), np.float32)
    return replace(found, confidences=presence * classes.max(axis=1), classes=classes)


def weigh(found: Detections, opinions: Predictions, ink: Ink) -> NDArray[np.float64]:
    """(n, len(EVIDENCE)) of n detections.

    Args:
        found: in pixels of the picture, with the labels that are agreed on.
        opinions: the classifier's on the ink in each box.
        ink: of the picture.
    """
    count, labels = len(found.boxes), found.labels
    likeliest = found.classes.max(axis=1)
    presence = _log_odds(found.confidences / likeliest)
    evidence = np.empty((count, len(EVIDENCE)))
    evidence[:, 0] = presence
    evidence[:, 1] = _log_odds(likeliest)
    evidence[:, 2] = _log_odds(found.qualities)
    evidence[:, 3] = _log_odds(opinions.presence)
    evidence[:, 4] = np.log(np.maximum(opinions.probabilities[np.arange(count), labels], _LEAST))
    evidence[:, 5] = _neighbours(found.boxes, _log_odds(found.confidences))
    evidence[:, 6] = _shared(found.boxes)
    evidence[:, 7:] = _company(found, ink)
    return evidence


def _log_odds(probabilities: NDArray[np.float32]) -> NDArray[np.float64]:
    clipped = np.clip(probabilities.astype(np.float64), _CERTAIN, 1 - _CERTAIN)
    return np.asarray(np.log(clipped / (1 - clipped)))


def _neighbours(boxes: Boxes, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,) of each box the highest score of those beside it in a row."""
    heights, middles = boxes[:, 3] - boxes[:, 1], (boxes[:, 1] + boxes[:, 3]) / 2
    larger = np.maximum(heights[:, None], heights)
    gaps = _gaps(boxes, boxes, axis=0)
    beside = np.abs(middles[:, None] - middles) < _LEVEL * larger
    beside &= (gaps < _BESIDE * larger) & (gaps > -_OVER * larger)
    beside &= np.minimum(heights[:, None], heights) > 0.6 * larger
    np.fill_diagonal(beside, val=False)
    return np.asarray(np.where(beside, scores, _NOBODY).max(axis=1, initial=_NOBODY))


def _shared(boxes: Boxes) -> NDArray[np.float64]:
    """(n,) how much of each box, or of a surer one if that is smaller, is in both; the surest come first."""
    own = areas(boxes)
    shares = intersections(boxes, boxes) / np.maximum(np.minimum(own[:, None], own), 1e-6)
    return np.asarray(np.tril(shares, -1).max(axis=1, initial=0), np.float64)


def _company(found: Detections, ink: Ink) -> NDArray[np.float64]:
    """(n, 4): the last four of `EVIDENCE`. Each digit is judged by the pieces of one copy of the picture."""
    heights = found.boxes[:, 3] - found.boxes[:, 1]
    likely = found.boxes[found.confidences > _LIKELY]
    scales = np.array([pieces.scale for pieces in ink.pieces])
    # Of the copies that hold pieces as high, the finest.
    own = (scales * heights[:, None] > _HIGHEST).sum(axis=1).clip(max=len(scales) - 1)
    reach = heights[:, None] * np.array([*_AROUND, *_AROUND], np.float32)
    around = found.boxes + reach * np.array([-1, -1, 1, 1], np.float32)
    judged = np.zeros((len(heights), 4))
    for at in np.unique(own).tolist():
        which, pieces = np.flatnonzero(own == at), ink.pieces[at].boxes
        strange = _strange(pieces, likely)
        for some, near in together(around[which], pieces):
            judged[which[some]] = _judged(found.boxes[which[some]], likely, pieces[near], strange[near])
    return judged


def _strange(pieces: Boxes, likely: Boxes) -> NDArray[np.bool_]:
    """Which pieces are no part of a likely digit."""
    covered = np.zeros(len(pieces), np.float32)
    for some, near in together(likely, pieces):
        covered[near] += intersections(pieces[near], likely[some]).sum(axis=1)
    return covered < _COVERED * areas(pieces)


def _judged(boxes: Boxes, likely: Boxes, pieces: Boxes, strange: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(n, 4) of n boxes, with the boxes of likely digits and of the pieces around."""
    judged = np.zeros((len(boxes), 4))
    heights = (boxes[:, 3] - boxes[:, 1])[:, None]
    across, down = _AROUND
    digits = _gaps(boxes, likely, axis=0) < across * heights
    digits &= _gaps(boxes, likely, axis=1) < down * heights
    digits &= np.abs(np.log((likely[:, 3] - likely[:, 1]) / heights)) < np.log(2)
    wide, high = pieces[:, 2] - pieces[:, 0], pieces[:, 3] - pieces[:, 1]
    alike = strange & (high > _PIECES[0] * heights) & (high < _PIECES[1] * heights) & (wide < 6 * heights)
    gaps, levels = _gaps(boxes, pieces, axis=0), _gaps(boxes, pieces, axis=1)
    middles = (boxes[:, 1] + boxes[:, 3])[:, None] / 2 - (pieces[:, 1] + pieces[:, 3]) / 2
    beside = alike & (np.abs(middles) < 0.6 * heights) & (gaps < heights) & (gaps > -0.3 * heights)
    around = alike & (gaps < across * heights) & (levels < down * heights)
    judged[:, 0] = np.minimum(beside.sum(axis=1), _MOST_STRANGERS)
    judged[:, 1] = np.log((digits.sum(axis=1) + 1) / (around.sum(axis=1) + 1))
    shared_wide = np.minimum(boxes[:, None, 2], pieces[:, 2]) - np.maximum(boxes[:, None, 0], pieces[:, 0])
    shared_high = np.minimum(boxes[:, None, 3], pieces[:, 3]) - np.maximum(boxes[:, None, 1], pieces[:, 1])
    widths = (boxes[:, 2] - boxes[:, 0])[:, None]
    holding = (shared_wide > 0.6 * widths) & (shared_high > 0.6 * heights)
    excess = np.where(holding, (wide - widths) / heights, _WIDEST).min(axis=1, initial=_WIDEST)
    judged[:, 2] = np.clip(excess, -0.5, _WIDEST)
    judged[:, 3] = ~holding.any(axis=1)
    return judged


def _gaps(boxes: Boxes, others: Boxes, axis: int) -> NDArray[np.float32]:
    """(n, m) pixels between boxes along an axis, 0 across and 1 down; less than 0 where they overlap."""
    start, end = boxes[:, None, axis], boxes[:, None, axis + 2]
    return np.asarray(np.maximum(others[:, axis] - end, start - others[:, axis + 2]), np.float32)
