"""What the machine sees in a picture: its ink, where it looks for digits, what becomes of those it finds."""

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.drawing.canvas import ORANGE, PURPLE, SKY, VERMILION, WHITE, YELLOW, Canvas, Colour
from webcam_digits.drawing.labels import place_tags
from webcam_digits.drawing.status_bar import Status, area_above, draw_status
from webcam_digits.drawing.windows import outline_windows
from webcam_digits.reading.candidates import NONE, Candidate, Guess, candidates_of
from webcam_digits.reading.glyphs import GLYPH_SIZE
from webcam_digits.reading.reader import Inspection, Verdict
from webcam_digits.types import Box

_COLOURS = {
    Verdict.READ: YELLOW,
    Verdict.UNLIKELY: PURPLE,
    Verdict.ROW_UNLIKELY: SKY,
    Verdict.CUT_OFF: ORANGE,
}
_LOOKED: Colour = (120, 110, 90)  # dim: it is everywhere
_CROWDED = "more ink than is looked at: the smallest is left out"

_SMALL = 0.75  # text sizes: "8 100%" is then as wide as its glyph
_TINY = 0.55  # text sizes: of all numbers in the picture, where not all have room
_GLYPH_SIDE = 2.8  # text sizes: at 640x480 a glyph is then 39 pixels wide, all 28 of it to be seen
_GLYPH_GAP = 0.33  # text sizes
_GLYPH_SHARE = 0.25  # of the height at most goes to them: the picture is what matters
_SPARED = 1 / 3  # of the glyphs' places, for what was not read, where there are not enough
_ROWS = "detector", "2nd opinion", "together"  # below each glyph, as far as there is room


