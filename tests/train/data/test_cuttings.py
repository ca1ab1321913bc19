"""Cuttings: the ink in true and in false boxes of crops, with what it shows."""

import cv2
import numpy as np
import pytest

from tests.helpers.characters import archive
from webcam_digits.reading.classifier import Classifier, Predictions
from webcam_digits.reading.glyphs import normalise
from webcam_digits.train.data.cuttings import NO_DIGIT, cut, cuttings, false_boxes, jittered
from webcam_digits.train.scenes.crops import Crop, Crops
from webcam_digits.types import DIGITS

SHAPE = (128, 160)


def judge(presence: float):
    """One who finds every glyph so likely a digit."""

    def say(glyphs):
        probabilities = np.full((len(glyphs), 11), presence / 10, np.float32)
        probabilities[:, -1] = 1 - presence
        return Predictions(probabilities, DIGITS)

    return say


def page(*, boxes=(), labels=(), ignored=(), kind="rows") -> Crop:
    """White paper with boxes of digits on it."""
    return Crop(
        np.full((*SHAPE, 3), 230, np.uint8),
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(labels, np.int64),
        np.array(ignored, np.float32).reshape(-1, 4),
        kind,
    )


def written(text: str, **options) -> Crop:
    """Digits in a row, drawn by OpenCV."""
    boxes = []
    crop = page(**options)
    for i, digit in enumerate(text):
        alone = np.zeros(SHAPE, np.uint8)
        cv2.putText(alone, digit, (12 + 30 * i, 76), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 255, 3, cv2.LINE_AA)
        crop.image[alone > 127] = 40
        x, y, width, height = cv2.boundingRect((alone > 127).astype(np.uint8))
        boxes.append((x, y, x + width, y + height))
    labels = np.array([int(digit) for digit in text], np.int64)
    return Crop(crop.image, np.array(boxes, np.float32).reshape(-1, 4), labels, crop.ignored, crop.kind)


def pairs(crop: Crop, seed: int = 0, presence: float = 0.1):
    return list(cut(crop, np.random.default_rng(seed), judge(presence)))


def shared(boxes, others) -> float:
    """The largest share of one of the boxes that lies in one of the others."""
    most = 0.0
    for left, top, right, bottom in boxes:
        for x0, y0, x1, y1 in others:
            inside = max(min(right, x1) - max(left, x0), 0) * max(min(bottom, y1) - max(top, y0), 0)
            most = max(most, inside / ((right - left) * (bottom - top)))
    return most


def test_digits_come_with_their_labels() -> None:
    found = [(ink, target) for ink, target in pairs(written("2735")) if target != NO_DIGIT]
    assert [target for _, target in found] == [2, 7, 3, 5]
    read = Classifier()(np.stack([normalise(ink) for ink, _ in found]))
    assert read.best.tolist() == [2, 7, 3, 5]


def test_of_two_digits_neither_is_left_when_they_are_boxed_together_or_between() -> None:
    crop = written("27")
    found = false_boxes(crop, np.random.default_rng(3))
    around = crop.boxes[0, 0], crop.boxes[1, 2]
    both = [box for box in found if abs(box[0] - around[0]) < 5 and abs(box[2] - around[1]) < 5]
    middles = (crop.boxes[:, 0] + crop.boxes[:, 2]) / 2
    between = [box for box in found if abs(box[0] - middles[0]) < 5 and abs(box[2] - middles[1]) < 5]
    assert len(both) == len(between) == 1


def test_a_pair_that_is_like_a_digit_is_not_boxed_together() -> None:
    crop = written("13")
    wide = [
        box
        for box in false_boxes(crop, np.random.default_rng(3))
        if shared([crop.boxes[0]], [box]) > 0.8 and shared([crop.boxes[1]], [box]) > 0.8
    ]
    assert wide == []


def test_halves_are_only_of_digits_that_have_some_unlike_a_digit() -> None:
    for text, some in (("4", True), ("6", False), ("1", False), ("8", False)):
        crop = written(text)
        inside = [
            box
            for box in false_boxes(crop, np.random.default_rng(1))
            if shared([box], crop.boxes) > 0.7 and shared(crop.boxes, [box]) < 0.7
        ]
        assert bool(inside) == some


