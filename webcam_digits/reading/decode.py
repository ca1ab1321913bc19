"""What a detector's maps say, as boxes: one for each digit."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import areas, intersections
from webcam_digits.reading.classifier import softmax
from webcam_digits.reading.detector import STRIDE, Maps

_MOST = 600  # cells of a picture, the most likely; bounds the work
_CERTAIN = 1e-6  # from 0 or 1: no probability is nearer
_SAME = 0.45  # intersection over union, from which two boxes are of one digit
_SLIM = 0.4  # of a box's height: the least width that it is compared by, for 1s have hardly any of their own


@dataclass(frozen=True, slots=True)
class Detections:
    """What was found in one picture, the most likely first.

    Attributes:
        boxes: (n, 4) float32 left, top, right, bottom in pixels.
        confidences: (n,) float32, 0..1, that this is a digit, and which.
        classes: (n, 10) float32 probabilities.
        qualities: (n,) float32, 0..1, of how well the box fits.
    """

    boxes: NDArray[np.float32]
    confidences: NDArray[np.float32]
    classes: NDArray[np.float32]
    qualities: NDArray[np.float32]

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,) the likeliest digits."""
        return np.asarray(self.classes.argmax(axis=1), np.int64)

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> "Detections":
        return Detections(
            self.boxes[which], self.confidences[which], self.classes[which], self.qualities[which]
        )


def decode(maps: Maps, at: int, *, temperature: float, least: float) -> Detections:
    """The digits of one picture.

    Args:
        maps: of several.
        at: which one.
        temperature: that presence and class logits are divided by.
        least: confidence, 0..1; nothing below is returned.
    """
    presence = maps.presence[at]
    # Of a column's cells the likeliest stands for a digit; those beside it may be another narrow digit's.
    least = min(max(least, _CERTAIN), 1 - _CERTAIN)
    likely = presence >= np.log(least / (1 - least)) * temperature
    rows, columns = np.nonzero(likely & (presence >= cv2.dilate(presence, np.ones((3, 1), np.uint8))))
    classes = softmax(maps.classes[at][:, rows, columns].T / temperature)
    confidences = classes.max(axis=1) / (1 + np.exp(-presence[rows, columns] / temperature))
    left, top, right, bottom = maps.distances[at][:, rows, columns]
    x, y = (columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE
    boxes = np.stack([x - left, y - top, x + right, y + bottom], axis=1).astype(np.float32)
    qualities = 1 / (1 + np.exp(-maps.quality[at][rows, columns]))
    found = Detections(boxes, confidences, classes, qualities)[confidences >= least]
    return found[apart(found.boxes, found.confidences * np.sqrt(found.qualities))]


def apart(boxes: NDArray[np.float32], scores: NDArray[np.float32]) -> NDArray[np.intp]:
    """Which of (n, 4) boxes stay where no two may be of one digit: the best ones, the best first."""
    order = np.argsort(-scores, kind="stable")[:_MOST]
    same = overlaps(boxes[order], boxes[order]) >= _SAME
    kept = np.ones(len(order), bool)
    for i in range(len(order)):
        if kept[i]:
            kept[i + 1 :] &= ~same[i, i + 1 :]
    return order[kept]


def overlaps(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, m) intersection over union of (n, 4) and (m, 4) boxes, narrow ones widened."""
    one, other = _widened(one), _widened(other)
    shared = intersections(one, other)
    union = areas(one)[:, None] + areas(other) - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def _widened(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    lacking = (_SLIM * (boxes[:, 3] - boxes[:, 1]) - (boxes[:, 2] - boxes[:, 0])).clip(0) / 2
    return np.asarray(boxes + lacking[:, None] * (-1, 0, 1, 0), np.float32)
