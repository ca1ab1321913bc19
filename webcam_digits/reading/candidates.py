"""What became of each detection, for people: what both networks said of it, how surely, and the verdict."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.reader import Inspection, Verdict
from webcam_digits.types import Box

NONE = "none"  # in the place of a label: no digit


class Guess(NamedTuple):
    """What one network says: a label or NONE, and how likely that is, 0..1."""

    label: str
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A place where the detector saw a digit.

    Attributes:
        number: from 1.
        box: in pixels of the picture.
        ink: (h, w) uint8, what is written there, white on black; of size 0 at the very edge of a picture.
        glyph: (28, 28) uint8, the same as the classifier sees it.
        seen: what the detector saw.
        opinion: the second one, the classifier's.
        together: what both agree on, given what is around.
        verdict: why it was read, or was not.
    """

    number: int
    box: Box
    ink: NDArray[np.uint8]
    glyph: NDArray[np.uint8]
    seen: Guess
    opinion: Guess
    together: Guess
    verdict: Verdict

    @property
    def read(self) -> bool:
        """Whether it was read as a digit."""
        return self.verdict is Verdict.READ


def candidates_of(inspection: Inspection) -> list[Candidate]:
    """All candidates of a picture: what was read, in reading order, then the others, the surest first."""
    digits, found, opinions = inspection.digits, inspection.detections, inspection.opinions
    read = [digit for line in inspection.reading.lines for digit in line.digits]
    place = {id(digit): i for i, digit in enumerate(read)}
    order = sorted(
        range(len(digits)), key=lambda i: (place.get(id(digits[i]), len(read)), -digits[i].confidence)
    )
    labels = found.labels.tolist()
    names, likeliest = (*opinions.labels, NONE), opinions.probabilities.argmax(axis=1).tolist()
    return [
        Candidate(
            number=number,
            box=digits[i].box,
            ink=inspection.inks[i],
            glyph=np.asarray(inspection.glyphs[i], np.uint8),
            seen=Guess(str(labels[i]), float(found.confidences[i])),
            opinion=Guess(names[likeliest[i]], float(opinions.probabilities[i, likeliest[i]])),
            together=Guess(str(digits[i].digit), digits[i].confidence),
            verdict=inspection.verdicts[i],
        )
        for number, i in enumerate(order, 1)
    ]
