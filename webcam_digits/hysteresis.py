"""Faint parts of strokes, as a dry or unevenly pressed pen leaves them: ink where they continue strong ink.

One threshold breaks such a stroke into pieces. With hysteresis, as in J. Canny's edge detector (IEEE Trans.
PAMI 8, 1986), half of it is enough for what leads on from ink that is above it.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (h, w)

_WEAK = 0.5  # of the threshold
_CREST = 0.5  # of the strongest ink near it; what is weaker is the soft edge of that, or something else's ink
_NEAR = 0.5  # of a stroke's width; from its edge to its middle
_LEAST_AREA = 0.3  # of a square as wide as a stroke; smaller ones are rough edges
_STRONG = 0.2  # of a stroke's ink at least; with less it is texture, a rule, or what shines through
_LEVEL = 64  # stands for the threshold where the contrast is given in its parts
_SQUARE = np.ones((3, 3), np.uint8)


def follow(strong: Picture, contrast: Picture, threshold: Picture) -> Picture:
    """Strong ink with the faint ink that it leads on to; strong strokes become no thicker.

    Args:
        strong: (h, w) 255 where the contrast is above the threshold, and 0.
        contrast: (h, w) how far each pixel stands out from its ground.
        threshold: (h, w) the least contrast of strong ink there, at least 2.
    """
    weak = np.asarray(
        cv2.compare(contrast, cv2.convertScaleAbs(threshold, alpha=_WEAK), cv2.CMP_GT), np.uint8
    )
    away = np.asarray(cv2.subtract(weak, cv2.dilate(strong, _SQUARE)), np.uint8)
    width = _stroke_width(strong)
    least = _LEAST_AREA * width * width
    if not width or cv2.countNonZero(away) <= least:
        return strong
    ink = np.asarray(cv2.bitwise_or(weak, strong), np.uint8)
    crest = _crest(contrast, threshold, width)
    inked = np.flatnonzero(ink)  # few pixels are, and only these are looked at
    is_strong, on_crest, is_away = (picture.ravel()[inked] > 0 for picture in (strong, crest, away))
    count, strokes = _components(ink, inked)
    area, of_strong = np.bincount(strokes, minlength=count), np.bincount(strokes, is_strong, count)
    goes_on = (of_strong > _STRONG * area) & (np.bincount(strokes, is_away & on_crest, count) > least)
    ink.ravel()[inked] = (is_strong | (on_crest & goes_on[strokes])) * np.uint8(255)
    count, strokes = _components(ink, inked)
    ink.ravel()[inked] = (np.bincount(strokes, is_strong, count) > 0)[strokes] * np.uint8(255)
    return ink


def _components(ink: Picture, inked: NDArray[np.intp]) -> tuple[int, NDArray[np.int32]]:
    """One more than the connected components, and which of them each of the `inked` pixels is part of."""
    count, labels = cv2.connectedComponents(ink)
    return count, np.asarray(labels.ravel()[inked], np.int32)


def _stroke_width(ink: Picture) -> float:
    """The mean width of strokes in pixels, 0 without any: their area over half of their outline."""
    outline = cv2.countNonZero(cv2.subtract(ink, cv2.erode(ink, _SQUARE)))
    return 2 * cv2.countNonZero(ink) / max(outline, 1)


def _crest(contrast: Picture, threshold: Picture, width: float) -> Picture:
    """(h, w) 255 where the ink is not much weaker than the strongest within half of a stroke's width."""
    level = cv2.divide(contrast, threshold, scale=_LEVEL)
    side = 2 * round(_NEAR * width) + 3
    highest = cv2.dilate(level, np.ones((side, side), np.uint8))
    return np.asarray(cv2.compare(level, cv2.convertScaleAbs(highest, alpha=_CREST), cv2.CMP_GT), np.uint8)
