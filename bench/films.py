"""Clips of a sheet before a camera whose truth is known: which digits are where, and which can be read.

    for shot in render("covered", seed=3):
        shot.image, shot.time, [(mark.text, mark.box) for mark in shot.marks]

A sheet with a few numbers is moved by a script, one a kind of clip; the same seed gives the same clip.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.handwriting import pen
from webcam_digits.train.scenes import grounds
from webcam_digits.train.stills import surfaces
from webcam_digits.train.stills.sheet import Sheet
from webcam_digits.train.stills.writers import Writers
from webcam_digits.types import Box, Image

SIZE = 640, 480  # width and height in pixels
FRAMES_PER_SECOND = 30

_SHEET = 330, 470  # height and width in pixels, as seen from the usual distance
_EXPOSURE = 1 / 60  # seconds
_SHARP = 0.06  # of a digit's height; what moves less during the exposure can be read
_STEP = 1.5  # pixels between two of the pictures whose mean is a blurred one
_MOST_STEPS = 12
_INSIDE = 3  # pixels from the picture's edge; a digit nearer to it is cut off, for a reader
_DARKEST = 0.25  # light in which one can still read
_SKIN = np.array((120, 150, 205), np.float32)
_HAND = 70  # pixels, its breadth
_GRAINS = 8  # fields of noise, of which each picture has one by lot

Picture = NDArray[np.float32]  # (h, w, 3) BGR, 0..255
Homography = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class State:
    """What a script says of one moment; lengths in widths and heights of the picture.

    Attributes:
        sheet: which of the clip's two sheets is there; None for none.
        x: of the sheet's middle.
        y: likewise.
        turn: degrees.
        tilt: in perspective, -1..1.
        size: over the usual.
        light: on everything, 1 the usual.
        shadow: x of the middle of a shadow as wide as a third of the picture; None without.
        hand: x and y of the tips of a hand's fingers, which comes from the right; None without.
    """

    sheet: int | None = 0
    x: float = 0.5
    y: float = 0.5
    turn: float = 0.0
    tilt: float = 0.0
    size: float = 1.0
    light: float = 1.0
    shadow: float | None = None
    hand: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A digit on the sheet.

    Attributes:
        text: the digit.
        box: where its ink is, or would be if nothing covered it, in pixels of the picture.
        row: which number of the clip it is part of.
    """

    text: str
    box: Box
    row: int


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of a clip and its truth.

    Attributes:
        image: (480, 640, 3) uint8 BGR.
        time: seconds.
        marks: the digits of the sheet that are at least partly in view.
        readable: the rows of which every digit can be read: in view, sharp and uncovered.
    """

    image: Image
    time: float
    marks: tuple[Mark, ...]
    readable: frozenset[int]


def _ease(time: float, start: float, end: float) -> float:
    """From 0 at `start` to 1 at `end`, setting off and arriving gently."""
    p = min(max((time - start) / (end - start), 0.0), 1.0)
    return p * p * (3 - 2 * p)


def _still(t: float) -> State:
    return State()


def _brought(t: float) -> State:
    """In from below, and away again to the side."""
    there = 0 if 0.5 < t < 6 else None
    return State(there, 0.5 - 1.2 * _ease(t, 4.8, 5.6), 1.5 - _ease(t, 0.6, 1.4), 8 - 8 * _ease(t, 0.6, 2))


def _moved(t: float) -> State:
    """Held by an unsteady hand, wandering about."""
    trembling = 0.003 * sin(9 * t)
    return State(
        x=0.5 + 0.07 * sin(1.1 * t) + trembling, y=0.5 + 0.06 * sin(1.7 * t), turn=2 * sin(2 * t), size=0.95
    )


def _tilted(t: float) -> State:
    """Turned one way and the other, and held askew."""
    return State(turn=14 * sin(0.9 * t), tilt=0.8 * sin(0.7 * t + 1), size=0.9)


def _blurred(t: float) -> State:
    """At rest, and now and then pulled elsewhere."""
    x = 0.44 + 0.12 * (_ease(t, 2, 2.25) - _ease(t, 4, 4.2) + _ease(t, 6, 6.3))
    return State(x=x, y=0.5 + 0.06 * (_ease(t, 2, 2.25) - _ease(t, 4, 4.2)), size=0.9)


def _covered(t: float) -> State:
    """A hand lies on the right half for a second."""
    reach = 0.62 * (_ease(t, 2.5, 3.0) - _ease(t, 4.2, 4.7))
    return State(hand=(1.12 - reach, 0.5) if 2.4 < t < 4.8 else None)


def _shadowed(t: float) -> State:
    """Someone passes between the lamp and the sheet, twice."""
    return State(shadow=-0.3 + 0.8 * (t - 2) if t < 4.5 else 1.3 - 0.8 * (t - 4.5))


def _switched(t: float) -> State:
    """A lamp goes off and on, and the camera's exposure follows."""
    light = 1.0 - 0.55 * _ease(t, 2, 2.07) + 0.3 * _ease(t, 2.3, 3.0)
    light += 0.6 * _ease(t, 5, 5.07) - 0.35 * _ease(t, 5.3, 6)
    return State(light=light)


