"""What a detector's maps say, as boxes: one for each digit."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import areas, intersections
from webcam_digits.reading.classifier import sigmoid, softmax
from webcam_digits.reading.detector import STRIDE, Maps

_MOST = 600  # cells of a window that may hold a digit, the most likely; bounds the work
_MOST_JOINED = 2000  # boxes of all windows, likewise
_CERTAIN = 1e-6  # from 0 or 1: no probability is nearer
_SAME = 0.45  # intersection over union, from which two boxes are of one digit
_WITHIN = 0.85  # of the smaller of two boxes; sharing so much, they are of one digit, too
_SLIM = 0.4  # of a box's height: the least width that it is compared by, for 1s have hardly any of their own


@dataclass(frozen=True, slots=True)
class Detections:
    """What was found in one picture, the best first.

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

    def __getitem__(self, which: NDArray[np.bool_] | NDArray[np.intp] | slice) -> "Detections":
        return Detections(
            self.boxes[which], self.confidences[which], self.classes[which], self.qualities[which]
        )

    @classmethod
    def joined(cls, parts: Sequence["Detections"]) -> "Detections":
        """What the parts of a picture hold, of which there is at least one; one a place, the best first.

        No two of them overlap as only boxes of one digit do, and none lies within another.
        """
        found = cls(
            np.concatenate([part.boxes for part in parts]),
            np.concatenate([part.confidences for part in parts]),
            np.concatenate([part.classes for part in parts]),
            np.concatenate([part.qualities for part in parts]),
        )
        found = found[apart(found.boxes, found.confidences * np.sqrt(found.qualities), _MOST_JOINED)]
        return found[_alone(found.boxes)]

    def averaged(self, looks: Sequence["Detections"], covers: NDArray[np.bool_]) -> "Detections":
        """These places, as several looks see them on average; one that finds nothing there counts, too.

        Args:
            looks: m, of each what it found.
            covers: (m, n) whether a look was at each place; one was at least.

        Returns:
            At most as many, as `joined` gives them: two may turn out to be of one digit.
        """
        count = len(self.boxes)
        joint, boxes = np.zeros((count, 10)), np.zeros((count, 4))
        qualities, weights, looked = np.zeros((3, count))
        for look, covered in zip(looks, covers, strict=True):
            alike = overlaps(self.boxes, look.boxes)
            at, place = np.nonzero((alike >= _SAME) & (alike == alike.max(axis=1, initial=0)[:, None]))
            same, weight = look[place], look.confidences[place]
            joint[at] += (weight / same.classes.max(axis=1))[:, None] * same.classes
            boxes[at] += weight[:, None] * same.boxes
            qualities[at] += weight * same.qualities
            weights[at] += weight
            looked[at] += 1
            looked[np.setdiff1d(np.flatnonzero(covered), at)] += 1
        joint /= looked[:, None]
        presence = joint.sum(axis=1, keepdims=True)
        found = Detections(
            *(
                np.asarray(values, np.float32)
                for values in (
                    boxes / weights[:, None],
                    joint.max(axis=1),
                    joint / presence,
                    qualities / weights,
                )
            )
        )
        return Detections.joined([found])


NOTHING = Detections(*(np.zeros(shape, np.float32) for shape in ((0, 4), 0, (0, 10), 0)))


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
    if not likely.any():
        return NOTHING
    rows, columns = np.nonzero(likely & (presence >= cv2.dilate(presence, np.ones((3, 1), np.uint8))))
    classes = softmax(maps.classes[at][:, rows, columns].T / temperature)
    confidences = classes.max(axis=1) * sigmoid(presence[rows, columns] / temperature)
    left, top, right, bottom = maps.distances[at][:, rows, columns]
    x, y = (columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE
    boxes = np.stack([x - left, y - top, x + right, y + bottom], axis=1).astype(np.float32)
    qualities = sigmoid(maps.quality[at][rows, columns])
    found = Detections(boxes, confidences, classes, qualities)[confidences >= least]
    return found[apart(found.boxes, found.confidences * np.sqrt(found.qualities), _MOST)]


def apart(boxes: NDArray[np.float32], scores: NDArray[np.float32], most: int) -> NDArray[np.intp]:
    """Which of (n, 4) boxes, the best `most`, stay where no two may be of one digit, the best first."""
    order = np.argsort(-scores, kind="stable")[:most]
    return order[_foremost(overlaps(boxes[order], boxes[order]) >= _SAME)]


def overlaps(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """(n, m) intersection over union of (n, 4) and (m, 4) boxes, narrow ones widened."""
    one, other = _widened(one), _widened(other)
    shared = intersections(one, other)
    union = areas(one)[:, None] + areas(other) - shared
    return np.asarray(shared / np.maximum(union, 1e-6), np.float32)


def _alone(boxes: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which of (n, 4) boxes, the best first, neither lie within a better one nor hold one."""
    own = areas(boxes)
    return _foremost(intersections(boxes, boxes) >= _WITHIN * np.minimum(own[:, None], own))


def _foremost(rivals: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of n, the best first, stay where of each two rivals, (n, n), only the better one may."""
    kept = np.ones(len(rivals), bool)
    for i in range(len(rivals)):
        if kept[i]:
            kept[i + 1 :] &= ~rivals[i, i + 1 :]
    return kept


def _widened(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    lacking = (_SLIM * (boxes[:, 3] - boxes[:, 1]) - (boxes[:, 2] - boxes[:, 0])).clip(0) / 2
    return np.asarray(boxes + lacking[:, None] * (-1, 0, 1, 0), np.float32)
