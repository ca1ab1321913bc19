"""Ink -> windows: where to look in a picture, at the scale at which writing is some 24 pixels high."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import Boxes
from webcam_digits.reading.detector import MULTIPLE

_HEIGHTS = 18.0, 36.0  # pixels; at the scale at which a piece of ink is so high it is looked at
_LARGEST = 4.0  # scale
_SMALLEST = 16  # pixels of a picture's longer side at the smallest one
_MARGIN = 8  # pixels around a piece at least, and
_CONTEXT = 0.4  # of its height
_BEYOND = 16  # pixels that windows reach over a picture's edges; digits are read better with room around
_WHOLE = 50_000  # pixels; where a picture has no more at a scale, one window holds it all
_SHORT = 8  # cells; a window longer than that is divided
_FULL = 0.6  # where fewer of its cells hold ink, and
_LONG = 40  # cells; one longer than that anyway
_SHARED = 3  # cells that both halves keep, so that a digit is whole in one of them


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture at a scale; sides are multiples of 16.

    Attributes:
        scale: pixels of the window for one of the picture: one of `scales_of`, or a little beside it.
        x: left edge in pixels at that scale; less than 0 where it reaches over the picture's edge.
        y: top edge, likewise.
        width: in pixels at that scale.
        height: likewise.
        strength: of the strongest box in it; at least 1 where one window holds all of a small picture.
    """

    scale: float
    x: int
    y: int
    width: int
    height: int
    strength: float

    @property
    def area(self) -> int:
        """In pixels at its scale."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Regions:
    """Where the detector looked in a picture.

    Attributes:
        windows: the first first.
        crowded: whether there was more ink than was to be looked at.
    """

    windows: tuple[Window, ...]
    crowded: bool


def scales_of(size: tuple[int, int]) -> list[float]:
    """At which a picture of this width and height is looked at, the smallest first: that of large writing."""
    scales = [_LARGEST]
    while scales[-1] / 2 * max(size) >= _SMALLEST:
        scales.append(scales[-1] / 2)
    return scales[::-1]


def fitting(boxes: Boxes, scale: float) -> NDArray[np.intp]:
    """Which of (n, 4) boxes of pieces of ink are looked at at a scale."""
    heights = (boxes[:, 3] - boxes[:, 1]) * scale
    return np.flatnonzero((heights >= _HEIGHTS[0]) & (heights < _HEIGHTS[1]))


def find_windows(
    boxes: Boxes, strengths: NDArray[np.float32], scale: float, size: tuple[int, int]
) -> list[Window]:
    """The windows of one scale, those that hold the strongest boxes first.

    Args:
        boxes: (n, 4) of pieces of ink or detections in doubt that fit this scale, in pixels of the picture.
        strengths: (n,) of these, above 0: how much they stand out, or how likely they are.
        scale: pixels of a window for one of the picture.
        size: the picture's width and height in pixels.
    """
    columns, rows = (-(-(round(side * scale) + 2 * _BEYOND) // MULTIPLE) for side in size)
    cells = np.zeros((rows, columns), np.float32)  # the strength of the ink in each
    boxes = boxes * np.float32(scale)
    margins = np.maximum(_CONTEXT * (boxes[:, 3] - boxes[:, 1]), _MARGIN)[:, None]
    grown = (boxes + _BEYOND + margins * np.array([-1, -1, 1, 1], np.float32)) / MULTIPLE
    first, last = np.floor(grown[:, :2]).clip(0).astype(int), np.ceil(grown[:, 2:]).clip(0).astype(int)
    for i in np.argsort(strengths, kind="stable").tolist():
        cells[first[i, 1] : last[i, 1], first[i, 0] : last[i, 0]] = strengths[i]
    if cells.size * MULTIPLE**2 <= _WHOLE:
        np.maximum(cells, 1, out=cells)
    _, _, stats, _ = cv2.connectedComponentsWithStats((cells > 0).astype(np.uint8), connectivity=4)
    windows = [
        Window(
            scale,
            left * MULTIPLE - _BEYOND,
            top * MULTIPLE - _BEYOND,
            (right - left) * MULTIPLE,
            (bottom - top) * MULTIPLE,
            float(cells[top:bottom, left:right].max()),
        )
        for x, y, wide, high, _ in stats[1:].tolist()
        for left, top, right, bottom in _divided(cells, (x, y, x + wide, y + high))
    ]
    return sorted(windows, key=lambda window: -window.strength)


def _divided(
    cells: NDArray[np.float32], within: tuple[int, int, int, int]
) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right, bottom of rectangles that hold the ink of one; none is long and has little ink."""
    x, y, right, bottom = within
    inked = cells[y:bottom, x:right] > 0
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
    if not len(columns):
        return
    x, right = x + int(columns[0]), x + int(columns[-1]) + 1
    y, bottom = y + int(rows[0]), y + int(rows[-1]) + 1
    wide, high = right - x, bottom - y
    longer, full = max(wide, high), np.count_nonzero(inked) >= _FULL * wide * high
    if longer <= (_LONG if full else _SHORT):
        yield x, y, right, bottom
    elif wide >= high:
        half = (wide + _SHARED) // 2
        yield from _divided(cells, (x, y, x + half, bottom))
        yield from _divided(cells, (right - half, y, right, bottom))
    else:
        half = (high + _SHARED) // 2
        yield from _divided(cells, (x, y, right, y + half))
        yield from _divided(cells, (x, bottom - half, right, bottom))
