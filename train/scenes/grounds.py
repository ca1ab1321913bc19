"""What is written on, and what else fills a view: paper, boards, cloth, wood, screens, photos, things."""

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.stills.clutter import strewn
from webcam_digits.train.stills.surfaces import desk

Ground = NDArray[np.float32]  # (h, w, 3), BGR, 0..255

_THINGS = 24  # pictures of things, drawn once
_THINGS_SHAPE = (360, 480)


def paper(shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """White to grey, yellowed or coloured paper, or a board light or dark: an almost even colour."""
    lot = rng.random()
    if lot < 0.64:
        level = 254 - 134 * rng.random() ** 1.7
        tint = 1 + rng.normal(0, 0.02, 3) + rng.uniform(0, 0.12) * np.array([-1, 0, 0.3])
    elif lot < 0.76:  # coloured
        level, tint = rng.uniform(110, 230), rng.uniform(0.6, 1.08, 3)
    elif lot < 0.92:  # boards, dark paper, slides
        level, tint = rng.uniform(8, 85), rng.uniform(0.8, 1.25, 3)
    else:
        level, tint = rng.uniform(60, 150), rng.uniform(0.85, 1.15, 3)
    ground = np.empty((*shape, 3), np.float32)
    ground[:] = np.clip(level * tint, 2, 254)
    if rng.random() < 0.5:
        ground *= 1 + np.float32(rng.uniform(0.005, 0.05)) * cloud(shape, rng, 2, 8)[..., None]
    if rng.random() < 0.2:  # fibres, grain
        ground *= 1 + np.float32(rng.uniform(0.005, 0.035)) * cloud(shape, rng, 30, 90)[..., None]
    if rng.random() < 0.1:
        ground *= _creases(shape, rng)[..., None]
    return ground


def cloud(shape: tuple[int, int], rng: np.random.Generator, least: int, most: int) -> NDArray[np.float32]:
    """(h, w) smooth noise around 0, of deviation 1 at its knots, with so many knots along a side."""
    knots = rng.standard_normal((int(rng.integers(least, most)), int(rng.integers(least, most))), np.float32)
    return np.asarray(cv2.resize(knots, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def _creases(shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """Crumpled paper: facets of different brightness with sharp edges, around 1."""
    facets: NDArray[np.floating] = np.zeros(shape, np.float32)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    for _ in range(int(rng.integers(2, 7))):
        angle = rng.uniform(0, 2 * np.pi)
        across = x * np.cos(angle) + y * np.sin(angle)
        at = rng.uniform(float(across.min()), float(across.max()))
        fall = rng.uniform(8, 60)
        beyond = np.where(across > at, np.exp((at - across) / fall), 0).astype(np.float32)
        facets = facets + np.float32(rng.uniform(-0.1, 0.1)) * beyond
    return np.asarray(1 + facets, np.float32)


def cloth(shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """Threads, stripes and checks."""
    field = np.ones(shape, np.float32)
    y, x = (np.arange(length, dtype=np.float32) for length in shape)
    thread = rng.uniform(2, 14)
    for along in (y[:, None], x[None]):
        stripe = rng.uniform(8, 60)
        field = field * (
            1 - np.float32(rng.uniform(0, 0.4)) * (np.mod(along, stripe) < stripe * rng.uniform(0.1, 0.6))
        )
        field = field * (
            1 + np.float32(rng.uniform(0.02, 0.2)) * np.sin(2 * np.pi * along / thread + rng.uniform(0, 6))
        )
    return np.asarray(_base(shape, rng) * field[..., None], np.float32)


def wood(shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """Streaks along boards, or leaves and bark where they are short."""
    streaks = rng.standard_normal(
        (max(shape[0] // int(rng.integers(2, 8)), 2), int(rng.integers(3, 14))), np.float32
    )
    long = cv2.resize(streaks, shape[::-1], interpolation=cv2.INTER_CUBIC)
    field = np.maximum(1 + np.float32(rng.uniform(0.04, 0.25)) * long, 0.1)
    return np.asarray(
        _base(shape, rng) * (field if rng.random() < 0.7 else field[::-1, ::-1])[..., None], np.float32
    )


def speckled(shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """Leather, gravel, foliage, enlarged noise: blobs of one size, of any strength."""
    size = float(np.exp(rng.uniform(-0.7, 1.8)))
    field = np.asarray(cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), size), np.float32)
    field /= max(float(field.std()), 1e-6)
    depth = np.float32(np.exp(rng.uniform(np.log(0.02), np.log(0.6))))
    if rng.random() < 0.3:
        field = np.sign(field) * np.sqrt(np.abs(field))
    ground = _base(shape, rng) * np.maximum(1 + depth * field, 0.05)[..., None]
    if rng.random() < 0.3:
        ground = ground * (1 + 0.3 * cloud(shape, rng, 2, 6)[..., None])
    return np.asarray(ground, np.float32)


def screen(shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """A display, with the grid of its pixels or a moire."""
    ground = np.empty((*shape, 3), np.float32)
    ground[:] = rng.uniform(20, 250) * rng.uniform(0.75, 1.1, 3)
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    depth = np.float32(rng.uniform(0.01, 0.1))
    for _ in range(2):
        angle, period = rng.uniform(0, np.pi), rng.uniform(2, 30)
        ground *= 1 + depth * np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)[..., None]
    return ground


def panes(shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """Rooms and streets in a rough sketch: rectangles, bars and discs of any colour."""
    ground = _base(shape, rng)
    for _ in range(int(rng.integers(4, 22))):
        colour = (rng.uniform(5, 250) * rng.uniform(0.7, 1.3, 3)).tolist()
        middle = rng.uniform(0, 1, 2) * shape[::-1]
        lot = rng.random()
        if lot < 0.55:
            size = np.exp(rng.uniform(np.log(4), np.log(140), 2))
            corners = cv2.boxPoints(
                (middle.tolist(), size.tolist(), float(rng.normal(0, 12) + 90 * (rng.random() < 0.2)))
            )
            cv2.fillPoly(ground, [np.round(corners * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)
        elif lot < 0.75:
            axes = np.exp(rng.uniform(np.log(3), np.log(60), 2)).astype(int).tolist()
            thick = -1 if rng.random() < 0.5 else int(rng.integers(1, 6))
            cv2.ellipse(
                ground,
                middle.astype(int).tolist(),
                axes,
                float(rng.uniform(0, 180)),
                0,
                360,
                colour,
                thick,
                cv2.LINE_AA,
            )
        else:
            end = middle + rng.normal(0, 60, 2)
            cv2.line(
                ground,
                middle.astype(int).tolist(),
                end.astype(int).tolist(),
                colour,
                int(rng.integers(1, 9)),
                cv2.LINE_AA,
            )
    if rng.random() < 0.5:
        ground = np.asarray(cv2.GaussianBlur(ground, (0, 0), float(rng.uniform(0.4, 4))), np.float32)
    return ground


def things(shape: tuple[int, int], rng: np.random.Generator, part: str) -> Ground:
    """A piece of a view of things on a desk."""
    return piece(_thing(int(rng.integers(_THINGS)), part), shape, rng)


def piece(picture: NDArray[np.uint8], shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    """A piece of a picture, at any size, mirrored and in other colours."""
    scale = float(np.exp(rng.uniform(np.log(0.5), np.log(3.0))))
    scale = max(scale, shape[0] / (picture.shape[0] - 2), shape[1] / (picture.shape[1] - 2))
    height, width = round(shape[0] / scale), round(shape[1] / scale)
    y, x = int(rng.integers(picture.shape[0] - height + 1)), int(rng.integers(picture.shape[1] - width + 1))
    cut = picture[y : y + height, x : x + width]
    if rng.random() < 0.5:
        cut = cut[:, ::-1]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    ground = cv2.resize(cut, shape[::-1], interpolation=method).astype(np.float32)
    gain = rng.uniform(0.4, 1.2) * rng.uniform(0.8, 1.15, 3)
    return np.asarray(ground * gain.astype(np.float32), np.float32)


def _base(shape: tuple[int, int], rng: np.random.Generator) -> Ground:
    ground = np.empty((*shape, 3), np.float32)
    ground[:] = np.clip(rng.uniform(15, 230) * rng.uniform(0.7, 1.3, 3), 2, 250)
    return ground


@functools.lru_cache(maxsize=2 * _THINGS)
def _thing(number: int, part: str) -> NDArray[np.uint8]:
    rng = np.random.default_rng((number, part == "train"))
    return np.clip(strewn(desk(_THINGS_SHAPE, rng), rng), 0, 255).astype(np.uint8)
