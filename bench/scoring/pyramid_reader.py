"""A detector's raw reading, for the benches only: the whole picture in every size, and no rules.

The picture is halved again and again, and small ones are enlarged, so that each digit has a height that the
detector knows in at least one level. Of what all levels hold the likeliest stay, and what reaches the
threshold is arranged in rows.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import areas, intersections
from webcam_digits.reading.decode import Detections, apart, decode
from webcam_digits.reading.detector import MULTIPLE, Maps, prepare
from webcam_digits.reading.layout import arrange
from webcam_digits.types import Box, Digit, Image, Reading

LEAST = 0.03  # confidence; what is less likely is not even a candidate

_ENLARGED = {4: 40_000, 2: 3_000_000}  # times; up to so many pixels of the picture
_SMALLEST = 32  # pixels of a level's longer side
_MARGIN = 8  # pixels of ground around each level: digits of cut-outs touch the edge
_WITHIN = 0.5  # share of the smaller of two boxes from which they are of one digit: best on rendered pictures


class Network(Protocol):
    """As much of `webcam_digits.reading.detector.Detector` as reading needs."""

    threshold: float
    temperature: float
    heights: tuple[float, float]

    def __call__(self, prepared: NDArray[np.float32]) -> Maps:
        """What it says of prepared pictures."""


class PyramidReader:
    """Reads pictures by a detector alone.

    Attributes:
        threshold: the least confidence of a digit, 0..1.
    """

    def __init__(self, network: Network, threshold: float | None = None) -> None:
        """Take a detector; without a threshold, its own counts."""
        self._network = network
        self.threshold = network.threshold if threshold is None else threshold

    def read(self, image: Image) -> Reading:
        """Read a picture, (h, w, 3) BGR."""
        return self.arranged(self.find(image), image)

    def find(self, image: Image) -> tuple[Digit, ...]:
        """All that may be digits, from a confidence of `LEAST` on, one a place."""
        found = _together([self._of_level(level, image) for level in pyramid(image)])
        scores = found.confidences * np.sqrt(found.qualities)
        found = found[apart(found.boxes, scores)]
        found = found[alone(found.boxes)]
        digits = (_digit(*parts) for parts in zip(found.boxes, found.confidences, found.classes, strict=True))
        return tuple(digit for digit in digits if digit.box.within(image.shape[1], image.shape[0]))

    def arranged(self, found: Sequence[Digit], image: Image) -> Reading:
        """What of it reaches the threshold, in rows."""
        digits = [digit for digit in found if digit.confidence >= self.threshold]
        return Reading(arrange(digits), image.shape[1], image.shape[0])

    def _of_level(self, level: Image, image: Image) -> Detections:
        """What one level holds, in pixels of the picture."""
        maps = self._network(prepare(_padded(level))[None])
        found = decode(maps, 0, temperature=self._network.temperature, least=LEAST)
        heights = found.boxes[:, 3] - found.boxes[:, 1]
        least, most = self._network.heights
        found = found[(heights >= least) & (heights <= most)]
        across, down = image.shape[1] / level.shape[1], image.shape[0] / level.shape[0]
        boxes = (found.boxes - _MARGIN) * np.array([across, down, across, down], np.float32)
        return Detections(boxes, found.confidences, found.classes, found.qualities)


def pyramid(image: Image) -> Iterator[Image]:
    """A picture's levels, the largest first."""
    height, width = image.shape[:2]
    for scale, most in _ENLARGED.items():
        if height * width <= most:
            size = scale * width, scale * height
            yield np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    yield image
    while max(height, width) >= 2 * _SMALLEST:
        height, width = max(height // 2, 1), max(width // 2, 1)
        image = np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        yield image


def alone(boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of (n, 4) boxes, the best first, neither lie within a better one nor hold one."""
    own = areas(boxes)
    nested = intersections(boxes, boxes) >= _WITHIN * np.minimum(own[:, None], own)
    kept = np.ones(len(boxes), bool)
    for i in range(len(boxes)):
        if kept[i]:
            kept[i + 1 :] &= ~nested[i, i + 1 :]
    return kept


def _padded(level: Image) -> Image:
    """A level with a margin, its sides multiples of the network's."""
    height, width = (side + 2 * _MARGIN for side in level.shape[:2])
    edges = _MARGIN, _MARGIN + -height % MULTIPLE, _MARGIN, _MARGIN + -width % MULTIPLE
    return np.asarray(cv2.copyMakeBorder(level, *edges, cv2.BORDER_REPLICATE), np.uint8)


def _together(levels: Sequence[Detections]) -> Detections:
    return Detections(
        np.concatenate([level.boxes for level in levels]),
        np.concatenate([level.confidences for level in levels]),
        np.concatenate([level.classes for level in levels]),
        np.concatenate([level.qualities for level in levels]),
    )


def _digit(box: NDArray[np.float32], confidence: np.float32, classes: NDArray[np.float32]) -> Digit:
    left, top, right, bottom = np.round(box).astype(int).tolist()
    present = confidence / classes.max()
    probabilities = np.append(present * classes, 1 - present).astype(np.float32)
    return Digit(
        int(classes.argmax()),
        float(confidence),
        Box(left, top, right - left, bottom - top),
        probabilities,
    )
