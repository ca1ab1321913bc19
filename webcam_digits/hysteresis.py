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
    inked = np.flatnonzero(ink)  # few pixels are, and only these are looked at
    is_strong, is_away = (picture.ravel()[inked] > 0 for picture in (strong, away))
    count, strokes = _components(ink, inked)
    area, of_strong = np.bincount(strokes, minlength=count), np.bincount(strokes, is_strong, count)
    goes_on = (of_strong > _STRONG * area) & (np.bincount(strokes, is_away, count) > least)
    if not goes_on.any():
        return strong
    own = goes_on[strokes]
    inked, strokes, is_strong, is_away = inked[own], strokes[own], is_strong[own], is_away[own]
    side = 2 * round(_NEAR * width) + 3
    window = _window(inked, strong.shape, side // 2)
    crest = np.zeros_like(strong)
    crest[window] = _crest(contrast[window], threshold[window], side)
    on_crest = crest.ravel()[inked] > 0
    goes_on = np.bincount(strokes, is_away & on_crest, count) > least
    ink = strong.copy()
    ink.ravel()[inked] = (is_strong | (on_crest & goes_on[strokes])) * np.uint8(255)
    ink[window] = _with_strong(np.ascontiguousarray(ink[window]), strong[window])
    return ink


def _window(inked: NDArray[np.intp], shape: tuple[int, ...], margin: int) -> tuple[slice, slice]:
    """Where in a picture some of its pixels are, and as far around them as the margin."""
    rows, columns = np.divmod(inked, shape[1])
    return (
        slice(max(int(rows[0]) - margin, 0), int(rows[-1]) + margin + 1),  # they are in order
        slice(max(int(columns.min()) - margin, 0), int(columns.max()) + margin + 1),
    )


def _with_strong(ink: Picture, strong: Picture) -> Picture:
    """Those strokes of the ink that have strong ink in them."""
    inked = np.flatnonzero(ink)
    count, strokes = _components(ink, inked)
    is_strong = np.ascontiguousarray(strong).ravel()[inked] > 0
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


def _crest(contrast: Picture, threshold: Picture, side: int) -> Picture:
    """(h, w) 255 where the ink is not much weaker than the strongest in a square of `side` around."""
    level = cv2.divide(contrast, threshold, scale=_LEVEL)
    highest = cv2.dilate(level, np.ones((side, side), np.uint8))
    return np.asarray(cv2.compare(level, cv2.convertScaleAbs(highest, alpha=_CREST), cv2.CMP_GT), np.uint8)
