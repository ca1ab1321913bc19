"""Touching digits: where a stroke may be cut, and the pieces between two cuts as further candidates.

More cuts are proposed than there can be digits; which of them are real is found by recognition of all pieces,
as usual for strings of handwritten digits (Casey, Lecolinet: IEEE Trans. PAMI 18, 1996).
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.regions import MOST_REGIONS, Origin, Regions, around
from webcam_digits.seams import ROWS, Seams, find_seams
from webcam_digits.strokes import Strokes

MOST_CUT = 40  # strokes a frame; the tallest are cut
MOST_PIECES = 300  # a frame; fewer where there are so many other candidates that there is no room

_MOST_AREA = 500_000  # square pixels; of the boxes of the strokes that are cut
_NARROWEST = 0.4  # times the height; two digits are wider
_WIDEST_PIECE = 1.1  # times the stroke's height
_LOWEST_PIECE = 0.5  # likewise
_CRUMB = 0.15  # of a piece's ink; a smaller part that hangs on nothing is a rest of its neighbour
_GROUND = 255  # the label of pixels without ink
_SQUARE = np.ones((3, 3), np.uint8)

Ink = NDArray[np.uint8]  # (h, w)


@dataclass(frozen=True, slots=True)
class _Slices:
    """A stroke between its seams.

    Attributes:
        region: the candidate that it is.
        labels: (h, w) uint8, which slice each pixel belongs to, from left to right, or _GROUND.
        boxes: (k, 4) int32 of the slices, within the stroke's.
        areas: (k,) pixels of ink.
        spans: of each piece the first slice, and the first one after it.
    """

    region: int
    labels: Ink
    boxes: NDArray[np.int32]
    areas: NDArray[np.float64]
    spans: list[tuple[int, int]]


def cut(regions: Regions, doubtful: NDArray[np.bool_]) -> Regions:
    """Add the pieces of strokes that may be several digits which touch.

    Args:
        regions: the candidates, whole strokes first.
        doubtful: (n,) of these first ones which are not clearly one digit.

    Returns:
        The same regions and, after them, at most MOST_PIECES pieces. The slices of a stroke that was cut take
        its place among the strokes: it consists of all of them, a piece of neighbouring ones.
    """
    which = _worth_cutting(regions, doubtful)
    seams = find_seams([regions.inks[i] for i in which])
    room = min(MOST_PIECES, MOST_REGIONS - len(regions))
    for i, its in zip(which, seams, strict=True):
        if len(its) and room:
            slices = _sliced(i, regions.inks[i], its)
            if 0 < len(slices.spans) <= room:
                room -= len(slices.spans)
                regions = _with_pieces(regions, slices)
    return regions


def _worth_cutting(regions: Regions, doubtful: NDArray[np.bool_]) -> list[int]:
    width, height = regions.boxes[:, 2], regions.boxes[:, 3]
    whole = np.array([origin is Origin.STROKE for origin in regions.origins[: len(doubtful)]], bool)
    wide = np.flatnonzero(doubtful & whole & (width > _NARROWEST * height)[: len(doubtful)])
    tallest = wide[np.argsort(-height[wide], kind="stable")[:MOST_CUT]]
    small = tallest[(width * height)[tallest] <= _MOST_AREA]
    return [int(i) for i in small[np.cumsum((width * height)[small]) <= _MOST_AREA]]


def _sliced(region: int, ink: Ink, seams: Seams) -> _Slices:
    columns = np.arange(max(round(ink.shape[1] * ROWS / ink.shape[0]), 1))
    scaled = (columns >= seams[:, :, None]).sum(axis=0).astype(np.uint8)
    labels = np.asarray(cv2.resize(scaled, ink.shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    labels[ink <= 127] = _GROUND
    inked = np.bincount(labels.ravel(), minlength=256)[:_GROUND] > 0
    numbers = np.append(np.cumsum(inked) - 1, _GROUND).astype(np.uint8)
    labels = numbers[labels]  # slices without ink have no number
    own = [(labels == k).astype(np.uint8) for k in range(int(inked.sum()))]
    boxes = np.array([cv2.boundingRect(part) for part in own], np.int32)
    areas = np.array([cv2.countNonZero(part) for part in own], np.float64)
    return _Slices(region, labels, boxes, areas, _spans(boxes, ink.shape[0]))


def _spans(boxes: NDArray[np.int32], height: int) -> list[tuple[int, int]]:
    """The pieces of the shape of digits of which some make up the whole stroke."""
    count = len(boxes)
    starts, ends = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    fitting = []
    for first in range(count):
        sides = np.maximum.accumulate(ends[first:]) - np.minimum.accumulate(starts[first:])
        for end, (wide, high) in enumerate(sides.tolist(), first + 1):
            if wide > _WIDEST_PIECE * height:
                break
            if high >= _LOWEST_PIECE * height and end - first < count:
                fitting.append((first, end))
    left, right = {0}, {count}  # of pieces that others lead to, where two of them may share a slice
    for first, end in fitting:
        if first in left:
            left |= {end, end - 1} if end - first > 1 else {end}
    for first, end in reversed(fitting):
        if end in right:
            right |= {first, first + 1} if end - first > 1 else {first}
    return [(first, end) for first, end in fitting if first in left and end in right]


def _with_pieces(regions: Regions, slices: _Slices) -> Regions:
    (stroke,) = regions.members[slices.region]
    old = regions.strokes
    numbers = [stroke, *range(len(old), len(old) + len(slices.boxes) - 1)]
    corner = regions.boxes[slices.region, :2]
    boxes = slices.boxes + np.append(corner, (0, 0)).astype(np.int32)
    areas = slices.areas * (old.areas[stroke] / slices.areas.sum())
    strokes = Strokes(
        np.concatenate([old.boxes, boxes[1:]]),
        np.concatenate([old.areas, areas[1:]]),
        np.concatenate([old.widths, np.full(len(boxes) - 1, old.widths[stroke])]),
    )
    strokes.boxes[stroke], strokes.areas[stroke] = boxes[0], areas[0]
    every = frozenset(numbers)
    members = [group | every if stroke in group else group for group in regions.members]
    pieces = [_piece(regions.inks[slices.region], slices, span) for span in slices.spans]
    return replace(
        regions,
        boxes=np.concatenate(
            [regions.boxes, [box + np.append(corner, (0, 0)) for box, _ in pieces]], dtype=np.int32
        ),
        inks=(*regions.inks, *(ink for _, ink in pieces)),
        members=(*members, *(frozenset(numbers[first:end]) for first, end in slices.spans)),
        strokes=strokes,
        origins=regions.origins + (Origin.PIECE,) * len(pieces),
    )


def _piece(ink: Ink, slices: _Slices, span: tuple[int, int]) -> tuple[NDArray[np.int32], Ink]:
    """The box (4,) of a piece, within the stroke's, and its ink, without the crumbs of its neighbours."""
    first, end = span
    x, y, width, height = around(slices.boxes[first:end])
    labels = slices.labels[y : y + height, x : x + width]
    own = np.asarray(cv2.inRange(labels, first, end - 1), np.uint8)
    count, parts, statistics, _ = cv2.connectedComponentsWithStats(own)
    if count > 2:
        areas = statistics[:, cv2.CC_STAT_AREA]
        own[(areas < min(_CRUMB * areas[1:].sum(), areas[1:].max()))[parts]] = 0
    left, top, width, height = cv2.boundingRect(own)
    soft = cv2.dilate(own, _SQUARE)[top : top + height, left : left + width]
    x, y = x + left, y + top
    box = np.array([x, y, width, height], np.int32)
    return box, np.asarray(cv2.bitwise_and(ink[y : y + height, x : x + width], soft), np.uint8)
