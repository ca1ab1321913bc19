import pytest

from webcam_digits.types import Box


def test_a_box_reads_as_a_region():
    assert str(Box(100, 50, 640, 360)) == "100,50,640x360"


def test_the_part_of_a_box_in_a_picture():
    assert Box(10, 20, 30, 40).within(640, 480) == Box(10, 20, 30, 40)
    assert Box(600, 400, 300, 300).within(640, 480) == Box(600, 400, 40, 80)
    assert Box(639, 479, 300, 300).within(640, 480) == Box(639, 479, 1, 1)


@pytest.mark.parametrize("box", [Box(640, 0, 9, 9), Box(0, 480, 9, 9)])
def test_nothing_of_a_box_in_a_picture(box):
    assert box.within(640, 480) is None
