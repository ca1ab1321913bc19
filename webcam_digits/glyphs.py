"""The one normaliser: a picture of one character's ink -> the 28x28 glyph that the classifier reads.

Training pictures go through the same function as live ones, so the classifier never meets a framing that
it was not trained on. The framing is MNIST's (LeCun, Cortes, Burges: http://yann.lecun.com/exdb/mnist):
the ink's longer side becomes 20 pixels, shrunk with anti-aliasing, and its centre of mass the middle of
28x28, white on black. Two things are added for cameras: strokes thinner than a pen's are thickened, and
the ink's peak becomes full white.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

GLYPH_SIZE = 28  # pixels, both sides
INK_SIZE = 20  # pixels, the ink's longer side within the glyph
NORMALISER_VERSION = "1"  # stored in a model's metadata; changes whenever normalise() gives other pixels

_LARGEST = 160  # pixels; larger ink is shrunk to this first, so that thickening it takes no longer
_INK_LEVEL = 0.05  # of the peak; below it a pixel does not count for the ink's extent
_THINNEST_STROKE = 1.6  # pixels within the glyph; MNIST's thinnest pens
_SQUARE = np.ones((3, 3), np.uint8)


def normalise(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The glyph of one character.

    Args:
        ink: (h, w) uint8 of any size, one character, 0 where there is no ink up to 255 where it is full.

    Returns:
        (28, 28) uint8, white on black; all zero where `ink` is.
    """
    glyph = np.zeros((GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    peak = int(ink.max(initial=0))
    if not peak:
        return glyph
    x, y, width, height = cv2.boundingRect(cv2.threshold(ink, _INK_LEVEL * peak, 1, cv2.THRESH_BINARY)[1])
    ink = ink[y : y + height, x : x + width]
    if max(ink.shape) > _LARGEST:
        ink = _fit(ink, _LARGEST)
    if max(ink.shape) > INK_SIZE:
        ink = _thicken(ink)
    ink = _fit(ink, INK_SIZE)
    ink = (ink * (255.0 / ink.max())).astype(np.uint8)
    height, width = ink.shape
    moments = cv2.moments(ink)
    left, top = (
        _offset(moments["m10"] / moments["m00"], width),
        _offset(moments["m01"] / moments["m00"], height),
    )
    glyph[top : top + height, left : left + width] = ink
    return glyph


def _fit(ink: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The ink with its longer side `size` pixels long."""
    height, width = ink.shape
    scale = size / max(width, height)
    sides = max(round(width * scale), 1), max(round(height * scale), 1)
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, sides, interpolation=interpolation), np.uint8)


def _thicken(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Dilate strokes that would become thinner than the thinnest pen's in the glyph."""
    _, mask = cv2.threshold(ink, float(ink.max()) / 2, 1, cv2.THRESH_BINARY)
    area = cv2.countNonZero(mask)
    outline = area - cv2.countNonZero(cv2.erode(mask, _SQUARE, borderValue=0))
    stroke = 2 * area / max(outline, 1)  # pixels: a long stroke's outline runs along both its sides
    missing = round(_THINNEST_STROKE * max(ink.shape) / INK_SIZE - stroke)
    if missing < 1:
        return ink
    before, after = (missing + 1) // 2, missing // 2
    padded = cv2.copyMakeBorder(ink, before, after, before, after, cv2.BORDER_CONSTANT, value=0)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (missing + 1, missing + 1))
    return np.asarray(cv2.dilate(padded, kernel), np.uint8)


def _offset(centre: float, length: int) -> int:
    """Where ink starts along one axis for its centre of mass to be on pixel 14, as MNIST's is."""
    return min(max(round(GLYPH_SIZE / 2 - centre), 0), GLYPH_SIZE - length)
