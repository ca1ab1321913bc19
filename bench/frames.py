"""Frames that make a reader work: whatever could take it more and more time, at any size.

Each reaches another limit: pieces of lines, strokes, joins, cuts, holes, company, ground.
"""

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.handwriting.digit_shapes import FORMS
from webcam_digits.train.handwriting.letters import LETTERS
from webcam_digits.train.handwriting.pen import Hand, on_paper, write

Image = NDArray[np.uint8]
Shape = tuple[int, int]  # height, width
Draw = Callable[[Shape, np.random.Generator], Image]

_COLOURED = ", coloured"
_FORMS = {**FORMS, **{letter: {"": forms[0]} for letter, forms in LETTERS.items()}}


def ten_digits() -> Image:
    """A frame of 1280x720 with ten digits in uneven light, (720, 1280, 3) uint8 BGR."""
    rng = np.random.default_rng(0)
    rows = (
        write("31415", height=140, rng=rng, at=(150, 130)),
        write("92653", height=140, rng=rng, at=(150, 420)),
    )
    coverage = np.max([row.ink((720, 1280)) for row in rows], axis=0)
    return np.asarray(on_paper(coverage, rng=rng), np.uint8)


def page_of_digits() -> Image:
    """A frame of 1280x720 with 120 digits in ten rows, (720, 1280, 3) uint8 BGR."""
    rng = np.random.default_rng(0)
    digits = rng.integers(0, 10, (10, 12))
    rows = [
        write("".join(map(str, row)), height=44, rng=rng, hand=Hand(spacing=1.2), at=(60, 20 + 70 * y))
        for y, row in enumerate(digits)
    ]
    coverage = np.max([row.ink((720, 1280)) for row in rows], axis=0)
    return np.asarray(on_paper(coverage, rng=rng), np.uint8)


def worst(name: str, shape: Shape) -> Image:
    """One of WORST, (h, w, 3) uint8 BGR."""
    rng = np.random.default_rng(0)
    if name in _PICTURES:
        return _PICTURES[name](shape, rng)
    ink = _INKS[name.removesuffix(_COLOURED)](shape, rng)
    return _in_colours(ink) if name.endswith(_COLOURED) else np.asarray(on_paper(ink, rng=rng), np.uint8)


