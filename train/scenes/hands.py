"""Hands that write: the project's pen, people's digits from data sets, and fonts."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage.morphology import skeletonize

from webcam_digits.train.data.negatives import trim
from webcam_digits.train.handwriting.digit_shapes import FORMS, control_points, spline
from webcam_digits.train.handwriting.fonts import SIZE, WEIGHT, substitute
from webcam_digits.train.handwriting.letters import LETTERS
from webcam_digits.train.handwriting.signs import SIGNS
from webcam_digits.train.scenes.glyphs import FIELD, INKED, Glyph, PenGlyph, Picture, PictureGlyph

_RUNS = 4  # pieces of a stroke, each of one width
_PAD = 10  # pixels around a skeleton's field, room for a broad pen
_MOST_FIELDS = 8000  # that are kept, some 50 MB
_ENLARGED = 2  # times; people's digits before their skeleton is taken


@functools.cache
def _curves(form: str) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Of each stroke of a form its control points (n, 2) and the matrix (m, n) that makes a curve of them."""
    return [(points, spline(np.eye(len(points)), corners)) for points, corners in control_points(form)]


@dataclass(frozen=True, slots=True)
class Style:
    """How somebody writes; lengths in heights of a digit.

    Attributes:
        pen: width of the pen.
        slant: how far the top leans to the right.
        stretch: width of characters, 1 for the usual.
        spacing: between two characters.
        wobble: standard deviation by which points of a stroke go astray.
        variation: relative standard deviation of the size and, in heights, of the place of characters.
        pressure: relative standard deviation of the pen's width along a stroke.
        zero: relative height of zeros; some write them far lower than other digits.
        one: relative height of ones; some write them higher.
        joined: of neighbours, the share that a stroke joins, 0..1.
        touching: of neighbours, the share that is pushed together until their ink meets, 0..1.
    """

    pen: float
    slant: float
    stretch: float
    spacing: float
    wobble: float
    variation: float
    pressure: float
    zero: float = 1.0
    one: float = 1.0
    joined: float = 0.0
    touching: float = 0.0

    @classmethod
    def random(cls, rng: np.random.Generator) -> "Style":
        """Somebody's: from hair-thin to filled-in, from upright to leaning by 40 degrees."""
        broad = rng.random()
        if broad < 0.15:
            pen = rng.uniform(0.02, 0.05)
        elif broad < 0.78:
            pen = rng.uniform(0.05, 0.13)
        else:
            pen = rng.uniform(0.13, 0.27)
        return cls(
            pen=float(pen),
            slant=float(rng.normal(0.1, 0.15) if rng.random() < 0.8 else rng.uniform(-0.35, 0.84)),
            stretch=float(np.exp(rng.normal(0, 0.18))),
            spacing=float(rng.uniform(0.1, 0.4) if rng.random() < 0.72 else rng.uniform(-0.06, 0.1)),
            wobble=float(rng.uniform(0.003, 0.03)),
            variation=float(rng.uniform(0.01, 0.08)),
            pressure=float(rng.uniform(0.03, 0.25)),
            zero=float(rng.uniform(0.45, 0.85)) if rng.random() < 0.12 else 1.0,
            one=float(rng.uniform(1.1, 1.5)) if rng.random() < 0.12 else 1.0,
            joined=float(rng.uniform(0.2, 0.8)) if rng.random() < 0.12 else 0.0,
            touching=float(rng.uniform(0.3, 1.0)) if rng.random() < 0.2 else 0.0,
        )


