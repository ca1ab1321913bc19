"""The reader: a picture -> the digits on it, stage by stage. The package's public face."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.classifier import Classifier, Predictions
from webcam_digits.glyphs import GLYPH_SIZE, normalise
from webcam_digits.ink import InkMask, find_ink
from webcam_digits.layout import arrange
from webcam_digits.photos import to_eight_bits
from webcam_digits.reading import Box, Digit, Reading
from webcam_digits.regions import Regions, find_regions
from webcam_digits.selection import Verdict, select

_LONGEST_SIDE = 1600  # pixels; digits are looked for in a picture no larger than this


@dataclass(frozen=True, slots=True)
class Inspection:
    """A reading with what each stage made on the way to it.

    Attributes:
        ink: in the picture that was searched, which is the image or, where that is larger, a smaller copy.
        regions: the candidates; their boxes are in pixels of the image.
        glyphs: (n, 28, 28) uint8, one for each region.
        predictions: one for each region.
        verdicts: for each region why it was read, or was not.
        reading: what came out.
    """

    ink: InkMask
    regions: Regions
    glyphs: NDArray[np.uint8]
    predictions: Predictions
    verdicts: tuple[Verdict, ...]
    reading: Reading


class DigitReader:
    """Reads the digits in pictures.

        reader = DigitReader()
        reading = reader.read(cv2.imread("page.jpg"))
        print(reading.text)

    Attributes:
        min_confidence: digits less likely than this are not read, 0..1; with None the model decides, by how
            likely it is that there is a digit at all.
    """

    def __init__(
        self, model: Path | str | None = None, *, min_confidence: float | None = None, threads: int = 1
    ) -> None:
        """Load the classifier.

        Args:
            model: an ONNX file as `webcam-digits train` writes it; None for the shipped one.
            min_confidence: 0..1, or None.
            threads: for the network; one is the fastest for a few digits.

        Raises:
            ModelError: the model cannot be used.
            ValueError: `min_confidence` is not within 0..1.
        """
        if min_confidence is not None and not 0 <= min_confidence <= 1:
            raise ValueError(f"min_confidence is within 0 and 1, not {min_confidence}")
        self._classify = Classifier(Path(model) if model is not None else None, threads=threads)
        self.min_confidence = min_confidence

    def read(self, image: NDArray[np.uint8] | NDArray[np.uint16]) -> Reading:
        """Read one picture.

        Args:
            image: (h, w) grey, (h, w, 3) BGR or (h, w, 4) BGRA, whose alpha is not heeded; uint8 or
                uint16, at least 1x1.

        Raises:
            ValueError: the image is of another shape or type.
        """
        return self.inspect(image).reading

    def inspect(self, image: NDArray[np.uint8] | NDArray[np.uint16]) -> Inspection:
        """Read one picture and keep what every stage made of it.

        Args:
            image: as for `read`.

        Raises:
            ValueError: the image is of another shape or type.
        """
        clock = _Clock()
        gray, scale = _gray(image)
        clock.lap("gray")
        ink = find_ink(gray)
        clock.lap("ink")
        regions = find_regions(ink)
        clock.lap("regions")
        glyphs = np.zeros((len(regions), GLYPH_SIZE, GLYPH_SIZE), np.uint8)
        for i, own in enumerate(regions.inks):
            glyphs[i] = normalise(own)
        clock.lap("glyphs")
        predictions = self._classify(glyphs)
        clock.lap("classifier")
        verdicts = select(regions, predictions, self._accepted(predictions), gray.shape)
        clock.lap("selection")
        regions = replace(regions, boxes=_enlarge(regions.boxes, scale))
        lines = arrange(_digits(regions, predictions, verdicts))
        clock.lap("layout")
        height, width = image.shape[:2]
        reading = Reading(lines, width, height, clock.milliseconds)
        return Inspection(ink, regions, glyphs, predictions, verdicts, reading)

    def _accepted(self, predictions: Predictions) -> NDArray[np.bool_]:
        if self.min_confidence is None:
            return np.asarray(predictions.presence >= self._classify.threshold)
        return np.asarray(predictions.confidence >= self.min_confidence)


class _Clock:
    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.milliseconds[stage] = (now - self._last) * 1000
        self._last = now


def _gray(image: NDArray[np.uint8] | NDArray[np.uint16]) -> tuple[NDArray[np.uint8], float]:
    """The picture to search, (h, w) uint8 of at most _LONGEST_SIDE, and how much larger the image is."""
    if not isinstance(image, np.ndarray):
        raise ValueError(
            f"an image is a NumPy array, not {image!r}; cv2.imread gives None for no readable file"
        )
    if image.ndim not in (2, 3) or 0 in image.shape or (image.ndim == 3 and image.shape[2] not in (3, 4)):
        raise ValueError(f"an image is (h, w), (h, w, 3) or (h, w, 4) and not empty, not {image.shape}")
    if image.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"an image is uint8 or uint16, not {image.dtype}")
    image = to_eight_bits(image)
    height, width = image.shape[:2]
    scale = max(height, width) / _LONGEST_SIDE
    if scale > 1:
        size = max(round(width / scale), 1), max(round(height / scale), 1)
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[assignment]
    else:
        scale = 1.0
    if image.ndim == 3:
        code = cv2.COLOR_BGR2GRAY if image.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
        image = cv2.cvtColor(image, code)  # type: ignore[assignment]
    return np.asarray(image, np.uint8), scale


def _enlarge(boxes: NDArray[np.int32], scale: float) -> NDArray[np.int32]:
    if scale == 1:
        return boxes
    ends = np.ceil((boxes[:, :2] + boxes[:, 2:]) * scale)
    starts = np.floor(boxes[:, :2] * scale)
    return np.concatenate([starts, ends - starts], axis=1).astype(np.int32)


def _digits(regions: Regions, predictions: Predictions, verdicts: Sequence[Verdict]) -> list[Digit]:
    best, confidence = predictions.best, predictions.confidence
    return [
        Digit(
            label=predictions.labels[best[i]],
            confidence=float(confidence[i]),
            box=Box(*regions.boxes[i].tolist()),
            probabilities=predictions.probabilities[i],
        )
        for i, verdict in enumerate(verdicts)
        if verdict is Verdict.KEPT
    ]
