import cv2
import numpy as np
import pytest

from webcam_digits.seams import ROWS, find_seams


def leaning_rings():
    """Two rings whose strokes run into each other over a third of their height, at column 50."""
    ink = np.zeros((80, 100), np.uint8)
    cv2.ellipse(ink, (26, 40), (23, 37), 0, 0, 360, 255, 6)
    cv2.ellipse(ink, (73, 40), (23, 37), 0, 0, 360, 255, 6)
    return ink


def scaled_column(seams, ink):
    return seams * ink.shape[0] / ROWS


def test_no_strokes_have_no_seams():
    assert list(find_seams([])) == []


def test_a_seam_follows_the_line_along_which_two_rings_lean_on_each_other():
    ink = leaning_rings()
    (seams,) = find_seams([ink])
    between = np.abs(scaled_column(seams, ink) - 50).max(axis=1)
    assert between.min() < 8


def test_a_seam_goes_round_what_hangs_over():
    ink = np.zeros((80, 90), np.uint8)
    cv2.line(ink, (5, 5), (60, 5), 255, 5)  # the bar of a 7 above
    cv2.line(ink, (30, 5), (20, 75), 255, 5)
    cv2.line(ink, (60, 5), (70, 75), 255, 5)
    (seams,) = find_seams([ink])
    assert len(seams)
    assert (np.abs(np.diff(seams, axis=1)) <= 1).all()


def test_a_digit_alone_may_be_cut_nowhere():
    ink = np.zeros((80, 20), np.uint8)
    cv2.line(ink, (10, 2), (10, 78), 255, 6)
    (seams,) = find_seams([ink])
    assert seams.shape == (0, ROWS)


def test_each_stroke_has_the_seams_that_it_has_alone():
    wide, tall = leaning_rings(), leaning_rings().T.copy()
    alone = [next(find_seams([ink])) for ink in (wide, tall, wide)]
    for together, one in zip(find_seams([wide, tall, wide]), alone, strict=True):
        np.testing.assert_array_equal(together, one)


@pytest.mark.parametrize("seed", range(5))
def test_seams_lie_within_the_stroke_and_do_not_cross(seed):
    ink = cv2.GaussianBlur(
        np.random.default_rng(seed).integers(0, 255, (60, 200)).astype(np.uint8), (9, 9), 0
    )
    (seams,) = find_seams([np.where(ink > 128, 255, 0).astype(np.uint8)])
    assert ((seams >= 0) & (seams < round(200 * ROWS / 60))).all()
    assert (np.diff(seams, axis=0) >= 0).all()
