import numpy as np
import pytest

from webcam_digits.classifier import Predictions
from webcam_digits.regions import Regions, Strokes
from webcam_digits.selection import Verdict, select

DIGIT, LETTER, HAZY = (0.98, 0.01), (0.03, 0.96), (0.6, 0.35)


def scene(*strokes, joins=()):
    """Regions of strokes ((x, y, w, h), (probability of a digit, of nothing)), and joins ((i, j), ...)."""
    boxes = np.array([box for box, _ in strokes], np.int32).reshape(-1, 4)
    members = [frozenset({i}) for i in range(len(strokes))]
    members += [frozenset(pair) for pair, _ in joins]
    around = [_around(boxes[list(group)]) for group in members]
    rows = np.zeros((len(members), 11), np.float32)
    for row, (digit, nothing) in zip(rows, [p for _, p in (*strokes, *joins)], strict=True):
        row[:] = (1 - digit - nothing) / 9
        row[7], row[10] = digit, nothing
    lengths = np.where(boxes[:, 2] < 10, boxes[:, 3], 2 * boxes[:, 2:].sum(axis=1))  # bars or round
    regions = Regions(
        np.array(around, np.int32).reshape(-1, 4),
        tuple(np.full((h, w), 255, np.uint8) for _, _, w, h in around),
        tuple(members),
        Strokes(boxes, 4.0 * lengths, np.full(len(boxes), 4.0)),
    )
    return regions, Predictions(rows, tuple("0123456789"))


def _around(boxes):
    low, high = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return (*low.tolist(), *(high - low).tolist())


def chosen(*strokes, joins=(), min_confidence=0.5):
    regions, predictions = scene(*strokes, joins=joins)
    verdicts = select(regions, predictions, predictions.confidence >= min_confidence, (480, 640))
    return [i for i, verdict in enumerate(verdicts) if verdict is Verdict.KEPT]


def test_nothing_of_nothing():
    assert chosen() == []


def test_the_confident_are_chosen():
    assert chosen(((100, 100, 30, 50), DIGIT), ((160, 100, 30, 50), HAZY), min_confidence=0.7) == [0]


def test_a_broken_digit_is_joined():
    strokes = ((100, 100, 30, 40), HAZY), ((105, 90, 30, 8), LETTER)
    assert chosen(*strokes, joins=[((0, 1), DIGIT)]) == [2]


def test_two_digits_are_not_joined():
    strokes = ((100, 100, 20, 40), DIGIT), ((124, 100, 20, 40), DIGIT)
    assert chosen(*strokes, joins=[((0, 1), HAZY)]) == [0, 1]


def test_a_number_after_a_word_is_kept():
    word = [((100 + 35 * i, 100, 30, 40), LETTER) for i in range(4)]
    assert chosen(*word, ((290, 100, 30, 40), DIGIT), ((330, 100, 30, 40), DIGIT)) == [4, 5]


def test_a_ring_around_a_digit_is_no_digit():
    assert chosen(((100, 100, 120, 120), DIGIT), ((140, 135, 30, 50), DIGIT)) == [1]


def test_a_digit_among_letters_is_a_letter():
    word = [((100 + 35 * i, 100, 30, 40), LETTER) for i in range(5)]
    assert chosen(*word[:2], ((170, 100, 30, 40), DIGIT), *word[3:]) == []


def test_a_sum_keeps_its_digits():
    row = [((100 + 45 * i, 100, 30, 40), DIGIT if i % 2 == 0 else LETTER) for i in range(5)]
    assert chosen(*row) == [0, 2, 4]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], [0]),
        ([((140, 100, 30, 50), DIGIT)], [0, 1]),
        ([((90, 165, 60, 60), LETTER), ((60, 25, 60, 60), LETTER)], []),
    ],
    ids=["alone on the page", "beside a digit", "in clutter"],
)
def test_a_plain_one_is_known_by_its_company(others, expected):
    assert chosen(((110, 100, 8, 50), DIGIT), *others) == expected


def test_a_stroke_along_the_edge_is_no_one():
    assert chosen(((0, 100, 8, 50), DIGIT)) == []


def test_a_rule_through_the_surroundings_does_not_count_as_clutter():
    assert chosen(((110, 100, 30, 50), DIGIT), ((0, 160, 640, 60), LETTER)) == [0]
