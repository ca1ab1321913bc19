"""What the machine sees in a picture: its ink, the regions that may be digits, and their glyphs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.drawing.canvas import ORANGE, PURPLE, SKY, YELLOW, Canvas, Colour
from webcam_digits.drawing.status_bar import Status, area_above, draw_status
from webcam_digits.reading.candidates import Candidate, candidates_of
from webcam_digits.reading.glyphs import GLYPH_SIZE
from webcam_digits.reading.legacy.selection import Verdict
from webcam_digits.types import Box

if TYPE_CHECKING:
    from webcam_digits.reading.reader import Inspection

_COLOURS = {Verdict.KEPT: YELLOW, Verdict.RIVAL: SKY, Verdict.UNLIKELY: PURPLE}
_OUT_OF_PLACE = ORANGE  # like a digit, but for what is around it: all other verdicts
_LEGEND = (  # from the right
    ("not a digit", _COLOURS[Verdict.UNLIKELY]),
    ("out of place", _OUT_OF_PLACE),
    ("rival", _COLOURS[Verdict.RIVAL]),
    ("read", _COLOURS[Verdict.KEPT]),
)

_GLYPH_ROWS = 2  # in the strip of glyphs: a long number and its rivals
_GLYPH_SHARE = 0.25  # of the height at most goes to them: the picture is what matters
_GLYPH_SIDE = 2.8  # text sizes: at 640x480 a glyph is then 39 pixels wide, all 28 of it to be seen
_GLYPH_GAP = 0.33  # text sizes
_CAPTION = 0.75  # text sizes: "8 100%" is then as wide as its glyph


def draw_inspection(
    image: NDArray[np.uint8],
    inspection: "Inspection",
    status: Status | None = None,
    size: tuple[int, int] | None = None,
) -> NDArray[np.uint8]:
    """What the machine sees: the ink, the candidates in the colours of their verdicts, and their glyphs.

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
    view = _draw_ink(canvas, image, inspection.ink.mask, area._replace(height=area.height - strip.height))
    candidates = candidates_of(inspection)
    for candidate in sorted(candidates, key=lambda one: one.rank, reverse=True):  # what was read on top
        if candidate.boxed:
            canvas.outline(_within(candidate.box, view, image.shape[1]), _colour(candidate))
    _draw_glyphs(canvas, inspection.glyphs, candidates, strip)
    if status is not None:
        legend = () if status.note else _LEGEND
        draw_status(canvas, replace(status, mirrored=False), area, legend)
    return canvas.image


def _colour(candidate: Candidate) -> Colour:
    return _COLOURS.get(candidate.verdict, _OUT_OF_PLACE)


def _caption(candidate: Candidate) -> str:
    """What it was taken for, and how surely or why it was not read all the same."""
    (label, confidence), *_ = candidate.guesses
    if candidate.verdict is Verdict.UNLIKELY and 1 - candidate.presence > confidence:
        return f"\N{EN DASH} {1 - candidate.presence:.0%}"
    if candidate.kept or candidate.verdict is Verdict.UNLIKELY:
        return f"{label} {confidence:.0%}"
    return f"{label} {candidate.verdict.name.lower().replace('_', ' ')}"


def _draw_ink(canvas: Canvas, image: NDArray[np.uint8], mask: NDArray[np.uint8], room: Box) -> Box:
    """The dimmed picture with its ink in white, in `room`; its own place there."""
    height, width = image.shape[:2]
    scale = min(room.width / width, room.height / height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    view = Box((room.width - size[0]) // 2, (room.height - size[1]) // 2, *size)
    dim = np.asarray(cv2.resize(image, size), np.uint8) >> 2
    # The mask is of a smaller copy, where the image is large.
    ink = cv2.resize(mask, size)
    canvas.image[view.y : view.bottom, view.x : view.right] = np.maximum(dim, ink[:, :, None])
    return view


def _within(box: Box, view: Box, width: int) -> Box:
    """Where a box of a picture, `width` pixels wide, is when the picture is shown in `view`."""
    scale = view.width / width
    x, y, right, bottom = (round(value * scale) for value in (box.x, box.y, box.right, box.bottom))
    return Box(view.x + x, view.y + y, right - x, bottom - y)


def _strip(canvas: Canvas, area: Box) -> Box:
    """The place of the glyphs: the lower part of `area`, the same for every frame, or the view would jump."""
    _, height = _tile(canvas)
    rows = min(_GLYPH_ROWS, int(area.height * _GLYPH_SHARE) // height)
    return area._replace(y=area.bottom - rows * height, height=rows * height)


def _tile(canvas: Canvas) -> tuple[int, int]:
    """The side of a shown glyph, and the height of it with its caption, in pixels."""
    side = max(round(canvas.unit * _GLYPH_SIDE), GLYPH_SIZE)
    return side, side + canvas.plate_height(canvas.unit * _CAPTION)


def _draw_glyphs(
    canvas: Canvas, glyphs: NDArray[np.uint8], candidates: Sequence[Candidate], strip: Box
) -> None:
    """Glyphs above their captions, in reading order, as many as have room."""
    side, height = _tile(canvas)
    pitch = side + round(canvas.unit * _GLYPH_GAP)
    columns = strip.width // pitch
    room = columns * (strip.height // height)
    chosen = sorted(sorted(range(len(candidates)), key=lambda i: candidates[i].rank)[:room])
    size = canvas.unit * _CAPTION
    for place, candidate in enumerate(candidates[i] for i in chosen):
        x = (place % columns) * pitch + (strip.width - columns * pitch) // 2
        y = strip.y + place // columns * height
        tile = cv2.resize(glyphs[candidate.index], (side, side), interpolation=cv2.INTER_NEAREST)
        canvas.image[y : y + side, x : x + side] = tile[:, :, None]
        caption = _caption(candidate)
        fitting = size * min(1, side / max(canvas.width(caption, size), 1))
        canvas.text(caption, (x, y + side + canvas.baseline(size)), fitting, _colour(candidate))
