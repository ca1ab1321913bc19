"""Arithmetic of many boxes at once: (n, 4) arrays of left, top, right, bottom."""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """(n,) square pixels; 0 of boxes that end before they begin."""
    return np.asarray(np.prod((boxes[..., 2:] - boxes[..., :2]).clip(0), axis=-1), np.float32)


def intersections(one: Boxes, other: Boxes) -> NDArray[np.float32]:
    """(n, m) square pixels that each of n boxes shares with each of m others."""
    one, other = one[:, None], other[None]
    sides = np.minimum(one[..., 2:], other[..., 2:]) - np.maximum(one[..., :2], other[..., :2])
    return np.asarray(np.prod(sides.clip(0), axis=-1), np.float32)
