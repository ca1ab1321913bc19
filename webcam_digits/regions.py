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

_LEAST_STROKE = 4  # pixels, a stroke's longer side; the hat of a small 5
_LEAST_HEIGHT = 9  # pixels, a digit's
_WIDEST = 1.6  # times the height; a wide 0 or 2
_TALLEST = 14.0  # times the width; a plain 1
_MOST_SOLID = 0.42  # of the longer side; a stroke that thick is a blob
_JOIN_GAP = 0.25  # of the joined height; broken strokes are no further apart
_JOIN_WIDEST = 1.1  # times the height


@dataclass(frozen=True, slots=True)
class Regions:
    """Candidates for digits.

    Attributes:
        boxes: (n, 4) int32, x, y, width, height in pixels of the picture that the ink was found in.
        inks: n pictures (height, width) uint8 of each one's own ink, white on black, full strokes at 255.
        strokes: for each region the connected strokes it consists of; regions that share one are rivals.
    """

    boxes: NDArray[np.int32]
    inks: tuple[NDArray[np.uint8], ...]
    strokes: tuple[frozenset[int], ...]

    def __post_init__(self) -> None:
        if self.boxes.shape != (len(self.inks), 4) or len(self.strokes) != len(self.inks):
            raise ValueError(f"{self.boxes.shape} boxes, {len(self.inks)} inks, {len(self.strokes)} strokes differ")

    def __len__(self) -> int:
        return len(self.inks)


def find_regions(ink: InkMask) -> Regions:
    """The regions of a picture's ink that may be digits; at most MOST_STROKES + MOST_JOINS."""
    outlines = _Outlines.of(ink.mask)
    boxes = outlines.boxes.astype(np.float64)
    alone = np.flatnonzero(_digit_shaped(boxes, _WIDEST))
    groups = [frozenset({int(i)}) for i in alone] + [frozenset(pair) for pair in _joins(boxes)]
    kept_boxes, inks, strokes = [], [], []
    for group in groups:
        box = _around(outlines.boxes[list(group)])
        own, stroke_width = _own_ink(ink.contrast, outlines, group, box)
        if stroke_width > _MOST_SOLID * max(box[2:]):
            continue
        kept_boxes.append(box)
        inks.append(own)
        strokes.append(group)
    return Regions(np.array(kept_boxes, np.int32).reshape(-1, 4), tuple(inks), tuple(strokes))


@dataclass(frozen=True, slots=True)
class _Outlines:
    """The connected strokes of a mask, as OpenCV's contours in two levels: outer borders and their holes."""

    contours: Sequence[NDArray[np.int32]]
    hierarchy: NDArray[np.int32]
    outer: NDArray[np.intp]  # (n,) index of each stroke's outer border
    boxes: NDArray[np.int32]  # (n, 4) x, y, width, height

    @classmethod
    def of(cls, mask: NDArray[np.uint8]) -> "_Outlines":
        contours, hierarchy = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        if not contours:
            empty = np.zeros((0, 4), np.int32)
            return cls((), empty, np.zeros(0, np.intp), empty)
        hierarchy = hierarchy.reshape(-1, 4)
        outer = np.flatnonzero(hierarchy[:, 3] < 0)
        long_enough = np.fromiter((len(contours[i]) >= 2 * _LEAST_STROKE for i in outer), bool, len(outer))
        outer = outer[long_enough]
        boxes = np.array([cv2.boundingRect(contours[i]) for i in outer], np.int32).reshape(-1, 4)
        largest = np.sort(np.argsort(-boxes[:, 2:].max(axis=1), kind="stable")[:MOST_STROKES])
        return cls(contours, hierarchy, outer[largest], boxes[largest])


def _digit_shaped(boxes: NDArray[np.float64], widest: float) -> NDArray[np.bool_]:
    width, height = boxes[..., 2], boxes[..., 3]
    return np.asarray((height >= _LEAST_HEIGHT) & (width <= widest * height) & (height <= _TALLEST * width))


def _joins(boxes: NDArray[np.float64]) -> list[tuple[int, int]]:
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
    inside = (joined[:, 2:] == boxes[first, 2:]).all(axis=1) | (joined[:, 2:] == boxes[second, 2:]).all(axis=1)
    fitting = np.flatnonzero((gap < _JOIN_GAP) & _digit_shaped(joined, _JOIN_WIDEST) & ~inside)
    closest = fitting[np.argsort(gap[fitting], kind="stable")[:MOST_JOINS]]
    return [(int(first[k]), int(second[k])) for k in closest]


def _around(boxes: NDArray[np.int32]) -> tuple[int, int, int, int]:
    x, y = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return int(x), int(y), int(right - x), int(bottom - y)


def _own_ink(
    contrast: NDArray[np.uint8], outlines: _Outlines, group: frozenset[int], box: tuple[int, int, int, int]
) -> tuple[NDArray[np.uint8], float]:
    """A region's ink without that of its neighbours, and its mean stroke width in pixels."""
    x, y, width, height = box
    own = np.zeros((height, width), np.uint8)
    outline = 0
    for stroke in sorted(group):
        index = int(outlines.outer[stroke])
        cv2.drawContours(own, outlines.contours, index, 255, cv2.FILLED, cv2.LINE_8, outlines.hierarchy[None], 1, (-x, -y))
        outline += len(outlines.contours[index])
        hole = outlines.hierarchy[index, 2]
        while hole >= 0:
            outline += len(outlines.contours[hole])
            hole = outlines.hierarchy[hole, 0]
    crop = contrast[y : y + height, x : x + width]
    strength = cv2.mean(crop, own)[0]
    stroke_width = 2 * cv2.countNonZero(own) / outline  # an outline runs along both sides of a stroke
    soft = cv2.bitwise_and(crop, cv2.dilate(own, np.ones((3, 3), np.uint8)))
    # Half of the stroke's strength is its edge: below 0.2 of it nothing, above 0.8 full ink.
    scale = 255 / (0.6 * max(strength, 1.0))
    return np.asarray(cv2.convertScaleAbs(cv2.subtract(soft, 0.2 * strength), alpha=scale), np.uint8), stroke_width
