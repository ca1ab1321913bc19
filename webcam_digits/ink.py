"""A picture -> its ink: flatten the lighting, decide the polarity, threshold with Otsu.

The ground that ink stands on is estimated on a picture an eighth of the size, by a grey-scale closing wider
than any stroke (an opening where the ink is light), and divided out. What is left is contrast, and one
threshold fits the whole picture. Otsu's method (IEEE Trans. SMC 9, 1979) always splits something, so it is
only asked about what rises above the picture's own noise, and there may be nothing.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_SHRINK = 8  # the ground is estimated on a picture this many times smaller
_WIDEST_STROKE = 0.2  # of the picture's shorter side; what is wider is ground, not ink
_DARKEST_GROUND = 40  # grey level; below it, division would blow up the sensor's noise
_USUAL_STROKE = 0.07  # of the shorter side
_DEEP = 0.12
_SHARP = 0.5
_NEIGHBOURHOOD = 3  # strokes of that width; what most of it looks like is ground
_CLEARLY = 10  # grey levels; where paper and board are this alike, it is paper
_LIGHTEST_BOARD = 140  # grey level; only a ground darker than this carries light ink
_NOISE_FACTOR = 6.0  # ink is this many deviations of the noise above it
_LEAST_CONTRAST = 22  # of 255; fainter traces are texture, not writing
_FAINT_INK = 0.5  # of Otsu's threshold; pens fainter than the frame's strongest still count


@dataclass(frozen=True, slots=True)
class InkMask:
    """Where the ink is.

    Attributes:
        mask: (h, w) uint8, 255 where there is ink, else 0.
        contrast: (h, w) uint8, how far each pixel stands out from its ground: 0, to 255 for black on white
            or white on black.
    """

    mask: NDArray[np.uint8]
    contrast: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.mask.ndim != 2 or self.mask.shape != self.contrast.shape:
            raise ValueError(f"mask {self.mask.shape} and contrast {self.contrast.shape} must be of one (h, w)")


def find_ink(gray: NDArray[np.uint8]) -> InkMask:
    """The ink in a picture, dark on light and light on dark.

    Args:
        gray: (h, w) uint8, at least 1x1.
    """
    contrast = _contrast(gray)
    least = _least(_histogram(contrast))
    if least is None:
        return InkMask(np.zeros_like(contrast), contrast)
    # relative to the strongest ink around
    height,width=gray.shape
    small_size = max(round(width / _SHRINK), 1), max(round(height / _SHRINK), 1)
    strongest = cv2.resize(cv2.dilate(contrast, np.ones((_SHRINK, _SHRINK), np.uint8)), small_size, interpolation=cv2.INTER_NEAREST)
    reach = max(round(min(small_size) * _WIDEST_STROKE), 3) | 1
    strongest = cv2.max(cv2.dilate(strongest, np.ones((reach//2|1, reach//2|1), np.uint8)), least)
    strength = _enlarge(strongest, gray)
    relative = cv2.divide(contrast, strength, scale=255)
    relative[contrast<=least]=0
    h=_histogram(relative); h[0]=h[1:].sum()
    level=_FAINT_INK*_otsu(h)
    _, mask = cv2.threshold(relative, level, 255, cv2.THRESH_BINARY)
    return InkMask(np.asarray(mask, np.uint8), contrast)

def _histogram(picture):
    return cv2.calcHist([picture[:: 2 if picture.size > 250_000 else 1]], [0], None, [256], [0, 256]).ravel()

def _contrast(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """How far each pixel stands out from its ground, (h, w) uint8."""
    small = _shrink(gray)
    paper = _paper(small)
    board = cv2.bitwise_not(_paper(cv2.bitwise_not(small)))

    # Ink is the smaller part of any neighbourhood: its median is the ground's level.
    around = _NEIGHBOURHOOD * _reach(small, _WIDEST_STROKE)
    median = cv2.medianBlur(small, min(around, 255)) if min(small.shape) > 1 else small
    rise, fall = cv2.subtract(median, board), cv2.subtract(paper, median)
    is_board = (fall > cv2.add(rise, _CLEARLY)) & (board < _LIGHTEST_BOARD)
    ground = np.where(is_board, board, paper)
    most = np.maximum(np.where(is_board, 255 - board, paper), _DARKEST_GROUND)  # the most that ink can stand out
    contrast = cv2.absdiff(gray, _enlarge(ground, gray))
    return np.asarray(cv2.divide(contrast, _enlarge(most, gray), scale=255), np.uint8)


def _paper(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The light ground, (h, w) uint8: a closing wider than any stroke where there are wide strokes, else a narrower one.

    The narrower follows a vignette or a soft shadow closely, but takes the inside of a marker's stroke for ground.
    What is darker than the wider closing alone is such a stroke if its edges are sharp.
    """
    wide, narrow = (
        cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
        for reach in (_reach(small, _WIDEST_STROKE), _reach(small, _USUAL_STROKE))
    )
    depth = cv2.subtract(wide, narrow)
    deep = cv2.compare(depth, cv2.convertScaleAbs(wide, alpha=_DEEP), cv2.CMP_GT)
    count, labels = cv2.connectedComponents(deep)
    if count == 1:
        return np.asarray(narrow, np.uint8)
    edge = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    rim = cv2.morphologyEx(deep, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    spread = np.where(labels > 0, labels, cv2.dilate(labels.astype(np.uint16), np.ones((3, 3), np.uint8)))
    edges = np.bincount(spread[rim], edge[rim], count) / np.maximum(np.bincount(spread[rim], minlength=count), 1)
    depths = np.bincount(labels.ravel(), depth.ravel(), count) / np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    sharp = edges > _SHARP * depths
    sharp[0] = False
    thick = cv2.dilate(sharp[labels].astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.where(thick, wide, narrow)


def _reach(small: NDArray[np.uint8], share: float) -> int:
    """A share of the picture's shorter side in pixels, odd and at least 3."""
    return max(round(min(small.shape) * share), 3) | 1


def _shrink(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape
    size = max(round(width / _SHRINK), 1), max(round(height / _SHRINK), 1)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _enlarge(small: NDArray[np.uint8], gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    smooth = cv2.GaussianBlur(small, (5, 5), 0)
    return np.asarray(cv2.resize(smooth, gray.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def _least(histogram: NDArray[np.float32]) -> float | None:
    """The contrast above which there is ink; None where nothing rises above the noise.

    Args:
        histogram: (256,) of the contrast.
    """
    counts = np.cumsum(histogram)
    lower, middle = np.searchsorted(counts, counts[-1] * np.array([0.16, 0.5]))
    noise = max(float(middle - lower), 1.0)  # the standard deviation, were the ground all there is
    least = max(middle + _NOISE_FACTOR * noise, _LEAST_CONTRAST)
    if least >= 255 or counts[int(least)] == counts[-1]:
        return None
    return least


def _otsu(histogram: NDArray[np.float32]) -> int:
    """Otsu's threshold, 0..255."""
    below = np.cumsum(histogram, dtype=np.float64)
    moment = np.cumsum(histogram * np.arange(256), dtype=np.float64)
    above = below[-1] - below
    weight = below * above
    between = np.divide((moment[-1] * below - moment * below[-1]) ** 2, weight, out=np.zeros(256), where=weight > 0)
    return int(between.argmax())
