from typing import get_args

import numpy as np
import pytest

from webcam_digits.types import Box, Digit, ImageLike, Line


def test_a_box_reads_as_a_region():
    assert str(Box(100, 50, 640, 360)) == "100,50,640x360"


def test_the_part_of_a_box_in_a_picture():
    assert Box(10, 20, 30, 40).within(640, 480) == Box(10, 20, 30, 40)
    assert Box(600, 400, 300, 300).within(640, 480) == Box(600, 400, 40, 80)
    assert Box(639, 479, 300, 300).within(640, 480) == Box(639, 479, 1, 1)


@pytest.mark.parametrize("box", [Box(640, 0, 9, 9), Box(0, 480, 9, 9)])
def test_nothing_of_a_box_in_a_picture(box):
    assert box.within(640, 480) is None


def test_the_line_of_moved_digits_is_around_them():
    digits = [Digit(label, 0.9, Box(10 * label, 5, 8, 9), np.zeros(11, np.float32)) for label in (1, 2)]
    line = Line.from_digits(digits, [True], id=7).moved(lambda box: box._replace(y=2 * box.x))
    assert (line.text, line.id, line.box) == ("1 2", 7, Box(10, 20, 18, 29))


def test_an_optional_image_can_be_annotated_at_runtime():
    assert type(None) in get_args(ImageLike | None)
