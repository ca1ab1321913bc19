"""Digits -> rows and numbers, in reading order, also on a tilted page and in perspective."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from webcam_digits.types import Digit, Line

_NEAR = 1.6  # digit heights; neighbours this close show the page's tilt
_STEEPEST = 0.6  # rise over run; a steeper neighbour stands in another row
_SAME_ROW = 0.5  # digit heights; how far a digit's middle may lie from its row
_ALIKE = 0.33  # the least ratio of heights in a row; a huge digit stands by itself, but
_SMALL = 0.6  # of the page's usual height: digits smaller than this count as that high; some write tiny zeros
_MEMORY = 6  # digits; a row goes where its last ones lead
_TRUST = 2.0  # digit heights; a row must be that long for its own slope to count as much as the page's
_WIDEST_GAP = 8.0  # digit heights; digits further apart are different numbers
_GROUP_GAP = 2.0  # times a gap within the row's numbers, and
_GROUP_SPACE = 0.6  # digit heights: a gap wider than both separates groups, and so does one wider than
_APART = 2.5  # digit heights, however evenly the row is spaced
_WITHIN = 1 / 3  # of a row's gaps at least are within its numbers, not between them
_SEPARATOR = 0.06  # digit heights; a dot, a dash or a slash is at least this large, a speck is smaller
_FREE = 0.04  # digit heights; the room on both sides of a separator

Boxes = NDArray[np.float64]  # (n, 4) x, y, width, height


def arrange(
    digits: Sequence[Digit], places: NDArray[np.int32] | None = None, others: NDArray[np.int32] | None = None
) -> tuple[Line, ...]:
    """Put digits into rows.

    Args:
        digits: n of them, in any order.
        places: (n, 4) x, y, width, height of each one as on a sheet held straight; absent, their own boxes.
        others: (m, 4) likewise of strokes that belong to no digit: one between two digits separates them.

    Returns:
        The rows from top to bottom, rows of one height from left to right.
    """
    if not digits:
        return ()
    boxes = np.array([digit.box for digit in digits] if places is None else places, np.float64)
    marks = np.zeros((0, 4)) if others is None else others.astype(np.float64)
    slope = _slope(boxes)
    rows = _in_reading_order(_rows(boxes, slope), boxes, slope)
    return tuple(_line([digits[i] for i in row], boxes[row], marks) for row in rows)


def _slope(boxes: Boxes) -> float:
    """The tilt of the rows, rise over run: the median from digits to their next ones on the right."""
    centres, heights = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 3]
    steps = centres[None] - centres[:, None]
    reach = _NEAR * np.maximum(heights[:, None], heights[None])
    beside = (steps[..., 0] > 0) & (np.hypot(steps[..., 0], steps[..., 1]) < reach)
    beside &= np.abs(steps[..., 1]) < _STEEPEST * steps[..., 0]
    distance = np.where(beside, steps[..., 0], np.inf)
    nearest = distance.argmin(axis=1)
    found = np.flatnonzero(np.isfinite(distance.min(axis=1)))
    if len(found) == 0:
        return 0.0
    step = steps[found, nearest[found]]
    return float(np.median(step[:, 1] / step[:, 0]))


def _rows(boxes: Boxes, slope: float) -> list[list[int]]:
    """Indices of the digits of each row, from left to right: each joins the row that leads to it best."""
    heights = np.maximum(boxes[:, 3], _SMALL * np.median(boxes[:, 3]))
    middles = np.column_stack([boxes[:, :2] + boxes[:, 2:] / 2, heights])
    rows: list[list[int]] = []
    courses = np.zeros((len(boxes), 4))  # of each row, as `_course` gives it
    for i in np.argsort(middles[:, 0], kind="stable").tolist():
        x, y, height = middles[i]
        last, offset, rise, usual = courses[: len(rows)].T
        size = (usual + height) / 2
        away = np.abs(offset + rise * x - y) / size
        away[x - last > _WIDEST_GAP * np.maximum(usual, height)] = np.inf
        away[np.minimum(usual, height) < _ALIKE * np.maximum(usual, height)] = np.inf
        best = int(away.argmin()) if rows else 0
        if not rows or away[best] >= _SAME_ROW:
            best = len(rows)
            rows.append([])
        rows[best].append(i)
        courses[best] = _course(middles[rows[best][-_MEMORY:]].tolist(), slope)
    return rows


def _course(row: Sequence[Sequence[float]], slope: float) -> tuple[float, float, float, float]:
    """Where a row's last digits lead, of which x, y and height are given, in plain numbers as they are few.

    Its last x, its y at x = 0, its slope, and its mean height. The slope is a ridge regression's, drawn
    towards the page's while the row is short.
    """
    x, y, height = (sum(values) / len(row) for values in zip(*row, strict=True))
    trust = (_TRUST * height) ** 2
    covariance = sum((a - x) * (b - y) for a, b, _ in row)
    rise = (covariance + trust * slope) / (sum((a - x) ** 2 for a, _, _ in row) + trust)
    return row[-1][0], y - rise * x, rise, height


def _in_reading_order(rows: Sequence[list[int]], boxes: Boxes, slope: float) -> list[list[int]]:
    """From top to bottom; rows that begin at one height, as in columns, from left to right."""
    level = boxes[:, 1] + boxes[:, 3] / 2 - slope * (boxes[:, 0] + boxes[:, 2] / 2)
    ordered: list[list[int]] = []
    beside: list[list[int]] = []  # at the height of the first of them
    for row in sorted(rows, key=lambda row: level[row[0]]):
        if beside and level[row[0]] - level[beside[0][0]] >= _SAME_ROW * boxes[beside[0][0], 3]:
            ordered += sorted(beside, key=lambda row: boxes[row[0], 0])
            beside = []
        beside.append(row)
    return ordered + sorted(beside, key=lambda row: boxes[row[0], 0])


def _line(digits: Sequence[Digit], places: Boxes, marks: Boxes) -> Line:
    return Line.from_digits(digits, _spaces(places, marks))


def _spaces(places: Boxes, marks: Boxes) -> list[bool]:
    """Between which neighbours of a row a new group begins, n - 1 of them.

    Where the gap is wide both for this row and for the digits' size, or something else is written in it, as
    in 12.05.2024 and 555-1234.
    """
    if len(places) == 1:
        return []
    height = float(sorted(places[:, 3])[len(places) // 2])
    ends, starts = places[:-1, 0] + places[:-1, 2], places[1:, 0]
    gaps = np.maximum(starts - ends, 0)
    usual = float(sorted(gaps)[int(_WITHIN * (len(gaps) - 1))])
    wide = gaps > min(max(_GROUP_SPACE * height, _GROUP_GAP * usual), _APART * height)
    return [bool(new) for new in wide | _separated(places, height, marks)]


def _separated(places: Boxes, height: float, marks: Boxes) -> NDArray[np.bool_]:
    """(n - 1,) between which neighbours of a row a mark stands freely."""
    marks = marks[marks[:, 2:].max(axis=1, initial=0) >= _SEPARATOR * height]
    bottoms = places[:, 1] + places[:, 3]
    top = np.minimum(places[:-1, 1], places[1:, 1])
    bottom = np.maximum(bottoms[:-1], bottoms[1:]) + height / 4  # a comma hangs below
    left = places[:-1, 0] + places[:-1, 2] + _FREE * height
    right = places[1:, 0] - _FREE * height
    middle = (marks[:, 1] + marks[:, 3] / 2)[:, None]
    between = (marks[:, :1] >= left) & (marks[:, :1] + marks[:, 2:3] <= right)
    return np.asarray((between & (middle > top) & (middle < bottom)).any(axis=0))
