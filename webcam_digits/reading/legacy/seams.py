"""Where a stroke may be cut into digits: seams of least ink from its top to its bottom.

Found by dynamic programming as in seam carving (Avidan, Shamir: ACM Trans. Graph. 26, 2007), but for the
cost: a seam pays for each stroke that it crosses rather than for the ink, so that it can follow the line
along which two round digits lean on each other.
"""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

ROWS = 40  # pixels; a stroke is scaled to this height to find its seams

_MIDDLE = ROWS // 2
_STEPS = np.array([0, -1, 1], np.int8)
# Costs, in pixels of full ink:
_CROSSING = 5.0  # of each stroke that is crossed
_ALONG = 0.3  # of each pixel of ink on the way
_OUTSIDE = 0.2  # of each pixel beyond the first and last ink of its row: a seam goes between, not around
_SIDEWAYS = 0.2  # of a step aside
_PULL = 10.0  # of a seam that would go through the middle of a digit
_WALL = 1e3  # the ink of a pixel that no seam passes

_APART = 3  # columns; two seams are no closer

Ink = NDArray[np.uint8]  # (h, w)
Scaled = NDArray[np.float32]  # (ROWS, w), 0..1
Gap = tuple[float, float, float]
Indices = NDArray[np.intp]
Seams = NDArray[np.intp]  # (seams, ROWS): in each row the first column to the right, of the scaled stroke


def find_seams(
    inks: Sequence[Ink], gaps: Sequence[Sequence[Gap]], most: int
) -> Iterator[tuple[Seams, Indices]]:
    """The seams of some strokes, all found at once.

    Args:
        inks: of each stroke, white on black.
        gaps: of each stroke from left to right where a seam is to go: the middle of the digit before it, the
            place in its middle row that it is drawn to, and the middle of the next digit, as shares of its
            width.
        most: seams a gap.

    Yields:
        For each stroke its seams from left to right, which may meet, but do not cross, and of each the index
        of its gap.
    """
    if not inks:
        return
    scaled = [_scaled(ink) for ink in inks]
    wall = np.full((ROWS, 1), _WALL, np.float32)
    joined = np.hstack([wall, *(part for ink in scaled for part in (ink, wall))])
    along = np.hstack([wall, *(part for ink in scaled for part in (_along(ink), wall))])
    upper, upward = _cheapest(joined[: _MIDDLE + 1], along[: _MIDDLE + 1])
    lower, downward = _cheapest(joined[: _MIDDLE - 1 : -1], along[: _MIDDLE - 1 : -1])
    through = upper + lower - along[_MIDDLE] - _CROSSING * joined[_MIDDLE]  # each column of the middle row
    starts = np.cumsum([1, *(ink.shape[1] + 1 for ink in scaled[:-1])]).tolist()
    found = [
        [start + _cheapest_in(through[start : start + ink.shape[1]], gap, most) for gap in its]
        for start, ink, its in zip(starts, scaled, gaps, strict=True)
    ]
    columns = np.concatenate([np.zeros(0, np.intp), *(some for its in found for some in its)])
    seams = np.vstack([_traced(upward, columns), _traced(downward, columns)[-2::-1]]).T
    counts = np.cumsum([sum(map(len, its)) for its in found])
    for start, own, its in zip(starts, np.split(seams, counts[:-1]), found, strict=True):
        yield own - start, np.repeat(np.arange(len(its)), [len(some) for some in its])


def _scaled(ink: Ink) -> Scaled:
    width = max(round(ink.shape[1] * ROWS / ink.shape[0]), 1)
    return cv2.resize(ink, (width, ROWS), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(255)


def _along(ink: Scaled) -> Scaled:
    """What each pixel costs that a seam passes, be it within a stroke or not."""
    dark = ink > 0.5
    columns = np.arange(ink.shape[1])
    first = np.where(dark.any(axis=1), dark.argmax(axis=1), ink.shape[1])[:, None]
    last = ink.shape[1] - 1 - dark[:, ::-1].argmax(axis=1)[:, None]
    return np.where((columns < first) | (columns > last), np.float32(_OUTSIDE), _ALONG * ink)


def _cheapest(ink: Scaled, along: Scaled) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """The cost of the cheapest seam from the first row to each column of the last, and the steps back up."""
    total = along[0] + _CROSSING * ink[0]
    steps = np.zeros(ink.shape, np.int8)
    beside = (np.arange(ink.shape[1]) + _STEPS[:, None]) % ink.shape[1]
    for row in range(1, len(ink)):
        ways = total[beside] + _CROSSING * np.maximum(ink[row] - ink[row - 1, beside], 0)
        ways[1:] += _SIDEWAYS
        best = ways.argmin(axis=0)
        steps[row] = _STEPS[best]
        total = ways.min(axis=0) + along[row]
    return total, steps


def _traced(steps: NDArray[np.int8], columns: NDArray[np.intp]) -> Seams:
    """The seams (rows, n) that end in some columns of the last row."""
    path = [columns]
    for row in steps[:0:-1]:
        path.append(path[-1] + row[path[-1]])
    return np.stack(path[::-1])


def _cheapest_in(through: NDArray[np.float32], gap: Gap, most: int) -> Indices:
    """The columns of the cheapest seams between two digits, apart from each other, from left to right."""
    left, place, right = np.array(gap) * len(through)
    first = min(max(int(left) + 1, 0), len(through) - 1)
    columns = np.arange(first, max(min(int(right), len(through)), first + 1))
    away = columns + 0.5 - place
    pull = np.where(away < 0, away / max(place - left, 1), away / max(right - place, 1)) ** 2
    costs = through[columns] + _PULL * pull
    chosen: list[int] = []
    for column in columns[np.argsort(costs, kind="stable")].tolist():
        if len(chosen) < most and all(abs(column - other) >= _APART for other in chosen):
            chosen.append(column)
    return np.array(sorted(chosen), np.intp)
