"""Ground around a picture that may be one digit, cut out tightly.

A digit is seen by the ground that it stands on. Where a small picture shows next to none, more of it is
added: the colours along its edge, without the ink that touches it there.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

_LARGEST = 400  # pixels, the longer side; a larger picture is no cut-out, but a page
_MARGIN = 0.25  # of the longer side


def margin(picture: NDArray[np.uint8]) -> int:
    """How much ground to add on each side of a picture, in pixels; 0 where it is large."""
    longest = max(picture.shape[:2])
    return round(_MARGIN * longest) if longest <= _LARGEST else 0


def surrounded(picture: NDArray[np.uint8], width: int) -> NDArray[np.uint8]:
    """The picture, (h, w) grey or (h, w, 3) BGR, with ground around that is so wide, in pixels."""
    for _ in range(2):  # above and below, then left and right
        first, last = (np.repeat(_median(edge), width, 0) for edge in (picture[:1], picture[-1:]))
        picture = np.swapaxes(np.concatenate([first, picture, last]), 0, 1)
    return np.ascontiguousarray(picture)


def _median(edge: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of each pixel of an edge, (1, n) or (1, n, 3), the median of those around it, for half its length."""
    size = min(edge.shape[1] // 2 | 1, 255)
    return np.asarray(cv2.medianBlur(np.ascontiguousarray(edge), size), np.uint8).reshape(edge.shape)
