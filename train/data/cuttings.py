"""Crops -> training pictures: the ink inside true boxes and inside false ones, as the reader will cut it out.

A detector's boxes are a little off, touch neighbours and lines, and lie at times around what is not a digit,
or around half of one, or two. So the network is trained on the ink of such boxes. What may be taken for a
digit though the truth does not say so, such as a letter o, is left out.
"""

from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import Boxes, areas, intersections
from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.glyphs import inked, normalise
from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.data.negatives import HALVES, PAIRS_LIKE_A_DIGIT, like_a_digit
from webcam_digits.train.scenes.crops import Crop, Crops
from webcam_digits.types import DIGITS

Judge = Callable[[NDArray[np.uint8]], Predictions]

NO_DIGIT = len(DIGITS)  # the target of what is none

_OFF = 0.04  # of a box's height; how far its sides stray, the deviation
_ALIKE = 0.5  # presence; a false box that the judge finds so likely a digit may show one
_CHANCE = 0.02  # presence; what is no likelier a digit is as seldom taken as that
_MOST_ASKED = 24  # false boxes of a crop that the judge is asked about
_MOST_FALSE = 4  # of a crop that are taken
_UNMARKED = ("struck", "giant")  # kinds of crops with digits that are not among the boxes
_TOUCHED = 0.1  # of a false box; no more of it may lie on digits, unless it is made of these
_MOST_OF_DIGIT = 0.65  # a box between two digits holds no more of either
_NEAR = 0.6  # of the height; neighbours in a row are no further apart

_SURROUNDINGS = 41  # pixels; what differs from their mean
_STEP = 6  # by so many grey levels may be ink
_LEAST, _MOST = 9, 72  # pixels; heights of false boxes
_WIDEST = 1.5  # heights; of what is wider only a part is boxed
_RANDOM = 6  # boxes anywhere in a crop


def cuttings(crops: Crops, count: int, seed: int, judge: Judge) -> Iterator[tuple[Picture, int]]:
    """The pictures of the first `count` crops of a seed, and their targets, as `cut` gives them."""
    for index in range(count):
        yield from cut(crops.draw(seed, index), np.random.default_rng((seed, index, 1)), judge)


def cut(crop: Crop, rng: np.random.Generator, judge: Judge) -> Iterator[tuple[Picture, int]]:
    """The ink in the boxes of a crop's digits, and in some boxes that show none.

    Args:
        crop: of any kind.
        rng: decides how far boxes are off, and which false ones there are.
        judge: says how likely glyphs are digits.

    Yields:
        (h, w) uint8, white ink on black, and 0..9, or `NO_DIGIT`.
    """
    for box, label in zip(jittered(crop.boxes, rng), crop.labels.tolist(), strict=True):
        ink = inked(crop.image, box)
        if ink.any():
            yield ink, label
    boxes = rng.permutation(false_boxes(crop, rng))[:_MOST_ASKED]
    inks = [inked(crop.image, box) for box in boxes]
    for ink in _hardest([ink for ink in inks if ink.any() and not like_a_digit(ink)], rng, judge):
        yield ink, NO_DIGIT


def _hardest(inks: list[Picture], rng: np.random.Generator, judge: Judge) -> list[Picture]:
    """Some of them, rather those that seem to be digits, but for what is so much like one that it may be."""
    if not inks:
        return []
    presence = judge(np.stack([normalise(ink) for ink in inks])).presence
    weights = np.where(presence < _ALIKE, np.maximum(presence, _CHANCE), 0)
    count = min(int(np.count_nonzero(weights)), _MOST_FALSE)
    if not count:
        return []
    chosen = rng.choice(len(inks), count, replace=False, p=weights / weights.sum())
    return [inks[i] for i in chosen.tolist()]


def jittered(boxes: Boxes, rng: np.random.Generator) -> Boxes:
    """Boxes as a detector finds them: each side is off by a few per cent of the height."""
    heights = boxes[:, 3:] - boxes[:, 1:2]
    return np.asarray(boxes + _OFF * heights * rng.normal(size=boxes.shape), np.float32)


