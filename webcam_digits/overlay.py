"""Draws on copies of the picture: what was read, what the machine sees, and the card of keys.

Every size follows from the picture's, every place from the measured text. The colours are Okabe and Ito's,
which colour-blind people can tell apart; dark plates and outlines keep them readable on any background.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.lettering import BOLD, Canvas, Colour, legible
from webcam_digits.placement import place_labels, place_numbers
from webcam_digits.reading import Box, Reading

if TYPE_CHECKING:
    from webcam_digits.reader import Inspection

_SKY, _ORANGE, _GREEN = (233, 180, 86), (0, 159, 230), (115, 158, 0)  # BGR, as OpenCV has them
_YELLOW, _PURPLE = (66, 228, 240), (167, 121, 204)
_WHITE, _GREY = (255, 255, 255), (150, 150, 150)
_ROW_COLOURS: Sequence[Colour] = (_SKY, _ORANGE, _GREEN, _YELLOW, _PURPLE)

_MOST_LINES = 40  # rows that get a plate: beyond, the plates would hide the picture
_MOST_REGIONS = 1000  # boxes drawn of what the machine sees

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


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line tells.

    Attributes:
        frames_per_second: of what is shown.
        milliseconds: that reading one frame takes.
        paused: the picture stands.
        recording: the picture is being recorded.
        mirrored: the picture is shown as in a mirror; what is read and written on it is not.
        note: a short message, such as where a snapshot went.
    """

    frames_per_second: float
    milliseconds: float
    paused: bool = False
    recording: bool = False
    mirrored: bool = False
    note: str = ""


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
    area = _area(canvas, status)
    lines = reading.lines[:_MOST_LINES]
    labels = [place_labels(canvas, line, area) for line in lines]
    numbers = place_numbers(canvas, lines, labels, area)
    for index, line in enumerate(lines):
        colour = _ROW_COLOURS[(index if line.number is None else line.number) % len(_ROW_COLOURS)]
        for digit in line.digits:
            canvas.outline(digit.box, colour)
        for text, box in labels[index]:
            canvas.plate(text, box, _WHITE)
        canvas.plate(line.text, numbers[index], _WHITE, weight=BOLD, edge=colour)
    _draw_status(canvas, status, area)
    return canvas.image


