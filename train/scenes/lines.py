"""Lines around writing, and through it: rules, squares, tables, comb fields, leaders, waves, strikes.

All lie in the frame of the writing: its unit is a digit's height, its x runs along the row.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
Matrix = NDArray[np.float64]  # (2, 3), from the frame to pixels

_BINARY = 4  # binary digits of the fixed point that lines are drawn with


def drawn(
    segments: Sequence[Sequence[Sequence[float]]], place: Matrix, view: tuple[int, int], thick: float
) -> Mask:
    """(h, w) uint8: polylines of a frame on a picture; what is thinner than a pixel is fainter instead."""
    mask = np.zeros(view, np.uint8)
    lines = [
        np.round((np.asarray(points, float) @ place[:, :2].T + place[:, 2]) * (1 << _BINARY)).astype(np.int32)
        for points in segments
    ]
    cv2.polylines(mask, lines, False, round(255 * min(thick, 1)), max(round(thick), 1), cv2.LINE_AA, _BINARY)
    return mask


def reach(place: Matrix, view: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the frame's part that a picture shows."""
    height, width = view
    inverse = cv2.invertAffineTransform(place)
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]]) @ inverse[:, :2].T + inverse[:, 2]
    left, top = corners.min(axis=0).tolist()
    right, bottom = corners.max(axis=0).tolist()
    return left, top, right, bottom


Segments = list[list[list[float]]]


def ruled(bounds: tuple[float, float, float, float], rng: np.random.Generator) -> Segments:
    """Lines to write on, from the first row's foot."""
    left, top, right, bottom = bounds
    step = rng.uniform(1.0, 2.4)
    start = rng.uniform(0.9, 1.2) if rng.random() < 0.7 else rng.uniform(0, step)
    ys = start + step * np.arange(np.floor((top - start) / step), np.ceil((bottom - start) / step) + 1)
    return [[[left, float(y)], [right, float(y)]] for y in ys[:60]]


def squared(bounds: tuple[float, float, float, float], rng: np.random.Generator) -> Segments:
    """Squares, half to two digits high."""
    left, top, right, bottom = bounds
    step = rng.uniform(0.4, 1.8)
    x0, y0 = rng.uniform(0, step, 2)
    xs = x0 + step * np.arange(np.floor((left - x0) / step), np.ceil((right - x0) / step) + 1)
    ys = y0 + step * np.arange(np.floor((top - y0) / step), np.ceil((bottom - y0) / step) + 1)
    return [[[left, float(y)], [right, float(y)]] for y in ys[:80]] + [
        [[float(x), top], [float(x), bottom]] for x in xs[:80]
    ]


def waves(bounds: tuple[float, float, float, float], rng: np.random.Generator) -> Segments:
    """A security pattern: wavy lines side by side, one family or two."""
    left, top, right, bottom = bounds
    segments: Segments = []
    for _ in range(int(rng.integers(1, 3))):
        step, length = rng.uniform(0.1, 0.3), rng.uniform(0.7, 4)
        swing, phase, tilt = rng.uniform(0, 0.4), rng.uniform(0, 6), rng.normal(0, 0.3)
        x = np.linspace(left, right, 40)
        wave = swing * np.sin(2 * np.pi * x / length + phase) + tilt * x
        if rng.random() < 0.3:
            wave += 0.4 * swing * np.sin(2 * np.pi * x / (0.37 * length))
        low, high = top - float(wave.max()), bottom - float(wave.min())
        for y in np.arange(low, high, max(step, (high - low) / 70)):
            segments.append(np.column_stack([x, y + wave]).tolist())
    return segments


def dots(bounds: tuple[float, float, float, float], rng: np.random.Generator) -> Segments:
    """Dots all over, as of dotted paper or a printed screen."""
    left, top, right, bottom = bounds
    step = rng.uniform(0.12, 0.6)
    step = max(step, np.sqrt((right - left) * (bottom - top) / 900))
    xs, ys = np.arange(left, right, step), np.arange(top, bottom, step)
    return [[[float(x), float(y)], [float(x), float(y)]] for x in xs for y in ys]


