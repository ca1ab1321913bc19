import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from webcam_digits.train.data import negatives
from webcam_digits.train.data.augment import augment, vary
from webcam_digits.train.handwriting import fonts

SHARED = Path(os.environ.get("DIGITS_SHARED", "/nonexistent"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="DIGITS_SHARED is not set")


def stroke() -> np.ndarray:
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, 12:16] = 255
    return picture


def test_variations_are_glyphs_and_depend_on_the_seed_alone():
    pictures = [stroke(), stroke(), np.zeros((28, 28), np.uint8)]
    first, again, other = (augment(pictures, seed) for seed in ((1, 2), (1, 2), (1, 3)))
    assert first.shape == (3, 28, 28)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first[0] != first[1]).any()
    assert not first[2].any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (600, 400)])
def test_ink_survives_whatever_happens_to_it(shape):
    generator = np.random.default_rng(0)
    for _ in range(20):
        assert vary(np.full(shape, 255, np.uint8), generator).any()


def test_made_negatives():
    digits, labels = [stroke()] * 10, np.arange(10)
    pictures = negatives.made(digits, labels, 200, np.random.default_rng(0))
    assert len(pictures) == 200
    assert all(picture.dtype == np.uint8 and picture.ndim == 2 and picture.any() for picture in pictures)
    assert not any(negatives.like_a_digit(picture) for picture in pictures)


def test_halves_that_are_digits_are_never_made():
    generator = np.random.default_rng(0)
    assert negatives.half(stroke(), 1, generator) is None
    assert negatives.half(stroke(), 6, generator) is None
    assert negatives.half(stroke(), 8, generator) is None
    assert negatives.half(stroke(), 0, generator) is not None


def test_upright_and_slanting_strokes_are_like_a_one():
    slanting = np.zeros((40, 40), np.uint8)
    cv2.line(slanting, (6, 34), (34, 6), (255,), 5)
    assert negatives.like_a_digit(slanting)
    assert negatives.like_a_digit(stroke())
    assert negatives.like_a_digit(np.zeros((9, 9), np.uint8))
    assert not negatives.like_a_digit(stroke().T)
    assert negatives.like_a_digit(np.full((60, 33), 255, np.uint8))  # a thick pen's
    assert not negatives.like_a_digit(np.full((50, 50), 255, np.uint8))


def test_a_corner_is_like_a_seven_at_the_upper_right_only():
    corner = np.zeros((60, 45), np.uint8)
    corner[:6] = corner[:, -6:] = 255
    assert negatives.like_a_digit(corner)
    assert not negatives.like_a_digit(corner[::-1])
    assert not negatives.like_a_digit(corner[:, ::-1])


@needs_shared
def test_fonts():
    font = fonts.read_font(SHARED / "data/fonts/caveat-latin.ttf")
    assert len(fonts.digits(font)) == 10
    assert len(fonts.letters(font, 5, np.random.default_rng(0))) > 30
    assert fonts.write(font, "Ж").size == 0