def _exchanged(t: float) -> State:
    """The sheet is taken away; half a second later another one is brought."""
    if t < 3:
        return State(x=0.5 + 1.2 * _ease(t, 2.2, 3.0))
    return State(None) if t < 3.5 else State(1, y=1.5 - _ease(t, 3.5, 4.2), turn=3)


def _away(t: float) -> State:
    """The sheet is gone for a second and comes back."""
    return State(x=0.5 + 1.2 * (_ease(t, 2.2, 2.8) - _ease(t, 3.6, 4.2)))


def _nothing(t: float) -> State:
    """No sheet; a hand comes and goes."""
    return State(None, hand=(1.1 - 0.5 * sin(pi * t / 4) ** 2, 0.5 + 0.1 * sin(t)))


def _room(t: float) -> State:
    """Held up in a room, from far away: digits of 16 to 30 pixels."""
    x, y = 0.5 + 0.04 * sin(0.8 * t) + 0.002 * sin(9 * t), 0.45 + 0.03 * sin(1.3 * t)
    return State(x=x, y=y, turn=3 * sin(0.7 * t), tilt=0.3 * sin(0.5 * t), size=0.43)


SCRIPTS: dict[str, Callable[[float], State]] = {
    "still": _still,
    "brought": _brought,
    "moved": _moved,
    "tilted": _tilted,
    "blurred": _blurred,
    "covered": _covered,
    "shadow": _shadowed,
    "lights": _switched,
    "exchanged": _exchanged,
    "away": _away,
    "nothing": _nothing,
    "room": _room,
}
DRAWN = "drawn"  # a clip in which somebody writes; nothing moves in it
KINDS = (*SCRIPTS, DRAWN)
_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class _Page:
    """A sheet as it lies flat: its picture, and of each digit its text, its row and the hull of its ink."""

    image: Image
    digits: tuple[tuple[str, int, NDArray[np.float32]], ...]


def numbers(kind: str, seed: int) -> tuple[str, ...]:
    """The clip's numbers by their row, gaps as spaces; those that nobody sees, too."""
    return tuple(text for texts in _texts(_dice(kind, seed)) for text in texts)


def render(kind: str, seed: int) -> Iterator[Shot]:
    """The pictures of a clip, of 8 seconds where nothing is drawn in it.

    Args:
        kind: one of KINDS.
        seed: decides numbers, hands, paper, desk and camera.
    """
    rng = _dice(kind, seed)
    if kind == DRAWN:
        yield from _growing(_texts(rng)[0], rng)
        return
    pages, first = [], 0
    for texts in _texts(rng):
        pages.append(_page(texts, first, rng))
        first += len(texts)
    stuff = str(rng.choice(["paper", "wood", "leather", "fabric", "plain"]))
    shape = SIZE[1], SIZE[0]
    desk = surfaces.desk(shape, rng) if stuff == "plain" else surfaces.ground(stuff, shape, rng)
    if kind == "room":
        views = grounds.panes(shape, rng), grounds.things(shape, rng, "validation")
        desk = views[int(rng.integers(2))]
    desk = np.clip(desk * rng.uniform(0.5, 1.0), 0, 255).astype(np.uint8)
    gain, softness, noise = rng.uniform(0.8, 1.05), rng.uniform(0.3, 0.7), rng.uniform(1.0, 3.0)
    quality = int(rng.integers(75, 95))
    light = _light(rng) * np.float32(gain)
    grain = [rng.standard_normal((*shape, 1), np.float32) * np.float32(noise) for _ in range(_GRAINS)]
    script = SCRIPTS[kind]
    for index in range(round(_SECONDS * FRAMES_PER_SECOND)):
        time = index / FRAMES_PER_SECOND
        state = script(time)
        picture, marks, readable = _seen(pages, desk, script, time)
        picture = cv2.GaussianBlur(picture, (0, 0), softness) * (light * np.float32(state.light))
        picture += grain[int(rng.integers(_GRAINS))]
        yield Shot(_coded(picture, quality), time, marks, readable)


