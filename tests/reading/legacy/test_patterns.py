import numpy as np
import pytest

from webcam_digits.reading.legacy import patterns
from webcam_digits.reading.legacy.patterns import MOST_ASKED


def patterned(boxes, labels=None):
    return patterns.patterned(boxes, np.zeros(len(boxes), np.intp) if labels is None else labels)


def row(count, step=(60, 0), size=(30, 40), at=(100, 100), jitter=0.0, seed=0):
    """(count, 4) boxes in a row, their places and sizes off by so many pixels."""
    rng = np.random.default_rng(seed)
    places = np.array(at) + np.arange(count)[:, None] * np.array(step)
    boxes = np.column_stack([places, np.tile(size, (count, 1))]).astype(np.float64)
    return boxes + rng.uniform(-jitter, jitter, boxes.shape)


@pytest.mark.parametrize("step", [(60, 0), (55, -20), (0, 70)])
def test_five_equal_things_equally_far_apart_are_a_pattern(step):
    assert patterned(row(5, step, jitter=0.5)).all()
    assert not patterned(row(4, step)).any()


@pytest.mark.parametrize("seed", range(20))
def test_digits_by_hand_are_none(seed):
    assert not patterned(row(8, jitter=4.0, seed=seed)).any()


def test_different_digits_are_none_however_evenly_they_stand():
    assert not patterned(row(8), np.array([1, 9, 8, 4, 2, 0, 2, 6])).any()


def test_zeros_of_a_number_are_none_however_even_they_are():
    million = row(7)
    assert not patterned(million, np.array([1, 0, 0, 0, 0, 0, 0])).any()
    elsewhere = np.vstack([row(6), row(1, at=(400, 400))])
    assert patterned(elsewhere, np.array([0] * 6 + [1])).tolist() == [True] * 6 + [False]


def test_a_thing_in_two_parts_is_no_row():
    assert not patterned(np.repeat(row(2, step=(1, 0)), 3, axis=0)).any()


def test_what_stands_elsewhere_is_no_part_of_it():
    elsewhere = [(100, 400, 30, 40), (110, 300, 50, 80)]
    assert patterned(np.vstack([row(6), elsewhere])).tolist() == [True] * 6 + [False] * 2


def test_a_short_row_beside_a_long_one_is_part_of_it():
    assert patterned(np.vstack([row(6), row(3, at=(130, 160))])).all()


def test_a_gap_ends_a_row():
    assert not patterned(np.vstack([row(3), row(3, at=(100 + 4 * 60, 100))])).any()


def test_a_row_may_run_away_from_the_camera():
    sizes = 40 * 0.97 ** np.arange(7)
    lefts = 100 + np.cumsum([0, *(1.5 * sizes[:-1])])
    assert patterned(np.column_stack([lefts, 300 - sizes, 0.8 * sizes, sizes]))[:5].all()


def test_nothing_and_too_much():
    assert patterned(np.zeros((0, 4))).shape == (0,)
    assert not patterned(row(MOST_ASKED + 1)).any()
