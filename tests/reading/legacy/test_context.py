import numpy as np
import pytest

from tests.helpers.candidates import BAR, DIGIT, LETTER, RING, SNAKE, candidates, row
from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.legacy.context import log_odds
from webcam_digits.reading.legacy.regions import Origin, Regions, Strokes


def odds(*strokes):
    """Of all strokes that the classifier takes for digits; 0 for the others."""
    regions, predictions = candidates(*strokes)
    return log_odds(regions, predictions, predictions.presence > 0.5).digit


def test_nothing_of_nothing():
    assert odds().shape == (0,)


@pytest.mark.parametrize("alone", [DIGIT, RING, BAR, SNAKE], ids=["7", "0", "1", "5"])
def test_a_digit_alone_on_the_page_is_one(alone):
    assert odds(*row(alone))[0] > 0


def test_what_letters_are_seldom_like_is_more_surely_a_digit():
    ring, bar, seven = (odds(*row(alone))[0] for alone in (RING, BAR, DIGIT))
    assert seven > ring + 1 > bar + 1


@pytest.mark.parametrize("word", ["xoxx", "xxo", "sox", "olx"])
def test_what_looks_like_a_digit_within_a_word_is_a_letter(word):
    strokes = row(*({"x": LETTER, "o": RING, "l": BAR, "s": SNAKE}[letter] for letter in word))
    assert odds(*strokes).max() <= 0


def test_a_spoilt_digit_does_not_spoil_its_number():
    assert (odds(*row(DIGIT, RING, LETTER, DIGIT))[[0, 1, 3]] > 0).all()


def test_a_number_right_after_a_word_is_a_number():
    found = odds(*row(LETTER, LETTER, LETTER), *row(DIGIT, RING, DIGIT, x=230))
    assert (found[3:] > 0).all()


def words(count):
    return [letter for i in range(count) for letter in row(*[LETTER] * 3, y=150 + 60 * i)]


def test_on_a_page_of_words_a_lone_ring_is_a_letter_and_a_number_a_number():
    strokes = row(RING, x=300), row(DIGIT, DIGIT, RING, DIGIT, x=300, y=210)
    ring, number = (odds(*words(4), *some)[12:] for some in strokes)
    assert ring.max() < 0
    assert (number > 0).all()


@pytest.mark.parametrize(
    "place", [{"x": 1500}, {"x": 220, "y": 140, "size": (80, 120)}], ids=["far away", "far larger"]
)
def test_words_elsewhere_say_nothing_of_a_digit(place):
    assert odds(*words(4), *row(RING, **place))[-1] == pytest.approx(odds(*row(RING))[0])


def test_joined_up_words_are_words():
    joined = [((100, 160 + 60 * i, 150, 40), LETTER) for i in range(4)]
    assert odds(*row(RING), *joined)[0] < 0


def test_the_rest_of_a_stroke_is_no_digit():
    slices = np.array([(100, 100, 30, 40), (130, 100, 30, 40), (160, 100, 30, 40)], np.int32)
    boxes = np.array([(100, 100, 90, 40), slices[1]], np.int32)
    regions = Regions(
        boxes,
        tuple(np.full((h, w), 255, np.uint8) for _, _, w, h in boxes),
        (frozenset({0, 1, 2}), frozenset({1})),
        Strokes(slices, np.full(3, 200.0), np.full(3, 4.0)),
        (Origin.STROKE, Origin.PIECE),
    )
    probabilities = np.zeros((2, 11), np.float32)
    probabilities[:, 0] = 1
    found = log_odds(regions, Predictions(probabilities, tuple("0123456789")), np.array([False, True])).digit
    assert found[0] == 0
    assert found[1] < 0


@pytest.mark.parametrize("count", [2, 26, 62])
def test_a_model_may_have_other_labels(count):
    """Whose letters are what is wanted."""
    regions, _ = candidates(*row(DIGIT))
    labels = tuple(chr(ord("A") + i) for i in range(count))
    for none, sign in ((0.05, 1), (0.95, -1)):
        probabilities = np.full((1, count + 1), (1 - none) / count, np.float32)
        probabilities[0, -1] = none
        odds = log_odds(regions, Predictions(probabilities, labels), np.array([True])).digit
        assert np.isfinite(odds).all()
        assert np.sign(odds) == sign


def test_what_others_say_leaves_out_the_run_itself():
    regions, predictions = candidates(*row(DIGIT, DIGIT), *row(LETTER, y=160))
    found = log_odds(regions, predictions, predictions.presence > 0.5)
    assert found.others[0] < 0 < found.company[0]
    alone, seen = candidates(*row(DIGIT, DIGIT))
    assert log_odds(alone, seen, np.ones(2, bool)).others == pytest.approx(0)