class Hand:
    """One person's way of writing, or one font.

    Attributes:
        style: of the hand.
        printed: whether it is a font of print.
    """

    def __init__(
        self,
        style: Style,
        rng: np.random.Generator,
        *,
        people: "People | None" = None,
        redrawn: bool = False,
        face: "Face | None" = None,
        forms: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.style = style
        self._rng = rng
        self._people = people
        self._redrawn = redrawn
        self._face = face
        self.printed = face is not None and face.printed
        self._known = _STROKED if forms is None else forms
        self._forms: dict[str, str] = {}

    def glyph(self, character: str) -> Glyph | None:
        """A character as this hand writes it this time; None where it cannot."""
        if self._face is not None:
            found = self._face.glyph(character, redrawn=self._redrawn)
            return found and self._leaning(found if self.printed else _varied(found, self._rng))
        if self._people is not None and character.isdigit():
            return self._leaning(self._people.glyph(int(character), self._rng, redrawn=self._redrawn))
        return self._penned(character)

    def _leaning(self, glyph: PictureGlyph) -> PictureGlyph:
        slant = np.array([[self.style.stretch, -self.style.slant], [0, 1]])
        if self.printed:
            slant = np.array([[self.style.stretch, 0], [0, 1.0]])
        matrix = slant @ glyph.matrix + [[0, 0, -slant[0, 1]], [0, 0, 0]]
        return replace(glyph, matrix=matrix, right=glyph.right * self.style.stretch)

    def _penned(self, character: str) -> PenGlyph | None:
        style, rng = self.style, self._rng
        forms = self._known.get(character)
        if forms is None:
            return None
        if character not in self._forms or rng.random() < 0.1:  # people are not always consistent
            self._forms[character] = forms[int(rng.integers(len(forms)))]
        strokes, widths = [], []
        right = 0.0
        for controls, curve in _curves(self._forms[character]):
            points = curve @ (controls + rng.normal(0, style.wobble, controls.shape))
            points[:, 0] *= style.stretch
            right = max(right, float(points[:, 0].max()))
            points[:, 0] += style.slant * (1 - points[:, 1])
            strokes.append(points)
            widths.append(np.maximum(1 + style.pressure * rng.normal(size=_RUNS), 0.4))
        return PenGlyph(tuple(strokes), tuple(widths), right)


_STROKED: Mapping[str, tuple[str, ...]] = {
    **{sign: tuple(forms.values()) for sign, forms in FORMS.items()},
    **{sign: tuple(forms.values()) for sign, forms in SIGNS.items()},
    **{letter: tuple(forms) for letter, forms in LETTERS.items()},
}


_BARS = {
    "a": "6 0, 44 0",
    "b": "50 6, 50 44",
    "c": "50 56, 50 94",
    "d": "6 100, 44 100",
    "e": "0 56, 0 94",
    "f": "0 6, 0 44",
    "g": "6 50, 44 50",
}
_LIT = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgecd", "abc", "abcdefg", "abcdfg")
SEGMENTS = {
    str(digit): (" | ".join(_BARS[bar] for bar in bars),) for digit, bars in enumerate(_LIT)
}  # of displays


class People:
    """Digits that people wrote, from data sets: as they are, or redrawn along their skeletons."""

    def __init__(self, pictures: Mapping[int, Sequence[Picture]]) -> None:
        self._pictures = pictures
        self._fields: dict[tuple[int, int], PictureGlyph] = {}

    def glyph(self, digit: int, rng: np.random.Generator, *, redrawn: bool) -> PictureGlyph:
        """One of the pictures of a digit."""
        at = int(rng.integers(len(self._pictures[digit])))
        picture = self._pictures[digit][at]
        if not redrawn:
            return _fitted(picture)
        if (digit, at) not in self._fields:
            if len(self._fields) >= _MOST_FIELDS:
                self._fields.clear()
            self._fields[digit, at] = _field_of(picture)
        return self._fields[digit, at]


def _fitted(picture: Picture) -> PictureGlyph:
    x, y, width, height = cv2.boundingRect((picture > 60).astype(np.uint8))
    unit = max(height, 0.6 * width, 1)
    matrix = np.array([[1 / unit, 0, -x / unit], [0, 1 / unit, 1 - (y + height) / unit]])
    return PictureGlyph(picture, matrix, width / unit)


def _field_of(picture: Picture) -> PictureGlyph:
    large = cv2.resize(picture, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    inked = np.pad(large > INKED, _PAD)
    field = _distances(inked)
    ys, xs = np.nonzero(field == 0 if (field == 0).any() else inked)
    x, y = int(xs.min()), int(ys.min())
    width, height = int(xs.max()) + 1 - x, int(ys.max()) + 1 - y
    unit = max(height, 0.6 * width, 1)
    matrix = np.array([[1 / unit, 0, -x / unit], [0, 1 / unit, 1 - (y + height) / unit]])
    return PictureGlyph(field, matrix, float(width / unit), field=True)


def _distances(inked: NDArray[np.bool_]) -> Picture:
    """How far each pixel is from the skeleton of ink, as fields of `PictureGlyph` have it."""
    bones: NDArray[np.bool_] = skeletonize(inked)  # type: ignore[no-untyped-call]
    distance = cv2.distanceTransform((~bones).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(np.minimum(distance * FIELD, 255), np.uint8)


def _varied(glyph: PictureGlyph, rng: np.random.Generator) -> PictureGlyph:
    """A character of a font as a hand would write it, never twice alike."""
    change = np.eye(2) + rng.normal(0, [[0.08, 0.1], [0.06, 0.08]])
    middle = np.array([glyph.right / 2, 1.0])  # it stays on the line
    moved = change @ glyph.matrix + np.column_stack([np.zeros((2, 2)), middle - change @ middle])
    return replace(glyph, matrix=moved)


class Face:
    """A font.

    Attributes:
        printed: whether it is of print, not of handwriting.
    """

    def __init__(self, font: cv2.FontFace, *, printed: bool) -> None:
        self.printed = printed
        self._font = font
        self._glyphs: dict[tuple[str, bool], PictureGlyph | None] = {}
        eight = self._drawn("8")  # stands on the line in every font, also in those whose digits hang
        self._unit = eight[2].shape[0] if eight else SIZE
        self._foot = eight[1] + self._unit if eight else SIZE

    @property
    def has_digits(self) -> bool:
        """Whether it holds all ten."""
        return all(self.glyph(digit) for digit in "0123456789")

    def glyph(self, character: str, *, redrawn: bool = False) -> PictureGlyph | None:
        """A character as it is, or redrawn along its skeleton; None where the font lacks it."""
        if (character, redrawn) not in self._glyphs:
            drawn = self._drawn(character)
            self._glyphs[character, redrawn] = drawn and self._placed(*drawn[1:], redrawn=redrawn)
        return self._glyphs[character, redrawn]

    def _placed(self, y: int, ink: Picture, *, redrawn: bool) -> PictureGlyph:
        unit, pad = float(self._unit), 0
        if redrawn:
            pad = _PAD
            ink = _distances(np.pad(ink > INKED, pad))
        matrix = np.array([[1 / unit, 0, -pad / unit], [0, 1 / unit, 1 + (y - pad - self._foot) / unit]])
        return PictureGlyph(ink, matrix, (ink.shape[1] - 2 * pad) / unit, field=redrawn)

    def _drawn(self, character: str) -> tuple[int, int, Picture] | None:
        canvas = _written(self._font, character)
        x, y, width, height = cv2.boundingRect((canvas > 40).astype(np.uint8))
        if not width:
            return None
        ink = canvas[y : y + height, x : x + width]
        if self._font is not substitute():  # OpenCV draws with its own font what another lacks
            other = trim(_written(substitute(), character))
            if other.shape == ink.shape and np.array_equal(other, ink):
                return None
        return x, y, np.pad(ink, 1)[1:, 1:]


def _written(font: cv2.FontFace, character: str) -> Picture:
    canvas = np.zeros((3 * SIZE, 3 * SIZE), np.uint8)
    cv2.putText(canvas, character, (SIZE, 2 * SIZE), (255,), font, SIZE, WEIGHT)
    return canvas
