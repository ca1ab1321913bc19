"""Digits that were read against those that are written, by where they are.

Two boxes are of one digit where they overlap by half, as `webcam_digits.reading.decode.overlaps` measures it:
that is fair to 1s, too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from scoring.labelled import Mark
from scoring.row_scoring import DIGITS, Fate
from webcam_digits.reading.boxes import areas, intersections
from webcam_digits.reading.decode import overlaps
from webcam_digits.train.evaluation.metrics import average_precision
from webcam_digits.types import Box, Digit

SAME = 0.5  # least overlap of a digit's box with the truth
_PART = 0.6  # of a box's area, from which it is a part of another one
_NEAR = 1  # pixels between two digits that still touch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a written digit, or of one that was read where none is.

    Attributes:
        fate: "wrong" for another class; "split" for one digit read as two, or two as one.
        mark: what is written there; None where nothing is, or only a part of a digit.
        digit: what was read there, if anything.
    """

    fate: Fate
    mark: Mark | None
    digit: Digit | None

    @property
    def written(self) -> str:
        """The label of what is written there; "" for nothing."""
        return self.mark.label if self.mark else ""

    @property
    def read(self) -> str:
        """What it was read as; "" for nothing."""
        return str(self.digit.digit) if self.digit else ""


def outcomes(written: Sequence[Mark], read: Sequence[Digit]) -> list[Outcome]:
    """One for each written digit, and one for each that was read and is none of these."""
    pairs = _pairs(written, read)
    within = _parts([digit.box for digit in read], [mark.box for mark in written]).T
    holding = _parts([mark.box for mark in written], [digit.box for digit in read])
    for i, j in pairs.items():  # a digit and what it stands for are the same, however well they fit
        within[i, j] = holding[i, j] = True
    # Several were read within the written one, or several are written within the one that was read.
    divided = within & (within.sum(axis=1) > 1)[:, None]
    joined = holding & (holding.sum(axis=0) > 1)
    split = divided | joined
    found = []
    for i, mark in enumerate(written):
        digit = read[pairs[i]] if i in pairs else None
        if digit is not None and str(digit.digit) == mark.label:
            found.append(Outcome("right", mark, digit))
        elif split[i].any():
            found.append(Outcome("split", mark, digit))
        else:
            found.append(Outcome("missed" if digit is None else "wrong", mark, digit))
    for j in sorted(set(range(len(read))) - set(pairs.values())):
        found.append(Outcome("split" if split[:, j].any() else "false", None, read[j]))
    return found


@dataclass(frozen=True, slots=True)
class BoxFigures:
    """Of pictures with labelled boxes; None where there is nothing to judge by.

    Attributes:
        recall: of each class the share of digits that are read right where they are.
        average_precision: of each class, over all candidates; None for readers that do not give them.
        touching: of neighbours in a row that touch, the share in which both are right.
        pairs: how many such neighbours there are.
    """

    recall: dict[str, float | None]
    average_precision: dict[str, float | None] | None
    touching: float | None
    pairs: int

    @property
    def ones(self) -> float | None:
        """The average precision of 1s."""
        return self.average_precision["1"] if self.average_precision else None

    @property
    def others(self) -> float | None:
        """The mean of the other digits' average precision."""
        known = self.average_precision or {}
        values = [value for label, value in known.items() if label != "1" and value is not None]
        return float(np.mean(values)) if values else None


@dataclass(frozen=True, slots=True)
class Placed:
    """One picture with boxes.

    Attributes:
        written: its digits, those of a row one after the other.
        read: what was read.
        candidates: what might have been; None where the reader does not say.
        touches: whether its touching digits count.
    """

    written: tuple[Mark, ...]
    read: tuple[Digit, ...]
    candidates: tuple[Digit, ...] | None = None
    touches: bool = False


