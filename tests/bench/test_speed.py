import pytest

from webcam_digits.types import Box, Reading


@pytest.mark.parametrize(
    ("a", "b", "union", "intersection", "iou"),
    [
        (Box(0, 0, 10, 10), Box(0, 0, 10, 10), Box(0, 0, 10, 10), 100, 1.0),
        (Box(0, 0, 10, 10), Box(5, 0, 10, 10), Box(0, 0, 15, 10), 50, 1 / 3),
        (Box(0, 0, 10, 10), Box(30, 40, 5, 5), Box(0, 0, 35, 45), 0, 0.0),
        (Box(0, 0, 10, 10), Box(2, 3, 4, 5), Box(0, 0, 10, 10), 20, 0.2),
        (Box(3, 3, 0, 0), Box(3, 3, 0, 0), Box(3, 3, 0, 0), 0, 0.0),
    ],
)
def test_boxes(a, b, union, intersection, iou):
    assert a.union(b) == b.union(a) == union
    assert a.intersection_area(b) == b.intersection_area(a) == intersection
    assert a.iou(b) == pytest.approx(iou)


def test_nothing_read_is_an_empty_text():
    assert Reading((), 640, 480).text == ""
