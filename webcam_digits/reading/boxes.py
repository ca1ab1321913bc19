"""Arithmetic of many boxes at once: (n, 4) arrays of left, top, right, bottom."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]

_TOGETHER = 16  # boxes


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """(n,) square pixels; 0 of boxes that end before they begin."""
    wide, high = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.asarray(wide.clip(0) * high.clip(0), np.float32)


def intersections(one: Boxes, other: Boxes) -> NDArray[np.float32]:
    """(n, m) square pixels that each of n boxes shares with each of m others."""
    wide = np.minimum(one[:, None, 2], other[:, 2]) - np.maximum(one[:, None, 0], other[:, 0])
    high = np.minimum(one[:, None, 3], other[:, 3]) - np.maximum(one[:, None, 1], other[:, 1])
    return np.asarray(wide.clip(0) * high.clip(0), np.float32)


def together(boxes: Boxes, others: Boxes) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """A few boxes near each other at a time, and all of the others that may touch one of them, as indices.

    Of many boxes on a large picture few are near each other: so their pairs need not all be looked at.
    """
    if not len(boxes):
        return
    row = 4 * max(float(np.median(boxes[:, 3] - boxes[:, 1])), 1.0)
    order = np.lexsort((boxes[:, 0], boxes[:, 1] // row))
    for own in np.array_split(order, -(-len(order) // _TOGETHER)):
        (left, top), (right, bottom) = boxes[own, :2].min(axis=0), boxes[own, 2:].max(axis=0)
        near = (others[:, 0] <= right) & (others[:, 2] >= left)
        near &= (others[:, 1] <= bottom) & (others[:, 3] >= top)
        yield own, np.flatnonzero(near)
