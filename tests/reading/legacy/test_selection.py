from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.candidates import BAR, DIGIT, HAZY, LETTER, RING, candidates, row
from webcam_digits import DigitReader
from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.legacy.regions import Origin, around
from webcam_digits.reading.legacy.selection import Verdict, select
from webcam_digits.train.handwriting.pen import write

CLEAR = (7, 0.998, 0.001)


def chosen(*strokes, joins=(), min_confidence=0.5):
    regions, predictions = candidates(*strokes, joins=joins)
    blank = np.zeros((480, 640), np.uint8)
    verdicts = select(regions, predictions, predictions.confidence >= min_confidence, blank, blank, blank)
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


def test_what_stands_alone_has_to_look_like_a_digit():
    unclear = (7, 0.9, 0.08)
    assert chosen(((110, 100, 30, 50), unclear)) == []
    assert chosen(((110, 100, 30, 50), DIGIT)) == [0]
    assert chosen(
        ((110, 100, 30, 50), unclear), ((150, 100, 30, 50), DIGIT), ((190, 100, 30, 50), DIGIT)
    ) == [
        0,
        1,
        2,
    ]


def test_what_clearly_looks_like_a_digit_is_one_at_the_edge_of_a_tight_picture():
    assert chosen(((610, 100, 30, 50), CLEAR)) == [0]


def test_a_piece_of_an_erased_rule_is_no_one():
    regions, predictions = candidates(((110, 100, 8, 50), DIGIT))
    blank, ruled = np.zeros((2, 480, 640), np.uint8)
    ruled[:100, 112:116] = 255
    accepted = predictions.presence >= 0.5
    assert select(regions, predictions, accepted, blank, blank, ruled) == (Verdict.RULE,)
    assert select(regions, predictions, accepted, blank, blank, blank) == (Verdict.KEPT,)


def test_a_stroke_along_the_edge_is_no_one():
    assert chosen(((0, 100, 8, 50), DIGIT)) == []


def test_a_rule_through_the_surroundings_does_not_count_as_clutter():
    assert chosen(((110, 100, 30, 50), CLEAR), ((0, 160, 640, 60), LETTER)) == [0]


def chain(*pieces, others=()):
    """Verdicts of a stroke's pieces side by side, and of whole strokes after it, as for `candidates`."""
    regions, predictions = candidates(*row(*pieces, step=30), *others)
    count, names = len(pieces), range(len(pieces))
    whole = around(regions.boxes[:count])
    regions = replace(
        regions,
        boxes=np.vstack([regions.boxes, [whole]]),
        inks=(*regions.inks, np.full(whole[:1:-1], 255, np.uint8)),
        members=(*regions.members, frozenset(names)),
        origins=(*(Origin.PIECE for _ in names), *(Origin.STROKE for _ in others), Origin.STROKE),
    )
    none = np.eye(11, dtype=np.float32)[10:]
    predictions = Predictions(np.vstack([predictions.probabilities, none]), predictions.labels)
    blank = np.zeros((480, 640), np.uint8)
    return select(regions, predictions, predictions.presence >= 0.5, blank, blank, blank)[:-1]


def test_touching_digits_are_read_though_one_of_them_is_spoilt():
    verdicts = chain(DIGIT, RING, LETTER, DIGIT, DIGIT, DIGIT)
    assert verdicts == (*[Verdict.KEPT] * 2, Verdict.UNLIKELY, *[Verdict.KEPT] * 3)


@pytest.mark.parametrize("pieces", [(BAR, BAR), (BAR, DIGIT)], ids=["n", "k"])
def test_a_letter_is_not_read_in_pieces(pieces):
    assert set(chain(*pieces)) == {Verdict.WORD}


def test_a_letter_in_pieces_is_no_digit_beside_its_neighbours():
    ring = row(RING, x=165)
    assert set(chain(BAR, BAR, others=ring)) == {Verdict.WORD}


def test_a_number_below_the_arm_of_a_huge_digit_is_no_fragment_of_it():
    rng = np.random.default_rng(3)
    huge = write("7", height=420, rng=rng, at=(40, 20)).ink((480, 640))
    small = write("26", height=40, rng=rng, at=(70, 260)).ink((480, 640))
    sheet = 235 - (np.maximum(huge, small).astype(np.float32) * 0.8).astype(np.uint8)
    read = "".join(str(digit.digit) for line in DigitReader().read(sheet).lines for digit in line.digits)
    assert sorted(read) == ["2", "6", "7"]


def test_holes_in_a_row_are_no_zeros_but_a_row_of_2s_was_written():
    def row_of(label):
        return [((100 + 60 * i, 100, 40, 40), (label, 0.998, 0.001)) for i in range(6)]

    assert chosen(*row_of(0)) == []
    assert chosen(*row_of(2)) == list(range(6))
