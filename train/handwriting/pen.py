"""The project's own handwriting: digits as pen strokes, with the variety that MNIST lacks.

    hand = Hand.random(rng)                                    # one person's way of writing
    writing = write("1859", height=80, hand=hand, rng=rng, at=(40, 60))
    coverage = writing.ink((480, 640))                         # 0..255, anti-aliased
    picture = on_paper(coverage, rng=rng)

Strokes carry time, so a writing can be watched while it grows: `writing.ink(shape, until=0.8)`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.handwriting.digit_shapes import FORMS, NEAT, Points, control_points, spline
from webcam_digits.types import Box

_LIFT = 0.04  # seconds between two strokes of one digit
_FINE = 4  # pixels are supersampled this many times each way
_HALF = 128  # the least coverage that counts for a digit's box: half a pixel


@dataclass(frozen=True, slots=True)
class Hand:
    """One person's way of writing; lengths in heights of a digit. As it stands, neat.

    Attributes:
        forms: for each digit the name of its form in `FORMS`; what is missing is drawn by lot from `NEAT`.
        thickness: of the pen.
        slant: how far the top leans to the right.
        spacing: between two digits.
        wobble: standard deviation by which points of a stroke go astray.
        variation: relative standard deviation of the size and, in heights, of the place of digits.
        pressure: relative standard deviation of the thickness along a stroke.
        speed: heights written in a second.
        pause: seconds between two digits.
        zero: relative height of a 0; some write it far lower than other digits.
    """

    forms: Mapping[str, str] = field(default_factory=dict)
    thickness: float = 0.09
    slant: float = 0.08
    spacing: float = 0.28
    wobble: float = 0.008
    variation: float = 0.025
    pressure: float = 0.08
    speed: float = 10.0
    pause: float = 0.08
    zero: float = 1.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> Self:
        """Somebody: anything between a neat and a hurried hand."""
        return cls(
            forms={digit: str(rng.choice(sorted(forms))) for digit, forms in FORMS.items()},
            thickness=float(rng.uniform(0.05, 0.14)),
            slant=float(rng.normal(0.08, 0.12)),
            spacing=float(rng.uniform(0.18, 0.45)),
            wobble=float(rng.uniform(0.004, 0.022)),
            variation=float(rng.uniform(0.01, 0.06)),
            pressure=float(rng.uniform(0.03, 0.2)),
            speed=float(rng.uniform(5, 14)),
        )


@dataclass(frozen=True, slots=True)
class Stroke:
    """The pen from setting down to lifting.

    Attributes:
        points: (n, 2) float64, x and y in pixels; whole numbers are the middles of pixels.
        widths: (n,) float64, the ink's width in pixels at each point.
        times: (n,) float64, seconds since the writing began, rising.
        place: which character of the text it is part of.
    """

    points: Points
    widths: NDArray[np.float64]
    times: NDArray[np.float64]
    place: int

    def until(self, time: float) -> "Stroke | None":
        """What of it was written at `time`; None before it was begun."""
        if time < self.times[0]:
            return None
        count = int(np.searchsorted(self.times, time, side="right"))
        if count == len(self.times):
            return self
        end = [np.interp(time, self.times, column) for column in (*self.points.T, self.widths)]
        points = np.vstack([self.points[:count], end[:2]])
        widths, times = np.append(self.widths[:count], end[2]), np.append(self.times[:count], time)
        return Stroke(points, widths, times, self.place)


@dataclass(frozen=True, slots=True)
class Writing:
    """A written number.

    Attributes:
        text: what it says.
        strokes: in the order in which they were written.
    """

    text: str
    strokes: tuple[Stroke, ...]

    @property
    def duration(self) -> float:
        """Seconds that the writing took."""
        return float(self.strokes[-1].times[-1]) if self.strokes else 0.0

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The truth: of each digit, spaces left out, the box of its pixels that ink covers at least half."""
        return tuple(_inked_box(view, coverage) for _, view, coverage in self.characters())

    def characters(self) -> Iterator[tuple[str, Box, NDArray[np.uint8]]]:
        """Each digit with the box that its ink stays within, and its coverage there, 0..255."""
        for place, character in enumerate(self.text):
            strokes = [stroke for stroke in self.strokes if stroke.place == place]
            if strokes:
                x, y, right, bottom = _reach(strokes)
                view = Box(x, y, right - x, bottom - y)
                yield character, view, _rasterise(strokes, view)

    def ink(self, shape: tuple[int, int], until: float | None = None) -> NDArray[np.uint8]:
        """How much of each pixel ink covers, (h, w) uint8: 0 none, 255 all of it.

        Args:
            shape: (h, w); ink beyond it is cut off.
            until: seconds since the writing began; None for all of it.
        """
        strokes = self.strokes
        if until is not None:
            strokes = tuple(part for stroke in strokes if (part := stroke.until(until)) is not None)
        page = np.zeros(shape, np.uint8)
        if strokes:
            x, y, right, bottom = np.clip(_reach(strokes), 0, (shape[1], shape[0]) * 2).tolist()
            page[y:bottom, x:right] = _rasterise(strokes, Box(x, y, right - x, bottom - y))
        return page

    def tip(self, time: float) -> tuple[float, float]:
        """Where the pen's tip is, in pixels: on a stroke, or in the air between two."""
        times = np.concatenate([stroke.times for stroke in self.strokes])
        points = np.concatenate([stroke.points for stroke in self.strokes])
        x, y = (float(np.interp(time, times, column)) for column in points.T)
        return x, y


