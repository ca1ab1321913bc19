"""Digits -> rows and numbers, in reading order, also on a tilted page and in perspective."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import areas, intersections, together
from webcam_digits.reading.ink import Ink
from webcam_digits.types import Digit, Line

_NEAR = 6.0  # digit heights; neighbours this close show the page's tilt
_STEEPEST = 0.75  # rise over run; a steeper neighbour stands in another row
_SLOPES = np.linspace(-_STEEPEST, _STEEPEST, 121)  # that are tried
_LEVEL = 0.15  # digit heights; digits of a row are as level as that
_USUAL = 0.8  # radians; of tilted pages few are tilted by more
_MOST_PAIRS = 4000  # neighbours that show it; bounds the work
_SAME_ROW = 0.6  # heights of the higher one; how far a digit's middle may lie from its row
_BESIDE = 0.5  # digit heights; rows that begin at heights no further apart stand beside each other
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
_TALLEST_MARK = 1.3  # of the page's usual height
_COVERED = 0.3  # of a mark's box, where it is within a digit's
_FREE = 0.04  # digit heights; the room on both sides of a separator

Boxes = NDArray[np.float64]  # (n, 4) x, y, width, height


def arrange(digits: Sequence[Digit], ink: Ink | None = None) -> tuple[Line, ...]:
    """Put digits into rows.

    Args:
        digits: n of them, in any order.
        ink: of the picture, where it is known; a piece of it that belongs to none of them and stands between
            two separates these.

    Returns:
        The rows from top to bottom, rows of one height from left to right.
    """
    if not digits:
        return ()
    boxes = np.array([digit.box for digit in digits], np.float64)
    slope = _slope(boxes)
    marks = np.zeros((0, 4)) if ink is None else _marks(boxes, ink)
    boxes, marks = _straightened(boxes, slope), _straightened(marks, slope)
    rows = _in_reading_order(_rows(boxes), boxes)
    return tuple(Line.from_digits([digits[i] for i in row], _spaces(boxes[row], marks)) for row in rows)


def _marks(boxes: Boxes, ink: Ink) -> Boxes:
    """Pieces of ink that are no part of a digit, no speck, and no higher than most digits."""
    pieces = np.concatenate([pieces.boxes for pieces in ink.pieces])
    sides = pieces[:, 2:] - pieces[:, :2]
    fit = (np.maximum(*sides.T) >= _SEPARATOR * boxes[:, 3].min()) & (
        sides[:, 1] <= _TALLEST_MARK * np.median(boxes[:, 3])
    )
    pieces, sides = pieces[fit], sides[fit]
    own = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1).astype(np.float32)
    free = np.ones(len(pieces), bool)
    for some, near in together(own, pieces):
        covered = intersections(pieces[near], own[some]).max(axis=1)
        free[near] &= covered < _COVERED * areas(pieces[near])
    return np.concatenate([pieces[free, :2], sides[free]], axis=1).astype(np.float64)


def _straightened(boxes: Boxes, slope: float) -> Boxes:
    """Boxes of the same size whose middles are turned so that rows of this slope are level."""
    cos, sin = 1 / np.hypot(1, slope), slope / np.hypot(1, slope)
    middles = (boxes[:, :2] + boxes[:, 2:] / 2) @ np.array([[cos, -sin], [sin, cos]])
    return np.concatenate([middles - boxes[:, 2:] / 2, boxes[:, 2:]], axis=1)


def _slope(boxes: Boxes) -> float:
    """The tilt of the rows, rise over run: that at which most digits are level with others near them.

    A neighbour counts the more the nearer it is, and a level page is likelier than a tilted one.
    """
    centres, heights = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 3]
    steps = (centres[None] - centres[:, None]) / np.maximum(heights[:, None], heights[None])[..., None]
    away = np.hypot(steps[..., 0], steps[..., 1])
    beside = (steps[..., 0] > 0) & (away < _NEAR) & (np.abs(steps[..., 1]) < _STEEPEST * steps[..., 0])
    pairs = np.flatnonzero(beside)
    if not len(pairs):
        return 0.0
    pairs = pairs[:: -(-len(pairs) // _MOST_PAIRS)]
    across, down = steps.reshape(-1, 2)[pairs].T
    angles = np.arctan(_SLOPES)
    off = (down[:, None] - _SLOPES * across[:, None]) * np.cos(angles)
    level = np.exp(-((off / _LEVEL) ** 2)) / (1 + away.ravel()[pairs])[:, None]
    scores = level.sum(axis=0) * np.exp(-((angles / _USUAL) ** 2))
    return float(_SLOPES[int(scores.argmax())])


def _rows(boxes: Boxes) -> list[list[int]]:
    """Indices of the digits of each row, from left to right: each joins the row that leads to it best."""
    heights = np.maximum(boxes[:, 3], _SMALL * np.median(boxes[:, 3]))
    middles = np.column_stack([boxes[:, :2] + boxes[:, 2:] / 2, heights])
    rows: list[list[int]] = []
    courses = np.zeros((len(boxes), 4))  # of each row, as `_course` gives it
    for i in np.argsort(middles[:, 0], kind="stable").tolist():
        x, y, height = middles[i]
        last, offset, rise, usual = courses[: len(rows)].T
        size = np.maximum(usual, height)
        away = np.abs(offset + rise * x - y) / size
        away[x - last > _WIDEST_GAP * np.maximum(usual, height)] = np.inf
        away[np.minimum(usual, height) < _ALIKE * np.maximum(usual, height)] = np.inf
        best = int(away.argmin()) if rows else 0
        if not rows or away[best] >= _SAME_ROW:
            best = len(rows)
            rows.append([])
        rows[best].append(i)
        courses[best] = _course(middles[rows[best][-_MEMORY:]].tolist())
    return rows


def _course(row: Sequence[Sequence[float]]) -> tuple[float, float, float, float]:
    """Where a row's last digits lead, of which x, y and height are given, in plain numbers as they are few.

    Its last x, its y at x = 0, its slope, and its mean height. The slope is a ridge regression's, drawn to 0
    while the row is short.
    """
    x, y, height = (sum(values) / len(row) for values in zip(*row, strict=True))
    trust = (_TRUST * height) ** 2
    covariance = sum((a - x) * (b - y) for a, b, _ in row)
    rise = covariance / (sum((a - x) ** 2 for a, _, _ in row) + trust)
    return row[-1][0], y - rise * x, rise, height


def _in_reading_order(rows: Sequence[list[int]], boxes: Boxes) -> list[list[int]]:
    """From top to bottom; rows that begin at one height, as in columns, from left to right."""
    level = boxes[:, 1] + boxes[:, 3] / 2
    ordered: list[list[int]] = []
    beside: list[list[int]] = []  # at the height of the first of them
    for row in sorted(rows, key=lambda row: level[row[0]]):
        if beside and level[row[0]] - level[beside[0][0]] >= _BESIDE * boxes[beside[0][0], 3]:
            ordered += sorted(beside, key=lambda row: boxes[row[0], 0])
            beside = []
        beside.append(row)
    return ordered + sorted(beside, key=lambda row: boxes[row[0], 0])


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
    bottoms = places[:, 1] + places[:, 3]
    top = np.minimum(places[:-1, 1], places[1:, 1])
    bottom = np.maximum(bottoms[:-1], bottoms[1:]) + height / 4  # a comma hangs below
    left = places[:-1, 0] + places[:-1, 2] + _FREE * height
    right = places[1:, 0] - _FREE * height
    middles = marks[:, 1] + marks[:, 3] / 2
    here = (middles > top.min()) & (middles < bottom.max())
    here &= np.maximum(marks[:, 2], marks[:, 3]) >= _SEPARATOR * height
    start, middle, end = marks[here, :1], middles[here, None], marks[here, :1] + marks[here, 2:3]
    return np.asarray(
        ((start >= left) & (end <= right) & (middle > top) & (middle < bottom)).any(axis=0), bool
    )
