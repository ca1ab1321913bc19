"""The ground that ink stands on, paper or board, estimated on a picture an eighth of the size."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (h, w)

SHRINK = 8  # the ground is estimated on a picture this many times smaller
# Shares of the picture's shorter side:
USUAL_STROKE = 0.07  # wider than any pen's
WIDEST_STROKE = 0.2  # wider than any marker's; what is wider still is ground
_THIN = 0.03  # no wider than most strokes
_THINNEST = 0.015  # no wider than pens' strokes
_NEAR = 0.4  # of what is thin, it decides for what is no further apart
_NEIGHBOURHOOD = 0.6  # most of a piece this large is ground

_DEEP = 0.12  # of the ground's level; a stroke wider than usual is at least this much darker
_SHARP = 0.5  # of its depth; the step at such a stroke's edges, which soft shadows lack
_WRITTEN = 0.2  # of the ground's level; ink in a shadow is at least this much darker than that
_MOST_WRITTEN = 0.5  # of a shadow is ink
_LEANING = 0.2  # of -1..1; with less, a neighbourhood is as much light as dark
_CLEARER = 3.0  # times the steps in grey; thin things with larger ones are the ink
_LEAST_THIN = 0.3  # grey levels, the mean of a neighbourhood; with much less, nothing is thin in it
_CORNER = 6  # pixels of the small picture, to which what is wide reaches into corners where nothing wide fits
_FAINT = 0.2  # of the largest step around; what is thin and fainter is not ink
_LEVEL = 4  # grey levels; what differs less is all ground


def paper(small: Picture) -> Picture:
    """The light ground, (h, w) like `small`; a board's is had from the negative.

    A narrow closing follows a vignette or a shadow closely, but takes the middle of a marker's stroke for
    ground; a wide one does neither. The wide one counts where what only it finds dark is a stroke: its edges
    are sharp, and there is no writing within.
    """
    wide, narrow = _closed(small, WIDEST_STROKE), _closed(small, USUAL_STROKE)
    depth = np.asarray(cv2.subtract(wide, narrow), np.uint8)
    deep = (depth > _DEEP * wide).astype(np.uint8)
    count, labels = cv2.connectedComponents(deep)
    if count == 1:
        return narrow
    square = np.ones((3, 3), np.uint8)
    step = np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, square))
    grown = np.asarray(cv2.dilate(labels.astype(np.uint16), square), np.int64)  # labels reach over their rims
    rim = (grown > 0) & (cv2.erode(deep, square) == 0)
    inside = deep > 0
    own = np.asarray(labels[inside], np.int64)
    is_sharp = _means(step[rim], grown[rim], count) > _SHARP * _means(depth[inside], own, count)
    darkest = np.full(count, 255, np.int16)
    np.minimum.at(darkest, own, narrow[inside])
    inked = _means(darkest[own] - small[inside] > _WRITTEN * wide[inside], own, count)
    is_stroke = is_sharp & ((inked == 0) | (inked > _MOST_WRITTEN))
    is_stroke[0] = False
    strokes = cv2.dilate(is_stroke[labels].astype(np.uint8), np.ones((9, 9), np.uint8))
    return np.where(strokes, wide, narrow)


def is_board(small: Picture) -> NDArray[np.bool_]:
    """(h, w) whether ink is lighter than its ground there.

    Ink is thin, which sheets, shadows and a lamp's light are not: so the larger part decides of all that is
    thin near by, or else in the picture. Strokes that are not thin, either, are still the smaller part of
    their surroundings, and most of these are near the ground's level: the dark one on a board. At an edge
    there is as much of the one as of the other, and a wider view decides.
    """
    lean, everywhere = _thin_lean(small, _THIN)
    if abs(everywhere) <= _LEANING:
        for share in (WIDEST_STROKE, _NEIGHBOURHOOD):
            lean = np.where(np.abs(lean) > _LEANING, lean, _lean(small, share))
    # On a page packed with writing, what is between the lines is thin, too, but not as thin as the writing.
    majority = _lean(small, WIDEST_STROKE)
    packed = (lean * majority < 0) & (np.minimum(np.abs(lean), np.abs(majority)) > _LEANING)
    if packed.any():
        finest, _ = _thin_lean(small, _THINNEST)
        lean = np.where(packed & (np.abs(finest) > _LEANING), finest, lean)
    return np.asarray(lean > _LEANING)


def at_odds(small: Picture, others: Sequence[Picture]) -> list[NDArray[np.bool_]]:
    """(h, w) where each of some other pictures of the same shows ink and, lighter than the ground, no ink.

    On yellow paper blue rules are light in blue, as chalk is, and take the ground from dark ink beside them.
    But of ink that is far clearer in the other picture, that is to be believed.
    """
    lighter, darker = _thin_nearby(small)
    clear, is_dark = np.abs(lighter - darker), lighter < darker
    odds = []
    for other_lighter, other_darker in map(_thin_nearby, others):
        by_other = np.where(is_dark, other_darker, other_lighter)
        against = np.where(is_dark, other_lighter, other_darker)
        disturbs = (against > np.maximum(clear, by_other)) & (against < _CLEARER * clear)
        odds.append(disturbs & (clear > _LEAST_THIN))
    return odds


def reach(small: NDArray[np.uint8], share: float) -> int:
    """A share of the picture's shorter side in pixels, odd and at least 3."""
    return max(round(float(min(small.shape[:2])) * share), 3) | 1


