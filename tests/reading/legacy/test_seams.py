import cv2
import numpy as np
import pytest

from webcam_digits.reading.legacy.seams import ROWS, find_seams

RINGS = 0.26, 0.5, 0.73  # the middles of the rings, and the place between


def leaning_rings():
    """Two rings whose strokes run into each other over a third of their height, at column 50."""
    ink = np.zeros((80, 100), np.uint8)
    cv2.ellipse(ink, (26, 40), (23, 37), 0, 0, 360, 255, 6)
    cv2.ellipse(ink, (73, 40), (23, 37), 0, 0, 360, 255, 6)
    return ink


def scaled_column(seams, ink):
    return seams * ink.shape[0] / ROWS


def test_no_strokes_have_no_seams():
    assert list(find_seams([], [], 3)) == []


def test_a_seam_follows_the_line_along_which_two_rings_lean_on_each_other():
    ink = leaning_rings()
    ((seams, _),) = find_seams([ink], [[RINGS]], 3)
    between = np.abs(scaled_column(seams, ink) - 50).max(axis=1)
    assert between.min() < 8


def test_a_seam_goes_round_what_hangs_over():
    ink = np.zeros((80, 90), np.uint8)
    cv2.line(ink, (5, 5), (60, 5), 255, 5)  # the bar of a 7 above
    cv2.line(ink, (30, 5), (20, 75), 255, 5)
    cv2.line(ink, (60, 5), (70, 75), 255, 5)
    ((seams, _),) = find_seams([ink], [[(0.3, 0.5, 0.7)]], 3)
    assert len(seams)
    assert (np.abs(np.diff(seams, axis=1)) <= 1).all()


def test_each_gap_has_a_seam_within_it():
    ink = np.hstack([leaning_rings(), leaning_rings()])
    gaps = [(0.13, 0.25, 0.37), (0.37, 0.5, 0.63), (0.63, 0.75, 0.87)]
    ((seams, of),) = find_seams([ink], [gaps], 3)
    assert set(of.tolist()) == {0, 1, 2}
    middle = scaled_column(seams[:, ROWS // 2], ink) / ink.shape[1]
    for gap, column in zip(of, middle, strict=True):
        assert gaps[gap][0] < column < gaps[gap][2]


def test_of_two_ways_the_one_nearer_to_its_place_is_taken():
    ink = np.zeros((80, 120), np.uint8)
    for x in (10, 60, 110):
        cv2.line(ink, (x, 2), (x, 78), 255, 6)
    ((left, _),) = find_seams([ink], [[(0.1, 0.25, 0.9)]], 3)
    ((right, _),) = find_seams([ink], [[(0.1, 0.75, 0.9)]], 3)
    assert scaled_column(left[:, ROWS // 2], ink).max() < 60 < scaled_column(right[:, ROWS // 2], ink).min()


def test_what_is_not_to_be_cut_has_no_seams():
    ((seams, of),) = find_seams([leaning_rings()], [[]], 3)
    assert seams.shape == (0, ROWS)
    assert len(of) == 0


def test_each_stroke_has_the_seams_that_it_has_alone():
    wide, tall = leaning_rings(), leaning_rings().T.copy()
    alone = [next(find_seams([ink], [[RINGS]], 3)) for ink in (wide, tall, wide)]
    for together, one in zip(find_seams([wide, tall, wide], [[RINGS]] * 3, 3), alone, strict=True):
        np.testing.assert_array_equal(together[0], one[0])


@pytest.mark.parametrize("seed", range(5))
def test_seams_lie_within_the_stroke_and_do_not_cross(seed):
    ink = cv2.GaussianBlur(
        np.random.default_rng(seed).integers(0, 255, (60, 200)).astype(np.uint8), (9, 9), 0
    )
    gaps = [(k / 8, (k + 0.5) / 8, (k + 1) / 8) for k in range(8)]
    ((seams, _),) = find_seams([np.where(ink > 128, 255, 0).astype(np.uint8)], [gaps], 3)
    assert ((seams >= 0) & (seams < round(200 * ROWS / 60))).all()
    assert (np.diff(seams, axis=0) >= 0).all()
