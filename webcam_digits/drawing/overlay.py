"""Draws what was read on a copy of the picture.

Every size follows from the picture's, every place from the measured text.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from webcam_digits.drawing.canvas import BOLD, GREEN, ORANGE, PURPLE, SKY, WHITE, YELLOW, Canvas, Colour
from webcam_digits.drawing.labels import place_labels, place_numbers
from webcam_digits.drawing.status_bar import Status, area_above, draw_status
from webcam_digits.pixels import to_bgr
from webcam_digits.types import Box, Reading

_ROW_COLOURS: Sequence[Colour] = (SKY, ORANGE, GREEN, YELLOW, PURPLE)

_MOST_LINES = 40  # rows that get a plate: beyond, the plates would hide the picture


def annotate(
    image: NDArray[np.uint8] | NDArray[np.uint16],
    reading: Reading,
    status: Status | None = None,
    *,
    region: Box | None = None,
) -> NDArray[np.uint8]:
    """The picture with what was read in it.

    Args:
        image: (h, w) grey, (h, w, 3) BGR or (h, w, 4) BGRA, uint8 or uint16, as `DigitReader.read` takes
            it; it is left as it is.
        reading: of this picture.
        status: for the status line at the lower edge; None for none.
        region: what alone is read: the rest is darkened. None for all of the picture.

    Returns:
        (h, w, 3) uint8 BGR, a new picture. What is transparent is on white.

    Raises:
        ValueError: the image is of another shape or type.
    """
    canvas = Canvas(to_bgr(image).copy())
    area = area_above(canvas, status)
    if region is not None:
        _set_off(canvas, region)
    lines = reading.lines[:_MOST_LINES]
    labels = place_labels(canvas, lines, area)
    numbers = place_numbers(canvas, lines, labels, area)
    for index, line in enumerate(lines):
        colour = _ROW_COLOURS[(index if line.id is None else line.id) % len(_ROW_COLOURS)]
        for digit in line.digits:
            canvas.outline(digit.box, colour)
        for text, box in labels[index]:
            canvas.plate(text, box, WHITE)
        canvas.plate(line.text, numbers[index], WHITE, weight=BOLD, edge=colour)
    draw_status(canvas, status, area)
    return canvas.image


def _set_off(canvas: Canvas, region: Box) -> None:
    """Darken what is around a region, and frame it."""
    inside = slice(max(region.y, 0), max(region.bottom, 0)), slice(max(region.x, 0), max(region.right, 0))
    kept = canvas.image[inside].copy()
    canvas.image >>= 1
    canvas.image[inside] = kept
    canvas.outline(region, WHITE)
