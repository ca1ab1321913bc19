"""Ink -> windows: the parts of a picture to look at, each at the scale at which its writing is some 24 pixels high."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import Boxes
from webcam_digits.reading.detector import MULTIPLE
from webcam_digits.reading.ink import Ink

_HEIGHTS = 18.0, 36.0  # pixels; at the scale at which a piece of ink is so high it is looked at
_ENLARGED = 4.0  # the largest scale
_SMALLEST = 32  # pixels of a picture's longer side at the smallest one
_MARGIN = 8  # pixels around a piece at least, and
_CONTEXT = 0.4  # of its height
_BEYOND = 8  # pixels that windows reach over a picture's edges
_WHOLE = 50_000  # pixels; where a picture has no more at a scale, one window holds it all
_SHORT = 8  # cells; a window longer than that is divided
_FULL = 0.6  # where fewer of its cells hold ink
_SHARED = 3  # cells that both halves keep, so that a digit is whole in one of them
_MOST = 400  # windows; bounds the work


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture at a scale; sides are multiples of 16.

    Attributes:
        scale: pixels of the window for one of the picture, a power of two.
        x: left edge in pixels at that scale; less than 0 where it reaches over the picture's edge.
        y: top edge, likewise.
        width: in pixels at that scale.
        height: likewise.
        strength: how much its ink stands out, as `ink.Pieces` has it.
    """

    scale: float
    x: int
    y: int
    width: int
    height: int
    strength: float


@dataclass(frozen=True, slots=True)
class Regions:
    """Where to look in a picture.

    Attributes:
        windows: those whose ink stands out most first.
        crowded: whether there is more ink than was to be looked at.
    """

    windows: tuple[Window, ...]
    crowded: bool


def find_regions(ink: Ink, size: tuple[int, int], most: int) -> Regions:
    """The windows of a picture.

    Args:
        ink: of it.
        size: its width and height in pixels.
        most: pixels of all windows together.
    """
    boxes = np.concatenate([pieces.boxes for pieces in ink.pieces])
    strengths = np.concatenate([pieces.strengths for pieces in ink.pieces])
    if not len(boxes):
        return Regions((), crowded=False)
    windows: list[Window] = []
    scale = _ENLARGED
    while scale * max(size) >= _SMALLEST:
        heights = (boxes[:, 3] - boxes[:, 1]) * scale
        fit = (heights >= _HEIGHTS[0]) & (heights < _HEIGHTS[1])
        windows += _windows(boxes[fit] * np.float32(scale), strengths[fit], scale, size)
        scale /= 2
    windows.sort(key=lambda window: -window.strength)
    areas = np.cumsum([window.width * window.height for window in windows])
    kept = min(int(np.searchsorted(areas, most, side="right")), _MOST)
    return Regions(tuple(windows[:kept]), crowded=kept < len(windows))


def _windows(
    boxes: Boxes, strengths: NDArray[np.float32], scale: float, size: tuple[int, int]
) -> Iterator[Window]:
    """Those of one scale, around pieces in pixels at that scale."""
    columns, rows = (-(-(round(side * scale) + 2 * _BEYOND) // MULTIPLE) for side in size)
    cells = np.zeros((rows, columns), np.float32)  # the strength of the ink in each
    margins = np.maximum(_CONTEXT * (boxes[:, 3] - boxes[:, 1]), _MARGIN)[:, None]
    grown = (boxes + _BEYOND + margins * np.array([-1, -1, 1, 1], np.float32)) / MULTIPLE
    first, last = np.floor(grown[:, :2]).clip(0).astype(int), np.ceil(grown[:, 2:]).astype(int)
    for i in np.argsort(strengths, kind="stable").tolist():
        cells[first[i, 1] : last[i, 1], first[i, 0] : last[i, 0]] = strengths[i]
    if cells.size * MULTIPLE**2 <= _WHOLE:
        np.maximum(cells, 1, out=cells)
    _, _, stats, _ = cv2.connectedComponentsWithStats((cells > 0).astype(np.uint8), connectivity=4)
    for x, y, wide, high, _ in stats[1:].tolist():
        for left, top, right, bottom in _divided(cells, (x, y, x + wide, y + high)):
            yield Window(
                scale,
                left * MULTIPLE - _BEYOND,
                top * MULTIPLE - _BEYOND,
                (right - left) * MULTIPLE,
                (bottom - top) * MULTIPLE,
                float(cells[top:bottom, left:right].max()),
            )


def _divided(
    cells: NDArray[np.float32], within: tuple[int, int, int, int]
) -> Iterator[tuple[int, int, int, int]]:
    """Left, top, right, bottom of rectangles that hold the ink of one; none is long and has little ink."""
    x, y, right, bottom = within
    inked = cells[y:bottom, x:right] > 0
    columns, rows = np.flatnonzero(inked.any(axis=0)), np.flatnonzero(inked.any(axis=1))
    if not len(columns):
        return
    x, y, right, bottom = x + int(columns[0]), y + int(rows[0]), x + int(columns[-1]) + 1, y + int(rows[-1]) + 1
    wide, high = right - x, bottom - y
    if max(wide, high) <= _SHORT or np.count_nonzero(inked) >= _FULL * wide * high:
        yield x, y, right, bottom
    elif wide >= high:
        half = (wide + _SHARED) // 2
        yield from _divided(cells, (x, y, x + half, bottom))
        yield from _divided(cells, (right - half, y, right, bottom))
    else:
        half = (high + _SHARED) // 2
        yield from _divided(cells, (x, y, right, y + half))
        yield from _divided(cells, (x, bottom - half, right, bottom))