def leaders(length: float, rng: np.random.Generator) -> Segments:
    """A dotted or dashed line to write on."""
    step = rng.uniform(0.1, 0.4)
    dash = step * rng.uniform(0, 0.6)
    y = rng.uniform(0.9, 1.15)
    return [[[float(x), y], [float(x) + dash, y]] for x in np.arange(-0.5, length + 0.5, step)]


def comb(cells: int, pitch: float, rng: np.random.Generator) -> Segments:
    """A field with ticks between its places, half to nine tenths as high as the digits, or wholly divided."""
    foot, tall = rng.uniform(1.02, 1.35), rng.uniform(0.3, 1.0)
    top = -rng.uniform(0.05, 0.4) if rng.random() < 0.35 else foot - tall
    start = -rng.uniform(0.05, 0.4)
    end = start + cells * pitch
    segments = [[[start, foot], [end, foot]]]
    segments += [[[start + i * pitch, foot], [start + i * pitch, top]] for i in range(cells + 1)]
    if rng.random() < 0.4:
        segments.append([[start, -rng.uniform(0.05, 0.4)], [end, -rng.uniform(0.05, 0.4)]])
    return segments


def table(pitch: tuple[float, float], cells: tuple[int, int], rng: np.random.Generator) -> Segments:
    """A table, at times open at some sides; the first cell's digit stands at 0, 0."""
    across, down = pitch
    columns, rows = cells
    left, top = -rng.uniform(0.1, 0.5) * across, -rng.uniform(0.1, 0.4)
    right, bottom = left + columns * across, top + rows * down
    segments = [[[left, top + i * down], [right, top + i * down]] for i in range(rows + 1)]
    segments += [[[left + i * across, top], [left + i * across, bottom]] for i in range(columns + 1)]
    return [line for line in segments if rng.random() < 0.95]


def frame(length: float, rng: np.random.Generator) -> Segments:
    """The border of a cell that was cut out: some of its sides, near the writing or crossed by it."""
    left, right = -rng.uniform(0.05, 1.2), length + rng.uniform(0.05, 1.2)
    top, bottom = -rng.uniform(0.02, 0.6), 1 + rng.uniform(0.02, 0.6)
    far = rng.uniform(0, 1.5)
    sides: Segments = [
        [[left, top - far], [left, bottom + far]],
        [[right, top - far], [right, bottom + far]],
        [[left - far, top], [right + far, top]],
        [[left - far, bottom], [right + far, bottom]],
    ]
    lean = rng.normal(0, 0.03)
    return [[[x + lean * y, y + lean * x * 0.5] for x, y in side] for side in sides if rng.random() < 0.65]


OVERALL: tuple[Callable[[tuple[float, float, float, float], np.random.Generator], Segments], ...] = (
    ruled,
    squared,
    waves,
    dots,
)


def strikes(start: float, end: float, y: float, rng: np.random.Generator) -> list[NDArray[np.float64]]:
    """Lines through a number from `start` to `end`: one or two along it, crosses, a zigzag."""
    over = rng.uniform(0.05, 0.4)
    left, right = start - over, end + over
    lot = rng.random()
    if lot < 0.45:
        tilt = rng.uniform(-0.25, 0.25)
        count = 1 if rng.random() < 0.6 and end - start > 1 else 2
        first = y + 0.5 + rng.normal(0, 0.08) - 0.12 * (count - 1)
        return [
            np.array([[left, first + 0.25 * i + tilt], [right, first + 0.25 * i - tilt]])
            for i in range(count)
        ]
    if lot < 0.65:
        return [
            np.array([[left, y + 1.05], [right, y - 0.05]]),
            np.array([[left, y - 0.05], [right, y + 1.05]]),
        ]
    count = int(np.clip((right - left) / rng.uniform(0.15, 0.35), 4, 24))
    xs = np.linspace(left, right, count) + rng.normal(0, 0.05, count)
    ys = (
        y
        + np.where(np.arange(count) % 2, rng.uniform(0.0, 0.3), rng.uniform(0.7, 1.0))
        + rng.normal(0, 0.08, count)
    )
    return [np.column_stack([xs, ys])]
