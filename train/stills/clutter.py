"""What lies on a table or is held into the view and bears no number: bodies, cables, hair, skin, print.

Drawn as shaded shapes, no likeness of any one thing: edges, highlights, holes and cords are what a threshold
finds in things, and what may pass for strokes.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.handwriting.fonts import letter_by_letter, substitute

Ground = NDArray[np.float32]  # (h, w, 3), BGR, 0..255
Points = NDArray[np.float64]  # (n, 2), x and y in pixels

_MOST = 8  # things in a view
_FINE = 4  # binary digits of the fixed point that shapes are drawn with
_SKIN = (120.0, 160.0, 215.0)
_PRINTED = "ABCDEFHJKLMNPQRTUVWXYabcdefhkmnprtuvwxy"


def strewn(ground: Ground, rng: np.random.Generator) -> Ground:
    """The ground with one to a handful of things upon it.

    Args:
        ground: (h, w, 3).
        rng: decides which, where and how they are lit.
    """
    for _ in range(int(rng.integers(1, _MOST + 1))):
        thing = _THINGS[int(rng.integers(len(_THINGS)))]
        ground = thing(ground, rng)
    return ground


def _body(ground: Ground, rng: np.random.Generator) -> Ground:
    """A rounded solid with its shadow, shaded from the light's side, with what is on its face."""
    outline, middle, turned = _outline(ground, rng)
    mask = _filled(ground, outline)
    size = float(np.ptp(outline, axis=0).max())
    light = rng.normal(0, 1, 2)
    light /= np.hypot(*light)
    shade = np.roll(mask, (-light * 0.06 * size).astype(int)[::-1], axis=(0, 1))
    shade = _softened(shade, 0.04 * size * rng.uniform(0.3, 2))
    ground = ground * (1 - np.float32(rng.uniform(0.2, 0.7)) * shade[..., None])
    y, x = np.mgrid[: ground.shape[0], : ground.shape[1]].astype(np.float32)
    slope = ((x - middle[0]) * light[0] + (y - middle[1]) * light[1]) / size
    rim = _softened(mask, 0.02 * size * rng.uniform(0.3, 2)) * 2 - 1
    bulge = np.clip(rim, 0, 1) ** np.float32(rng.uniform(0.1, 0.9))
    level = (1 + np.float32(rng.uniform(0.1, 0.8)) * slope) * (0.35 + 0.65 * bulge)
    surface = level[..., None] * np.float32(_colour(rng))
    if rng.random() < 0.6:  # it shines
        across = np.exp(-(((slope - rng.uniform(-0.3, 0.4)) / rng.uniform(0.01, 0.1)) ** 2))
        surface = surface + (rng.uniform(20, 140) * across * bulge)[..., None].astype(np.float32)
    ground = ground + (surface - ground) * mask[..., None]
    for _ in range(int(rng.integers(0, 4))):
        ground = _FACES[int(rng.integers(len(_FACES)))](ground, middle, size, turned, rng)
    return ground


def _cable(ground: Ground, rng: np.random.Generator) -> Ground:
    """A cord in loops: round, so darker along its sides, with a shadow beside it."""
    height = ground.shape[0]
    thick = max(height * rng.uniform(0.006, 0.04), 2.0)
    path = _through(rng.uniform(-0.2, 1.2, (int(rng.integers(3, 9)), 2))) * ground.shape[1::-1]
    ground = _stroked(ground, path + 0.5 * thick, thick, 0.6 * ground, soft=0.3 * thick)
    colour = np.broadcast_to(np.float32(_colour(rng)), ground.shape)
    ground = _stroked(ground, path, thick, 0.6 * colour)
    return _stroked(ground, path - 0.15 * thick, 0.4 * thick, 1.2 * colour, soft=0.12 * thick)


def _hair(ground: Ground, rng: np.random.Generator) -> Ground:
    """Many thin curves side by side, as hair, fringes and bristles are."""
    height, width = ground.shape[:2]
    knots = rng.uniform(-0.2, 1.2, (4, 2))
    colour = np.broadcast_to(np.float32(_colour(rng)), ground.shape)
    for _ in range(int(rng.integers(20, 120))):
        strand = _through(knots + rng.normal(0, 0.05, 2) + rng.normal(0, 0.02, (4, 2))) * (width, height)
        shine = np.float32(rng.uniform(0.5, 1.5))
        ground = _stroked(ground, strand, max(height * rng.uniform(0.001, 0.006), 1.0), shine * colour)
    return ground


def _skin(ground: Ground, rng: np.random.Generator) -> Ground:
    """A smooth round form with a few soft dark places, as fingers, hands and faces are."""
    outline, middle, turned = _outline(ground, rng)
    size = float(np.ptp(outline, axis=0).max())
    mask = _softened(_filled(ground, outline), 0.01 * size)
    tone = np.float32(np.array(_SKIN) * rng.uniform(0.25, 1.1))
    ground = ground + (tone * (0.6 + 0.4 * mask[..., None]) - ground) * mask[..., None]
    for _ in range(int(rng.integers(2, 9))):
        spot = middle + rng.normal(0, 0.22 * size, 2)
        axes = size * rng.uniform(0.01, 0.09, 2)
        dark = _filled(ground, _ellipse(spot, axes, turned + rng.normal(0, 0.3)))
        dark = _softened(dark, float(axes.min()) * rng.uniform(0.05, 0.5))
        ground = ground * (1 - np.float32(rng.uniform(0.2, 0.8)) * dark[..., None])
    return ground


