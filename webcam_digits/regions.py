"""Ink -> regions that may be digits: connected strokes, alone and joined with a near neighbour.

What is too small, too long or too solid to be a digit is dropped here; which of the others are digits, and
which strokes belong together, is for the classifier to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
_WIDEST = 1.6  # times the height; a wide 0 or 2
_TALLEST = 14.0  # times the width; a plain 1
_MOST_SOLID = 0.42  # of the longer side; a stroke that thick is a blob
_JOIN_GAP = 0.25  # of the joined height; broken strokes are no further apart
_JOIN_LEAST = 0.2  # of the joined length; a shorter stroke beside a digit is a speck
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


@dataclass(frozen=True, slots=True)
class Regions:
    """Candidates for digits.

    Attributes:
        boxes: (n, 4) int32, x, y, width, height in pixels of the picture that the ink was found in.
        inks: n pictures (height, width) uint8 of each one's own ink, white on black, full strokes at 255.
        members: for each region the indices of the strokes it consists of; regions that share one are rivals.
        strokes: all strokes of the picture.
    """

    boxes: NDArray[np.int32]
    inks: tuple[NDArray[np.uint8], ...]
    members: tuple[frozenset[int], ...]
    strokes: Strokes

    def __post_init__(self) -> None:
        if self.boxes.shape != (len(self.inks), 4) or len(self.members) != len(self.inks):
            raise ValueError(f"{self.boxes.shape} boxes, {len(self.inks)} inks, {len(self.members)} members")

    def __len__(self) -> int:
        return len(self.inks)


def find_regions(ink: InkMask) -> Regions:
    """The regions of a picture's ink that may be digits; at most MOST_STROKES + MOST_JOINS."""
    outlines = _outlines(_without_specks(ink.mask))
    strokes = _measure(outlines)
    thin = strokes.widths <= _MOST_SOLID * strokes.boxes[:, 2:].max(axis=1, initial=0)
    alone = np.flatnonzero(_digit_shaped(strokes.boxes, _WIDEST) & thin)
    members = [frozenset({int(i)}) for i in alone]
    members += [frozenset(pair) for pair in _joins(strokes.boxes)]
    boxes = [_around(strokes.boxes[list(group)]) for group in members]
    areas = np.cumsum([width * height for _, _, width, height in boxes])
    members = members[: np.searchsorted(areas, _MOST_AREA * ink.mask.size, side="right")]
    boxes = boxes[: len(members)]
    inks = [
        _own_ink(ink.contrast, [border for i in sorted(group) for border in outlines[i]], box)
        for group, box in zip(members, boxes, strict=True)
    ]
    return Regions(np.array(boxes, np.int32).reshape(-1, 4), tuple(inks), tuple(members), strokes)


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


def _joins(boxes: NDArray[np.int32]) -> list[tuple[int, int]]:
    """Pairs of strokes so close that they may be one broken digit, the closest first."""
    if len(boxes) < 2:
        return []
    first, second = np.triu_indices(len(boxes), 1)
    low = np.minimum(boxes[first, :2], boxes[second, :2])
    ends = boxes[:, :2] + boxes[:, 2:]
    high = np.maximum(ends[first], ends[second])
    joined = np.concatenate([low, high - low], axis=1)
    apart = joined[:, 2:] - boxes[first, 2:] - boxes[second, 2:]  # below 0 where they overlap
    gap = np.maximum(apart, 0).max(axis=1) / joined[:, 3]
    lengths = boxes[:, 2:].max(axis=1)
    weighty = np.minimum(lengths[first], lengths[second]) >= _JOIN_LEAST * joined[:, 2:].max(axis=1)
    inside = np.any([(joined[:, 2:] == boxes[part, 2:]).all(axis=1) for part in (first, second)], axis=0)
    fitting = np.flatnonzero((gap < _JOIN_GAP) & _digit_shaped(joined, _JOIN_WIDEST) & weighty & ~inside)
    closest = fitting[np.argsort(gap[fitting], kind="stable")[:MOST_JOINS]]
    return [(int(first[k]), int(second[k])) for k in closest]


def _around(boxes: NDArray[np.int32]) -> tuple[int, int, int, int]:
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
