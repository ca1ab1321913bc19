import numpy as np

from webcam_digits.train.data.negatives import trim
from webcam_digits.train.handwriting.fonts import NO_DIGITS
from webcam_digits.train.handwriting.letters import LETTERS, letters


def test_only_letters_that_are_like_no_digit():
    latin = {letter for letter in LETTERS if letter.isascii()}
    assert latin <= set(NO_DIGITS)
    assert len(LETTERS) > len(latin)


def test_every_form_by_as_many_hands():
    forms = sum(map(len, LETTERS.values()))
    drawn = list(letters(3 * forms, np.random.default_rng(1)))
    assert len(drawn) == 3 * forms
    assert len({picture.tobytes() for picture in drawn}) == len(drawn)  # nobody writes as another


def test_letters_are_white_ink_on_black_and_the_same_again():
    first, again = (list(letters(68, np.random.default_rng(5))) for _ in range(2))
    for picture, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(picture, other)
        height, width = trim(picture).shape
        assert 20 < height < 110
        assert 8 < width < 110
        assert 0.03 < (picture > 127).mean() < 0.6
