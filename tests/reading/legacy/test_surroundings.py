import numpy as np
import pytest

from webcam_digits import DigitReader
from webcam_digits.reading.legacy.surroundings import margin, surrounded
from webcam_digits.train.handwriting.pen import Hand, on_paper, write


def test_only_small_pictures_get_ground():
    assert margin(np.zeros((60, 40), np.uint8)) == 15
    assert margin(np.zeros((480, 640, 3), np.uint8)) == 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (30, 2), (40, 30, 3), (1, 1, 3)])
def test_the_picture_is_in_the_middle(shape):
    picture = np.random.default_rng(1).integers(0, 255, shape).astype(np.uint8)
    around = surrounded(picture, 5)
    assert around.shape == (shape[0] + 10, shape[1] + 10, *shape[2:])
    assert (around[5:-5, 5:-5] == picture).all()


def test_ink_that_touches_the_edge_does_not_go_on():
    picture = np.full((60, 40), 200, np.uint8)
    picture[:30, 18:23] = 20
    assert surrounded(picture, 10)[:10].min() == 200


@pytest.mark.parametrize("digit", "23456789")
def test_a_digit_that_was_cut_out_tightly_is_read_and_found(digit):
    rng = np.random.default_rng(2)
    writing = write(digit, height=100, rng=rng, hand=Hand(thickness=0.12), at=(60, 60))
    page = on_paper(writing.ink((240, 240)), rng=rng)
    (box,) = writing.boxes
    cut_out = page[box.y : box.bottom, box.x : box.right]
    inspection = DigitReader().inspect(cut_out)
    assert inspection.reading.text == digit
    (found,) = inspection.reading.lines[0].digits
    assert found.box.iou(box._replace(x=0, y=0)) > 0.85
    assert inspection.ink.mask.shape == inspection.ruled.shape == cut_out.shape[:2]
