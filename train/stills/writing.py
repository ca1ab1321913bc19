"""What is written on a sheet, by the project's own pen and in OpenCV's own letters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.data.negatives import scribble as scribbled
from webcam_digits.train.data.negatives import trim
from webcam_digits.train.handwriting import fonts
from webcam_digits.train.handwriting.digit_shapes import FORMS
from webcam_digits.train.handwriting.pen import Hand, write
from webcam_digits.train.handwriting.signs import SIGNS

_SHARPNESS = 3.0  # how steep the edges of an enlarged picture become: ink, not a blur
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


def number(
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
    hand = Hand.random(rng)
    if small_zeros:
        hand = replace(hand, zero=float(rng.uniform(0.45, 0.75)))
    writing = write(text, height=height, rng=rng, hand=hand)
    pieces = [Piece("digit", digit, box.x, box.y, coverage) for digit, box, coverage in writing.characters()]
    return list(_pushed_together(text, pieces, height, rng)) if touching else pieces


def signed(text: str, height: float, rng: np.random.Generator) -> list[Piece]:
    """Digits with signs between them (`signs.SIGNS`) in one hand."""
    writing = write(text, height=height, rng=rng, hand=Hand.random(rng), forms={**FORMS, **SIGNS})
    return [
        Piece("digit" if sign in FORMS else "symbol", sign, box.x, box.y, coverage)
        for sign, box, coverage in writing.characters()
    ]


def word(text: str, height: float) -> list[Piece]:
    """A word of which a line is `height` pixels high; letters that the font lacks are left out."""
    pieces = []
    for letter, x, y, picture in fonts.letter_by_letter(fonts.substitute(), text):
        scale = height / fonts.SIZE
        pieces.append(Piece("letter", letter, round(x * scale), round(y * scale), _resized(picture, scale)))
    return pieces


def scribble(height: float, rng: np.random.Generator) -> Piece:
    """A crossing-out, hatching, a doodle."""
    picture = trim(scribbled(rng))
    return Piece("scribble", "", 0, 0, _resized(picture, height / max(picture.shape[0], 1)))


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


def _resized(picture: Picture, scale: float) -> Picture:
    if not picture.size:
        return picture
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = max(round(picture.shape[1] * scale), 1), max(round(picture.shape[0] * scale), 1)
    resized: NDArray[np.float32] = cv2.resize(picture, size, interpolation=method).astype(np.float32)
    if scale > 1:
        resized = (resized - 127.5) * min(scale, _SHARPNESS) + 127.5
    return np.clip(resized, 0, 255).astype(np.uint8)
