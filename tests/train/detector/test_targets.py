import numpy as np
import pytest

from webcam_digits.train.detector.targets import targets_of

NONE = np.zeros((0, 4), np.float32)


def targets(*boxes, labels=None, ignored=NONE, size=(64, 96)):
    labels = np.arange(len(boxes)) if labels is None else np.array(labels)
    return targets_of(np.array(boxes, np.float32).reshape(-1, 4), labels, np.array(ignored, np.float32), size)


def cells(condition):
    return {(int(row), int(column)) for row, column in np.argwhere(condition)}


def test_the_middle_stands_for_a_digit_what_is_close_for_nothing_and_the_rest_is_ground():
    found = targets((16, 12, 40, 44), labels=[7])
    middle = cells(found.presence == 1)
    assert middle == {(row, column) for row in (5, 6, 7, 8) for column in (6, 7)}
    assert all(found.labels[cell] == 7 for cell in middle)
    around = {(row, column) for row in range(4, 10) for column in range(5, 9)}
    assert cells(found.weights == 0) == around - middle
    assert found.weights[3, 4] == 1  # within the box
    assert found.weights[0, 0] == 1


def test_distances_lead_from_the_centre_of_a_cell_to_the_sides():
    found = targets((16, 12, 40, 44))
    assert found.distances[:, 5, 6].tolist() == [26 - 16, 22 - 12, 40 - 26, 44 - 22]
    assert found.heights[5, 6] == 32


@pytest.mark.parametrize("left", np.arange(20, 24, 0.5))
def test_a_1_as_thin_as_a_hair_has_about_as_many_cells_as_other_digits(left):
    one, other = targets((left, 10, left + 1.5, 40)), targets((left, 10, left + 20, 40))
    assert 3 <= one.presence.sum() <= 8
    assert one.presence.sum() >= 0.4 * other.presence.sum()


@pytest.mark.parametrize("top", np.arange(20, 24, 0.5))
def test_the_smallest_digits_have_a_cell(top):
    assert targets((30.2, top, 37, top + 12)).presence.sum() >= 1


def test_a_cell_between_two_digits_is_the_nearer_ones():
    found = targets((20, 10, 26, 40), (26, 10, 32, 40), labels=[1, 2])
    row = found.labels[6] * (found.presence[6] > 0)
    assert row[5] == 1
    assert row[7] == 2
    assert found.distances[0, 6, 5] == 22 - 20


def test_all_digits_count_alike_whatever_their_size():
    small, large = (targets((20, 5, 20 + 0.6 * height, 5 + height)) for height in (12, 48))
    weights = [float((found.weights * found.presence).sum()) for found in (small, large)]
    assert weights[1] < 6 * weights[0]


@pytest.mark.parametrize("height", [6, 10, 55, 62])
def test_digits_beyond_the_heights_are_ignored(height):
    found = targets((20, 1, 30, 1 + height))
    assert not found.presence.any()
    assert found.weights[min(height // 8, 8), 6] == 0
    assert found.weights[:, :4].all()


def test_nothing_is_learned_in_what_is_ignored():
    found = targets((16, 12, 40, 44), ignored=[(20, 0, 60, 64)])
    assert not (found.presence * (found.weights > 0))[:, 5:15].any()
    assert not found.weights[:, 5:15].any()


def test_an_ignored_box_may_be_smaller_than_a_cell():
    assert (targets(ignored=[(20, 20, 21, 21)]).weights == 0).any()


def test_without_digits_all_is_ground():
    found = targets()
    assert not found.presence.any()
    assert found.weights.all()
    assert found.distances.shape == (4, 16, 24)


def test_boxes_may_reach_beyond_the_picture():
    found = targets((-10, -5, 12, 30), (90, 40, 120, 80), ignored=[(-30, -30, -5, 200)])
    assert np.isfinite(found.distances).all()
    assert found.weights[5, 12] == 1
