"""Draws on copies of the picture: what was read, and the card of keys.

Every size follows from the picture's, every place from the measured text.
"""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.lettering import (
    BOLD,
    CAPITALS,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    WHITE,
    YELLOW,
    Canvas,
    Colour,
    legible,
)
from webcam_digits.placement import place_labels, place_numbers
from webcam_digits.reading import Box, Reading
from webcam_digits.statusline import Status, area_above, draw_status

_ROW_COLOURS: Sequence[Colour] = (SKY, ORANGE, GREEN, YELLOW, PURPLE)

_MOST_LINES = 40  # rows that get a plate: beyond, the plates would hide the picture

_CARD_TEXT = 1.4  # text sizes: it is read for a while, so larger than the rest
_CARD_STEP = 1.5  # text sizes from one key to the next: loose, so that the eye keeps its row
_CARD_SHARE = 0.96  # of the picture at most: a rim shows what the card lies upon

_HELP = (
    ("q  Esc", "quit"),
    ("Space", "pause, go on"),
    (".", "one frame on"),
    ("s", "save a snapshot"),
    ("r", "start and stop recording"),
    ("f", "full screen"),
    ("d", "what the machine sees"),
    ("m", "mirror the picture"),
    ("+  -", "confidence that a digit needs"),
    ("h  ?", "show and hide this card"),
)


def draw(image: NDArray[np.uint8], reading: Reading, status: Status | None = None) -> NDArray[np.uint8]:
    """The picture with what was read in it.

    Args:
        image: (h, w, 3) uint8 BGR, not mirrored; it is left as it is.
        reading: of this picture.
        status: for the status line at the lower edge; None for none. Where it says `mirrored`, the
            picture is turned here, so that the writing on it is not.

    Returns:
        (h, w, 3) uint8 BGR, a new picture.
    """
    if status is not None and status.mirrored:
        image = np.asarray(cv2.flip(image, 1), np.uint8)
        reading = _mirrored(reading)
    canvas = Canvas(image.copy())
    area = area_above(canvas, status)
    lines = reading.lines[:_MOST_LINES]
    labels = [place_labels(canvas, line, area) for line in lines]
    numbers = place_numbers(canvas, lines, labels, area)
    for index, line in enumerate(lines):
        colour = _ROW_COLOURS[(index if line.number is None else line.number) % len(_ROW_COLOURS)]
        for digit in line.digits:
            canvas.outline(digit.box, colour)
        for text, box in labels[index]:
            canvas.plate(text, box, WHITE)
        canvas.plate(line.text, numbers[index], WHITE, weight=BOLD, edge=colour)
    draw_status(canvas, status, area)
    return canvas.image


def draw_help(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, (h, w, 3) uint8 BGR, with the card of keys over a copy of it.

    Where the picture is too small for a legible card, the copy is just that.
    """
    canvas = Canvas(image.copy())
    size = canvas.unit * _CARD_TEXT
    for _ in range(2):  # the second time at a size that fits
        widths = [max(canvas.width(text, size) for text in column) for column in zip(*_HELP, strict=True)]
        step = size * _CARD_STEP
        width, height = sum(widths) + size * 3, step * len(_HELP) + size
        size *= min(1, _CARD_SHARE * canvas.area.width / width, _CARD_SHARE * canvas.area.height / height)
    if not legible(size):
        return canvas.image
    canvas.image >>= 1
    left, top = (canvas.area.width - width) / 2, (canvas.area.height - height) / 2
    canvas.shade(Box(round(left), round(top), round(width), round(height)))
    for row, (keys, meaning) in enumerate(_HELP):
        base = top + size / 2 + step * row + (step + CAPITALS * size) / 2
        canvas.text(keys, (left + size, base), size, YELLOW, weight=BOLD)
        canvas.text(meaning, (left + size * 2 + widths[0], base), size, WHITE)
    return canvas.image


def _mirrored(reading: Reading) -> Reading:
    """The same reading, its boxes where they are in the mirrored picture."""

    def flip(box: Box) -> Box:
        return box._replace(x=reading.width - box.right)

    return replace(
        reading,
        lines=tuple(
            replace(
                line,
                box=flip(line.box),
                digits=tuple(replace(digit, box=flip(digit.box)) for digit in line.digits),
            )
            for line in reading.lines
        ),
    )