def _holes(ground: Ground, middle: Points, size: float, turned: float, rng: np.random.Generator) -> Ground:
    """A row or field of holes, slots, keys or screws."""
    along = np.array([np.cos(turned), np.sin(turned)])
    across = np.array([-along[1], along[0]])
    pitch = size * rng.uniform(0.04, 0.15)
    axes = pitch * rng.uniform(0.12, 0.48, 2)
    start = middle + rng.normal(0, 0.12 * size, 2)
    dark, ring = np.float32(rng.uniform(0.1, 1.7)), rng.random() < 0.3
    for row in range(int(rng.integers(1, 5))):
        for column in range(int(rng.integers(1, 8))):
            place = start + pitch * (row * across + column * along)
            mask = _filled(ground, _ellipse(place, axes, turned))
            if ring:
                mask = mask - _filled(ground, _ellipse(place, 0.7 * axes, turned))
            ground = ground * (1 + (dark - 1) * mask[..., None])
    return ground


def _groove(ground: Ground, middle: Points, size: float, turned: float, rng: np.random.Generator) -> Ground:
    """A seam between two parts: a dark line with a light one beside it."""
    ends = rng.normal(0, 0.3 * size, (2, 2))
    bend = ends.mean(axis=0) + rng.normal(0, 0.1 * size, 2)
    steps = np.linspace(0, 1, 20)[:, None]
    path = middle + (1 - steps) ** 2 * ends[0] + 2 * steps * (1 - steps) * bend + steps**2 * ends[1]
    thick = max(size * rng.uniform(0.004, 0.03), 1.0)
    ground = _stroked(ground, path + 0.7 * thick, thick, 1.25 * ground)
    return _stroked(ground, path, thick, np.float32(rng.uniform(0.2, 0.7)) * ground)


def _print(ground: Ground, middle: Points, size: float, turned: float, rng: np.random.Generator) -> Ground:
    """A maker's name, of letters that are like no digit."""
    text = "".join(rng.choice(list(_PRINTED), int(rng.integers(3, 9))))
    height, width = ground.shape[:2]
    layer = np.zeros((height, width), np.float32)
    scale = size * rng.uniform(0.05, 0.14) / 60
    spin = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]])
    for _, x, y, picture in letter_by_letter(substitute(), text):
        corner = middle + spin @ (np.array([x, y]) - (80, 30)) * scale
        matrix = np.hstack([scale * spin, corner[:, None]])
        letter = cv2.warpAffine(picture.astype(np.float32) / 255, matrix, (width, height))
        layer = np.maximum(layer, letter)
    ink = np.float32(rng.uniform(0, 60) if ground.mean() > 90 else rng.uniform(180, 250))
    return np.asarray(ground + (ink - ground) * layer[..., None], np.float32)


_THINGS: tuple[Callable[[Ground, np.random.Generator], Ground], ...] = (*3 * (_body,), _cable, _hair, _skin)
_FACES = (_holes, _groove, _print)


def _colour(rng: np.random.Generator) -> Points:
    """Most things are black, grey or white; some are coloured."""
    grey = float(rng.choice([rng.uniform(15, 60), rng.uniform(60, 200), rng.uniform(200, 250)]))
    return np.asarray(grey * rng.uniform(0.9, 1.1, 3) if rng.random() < 0.7 else rng.uniform(20, 240, 3))


def _outline(ground: Ground, rng: np.random.Generator) -> tuple[Points, Points, float]:
    """A superellipse (Lamé 1818), its middle and how it is turned, in radians."""
    height, width = ground.shape[:2]
    middle = rng.uniform(0, 1, 2) * (width, height)
    axes = height * np.exp(rng.uniform(np.log(0.05), np.log(0.5), 2))
    turned = float(rng.uniform(0, np.pi))
    return _ellipse(middle, axes, turned, rng.uniform(0.15, 1.0)), middle, turned


def _ellipse(middle: Points, axes: Points, turned: float, power: float = 1.0) -> Points:
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    own = axes * np.sign(circle) * np.abs(circle) ** power
    spin = np.array([[np.cos(turned), -np.sin(turned)], [np.sin(turned), np.cos(turned)]])
    return np.asarray(middle + own @ spin.T)


def _through(knots: Points) -> Points:
    """A smooth way from the first of some places to the last, (n, 2)."""
    way = cv2.resize(knots[None].astype(np.float32), (24 * len(knots), 1), interpolation=cv2.INTER_CUBIC)
    return np.asarray(way[0], np.float64)


def _filled(ground: Ground, outline: Points) -> NDArray[np.float32]:
    """(h, w) 1 inside, with soft rims."""
    mask = np.zeros(ground.shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(outline * (1 << _FINE)).astype(np.int32)], 255, cv2.LINE_AA, _FINE)
    return mask.astype(np.float32) / np.float32(255)


def _stroked(ground: Ground, path: Points, thick: float, colour: Ground, *, soft: float = 0.0) -> Ground:
    mask = np.zeros(ground.shape[:2], np.uint8)
    points = np.round(path * (1 << _FINE)).astype(np.int32)
    cv2.polylines(mask, [points], False, 255, max(round(thick), 1), cv2.LINE_AA, _FINE)
    cover = mask.astype(np.float32) / np.float32(255)
    if soft:
        cover = _softened(cover, soft)
    return np.asarray(ground + (colour - ground) * cover[..., None], np.float32)


def _softened(mask: NDArray[np.float32], deviation: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(deviation, 0.5)), np.float32)
