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
    weak = cv2.convertScaleAbs(threshold, alpha=_WEAK)
    weak = cv2.compare(contrast, weak, cv2.CMP_GT, weak)
    around = np.asarray(cv2.dilate(strong, _SQUARE), np.uint8)
    away = np.asarray(cv2.subtract(weak, around), np.uint8)
    width = _stroke_width(strong)
    least = _LEAST_AREA * width * width
    if not width or cv2.countNonZero(away) <= least:
        return strong
    ink = np.asarray(cv2.bitwise_or(weak, strong, weak), np.uint8)
    reach = round(_NEAR * width) + 1
    window = _window(ink, away, least, reach)
    if window is None:
        return strong
    crest = _crest(contrast[window], threshold[window], 2 * reach + 1)
    own, away = strong[window], np.asarray(cv2.bitwise_and(away[window], crest), np.uint8)
    faint = cv2.subtract(crest, own)
    goes_on = np.asarray(cv2.bitwise_and(_leading_on(ink[window], own, away, least), faint), np.uint8)
    followed = strong.copy()
    followed[window] = cv2.bitwise_or(own, _touching(goes_on, around[window]))
    return followed


def _window(ink: Picture, away: Picture, least: float, margin: int) -> tuple[slice, slice] | None:
    """Where in the picture strokes are that may have more than the least of what is away from strong ink.

    They are told from each other at half the size, at which near ones may be one: that is many times as fast.
    """
    height, width = ink.shape[0] // 2, ink.shape[1] // 2
    if not height or not width:
        return None
    half_ink, half_away = (
        cv2.resize(picture[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        for picture in (ink, away)
    )
    count, strokes = cv2.connectedComponents(half_ink)  # of all pixels that are not quite bare
    at = np.flatnonzero(half_away > 0)
    of_away = np.bincount(strokes.ravel()[at], half_away.ravel()[at] * (4 / 255), count)  # whole pixels
    if not (of_away > least).any():
        return None
    left, top, width, height = cv2.boundingRect((of_away > least).astype(np.uint8)[strokes])
    return (
        slice(max(2 * top - margin, 0), 2 * (top + height) + 1 + margin),
        slice(max(2 * left - margin, 0), 2 * (left + width) + 1 + margin),
    )


def _leading_on(ink: Picture, strong: Picture, away: Picture, least: float) -> Picture:
    """(h, w) 255 where there are strokes with both strong ink and ink away from it, else 0."""
    inked = np.flatnonzero(ink > 0)  # few pixels are, and only these are looked at
    count, labels = cv2.connectedComponents(ink)
    strokes = labels.ravel()[inked]
    area = np.bincount(strokes, minlength=count)
    of_strong, of_away = (
        np.bincount(strokes[kind.ravel()[inked] > 0], minlength=count) for kind in (strong, away)
    )
    found = np.zeros(ink.shape, np.uint8)
    found.ravel()[inked] = ((of_strong > _STRONG * area) & (of_away > least))[strokes] * np.uint8(255)
    return found


def _touching(ink: Picture, others: Picture) -> Picture:
    """Those parts of the ink that touch others, (h, w) 255 where these are."""
    inked = np.flatnonzero(ink > 0)
    count, labels = cv2.connectedComponents(ink)
    parts = labels.ravel()[inked]
    touching = np.bincount(parts[others.ravel()[inked] > 0], minlength=count) > 0
    found = np.zeros(ink.shape, np.uint8)
    found.ravel()[inked] = touching[parts] * np.uint8(255)
    return found


def _stroke_width(ink: Picture) -> float:
    """The mean width of strokes in pixels, 0 without any: their area over half of their outline."""
    area = cv2.countNonZero(ink)
    outline = area - cv2.countNonZero(cv2.erode(ink, _SQUARE))
    return 2 * area / max(outline, 1)


def _crest(contrast: Picture, threshold: Picture, side: int) -> Picture:
    """(h, w) 255 where the ink is not much weaker than the strongest in a square of `side` around."""
    level = cv2.divide(contrast, threshold, scale=_LEVEL)
    least = cv2.dilate(level, np.ones((side, side), np.uint8))
    least = cv2.convertScaleAbs(least, least, alpha=_CREST)
    return np.asarray(cv2.compare(level, least, cv2.CMP_GT, least), np.uint8)
