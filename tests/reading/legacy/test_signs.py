import cv2
import numpy as np
import pytest

from webcam_digits.reading.legacy.signs import is_crossing
from webcam_digits.train.handwriting.pen import Hand, write
from webcam_digits.train.handwriting.signs import SIGNS


def drawn(*lines, shape=(60, 60)):
    ink = np.zeros(shape, np.uint8)
    for start, end in lines:
        cv2.line(ink, start, end, 255, 6)
    return ink


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("sign", ["+", "\N{MULTIPLICATION SIGN}"])
def test_the_signs_of_sums_are_known_in_most_hands(sign, seed):
    rng = np.random.default_rng(seed)
    hand = Hand(slant=float(rng.normal(0, 0.1)), thickness=float(rng.uniform(0.06, 0.12)))
    ((_, _, ink),) = write(sign, height=90, rng=rng, hand=hand, forms=SIGNS).characters()
    x, y, width, height = cv2.boundingRect(ink)
    assert is_crossing(ink[y : y + height, x : x + width])


@pytest.mark.parametrize(
    "digit", "012356789"
)  # a narrow 4 is much like a plus: one that is not read says nothing
def test_digits_are_none(digit):
    rng = np.random.default_rng(3)
    ((_, _, ink),) = write(digit, height=90, rng=rng, hand=Hand()).characters()
    assert not is_crossing(ink)


def test_a_slanted_stroke_is_none():
    assert not is_crossing(drawn(((4, 56), (56, 4))))


def test_a_letter_t_is_none():
    assert not is_crossing(drawn(((2, 6), (58, 6)), ((30, 6), (30, 58))))


def test_no_ink_is_none():
    assert not is_crossing(np.zeros((10, 10), np.uint8))
