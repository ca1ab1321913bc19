"""Inspections made up: what was found where, and what became of it."""

from dataclasses import dataclass

import numpy as np

from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.decode import Detections
from webcam_digits.reading.ink import Ink
from webcam_digits.reading.layout import arrange
from webcam_digits.reading.rating import EVIDENCE
from webcam_digits.reading.reader import Inspection, Verdict
from webcam_digits.reading.regions import Regions
from webcam_digits.types import DIGITS, Box, Digit, Reading


@dataclass(frozen=True)
class Found:
    """A detection; `opinion` is what the classifier said, 10 for none, and how surely."""

    box: Box
    digit: int = 7
    seen: float = 0.9
    opinion: tuple[int, float] = (7, 0.8)
    confidence: float = 0.95
    verdict: Verdict = Verdict.READ
    level: int = 99  # of its glyph


def inspection_of(*found, size=(160, 120), windows=(), crowded=False):
    """The inspection of a picture of this size in which these were found, in any order."""
    width, height = size
    classes, opinions = np.zeros((len(found), 10), np.float32), np.zeros((len(found), 11), np.float32)
    for i, one in enumerate(found):
        classes[i, one.digit] = 1
        opinions[i] = (1 - one.opinion[1]) / 10
        opinions[i, one.opinion[0]] = one.opinion[1]
    digits = tuple(Digit(one.digit, one.confidence, one.box, np.zeros(11, np.float32)) for one in found)
    read = [digit for digit, one in zip(digits, found, strict=True) if one.verdict is Verdict.READ]
    boxes = np.array([(one.box.x, one.box.y, one.box.right, one.box.bottom) for one in found], np.float32)
    return Inspection(
        ink=Ink(np.zeros((height, width), np.uint8), ()),
        regions=Regions(tuple(windows), crowded),
        detections=Detections(
            boxes.reshape(-1, 4),
            np.array([one.seen for one in found], np.float32),
            classes,
            np.ones(len(found), np.float32),
        ),
        inks=tuple(np.full((48, 24), 255, np.uint8) for _ in found),
        glyphs=np.array([np.full((28, 28), one.level) for one in found], np.uint8).reshape(-1, 28, 28),
        opinions=Predictions(opinions, DIGITS),
        evidence=np.zeros((len(found), len(EVIDENCE))),
        digits=digits,
        verdicts=tuple(one.verdict for one in found),
        reading=Reading(arrange(read), width, height, {"all": 3.0}),
    )
