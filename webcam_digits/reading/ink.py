"""A picture -> its ink: where something is written, and how large; not what.

Writing is thin, so whatever is thin against what it lies on may be ink: dark or light, in any colour. It is
looked for at every octave of sizes, as a marker's strokes are thin only in a smaller copy of the picture. One
threshold for each neighbourhood, Otsu's (IEEE Trans. SMC 9, 1979) at most, leaves grain and noise below.
Connected pieces as high as a digit may be say where to look. Too many do no harm: the detector decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import Boxes
from webcam_digits.types import Image

_SMALLEST = 32  # pixels of the longer side; no smaller copy is made
_FULL = 400_000  # pixels; ink of a larger picture is looked for at half the size, which is four times as fast
_THIN = 9  # pixels; strokes of the digits that are looked for in a copy are no wider
_HEIGHTS = 6, 32  # pixels; so high are their pieces
_LEAST = 4  # pixels; in the largest copy smaller ones count, too
_FAINT = 8  # grey levels; what stands out less is taken for ground
_ABOVE = 3.0  # times what is usual nearby
_SAMPLED = 8  # one pixel of so many along both sides says what that is
_NEARBY = 15  # of these; the side of a neighbourhood
_MOST = 8000  # pieces, those that stand out most; bounds the work


@dataclass(frozen=True, slots=True)
class Pieces:
    """Connected pieces of ink of one size.

    Attributes:
        scale: pixels of the copy in which they were found, for one of the picture.
        boxes: (n, 4) float32 left, top, right, bottom in pixels of the picture.
        strengths: (n,) float32, how many times what is usual nearby each stands out.
    """

    scale: float
    boxes: Boxes
    strengths: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ink:
    """What may be written in a picture.

    Attributes:
        mask: (h, w) uint8, 255 where there is ink, in the largest copy that was searched.
        pieces: those of each copy, from the largest copy on.
    """

    mask: NDArray[np.uint8]
    pieces: tuple[Pieces, ...]


def pyramid(image: Image) -> list[Image]:
    """A picture, (h, w, 3) BGR, and its smaller copies, each half as large as the one before."""
    levels = [image]
    while max(image.shape[:2]) >= 2 * _SMALLEST:
        height, width = (max(side // 2, 1) for side in image.shape[:2])
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        levels.append(image)
    return levels


def find_ink(levels: Sequence[Image]) -> Ink:
    """The ink of a picture, of which `pyramid` made the levels."""
    first = int(levels[0].shape[0] * levels[0].shape[1] > _FULL)
    masks, pieces = zip(
        *(_of_level(level, 0.5 ** (i + first), _HEIGHTS[0] if i else _LEAST) for i, level in enumerate(levels[first:])),
        strict=True,
    )
    return Ink(masks[0], pieces)


def _of_level(level: Image, scale: float, least: int) -> tuple[NDArray[np.uint8], Pieces]:
    dark, light = _thin(level, cv2.MORPH_BLACKHAT), _thin(level, cv2.MORPH_TOPHAT)
    thin = np.asarray(cv2.max(dark, light), np.uint8)
    usual = cv2.medianBlur(np.ascontiguousarray(thin[::_SAMPLED, ::_SAMPLED]), _NEARBY)
    split, _ = cv2.threshold(thin, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    needed = np.minimum(cv2.convertScaleAbs(usual, alpha=_ABOVE), np.uint8(split))
    needed = cv2.resize(np.maximum(needed, np.uint8(_FAINT)), thin.shape[::-1])
    mask = np.asarray(cv2.compare(thin, needed, cv2.CMP_GT), np.uint8)
    darker = cv2.compare(dark, light, cv2.CMP_GE)
    # Apart from each other: what lies between two dark strokes is thin, too, and light.
    parts = cv2.bitwise_and(mask, darker), cv2.bitwise_and(mask, cv2.bitwise_not(darker))
    stats = np.concatenate([cv2.connectedComponentsWithStats(part)[2][1:] for part in parts])
    left, top, wide, high, area = stats.T
    fit = (high >= least) & (high <= _HEIGHTS[1]) & (area >= high)
    left, top, wide, high = left[fit], top[fit], wide[fit], high[fit]
    x, y = left + wide // 2, top + high // 2
    ground = np.maximum(usual[np.minimum(y // _SAMPLED, len(usual) - 1), np.minimum(x // _SAMPLED, usual.shape[1] - 1)], _FAINT // 2)
    strengths = thin[y, x] / ground.astype(np.float32)
    kept = np.argsort(-strengths, kind="stable")[:_MOST]
    boxes = np.column_stack([left, top, left + wide, top + high])[kept].astype(np.float32)
    return mask, Pieces(scale, boxes / np.float32(scale), strengths[kept])


def _thin(level: Image, hat: int) -> NDArray[np.uint8]:
    """(h, w) uint8 grey levels by which thin things stand out in the colour that shows them best.

    Black-hat for the dark and top-hat for the light ones (F. Meyer, 1979); both are 0 along what is broad.
    """
    blue, green, red = cv2.split(cv2.morphologyEx(level, hat, np.ones((_THIN, _THIN), np.uint8)))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