def draw_inspection(
    image: NDArray[np.uint8], inspection: "Inspection", status: Status | None = None
) -> NDArray[np.uint8]:
    """What the machine sees: ink, candidate regions, and the glyphs with what each was taken for.

    Args:
        image: (h, w, 3) uint8 BGR, the picture that was inspected; it is left as it is.
        inspection: from `DigitReader.inspect`.
        status: for the status line; None for none.

    Returns:
        (h, w, 3) uint8 BGR, a new picture: never mirrored.
    """
    canvas = Canvas(np.asarray(image >> 2, np.uint8))
    mask = inspection.ink.mask  # of a smaller copy, where the image is large
    if mask.shape != image.shape[:2]:
        mask = np.asarray(cv2.resize(mask, image.shape[1::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    canvas.image[mask > 0] = _WHITE
    area = _area(canvas, status)
    probabilities = inspection.predictions.probabilities
    labels = (*inspection.predictions.labels, "\N{EN DASH}")  # the last column: not a digit
    best = probabilities.argmax(axis=1)
    boxes = inspection.regions.boxes[:_MOST_REGIONS].tolist()
    for box, label in zip(boxes, best, strict=False):
        canvas.outline(Box(*box), _PURPLE if label == len(labels) - 1 else _SKY)
    captions = [f"{labels[i]} {p:.0%}" for i, p in zip(best, probabilities.max(axis=1), strict=True)]
    # Where there is no room for all glyphs, the likeliest digits are shown, in their order.
    likeliest = np.argsort(probabilities[:, -1], kind="stable")
    _draw_glyphs(canvas, inspection.glyphs, captions, likeliest, area)
    _draw_status(canvas, status, area)
    return canvas.image


def draw_help(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture, (h, w, 3) uint8 BGR, with the card of keys over a copy of it."""
    canvas = Canvas(np.asarray(image >> 1, np.uint8))
    size = canvas.unit * 1.4
    for _ in range(2):  # the second time at a size that fits
        widths = [max(canvas.width(text, size) for text in column) for column in zip(*_HELP, strict=True)]
        step = size * 1.7
        width, height = sum(widths) + size * 3, step * len(_HELP) + size
        size *= min(1, 0.96 * canvas.area.width / width, 0.96 * canvas.area.height / height)
    if not legible(size):
        return canvas.image
    left = (canvas.area.width - width) / 2
    top = (canvas.area.height - height) / 2
    canvas.shade(Box(round(left), round(top), round(width), round(height)))
    for row, (keys, meaning) in enumerate(_HELP):
        base = top + size * 0.5 + step * (row + 0.5) + size * 0.35
        canvas.text(keys, (left + size, base), size, _YELLOW, weight=BOLD)
        canvas.text(meaning, (left + size * 2 + widths[0], base), size, _WHITE)
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


def _area(canvas: Canvas, status: Status | None) -> Box:
    """The picture without its status line, which a very low picture goes without."""
    whole, height = canvas.area, canvas.plate_height(canvas.unit)
    if status is None or height * 4 > whole.height:
        return whole
    return whole._replace(height=whole.height - height)


def _draw_status(canvas: Canvas, status: Status | None, area: Box) -> None:
    """The status line, below `area`: figures and note from the left, what is switched on from the right."""
    if status is None or area == canvas.area:
        return
    size, base = canvas.unit, area.bottom + canvas.baseline(canvas.unit)
    canvas.shade(Box(0, area.bottom, area.width, canvas.area.bottom - area.bottom))
    right = area.width - size * 0.5
    for shown, text, colour in (
        (status.recording, "\N{BLACK CIRCLE} recording", _ORANGE),
        (status.paused, "paused", _YELLOW),
        (status.mirrored, "mirrored", _SKY),
    ):
        if shown:
            right -= canvas.width(text, size)
            canvas.text(text, (right, base), size, colour)
            right -= size
    left = size * 0.5
    rate = status.frames_per_second
    for text in (
        f"{rate:.0f} fps" if rate >= 10 else f"{rate:.1f} fps",
        f"{status.milliseconds:.1f} ms",
        status.note,
    ):
        shown_text = canvas.shorten(text, size, right - left)
        canvas.text(shown_text, (left, base), size, _WHITE)
        left += canvas.width(shown_text, size) + size


def _draw_glyphs(
    canvas: Canvas,
    glyphs: NDArray[np.uint8],
    captions: Sequence[str],
    likeliest: NDArray[np.intp],
    area: Box,
) -> None:
    """A strip of glyphs, each above its caption, along the lower edge of `area`; at most two rows of them."""
    side = max(round(canvas.unit * 2.8), 28)
    pitch, tile_height = side + canvas.unit // 3, side + canvas.plate_height(canvas.unit * 0.75)
    columns = area.width // pitch
    rows = min(2, area.height // (2 * tile_height), -(-len(glyphs) // max(columns, 1)))
    if columns * rows == 0:
        return
    canvas.shade(Box(0, area.bottom - rows * tile_height, area.width, rows * tile_height))
    for place, index in enumerate(sorted(likeliest[: columns * rows].tolist())):
        x = (place % columns) * pitch + (area.width - columns * pitch) // 2
        y = area.bottom - (rows - place // columns) * tile_height
        tile = cv2.resize(glyphs[index], (side, side), interpolation=cv2.INTER_NEAREST)
        canvas.image[y : y + side, x : x + side] = tile[:, :, None]
        caption = captions[index]
        colour = _GREY if caption.startswith("\N{EN DASH}") else _SKY
        size = canvas.unit * 0.75 * min(1, side / max(canvas.width(caption, canvas.unit * 0.75), 1))
        canvas.text(caption, (x, y + side + canvas.baseline(canvas.unit * 0.75)), size, colour)
