"""A mask -> its connected strokes, digits or not, with their borders.

Of more than can be looked at those stay that may be writing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.legacy.texture import bareness
from webcam_digits.reading.legacy.zeros import LEAST_HEIGHT as LOWEST
from webcam_digits.reading.legacy.zeros import small_zeros

MOST_STROKES = 350  # a frame; those of a digit's shape stay before others, the largest first

_MOST_EDGES = 50_000  # pixels of a mask at which ink begins or ends; a page full of writing has half of it
_MOST_OF_FOREMOST = 120_000  # likewise, of the foremost strokes; only what is full of holes has more
_MOST_HOLES = 5000  # in the ink of such strokes; the largest stay, smaller ones are filled
_LEAST_AREA = 12  # square pixels of ink
_LEAST_STROKE = 4  # pixels, a stroke's longer side; the hat of a small 5
_LEAST_HEIGHT = 12  # pixels, a digit's, but for small zeros
WIDEST = 1.6  # times the height; a wide 0 or 2
_LONGEST_CHAIN = 6.0  # likewise; eight digits that touch
_TALLEST = 17.0  # times the width; a plain 1 by a fine pen
_MOST_SOLID = 0.42  # of the longer side; a stroke that thick is a blob
MOST_WINDING = 16.0  # of the outline over the longer side; an 8 has 7, a chain of eight digits 13

Mask = NDArray[np.uint8]  # (h, w)
Border = NDArray[np.int32]  # (points, 1, 2)


@dataclass(frozen=True, slots=True)
class Strokes:
    """The connected strokes of a picture, digits or not.

    Attributes:
        boxes: (m, 4) int32, x, y, width, height in pixels.
        areas: (m,) float64, square pixels of ink.
        widths: (m,) float64, the mean width of the stroke in pixels.
    """

    boxes: NDArray[np.int32]
    areas: NDArray[np.float64]
    widths: NDArray[np.float64]

    def __post_init__(self) -> None:
        if not len(self.boxes) == len(self.areas) == len(self.widths):
            raise ValueError(f"{len(self.boxes)} boxes, {len(self.areas)} areas, {len(self.widths)} widths")

    def __len__(self) -> int:
        return len(self.boxes)

    @property
    def outlines(self) -> NDArray[np.float64]:
        """(m,) the length of all the borders of each, in pixels: they run along both sides of a stroke."""
        return 2 * self.areas / self.widths


@dataclass(frozen=True, slots=True)
class Outlined:
    """Strokes with their borders.

    Attributes:
        strokes: m of them.
        borders: of each its outer border and, after it, those of its holes, (points, 1, 2) int32 each.
    """

    strokes: Strokes
    borders: tuple[tuple[Border, ...], ...]


def find_strokes(mask: Mask) -> Outlined:
    """The foremost strokes of a mask, (h, w) uint8 with 255 where there is ink; at most MOST_STROKES."""
    borders = _outlines(_foremost_ink(mask))
    return Outlined(_measure(borders), tuple(map(tuple, borders)))


def may_be_digits(strokes: Strokes) -> NDArray[np.bool_]:
    """(n,) which strokes are of the size and shape of a digit, or of a few that touch."""
    boxes = strokes.boxes
    width, height = boxes[:, 2], boxes[:, 3]
    longer = np.where(width > WIDEST * height, height, np.maximum(width, height))  # of a digit in it
    shaped = digit_shaped(boxes, _LONGEST_CHAIN, LOWEST) & (strokes.widths <= _MOST_SOLID * longer)
    shaped &= strokes.outlines <= MOST_WINDING * np.maximum(width, height)
    usual = shaped & (height >= _LEAST_HEIGHT)
    return np.asarray(usual | shaped & small_zeros(boxes, usual))


def digit_shaped(boxes: NDArray[np.int32], widest: float, lowest: float = _LEAST_HEIGHT) -> NDArray[np.bool_]:
    """(...) which boxes (..., 4) are neither too wide for their height, nor too low, nor too tall."""
    width, height = boxes[..., 2], boxes[..., 3]
    return np.asarray((height >= lowest) & (width <= widest * height) & (height <= _TALLEST * width))


def around_each(groups: Sequence[frozenset[int]], boxes: NDArray[np.int32]) -> NDArray[np.int32]:
    """(n, 4) the smallest box around the boxes of each group."""
    if not groups:
        return np.zeros((0, 4), np.int32)
    grouped = boxes[[i for group in groups for i in group]]
    starts = np.cumsum([0, *map(len, groups[:-1])])
    low = np.minimum.reduceat(grouped[:, :2], starts)
    high = np.maximum.reduceat(grouped[:, :2] + grouped[:, 2:], starts)
    return np.concatenate([low, high - low], axis=1)


def _foremost_ink(mask: Mask) -> Mask:
    """The mask; of a very busy one only the foremost strokes, or the outlines would take too long."""
    if _edges(mask) <= _MOST_EDGES:
        return mask
    # This algorithm takes half as long as the default one, where both sides are even.
    height, width = mask.shape
    even = cv2.copyMakeBorder(mask, 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT, value=0)
    _, labels, statistics, _ = cv2.connectedComponentsWithStatsWithAlgorithm(
        even, connectivity=8, ltype=cv2.CV_32S, ccltype=cv2.CCL_BBDT
    )
    inked = np.flatnonzero(statistics[1:, cv2.CC_STAT_AREA] >= _LEAST_AREA) + 1  # 0 is the ground
    if len(inked) > MOST_STROKES:
        boxes = np.asarray(statistics[inked, : cv2.CC_STAT_AREA], np.int32)
        inked = inked[_foremost(boxes, mask)]
    kept = np.zeros(len(statistics), np.uint8)
    kept[inked] = 255
    foremost: Mask = kept[labels[:height, :width]]
    if _edges(foremost) <= _MOST_OF_FOREMOST or _holes(foremost, len(inked)) <= _MOST_HOLES:
        return foremost
    return _without_small_holes(foremost)


def _edges(mask: Mask) -> int:
    return cv2.countNonZero(cv2.absdiff(mask[:, 1:], mask[:, :-1]))


def _holes(mask: Mask, strokes: int) -> int:
    """How many holes there are in so many strokes, which is far faster than to find them.

    Strokes less holes are the Euler number, which patterns of 2x2 pixels tell (S. B. Gray: Local properties
    of binary images in two dimensions, IEEE Trans. Computers 20, 1971).
    """
    inked = cv2.copyMakeBorder(mask & 1, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    bits = np.array([[1, 2], [4, 8]], np.uint8)
    patterns = cv2.filter2D(inked, cv2.CV_8U, bits, borderType=cv2.BORDER_CONSTANT)
    count = cv2.calcHist([patterns], [0], None, [16], [0, 16]).ravel()
    corners, notches, diagonals = (
        int(count[which].sum()) for which in ([1, 2, 4, 8], [7, 11, 13, 14], [6, 9])
    )
    return strokes - (corners - notches - 2 * diagonals) // 4


def _without_small_holes(mask: Mask) -> Mask:
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(~mask, connectivity=4)
    areas = statistics[:, cv2.CC_STAT_AREA]
    small = areas <= np.partition(areas, -_MOST_HOLES)[-_MOST_HOLES]
    return np.asarray(cv2.bitwise_or(mask, (small * np.uint8(255))[labels]), np.uint8)


def _outlines(mask: NDArray[np.uint8]) -> list[list[NDArray[np.int32]]]:
    """Of each of the foremost strokes its outer border and those of its holes, each (points, 1, 2)."""
    found, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    lengths = np.fromiter(map(len, found), np.intp, len(found))
    parents = np.asarray(tree, np.int32).reshape(-1, 4)[:, 3] if found else np.zeros(0, np.int32)
    outer = np.flatnonzero((parents < 0) & (lengths >= 2 * _LEAST_STROKE))
    if len(outer) > MOST_STROKES:
        boxes = np.array([cv2.boundingRect(found[i]) for i in outer.tolist()], np.int32)
        outer = outer[_foremost(boxes, mask)]
    borders = {i: [np.asarray(found[i], np.int32)] for i in outer.tolist()}
    for hole in np.flatnonzero(np.isin(parents, outer)).tolist():
        borders[parents[hole]].append(np.asarray(found[hole], np.int32))
    return list(borders.values())


def _foremost(boxes: NDArray[np.int32], mask: Mask) -> NDArray[np.intp]:
    """Which MOST_STROKES may be writing: of a digit's shape, large, and on bare ground, not in texture."""
    shaped = digit_shaped(boxes, _LONGEST_CHAIN, LOWEST)
    sizes = boxes[:, 2:].sum(axis=1)
    order = np.lexsort((-sizes, -sizes * bareness(boxes, mask), ~shaped))
    return np.sort(order[:MOST_STROKES])


def _measure(outlines: Sequence[Sequence[NDArray[np.int32]]]) -> Strokes:
    boxes = np.array([cv2.boundingRect(borders[0]) for borders in outlines], np.int32).reshape(-1, 4)
    lengths = np.array([sum(map(len, borders)) for borders in outlines], np.float64)
    # A contour runs through the middles of the outermost pixels: half of each lies beyond it.
    areas = lengths / 2 + [
        cv2.contourArea(outer) - sum(map(cv2.contourArea, holes)) for outer, *holes in outlines
    ]
    return Strokes(boxes, areas, 2 * areas / lengths)  # an outline runs along both sides of a stroke
