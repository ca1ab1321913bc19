import numpy as np
import pytest

from webcam_digits.reading.regions import find_windows, fitting, scales_of

SIZE = 1280, 720


def box(x, y, width, height):
    return np.array([(x, y, x + width, y + height)], np.float32)


def windows(*boxes, scale=1.0, size=SIZE, strengths=None):
    boxes = np.concatenate(boxes) if boxes else np.zeros((0, 4), np.float32)
    strengths = np.ones(len(boxes)) if strengths is None else strengths
    return find_windows(boxes, np.array(strengths, np.float32), scale, size)


def holds(window, box, room=8):
    """Whether a piece of ink is in a window, with so many pixels around."""
    left, top, right, bottom = box[0] * window.scale
    across = window.x + room <= left and right <= window.x + window.width - room
    return across and window.y + room <= top and bottom <= window.y + window.height - room


@pytest.mark.parametrize("height", [5, 12, 24, 50, 100, 300, 700])
def test_each_size_of_writing_has_a_scale_at_which_it_is_about_24_pixels_high(height):
    (scale,) = [scale for scale in scales_of(SIZE) if len(fitting(box(100, 10, height / 2, height), scale))]
    assert 18 <= scale * height < 36


@pytest.mark.parametrize("size", [(1, 1), (5, 2000), (2000, 5), SIZE, (12000, 9000)])
def test_scales_begin_where_the_whole_picture_is_small(size):
    scales = scales_of(size)
    assert scales == sorted(scales)
    assert scales[-1] == 4
    assert len(scales) == 1 or 16 <= scales[0] * max(size) < 32


@pytest.mark.parametrize(("scale", "height"), [(4, 6), (1, 24), (0.5, 50)])
def test_a_piece_is_in_a_window_with_room_around(scale, height):
    piece = box(601, 302, height * 0.7, height)
    (window,) = windows(piece, scale=scale)
    assert holds(window, piece)
    assert window.width % 16 == window.height % 16 == 0
    assert window.area <= (height * scale + 64) ** 2


def test_pieces_near_each_other_share_a_window():
    pieces = [box(100 + 30 * i, 100, 20, 26) for i in range(6)]
    (window,) = windows(*pieces)
    assert all(holds(window, piece) for piece in pieces)


def test_pieces_far_from_each_other_have_their_own_windows():
    one, other = windows(box(100, 100, 20, 26), box(700, 500, 20, 26), strengths=[2, 3])
    assert (one.strength, other.strength) == (3, 2)
    assert holds(one, box(700, 500, 20, 26))
    assert holds(other, box(100, 100, 20, 26))


def test_little_is_looked_at_along_a_diagonal():
    pieces = [box(100 + 30 * i, 100 + 20 * i, 20, 26) for i in range(25)]
    found = windows(*pieces)
    assert all(any(holds(window, piece, 2) for window in found) for piece in pieces)
    assert sum(window.area for window in found) < 300_000  # the rectangle around them has 480,000


def test_a_full_page_is_looked_at_in_parts_in_which_each_digit_is_whole():
    pieces = [box(x, y, 30, 30) for y in range(20, 660, 37) for x in range(20, 1240, 41)]
    found = windows(*pieces)
    assert all(any(holds(window, piece, 2) for window in found) for piece in pieces)
    assert max(max(window.width, window.height) for window in found) <= 640
    assert sum(window.area for window in found) < 1.25 * (1280 + 32) * (720 + 32)


def test_at_the_edge_of_a_picture_a_window_reaches_beyond():
    corner, other = box(0, 0, 20, 26), box(1260, 694, 20, 26)
    for piece in (corner, other):
        (window,) = windows(piece)
        assert holds(window, piece)
        assert window.x >= -16
        assert window.x + window.width <= 1280 + 32


def test_a_small_picture_is_looked_at_whole():
    (window,) = windows(scale=0.125)
    assert (window.x, window.y) == (-16, -16)
    assert window.width >= 160 + 16
    assert window.height >= 90 + 16


def test_where_there_is_no_ink_there_are_no_windows():
    assert windows(size=(4000, 3000)) == []


def test_any_number_of_pieces_anywhere():
    rng = np.random.default_rng(0)
    corners = rng.uniform(0, 4000, (8000, 2))
    pieces = np.concatenate([corners, corners + rng.uniform(18, 35, (8000, 2))], axis=1).astype(np.float32)
    found = windows(pieces, size=(4000, 4000), strengths=rng.uniform(1, 9, 8000))
    assert [window.strength for window in found] == sorted((w.strength for w in found), reverse=True)
    assert all(window.x >= -16 and window.y >= -16 for window in found)
    assert sum(window.area for window in found) < 2.5 * 4000**2
