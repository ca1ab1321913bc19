"""What is on paper and is not a digit, made: parts of digits, joined digits, strokes, rules, dots, noise.

Nothing here may look like a digit, or the classifier unlearns that digit: half an 8 is a 3, the top of a 9
a 0, a straight upright stroke a 1.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.data.datasets import Picture

_INK_LEVEL = 40  # of 255; what is fainter does not count for the ink's extent
_SIDE = 96  # pixels, the canvas that strokes are drawn on

# The halves that cannot be taken for a digit, with the range of cuts, as a share of the side.
HALVES: dict[int, tuple[tuple[str, float, float], ...]] = {
    0: (("top", 0.35, 0.55), ("bottom", 0.35, 0.55), ("left", 0.4, 0.6), ("right", 0.4, 0.6)),
    2: (("left", 0.35, 0.55), ("bottom", 0.3, 0.45)),
    3: (("left", 0.3, 0.42),),
    4: (("top", 0.3, 0.45), ("left", 0.35, 0.5)),
    5: (("top", 0.35, 0.5), ("left", 0.35, 0.55)),
    7: (("left", 0.4, 0.6),),
    9: (("left", 0.4, 0.55),),
}
PAIRS_LIKE_A_DIGIT = {(1, 1), (1, 3), (0, 1), (1, 0), (5, 1), (1, 7)}  # 1 and 3 that touch are an 8


def made(
    digits: Sequence[Picture], labels: NDArray[np.int64], count: int, generator: np.random.Generator
) -> list[Picture]:
    """`count` pictures, (h, w) uint8, white on black, of what is not a digit.

    Args:
        digits: pictures of digits, to halve and to join.
        labels: (n,) which digits they show.
        count: how many to make.
        generator: where the chance comes from.
    """
    drawn: tuple[Callable[[np.random.Generator], Picture], ...] = (_tangle, _rules, _dots, _noise, _hatching)
    pictures: list[Picture] = []
    while len(pictures) < count:
        kind = generator.random()
        first, second = (int(index) for index in generator.integers(len(digits), size=2))
        picture: Picture | None
        if kind < 0.3:
            picture = half(digits[first], int(labels[first]), generator)
        elif kind < 0.65:
            pair = int(labels[first]), int(labels[second])
            picture = None if pair in PAIRS_LIKE_A_DIGIT else join(digits[first], digits[second], generator)
        else:
            picture = drawn[int(generator.integers(len(drawn)))](generator)
        if picture is not None and not like_a_digit(picture):
            pictures.append(picture)
    return pictures


def like_a_digit(picture: Picture) -> bool:
    """Whether it might be meant as a 1 or a 7, by its outline alone; also where there is no ink.

    A 1 is one long stroke, upright or slanting, or an upright block of a thick pen; a 7 a corner at the upper
    right, as frames and a sheet's edges have it.
    """
    ink = trim(picture) > _INK_LEVEL
    height, width = ink.shape
    if not ink.size or width < 0.38 * height or (width < 0.65 * height and ink.mean() > 0.7):
        return True
    return _slender(ink) or _corner(ink)


def _slender(ink: NDArray[np.bool_]) -> bool:
    (down, both), (_, across) = np.cov(np.nonzero(ink), bias=True)
    middle, radius = (down + across) / 2, np.hypot((down - across) / 2, both)
    slender = middle - radius < 0.08 * (middle + radius)  # variances along the short and the long axis
    return bool(slender and down > 0.5 * across)


def _corner(ink: NDArray[np.bool_]) -> bool:
    height, width = ink.shape
    top, right = height // 4, width - width // 3
    return bool(ink[top:, :right].sum() < 0.06 * ink.sum() and ink[:top].any(axis=0).mean() > 0.7)


def trim(picture: Picture) -> Picture:
    """`picture` without its empty margin; of size 0 where there is no ink."""
    x, y, width, height = cv2.boundingRect((picture > _INK_LEVEL).astype(np.uint8))
    return picture[y : y + height, x : x + width]


def half(digit: Picture, label: int, generator: np.random.Generator) -> Picture | None:
    """A half of a digit that cannot be taken for another one; None where that digit has no such half."""
    cuts = HALVES.get(label)
    if not cuts:
        return None
    side, least, most = cuts[int(generator.integers(len(cuts)))]
    ink = trim(digit)
    if not ink.size:
        return None
    ink = _enlarged(ink)  # so that the cut is as sharp as the strokes' edges
    share = generator.uniform(least, most)
    row, column = round(ink.shape[0] * share), round(ink.shape[1] * share)
    match side:
        case "top":
            return ink[:row]
        case "bottom":
            return ink[ink.shape[0] - row :]
        case "left":
            return ink[:, :column]
    return ink[:, ink.shape[1] - column :]


def _enlarged(ink: Picture) -> Picture:
    scale = max(64 / max(ink.shape), 1.0)
    return np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC), np.uint8)


def join(left: Picture, right: Picture, generator: np.random.Generator) -> Picture:
    """Two digits side by side, touching or nearly so."""
    height = 40
    inks = []
    for digit in (left, right):
        ink = trim(digit)
        tall = max(round(height * generator.uniform(0.75, 1.0)), 1)
        wide = max(round(ink.shape[1] * tall / max(ink.shape[0], 1)), 1)
        resized = cv2.resize(ink, (wide, tall), interpolation=cv2.INTER_LINEAR) if ink.size else ink
        above = int(generator.integers(0, height - tall + 1))
        canvas = np.zeros((height, resized.shape[1]), np.uint8)
        canvas[above : above + resized.shape[0]] = resized
        inks.append(canvas)
    narrower = min(ink.shape[1] for ink in inks)
    overlap = round(generator.uniform(-2, 0.25 * narrower))
    width = inks[0].shape[1] + inks[1].shape[1] - overlap
    pair = np.zeros((height, width), np.uint8)
    pair[:, : inks[0].shape[1]] = inks[0]
    second = pair[:, width - inks[1].shape[1] :]
    np.maximum(second, inks[1], out=second)
    return pair


def scribble(generator: np.random.Generator) -> Picture:
    """A tangle or a hatching, (h, w) uint8, white on black."""
    return _tangle(generator) if generator.random() < 0.5 else _hatching(generator)


def _canvas() -> Picture:
    return np.zeros((_SIDE, _SIDE), np.uint8)


def _pen(generator: np.random.Generator) -> int:
    return int(generator.integers(2, 10))


def _tangle(generator: np.random.Generator) -> Picture:
    """A smooth line through many random points; through few it might be an 8 or a 4."""
    count = int(generator.integers(9, 19))
    points = generator.uniform(10, _SIDE - 10, (count, 2)).astype(np.float32)
    smooth = cv2.resize(points.reshape(count, 1, 2), (1, count * 12), interpolation=cv2.INTER_CUBIC)
    canvas = _canvas()
    cv2.polylines(canvas, [smooth.astype(np.int32)], False, 255, min(_pen(generator), 6), cv2.LINE_AA)
    return canvas


def _hatching(generator: np.random.Generator) -> Picture:
    """Hatching: strokes to and fro."""
    count = int(generator.integers(6, 14))
    xs = np.linspace(8, _SIDE - 8, count) + generator.normal(0, 2, count)
    low, high = generator.uniform(8, 40), generator.uniform(56, 88)
    ys = np.where(np.arange(count) % 2, low, high) + generator.normal(0, 6, count)
    points = np.stack([xs, ys], axis=-1).astype(np.int32)
    canvas = _canvas()
    cv2.polylines(canvas, [points.reshape(-1, 1, 2)], False, 255, min(_pen(generator), 5), cv2.LINE_AA)
    return canvas


def _rules(generator: np.random.Generator) -> Picture:
    """Pieces of ruled and squared paper and of tables: lines, corners, crossings, T-pieces, frames."""
    canvas, pen = _canvas(), _pen(generator)
    across = sorted(int(v) for v in generator.integers(8, _SIDE - 8, 2))
    down = sorted(int(v) for v in generator.integers(8, _SIDE - 8, 2))
    match int(generator.integers(5)):
        case 0:
            cv2.line(
                canvas, (4, across[0]), (_SIDE - 4, across[0] + int(generator.integers(-6, 7))), 255, pen
            )
        case 1:
            cv2.rectangle(canvas, (8, 8), (_SIDE - 8, max(down[1], 60)), 255, min(pen, 5))
            cv2.line(canvas, (down[1], 8), (down[1], _SIDE), 255, min(pen, 5))
        case 2:  # a corner that opens to the upper right, unlike a 7
            cv2.line(canvas, (10, 8), (10, _SIDE - 8), 255, pen)
            cv2.line(canvas, (10, _SIDE - 8), (_SIDE - 8, _SIDE - 8), 255, pen)
        case 3:
            cv2.line(canvas, (_SIDE // 2, 4), (_SIDE // 2, _SIDE - 4), 255, pen)
            cv2.line(canvas, (4, across[0]), (_SIDE - 4, across[0]), 255, pen)
        case _:
            for at in range(16, _SIDE, 22):
                cv2.line(canvas, (at, 4), (at, _SIDE - 4), 255, min(pen, 4))
                cv2.line(canvas, (4, at), (_SIDE - 4, at), 255, min(pen, 4))
    return canvas


def _dots(generator: np.random.Generator) -> Picture:
    """A filled dot, a smear, or three of them; two might be an 8."""
    canvas = _canvas()
    for _ in range(int(generator.choice((1, 1, 3)))):
        centre = tuple(int(v) for v in generator.integers(30, _SIDE - 30, 2))
        axis = int(generator.integers(8, 22))
        axes = axis, int(axis * generator.uniform(0.6, 1.0))  # rounder than a stroke, which might be a 1
        cv2.ellipse(canvas, centre, axes, float(generator.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
    return canvas


def _noise(generator: np.random.Generator) -> Picture:
    """What a threshold makes of paper grain, cloth or a shadow's edge: clouds of some coarseness, cut."""
    coarse = int(generator.integers(4, 20))
    field = generator.normal(0, 1, (coarse, coarse)).astype(np.float32)
    cloud = np.asarray(cv2.resize(field, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC), np.float32)
    grain = generator.normal(0, float(generator.uniform(0, 0.4)), cloud.shape)
    mask = (cloud + grain > generator.uniform(-0.2, 0.8)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if len(stats) < 2:
        return _canvas()
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    return np.where(labels == largest, 255, 0).astype(np.uint8)
