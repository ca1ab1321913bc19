"""Who writes on a sheet: the project's own pen, the people of the data sets, and handwriting fonts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.data.augment import redraw
from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.data.negatives import scribble, trim
from webcam_digits.train.handwriting import fonts
from webcam_digits.train.handwriting.digit_shapes import FORMS
from webcam_digits.train.handwriting.pen import Hand, write
from webcam_digits.train.handwriting.signs import SIGNS
from webcam_digits.types import DIGITS

_SHARPNESS = 3.0  # how steep the edges of an enlarged picture become: ink, not a blur
_PEN_SHARE = 0.45  # of the numbers, where there are data sets too
_FONT_SHARE = 0.1  # likewise
_INK_LEVEL = 128  # of 255; a pixel that is inked
# Of touching digits, in heights:
_DEPTH = -0.01, 0.06  # how far their ink runs into each other's
_MOST_NESTED = 0.3  # how far one may stand over the other, as a 7 over an 0, without touching it


@dataclass(frozen=True, slots=True)
class Piece:
    """Ink of one character, or of another thing that is drawn in one go.

    Attributes:
        kind: "digit", "letter", "symbol" or "scribble".
        text: the character; empty where there is none.
        x: left edge in pixels, relative to where its row begins.
        y: top edge, likewise.
        coverage: (h, w) uint8, how much of each pixel is inked.
    """

    kind: str
    text: str
    x: int
    y: int
    coverage: Picture


@dataclass(frozen=True, slots=True)
class Writers:
    """Whose ink is to be had; with nothing given, the project's own pen and OpenCV's own letters.

    Attributes:
        digits: pictures by digit, white ink on black, of any size.
        symbols: pictures of what is not a digit.
        faces: fonts.
    """

    digits: Mapping[str, Sequence[Picture]] = field(default_factory=dict)
    symbols: Sequence[Picture] = ()
    faces: Sequence[cv2.FontFace] = ()

    def number(
        self,
        text: str,
        height: float,
        rng: np.random.Generator,
        *,
        touching: bool = False,
        small_zeros: bool = False,
    ) -> list[Piece]:
        """A number in one hand, its digits `height` pixels high; spaces are gaps.

        Args:
            text: digits and spaces.
            height: of a digit, in pixels.
            rng: decides the hand.
            touching: neighbours run into each other.
            small_zeros: by a hand that writes them far lower than other digits.
        """
        pieces = self._number(text, height, rng, small_zeros)
        return list(_pushed_together(text, pieces, height, rng)) if touching else pieces

    def _number(self, text: str, height: float, rng: np.random.Generator, small_zeros: bool) -> list[Piece]:
        lot = rng.random()
        if (
            not all(self.digits.get(digit) for digit in text if digit != " ")
            or lot < _PEN_SHARE
            or small_zeros
        ):
            return _penned(text, height, rng, small_zeros)
        if lot < _PEN_SHARE + _FONT_SHARE and self.faces:
            pictures = fonts.digits(self.faces[int(rng.integers(len(self.faces)))])
            people = {digit: [picture] for digit, picture in zip(DIGITS, pictures, strict=bool(pictures))}
            if people:
                return list(_placed(text, height, people, rng))
        return list(_placed(text, height, self.digits, rng))

    def signed(self, text: str, height: float, rng: np.random.Generator) -> list[Piece]:
        """Digits with signs between them (`signs.SIGNS`), by the project's own pen in one hand."""
        writing = write(text, height=height, rng=rng, hand=Hand.random(rng), forms={**FORMS, **SIGNS})
        return [
            Piece("digit" if sign in FORMS else "symbol", sign, box.x, box.y, coverage)
            for sign, box, coverage in writing.characters()
        ]

    def word(self, text: str, height: float, rng: np.random.Generator) -> list[Piece]:
        """A word of which a line is `height` pixels high; letters that the font lacks are left out."""
        face = self.faces[int(rng.integers(len(self.faces)))] if self.faces else fonts.substitute()
        pieces = []
        for letter, x, y, picture in fonts.letter_by_letter(face, text):
            scale = height / fonts.SIZE
            coverage = _resized(picture, scale)
            pieces.append(Piece("letter", letter, round(x * scale), round(y * scale), coverage))
        return pieces

    def symbol(self, height: float, rng: np.random.Generator) -> Piece:
        """A sign of a data set, or where there is none a scribble."""
        if not self.symbols:
            return self.scribble(height, rng)
        return Piece(
            "symbol", "", 0, 0, _drawn(self.symbols[int(rng.integers(len(self.symbols)))], height, rng)
        )

    def scribble(self, height: float, rng: np.random.Generator) -> Piece:
        """A crossing-out, hatching, a doodle."""
        picture = trim(scribble(rng))
        return Piece("scribble", "", 0, 0, _resized(picture, height / max(picture.shape[0], 1)))


