"""A picture -> its ink: flatten the lighting, decide the polarity, threshold with Otsu.

The ground that ink stands on is estimated on a picture an eighth of the size, by a grey-scale closing wider
than a stroke (an opening where the ink is light), and divided out; what is left is contrast. Pencil beside
marker is evened out likewise, by the strongest contrast nearby. Then one threshold fits the whole picture:
Otsu's (IEEE Trans. SMC 9, 1979). It always splits something, so it is only asked about what rises above the
picture's own noise, and there may be nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (h, w)

_SHRINK = 8  # the ground is estimated on a picture this many times smaller
# Shares of the picture's shorter side:
_USUAL_STROKE = 0.07  # wider than any pen's
_WIDEST_STROKE = 0.2  # wider than any marker's; what is wider still is ground
_NEIGHBOURHOOD = 0.6  # most of a piece this large is ground

_DEEP = 0.12  # of the ground's level; a stroke wider than usual is at least this much darker
_SHARP = 0.5  # of its depth; the step at such a stroke's edges, which shadows lack
_CLEARLY = 10  # grey levels; where paper and board are this alike, it is paper
_LIGHTEST_BOARD = 140  # grey level; only a ground darker than this carries light ink
_DARKEST_GROUND = 80  # grey level; below it, division would blow up the sensor's noise

_NOISE_FACTOR = 6.0  # ink rises this many deviations above the noise
_LEAST_CONTRAST = 22  # of 255; fainter traces are texture, not writing


@dataclass(frozen=True, slots=True)
class InkMask:
    """Where the ink is.

    Attributes:
        mask: (h, w) uint8, 255 where there is ink, else 0.
        contrast: (h, w) uint8, how far each pixel stands out from its ground: 0 to 255, which is black on
            white or white on black.
    """

    mask: Picture
    contrast: Picture

    def __post_init__(self) -> None:
        if self.mask.ndim != 2 or self.mask.shape != self.contrast.shape:
            raise ValueError(f"mask {self.mask.shape} and contrast {self.contrast.shape} differ")


def find_ink(gray: Picture) -> InkMask:
    """The ink in a picture, dark on light and light on dark.

    Args:
        gray: (h, w) uint8, at least 1x1.
    """
    contrast = _contrast(gray)
    least = _noise_ceiling(_histogram(contrast))
    if least is None:
        return InkMask(np.zeros_like(contrast), contrast)
    _, above = cv2.threshold(contrast, least, 255, cv2.THRESH_TOZERO)
    strength = np.asarray(cv2.divide(above, _strongest_nearby(contrast, least), scale=255), np.uint8)
    histogram = _histogram(strength)
    histogram[0] = histogram[1:].sum()  # ground in plenty would draw the threshold down into the ink's edges
    _, mask = cv2.threshold(strength, _otsu(histogram), 255, cv2.THRESH_BINARY)
    return InkMask(np.asarray(mask, np.uint8), contrast)


def _contrast(gray: Picture) -> Picture:
    """How far each pixel stands out from its ground."""
    small = _shrink(gray, cv2.INTER_AREA)
    paper = _paper(small)
    board = np.asarray(cv2.bitwise_not(_paper(np.asarray(cv2.bitwise_not(small), np.uint8))), np.uint8)

    # Ink is the smaller part of any neighbourhood, so its median is near the ground's level.
    size = min(_reach(small, _NEIGHBOURHOOD), 255)
    median = cv2.medianBlur(small, size) if min(small.shape) > 1 else small
    rise, fall = cv2.subtract(median, board), cv2.subtract(paper, median)
    is_board = (fall > cv2.add(rise, np.full_like(board, _CLEARLY))) & (board < _LIGHTEST_BOARD)
    ground = np.where(is_board, board, paper)
    most = np.maximum(np.where(is_board, 255 - board, paper), _DARKEST_GROUND)  # that ink can stand out
    contrast = cv2.absdiff(gray, _enlarge(ground, gray))
    return np.asarray(cv2.divide(contrast, _enlarge(most, gray), scale=255), np.uint8)


def _paper(small: Picture) -> Picture:
    """The light ground.

    A narrow closing follows a vignette or a soft shadow closely, but takes the middle of a marker's stroke
    for ground; a wide one does neither. The wide one counts where what only it finds dark has sharp edges.
    """
    wide, narrow = (
        np.asarray(cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)), np.uint8)
        for reach in (_reach(small, _WIDEST_STROKE), _reach(small, _USUAL_STROKE))
    )
    depth = np.asarray(cv2.subtract(wide, narrow), np.uint8)
    deep = (depth > _DEEP * wide).astype(np.uint8)
    count, labels = cv2.connectedComponents(deep)
    if count == 1:
        return narrow
    square = np.ones((3, 3), np.uint8)
    step = np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, square))
    grown = np.asarray(cv2.dilate(labels.astype(np.uint16), square), np.int64)  # labels reach over their rims
    rim = (grown > 0) & (cv2.erode(deep, square) == 0)
    is_stroke = _means(step[rim], grown[rim], count) > _SHARP * _means(
        depth.ravel(), np.asarray(labels, np.int64).ravel(), count
    )
    is_stroke[0] = False
    strokes = cv2.dilate(is_stroke[labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(strokes, wide, narrow)


def _means(values: NDArray[np.uint8], labels: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """(count,) the mean of the values that bear each label; 0 where none does."""
    return np.bincount(labels, values, count) / np.maximum(np.bincount(labels, minlength=count), 1)


def _strongest_nearby(contrast: Picture, least: float) -> Picture:
    """The strongest contrast around each pixel, and at least `least`."""
    blocks = cv2.dilate(contrast, np.ones((_SHRINK, _SHRINK), np.uint8))
    small = _shrink(np.asarray(blocks, np.uint8), cv2.INTER_NEAREST)
    reach = _reach(small, _WIDEST_STROKE / 2)
    around = np.asarray(cv2.dilate(small, np.ones((reach, reach), np.uint8)), np.uint8)
    return _enlarge(np.maximum(around, np.uint8(least)), contrast)


def _reach(small: Picture, share: float) -> int:
    """A share of the picture's shorter side in pixels, odd and at least 3."""
    return max(round(float(min(small.shape)) * share), 3) | 1


