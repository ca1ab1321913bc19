"""What is left of erased rules: pieces that the erasing missed lie in line with what it found, or end on it.

Where a rule is faint, lit by a lamp or crossed, a piece of it stays behind as a plain stroke, and a crossing
as a corner, like a 1 or a 7. Unlike writing such a piece goes on as erased rule before and behind. The short
side of a box is a plain stroke, too, from one rule to the other.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.legacy.regions import Regions

_REACH = 1.0  # times the candidate's longer side; how far before and behind it is looked for rules
_SLACK = 0.08  # of the reach, to either side; what a rule strays within it
_LEAST_SLACK = 3  # pixels
_GONE_ON = 0.5  # of the reach is rule, or this line does not go on
_ASIDE = 0.5  # times the candidate's longer side; so far a rule goes on that it ends on
_THIN = 0.3  # times its height, the width of a side of a box
_ALL = 0.97  # of the ink; on scenes no digit of 800 has as much in line with rules


def leftovers(ruled: NDArray[np.uint8], regions: Regions, asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which regions are pieces of rules, or a side of a box.

    Args:
        ruled: (h, w) uint8, 255 where a rule was erased.
        regions: n candidates.
        asked: (n,) which of them to look at.

    Returns:
        (n,) False where a region is not asked for.
    """
    found = np.zeros(len(regions), bool)
    for i in np.flatnonzero(asked).tolist() if ruled.any() else ():
        x, y, width, height = regions.boxes[i].tolist()
        reach = round(_REACH * max(width, height))
        left, top = max(x - reach, 0), max(y - reach, 0)
        if not cv2.hasNonZero(ruled[top : y + height + reach, left : x + width + reach]):
            continue
        down = _goes_on(ruled[top:y, x : x + width], ruled[y + height : y + height + reach, x : x + width])
        rows = ruled[y : y + height].T
        across = _goes_on(rows[left:x], rows[x + width : x + width + reach])
        inked = regions.inks[i] > 127
        in_line = (inked & (down | across[:, None])).sum() >= _ALL * max(inked.sum(), 1)
        is_side = width <= _THIN * height and all(
            _ends_on(ruled, x, end, width, height) for end in (y, y + height)
        )
        found[i] = in_line or is_side
    return found


def _ends_on(ruled: NDArray[np.uint8], x: int, end: int, width: int, height: int) -> bool:
    """Whether there is a rule across the end of an upright stroke, to its left or its right."""
    slack, aside = max(round(_SLACK * height), _LEAST_SLACK), round(_ASIDE * height)
    strip = ruled[max(end - slack, 0) : end + slack]
    sides = strip[:, max(x - aside, 0) : x], strip[:, x + width : x + width + aside]
    return any(side.size > 0 and (side.max(axis=0) > 0).mean() >= _GONE_ON for side in sides)


def _goes_on(before: NDArray[np.uint8], behind: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """(w,) which columns of a region have a rule above it, in a strip (h, w), or below it."""
    found = np.zeros(before.shape[1], bool)
    for strip in (before, behind):
        if len(strip):
            slack = max(round(_SLACK * len(strip)), _LEAST_SLACK)
            near = cv2.dilate(np.ascontiguousarray(strip), np.ones((1, 2 * slack + 1), np.uint8))
            found |= _share(np.asarray(near, np.uint8)) >= _GONE_ON
    return found


def _share(picture: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(w,) how much of each column of a picture (h, w) is not 0; NumPy's mean takes many times as long."""
    _, marked = cv2.threshold(picture, 0, 1, cv2.THRESH_BINARY)
    return np.asarray(cv2.reduce(marked, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0] / len(picture))
