"""What the machine sees in a picture: its ink, the regions that may be digits, and their glyphs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.glyphs import GLYPH_SIZE
from webcam_digits.lettering import PURPLE, YELLOW, Canvas, Colour
from webcam_digits.reading import Box
from webcam_digits.statusline import Status, area_above, draw_status

if TYPE_CHECKING:
    from webcam_digits.reader import Inspection

_ACCEPTED, _REFUSED = YELLOW, PURPLE

_GLYPH_ROWS = 2  # in the strip of glyphs: a long number and its rivals
_GLYPH_SHARE = 0.25  # of the height at most goes to them: the picture is what matters
_GLYPH_SIDE = 2.8  # text sizes: at 640x480 a glyph is then 39 pixels wide, all 28 of it to be seen
_GLYPH_GAP = 0.33  # text sizes
_CAPTION = 0.75  # text sizes: "8 100%" is then as wide as its glyph


def draw_inspection(
    image: NDArray[np.uint8], inspection: "Inspection", status: Status | None = None
) -> NDArray[np.uint8]:
    """What the machine sees: the ink, the regions that were accepted and refused, and their glyphs.

    Args:
        image: (h, w, 3) uint8 BGR, the picture that was inspected; it is left as it is.
        inspection: from `DigitReader.inspect`.
        status: for the status line; None for none. Nothing is mirrored here, whatever it says.

    Returns:
        (h, w, 3) uint8 BGR, a new picture; the inspected one is smaller in it, above the strip of glyphs.
    """
    canvas = Canvas(np.zeros_like(image))
    area = area_above(canvas, status)
    strip = _strip(canvas, area)
    view = _draw_ink(canvas, image, inspection.ink.mask, area._replace(height=area.height - strip.height))
    regions = _seen_regions(inspection)
    for region in sorted(regions, key=lambda region: region.accepted):  # the accepted ones on top
        canvas.outline(_within(region.box, view, image.shape[1]), region.colour)
    _draw_glyphs(canvas, inspection.glyphs, regions, strip)
    if status is not None:
        legend = () if status.note else (("accepted", _ACCEPTED), ("refused", _REFUSED))
        draw_status(canvas, replace(status, mirrored=False), area, legend)
    return canvas.image


@dataclass(frozen=True, slots=True)
class _Region:
    """A candidate: which one, where, what it was taken for, and whether it was read as that."""

    index: int
    box: Box
    caption: str
    doubt: float  # the probability that it is no digit, 0..1
    accepted: bool

    @property
    def colour(self) -> Colour:
        return _ACCEPTED if self.accepted else _REFUSED

    @property
    def rank(self) -> float:
        """Where not all have room, those of the lowest rank are shown: what was read, then the likeliest."""
        return -1.0 if self.accepted else self.doubt


def _seen_regions(inspection: "Inspection") -> list[_Region]:
    predictions = inspection.predictions
    names = (*predictions.labels, "\N{EN DASH}")  # the last column: not a digit
    read = {(digit.box, digit.label) for line in inspection.reading.lines for digit in line.digits}
    regions = []
    for index, (box, row) in enumerate(
        zip(inspection.regions.boxes.tolist(), predictions.probabilities, strict=True)
    ):
        name = names[row.argmax()]
        accepted = (Box(*box), predictions.labels[predictions.best[index]]) in read
        regions.append(_Region(index, Box(*box), f"{name} {row.max():.0%}", float(row[-1]), accepted))
    return regions


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


def _draw_glyphs(canvas: Canvas, glyphs: NDArray[np.uint8], regions: Sequence[_Region], strip: Box) -> None:
    """Glyphs above their captions, in reading order, as many as have room."""
    side, height = _tile(canvas)
    pitch = side + round(canvas.unit * _GLYPH_GAP)
    columns = strip.width // pitch
    ordered = _in_reading_order(regions)
    room = columns * (strip.height // height)
    chosen = sorted(sorted(range(len(ordered)), key=lambda i: ordered[i].rank)[:room])
    size = canvas.unit * _CAPTION
    for place, region in enumerate(ordered[i] for i in chosen):
        x = (place % columns) * pitch + (strip.width - columns * pitch) // 2
        y = strip.y + place // columns * height
        tile = cv2.resize(glyphs[region.index], (side, side), interpolation=cv2.INTER_NEAREST)
        canvas.image[y : y + side, x : x + side] = tile[:, :, None]
        fitting = size * min(1, side / max(canvas.width(region.caption, size), 1))
        canvas.text(region.caption, (x, y + side + canvas.baseline(size)), fitting, region.colour)


def _in_reading_order(regions: Sequence[_Region]) -> list[_Region]:
    """Row by row from the left; a row are those whose middles are level with its highest region."""

    def middle(region: _Region) -> float:
        return region.box.y + region.box.height / 2

    rows: list[list[_Region]] = []
    for region in sorted(regions, key=middle):
        if not rows or middle(region) >= rows[-1][0].box.bottom:
            rows.append([])
        rows[-1].append(region)
    return [region for row in rows for region in sorted(row, key=lambda region: region.box.x)]
