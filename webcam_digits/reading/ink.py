"""A picture -> its ink: flatten the lighting, decide the polarity, threshold with Otsu.

The ground that ink stands on (`background`) is divided out; what is left is contrast, in grey, or in a
primary colour where that shows clearly more. Pencil beside marker is evened out by the strongest nearby. Then
one threshold fits the whole picture: Otsu's (IEEE Trans. SMC 9, 1979). It always splits something, so it is
only asked about what rises above the picture's own noise, and there may be nothing. Where strokes go on below
it, `hysteresis` follows them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.background import (
    SHRINK,
    USUAL_STROKE,
    WIDEST_STROKE,
    Picture,
    at_odds,
    enlarge,
    is_board,
    paper,
    reach,
    shrink,
)
from webcam_digits.reading.legacy.hysteresis import follow

_LIGHTEST_BOARD = 180  # grey level; only a darker ground carries light ink, unless that has a colour
_DARKEST_GROUND = 80  # grey level; below it, division would blow up the sensor's noise
_NOISE_FACTOR = 6.0  # ink rises this many deviations above the noise
_LEAST_CONTRAST = 22  # of 255; fainter traces are texture, not writing
_PITTED = 0.08  # of the ink; where closing small holes adds so much, noise has eaten into it
_MOST_SMOOTHED = 1_300_000  # pixels; strokes in larger pictures are broad, and it would take long
_GRAIN = 15  # eighths of pixels; the side of the surroundings whose grain is measured
_EVEN = 3.0  # times as much as in quiet parts is in others; where there is more, it is cloth or leather
_SMOOTH = 0.8  # pixels; the deviation of the filter for pictures so noisy
_SAMPLED = 200_000  # pixels; as many show how strong ink is
_STEP = _LEAST_CONTRAST / 255 / 2  # of the ground's level; less, with noise upon it, is not taken for ink
_COLOURED = 1.5  # times the step in grey; where a primary colour's is larger, it shows more
_FAINT = 0.5  # of the strong ink's contrast; what shines through from behind has less
_SOFT = 0.75  # of the strong ink's sharpness; likewise


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


def find_ink(image: NDArray[np.uint8]) -> InkMask:
    """The ink in a picture, dark on light and light on dark.

    Args:
        image: (h, w, 3) BGR, whose ink may be of any colour, or (h, w) grey; uint8, at least 1x1.
    """
    ink, least = _ink_above_noise(image)
    noisy = least > _LEAST_CONTRAST and ink.mask.size <= _MOST_SMOOTHED
    if noisy and _is_pitted(ink.mask) and _is_grainy(_gray(image)):
        smooth = cv2.GaussianBlur(image, (0, 0), _SMOOTH)
        ink, _ = _ink_above_noise(np.asarray(smooth, np.uint8))
    return ink


def _ink_above_noise(image: NDArray[np.uint8]) -> tuple[InkMask, float]:
    """The ink in a picture, and the contrast that noise stays below."""
    small = shrink(image)
    contrast, least = _contrast(_gray(image), _gray(small))
    if image.ndim == 3:
        contrast = _with_colours(contrast, image, small)
    if contrast.max() <= least:
        return InkMask(np.zeros_like(contrast), contrast), least
    strongest = np.maximum(_strongest_nearby(contrast, WIDEST_STROKE / 2), np.uint8(least))
    share = _otsu(_strengths(contrast, strongest, least)) / 255
    needed = enlarge(np.maximum(cv2.convertScaleAbs(strongest, alpha=share), np.uint8(least)), contrast)
    mask = np.asarray(cv2.compare(contrast, needed, cv2.CMP_GT), np.uint8)
    mask = follow(mask, contrast, needed)
    return InkMask(_without_bleeding(mask, contrast, strongest, least), contrast), least


def _is_pitted(mask: Picture) -> bool:
    """Whether noise has eaten holes into the ink, as closing them adds much to it, or all of it."""
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return cv2.countNonZero(mask) <= (1 - _PITTED) * cv2.countNonZero(closed)


def _is_grainy(gray: Picture) -> bool:
    """Whether noise is alike all over: a camera's in the dark is, a texture beside a sheet is not."""
    stray = cv2.absdiff(shrink(gray, cv2.INTER_NEAREST), shrink(gray))
    quiet, usual = np.percentile(cv2.medianBlur(np.asarray(stray, np.uint8), _GRAIN), [25, 75])
    return bool(usual <= _EVEN * max(quiet, 1.0))


