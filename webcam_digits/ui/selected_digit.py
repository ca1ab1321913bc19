"""The digit that the user clicked, in one result after the other."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from webcam_digits.drawing.panels import DigitCard, outcomes_of
from webcam_digits.reading.glyphs import GLYPH_SIZE
from webcam_digits.reading.legacy.selection import Verdict
from webcam_digits.tracking.result import Result
from webcam_digits.types import Box, Digit, Reading
from webcam_digits.ui.controls import Point
from webcam_digits.ui.viewport import View

_REACH = 0.25  # of a digit's height, around its box: a 1 is narrow
_SAME_PLACE = 0.3  # overlap: a digit that moves may be off where it was read, but not by its neighbour's box


@dataclass(frozen=True, slots=True)
class SelectedDigit:
    """A digit and what the network last saw of it.

    Attributes:
        digit: of the steady reading, in pixels of the picture.
        glyph: (28, 28) uint8; black until it is seen.
    """

    digit: Digit
    glyph: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((GLYPH_SIZE, GLYPH_SIZE), np.uint8))

    def in_result(self, result: Result) -> "SelectedDigit | None":
        """What has become of it; None where it is gone."""
        digit = _same(result.reading, self.digit)
        if digit is None:
            return None
        glyph = _glyph(result, digit.box)
        return SelectedDigit(digit, self.glyph if glyph is None else glyph)

    def card(self, result: Result, view: View) -> DigitCard:
        """What there is to show of it."""
        outcomes = outcomes_of(result.inspection.predictions.labels, self.digit.probabilities)
        return DigitCard(view.box(self.digit.box), str(self.digit.digit), self.glyph, outcomes)


def select_digit(result: Result, point: Point) -> SelectedDigit | None:
    """The digit at a point of the picture: the nearest, where several are in reach; None where none is."""
    near = [
        (distance, digit)
        for line in result.reading.lines
        for digit in line.digits
        if (distance := _distance(digit.box, point)) <= _REACH * digit.box.height
    ]
    return SelectedDigit(min(near, key=lambda one: one[0])[1]).in_result(result) if near else None


def _same(reading: Reading, digit: Digit) -> Digit | None:
    """A digit of an earlier reading in this one: by its track, or else by its place."""
    others = [other for line in reading.lines for other in line.digits]
    if digit.track is not None:
        return next((other for other in others if other.track == digit.track), None)
    best = max(others, key=lambda other: other.box.iou(digit.box), default=None)
    return best if best is not None and best.box.intersection_area(digit.box) else None


def _glyph(result: Result, box: Box) -> NDArray[np.uint8] | None:
    """The glyph of what was read at `box`; None where nothing was this time."""
    inspection = result.inspection
    boxes = {
        i: Box(*(inspection.regions.boxes[i] + (result.part.x, result.part.y, 0, 0)).tolist())
        for i, verdict in enumerate(inspection.verdicts)
        if verdict is Verdict.KEPT
    }
    best = max(boxes, key=lambda i: boxes[i].iou(box), default=None)
    if best is None or boxes[best].iou(box) < _SAME_PLACE:
        return None
    return np.asarray(inspection.glyphs[best], np.uint8)


def _distance(box: Box, point: Point) -> float:
    """From a point to the nearest pixel of a box; 0 within it."""
    x, y = point
    return float(np.hypot(max(box.x - x, 0, x - box.right + 1), max(box.y - y, 0, y - box.bottom + 1)))
