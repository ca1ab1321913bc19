import cv2
import numpy as np
import pytest

from tests.helpers.candidates import DIGIT, candidates
from webcam_digits.reading.legacy.leftovers import leftovers

BOX = (200, 150, 8, 50)


def squared(gap):
    """A page of erased rules 50 pixels apart, without what lies in `gap`."""
    ruled = np.zeros((480, 640), np.uint8)
    for at in range(4, 640, 50):
        cv2.line(ruled, (at, 0), (at + 6, 479), 255, 3)
        cv2.line(ruled, (0, at), (639, at + 6), 255, 3)
    x, y, width, height = gap
    ruled[y : y + height, x : x + width] = 0
    return ruled


def found(box, ruled, asked=True):
    regions, _ = candidates((box, DIGIT))
    return leftovers(ruled, regions, np.array([asked])).tolist() == [True]


def test_a_piece_of_a_rule_is_left_over():
    assert found(BOX, squared(BOX))


@pytest.mark.parametrize(
    "box", [(180, 165, 60, 60), (220, 166, 8, 28)], ids=["over a crossing", "in a square"]
)
def test_writing_on_squares_is_not(box):
    assert not found(box, squared(box))


def boxed(*sides):
    ruled = np.zeros((480, 640), np.uint8)
    for start, end in sides:
        cv2.line(ruled, start, end, 255, 3)
    return ruled


def test_a_side_of_a_box_ends_on_its_rules():
    top, bottom = ((204, 150), (500, 140)), ((204, 200), (500, 190))
    assert found(BOX, boxed(top, bottom))
    assert not found(BOX, boxed(bottom)), "a 1 on a rule"
    assert not found((190, 150, 30, 50), boxed(top, bottom)), "a wider digit between two rules"


def test_a_stroke_on_blank_paper_is_not():
    assert not found(BOX, np.zeros((480, 640), np.uint8))


def test_only_who_is_asked_for():
    assert not found(BOX, squared(BOX), asked=False)


@pytest.mark.parametrize(
    ("box", "on_a_rule"), [((0, 0, 8, 50), True), ((632, 430, 8, 50), False), ((0, 0, 640, 480), False)]
)
def test_at_the_edges_there_is_less_to_look_at(box, on_a_rule):
    assert found(box, squared(box)) == on_a_rule