def _gray(image: NDArray[np.uint8]) -> Picture:
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def _strengths(contrast: Picture, strongest: Picture, least: float) -> NDArray[np.float64]:
    """The histogram (256,) of the contrast over the strongest nearby (h / 8, w / 8), 255 where it is that.

    There is as much at 0 as above: ground in plenty would draw the threshold down into the ink's edges.
    """
    rows = _sampled(contrast)
    _, above = cv2.threshold(rows, least, 255, cv2.THRESH_TOZERO)
    histogram = _histogram(np.asarray(cv2.divide(above, enlarge(strongest, rows), scale=255), np.uint8))
    histogram[0] = histogram[1:].sum()
    return histogram


def _contrast(gray: Picture, small: Picture, lightest_board: int = _LIGHTEST_BOARD) -> tuple[Picture, float]:
    """How far each pixel stands out from its ground, as dark from paper or as light from a board.

    Args:
        gray: (h, w).
        small: (h / 8, w / 8) the same.
        lightest_board: grey level; no ground lighter than this carries light ink.

    Returns:
        The contrast, (h, w) uint8, and the most that may be noise.
    """
    on_board = is_board(small)
    if not on_board.any():
        ground = paper(small)
        return _darker(gray, ground), _noise_ceiling(gray, ground, ground)
    light, dark = paper(small), ~paper(~small)
    on_board &= dark < lightest_board
    on_board = cv2.dilate(on_board.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0  # all around its ink
    on_paper = _darker(gray, np.where(on_board, np.uint8(0), light))
    lighter = _darker(np.asarray(cv2.bitwise_not(gray), np.uint8), np.where(on_board, ~dark, np.uint8(0)))
    ground, most = np.where(on_board, dark, light), np.where(on_board, ~dark, light)
    return np.asarray(cv2.max(on_paper, lighter), np.uint8), _noise_ceiling(gray, ground, most)


def _darker(gray: Picture, ground: Picture) -> Picture:
    """How much darker each pixel is than its ground (h / 8, w / 8), as a share of the ground's level.

    At a step of the ground, such as a shadow's edge, the darker side counts: the step itself is not ink.
    """
    lower = np.asarray(cv2.erode(ground, np.ones((5, 5), np.uint8)), np.uint8)
    is_step = ground - lower > _STEP * ground
    small = np.where(is_step, lower, ground)
    ground = most = enlarge(small, gray)
    if small.min() < _DARKEST_GROUND:
        most = enlarge(np.maximum(small, np.uint8(_DARKEST_GROUND)), gray)  # that ink can stand out
    darker = cv2.subtract(ground, gray)
    return np.asarray(cv2.divide(darker, most, darker, scale=255), np.uint8)


def _with_colours(contrast: Picture, image: NDArray[np.uint8], small: NDArray[np.uint8]) -> Picture:
    """The contrast in grey, or in a primary colour around where that shows clearly more.

    A yellow pen on white is all but invisible in grey, and as good as black in blue.
    """
    square = np.ones((3, 3), np.uint8)
    gray = _gray(small)
    in_gray = cv2.morphologyEx(gray, cv2.MORPH_GRADIENT, square)
    in_colour = cv2.morphologyEx(small, cv2.MORPH_GRADIENT, square).max(axis=2)
    coloured = (in_colour > _COLOURED * in_gray) & (in_colour > _LEAST_CONTRAST)
    if not coloured.any():
        return contrast
    side = reach(small, WIDEST_STROKE)
    around = cv2.dilate(coloured.astype(np.uint8), np.ones((side, side), np.uint8)) > 0
    primaries = [np.asarray(primary, np.uint8) for primary in cv2.split(small)]
    for channel, (primary, odds) in enumerate(zip(primaries, at_odds(gray, primaries), strict=True)):
        where = _full_size(around & ~odds, contrast)
        large = np.asarray(cv2.extractChannel(image, channel), np.uint8)
        own, least = _contrast(large, primary, lightest_board=255)
        _, above = cv2.threshold(own, least, 255, cv2.THRESH_TOZERO)  # blue is noisier than green
        contrast = np.asarray(cv2.max(contrast, cv2.bitwise_and(above, where)), np.uint8)
    return contrast


def _without_bleeding(mask: Picture, contrast: Picture, strongest: Picture, least: float) -> Picture:
    """The mask without ink that shines through from the sheet's back: faint, and softer than the other.

    Pencil beside marker is as sharp as that, and stays.
    """
    inked = strongest > least
    if not inked.any():
        return mask
    faint = inked & (strongest < _FAINT * np.percentile(strongest[inked], 90))
    square = np.ones((3, 3), np.uint8)
    if not cv2.erode(faint.astype(np.uint8), square).any():  # no more than fringes
        return mask
    steps = np.asarray(cv2.morphologyEx(contrast, cv2.MORPH_GRADIENT, square), np.uint8)
    depth, step = (_strongest_nearby(picture, USUAL_STROKE) for picture in (contrast, steps))
    inked = depth > least
    noise = 0.0 if inked.all() else float(np.median(step[~inked]))
    sharpness = np.maximum(step - noise, 0) / np.maximum(depth, 1)
    strong = sharpness[inked & ~faint]
    if not strong.size:
        return mask
    behind = faint & inked & (sharpness < _SOFT * np.median(strong))
    return np.asarray(cv2.bitwise_and(mask, _full_size(~behind, mask)), np.uint8)


def _full_size(where: NDArray[np.bool_], like: Picture) -> Picture:
    """(h, w) 255 where an eighth of the size says so, else 0."""
    soft = enlarge(where * np.uint8(255), like)
    return np.asarray(cv2.threshold(soft, 127, 255, cv2.THRESH_BINARY)[1], np.uint8)


def _strongest_nearby(picture: Picture, share: float) -> Picture:
    """(h / 8, w / 8) the highest value around each place, within a share of the picture's shorter side."""
    blocks = cv2.dilate(picture, np.ones((SHRINK, SHRINK), np.uint8))
    small = shrink(np.asarray(blocks, np.uint8), cv2.INTER_NEAREST)
    side = reach(small, share)
    return np.asarray(cv2.dilate(small, np.ones((side, side), np.uint8)), np.uint8)


def _noise_ceiling(gray: Picture, ground: Picture, most: Picture) -> float:
    """The contrast that noise stays below, 0..255 or more, of how far single pixels stray from their ground.

    Args:
        gray: (h, w), of which one pixel in 64 is looked at.
        ground: (h / 8, w / 8) its level.
        most: (h / 8, w / 8) by how much ink can stand out from it.
    """
    stray = cv2.absdiff(shrink(gray, cv2.INTER_NEAREST), ground)
    noise = np.asarray(cv2.divide(stray, np.maximum(most, _DARKEST_GROUND), scale=255), np.uint8)
    counts = np.cumsum(_histogram(noise))
    lower, middle = np.searchsorted(counts, counts[-1] * np.array([0.16, 0.5]))
    deviation = max(float(middle - lower), 1.0)  # taken below the median, where ink does not reach
    return max(float(middle) + _NOISE_FACTOR * deviation, _LEAST_CONTRAST)


def _sampled(picture: Picture) -> Picture:
    """Of a large picture every second pixel of every second row, or third: their histogram says the same."""
    step = max(int(np.sqrt(picture.size / _SAMPLED)), 1)
    return np.ascontiguousarray(picture[::step, ::step])


def _histogram(picture: Picture) -> NDArray[np.float64]:
    return np.asarray(cv2.calcHist([picture], [0], None, [256], [0, 256]), np.float64).ravel()


def _otsu(histogram: NDArray[np.float64]) -> int:
    """The threshold 0..255 that leaves the largest variance between the two classes."""
    below = np.cumsum(histogram)
    moment = np.cumsum(histogram * np.arange(256))
    weight = below * (below[-1] - below)
    difference = (moment[-1] * below - moment * below[-1]) ** 2
    between = np.divide(difference, weight, out=np.zeros(256), where=weight > 0)
    return int(between.argmax())
