"""Touching digits: a stroke is cut where the chain network sees one digit end and the next begin.

A few cuts are proposed for each such place; which of them are real is found by recognition of the pieces, as
usual for strings of handwritten digits (Casey, Lecolinet: IEEE Trans. PAMI 18, 1996).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.legacy.regions import Origin, Regions, around
from webcam_digits.reading.legacy.seams import ROWS, Gap, Indices, Seams, find_seams
from webcam_digits.reading.legacy.strokes import Strokes

MOST_PIECES = 300  # a frame

_MOST_SEAMS = 3  # where two digits meet; fewer where the pieces would be too many

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
        spans: of each piece the first slice, the first one after it, and which of the characters it is.
    """

    region: int
    labels: Ink
    boxes: NDArray[np.int32]
    areas: NDArray[np.float64]
    spans: list[tuple[int, int, int]]


def cut(regions: Regions, gaps: Mapping[int, Sequence[Gap]]) -> tuple[Regions, dict[int, tuple[int, int]]]:
    """Add the pieces of strokes that are several digits which touch.

    Args:
        regions: the candidates.
        gaps: of each stroke that is to be cut, by its index, from left to right where it may be; of each at
            least one.

    Returns:
        The same regions and, after them, at most MOST_PIECES pieces. The slices of a stroke that was cut take
        its place among the strokes: it consists of all of them, a piece of neighbouring ones. And of each
        piece by its index the stroke that it was cut from, and which of its characters it is.
    """
    pieces: dict[int, tuple[int, int]] = {}
    room = MOST_PIECES
    inner = sum(len(its) - 1 for its in gaps.values())  # characters that have a neighbour on both sides
    pieces_by = {most: 2 * most * len(gaps) + most**2 * inner for most in range(1, _MOST_SEAMS + 1)}
    most = max((most for most, count in pieces_by.items() if count <= MOST_PIECES), default=1)
    found = find_seams([regions.inks[i] for i in gaps], list(gaps.values()), most)
    for i, (seams, of) in zip(gaps, found, strict=True):
        slices = _sliced(i, regions.inks[i], seams, of)
        if len(slices.boxes) > 1 and len(slices.spans) <= room:
            room -= len(slices.spans)
            pieces |= {len(regions) + k: (i, its) for k, (_, _, its) in enumerate(slices.spans)}
            regions = _with_pieces(regions, slices)
    return regions, pieces


def _sliced(region: int, ink: Ink, seams: Seams, of: Indices) -> _Slices:
    columns = np.arange(max(round(ink.shape[1] * ROWS / ink.shape[0]), 1))
    scaled = (columns >= seams[:, :, None]).sum(axis=0).astype(np.uint8)
    labels = np.asarray(cv2.resize(scaled, ink.shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    labels[ink <= 127] = _GROUND
    inked = np.bincount(labels.ravel(), minlength=256)[: len(seams) + 1] > 0
    before = np.cumsum(inked)  # slices without ink have no number
    numbers = np.full(256, _GROUND, np.uint8)
    numbers[: len(inked)] = np.maximum(before - 1, 0)
    labels = numbers[labels]
    own = [(labels == k).astype(np.uint8) for k in range(int(before[-1]))]
    boxes = np.array([cv2.boundingRect(part) for part in own], np.int32)
    areas = np.array([cv2.countNonZero(part) for part in own], np.float64)
    # From the seams of the gap before a character, or the stroke's start, to those of the gap behind it.
    starts = [[0], *([int(before[k]) for k in np.flatnonzero(of == gap)] for gap in range(of[-1] + 1))]
    ends = [*starts[1:], [int(before[-1])]]
    spans = [
        (first, end, character)
        for character, (firsts, its) in enumerate(zip(starts, ends, strict=True))
        for first in sorted(set(firsts))
        for end in sorted(set(its))
        if first < end
    ]
    return _Slices(region, labels, boxes, areas, spans)


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
    pieces = [_piece(regions.inks[slices.region], slices, span) for *span, _ in slices.spans]
    return replace(
        regions,
        boxes=np.concatenate(
            [regions.boxes, [box + np.append(corner, (0, 0)) for box, _ in pieces]], dtype=np.int32
        ),
        inks=(*regions.inks, *(ink for _, ink in pieces)),
        members=(*members, *(frozenset(numbers[first:end]) for first, end, _ in slices.spans)),
        strokes=strokes,
        origins=regions.origins + (Origin.PIECE,) * len(pieces),
    )


def _piece(ink: Ink, slices: _Slices, span: Sequence[int]) -> tuple[NDArray[np.int32], Ink]:
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