def _shrink(picture: Picture, interpolation: int) -> Picture:
    height, width = picture.shape
    size = max(round(width / _SHRINK), 1), max(round(height / _SHRINK), 1)
    return np.asarray(cv2.resize(picture, size, interpolation=interpolation), np.uint8)


def _enlarge(small: Picture, like: Picture) -> Picture:
    smooth = cv2.GaussianBlur(small, (5, 5), 0)
    return np.asarray(cv2.resize(smooth, like.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _histogram(picture: Picture) -> NDArray[np.float64]:
    step = 2 if picture.size > 250_000 else 1  # every second row of a large picture says the same
    return np.asarray(cv2.calcHist([picture[::step]], [0], None, [256], [0, 256]), np.float64).ravel()


def _noise_ceiling(histogram: NDArray[np.float64]) -> float | None:
    """The contrast that noise stays below; None where nothing rises above it."""
    counts = np.cumsum(histogram)
    lower, middle = np.searchsorted(counts, counts[-1] * np.array([0.16, 0.5]))
    deviation = max(float(middle - lower), 1.0)  # taken below the median, where ink does not reach
    ceiling = max(float(middle) + _NOISE_FACTOR * deviation, _LEAST_CONTRAST)
    if ceiling >= 255 or counts[int(ceiling)] == counts[-1]:
        return None
    return ceiling


def _otsu(histogram: NDArray[np.float64]) -> int:
    """The threshold 0..255 that leaves the largest variance between the two classes."""
    below = np.cumsum(histogram)
    moment = np.cumsum(histogram * np.arange(256))
    weight = below * (below[-1] - below)
    difference = (moment[-1] * below - moment * below[-1]) ** 2
    between = np.divide(difference, weight, out=np.zeros(256), where=weight > 0)
    return int(between.argmax())
