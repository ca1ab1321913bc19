"""Ink -> regions that may be digits: connected strokes, alone and joined with near neighbours.

What is too small, too long or too solid to be a digit is dropped here; which of the others are digits, and
which strokes belong together, is for the classifier to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from operator import add

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.ink import InkMask
from webcam_digits.texture import amid_texture
from webcam_digits.zeros import LEAST_HEIGHT as LOWEST
from webcam_digits.zeros import small_zeros

MOST_STROKES = 400  # a frame; those of a digit's shape stay before others, the largest first
MOST_JOINS = 200  # a frame; the closest stay

_MOST_AREA = 4  # times the picture's; of the pictures of all candidates, which may lie in each other
_MOST_EDGES = 50_000  # pixels of a mask at which ink begins or ends; a page full of writing has half of it
_MOST_HOLES = 5000  # in the ink of such a mask; the largest stay, smaller ones are filled
_LEAST_AREA = 12  # square pixels of ink
_LEAST_STROKE = 4  # pixels, a stroke's longer side; the hat of a small 5
_LEAST_HEIGHT = 12  # pixels, a digit's, but for small zeros
WIDEST = 1.6  # times the height; a wide 0 or 2
_LONGEST_CHAIN = 6.0  # likewise; eight digits that touch
_TALLEST = 14.0  # times the width; a plain 1
_MOST_SOLID = 0.42  # of the longer side; a stroke that thick is a blob
_MOST_WINDING = 16.0  # of the outline over the longer side; an 8 has 7, a chain of eight digits 13
_JOIN_GAP = 0.25  # of the joined height; broken strokes are no further apart
_JOIN_LEAST = 0.2  # of the joined length; a shorter stroke beside a digit is a speck
_ONE_PEN = 2.5  # times as wide at most is one stroke of a digit as another
_JOIN_WIDEST = 1.1  # times the height


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


class Origin(Enum):
    """Where a candidate comes from."""

    STROKE = "one connected stroke"
    JOIN = "strokes joined"
    PIECE = "cut from a stroke"


@dataclass(frozen=True, slots=True)
class Regions:
    """Candidates for digits.

    Attributes:
        boxes: (n, 4) int32, x, y, width, height in pixels of the picture that the ink was found in.
        inks: n pictures (height, width) uint8 of each one's own ink, white on black, full strokes at 255.
        members: for each region the indices of the strokes it consists of; regions that share one are rivals.
        strokes: all strokes of the picture; of those that were cut, their slices.
        origins: of each region.
    """

    boxes: NDArray[np.int32]
    inks: tuple[NDArray[np.uint8], ...]
    members: tuple[frozenset[int], ...]
    strokes: Strokes
    origins: tuple[Origin, ...]

    def __post_init__(self) -> None:
        lengths = len(self.boxes), len(self.inks), len(self.members), len(self.origins)
        if self.boxes.ndim != 2 or self.boxes.shape[1] != 4 or len(set(lengths)) != 1:
            raise ValueError(f"{self.boxes.shape} boxes; inks, members, origins: {lengths[1:]}")

    def __len__(self) -> int:
        return len(self.inks)


def find_regions(ink: InkMask) -> Regions:
    """The regions of a picture's ink that may be digits; at most MOST_STROKES + MOST_JOINS."""
    outlines = _outlines(_without_specks(ink.mask))
    strokes = _measure(outlines)
    members = [frozenset({int(i)}) for i in np.flatnonzero(_may_be_digits(strokes))]
    members += _joins(strokes)
    boxes = _around_each(members, strokes.boxes)
    areas = np.cumsum(boxes[:, 2] * boxes[:, 3])
    members = members[: np.searchsorted(areas, _MOST_AREA * ink.mask.size, side="right")]
    boxes = boxes[: len(members)]
    inks = [
        _own_ink(ink.contrast, [border for i in sorted(group) for border in outlines[i]], box)
        for group, box in zip(members, boxes.tolist(), strict=True)
    ]
    origins = tuple(Origin.STROKE if len(group) == 1 else Origin.JOIN for group in members)
    return Regions(boxes, tuple(inks), tuple(members), strokes, origins)


