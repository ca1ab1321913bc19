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

_SMALLEST = 16  # pixels of the longer side; no smaller copy is made
_FULL = 400_000  # pixels; ink of a larger picture is looked for at half the size, which is four times as fast
_THIN = 9  # pixels; strokes of the digits that are looked for in a copy are no wider
_HEIGHTS = 6, 32  # pixels; so high are their pieces
_LEAST = 4  # pixels; in the largest copy smaller ones count, too
_FAINT = 8  # grey levels; what stands out less is taken for ground
_ABOVE = 3.0  # times what is usual nearby, or, where that is too much to ask, as in dense writing,
_GRAIN = 20  # grey levels at least; on an empty page a camera's noise stands out by less
_SAMPLED = 8  # one pixel of so many along both sides says what that is
_NEARBY = 15  # of these; the side of a neighbourhood
_MOST = 8000  # pieces, those that stand out most; bounds the work
_LIGHT = 128  # in the mask; dark ink is 255


@dataclass(frozen=True, slots=True)
class Pieces:
    """Connected pieces of ink of one size.

    Attributes:
        scale: pixels of the copy in which they were found, for one of the picture.
        boxes: (n, 4) float32 left, top, right, bottom in pixels of the picture.
        strengths: (n,) float32, by how many times what is usual nearby each stands out.
    """

    scale: float
    boxes: Boxes
    strengths: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Ink:
    """What may be written in a picture.

    Attributes:
        mask: (h, w) uint8 of the largest copy that was searched: 255 where there is dark ink, 128 where
            light, else 0.
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
        *(
            _of_level(level, 0.5 ** (i + first), _HEIGHTS[0] if i else _LEAST)
            for i, level in enumerate(levels[first:])
        ),
        strict=True,
    )
    return Ink(masks[0], pieces)


def _of_level(level: Image, scale: float, least: int) -> tuple[NDArray[np.uint8], Pieces]:
    """The mask of one copy, and its pieces that are at least so many pixels high."""
    dark, light = _thin(level, cv2.MORPH_BLACKHAT), _thin(level, cv2.MORPH_TOPHAT)
    thin = np.asarray(cv2.max(dark, light), np.uint8)
    usual = np.asarray(cv2.medianBlur(np.ascontiguousarray(thin[::_SAMPLED, ::_SAMPLED]), _NEARBY), np.uint8)
    split, _ = cv2.threshold(thin, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    needed = np.minimum(cv2.convertScaleAbs(usual, alpha=_ABOVE), np.uint8(max(split, _GRAIN)))
    needed = cv2.resize(np.maximum(needed, np.uint8(_FAINT)), thin.shape[::-1])
    mask = cv2.compare(thin, needed, cv2.CMP_GT)
    darker = cv2.compare(dark, light, cv2.CMP_GE)
    # Apart from each other: what lies between two dark strokes is thin, too, and light.
    parts = [np.asarray(cv2.bitwise_and(mask, own), np.uint8) for own in (darker, cv2.bitwise_not(darker))]
    found = [_pieces(part, thin, usual, least) for part in parts]
    boxes, strengths = (np.concatenate(both) for both in zip(*found, strict=True))
    kept = np.argsort(-strengths, kind="stable")[:_MOST]
    pieces = Pieces(scale, (boxes[kept] / scale).astype(np.float32), strengths[kept])
    return np.asarray(parts[0] | (parts[1] & _LIGHT), np.uint8), pieces


def _pieces(
    mask: NDArray[np.uint8], thin: NDArray[np.uint8], usual: NDArray[np.uint8], least: int
) -> tuple[Boxes, NDArray[np.float32]]:
    """Boxes and strengths of the connected pieces of a mask, in its own pixels."""
    # The algorithm that is the fastest where there is little ink.
    count, labels, stats, _ = cv2.connectedComponentsWithStatsWithAlgorithm(mask, 8, cv2.CV_32S, cv2.CCL_BBDT)
    inked = np.flatnonzero(mask > 0)
    sums = np.bincount(labels.ravel()[inked], thin.ravel()[inked], minlength=count)
    left, top, wide, high, area = stats.T
    fit = (high >= least) & (high <= _HEIGHTS[1]) & (area >= high)
    fit[0] = False  # the ground
    left, top, wide, high = left[fit], top[fit], wide[fit], high[fit]
    ground = usual[(top + high // 2) // _SAMPLED, (left + wide // 2) // _SAMPLED]
    strengths = sums[fit] / area[fit] / np.maximum(ground, _FAINT // 2)
    boxes = np.column_stack([left, top, left + wide, top + high])
    return boxes.astype(np.float32), strengths.astype(np.float32)


def _thin(level: Image, hat: int) -> NDArray[np.uint8]:
    """(h, w) uint8 grey levels by which thin things stand out in the colour that shows them best.

    Black-hat for the dark and top-hat for the light ones (F. Meyer, 1979); both are 0 along what is broad.
    """
    blue, green, red = cv2.split(cv2.morphologyEx(level, hat, np.ones((_THIN, _THIN), np.uint8)))
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