@pytest.mark.parametrize("seed", range(4))
def test_other_boxes_keep_away_from_digits_and_from_what_is_ignored(seed: int) -> None:
    ignored = [(90, 20, 150, 110)]
    crop = written("88", ignored=ignored)
    cv2.putText(crop.image, "kH", (8, 122), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    found = false_boxes(crop, np.random.default_rng(seed))
    apart = [box for box in found if box[1] > 84 or box[3] < 40]
    assert apart
    assert shared(apart, crop.boxes) < 0.25
    assert shared(found, ignored) < 0.25
    assert pairs(written("27", ignored=[(0, 0, 160, 128)]))[2:] == []


def test_letters_are_none() -> None:
    crop = page(kind="words")
    cv2.putText(crop.image, "kHm", (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 3)
    assert {target for _, target in pairs(crop)} == {NO_DIGIT}
    inked = sum((ink > 127).sum() > 100 for ink, _ in pairs(crop))
    assert inked >= 2


def test_what_the_judge_finds_too_likely_a_digit_is_left_out() -> None:
    crop = page(kind="words")
    cv2.putText(crop.image, "kHm", (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 0, 0), 3)
    assert pairs(crop, presence=0.9) == []


def test_what_the_judge_finds_likelier_a_digit_is_taken_rather() -> None:
    crop = page(kind="words")
    cv2.putText(crop.image, "kHmAWxE", (4, 70), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)

    def by_ink(glyphs):
        inked = (glyphs > 127).mean(axis=(1, 2))
        probabilities = np.zeros((len(glyphs), 11), np.float32)
        probabilities[:, 0] = np.where(inked > np.median(inked), 0.45, 0.0)
        probabilities[:, -1] = 1 - probabilities[:, 0]
        asked.append(inked)
        return Predictions(probabilities, DIGITS)

    taken, asked = [], []
    for seed in range(20):
        found = cut(crop, np.random.default_rng(seed), by_ink)
        taken += [(normalise(ink) > 127).mean() for ink, _ in found]
    assert np.mean(taken) > np.mean(np.concatenate(asked)) + 0.02


@pytest.mark.parametrize("kind", ["struck", "giant"])
def test_where_digits_are_unmarked_no_other_ink_is_none(kind: str) -> None:
    crop = written("5", kind=kind)
    unmarked = Crop(crop.image, crop.boxes[:0], crop.labels[:0], crop.ignored, kind)
    assert pairs(unmarked) == []


def test_what_might_be_a_one_is_never_none() -> None:
    crop = page(kind="lines")
    crop.image[30:90, 60:66] = 20
    upright = [ink for ink, _ in pairs(crop) if (ink > 127).any(axis=1).mean() > 0.9 and ink.shape[0] > 40]
    assert all((ink > 127).any(axis=0).sum() > 0.38 * ink.shape[0] for ink in upright)


def test_empty_paper_and_a_digit_without_ink_give_nothing() -> None:
    assert pairs(page(kind="empty")) == []
    assert pairs(page(boxes=[(20, 20, 40, 50)], labels=[3])) == []


def test_boxes_are_off_by_a_few_per_cent_of_their_height() -> None:
    boxes = np.tile(np.array([[10, 10, 30, 60]], np.float32), (500, 1))
    off = (jittered(boxes, np.random.default_rng(0)) - boxes) / 50
    assert np.abs(off.mean(axis=0)).max() < 0.01
    assert 0.02 < off.std() < 0.06


def test_the_same_seed_gives_the_same_cuttings(tmp_path) -> None:
    archive(tmp_path / "mnist.npz", "0123456789", 400)
    crops = Crops(tmp_path, "train")
    first, again, other = (list(cuttings(crops, 6, seed, judge(0.1))) for seed in (7, 7, 8))
    assert [target for _, target in first] == [target for _, target in again]
    assert all(np.array_equal(a, b) for (a, _), (b, _) in zip(first, again, strict=True))
    assert [target for _, target in first] != [target for _, target in other]
    assert {target for _, target in first} >= {NO_DIGIT}
