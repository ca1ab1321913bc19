import numpy as np
import pytest

from tests.helpers.clips import line
from webcam_digits.types import Box, Reading
from webcam_digits.ui.viewport import View

VIEWS = [
    View((640, 480), (640, 480)),
    View((640, 480), (640, 480), mirrored=True),
    View((320, 240), (640, 480)),
    View((3840, 2160), (1280, 720), mirrored=True),
    View((1081, 607), (733, 411)),
    View((7, 5), (640, 457), mirrored=True),
]


def marked(view, box):
    image = np.zeros((view.size[1], view.size[0], 3), np.uint8)
    image[box.y : box.bottom, box.x : box.right] = 255
    return image


@pytest.mark.parametrize("view", VIEWS)
def test_a_box_is_where_what_is_in_it_is_shown(view):
    width, height = view.size
    box = Box(width // 5, height // 4, max(width // 3, 1), max(height // 3, 1))
    shown = view.image(marked(view, box))
    assert shown.shape == (view.shown[1], view.shown[0], 3)
    rows, columns = np.nonzero(shown[:, :, 0] > 127)
    found = Box(columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert found == pytest.approx(view.box(box), abs=1)


@pytest.mark.parametrize("view", VIEWS)
def test_a_point_is_the_pixel_that_is_shown_there(view):
    width, height = view.size
    for x, y in ((0, 0), (width - 1, height - 1), (width // 3, height // 2)):
        shown = view.box(Box(x, y, 1, 1))
        assert view.point((shown.x, shown.y)) == pytest.approx((x, y), abs=1)


@pytest.mark.parametrize("view", VIEWS)
def test_a_box_drawn_by_its_corners_comes_back_from_any_corner(view):
    width, height = view.size
    box = Box(width // 5, height // 4, max(width // 2, 1), max(height // 2, 1))
    shown = view.box(box)
    corners = (shown.x, shown.y), (shown.right - 1, shown.bottom - 1)
    crossed = (shown.right - 1, shown.y), (shown.x, shown.bottom - 1)
    near = max(2, 2 * width // view.shown[0])
    for start, end in (corners, corners[::-1], crossed):
        assert view.between(start, end) == pytest.approx(box, abs=near)


@pytest.mark.parametrize("view", VIEWS)
def test_points_outside_are_the_nearest_pixels(view):
    width, height = view.size
    box = view.between((-50, -90), (view.shown[0] + 70, view.shown[1]))
    assert box == (0, 0, width, height)


def test_mirroring_turns_each_digit_s_box_and_not_the_text():
    view = View((160, 120), (160, 120), mirrored=True)
    reading = Reading((line("42", x=100, y=30),), 160, 120)
    shown = view.reading(reading)
    assert shown.text == "42"
    assert [digit.box.right for digit in shown.lines[0].digits] == [160 - 100, 160 - 110]
    assert shown.lines[0].box == (160 - 118, 30, 18, 20)


def test_the_picture_is_left_as_it_is():
    image = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    image.flags.writeable = False
    for shown in ((64, 48), (30, 22), (640, 480)):
        assert View((64, 48), shown, mirrored=True).image(image).shape == (shown[1], shown[0], 3)
