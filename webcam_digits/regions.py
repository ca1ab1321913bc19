"""Ink -> regions that may be digits: connected strokes, alone and joined with near neighbours.

What is too small, too long or too solid to be a digit is dropped here; which of the others are digits, and
which strokes belong together, is for the classifier to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.ink import InkMask

MOST_STROKES = 400  # a frame; the largest stay
MOST_JOINS = 200  # a frame; the closest stay

_MOST_AREA = 4  # times the picture's; of the pictures of all candidates, which may lie in each other
_MOST_EDGES = 50_000  # pixels of a mask at which ink begins or ends; a page full of writing has half of it
_LEAST_AREA = 12  # square pixels of ink
_LEAST_STROKE = 4  # pixels, a stroke's longer side; the hat of a small 5
_LEAST_HEIGHT = 12  # pixels, a digit's
WIDEST = 1.6  # times the height; a wide 0 or 2
_LONGEST_CHAIN = 6.0  # likewise; eight digits that touch
_TALLEST = 14.0  # times the width; a plain 1
_MOST_SOLID = 0.42  # of the longer side; a stroke that thick is a blob
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
    width, height = strokes.boxes[:, 2], strokes.boxes[:, 3]
    longer = np.where(width > WIDEST * height, height, np.maximum(width, height))  # of a digit in it
    thin = strokes.widths <= _MOST_SOLID * longer
    alone = np.flatnonzero(_digit_shaped(strokes.boxes, _LONGEST_CHAIN) & thin)
    members = [frozenset({int(i)}) for i in alone]
    members += _joins(strokes)
    boxes = [around(strokes.boxes[list(group)]) for group in members]
    areas = np.cumsum([width * height for _, _, width, height in boxes])
    members = members[: np.searchsorted(areas, _MOST_AREA * ink.mask.size, side="right")]
    boxes = boxes[: len(members)]
    inks = [
        _own_ink(ink.contrast, [border for i in sorted(group) for border in outlines[i]], box)
        for group, box in zip(members, boxes, strict=True)
    ]
    origins = tuple(Origin.STROKE if len(group) == 1 else Origin.JOIN for group in members)
    return Regions(np.array(boxes, np.int32).reshape(-1, 4), tuple(inks), tuple(members), strokes, origins)


def _without_specks(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mask; of a very busy one only what may be a stroke, or the outlines would take too long."""
    if np.count_nonzero(mask[:, 1:] != mask[:, :-1]) <= _MOST_EDGES:
        return mask
    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask)
    large = statistics[:, cv2.CC_STAT_AREA] >= _LEAST_AREA
    large[0] = False  # the ground
    return np.asarray(large[labels] * np.uint8(255))


def _outlines(mask: NDArray[np.uint8]) -> list[list[NDArray[np.int32]]]:
    """Of each of the largest strokes its outer border and those of its holes, each (points, 1, 2)."""
    found, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    contours = [np.asarray(contour, np.int32) for contour in found]
    holes: dict[int, list[int]] = {}
    parents = np.asarray(tree, np.int32).reshape(-1, 4)[:, 3] if contours else np.zeros(0, np.int32)
    for i, parent in enumerate(parents.tolist()):
        if parent < 0:
            holes.setdefault(i, [])
        else:
            holes.setdefault(parent, []).append(i)
    outer = [i for i in holes if len(contours[i]) >= 2 * _LEAST_STROKE]
    largest = sorted(outer, key=lambda i: -len(contours[i]))[:MOST_STROKES]
    return [[contours[i], *(contours[hole] for hole in holes[i])] for i in sorted(largest)]


def _measure(outlines: Sequence[Sequence[NDArray[np.int32]]]) -> Strokes:
    boxes = np.array([cv2.boundingRect(borders[0]) for borders in outlines], np.int32).reshape(-1, 4)
    lengths = np.array([sum(map(len, borders)) for borders in outlines], np.float64)
    # A contour runs through the middles of the outermost pixels: half of each lies beyond it.
    areas = lengths / 2 + [
        cv2.contourArea(outer) - sum(map(cv2.contourArea, holes)) for outer, *holes in outlines
    ]
    return Strokes(boxes, areas, 2 * areas / lengths)  # an outline runs along both sides of a stroke


def _digit_shaped(boxes: NDArray[np.int32], widest: float) -> NDArray[np.bool_]:
    width, height = boxes[..., 2], boxes[..., 3]
    return np.asarray((height >= _LEAST_HEIGHT) & (width <= widest * height) & (height <= _TALLEST * width))


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
    boxes = np.array([around(strokes.boxes[list(group)]) for group in groups], np.int32)
    single, widths = strokes.boxes, np.array([strokes.widths[min(group)] for group in groups])
    first, second = (axis.ravel() for axis in np.indices((len(groups), len(alone))))
    low = np.minimum(boxes[first, :2], single[second, :2])
    high = np.maximum((boxes[:, :2] + boxes[:, 2:])[first], (single[:, :2] + single[:, 2:])[second])
    joined = np.concatenate([low, high - low], axis=1)
    apart = joined[:, 2:] - boxes[first, 2:] - single[second, 2:]  # below 0 where they overlap
    gap = np.maximum(apart, 0).max(axis=1) / joined[:, 3]
    lengths = np.minimum(boxes[first, 2:].max(axis=1), single[second, 2:].max(axis=1))
    weighty = lengths >= _JOIN_LEAST * joined[:, 2:].max(axis=1)
    one_pen = np.maximum(widths[first], strokes.widths[second]) <= _ONE_PEN * np.minimum(
        widths[first], strokes.widths[second]
    )
    outside = (joined[:, 2:] != boxes[first, 2:]).any(axis=1) & (joined[:, 2:] != single[second, 2:]).any(
        axis=1
    )
    fitting = np.flatnonzero(
        (gap < _JOIN_GAP) & _digit_shaped(joined, _JOIN_WIDEST) & weighty & one_pen & outside
    )
    closest = fitting[np.argsort(gap[fitting], kind="stable")[: 3 * MOST_JOINS]]  # a triple is found thrice
    return list(dict.fromkeys(groups[first[k]] | alone[second[k]] for k in closest))[:MOST_JOINS]


def around(boxes: NDArray[np.int32]) -> tuple[int, int, int, int]:
    """The smallest box around some boxes (k, 4), k > 0."""
    x, y = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return int(x), int(y), int(right - x), int(bottom - y)


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
    scaled = (soft.astype(np.float32) - 0.2 * strength) * (255 / (0.6 * strength))
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)