def _without_specks(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mask; of a very busy one only what may be a stroke, or the outlines would take too long."""
    if np.count_nonzero(mask[:, 1:] != mask[:, :-1]) <= _MOST_EDGES:
        return mask
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask)
    large = statistics[:, cv2.CC_STAT_AREA] >= _LEAST_AREA
    large[0] = False  # the ground
    inked = large[labels]
    count, labels, statistics, _ = cv2.connectedComponentsWithStats((~inked).astype(np.uint8), connectivity=4)
    if count > _MOST_HOLES:
        areas = statistics[:, cv2.CC_STAT_AREA]
        inked |= (areas <= np.partition(areas, -_MOST_HOLES)[-_MOST_HOLES])[labels]
    return np.asarray(inked * np.uint8(255))


def _outlines(mask: NDArray[np.uint8]) -> list[list[NDArray[np.int32]]]:
    """Of each of the foremost strokes its outer border and those of its holes, each (points, 1, 2)."""
    found, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    lengths = np.fromiter(map(len, found), np.intp, len(found))
    parents = np.asarray(tree, np.int32).reshape(-1, 4)[:, 3] if found else np.zeros(0, np.int32)
    outer = np.flatnonzero((parents < 0) & (lengths >= 2 * _LEAST_STROKE))
    if len(outer) > MOST_STROKES:
        outer = outer[_foremost([np.asarray(found[i], np.int32) for i in outer.tolist()], mask)]
    borders = {i: [np.asarray(found[i], np.int32)] for i in outer.tolist()}
    for hole in np.flatnonzero(np.isin(parents, outer)).tolist():
        borders[parents[hole]].append(np.asarray(found[hole], np.int32))
    return list(borders.values())


def _foremost(contours: Sequence[NDArray[np.int32]], mask: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Which MOST_STROKES may be writing: of a digit's shape and not amid texture, then the longest."""
    boxes = np.array([cv2.boundingRect(contour) for contour in contours], np.int32)
    lengths = np.array([len(contour) for contour in contours])
    shaped = _digit_shaped(boxes, _LONGEST_CHAIN, LOWEST)
    order = np.lexsort((-lengths, ~shaped | amid_texture(boxes, mask)))
    return np.sort(order[:MOST_STROKES])


def _may_be_digits(strokes: Strokes) -> NDArray[np.bool_]:
    """(n,) which strokes are of the size and shape of a digit, or of a few that touch."""
    boxes = strokes.boxes
    width, height = boxes[:, 2], boxes[:, 3]
    longer = np.where(width > WIDEST * height, height, np.maximum(width, height))  # of a digit in it
    shaped = _digit_shaped(boxes, _LONGEST_CHAIN, LOWEST) & (strokes.widths <= _MOST_SOLID * longer)
    shaped &= strokes.outlines <= _MOST_WINDING * np.maximum(width, height)
    usual = shaped & (height >= _LEAST_HEIGHT)
    return np.asarray(usual | shaped & small_zeros(boxes, usual))


def _measure(outlines: Sequence[Sequence[NDArray[np.int32]]]) -> Strokes:
    boxes = np.array([cv2.boundingRect(borders[0]) for borders in outlines], np.int32).reshape(-1, 4)
    lengths = np.array([sum(map(len, borders)) for borders in outlines], np.float64)
    # A contour runs through the middles of the outermost pixels: half of each lies beyond it.
    areas = lengths / 2 + [
        cv2.contourArea(outer) - sum(map(cv2.contourArea, holes)) for outer, *holes in outlines
    ]
    return Strokes(boxes, areas, 2 * areas / lengths)  # an outline runs along both sides of a stroke


def _digit_shaped(
    boxes: NDArray[np.int32], widest: float, lowest: float = _LEAST_HEIGHT
) -> NDArray[np.bool_]:
    width, height = boxes[..., 2], boxes[..., 3]
    return np.asarray((height >= lowest) & (width <= widest * height) & (height <= _TALLEST * width))


def _joins(strokes: Strokes) -> list[frozenset[int]]:
    """Pairs and triples of strokes so close that they may be one broken digit, the closest pairs first."""
    alone = [frozenset({i}) for i in range(len(strokes))]
    pairs = _closest(alone, alone, strokes)
    return [*pairs, *_closest(pairs, alone, strokes)][:MOST_JOINS]


def _closest(
    groups: Sequence[frozenset[int]], alone: Sequence[frozenset[int]], strokes: Strokes
) -> list[frozenset[int]]:
    """The closest MOST_JOINS of the groups with one more stroke that may be one broken digit together."""
    if not groups:
        return []
    boxes = _around_each(groups, strokes.boxes)
    gaps = _gaps(boxes, strokes.boxes)
    first, second = np.nonzero(gaps < _JOIN_GAP)
    gap, boxes, single = gaps[first, second], boxes[first], strokes.boxes[second]
    low = np.minimum(boxes[:, :2], single[:, :2])
    high = np.maximum(boxes[:, :2] + boxes[:, 2:], single[:, :2] + single[:, 2:])
    joined = np.concatenate([low, high - low], axis=1)
    lengths = np.minimum(boxes[:, 2:].max(axis=1, initial=0), single[:, 2:].max(axis=1, initial=0))
    weighty = lengths >= _JOIN_LEAST * joined[:, 2:].max(axis=1, initial=0)
    widths = strokes.widths[[min(group) for group in groups]][first], strokes.widths[second]
    one_pen = np.maximum(*widths) <= _ONE_PEN * np.minimum(*widths)
    outside = (joined[:, 2:] != boxes[:, 2:]).any(axis=1) & (joined[:, 2:] != single[:, 2:]).any(axis=1)
    outlines = strokes.outlines
    outline = np.array([outlines[list(group)].sum() for group in groups])[first] + outlines[second]
    simple = outline <= _MOST_WINDING * joined[:, 2:].max(axis=1, initial=0)
    fitting = np.flatnonzero(_digit_shaped(joined, _JOIN_WIDEST) & weighty & one_pen & outside & simple)
    closest = fitting[np.argsort(gap[fitting], kind="stable")[: 3 * MOST_JOINS]]  # a triple is found thrice
    return list(dict.fromkeys(groups[first[k]] | alone[second[k]] for k in closest))[:MOST_JOINS]


def _gaps(boxes: NDArray[np.int32], others: NDArray[np.int32]) -> NDArray[np.float64]:
    """(n, m) how far a box is from another one, over the height of both together; 0 where they overlap."""
    apart = []
    for start, side in ((0, 2), (1, 3)):  # an axis at a time, which is many times as fast
        ends = np.maximum.outer(boxes[:, start] + boxes[:, side], others[:, start] + others[:, side])
        both = ends - np.minimum.outer(boxes[:, start], others[:, start])
        apart.append(both - np.add.outer(boxes[:, side], others[:, side]))
    return np.asarray(np.maximum(np.maximum(*apart), 0) / both)


def _around_each(groups: Sequence[frozenset[int]], boxes: NDArray[np.int32]) -> NDArray[np.int32]:
    """(n, 4) the smallest box around the boxes of each group."""
    if not groups:
        return np.zeros((0, 4), np.int32)
    grouped = boxes[[i for group in groups for i in group]]
    starts = np.cumsum([0, *map(len, groups[:-1])])
    low = np.minimum.reduceat(grouped[:, :2], starts)
    high = np.maximum.reduceat(grouped[:, :2] + grouped[:, 2:], starts)
    return np.concatenate([low, high - low], axis=1)


def around(boxes: NDArray[np.int32]) -> tuple[int, int, int, int]:
    """The smallest box around some boxes (k, 4), k > 0."""
    lefts, tops, widths, heights = boxes.T.tolist()  # plain numbers, as they are few
    x, y = min(lefts), min(tops)
    return x, y, max(map(add, lefts, widths)) - x, max(map(add, tops, heights)) - y


def _own_ink(
    contrast: NDArray[np.uint8], borders: Sequence[NDArray[np.int32]], box: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """The ink within some borders, without that of its neighbours, (height, width) uint8."""
    x, y, width, height = box
    own = np.zeros((height, width), np.uint8)
    cv2.drawContours(own, borders, -1, 255, cv2.FILLED, offset=(-x, -y))
    crop = contrast[y : y + height, x : x + width]
    strength = max(cv2.mean(crop, own)[0], 1.0)
    soft = cv2.bitwise_and(crop, cv2.dilate(own, np.ones((3, 3), np.uint8)))
    # At half of its strength is a stroke's edge: below 0.2 of it there is nothing, above 0.8 full ink.
    scaled = (np.arange(256, dtype=np.float32) - 0.2 * strength) * (255 / (0.6 * strength))
    return np.asarray(cv2.LUT(soft, np.clip(scaled, 0, 255).astype(np.uint8)), np.uint8)
