"""Strokes so close that they may be one digit that fell apart: the hat of a 5, an open 0, faint pencil."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.legacy.strokes import MOST_WINDING, Strokes, around_each, digit_shaped

MOST_JOINS = 150  # a frame; the closest stay

_GAP = 0.25  # of the joined height; broken strokes are no further apart, nor
_SETTLED_GAP = 0.1  # likewise, where two are like digits already; as a rule these are two digits
_LEAST = 0.2  # of the joined length; a shorter stroke beside a digit is a speck
_ONE_PEN = 2.5  # times as wide at most is one stroke of a digit as another
_WIDEST = 1.1  # times the height


def closest_joins(strokes: Strokes, settled: NDArray[np.bool_]) -> list[frozenset[int]]:
    """Pairs and triples of strokes so close that they may be one broken digit, the closest pairs first.

    Args:
        strokes: m of them.
        settled: (m,) which of them are clearly a digit each; only very near ones may still be parts of one.

    Returns:
        At most MOST_JOINS groups of indices.
    """
    alone = [frozenset({i}) for i in range(len(strokes))]
    pairs = _closest(alone, alone, strokes, settled)
    return [*pairs, *_closest(pairs, alone, strokes, settled)][:MOST_JOINS]


def _closest(
    groups: Sequence[frozenset[int]],
    alone: Sequence[frozenset[int]],
    strokes: Strokes,
    settled: NDArray[np.bool_],
) -> list[frozenset[int]]:
    """The closest MOST_JOINS of the groups with one more stroke that may be one broken digit together."""
    if not groups:
        return []
    boxes = around_each(groups, strokes.boxes)
    gaps = _gaps(boxes, strokes.boxes)
    has_digit = np.array([settled[list(group)].any() for group in groups])
    widest = np.where(np.logical_and.outer(has_digit, settled), _SETTLED_GAP, _GAP)
    first, second = np.nonzero(gaps < widest)
    gap, boxes, single = gaps[first, second], boxes[first], strokes.boxes[second]
    low = np.minimum(boxes[:, :2], single[:, :2])
    high = np.maximum(boxes[:, :2] + boxes[:, 2:], single[:, :2] + single[:, 2:])
    joined = np.concatenate([low, high - low], axis=1)
    lengths = np.minimum(boxes[:, 2:].max(axis=1, initial=0), single[:, 2:].max(axis=1, initial=0))
    weighty = lengths >= _LEAST * joined[:, 2:].max(axis=1, initial=0)
    widths = strokes.widths[[min(group) for group in groups]][first], strokes.widths[second]
    one_pen = np.maximum(*widths) <= _ONE_PEN * np.minimum(*widths)
    outside = (joined[:, 2:] != boxes[:, 2:]).any(axis=1) & (joined[:, 2:] != single[:, 2:]).any(axis=1)
    outlines = strokes.outlines
    outline = np.array([outlines[list(group)].sum() for group in groups])[first] + outlines[second]
    simple = outline <= MOST_WINDING * joined[:, 2:].max(axis=1, initial=0)
    fitting = np.flatnonzero(digit_shaped(joined, _WIDEST) & weighty & one_pen & outside & simple)
    closest = fitting[np.argsort(gap[fitting], kind="stable")[: 3 * MOST_JOINS]]  # a triple is found thrice
    return list(dict.fromkeys(groups[first[k]] | alone[second[k]] for k in closest))[:MOST_JOINS]


def _gaps(boxes: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.float64]:
    """(n, m) how far a box is from another one, over the height of both together; 0 where they overlap."""
    apart = []
    for start, side in ((0, 2), (1, 3)):  # an axis at a time, which is many times as fast
        ends = np.maximum.outer(boxes[:, start] + boxes[:, side], others[:, start] + others[:, side])
        both = ends - np.minimum.outer(boxes[:, start], others[:, start])
        apart.append(both - np.add.outer(boxes[:, side], others[:, side]))
    return np.asarray(np.maximum(np.maximum(*apart), 0) / both)