def draw_inspection(
    image: NDArray[np.uint8],
    inspection: Inspection,
    status: Status | None = None,
    size: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """What the machine sees: its ink, where the detector looked, and what became of what it found.

    The candidates are framed in the colours of their verdicts; their numbers lead to their glyphs below, with
    what both networks said of each.

    Args:
        image: (h, w, 3) uint8 BGR, the picture that was inspected; it is left as it is.
        inspection: from `DigitReader.inspect`.
        status: for the status line; None for none. Nothing is mirrored here, whatever it says.
        size: width and height in pixels of what is returned; None for those of the image.

    Returns:
        (h, w, 3) uint8 BGR, a new picture; the inspected one is smaller in it, above the strip of glyphs.
    """
    width, height = image.shape[1::-1] if size is None else size
    canvas = Canvas(np.zeros((height, width, 3), np.uint8))
    area = area_above(canvas, status)
    strip = _strip(canvas, area)
    view = _draw_ink(canvas, image, inspection, area._replace(height=area.height - strip.height))
    candidates = candidates_of(inspection)
    _draw_boxes(canvas, candidates, view, view.width / image.shape[1])
    if inspection.regions.crowded:
        canvas.plate(_CROWDED, canvas.plate_box(_CROWDED, canvas.unit), WHITE, edge=VERMILION)
    _draw_glyphs(canvas, candidates, strip)
    if status is not None:
        occurring = [(one.value, colour) for one, colour in _COLOURS.items() if one in inspection.verdicts]
        legend = () if status.note else occurring  # from the right
        draw_status(canvas, replace(status, mirrored=False), area, legend)
    return canvas.image


def _draw_ink(canvas: Canvas, image: NDArray[np.uint8], inspection: Inspection, room: Box) -> Box:
    """The dimmed picture with its ink and where the detector looked, in `room`; its own place there."""
    height, width = image.shape[:2]
    scale = min(room.width / width, room.height / height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    view = Box((room.width - size[0]) // 2, (room.height - size[1]) // 2, *size)
    shown = np.asarray(cv2.resize(image, size), np.uint8)
    shown >>= 2
    outline_windows(shown, inspection.regions.windows, scale, _LOOKED, canvas.stroke)
    # The mask is of a smaller copy, where the image is large.
    ink = cv2.resize(inspection.ink.mask, size)
    canvas.image[view.y : view.bottom, view.x : view.right] = np.maximum(shown, ink[:, :, None])
    return view


def _draw_boxes(canvas: Canvas, candidates: Sequence[Candidate], view: Box, scale: float) -> None:
    """Frames, and numbers where they have room, in the picture that is shown in `view`."""
    boxes = [_within(candidate.box, view, scale) for candidate in candidates]
    for candidate, box in reversed(list(zip(candidates, boxes, strict=True))):  # what was read on top
        canvas.outline(box, _COLOURS[candidate.verdict])
    texts = [str(candidate.number) for candidate in candidates]
    choices = [[canvas.plate_box(text, canvas.unit * size) for text in texts] for size in (_SMALL, _TINY)]
    _, places = place_tags(boxes, choices, canvas.stroke + 2, view)
    for text, place, candidate in zip(texts, places, candidates, strict=True):
        if place is not None:
            canvas.plate(text, place, _COLOURS[candidate.verdict])


def _within(box: Box, view: Box, scale: float) -> Box:
    """Where a box of a picture is when that is shown in `view`, `scale` times as large."""
    x, y, right, bottom = (round(value * scale) for value in (box.x, box.y, box.right, box.bottom))
    return Box(view.x + x, view.y + y, right - x, bottom - y)


def _sizes(canvas: Canvas) -> tuple[int, int]:
    """The side of a shown glyph, and the height of a line of text, in pixels."""
    return max(round(canvas.unit * _GLYPH_SIDE), GLYPH_SIZE), canvas.plate_height(canvas.unit * _SMALL)


def _strip(canvas: Canvas, area: Box) -> Box:
    """The place of the glyphs: the lower part of `area`, the same for every frame, or the view would jump."""
    side, line = _sizes(canvas)
    rows = min(len(_ROWS), (int(area.height * _GLYPH_SHARE) - side - line) // line)
    height = side + line + rows * line if rows >= 0 else 0
    return area._replace(y=area.bottom - height, height=height)


def _draw_glyphs(canvas: Canvas, candidates: Sequence[Candidate], strip: Box) -> None:
    """Numbers, glyphs, and what was said of them, as many as have room."""
    side, line = _sizes(canvas)
    size, gap = canvas.unit * _SMALL, round(canvas.unit * _GLYPH_GAP)
    rows = _ROWS[: max((strip.height - side) // line - 1, 0)]
    first = strip.x + gap + max((canvas.width(row, size) + gap for row in rows), default=0)
    room = max(strip.right - first, 0) // (side + gap) if strip.height else 0
    shown = _chosen(candidates, room)
    top, bottom = strip.y + line, strip.y + line + side  # of the glyphs
    for row, title in enumerate(rows if shown else ()):
        canvas.text(title, (strip.x + gap, bottom + row * line + canvas.baseline(size)), size, WHITE)
    for place, candidate in enumerate(shown):
        x, colour = first + place * (side + gap), _COLOURS[candidate.verdict]
        tile = cv2.resize(candidate.glyph, (side, side), interpolation=cv2.INTER_NEAREST)
        canvas.image[top:bottom, x : x + side] = tile[:, :, None]
        said = (
            (_said(candidate.seen), WHITE),
            (_said(candidate.opinion), WHITE),
            (_said(candidate.together), colour),
        )
        texts = [(strip.y, str(candidate.number), colour)]
        texts += [(bottom + row * line, *one) for row, one in enumerate(said[: len(rows)])]
        for y, text, shade in texts:
            fitting = size * min(1, side / max(canvas.width(text, size), 1))
            left = x + (side - canvas.width(text, fitting)) / 2
            canvas.text(text, (left, y + canvas.baseline(size)), fitting, shade)


def _chosen(candidates: Sequence[Candidate], room: int) -> Sequence[Candidate]:
    """Those that have room: the first, but not without some of those that were not read."""
    read = [candidate for candidate in candidates if candidate.read]
    others = [candidate for candidate in candidates if not candidate.read]
    spared = min(len(others), int(room * _SPARED))
    return [*read[: room - spared], *others][:room]


def _said(guess: Guess) -> str:
    return guess.label if guess.label == NONE else f"{guess.label} {guess.confidence:.0%}"
