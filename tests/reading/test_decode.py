import subprocess
import sys

import numpy as np
import pytest

from webcam_digits.reading.decode import apart, decode, overlaps
from webcam_digits.reading.detector import Maps


def maps(*digits, size=(16, 24)):
    """Maps that say digits: (label, left, top, right, bottom, probability)."""
    presence = np.full((1, *size), -12, np.float32)
    classes = np.zeros((1, 10, *size), np.float32)
    distances = np.zeros((1, 4, *size), np.float32)
    for label, left, top, right, bottom, probability in digits:
        logit = np.log(probability / (1 - probability))
        column, row = int((left + right) / 8), int((top + bottom) / 8)
        for r in (row, row + 1):  # each digit has two peaks beside each other
            x, y = column * 4 + 2, r * 4 + 2
            presence[0, r, column] = logit
            classes[0, :, r, column] = np.eye(10)[label] * 20
            distances[0, :, r, column] = x - left, y - top, right - x, bottom - y
    return Maps(presence, classes, distances, np.full((1, *size), 3, np.float32))


def test_each_digit_is_found_once_the_likeliest_first():
    found = decode(maps((3, 10, 10, 26, 40, 0.7), (5, 40, 12, 60, 40, 0.9)), 0, temperature=1, least=0.1)
    assert found.labels.tolist() == [5, 3]
    np.testing.assert_allclose(found.boxes, [(40, 12, 60, 40), (10, 10, 26, 40)])
    np.testing.assert_allclose(found.confidences, [0.9, 0.7], atol=1e-3)


def test_ones_side_by_side_stay_two():
    ones = [(1, 20, 10, 22, 34, 0.9), (1, 31, 10, 33, 34, 0.9)]
    assert len(decode(maps(*ones), 0, temperature=1, least=0.1).labels) == 2


def test_nothing_below_the_least_is_found():
    assert len(decode(maps((3, 10, 10, 26, 40, 0.4)), 0, temperature=1, least=0.5).labels) == 0
    nothing = decode(maps(), 0, temperature=1, least=0.01)
    assert nothing.boxes.shape == (0, 4)
    assert nothing.classes.shape == (0, 10)


def test_a_higher_temperature_is_less_sure():
    sure, unsure = (
        decode(maps((3, 10, 10, 26, 40, 0.95)), 0, temperature=t, least=0.1).confidences[0] for t in (1, 3)
    )
    assert unsure < sure


@pytest.mark.parametrize(("shift", "kept"), [(0.5, 1), (30, 2)])
def test_of_two_boxes_on_one_digit_the_better_stays(shift, kept):
    boxes = np.array([(10, 10, 12, 40), (10 + shift, 10, 12 + shift, 40)], np.float32)
    assert len(apart(boxes, np.array([0.5, 0.6]))) == kept
    assert apart(boxes, np.array([0.5, 0.6]))[0] == 1


def test_overlaps_widen_what_is_narrow():
    one, other = np.array([(10, 10, 11, 40)], np.float32), np.array([(11, 10, 12, 40)], np.float32)
    assert overlaps(one, one)[0, 0] == pytest.approx(1)
    assert overlaps(one, other)[0, 0] > 0.8
    assert overlaps(one, np.zeros((0, 4), np.float32)).shape == (1, 0)


@pytest.mark.parametrize("least", [0.0, 1.0])
def test_the_least_confidence_may_be_any(least):
    found = decode(maps((3, 10, 10, 26, 40, 0.9)), 0, temperature=1, least=least)
    assert len(found.labels) <= 1 or least == 0


def test_onnxruntime_is_not_imported_before_a_file_is_opened():
    code = "import sys, webcam_digits.reading.decode; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