def false_boxes(crop: Crop, rng: np.random.Generator) -> Boxes:
    """Boxes that show no whole digit alone: of parts of digits, of two, and of other ink and ground."""
    made = np.concatenate([_halves(crop, rng), _of_two(crop)])
    made = made[_common(made, crop.ignored).max(axis=1, initial=0) <= _TOUCHED]
    others = np.concatenate([_pieces(crop.image, rng), _anywhere(crop.image, rng)])
    known = np.concatenate([crop.boxes, crop.ignored])
    others = others[_common(others, known).max(axis=1, initial=0) <= _TOUCHED]
    return jittered(made if crop.kind in _UNMARKED else np.concatenate([made, others]), rng)


def _halves(crop: Crop, rng: np.random.Generator) -> Boxes:
    """Of each digit a half that is not like another digit."""
    found = []
    for (left, top, right, bottom), label in zip(crop.boxes.tolist(), crop.labels.tolist(), strict=True):
        if label not in HALVES:
            continue
        side, least, most = HALVES[label][int(rng.integers(len(HALVES[label])))]
        across, down = rng.uniform(least, most) * np.array([right - left, bottom - top])
        match side:
            case "top":
                found.append((left, top, right, top + down))
            case "bottom":
                found.append((left, bottom - down, right, bottom))
            case "left":
                found.append((left, top, left + across, bottom))
            case "right":
                found.append((right - across, top, right, bottom))
    return _boxes(found)


def _of_two(crop: Crop) -> Boxes:
    """Of neighbours in a row, the box around both, and the one from the middle of each to the other's."""
    found = []
    middles = (crop.boxes[:, :2] + crop.boxes[:, 2:]) / 2
    order = np.argsort(middles[:, 0])
    for place, i in enumerate(order):
        height = crop.boxes[i, 3] - crop.boxes[i, 1]
        level = np.abs(middles[order, 1] - middles[i, 1]) < height / 2
        near = crop.boxes[order, 0] - crop.boxes[i, 2] < _NEAR * height
        for j in order[np.flatnonzero(level & near & (np.arange(len(order)) > place))[:1]]:
            both = np.minimum(*crop.boxes[[i, j], :2]), np.maximum(*crop.boxes[[i, j], 2:])
            if (crop.labels[i], crop.labels[j]) not in PAIRS_LIKE_A_DIGIT:
                found.append((*both[0], *both[1]))
            between = middles[i, 0], both[0][1], middles[j, 0], both[1][1]
            if (_common(crop.boxes, _boxes([between])) <= _MOST_OF_DIGIT).all():
                found.append(between)
    return _boxes(found)


def _pieces(image: NDArray[np.uint8], rng: np.random.Generator) -> Boxes:
    """Boxes of a digit's size around connected pieces that are darker or lighter than their surroundings."""
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    found = []
    for way, step in ((cv2.THRESH_BINARY_INV, _STEP), (cv2.THRESH_BINARY, -_STEP)):
        mask = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, way, _SURROUNDINGS, step)
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        for x, y, width, height, _ in stats[1:].tolist():
            if not _LEAST <= height <= _MOST:
                continue
            if width > _WIDEST * height:
                part = round(rng.uniform(0.4, 1.2) * height)
                x, width = x + int(rng.integers(width - part)), part
            found.append((x, y, x + width, y + height))
    return _boxes(found)


def _anywhere(image: NDArray[np.uint8], rng: np.random.Generator) -> Boxes:
    """Boxes of a digit's size and shape."""
    heights = np.exp(rng.uniform(np.log(_LEAST), np.log(_MOST), _RANDOM))
    sizes = np.column_stack([heights * rng.uniform(0.4, 1.1, _RANDOM), heights])
    corners = rng.uniform(0, 1, (_RANDOM, 2)) * np.maximum(image.shape[1::-1] - sizes, 0)
    return np.column_stack([corners, corners + sizes]).astype(np.float32)


def _boxes(found: Sequence[Sequence[float]]) -> Boxes:
    return np.array(found, np.float32).reshape(-1, 4)


def _common(boxes: Boxes, others: Boxes) -> NDArray[np.float32]:
    """(n, m) which share of each of n boxes lies in each of m others, 0..1."""
    shared = intersections(boxes, others)
    return np.asarray(shared / np.maximum(areas(boxes), 1)[:, None], np.float32)
