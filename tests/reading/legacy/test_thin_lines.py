import cv2
import numpy as np
import pytest

from webcam_digits.reading.legacy.thin_lines import MOST_LINES, find_thin_lines


def blank(shape=(480, 640)):
    return np.zeros(shape, np.uint8)


def test_no_ink_has_no_lines():
    assert find_thin_lines(blank()) == ([], [])


@pytest.mark.parametrize("scale", [1, 3])
@pytest.mark.parametrize("rise", [0, 60, -200])
def test_a_line_is_found_where_it_is(scale, rise):
    mask = blank((480 * scale, 640 * scale))
    start, end = (50 * scale, 240 * scale), (590 * scale, (240 + rise) * scale)
    cv2.line(mask, start, end, 255, 3 * scale)
    (line,), down = find_thin_lines(mask)
    assert not down
    np.testing.assert_allclose(line.knots[0], start, atol=4 * scale)
    np.testing.assert_allclose(line.knots[-1], end, atol=4 * scale)
    assert 2 * scale <= line.thickness <= 6 * scale
    assert mask[line.path(mask.shape)].mean() > 240


def test_a_line_that_leads_down_is_one_across_the_transposed_mask():
    mask = cv2.line(blank(), (300, 40), (320, 440), 255, 3)
    across, (line,) = find_thin_lines(mask)
    assert not across
    assert line.length > 390
    assert cv2.transpose(mask)[line.path(mask.T.shape)].mean() > 240


def test_a_curled_page_s_line_is_one():
    mask = blank()
    x = np.arange(20, 620)
    points = np.stack([x, 240 + 25 * np.sin(x / 150)], axis=1)
    cv2.polylines(mask, [np.round(points).astype(np.int32)], False, 255, 3)
    (line,), _ = find_thin_lines(mask)
    assert line.length > 560
    assert mask[line.path(mask.shape)].mean() > 230


def test_a_line_goes_on_behind_strokes_but_not_over_blank_paper():
    mask = cv2.line(blank(), (50, 240), (590, 240), 255, 3)
    crossed = mask.copy()
    cv2.rectangle(crossed, (280, 200), (340, 280), 255, -1)
    assert [round(line.length, -1) for line in find_thin_lines(crossed)[0]] == [540]
    cv2.rectangle(mask, (280, 200), (420, 280), 0, -1)
    assert len(find_thin_lines(mask)[0]) == 2


def test_neither_a_blob_nor_an_arc_is_a_line():
    mask = blank()
    cv2.circle(mask, (150, 150), 60, 255, -1)
    cv2.circle(mask, (400, 250), 60, 255, 4)
    assert all(line.length < 60 for lines in find_thin_lines(mask) for line in lines)


def test_there_are_at_most_so_many():
    mask = blank((1200, 1600))
    mask[::10] = 255
    across, down = find_thin_lines(mask)
    assert 30 < len(across) <= MOST_LINES
    assert not down
