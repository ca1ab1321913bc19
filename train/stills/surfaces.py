"""What people write on: blank, ruled, squared and printed paper, whiteboards, blackboards; desks, fabrics."""

import itertools
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.stills.clutter import strewn

Colour = tuple[float, float, float]  # blue, green, red, 0..255
Ground = NDArray[np.float32]  # (h, w, 3), BGR, 0..255

_UNBOUNDED = ("whiteboard", "blackboard", "fabric", "wood", "leather", "things")
_COLOURS: tuple[Colour, ...] = (  # of paper: white, pink, yellow, green, blue, brown wrapping, navy
    (235, 235, 235),
    (205, 175, 240),
    (125, 230, 245),
    (155, 225, 165),
    (235, 200, 155),
    (120, 155, 190),
    (85, 50, 40),
)
_TINTS: tuple[Colour, ...] = ((1, 1, 1), (0.93, 0.98, 1), (1, 0.98, 0.95), (0.86, 0.95, 1), (0.93, 1, 0.95))


@dataclass(frozen=True, slots=True)
class Rule:
    """A printed line.

    Attributes:
        start: x and y of one end in pixels.
        end: x and y of the other.
        width: in pixels.
        colour: of its ink.
    """

    start: tuple[float, float]
    end: tuple[float, float]
    width: float
    colour: Colour


def ground(surface: str, shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """The bare surface in even light, with its tint and grain.

    Args:
        surface: "whiteboard", "blackboard", "coloured", or the stuff of a desk: "fabric", "wood" or
            "leather", or a desk with "things" on it; what else there is, is paper.
        shape: (h, w) in pixels.
        rng: decides the rest.
    """
    if surface == "coloured":
        colour = np.array(_COLOURS[int(rng.integers(len(_COLOURS)))]) * rng.uniform(0.8, 1.04)
        return _cloudy(colour, shape, rng.uniform(0, 0.03), rng)
    if surface == "things":
        return strewn(desk(shape, rng), rng)
    if surface in _STUFFS:
        return desk(shape, rng) * _STUFFS[surface](shape, rng)[..., None]
    if surface == "blackboard":
        level = rng.uniform(25, 70)
        tint = np.array(((1, 1, 1), (0.9, 1.15, 0.9), (1.15, 1, 0.85))[int(rng.integers(3))])
        return _cloudy(level * tint, shape, 0.16, rng)
    level = rng.uniform(205, 250) if surface == "whiteboard" else rng.uniform(150, 250)
    tint = np.array(_TINTS[0 if surface == "whiteboard" else int(rng.integers(len(_TINTS)))])
    return _cloudy(level * tint, shape, rng.uniform(0, 0.03), rng)


def desk(shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """What shows beside a sheet: a plain or streaky dark or middling surface."""
    colour = rng.uniform(20, 200) * rng.uniform(0.75, 1.25, 3)
    return _cloudy(np.clip(colour, 0, 235), shape, rng.uniform(0.02, 0.12), rng)


def rules(surface: str, shape: tuple[int, int], rng: np.random.Generator) -> list[Rule]:
    """The printed lines of ruled and squared paper and of forms; none on any other surface."""
    height, width = shape
    step = rng.uniform(0.05, 0.13) * height
    pen = max(rng.uniform(0.0015, 0.004) * height, 1.0)
    shade = rng.uniform(110, 205)
    colour = (1.15 * shade, 0.95 * shade, 0.8 * shade) if rng.random() < 0.5 else (shade, shade, shade)
    across = [Rule((0, y), (width, y), pen, colour) for y in np.arange(rng.uniform(0, step), height, step)]
    match surface:
        case "ruled":
            margin = rng.uniform(0.08, 0.2) * width
            red = (120.0, 120.0, 225.0)
            return [*across, Rule((margin, 0), (margin, height), pen, red)] if rng.random() < 0.4 else across
        case "squared":
            down = [
                Rule((x, 0), (x, height), pen, colour) for x in np.arange(rng.uniform(0, step), width, step)
            ]
            return across + down
        case "form":
            shade = rng.uniform(20, 110)
            fields = range(int(rng.integers(2, 7)))
            return [line for _ in fields for line in _field(shape, pen, (shade, shade, shade), rng)]
    return []


def fills_the_view(surface: str) -> bool:
    """Whether it is so large that no desk shows around it."""
    return surface in _UNBOUNDED


def _field(shape: tuple[int, int], pen: float, colour: Colour, rng: np.random.Generator) -> list[Rule]:
    """The four lines of a field to fill in, wider than high; or one line to write on."""
    height, width = shape
    tall, wide = rng.uniform(0.08, 0.2) * height, rng.uniform(0.2, 0.7) * width
    x, y = rng.uniform(0, width - wide), rng.uniform(0, height - tall)
    corners = [(x, y), (x + wide, y), (x + wide, y + tall), (x, y + tall), (x, y)]
    lines = [Rule(start, end, pen, colour) for start, end in itertools.pairwise(corners)]
    return lines[2:3] if rng.random() < 0.3 else lines


def _weave(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Threads across each other, with stripes or checks: how bright each pixel is, around 1."""
    y, x = (np.arange(length, dtype=np.float32) for length in shape)
    thread = rng.uniform(2, 9)
    field = np.ones(shape, np.float32)
    for along, share in ((y[:, None], rng.uniform(0, 0.35)), (x[None], rng.uniform(0, 0.35))):
        stripe = rng.uniform(20, 90)
        field *= 1 - share * (np.mod(along, stripe) < stripe * rng.uniform(0.1, 0.6))
        field *= 1 + rng.uniform(0.02, 0.12) * np.sin(2 * np.pi * along / thread)
    return field


def _grain(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Streaks along the boards, as wood has: how bright each pixel is, around 1."""
    streaks = rng.normal(0, 1, (shape[0] // int(rng.integers(2, 8)), int(rng.integers(3, 12))))
    long = cv2.resize(streaks.astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.maximum(1 + np.float32(rng.uniform(0.04, 0.2)) * long, 0.2), np.float32)


def _leather(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Creases between bulges that shine here and there: how bright each pixel is, around 1."""
    bulge = float(rng.uniform(0.8, 1.6))  # pixels
    fine = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), bulge)
    shine = cv2.resize(rng.random((4, 5), np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)
    depth = np.float32(rng.uniform(0.2, 0.8)) * np.maximum(shine, 0)
    return np.asarray(np.maximum(1 + depth * fine / fine.std(), 0.2), np.float32)


_STUFFS = {"fabric": _weave, "wood": _grain, "leather": _leather}


def _cloudy(
    colour: NDArray[np.float64], shape: tuple[int, int], depth: float, rng: np.random.Generator
) -> Ground:
    """An almost even colour: large clouds of relative depth `depth`, as a wiped board or a desk has."""
    coarse = rng.normal(0, 1, (int(rng.integers(2, 9)), int(rng.integers(2, 9)))).astype(np.float32)
    clouds = np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)
    return np.asarray((1 + np.float32(depth) * clouds)[..., None] * colour.astype(np.float32), np.float32)
