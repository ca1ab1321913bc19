"""The reader: a picture -> the digits on it, stage by stage."""

import enum
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from webcam_digits.pixels import from_pillow, to_bgr
from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.decode import Detections
from webcam_digits.reading.evidence import agreed, weigh
from webcam_digits.reading.glyphs import GLYPH_SIZE, inked, normalise
from webcam_digits.reading.ink import Ink, find_ink, pyramid
from webcam_digits.reading.layout import arrange
from webcam_digits.reading.models import open_models
from webcam_digits.reading.regions import Regions
from webcam_digits.reading.search import search
from webcam_digits.sources.photos import read_photo
from webcam_digits.types import Box, Digit, Image, ImageLike, Line, Reading

_MOST_PIXELS = 3_000_000  # that the detector looks at in a picture


class Edges(NamedTuple):
    """At which of its edges an image goes on, as a part of a larger picture does."""

    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False


WHOLE = Edges()  # nothing is beyond


class Verdict(enum.Enum):
    """What became of a detection; the value says it to people."""

    READ = "read"
    UNLIKELY = "not sure enough"
    ROW_UNLIKELY = "its row as a whole is not sure enough"
    CUT_OFF = "cut off by the region's edge"


@dataclass(frozen=True, slots=True)
class Inspection:
    """A reading with what each stage made on the way to it; n detections, in pixels of the image.

    Attributes:
        ink: where something may be written.
        regions: where the detector looked.
        detections: what it found there.
        inks: of each detection the ink in its box, (h, w) uint8, white on black.
        glyphs: (n, 28, 28) uint8, the same as the classifier sees it.
        opinions: the classifier's on these.
        evidence: (n, 11), as `rating.EVIDENCE` names it, for and against each.
        digits: what each would be read as.
        verdicts: for each why it was read, or was not.
        reading: what came out.
    """

    ink: Ink
    regions: Regions
    detections: Detections
    inks: tuple[NDArray[np.uint8], ...]
    glyphs: NDArray[np.uint8]
    opinions: Predictions
    evidence: NDArray[np.float64]
    digits: tuple[Digit, ...]
    verdicts: tuple[Verdict, ...]
    reading: Reading


