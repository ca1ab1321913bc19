"""Digits -> rows and numbers, in reading order, also on a tilted page."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading import Digit, Line

_NEAR = 1.6  # digit heights; neighbours this close tell the page's tilt
_STEEPEST = 0.6  # rise over run; a steeper neighbour stands in another row
_SAME_ROW = 0.5  # digit heights; how far a digit's middle may lie from its row
_WIDEST_GAP = 8.0  # digit heights; digits further apart are different numbers
_GROUP_GAP = 2.0  # times the row's usual gap, and
_GROUP_SPACE = 0.6  # digit heights: a gap wider than both separates groups


def arrange(digits: Sequence[Digit]) -> tuple[Line, ...]:
    """Put digits into rows.

    Args:
        digits: in any order.

    Returns:
        The rows from top to bottom, rows of one height from left to right.
    """
    if not digits:
        return ()
    boxes = np.array([digit.box for digit in digits], np.float64)
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    heights = boxes[:, 3]
    slope = _slope(centres, heights)
    level = centres[:, 1] - slope * centres[:, 0]  # equal for the digits of a row, whatever the tilt
    rows = [_line([digits[i] for i in row]) for row in _rows(centres[:, 0], level, heights)]
    return tuple(_in_reading_order(rows, slope))


def _slope(centres: NDArray[np.float64], heights: NDArray[np.float64]) -> float:
    """The tilt of the rows, rise over run: the median from digits to their next ones on the right."""
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


def _rows(
    x: NDArray[np.float64], level: NDArray[np.float64], heights: NDArray[np.float64]
) -> list[list[int]]:
    """Indices of the digits of each row, from left to right."""
    rows: list[list[int]] = []
    for i in np.argsort(x, kind="stable"):
        last = np.array([row[-1] for row in rows], np.intp)
        if len(last):
            size = np.maximum(heights[last], heights[i])
            offset = np.abs(level[last] - level[i]) / size
            gap = (x[i] - x[last]) / size
            offset[gap > _WIDEST_GAP] = np.inf
            best = int(offset.argmin())
            if offset[best] < _SAME_ROW:
                rows[best].append(int(i))
                continue
        rows.append([int(i)])
    return rows


def _in_reading_order(lines: Sequence[Line], slope: float) -> list[Line]:
    """From top to bottom; lines that begin at one height, as in columns, from left to right."""

    def level(line: Line) -> float:
        first = line.digits[0].box
        return first.y + first.height / 2 - slope * (first.x + first.width / 2)

    ordered: list[Line] = []
    beside: list[Line] = []  # at the height of the first of them
    for line in sorted(lines, key=level):
        if beside and level(line) - level(beside[0]) >= _SAME_ROW * beside[0].digits[0].box.height:
            ordered += sorted(beside, key=lambda line: line.box.x)
            beside = []
        beside.append(line)
    return ordered + sorted(beside, key=lambda line: line.box.x)


def _line(digits: Sequence[Digit]) -> Line:
    box = digits[0].box
    for digit in digits[1:]:
        box = box.union(digit.box)
    return Line(
        text=_text(digits),
        confidence=min(digit.confidence for digit in digits),
        box=box,
        digits=tuple(digits),
    )


def _text(digits: Sequence[Digit]) -> str:
    """The row's labels, single spaces where a gap is wide both for this row and for the digits' size."""
    gaps = [max(right.box.x - left.box.right, 0) for left, right in itertools.pairwise(digits)]
    height = float(np.median([digit.box.height for digit in digits]))
    wide = max(_GROUP_SPACE * height, _GROUP_GAP * float(np.median(gaps))) if gaps else 0.0
    parts = [digits[0].label]
    for gap, digit in zip(gaps, digits[1:], strict=True):
        parts.append(" " + digit.label if gap > wide else digit.label)
    return "".join(parts)
