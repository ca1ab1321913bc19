"""Pictures of characters as a camera might have seen them, each ending as a glyph of the one normaliser.

The live path cuts one component's ink out of a camera picture: of any size, drawn with anything from a
hair-thin pen to a marker, soft from blur or hard from a threshold, ragged from noise, at times with a gap or
with the rest of a ruled line. All of that happens here to the picture, before `normalise`, as it does live.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.glyphs import GLYPH_SIZE, normalise
from webcam_digits.train.data.datasets import Picture

_INK = 48  # pixels, the ink's longer side while it is worked on
_SIDE = 2 * _INK  # pixels, the canvas it is worked on: room to turn, stretch and thicken
_CENTRE = (_SIDE - 1) / 2
_GRID = np.indices((_SIDE, _SIDE)).astype(np.float32)[::-1] - _CENTRE  # x, y from the middle


def augment(pictures: Sequence[Picture], seed: Sequence[int], strength: float = 1.0) -> NDArray[np.uint8]:
    """(n, 28, 28) glyphs of the n `pictures`, each changed at random, the same for the same arguments."""
    cv2.setNumThreads(1)
    generator = np.random.default_rng(seed)
    glyphs = np.zeros((len(pictures), GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    for index, picture in enumerate(pictures):
        glyphs[index] = normalise(vary(picture, generator, strength))
    return glyphs


def vary(picture: Picture, generator: np.random.Generator, strength: float = 1.0) -> Picture:
    """The ink of `picture`, drawn by another hand, with another pen, before another camera.

    Args:
        picture: (h, w) uint8, white ink on black.
        generator: where the chance comes from.
        strength: how much is changed, a factor.

    Returns:
        (h, w) uint8 of some size; all black where `picture` is.
    """
    strength *= float(generator.uniform(0.1, 1.0))  # mild changes stay as frequent as wild ones
    ink = redraw(picture, strength, generator)
    if generator.random() < 0.04 * strength:
        ink = _outline(ink)
    if generator.random() < 0.1 * strength:
        _break(ink, generator)
    if generator.random() < 0.08 * strength:
        _underline(ink, generator)
    return _photograph(ink, strength, generator)


def redraw(picture: Picture, strength: float, generator: np.random.Generator) -> Picture:
    """The ink of `picture` by another hand with another pen, (96, 96) uint8, its longer side about 48 pixels.

    Args:
        picture: (h, w) uint8, white ink on black.
        strength: how far it may change, 0 to 1.
        generator: where the chance comes from.
    """
    return _change_stroke(_warp(_on_canvas(picture), strength, generator), strength, generator)


def _on_canvas(picture: Picture) -> Picture:
    canvas = np.zeros((_SIDE, _SIDE), np.uint8)
    x, y, width, height = cv2.boundingRect((picture > 25).astype(np.uint8))
    if not width:
        return canvas
    scale = _INK / max(width, height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    ink = cv2.resize(picture[y : y + height, x : x + width], size, interpolation=method)
    left, top = (_SIDE - size[0]) // 2, (_SIDE - size[1]) // 2
    canvas[top : top + size[1], left : left + size[0]] = ink
    return canvas


def _warp(ink: Picture, strength: float, generator: np.random.Generator) -> Picture:
    """Turn, slant, stretch, and let every stroke tremble."""
    angle = np.deg2rad(15 * strength * generator.uniform(-1, 1))
    slant = 0.35 * strength * generator.uniform(-1, 1)
    aspect = np.exp(0.45 * strength * generator.uniform(-1, 1))
    cos, sin = np.cos(angle), np.sin(angle)
    inverse = np.array([[cos, sin], [-sin, cos]]) @ np.array([[1, slant], [0, 1]])
    inverse = inverse @ np.diag([np.sqrt(aspect), 1 / np.sqrt(aspect)])
    tremble = generator.normal(0, 2.2 * strength, (5, 5, 2)).astype(np.float32)
    shift = cv2.resize(tremble, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    (a, b), (c, d) = inverse.astype(np.float32)
    map_x = a * _GRID[0] + b * _GRID[1] + shift[..., 0] + np.float32(_CENTRE)
    map_y = c * _GRID[0] + d * _GRID[1] + shift[..., 1] + np.float32(_CENTRE)
    return np.asarray(cv2.remap(ink, map_x, map_y, cv2.INTER_LINEAR), np.uint8)


def _change_stroke(ink: Picture, strength: float, generator: np.random.Generator) -> Picture:
    """Another pen: strokes from a hair's to a marker's width, whole also where they became thin."""
    mask = (ink > 110).astype(np.uint8)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    ridge = (distance >= cv2.dilate(distance, np.ones((3, 3), np.uint8)) - 0.3) & (mask > 0)
    if not ridge.any():
        return ink
    radius = float(np.median(distance[ridge]))
    target = _INK * float(generator.uniform(0.012, 0.095))
    change = (target - radius) * strength
    if change < -0.5:
        return np.where((distance > -change) | ridge, 255, 0).astype(np.uint8)
    if change > 0.5:
        size = 2 * round(change) + 1
        return np.asarray(
            cv2.dilate(ink, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))), np.uint8
        )
    return ink


def _outline(ink: Picture) -> Picture:
    """Hollow, as with the pen drawn around a thick stroke."""
    inner, outer = (cv2.dilate(ink, np.ones((size, size), np.uint8)) for size in (3, 7))
    return np.asarray(cv2.subtract(outer, inner), np.uint8)


def _break(ink: Picture, generator: np.random.Generator) -> None:
    """A gap of a thin line somewhere across the ink, as a threshold or a glare leaves it."""
    start, end = generator.uniform(_SIDE / 4, 3 * _SIDE / 4, (2, 2))
    direction = (end - start) / max(float(np.hypot(*(end - start))), 1)
    first, last = start - 12 * direction, start + 12 * direction
    cv2.line(ink, _point(first), _point(last), 0, int(generator.integers(1, 4)))


def _underline(ink: Picture, generator: np.random.Generator) -> None:
    """A rest of a ruled line, thin, at the height of some ink."""
    rows = np.flatnonzero(ink.max(axis=1))
    if not rows.size:
        return
    row = int(rows[-1] if generator.random() < 0.6 else generator.choice(rows))
    columns = np.flatnonzero(ink[row])
    middle = int(columns.mean())
    before, after = generator.integers(2, _INK // 3, 2)
    cv2.line(ink, (middle - int(before), row), (middle + int(after), row), 255, int(generator.integers(1, 3)))


def _photograph(ink: Picture, strength: float, generator: np.random.Generator) -> Picture:
    """Blur, distance, noise, and the threshold's hard edge or the camera's soft one."""
    height = float(np.exp(generator.uniform(np.log(14), np.log(90))))
    scale = height / _INK
    if scale < 0.9:
        ink = np.asarray(cv2.resize(ink, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    sigma = strength * float(generator.uniform(0, 0.045)) * _INK * min(scale, 1)
    if sigma > 0.3:
        ink = np.asarray(cv2.GaussianBlur(ink, (0, 0), sigma), np.uint8)
    edge = generator.random()
    if edge < 0.3 * strength:  # ragged: noise, then a threshold
        noise = generator.normal(0, 45 * strength, ink.shape)
        level = generator.uniform(0.35, 0.6) * int(ink.max())
        return np.where(ink + noise * (ink > 30) > level, 255, 0).astype(np.uint8)
    if edge < 0.5:
        return np.where(ink > min(110, int(ink.max()) / 2), 255, 0).astype(np.uint8)
    if edge < 0.7:  # more or less contrast
        gain = float(generator.uniform(0.8, 2.0))
        return np.asarray(cv2.convertScaleAbs(ink, alpha=gain), np.uint8)
    return ink


def _point(position: NDArray[np.float64]) -> tuple[int, int]:
    return int(position[0]), int(position[1])
