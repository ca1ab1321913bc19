import numpy as np
import pytest

from tests.helpers.detector_crops import Crop, FontCrops
from webcam_digits.reading.decode import Detections

torch = pytest.importorskip("torch")

from webcam_digits.train.detector.network import Network, Shape  # noqa: E402
from webcam_digits.train.detector.validation import (  # noqa: E402
    Validation,
    judge,
)

IMAGE = np.zeros((64, 96, 3), np.uint8)


def crop(*digits, ignored=()):
    boxes = np.array([digit[1:] for digit in digits], np.float32).reshape(-1, 4)
    ignored = np.array(ignored, np.float32).reshape(-1, 4)
    return Crop(IMAGE, boxes, np.array([digit[0] for digit in digits], np.int64), ignored, "row")


def found(*digits):
    """Of (label, left, top, right, bottom, confidence)."""
    array = np.array(digits, np.float32).reshape(-1, 6)
    return Detections(
        array[:, 1:5], array[:, 5], np.eye(10, dtype=np.float32)[array[:, 0].astype(int)], np.ones(len(array))
    )


def test_a_digit_is_right_once():
    judged = judge([crop((3, 10, 10, 30, 40))], [found((3, 10, 10, 30, 40, 0.9), (3, 12, 10, 32, 40, 0.8))])
    assert judged.right.tolist() == [True, False]


@pytest.mark.parametrize(
    ("label", "left", "right"), [(3, 10, True), (4, 10, False), (3, 40, False), (3, 14, True)]
)
def test_label_and_place_must_fit(label, left, right):
    judged = judge([crop((3, 10, 10, 30, 40))], [found((label, left, 10, left + 20, 40, 0.9))])
    assert judged.right.tolist() == [right]


def test_what_is_ignored_counts_neither_way():
    crops = [
        crop((3, 10, 10, 13, 18), (5, 30, 0, 60, 64)),
        crop(ignored=[(10, 10, 40, 40)]),
        crop((1, 10, 10, 12, 40)),
    ]
    seen = [
        found((3, 10, 10, 13, 18, 0.9), (8, 35, 10, 50, 40, 0.9)),
        found((1, 20, 15, 25, 30, 0.9)),
        found(),
    ]
    judged = judge(crops, seen)
    assert len(judged.right) == 0
    assert judged.crops.dtype == np.int64


def test_an_untrained_network_has_figures():
    figures = Validation(FontCrops(), 6, torch.device("cpu"))(Network(Shape(16, 16, 16, 16, 16)).eval())
    assert 0 <= figures.precision <= 1
    assert 0.1 <= figures.threshold <= 0.95
    assert figures.as_dict()["kinds"].keys() == {"row"}
    assert "false reads" in str(figures)