def shrink(picture: NDArray[np.uint8], interpolation: int = cv2.INTER_AREA) -> NDArray[np.uint8]:
    """The small picture, (h, w) or (h, w, 3) as the large one."""
    height, width = (max(round(side / SHRINK), 1) for side in picture.shape[:2])
    return np.asarray(cv2.resize(picture, (width, height), interpolation=interpolation), np.uint8)


def enlarge(small: Picture, like: Picture) -> Picture:
    """The small picture smoothed, at the size of another."""
    smooth = cv2.GaussianBlur(small, (3, 3), 0)
    return np.asarray(cv2.resize(smooth, like.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _thin(small: Picture, widest: float) -> tuple[Picture, Picture]:
    """How much lighter, and how much darker, thin things are than what they lie on, (h, w) each.

    That is what an alternating filter takes away, by reconstruction (L. Vincent: IEEE Trans. Image Processing
    2, 1993), so that the corners of what is wider stay. It begins once with the light and once with the dark,
    as it would else prefer the one in the holes of the other. What is faint beside other steps is the
    ground's grain.
    """
    light_first, dark_first = (
        _without_thin(~_without_thin(picture, widest), widest) for picture in (small, np.invert(small))
    )
    grounds = ~light_first, dark_first
    side = reach(small, WIDEST_STROKE)
    steps = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((side, side), np.uint8))
    least = np.maximum(cv2.convertScaleAbs(steps, alpha=_FAINT), np.uint8(_LEVEL))
    return _excess([small, small], grounds, least), _excess(grounds, [small, small], least)


def _thin_lean(small: Picture, widest: float) -> tuple[NDArray[np.float32], float]:
    """From -1, where all that is thin is dark, to 1, where it is light: (h, w) near by, and everywhere."""
    lighter, darker = (picture.astype(np.float32) for picture in _thin(small, widest))
    balance, most = lighter - darker, lighter + darker
    near = _nearby(balance) / np.maximum(_nearby(most), _LEAST_THIN)
    everywhere = float(balance.mean()) / max(float(most.mean()), _LEAST_THIN)
    return np.where(np.abs(near) > _LEANING, near, np.float32(everywhere)), everywhere


def _thin_nearby(small: Picture) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(h, w) how much lighter, and how much darker, thin things near by are than what they lie on."""
    lighter, darker = _thin(small, _THIN)
    return _nearby(lighter.astype(np.float32)), _nearby(darker.astype(np.float32))


def _nearby(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) the mean around each place."""
    side = max(round(min(values.shape) * _NEAR), 3) | 1
    return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _excess(pictures: Sequence[Picture], others: Sequence[Picture], least: Picture) -> Picture:
    """By how much two pictures are lighter than two others, where that is more than the least notable."""
    steps = [np.asarray(cv2.subtract(*pair), np.uint8) for pair in zip(pictures, others, strict=True)]
    first, second = (cv2.bitwise_and(step, cv2.compare(step, least, cv2.CMP_GT)) for step in steps)
    return np.asarray(cv2.add(first, second), np.uint8)


def _without_thin(small: Picture, widest: float) -> Picture:
    """Opened by reconstruction: light things no wider than that are gone, all else is as it was."""
    side = reach(small, widest)
    opened, grown = cv2.erode(small, np.ones((side, side), np.uint8)), np.empty_like(small)
    square = np.ones((3, 3), np.uint8)
    for _ in range(_CORNER):
        cv2.min(cv2.dilate(opened, square, grown), small, opened)
    return np.asarray(opened, np.uint8)


def _lean(small: Picture, share: float) -> NDArray[np.float32]:
    """(h, w) from -1, where a neighbourhood is as light as its lightest, to 1, where it is as its darkest."""
    side = reach(small, share)
    square, around = np.ones((side, side), np.uint8), (2 * side + 1, 2 * side + 1)
    lightest, darkest = cv2.dilate(small, square), cv2.erode(small, square)
    middle = (lightest.astype(np.float32) + darkest) / 2
    below = cv2.blur(middle - small, around, borderType=cv2.BORDER_REFLECT)
    most = cv2.blur(lightest - middle, around, borderType=cv2.BORDER_REFLECT)
    return np.asarray(below / np.maximum(most, _LEVEL), np.float32)


def _closed(small: Picture, share: float) -> Picture:
    """Closed with a square; what the picture's edge cuts off is taken to go on beyond it."""
    side = reach(small, share)
    height, width = small.shape
    padded = cv2.copyMakeBorder(small, side, side, side, side, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    return np.asarray(closed[side : side + height, side : side + width], np.uint8)


def _means(values: NDArray[np.generic], labels: NDArray[np.integer], count: int) -> NDArray[np.float64]:
    """(count,) the mean of the values that bear each label; 0 where none does."""
    return np.bincount(labels, values, count) / np.maximum(np.bincount(labels, minlength=count), 1)