def box_figures(pictures: Sequence[Placed]) -> BoxFigures:
    """The figures of pictures."""
    labels = sorted(DIGITS)
    written = [mark.label for picture in pictures for mark in picture.written]
    found: list[str] = []
    pairs = split = 0
    for picture in pictures:
        right = {
            i
            for i, j in _pairs(picture.written, picture.read).items()
            if picture.written[i].label == str(picture.read[j].digit)
        }
        found += [picture.written[i].label for i in right]
        if picture.touches:
            touching = touching_pairs(picture.written)
            pairs += len(touching)
            split += sum(right.issuperset(pair) for pair in touching)
    ranked: dict[str, list[tuple[float, bool]]] = {label: [] for label in labels}
    for picture in pictures:
        for digit, right_place in _ranked(picture.written, picture.candidates or ()):
            ranked[str(digit.digit)].append((digit.confidence, right_place))
    return BoxFigures(
        recall={label: _share(found.count(label), written.count(label)) for label in labels},
        average_precision={label: _precision(ranked[label], written.count(label)) for label in labels}
        if any(picture.candidates is not None for picture in pictures)
        else None,
        touching=_share(split, pairs),
        pairs=pairs,
    )


def _precision(ranked: Sequence[tuple[float, bool]], written: int) -> float | None:
    """The average precision of digits with their confidence; None where none is written."""
    confidences, right = np.array(ranked, float).reshape(-1, 2).T
    return average_precision(right > 0, confidences, written) if written else None


def touching_pairs(written: Sequence[Mark]) -> list[tuple[int, int]]:
    """The indices of neighbours in a row whose boxes touch or overlap."""
    return [
        (i, i + 1)
        for i, (one, other) in enumerate(pairwise(written))
        if one.row == other.row and _grown(one.box).intersection_area(other.box)
    ]


def _grown(box: Box) -> Box:
    return Box(box.x - _NEAR, box.y - _NEAR, box.width + 2 * _NEAR, box.height + 2 * _NEAR)


def _ranked(written: Sequence[Mark], read: Sequence[Digit]) -> list[tuple[Digit, bool]]:
    """The digits, the likeliest first, and whether each is a written one that no likelier digit is."""
    fit = np.where(_same_labels(written, read), _fit(written, read), 0)
    ranked = []
    for j in sorted(range(len(read)), key=lambda j: -read[j].confidence):
        best = fit[:, j].argmax() if written else 0
        right = bool(written and fit[best, j] >= SAME)
        if right:
            fit[best] = 0
        ranked.append((read[j], right))
    return ranked


def _pairs(written: Sequence[Mark], read: Sequence[Digit]) -> dict[int, int]:
    """Which digit stands for which written one: as many as can be right, then as many as can be, best fit."""
    fit = _fit(written, read)
    worth = np.where(fit >= SAME, 1e6 * _same_labels(written, read) + 1e3 + fit, 0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return {int(i): int(j) for i, j in zip(rows, columns, strict=True) if worth[i, j]}


def _same_labels(written: Sequence[Mark], read: Sequence[Digit]) -> NDArray[np.bool_]:
    labels = np.array([int(mark.label) for mark in written])
    return np.asarray(labels[:, None] == np.array([digit.digit for digit in read]), bool)


def _fit(written: Sequence[Mark], read: Sequence[Digit]) -> NDArray[np.float32]:
    """(n, m) how far they overlap, 0..1."""
    return overlaps(_sides([mark.box for mark in written]), _sides([digit.box for digit in read]))


def _sides(boxes: Sequence[Box]) -> NDArray[np.float32]:
    """(n, 4) left, top, right, bottom."""
    return np.array([(box.x, box.y, box.right, box.bottom) for box in boxes], np.float32).reshape(-1, 4)


def _parts(inner: Sequence[Box], outer: Sequence[Box]) -> NDArray[np.bool_]:
    """(n, m) which of the first boxes lie in which of the others."""
    small = _sides(inner)
    return np.asarray(intersections(small, _sides(outer)) >= _PART * areas(small)[:, None], bool)


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