def _coded(picture: Picture, quality: int) -> Image:
    sensor = np.clip(picture, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", sensor, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def _growing(texts: Sequence[str], rng: np.random.Generator) -> Iterator[Shot]:
    """The pictures of a clip in which row after row is written; each can be read once it is complete."""
    quality, dark, light = int(rng.integers(75, 95)), rng.random() < 0.3, _light(rng)
    ground, ink = (25.0, 225.0) if dark else (rng.uniform(180, 240), rng.uniform(20, 90))
    hand = replace(pen.Hand.random(rng), speed=float(rng.uniform(4, 9)), pause=float(rng.uniform(0.1, 0.4)))
    height, start = rng.uniform(60, 100), 0.5
    rows: list[tuple[float, pen.Writing]] = []
    for row, text in enumerate(texts):
        place = float(rng.uniform(20, 60)), 25 + row * 150.0
        rows.append((start, pen.write(text, height=height, rng=rng, hand=hand, at=place)))
        start += rows[-1][1].duration + float(rng.uniform(1.2, 2))
    seconds, boxes = start + 1.5, [one.boxes for _, one in rows]
    for index in range(round(seconds * FRAMES_PER_SECOND)):
        time = index / FRAMES_PER_SECOND
        coverage = np.max([one.ink(SIZE[::-1], max(time - begun, 0)) for begun, one in rows], axis=0)
        picture = (ground + (ink - ground) * (coverage[..., None] / np.float32(255))) * light
        noisy = np.repeat(picture, 3, axis=2) + rng.normal(0, 2, (*SIZE[::-1], 1)).astype(np.float32)
        complete = [row for row, (begun, one) in enumerate(rows) if time >= begun + one.duration]
        marks = [
            Mark(digit, box, row)
            for row in complete
            for digit, box in zip(texts[row].replace(" ", ""), boxes[row], strict=True)
        ]
        yield Shot(_coded(noisy, quality), time, tuple(marks), frozenset(complete))


def _dice(kind: str, seed: int) -> np.random.Generator:
    return np.random.default_rng((seed, KINDS.index(kind)))


def _texts(rng: np.random.Generator) -> list[tuple[str, ...]]:
    """The numbers of two sheets, all of them different."""
    texts: list[str] = []
    sheets = []
    for _ in range(2):
        sheet = []
        for _ in range(int(rng.integers(1, 4))):
            while (text := _number(rng)).replace(" ", "") in [known.replace(" ", "") for known in texts]:
                pass
            texts.append(text)
            sheet.append(text)
        sheets.append(tuple(sheet))
    return sheets


def _number(rng: np.random.Generator) -> str:
    digits = "".join(str(digit) for digit in rng.integers(0, 10, int(rng.integers(2, 6))))
    return f"{digits[:2]} {digits[2:]}" if len(digits) >= 4 and rng.random() < 0.3 else digits


def _page(texts: Sequence[str], first: int, rng: np.random.Generator) -> _Page:
    surface = str(rng.choice(["paper", "paper", "ruled", "squared"]))
    sheet = Sheet(surface, _SHEET, rng)
    nib, size = sheet.pen(rng), rng.uniform(48, 62)
    for row, text in enumerate(texts):
        place = rng.uniform(60, 100), 50 + row * rng.uniform(82, 90)
        for piece in Writers().number(text, size, rng):
            sheet.draw(piece, place, nib, first + row, rng)
    image, owners = sheet.seen(np.eye(3), rng)
    digits = []
    for number, (piece, row) in enumerate(sheet.drawn):
        ys, xs = np.nonzero(owners == number)
        if piece.kind == "digit" and len(xs):
            hull = cv2.convexHull(np.column_stack([xs, ys]).astype(np.float32))
            digits.append((piece.text, row, np.asarray(hull, np.float32)))
    return _Page(np.clip(image, 0, 255).astype(np.uint8), tuple(digits))


def _homography(state: State) -> Homography:
    """(3, 3) from the sheet to the picture."""
    angle, (height, width) = np.deg2rad(state.turn), _SHEET
    middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    a, b = state.size * cos(angle), state.size * sin(angle)
    turn = np.array([[a, b, 0], [-b, a, 0], [0, 0, 1]])
    tilt = np.array([[1, 0, 0], [0, 1, 0], [7e-4 * state.tilt, 4e-4 * state.tilt, 1]])
    place = np.array([[1, 0, state.x * SIZE[0]], [0, 1, state.y * SIZE[1]], [0, 0, 1]])
    return np.asarray(place @ tilt @ turn @ middle, np.float64)


def _seen(
    pages: Sequence[_Page], desk: Image, script: Callable[[float], State], time: float
) -> tuple[Picture, tuple[Mark, ...], frozenset[int]]:
    """The picture of an exposure, the digits in it, and the rows that can be read."""
    opened, state, closed = (script(time + part * _EXPOSURE) for part in (-0.5, 0, 0.5))
    picture, marks, unreadable = desk.astype(np.float32), list[Mark](), set[int]()
    hand = _hand_mask(state)
    if state.sheet is not None:
        page = pages[state.sheet]
        ends = _homography(opened), _homography(closed)
        corners = np.array([[[0, 0]], [[_SHEET[1], 0]], [[_SHEET[1], _SHEET[0]]], [[0, _SHEET[0]]]], float)
        passed = [cv2.perspectiveTransform(corners, end) for end in ends]
        steps = min(ceil(float(np.abs(passed[1] - passed[0]).max()) / _STEP) + 1, _MOST_STEPS)
        exposures = [script(time + (part - 0.5) * _EXPOSURE) for part in np.linspace(0, 1, steps)]
        laid = [_laid(page, desk, _homography(part)) for part in exposures]
        picture = np.asarray(np.mean(laid, axis=0, dtype=np.float32), np.float32)
        for text, row, hull in page.digits:
            box = _box(hull, _homography(state))
            shown = Box(0, 0, *SIZE).intersection_area(box)
            if shown:
                marks.append(Mark(text, box, row))
            motion = cv2.perspectiveTransform(hull, ends[1]) - cv2.perspectiveTransform(hull, ends[0])
            if (
                shown < box.width * box.height
                or min(box.x, box.y, SIZE[0] - box.right, SIZE[1] - box.bottom) < _INSIDE
                or float(np.abs(motion).max()) > _SHARP * box.height
                or hand[box.y : box.bottom, box.x : box.right].any()
                or state.light < _DARKEST
            ):
                unreadable.add(row)
    if state.hand is not None:
        picture += (_SKIN * _shading(hand) - picture) * hand[..., None]
    if state.shadow is not None:
        x = (np.arange(SIZE[0]) / SIZE[0] - state.shadow) / 0.17
        shade = 1 - 0.45 / (1 + np.exp(np.clip(25 * (np.abs(x) - 1), -50, 50)))
        picture *= shade[None, :, None].astype(np.float32)
    rows = {mark.row for mark in marks}
    return picture, tuple(marks), frozenset(rows - unreadable)


def _laid(page: _Page, desk: Image, homography: Homography) -> Image:
    laid = desk.copy()
    cv2.warpPerspective(page.image, homography, SIZE, dst=laid, borderMode=cv2.BORDER_TRANSPARENT)
    return laid


def _box(hull: NDArray[np.float32], homography: Homography) -> Box:
    points = cv2.perspectiveTransform(hull, homography).reshape(-1, 2)
    left, top = np.round(points.min(axis=0)).astype(int).tolist()
    right, bottom = np.round(points.max(axis=0)).astype(int).tolist()
    return Box(left, top, right - left + 1, bottom - top + 1)


def _hand_mask(state: State) -> NDArray[np.float32]:
    """(h, w) 0..1, where a hand with four fingers and its arm are."""
    mask = np.zeros(SIZE[::-1], np.uint8)
    if state.hand is None:
        return mask.astype(np.float32)
    x, y = state.hand[0] * SIZE[0], state.hand[1] * SIZE[1]
    palm = round(x + 110), round(y + 20)
    cv2.line(mask, palm, (SIZE[0] + 300, round(y + 110)), 255, _HAND + 25)
    cv2.circle(mask, palm, _HAND, 255, -1)
    for finger in range(4):
        height = round(y + 32 * (finger - 1.5))
        cv2.line(mask, palm, (round(x + 14 * abs(finger - 1.5)), height), 255, 24)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.5).astype(np.float32) / 255, np.float32)


def _shading(hand: NDArray[np.float32]) -> Picture:
    """Darker towards its edges, (h, w, 1)."""
    depth = cv2.distanceTransform((hand > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray((0.75 + 0.25 * np.minimum(depth / 25, 1))[..., None], np.float32)


def _light(rng: np.random.Generator) -> Picture:
    """Falling off to a side, (h, w, 1)."""
    angle = rng.uniform(0, 2 * pi)
    y, x = np.mgrid[-1 : 1 : SIZE[1] * 1j, -1 : 1 : SIZE[0] * 1j]
    light = 1 - rng.uniform(0, 0.2) * (1 + x * cos(angle) + y * sin(angle)) / 2
    return np.asarray(light[..., None], np.float32)
