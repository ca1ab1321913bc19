"""Text and plates on a picture, in sizes that follow from the picture's own."""

import functools

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.types import Box

Colour = tuple[int, int, int]  # blue, green, red: 0..255 each
BOLD = 700  # the font weight of what must be seen first

# Okabe and Ito's colours, which colour-blind people can tell apart (https://jfly.uni-koeln.de/color/).
SKY: Colour = (233, 180, 86)
ORANGE: Colour = (0, 159, 230)
GREEN: Colour = (115, 158, 0)
VERMILION: Colour = (0, 94, 213)
YELLOW: Colour = (66, 228, 240)
PURPLE: Colour = (167, 121, 204)
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)

# Lines of small text that a picture is high: where it is 20 cm high and at arm's length, capitals are then
# 4 mm or 25', a little more than is held necessary (20'). One narrower than 4:3 goes by its width instead.
_LINES_HIGH = 34
_LINES_WIDE = _LINES_HIGH * 4 // 3
_LEAST_UNIT = 11  # pixels: with less, the signs of "100%" run together
_SMALLEST = 7  # pixels: below, letters are specks
_STROKE = 0.1  # text sizes, about as bold as the letters

# Of the font, in text sizes.
CAPITALS = 0.75  # their height
_LINE = 1.3  # from the highest accent to the lowest tail, and a little air
_PADDING = 0.3  # beside a text on a plate


@functools.cache
def typeface() -> cv2.FontFace:
    """OpenCV's own font, to be drawn with at a stated weight: another would be the last one used.

    Made once and kept: OpenCV remembers drawn glyphs by a font's address, and would hand those of a font
    that is gone to the next one there.
    """
    return cv2.FontFace("sans")


def legible(size: float) -> bool:
    """Whether text of `size` pixels can be read at all."""
    return size >= _SMALLEST


class Canvas:
    """A picture to draw on, in place.

    Attributes:
        image: (h, w, 3) uint8 BGR.
        area: all of it.
        unit: the size in pixels of small text that is readable when the whole picture is seen at once.
        stroke: the thickness in pixels of outlines.
    """

    def __init__(self, image: NDArray[np.uint8]):
        height, width = image.shape[:2]
        self.image = image
        self.area = Box(0, 0, width, height)
        self.unit = max(_LEAST_UNIT, min(height // _LINES_HIGH, width // _LINES_WIDE))
        self.stroke = max(1, int(self.unit * _STROKE))
        self._font = typeface()

    def width(self, text: str, size: float, weight: int = 500) -> int:
        """The width of `text` in pixels, at a text size of `size` pixels."""
        return int(cv2.getTextSize((0, 0), text, (0, 0), self._font, int(size), weight)[2])

    def baseline(self, size: float) -> int:
        """How far below its plate's upper edge text stands: its capitals are then in the middle."""
        return int(size * (_LINE + CAPITALS) / 2)

    def plate_height(self, size: float) -> int:
        """The height in pixels of a plate, or a line, of text."""
        return round(size * _LINE)

    def plate_box(self, text: str, size: float, weight: int = 500) -> Box:
        """The size of a plate that holds `text`, at the picture's origin."""
        return Box(0, 0, self.width(text, size, weight) + round(2 * size * _PADDING), self.plate_height(size))

    def shorten(self, text: str, size: float, room: float) -> str:
        """`text` with its middle left out where it is wider than `room` pixels; empty where nothing fits."""
        kept = len(text)
        shown = text
        while kept > 0 and (width := self.width(shown, size)) > room:
            kept = min(kept - 1, int(kept * room / width))
            shown = f"{text[: (kept + 1) // 2]}\N{HORIZONTAL ELLIPSIS}{text[len(text) - kept // 2 :]}"
        return shown if kept > 0 else ""

    def text(
        self, text: str, at: tuple[float, float], size: float, colour: Colour, weight: int = 500
    ) -> None:
        """Write `text` from `at`: its left end and baseline, in pixels."""
        if text and legible(size):
            cv2.putText(self.image, text, (int(at[0]), int(at[1])), colour, self._font, int(size), weight)

    def wrap(self, text: str, size: float, room: float) -> list[str]:
        """`text` in lines of at most `room` pixels, parted at its spaces; a longer word is shortened."""
        lines: list[str] = []
        for word in text.split():
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(longer, size) <= room:
                lines[-1] = longer
            else:
                lines.append(self.shorten(word, size, room))
        return lines

    def plate(
        self, text: str, box: Box, colour: Colour, weight: int = 500, edge: Colour | None = None
    ) -> None:
        """Write `text` on a dark plate, as large as `box` allows; nothing where that is illegible."""
        size = box.height / _LINE
        needed = self.plate_box(text, size, weight).width
        size *= min(1.0, box.width / needed)
        if not legible(size):
            return
        self.shade(box)
        if edge is not None:
            bar = box._replace(width=max(2, self.stroke * 2))
            self.fill(bar, edge)
        left = box.x + (box.width - self.width(text, size, weight)) / 2
        base = box.y + (box.height - self.plate_height(size)) / 2 + self.baseline(size)
        self.text(text, (left, base), size, colour, weight)

    def shade(self, box: Box) -> None:
        """Darken what is under `box`, so that light text stands out."""
        x, y = max(box.x, 0), max(box.y, 0)
        self.image[y : max(box.bottom, 0), x : max(box.right, 0)] >>= 2

    def outline(self, box: Box, colour: Colour) -> None:
        """A frame around `box`, outside it, with a dark rim that sets it off from light backgrounds."""
        middle = 1 + self.stroke // 2
        for outset, thickness, shade in ((self.stroke + 1, 1, BLACK), (middle, self.stroke, colour)):
            corner = box.x - outset, box.y - outset
            opposite = box.right - 1 + outset, box.bottom - 1 + outset
            cv2.rectangle(self.image, corner, opposite, shade, thickness)

    def frame(self, box: Box, colour: Colour) -> None:
        """A broad frame along the edges of `box`, inside it."""
        thickness = 2 * self.stroke
        for side in (
            box._replace(height=thickness),
            box._replace(y=box.bottom - thickness, height=thickness),
            box._replace(width=thickness),
            box._replace(x=box.right - thickness, width=thickness),
        ):
            self.fill(side, colour)

    def dot(self, centre: tuple[float, float], radius: float, colour: Colour) -> None:
        """A disc."""
        at = round(centre[0]), round(centre[1])
        cv2.circle(self.image, at, round(radius), colour, cv2.FILLED, cv2.LINE_AA)

    def fill(self, box: Box, colour: Colour) -> None:
        """Paint all of a box."""
        cv2.rectangle(self.image, (box.x, box.y), (box.right - 1, box.bottom - 1), colour, cv2.FILLED)
