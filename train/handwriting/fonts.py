"""Letters, words and symbols of handwriting fonts, and their digits."""

import functools
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from webcam_digits.drawing.canvas import typeface
from webcam_digits.errors import DataError
from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.data.negatives import like_a_digit, trim
from webcam_digits.types import DIGITS

SIZE = 64  # pixels, the font's
WEIGHT = 300  # always stated: what is left out is whatever OpenCV's own font was last drawn with
_SIGNATURES = (
    b"\x00\x01\x00\x00",
    b"OTTO",
    b"true",
    b"ttcf",
)  # that files of TrueType and OpenType begin with

# Letters and signs that nobody takes for a digit. Left out, as drawn like one: / | \ ( ) { } ~ ! l I i O o
# S s $ Z z B b G g q ? & and their like among the Cyrillic letters.
NO_DIGITS = "acdefhjkmnprtuvwxyACDEFHJKLMNPQRTUVWXY@#%*+=<>^аежийклмнпрстуфхцшщыюяАГДЕЖИЙКЛМНПРСТУФХЦШЩЫЮЯ"


@functools.cache
def read_font(path: Path) -> cv2.FontFace:
    """The TrueType font at `path`.

    A font is never given up: OpenCV remembers drawn glyphs by the font's address, and would give those of a
    font that is gone to the next one there.

    Raises:
        DataError: where it is none.
    """
    font = cv2.FontFace()
    # OpenCV crashes on some files that are not fonts at all.
    if path.read_bytes()[:4] not in _SIGNATURES or not font.set(str(path)):
        raise DataError(f"{path}: not a font that OpenCV reads")
    return font


def substitute() -> cv2.FontFace:
    """OpenCV's own font, which it also draws with where another lacks a sign."""
    return typeface()


def digits(font: cv2.FontFace) -> list[Picture]:
    """The font's ten digits, (h, w) uint8, white on black; none where it lacks some."""
    pictures = [write(font, digit) for digit in DIGITS]
    return pictures if all(picture.size for picture in pictures) else []


def letters(font: cv2.FontFace, words: int, generator: np.random.Generator) -> list[Picture]:
    """Each letter and sign of the font that is not like a digit, and `words` words of two to four letters."""
    signs = {sign: write(font, sign) for sign in NO_DIGITS}
    pictures = [picture for picture in signs.values() if picture.size]
    alphabet = [sign for sign, picture in signs.items() if picture.size and sign.islower()]
    for _ in range(words if alphabet else 0):
        pictures.append(write(font, "".join(generator.choice(alphabet, int(generator.integers(2, 5))))))
    return [picture for picture in pictures if not like_a_digit(picture)]


def letter_by_letter(font: cv2.FontFace, text: str) -> Iterator[tuple[str, int, int, Picture]]:
    """Each letter of a text where it stands: the letter, x and y in pixels, its ink (h, w) uint8.

    Lines are SIZE pixels high; y counts from the top of a line. Letters that the font lacks are left out.
    """
    for place, letter in enumerate(text):
        x, y, ink = _letter(font, letter)
        if ink.size:
            yield letter, x + _advance(font, text[:place]), y, ink


def write(font: cv2.FontFace, text: str) -> Picture:
    """`text` in white on black, (h, w) uint8, without a margin; of size 0 where the font has no such sign."""
    ink = trim(_draw(font, text))
    return ink[:0] if _lacks(font, text, ink) else ink


def _lacks(font: cv2.FontFace, text: str, ink: Picture) -> bool:
    return font is not substitute() and np.array_equal(ink, trim(_draw(substitute(), text)))


@functools.cache
def _letter(font: cv2.FontFace, letter: str) -> tuple[int, int, Picture]:
    """Left and top of the ink, relative to the pen's place at the top of the line, and the ink."""
    canvas = _draw(font, letter)
    x, y, width, height = cv2.boundingRect(canvas)
    ink = canvas[y : y + height, x : x + width]
    return x - SIZE, y - SIZE, ink[:0] if _lacks(font, letter, trim(canvas)) else ink


def _advance(font: cv2.FontFace, text: str) -> int:
    """How far the pen moves along with `text`, in pixels."""
    if not text:
        return 0
    return int(cv2.getTextSize((0, 0), text + "|", (0, 0), font, SIZE, WEIGHT)[2] - _bar(font))


@functools.cache
def _bar(font: cv2.FontFace) -> int:
    return int(cv2.getTextSize((0, 0), "|", (0, 0), font, SIZE, WEIGHT)[2])


def _draw(font: cv2.FontFace, text: str) -> Picture:
    canvas = np.zeros((3 * SIZE, (len(text) + 2) * SIZE), np.uint8)
    cv2.putText(canvas, text, (SIZE, 2 * SIZE), (255,), font, SIZE, WEIGHT)
    return canvas
