import numpy as np
import pytest

from webcam_digits import DigitReader
from webcam_digits.reading.legacy.zeros import small_zeros
from webcam_digits.train.handwriting.pen import Hand, on_paper, write

DIGIT, ZERO = (100, 100, 12, 20), (118, 110, 8, 9)


def alone(*strokes):
    """Whether the last of some strokes stands as a small 0 does; the others that are high may be digits."""
    boxes = np.array(strokes, np.int32)
    return bool(small_zeros(boxes, boxes[:, 3] >= 12)[-1])


def test_nothing_of_nothing():
    assert small_zeros(np.zeros((0, 4), np.int32), np.zeros(0, bool)).shape == (0,)


def test_beside_a_higher_digit():
    assert alone(DIGIT, ZERO)
    assert not small_zeros(np.array([DIGIT, ZERO], np.int32), np.array([False, False])).any()


@pytest.mark.parametrize(
    "stroke",
    [(118, 113, 5, 6), (118, 110, 3, 9), (160, 110, 8, 9), (118, 130, 8, 9)],
    ids=["too low", "too narrow for a 0", "too far", "another row"],
)
def test_what_is_none(stroke):
    assert not alone(DIGIT, stroke)


def test_beside_a_huge_digit_it_is_a_speck():
    assert not alone((90, 90, 20, 40), ZERO)


def test_a_loop_of_a_broken_digit_is_none():
    assert not alone(DIGIT, (119, 100, 5, 8), ZERO)


def test_small_zeros_are_read():
    rng = np.random.default_rng(4)
    hand = Hand(zero=0.5, thickness=0.1)
    rows = [
        write(text, height=17, rng=rng, hand=hand, at=(40, 40 + 50 * y))
        for y, text in enumerate(("3004", "2007", "608"))
    ]
    image = on_paper(np.max([row.ink((200, 240)) for row in rows], axis=0), rng=rng, noise=1.0)
    assert max(row.boxes[1].height for row in rows) < 12
    assert [line.text.replace(" ", "") for line in DigitReader().read(image).lines] == ["3004", "2007", "608"]