class DigitReader:
    """Reads the digits in pictures.

        reader = DigitReader()
        reading = reader.read(cv2.imread("page.jpg"))
        print(reading.text)

    Attributes:
        min_confidence: digits less likely than this are not read, 0..1; with None the model decides.
        most_pixels: that the detector looks at in a picture; where there is more ink, the smallest is left
            out.
    """

    def __init__(
        self,
        model: Path | str | Sequence[Path | str] | None = None,
        *,
        min_confidence: float | None = None,
        threads: int = 1,
        most_pixels: int = _MOST_PIXELS,
    ) -> None:
        """Load the networks.

        Args:
            model: an ONNX file as `webcam-digits train` writes it, a detector or a classifier, or one of
                each; the shipped ones take the place of what is not given.
            min_confidence: 0..1, or None.
            threads: for each network; one is the fastest for a few digits.
            most_pixels: see above.

        Raises:
            ModelError: a model cannot be used, or knows other labels than the digits.
            ValueError: `min_confidence` is not within 0..1.
        """
        if min_confidence is not None and not 0 <= min_confidence <= 1:
            raise ValueError(f"min_confidence is within 0 and 1, not {min_confidence}")
        files = () if model is None else (model,) if isinstance(model, Path | str) else model
        self._detect, self._classify = open_models([Path(file) for file in files], threads)
        self.min_confidence = min_confidence
        self.most_pixels = most_pixels

    @property
    def threshold(self) -> float:
        """The least confidence, 0..1, at which the model takes a detection for a digit."""
        return self._detect.rating.threshold

    @property
    def row_threshold(self) -> float:
        """Likewise, for the digits of a row on average."""
        return self._detect.rating.row_threshold

    def read(self, image: ImageLike) -> Reading:
        """Read one picture.

        Args:
            image: an image file's path; a Pillow image; or an array, (h, w) grey, (h, w, 3) BGR or
                (h, w, 4) BGRA, uint8 or uint16, at least 1x1. What is transparent is on white.

        Raises:
            ImageError: the file is missing or cannot be read.
            ValueError: the image is of another type or shape.
        """
        return self.inspect(image).reading

    def inspect(self, image: ImageLike, goes_on: Edges = WHOLE) -> Inspection:
        """Read one picture and keep what every stage made of it.

        Args:
            image: as for `read`.
            goes_on: what touches such an edge is not read, for the rest of it lies beyond.

        Raises:
            ImageError: the file is missing or cannot be read.
            ValueError: the image is of another type or shape.
        """
        clock = _Clock()
        pixels = _pixels(image)
        size = pixels.shape[1], pixels.shape[0]
        levels = pyramid(pixels)
        ink = find_ink(levels)
        clock.lap("ink")
        regions, detections = search(ink, levels, self._detect, self.most_pixels)
        clock.lap("detector")
        inks = tuple(inked(pixels, box) for box in detections.boxes)
        glyphs = np.zeros((len(inks), GLYPH_SIZE, GLYPH_SIZE), np.uint8)
        for i, one in enumerate(inks):
            glyphs[i] = normalise(one)
        opinions = self._classify(glyphs)
        clock.lap("second opinion")
        decided = agreed(detections, opinions)
        evidence = weigh(decided, opinions, ink)
        confidences = self._detect.rating.confidence(evidence)
        digits = tuple(_digit(decided, confidences, i, size) for i in range(len(inks)))
        verdicts, lines = self._judged(digits, ink, _at_edges(detections.boxes, size, goes_on))
        clock.lap("layout")
        reading = Reading(lines, *size, clock.milliseconds)
        return Inspection(
            ink,
            regions,
            detections,
            inks,
            glyphs,
            opinions,
            evidence,
            digits,
            verdicts,
            reading,
        )

    def _judged(
        self, digits: Sequence[Digit], ink: Ink, cut_off: NDArray[np.bool_]
    ) -> tuple[tuple[Verdict, ...], tuple[Line, ...]]:
        """Why each detection is read or is not, and the rows of those that are."""
        rating = self._detect.rating
        least, row_least = rating.threshold, rating.row_threshold
        if self.min_confidence is not None:  # it speaks of single digits
            least, row_least = self.min_confidence, 0.0
        verdicts = [
            Verdict.CUT_OFF if cut else Verdict.READ if digit.confidence >= least else Verdict.UNLIKELY
            for digit, cut in zip(digits, cut_off, strict=True)
        ]
        likely = [digit for digit, verdict in zip(digits, verdicts, strict=True) if verdict is Verdict.READ]
        lines = arrange(likely, ink)
        kept = tuple(line for line in lines if fmean(digit.confidence for digit in line.digits) >= row_least)
        read = {id(digit) for line in kept for digit in line.digits}
        judged = tuple(
            Verdict.ROW_UNLIKELY if verdict is Verdict.READ and id(digit) not in read else verdict
            for digit, verdict in zip(digits, verdicts, strict=True)
        )
        return judged, kept


class _Clock:
    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.milliseconds[stage] = (now - self._last) * 1000
        self._last = now


def _pixels(image: ImageLike) -> Image:
    """Whatever can be read in 8-bit BGR."""
    if isinstance(image, str | Path):
        return read_photo(image)
    if isinstance(image, np.ndarray):
        return to_bgr(image)
    if type(image).__module__.startswith("PIL."):
        return from_pillow(image)
    hint = "; cv2.imread gives None for a file that it cannot read" if image is None else ""
    raise ValueError(f"an image is a path, an array or a Pillow image, not {type(image).__name__}{hint}")


def _at_edges(boxes: NDArray[np.float32], size: tuple[int, int], edges: Edges) -> NDArray[np.bool_]:
    """(n,) which boxes of an image of this width and height come as near as a pixel to one of the edges."""
    gaps = np.concatenate([boxes[:, :2], np.array(size) - boxes[:, 2:]], axis=1)
    return np.asarray((gaps[:, np.array(edges)] <= 1).any(axis=1))


def _digit(found: Detections, confidences: NDArray[np.float64], i: int, size: tuple[int, int]) -> Digit:
    """A detection as a digit, whose box ends at the image's edge."""
    left, top, right, bottom = np.round(found.boxes[i]).astype(int).tolist()
    x, y = min(max(left, 0), size[0] - 1), min(max(top, 0), size[1] - 1)
    box = Box(x, y, max(min(right, size[0]) - x, 1), max(min(bottom, size[1]) - y, 1))
    confidence = float(confidences[i])
    probabilities = np.append(found.classes[i] * confidence, 1 - confidence).astype(np.float32)
    return Digit(int(found.classes[i].argmax()), confidence, box, probabilities)