def write(
    text: str,
    *,
    height: float,
    rng: np.random.Generator,
    hand: Hand | None = None,
    at: tuple[float, float] = (0.0, 0.0),
    forms: Mapping[str, Mapping[str, str]] = FORMS,
) -> Writing:
    """Write a number; the same generator state gives the same writing.

    Args:
        text: digits and spaces.
        height: of a digit in pixels.
        rng: decides what the hand leaves to chance.
        hand: a neat one by default.
        at: x and y in pixels of the upper left corner of the row, give or take the hand's variation.
        forms: by name, of all characters that can be written; the digits by default.

    Raises:
        ValueError: a character that has no form and is not a space.
    """
    if strange := sorted(set(text) - set(forms) - {" "}):
        raise ValueError(f"this pen has no form for {strange[0]!r}")
    hand = Hand() if hand is None else hand
    chosen = {
        sign: forms[sign][hand.forms.get(sign, str(rng.choice(_neat(sign, forms[sign]))))] for sign in forms
    }
    strokes: list[Stroke] = []
    x, time = 0.0, 0.0
    for place, character in enumerate(text):
        if character == " ":
            x += 0.6
            continue
        size, aspect = 1 + hand.variation * rng.normal(), 1 + 2 * hand.variation * rng.normal()
        drop = hand.variation * rng.normal()
        size *= hand.zero if character == "0" else 1
        right = x
        for controls, corners in control_points(chosen[character]):
            controls += rng.normal(0, hand.wobble, controls.shape)
            points = spline(controls, corners) * (size * aspect, size) + (x, 1 - size + drop)
            right = max(right, float(points[:, 0].max()))
            points[:, 0] += hand.slant * (1 - points[:, 1])
            times = time + _times(points, hand.speed)
            widths = hand.thickness * _pressure(len(points), hand.pressure, rng)
            strokes.append(Stroke(points * height + at, widths * height, times, place))
            time = float(times[-1]) + _LIFT
        time += hand.pause - _LIFT
        x = right + hand.spacing
    return Writing(text, tuple(strokes))