def _in_colours(ink: Image) -> Image:
    """In another colour every third of the page, of which none shows much in grey."""
    paper = np.array([235, 240, 238])
    pens = np.array([[90, 235, 240], [150, 150, 245], [245, 200, 130]])
    pen = pens[np.arange(ink.shape[0]) * 3 // ink.shape[0]][:, None]
    cover = ink[..., None].astype(np.float32) / 255
    return np.asarray(paper + (pen - paper) * cover, np.uint8)


def _full_of(stamps: Sequence[Image], shape: Shape, rng: np.random.Generator, gap: int) -> Image:
    """Rows of stamps of about one height, drawn by lot, `gap` pixels from each other."""
    page, pitch = np.zeros(shape, np.uint8), max(len(stamp) for stamp in stamps) + gap
    for y in range(0, shape[0] - pitch + 1, pitch):
        x = 0
        for stamp in rng.permutation(np.resize(np.arange(len(stamps)), shape[1])):
            height, width = stamps[stamp].shape
            if x + width > shape[1]:
                break
            place = page[y : y + height, x : x + width]
            np.maximum(place, stamps[stamp], out=place)
            x += width + gap
    return page


def _written(text: str, height: int, thickness: float = 0.11) -> list[Image]:
    """Characters by the pen, each cut out closely."""
    rng = np.random.default_rng(1)
    writing = write(text, height=height, rng=rng, hand=Hand(thickness=thickness), forms=_FORMS)
    stamps = []
    for _, _, coverage in writing.characters():
        x, y, width, height = cv2.boundingRect((coverage > 60).astype(np.uint8))
        stamps.append(coverage[y : y + height, x : x + width])
    return stamps


def _digits(height: int, gap: int, text: str = "01234567890123456789") -> Draw:
    return lambda shape, rng: _full_of(_written(text, height), shape, rng, gap)


def _letters(height: int, gap: int) -> Draw:
    return lambda shape, rng: _full_of(_written("".join(LETTERS), height), shape, rng, gap)


def _tilted(upright: Draw) -> Draw:
    def draw(shape: Shape, rng: np.random.Generator) -> Image:
        turn = cv2.getRotationMatrix2D((shape[1] / 2, shape[0] / 2), 15.0, 1.0)
        return np.asarray(cv2.warpAffine(upright(shape, rng), turn, shape[::-1]))

    return draw


def _upon(writing: Draw, other: Draw) -> Draw:
    return lambda shape, rng: np.maximum(writing(shape, rng), other(shape, rng))


def _specks(share: float, side: int = 1) -> Draw:
    def draw(shape: Shape, rng: np.random.Generator) -> Image:
        coarse = rng.random((-(-shape[0] // side), -(-shape[1] // side))) < share
        ink = np.kron(coarse, np.ones((side, side), np.uint8)) * np.uint8(255)
        return np.asarray(ink[: shape[0], : shape[1]])

    return draw


def _chequers(side: int) -> Draw:
    def draw(shape: Shape, rng: np.random.Generator) -> Image:
        del rng
        y, x = np.ogrid[: shape[0], : shape[1]]
        return np.where((y // side + x // side) % 2, np.uint8(255), np.uint8(0))

    return draw


def _lines(pitch: int, thickness: int, *, down: bool = True, gaps: int = 0) -> Draw:
    def draw(shape: Shape, rng: np.random.Generator) -> Image:
        del rng
        ink = np.zeros(shape, np.uint8)
        for k in range(thickness):
            ink[k::pitch] = 255
            if down:
                ink[:, k::pitch] = 255
        if gaps:
            ink[:, ::gaps] = 0
            ink[:, 1::gaps] = 0
        return ink

    return draw


def _rings(radius: int, thickness: int = 2) -> Draw:
    def draw(shape: Shape, rng: np.random.Generator) -> Image:
        stamp = np.zeros((2 * radius + 3, 2 * radius + 3), np.uint8)
        cv2.circle(stamp, (radius + 1, radius + 1), radius, 255, thickness)
        return _full_of([stamp], shape, rng, 2)

    return draw


def _nested(shape: Shape, rng: np.random.Generator) -> Image:
    del rng
    y, x = np.ogrid[: shape[0], : shape[1]]
    away = np.maximum(abs(y - shape[0] // 2), abs(x - shape[1] // 2))
    return np.where(away % 5 < 2, np.uint8(255), np.uint8(0))


def _scribbles(count: int, thickness: int) -> Draw:
    def draw(shape: Shape, rng: np.random.Generator) -> Image:
        ink = np.zeros(shape, np.uint8)
        steps = rng.normal(0, 0.06 * min(shape), (count, 40, 2)).cumsum(axis=1)
        starts = rng.random((count, 1, 2)) * shape[::-1]
        for points in np.round(starts + steps).astype(np.int32):
            cv2.polylines(ink, [points], False, 255, thickness, cv2.LINE_AA)
        return ink

    return draw


def _tree(shape: Shape, rng: np.random.Generator, pitch: int = 8) -> Image:
    """A maze without a loop: one stroke that branches over the whole page."""
    ink = np.zeros(shape, np.uint8)
    rows, columns = shape[0] // pitch, shape[1] // pitch
    upwards = rng.random((rows, columns)) < 0.5
    upwards[0], upwards[:, 0] = False, True
    for row, column in np.argwhere(np.ones((rows, columns), bool)).tolist():
        y, x = row * pitch + 2, column * pitch + 2
        if upwards[row, column]:
            ink[max(y - pitch, 0) : y + 2, x : x + 2] = 255
        else:
            ink[y : y + 2, max(x - pitch, 0) : x + 2] = 255
    return ink


def _chains(shape: Shape, rng: np.random.Generator) -> Image:
    """Touching digits, six by six."""
    stamps = []
    for _ in range(12):
        text = "".join(map(str, rng.integers(0, 10, 6)))
        hand = Hand(spacing=-0.06, thickness=0.1)
        coverage = write(text, height=60, rng=rng, hand=hand, at=(10, 10)).ink((90, 400))
        x, y, width, height = cv2.boundingRect((coverage > 60).astype(np.uint8))
        stamps.append(coverage[y : y + height, x : x + width])
    return _full_of(stamps, shape, rng, 6)


_INKS: dict[str, Draw] = {
    "digits of 14 px": _digits(14, 3),
    "digits of 40 px": _digits(40, 8),
    "digits of 90 px": _digits(90, 20),
    "touching digits": _chains,
    "letters of 12 px": _letters(12, 2),
    "letters of 20 px": _letters(20, 3),
    "letters of 40 px": _letters(40, 6),
    "letters of 20 px, tilted": _tilted(_letters(20, 3)),
    "letters of 40 px, tilted": _tilted(_letters(40, 6)),
    "digits on squares, tilted": _tilted(_upon(_digits(25, 5), _lines(40, 2))),
    "specks, 2 %": _specks(0.02),
    "specks, 10 %": _specks(0.1),
    "specks, 40 %": _specks(0.4),
    "blots, 20 %": _specks(0.2, 5),
    "blots, 40 %": _specks(0.4, 12),
    "blots, 50 %": _specks(0.5, 30),
    "chequers of 1 px": _chequers(1),
    "chequers of 3 px": _chequers(3),
    "chequers of 20 px": _chequers(20),
    "grid of 6 px": _lines(6, 1),
    "grid of 20 px": _lines(20, 2),
    "grid of 40 px": _lines(40, 3),
    "dashed lines": _lines(9, 2, down=False, gaps=40),
    "ones of 24 px": _digits(24, 5, "1"),
    "rings of 5 px": _rings(5),
    "rings of 15 px": _rings(15),
    "rings of 60 px": _rings(60, 5),
    "rectangles in each other": _nested,
    "scribbles": _scribbles(60, 3),
    "dense scribbles": _scribbles(400, 2),
    "one branching stroke": _tree,
}


def _noise(shape: Shape, rng: np.random.Generator) -> Image:
    return rng.integers(0, 256, (*shape, 3), np.uint8)


def _soft_noise(share: float) -> Draw:
    def draw(shape: Shape, rng: np.random.Generator) -> Image:
        noise = rng.normal(0, 1, (*shape, 3)).astype(np.float32)
        soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), share * min(shape)))
        return np.asarray(np.clip(128 + 60 * soft / soft.std(), 0, 255), np.uint8)

    return draw


def _gradient(shape: Shape, rng: np.random.Generator) -> Image:
    del rng
    across = np.linspace(0, 255, shape[1])[None] + np.linspace(0, 255, shape[0])[:, None]
    return np.repeat((across % 256).astype(np.uint8)[..., None], 3, axis=2)


def _patches(side: int) -> Draw:
    def draw(shape: Shape, rng: np.random.Generator) -> Image:
        coarse = rng.integers(0, 256, (-(-shape[0] // side), -(-shape[1] // side), 3), np.uint8)
        return np.asarray(np.kron(coarse, np.ones((side, side, 1), np.uint8))[: shape[0], : shape[1]])

    return draw


def _boards(shape: Shape, rng: np.random.Generator) -> Image:
    ink = _letters(20, 3)(shape, rng)[..., None]
    return np.repeat(np.where(_chequers(160)(shape, rng)[..., None] > 0, 255 - ink, ink), 3, axis=2)


_PICTURES: dict[str, Draw] = {
    "empty page": lambda shape, rng: on_paper(np.zeros(shape, np.uint8), rng=rng),
    "pure noise": _noise,
    "soft noise of 2 px": _soft_noise(0.002),
    "soft noise of 10 px": _soft_noise(0.01),
    "cloth": _soft_noise(0.004),
    "huge gradients": _gradient,
    "patches of 9 px": _patches(9),
    "patches of 40 px": _patches(40),
    "letters on paper and boards": _boards,
}

WORST = (*_INKS, *(name + _COLOURED for name in _INKS), *_PICTURES)
