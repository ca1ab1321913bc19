import numpy as np
import pytest

from webcam_digits.train.evaluation.metrics import (
    average_precision,
    precision_recall,
    rejection,
    reliability,
    share_reaching,
)


def test_precision_and_recall():
    curve = precision_recall(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False]))
    np.testing.assert_allclose(curve.recall, [0.5, 0.5, 1, 1])
    np.testing.assert_allclose(curve.precision, [1, 1 / 2, 2 / 3, 1 / 2])
    assert curve.average == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_equal_scores_are_one_threshold():
    curve = precision_recall(np.array([0.5, 0.5, 0.5, 0.5]), np.array([True, False, False, False]))
    assert (curve.recall.tolist(), curve.precision.tolist()) == ([1], [0.25])


def test_perfect_scores():
    positive = np.arange(100) < 30
    assert precision_recall(np.linspace(1, 0, 100), positive).average == pytest.approx(1)


def test_average_precision_falls_where_a_false_one_is_surer():
    confidences, right = np.array([0.9, 0.8, 0.7]), np.array([True, True, False])
    assert average_precision(right, confidences, 2) == 1
    assert average_precision(right[::-1], confidences, 2) == pytest.approx(2 / 3)
    assert average_precision(right, confidences, 4) == 0.5
    middle = np.array([True, False, True])
    assert average_precision(middle, confidences, 2) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.zeros(0, bool), np.zeros(0), 4) == 0


def test_rejection():
    confidence, right = np.array([0.6, 0.9, 0.7, 0.6]), np.array([False, True, True, True])
    curve = rejection(confidence, right)
    assert curve.thresholds.tolist() == [0.9, 0.7, 0.6]
    assert curve.accepted.tolist() == [0.25, 0.5, 1]
    assert curve.accuracy.tolist() == [1, 1, 0.75]


def test_rejection_ends_in_the_accuracy_and_grows():
    generator = np.random.default_rng(0)
    confidence, right = generator.random(500), generator.random(500) < 0.8
    curve = rejection(confidence, right)
    assert (np.diff(curve.accepted) > 0).all()
    assert (np.diff(curve.thresholds) < 0).all()
    assert (curve.accepted[-1], curve.accuracy[-1]) == (1, pytest.approx(right.mean()))
    for index in (0, 100, 499):
        taken = confidence >= curve.thresholds[index]
        assert curve.accuracy[index] == pytest.approx(right[taken].mean())


def test_share_reaching():
    confidence = np.array([0.2, 0.5, 0.5, 0.9])
    assert share_reaching(confidence, np.array([0.0, 0.5, 0.51, 1.0])).tolist() == [1, 0.75, 0.25, 0]


def test_calibration_error():
    bins = reliability(np.array([0.95, 0.95, 0.55, 0.55]), np.array([True, True, True, False]))
    assert bins.error == pytest.approx(0.05)
    assert bins.sizes.sum() == 4
    assert (bins.sizes[14], bins.right[14], bins.confident[14]) == (2, 2, pytest.approx(1.9))
    assert reliability(np.array([1.0]), np.array([True])).error == 0
    assert reliability(np.array([0.0, 1.0]), np.array([False, False])).error == 0.5
