"""Cloth, wood, leather: how far strokes lie amid so much ink that they are hardly writing.

The threshold splits what shows a texture into about as much ink as ground; writing leaves most of its
surroundings bare.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

_AROUND = 2  # heights of the stroke; how far its surroundings reach
# Measured, medians: 0.09 of the surroundings of a digit are ink on scenes (one in a hundred: 0.2), 0.22
# on pages packed with digits or letters, 0.28 on leather (one in ten: less than 0.15).
_MOST_INK = 0.25


def bareness(boxes: NDArray[np.int32], mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """How bare the ground around strokes is, as writing leaves it.

    Args:
        boxes: (n, 4) x, y, width, height of the strokes in pixels.
        mask: (h, w) uint8, 255 where there is ink, else 0.

    Returns:
        (n,) 1 where there is no ink at all, down to 0 where there is more than around writing.
    """
    inked = np.asarray(cv2.integral(mask), np.int32)
    size = np.array(mask.shape[::-1])
    middle, reach = boxes[:, :2] + boxes[:, 2:] // 2, _AROUND * boxes[:, 3:]
    left, top = np.clip(middle - reach, 0, size - 1).T
    right, bottom = np.clip(middle + reach, 1, size).T
    ink = inked[bottom, right] - inked[top, right] - inked[bottom, left] + inked[top, left]
    share = ink / (255 * (right - left) * (bottom - top))
    return np.asarray(np.clip(1 - share / _MOST_INK, 0, 1))
