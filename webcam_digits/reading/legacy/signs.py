"""The signs of sums, plus and times: two strokes that cross in their middles.

Unlike other strokes that are no digits they are no letters either, and say nothing against the digits beside
them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE = 20  # pixels, the square that ink is fitted to
_ARM = 4.0  # pixels from the middles of the arms; nearly all ink lies within
_SHARE = 0.85  # of the ink. On scenes every plus and times has more, and of letters the X
_QUARTER = 0.15  # of a times lies in each quarter of the square at least; a slanted stroke fills but two
_SQUARE = 1.7  # the most that one side is of the other

_AWAY = np.abs(np.arange(_SIDE) - (_SIDE - 1) / 2)
_UPRIGHT = np.minimum(*np.meshgrid(_AWAY, _AWAY)) <= _ARM
_DIAGONAL = np.abs(np.subtract.outer(_AWAY, _AWAY)) <= _ARM


def is_crossing(ink: NDArray[np.uint8]) -> bool:
    """Whether a stroke looks like a plus or a times, by its ink, (h, w) uint8, white on black."""
    height, width = ink.shape
    if not 1 / _SQUARE <= width / height <= _SQUARE:
        return False
    fitted = np.asarray(cv2.resize(ink, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.float64)
    fitted /= max(fitted.sum(), 1.0)
    half = _SIDE // 2
    quarters = fitted.reshape(2, half, 2, half).sum(axis=(1, 3))
    return bool(
        fitted[_UPRIGHT].sum() >= _SHARE or (fitted[_DIAGONAL].sum() >= _SHARE and quarters.min() >= _QUARTER)
    )
