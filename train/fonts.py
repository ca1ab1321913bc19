"""Letters, words and symbols of handwriting fonts, which are no digits, and their digits, which are."""

import functools
from pathlib import Path

import cv2
import numpy as np

from webcam_digits.errors import DataError

from .data import DIGITS, Picture
from .negatives import like_one, trim

_SIZE = 64  # pixels, the font's

# Letters and signs that nobody takes for a digit. Left out, as drawn like one: / | \ ( ) { } ~ ! l I i j J O
# o Q D S s $ Z z B b G g q ? & and their like among the Cyrillic letters.
NO_DIGITS = "acdefhkmnprtuvwxyACEFHKLMNPRTUVWXY@#%*+=<>^ажиклмнптфхшщюяГДЖИЛПФЦШЩЮЯ"


@functools.cache
def read_font(path: Path) -> cv2.FontFace:
    """The TrueType font at `path`.

    A font is never given up: OpenCV remembers drawn glyphs by the font's address, and would give those of a
    font that is gone to the next one there.

    Raises:
        DataError: where it is none.
    """
    font = cv2.FontFace()
    if not font.set(str(path)):
        raise DataError(f"{path}: not a font that OpenCV reads")
    return font


def digits(font: cv2.FontFace) -> list[Picture]:
    """The font's ten digits, (h, w) uint8, white on black; none where it lacks some."""
    pictures = [write(font, digit) for digit in DIGITS]
    return pictures if all(picture.size for picture in pictures) else []


def letters(font: cv2.FontFace, words: int, generator: np.random.Generator) -> list[Picture]:
    """Each letter and sign of the font that resembles no digit, and `words` words of two to four letters."""
    signs = {sign: write(font, sign) for sign in NO_DIGITS}
    pictures = [picture for picture in signs.values() if picture.size]
    alphabet = [sign for sign, picture in signs.items() if picture.size and sign.islower()]
    for _ in range(words if alphabet else 0):
        pictures.append(write(font, "".join(generator.choice(alphabet, int(generator.integers(2, 5))))))
    return [picture for picture in pictures if not like_one(picture)]


@functools.cache
def _substitute() -> cv2.FontFace:
    """What OpenCV draws with where a font lacks a sign."""
    return cv2.FontFace("sans")


def write(font: cv2.FontFace, text: str) -> Picture:
    """`text` in white on black, (h, w) uint8, without a margin; of size 0 where the font has no such sign."""
    ink = _draw(font, text)
    return ink[:0] if np.array_equal(ink, _draw(_substitute(), text)) else ink


def _draw(font: cv2.FontFace, text: str) -> Picture:
    canvas = np.zeros((3 * _SIZE, (len(text) + 2) * _SIZE), np.uint8)
    cv2.putText(canvas, text, (_SIZE, 2 * _SIZE), (255,), font, _SIZE, 0)
    return trim(canvas)
