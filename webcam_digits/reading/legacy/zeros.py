"""Small zeros: some write a 0 half as high as its neighbours, lower than anything else that is a digit."""

import numpy as np
from numpy.typing import NDArray

LEAST_HEIGHT = 8  # pixels; on fewer a ring has no hole

_SMALL = 0.4  # times as high as the digits beside it, and
_BESIDE = 1.5  # times their height away at most
_ROUND = 0.5  # of its height; its least width
_FREE = 0.5  # of its height; what is less far above or below is another part of the same digit


def small_zeros(boxes: NDArray[np.int32], usual: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which strokes stand as a small 0 does: alone at its place in a row of higher digits.

    Args:
        boxes: (n, 4) x, y, width, height of all strokes in pixels.
        usual: (n,) which of them may be digits by their size.

    Returns:
        (n,) of each stroke whether it does.
    """
    width, height = boxes[:, 2], boxes[:, 3]
    zeros = ~usual & (height >= LEAST_HEIGHT) & (width >= _ROUND * height)
    asked = np.flatnonzero(zeros)
    if not len(asked):
        return zeros
    own, middle, side = height[asked, None], boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]
    away = np.abs(middle[asked, None] - middle)
    across, down = np.moveaxis(away - (side[asked, None] + side) / 2, -1, 0)  # below 0 where they overlap
    beside = usual & (across < _BESIDE * height) & (away[..., 1] < height / 2) & (own >= _SMALL * height)
    stacked = (across < 0) & (down < _FREE * own)
    stacked[np.arange(len(asked)), asked] = False
    zeros[asked] = beside.any(axis=1) & ~stacked.any(axis=1)
    return zeros
