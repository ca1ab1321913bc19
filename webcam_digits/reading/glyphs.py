"""The one normaliser: a picture of one character's ink -> the 28x28 glyph that the classifier reads.

Where only a character's box in a picture is known, `inked` cuts its ink out for it.

Training pictures go through the same function as live ones, so the classifier never meets a framing that
it was not trained on. The framing is MNIST's (LeCun, Cortes, Burges: http://yann.lecun.com/exdb/mnist):
the ink's longer side becomes 20 pixels, shrunk with anti-aliasing, and its centre of mass the middle of
28x28, white on black. Two things are added for cameras: strokes thinner than a pen's are thickened, and
the ink's peak becomes full white.
"""

from collections.abc import Sequence

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
_LEVELS = np.arange(256, dtype=np.float32)

_BOX_SIZE = 48  # pixels, a box's longer side while ink is looked for in it
_AROUND = 0.2  # of that side; so much around the box is looked at, too: it shows what is ground
_NOISE = 1.0  # pixels at that size; the deviation of the filter that takes a camera's noise away
_WITHIN = 0.7  # of its ink; a piece with less of it in the box is a neighbour's or a line's, unless it
_MIDDLE = 0.33  # of the box's sides; comes to the part around its middle
_FLAT = 1.0  # grey levels; where pixels differ by less, there is no ink


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


def inked(image: NDArray[np.uint8], box: Sequence[float] | NDArray[np.float32]) -> NDArray[np.uint8]:
    """The ink inside a box of a picture, as `normalise` takes it.

    Otsu's threshold within the box alone separates ink from ground; the ground is the larger part of the box
    and its surroundings. A piece that lies mainly outside, and not near the box's middle, is left out.

    Args:
        image: (h, w, 3) BGR or (h, w) grey, uint8, ink of any colour, dark on light or light on dark.
        box: left, top, right, bottom in pixels, around one character; may reach beyond the picture.

    Returns:
        (h', w') uint8, the box's ink white on black, its longer side about 48 pixels; of size 0 where the box
        lies outside the picture.
    """
    height, width = image.shape[:2]
    left, top, right, bottom = (round(float(side)) for side in box)
    left, right = max(left, 0), min(right, width)
    top, bottom = max(top, 0), min(bottom, height)
    longer = max(right - left, bottom - top)
    if left >= right or top >= bottom:
        return np.zeros((0, 0), np.uint8)
    margin = round(_AROUND * longer)
    x, y = max(left - margin, 0), max(top - margin, 0)
    view, scale = image[y : bottom + margin, x : right + margin], _BOX_SIZE / longer
    size = max(round(view.shape[1] * scale), 1), max(round(view.shape[0] * scale), 1)
    if scale < 1:
        view = np.asarray(cv2.resize(view, size, interpolation=cv2.INTER_AREA), np.uint8)
    contrast = cv2.resize(_by_contrast(view), size, interpolation=cv2.INTER_CUBIC)
    smooth = np.asarray(cv2.GaussianBlur(contrast, (0, 0), _NOISE), np.float32)
    return _ink_within(smooth, (_scaled(top - y, bottom - y, scale), _scaled(left - x, right - x, scale)))


def _scaled(start: int, end: int, scale: float) -> slice:
    """What of a row of pixels becomes of a part of it, at least one."""
    first = int(start * scale)
    return slice(first, max(round(end * scale), first + 1))


def _by_contrast(view: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(h, w): a picture in grey, or a coloured one along the line on which its colours differ most."""
    if view.ndim == 2:
        return view.astype(np.float32)
    pixels = view.reshape(-1, 3) - np.array(cv2.mean(view)[:3], np.float32)
    _, axes = np.linalg.eigh(pixels.T @ pixels)
    return np.asarray((pixels @ axes[:, -1]).reshape(view.shape[:2]), np.float32)


def _ink_within(view: NDArray[np.float32], box: tuple[slice, slice]) -> NDArray[np.uint8]:
    """The ink inside a box of a view, (h, w) uint8 of the box's size: soft edges, full strokes at 255."""
    least, most, _, _ = cv2.minMaxLoc(view[box])
    if most - least < _FLAT:
        return np.zeros(view[box].shape, np.uint8)
    grey = np.asarray(((view - least) * (255 / (most - least))).clip(0, 255), np.uint8)
    level, _ = cv2.threshold(np.ascontiguousarray(grey[box]), 0, 255, cv2.THRESH_OTSU)
    mask = np.asarray(cv2.threshold(grey, level, 255, cv2.THRESH_BINARY)[1], np.uint8)
    if 2 * cv2.countNonZero(mask) > mask.size:
        grey, mask = ~grey, ~mask
    ground = cv2.mean(grey, ~mask)[0]
    own, inner = np.ascontiguousarray(_pieces_of(mask, box)[box]), np.ascontiguousarray(grey[box])
    strength = max(cv2.mean(inner, own)[0] - ground, 1.0)
    # At half of its strength is a stroke's edge: below 0.2 of it there is nothing, above 0.8 full ink.
    scaled = (_LEVELS - ground - 0.2 * strength) * (255 / (0.6 * strength))
    ink = cv2.LUT(inner, scaled.clip(0, 255).astype(np.uint8))
    return np.asarray(cv2.bitwise_and(ink, cv2.dilate(own, _SQUARE)), np.uint8)


def _pieces_of(mask: NDArray[np.uint8], box: tuple[slice, slice]) -> NDArray[np.uint8]:
    """(h, w) 0 or 255: the connected pieces that belong to a box, or else the one with the most ink in it."""
    count, labels = cv2.connectedComponents(mask, ltype=cv2.CV_16U)
    inside = labels[box]
    sizes = np.bincount(inside.ravel(), minlength=count)
    keep = sizes >= _WITHIN * np.bincount(labels.ravel(), minlength=count)
    height, width = inside.shape
    down, across = round((1 - _MIDDLE) / 2 * height), round((1 - _MIDDLE) / 2 * width)
    keep[inside[down : height - down, across : width - across]] = True
    if count > 1 and not keep[1:].any():
        keep[1 + int(sizes[1:].argmax())] = True
    keep[0] = False
    return np.asarray(keep[labels] * np.uint8(255))


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