def on_paper(
    coverage: NDArray[np.uint8],
    *,
    rng: np.random.Generator,
    paper: float = 225.0,
    ink: float = 45.0,
    gradient: float = 0.25,
    noise: float = 2.0,
) -> NDArray[np.uint8]:
    """Ink on a sheet or a board, as a camera sees it.

    Args:
        coverage: (h, w) uint8 as `Writing.ink` gives it.
        rng: for the direction of the light and the noise.
        paper: grey level of the ground in full light; a board's is below `ink`.
        ink: grey level of the ink in full light.
        gradient: share of the light that is missing at the darkest corner.
        noise: standard deviation in grey levels.

    Returns:
        (h, w, 3) uint8 BGR.
    """
    height, width = coverage.shape
    angle = rng.uniform(0, 2 * np.pi)
    across = np.linspace(-1, 1, width) * np.cos(angle) + np.linspace(-1, 1, height)[:, None] * np.sin(angle)
    light = 1 - gradient * (across - across.min()) / max(float(np.ptp(across)), 1e-9)
    picture = (paper + (ink - paper) * (coverage / 255.0)) * light + rng.normal(0, noise, coverage.shape)
    gray = np.clip(np.round(picture), 0, 255).astype(np.uint8)
    return np.repeat(gray[:, :, None], 3, axis=2)


def _neat(sign: str, forms: Mapping[str, str]) -> list[str]:
    """The names of a sign's neat forms; of all of them, where it has none."""
    return sorted(forms.keys() & NEAT.get(sign, ())) or sorted(forms)


def _times(points: Points, speed: float) -> NDArray[np.float64]:
    """Seconds after its beginning at which a stroke passes its points, (n,)."""
    lengths = np.hypot(*np.diff(points, axis=0).T)
    return np.append(0, np.cumsum(lengths)) / speed


def _pressure(count: int, deviation: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Relative ink widths along a stroke, (count,), slowly swelling and ebbing, lighter at its end."""
    knots = 1 + deviation * rng.normal(size=4)
    knots[-1] *= 1 - deviation
    along = np.interp(np.linspace(0, 3, count), np.arange(4), knots)
    return np.maximum(along, 0.3)


def _reach(strokes: Sequence[Stroke]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom that the ink of strokes stays within, in whole pixels."""
    margin = max(float(stroke.widths.max()) for stroke in strokes) / 2 + 2
    points = np.concatenate([stroke.points for stroke in strokes])
    left, top = np.floor(points.min(axis=0) - margin).astype(int).tolist()
    right, bottom = np.ceil(points.max(axis=0) + margin).astype(int).tolist()
    return left, top, right, bottom


def _inked_box(view: Box, coverage: NDArray[np.uint8]) -> Box:
    """The box of the pixels that ink covers at least half."""
    left, top, width, height = cv2.boundingRect((coverage >= _HALF).astype(np.uint8))
    return Box(view.x + left, view.y + top, width, height)


def _rasterise(strokes: Sequence[Stroke], view: Box) -> NDArray[np.uint8]:
    """Coverage 0..255 of the pixels in `view`, (view.height, view.width) uint8."""
    if view.width <= 0 or view.height <= 0:
        return np.zeros((max(view.height, 0), max(view.width, 0)), np.uint8)
    fine = np.zeros((view.height * _FINE, view.width * _FINE), np.uint8)
    for stroke in strokes:
        # Pixel middles are whole numbers on both grids; line() takes fixed point with 4 binary digits.
        middles = (stroke.points - (view.x, view.y) + 0.5) * _FINE - 0.5
        ends = np.round(middles * 16).astype(int).tolist()
        widths = np.maximum(np.round(stroke.widths * _FINE), 1).astype(int).tolist()
        for start, end, width in zip(ends, [*ends[1:], ends[-1]], widths, strict=True):
            cv2.line(fine, start, end, 255, width, cv2.LINE_8, 4)
    return np.asarray(cv2.resize(fine, (view.width, view.height), interpolation=cv2.INTER_AREA), np.uint8)
