"""Candidates made up: boxes with what the classifier says of them."""

import numpy as np

from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.legacy.regions import Origin, Regions, Strokes, around

DIGIT, LETTER, HAZY = (7, 0.98, 0.01), (7, 0.03, 0.96), (7, 0.6, 0.35)
RING, BAR, SNAKE = (0, 0.98, 0.01), (1, 0.98, 0.01), (5, 0.98, 0.01)  # like 0 and o, 1 and l, 5 and s


def candidates(*strokes, joins=()):
    """Regions and predictions of strokes ((x, y, w, h), (digit, its probability, that of none)), and joins.

    Joins are ((i, j), (digit, its probability, that of none)).
    """
    boxes = np.array([box for box, _ in strokes], np.int32).reshape(-1, 4)
    members = [frozenset({i}) for i in range(len(strokes))]
    members += [frozenset(pair) for pair, _ in joins]
    joined = [around(boxes[list(group)]) for group in members]
    rows = np.zeros((len(members), 11), np.float32)
    for row, (digit, likely, nothing) in zip(rows, [p for _, p in (*strokes, *joins)], strict=True):
        row[:] = (1 - likely - nothing) / 9
        row[digit], row[10] = likely, nothing
    lengths = np.where(boxes[:, 2] < 10, boxes[:, 3], 2 * boxes[:, 2:].sum(axis=1))  # bars or round
    regions = Regions(
        np.array(joined, np.int32).reshape(-1, 4),
        tuple(np.full((h, w), 255, np.uint8) for _, _, w, h in joined),
        tuple(members),
        Strokes(boxes, 4.0 * lengths, np.full(len(boxes), 4.0)),
        (Origin.STROKE,) * len(strokes) + (Origin.JOIN,) * len(joins),
    )
    return regions, Predictions(rows, tuple("0123456789"))


def row(*what, x=100, y=100, step=35, size=(30, 40)):
    """Strokes side by side."""
    return [((x + step * i, y, *size), prediction) for i, prediction in enumerate(what)]
