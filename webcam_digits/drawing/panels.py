"""Cards that lie over the picture: the keys, one digit and what it may be, what is wrong with the source."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.drawing.canvas import (
    BOLD,
    CAPITALS,
    SKY,
    VERMILION,
    WHITE,
    YELLOW,
    Canvas,
    legible,
)
from webcam_digits.types import Box, Image

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
    ("drag", "read only this region"),
    ("c", "read the whole picture again"),
    ("click", "a digit: its glyph, what it may be"),
    ("h  ?", "show and hide this card"),
)
_HELP_TEXT = 1.4  # text sizes: it is read for a while, so larger than the rest
_HELP_STEP = 1.5  # text sizes from one key to the next: loose, so that the eye keeps its row
_SHARE = 0.96  # of the picture that a card takes at most: a rim shows what it lies upon

_MOST_OUTCOMES = 11  # bars on a digit's card: ten digits and "none"; a model may know more characters
_DIGIT_TEXT = 0.85  # text sizes: it hides as little as it can
_GLYPH_ROWS = 7  # of those bars that the glyph is high; what it was read as stands in the rest
_READ_AS = 1.3  # sizes of the card's text
_BAR = 5.0  # sizes of the card's text that a whole bar is long
_GAP = 0.7  # ... and that its parts are apart
_NONE = "none"

_TROUBLE_TEXT = 1.4  # text sizes: it is what matters now


@dataclass(frozen=True, slots=True)
class DigitCard:
    """What a digit's card shows.

    Attributes:
        box: the digit's, where it is shown.
        label: what it was read as.
        glyph: (28, 28) uint8, its ink as the network saw it.
        outcomes: what it may be, with probabilities 0..1, in the model's order; last, that it is none.
    """

    box: Box
    label: str
    glyph: NDArray[np.uint8]
    outcomes: Sequence[tuple[str, float]]


def outcomes_of(labels: Sequence[str], probabilities: NDArray[np.float32]) -> list[tuple[str, float]]:
    """The likeliest outcomes, in the model's order, each with its probability, 0..1.

    Args:
        labels: the model's.
        probabilities: (L + 1,), one for each label and, last, "not one of them", which is always among them.
    """
    last = len(probabilities) - 1
    likeliest = sorted(range(last), key=lambda i: -probabilities[i])[: _MOST_OUTCOMES - 1]
    names = [*labels, _NONE]
    return [(names[i], float(probabilities[i])) for i in [*sorted(likeliest), last]]


def draw_help(image: Image) -> Image:
    """The picture, (h, w, 3) uint8 BGR, with the card of keys over a copy of it.

    Where the picture is too small for a legible card, the copy is just that.
    """
    canvas = Canvas(image.copy())
    size = canvas.unit * _HELP_TEXT
    for _ in range(2):  # the second time at a size that fits
        widths = [max(canvas.width(text, size) for text in column) for column in zip(*_HELP, strict=True)]
        step = size * _HELP_STEP
        width, height = sum(widths) + size * 3, step * len(_HELP) + size
        size *= min(1, _SHARE * canvas.area.width / width, _SHARE * canvas.area.height / height)
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


def draw_digit_card(image: Image, card: DigitCard) -> Image:
    """The picture, (h, w, 3) uint8 BGR, with a digit's card in a corner, over a copy of it.

    Where the picture is too small for a legible card, the digit is only framed.
    """
    canvas = Canvas(image.copy())
    canvas.outline(card.box, WHITE)
    size = canvas.unit * _DIGIT_TEXT
    caption = f"read as {card.label}"
    for _ in range(2):  # the second time at a size that fits
        gap, step = size * _GAP, canvas.plate_height(size)
        side = step * _GLYPH_ROWS
        left = max(side, canvas.width(caption, size * _READ_AS, BOLD))
        names = max(canvas.width(name, size, BOLD) for name, _ in card.outcomes)
        width = left + names + size * _BAR + canvas.width("100%", size) + 5 * gap
        height = step * len(card.outcomes) + 2 * gap
        size *= min(1, _SHARE * canvas.area.width / width, _SHARE * canvas.area.height / height)
    if not legible(size):
        return canvas.image
    plate = _apart(card.box, round(width), round(height), canvas)
    canvas.shade(plate)
    canvas.shade(plate)  # glyph and bars need a ground of their own
    x, y = round(plate.x + gap), round(plate.y + gap)
    glyph = Box(x + (left - side) // 2, y, side, side)
    tile = cv2.resize(card.glyph, (side, side), interpolation=cv2.INTER_NEAREST)
    canvas.image[glyph.y : glyph.bottom, glyph.x : glyph.right] = tile[:, :, None]
    canvas.outline(glyph, WHITE)
    below = plate.bottom - gap - (plate.bottom - gap - glyph.bottom - CAPITALS * size * _READ_AS) / 2
    centred = x + (left - canvas.width(caption, size * _READ_AS, BOLD)) / 2
    canvas.text(caption, (centred, below), size * _READ_AS, YELLOW, weight=BOLD)
    names_at = x + left + gap
    bars_at = names_at + names + gap
    for row, (name, probability) in enumerate(card.outcomes):
        base = y + row * step + canvas.baseline(size)
        colour = YELLOW if name == card.label else SKY
        canvas.text(name, (names_at, base), size, colour, weight=BOLD)
        length = max(round(_BAR * size * probability), canvas.stroke)
        canvas.fill(
            Box(round(bars_at), round(base - CAPITALS * size), length, round(CAPITALS * size)), colour
        )
        canvas.text(f"{probability:.0%}", (bars_at + size * _BAR + gap, base), size, WHITE)
    return canvas.image


def draw_trouble(image: Image, trouble: str, kept: Sequence[Box] = ()) -> Image:
    """The picture, (h, w, 3) uint8 BGR, darkened in a copy, with what is wrong on a band across it.

    That is in the middle, or at the lower or upper edge where it hides less of what is `kept`.
    """
    canvas = Canvas(image.copy())
    canvas.image >>= 1
    size = canvas.unit * _TROUBLE_TEXT
    lines = canvas.wrap(trouble, size, _SHARE * canvas.area.width - 2 * size)
    step = canvas.plate_height(size)
    height = step * len(lines) + round(size)
    lowest = max(canvas.area.height - height, 0)
    bands = [Box(0, top, canvas.area.width, height) for top in (lowest // 2, lowest, 0)]
    band = min(bands, key=lambda band: sum(band.intersection_area(box) for box in kept))
    canvas.shade(band)
    edge = 2 * canvas.stroke
    canvas.fill(band._replace(height=edge), VERMILION)
    canvas.fill(band._replace(y=band.bottom - edge, height=edge), VERMILION)
    for row, line in enumerate(lines):
        left = (canvas.area.width - canvas.width(line, size, BOLD)) / 2
        base = band.y + size / 2 + step * row + canvas.baseline(size)
        canvas.text(line, (left, base), size, WHITE, weight=BOLD)
    return canvas.image


def _apart(box: Box, width: int, height: int, canvas: Canvas) -> Box:
    """Where a card has room: the corner of the picture that is farthest from a box, so that its row shows.

    That changes seldom while the sheet moves: a card that jumps about cannot be read.
    """
    rim = 2 * canvas.stroke
    right, bottom = canvas.area.width - width - rim, canvas.area.height - height - rim
    corners = [Box(max(x, 0), max(y, 0), width, height) for x in (rim, right) for y in (rim, bottom)]

    def closeness(corner: Box) -> tuple[int, float]:
        across = corner.x + width / 2 - box.x - box.width / 2
        down = corner.y + height / 2 - box.y - box.height / 2
        return corner.intersection_area(box), -(across**2 + down**2)

    return min(corners, key=closeness)