def _penned(text: str, height: float, rng: np.random.Generator, small_zeros: bool) -> list[Piece]:
    hand = Hand.random(rng)
    if small_zeros:
        hand = replace(hand, zero=float(rng.uniform(0.45, 0.75)))
    writing = write(text, height=height, rng=rng, hand=hand)
    return [Piece("digit", digit, box.x, box.y, coverage) for digit, box, coverage in writing.characters()]


def _placed(
    text: str,
    height: float,
    people: Mapping[str, Sequence[Picture]],
    rng: np.random.Generator,
) -> Iterator[Piece]:
    """Digits by other people, set side by side."""
    spacing = rng.uniform(0.1, 0.4)
    x = 0.0
    for character in text:
        if character == " ":
            x += 0.6 * height
            continue
        picture = people[character][int(rng.integers(len(people[character])))]
        tall = height * rng.uniform(0.88, 1.05)
        coverage = _drawn(picture, tall, rng)
        yield Piece(
            "digit", character, round(x), round(height - tall + rng.normal(0, 0.03 * height)), coverage
        )
        x += coverage.shape[1] + (spacing + rng.normal(0, 0.03)) * height


def _pushed_together(
    text: str, pieces: Sequence[Piece], height: float, rng: np.random.Generator
) -> Iterator[Piece]:
    """Each digit up to where its ink meets the one before, and a little into it; gaps stay."""
    follows = [before != " " for before, digit in zip(" " + text, text, strict=False) if digit != " "]
    before: Piece | None = None
    shift = 0
    for piece, close in zip(pieces, follows, strict=True):
        if before is not None and close:
            depth = rng.uniform(*_DEPTH) * height
            nested = before.coverage.shape[1] - _MOST_NESTED * height
            shift = before.x + round(max(_contact(before, piece), nested) - depth) - piece.x
        before = replace(piece, x=piece.x + shift)
        yield before


def _contact(left: Piece, right: Piece) -> int:
    """How far right of the left one's edge the right one begins where their ink meets, in pixels."""
    top, bottom = max(left.y, right.y), min(left.y + len(left.coverage), right.y + len(right.coverage))
    wide = left.coverage.shape[1]
    ends = [0]
    for y in range(top, bottom):
        own, other = (np.flatnonzero(piece.coverage[y - piece.y] > _INK_LEVEL) for piece in (left, right))
        if len(own) and len(other):
            ends.append(int(own[-1]) + 1 - int(other[0]))
    return max(ends) if bottom > top else wide


def _drawn(picture: Picture, height: float, rng: np.random.Generator) -> Picture:
    """A picture drawn again by a slightly different hand with another pen, `height` pixels high."""
    ink = trim(redraw(picture, float(rng.uniform(0.1, 0.8)), rng))
    return _resized(ink, height / max(ink.shape)) if ink.size else ink


def _resized(picture: Picture, scale: float) -> Picture:
    if not picture.size:
        return picture
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    resized: NDArray[np.float32] = cv2.resize(picture, size, interpolation=method).astype(np.float32)
    if scale > 1:
        resized = (resized - 127.5) * min(scale, _SHARPNESS) + 127.5
    return np.clip(resized, 0, 255).astype(np.uint8)
