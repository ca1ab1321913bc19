import cv2
import numpy as np
import pytest

from webcam_digits.drawing.canvas import typeface
from webcam_digits.reading.ink import InkMask, find_ink
from webcam_digits.train.handwriting.pen import on_paper, write


def gray(coverage, **paper):
    return cv2.cvtColor(on_paper(coverage, rng=np.random.default_rng(1), **paper), cv2.COLOR_BGR2GRAY)


@pytest.fixture
def coverage():
    return write("2047", height=120, rng=np.random.default_rng(3), at=(60, 180)).ink((480, 640))


def assert_ink_is(mask, coverage):
    """Nearly every pixel of the strokes' core is ink, nearly none that no stroke touches."""
    assert (mask[coverage == 255] > 0).mean() > 0.98
    assert (mask[coverage == 0] > 0).mean() < 0.01


@pytest.mark.parametrize("paper", [{}, {"gradient": 0.7}, {"paper": 120, "ink": 60}, {"noise": 6}])
def test_dark_ink_on_light_paper(coverage, paper):
    assert_ink_is(find_ink(gray(coverage, **paper)).mask, coverage)


@pytest.mark.parametrize("noise", [6, 7])
def test_strokes_in_the_dark_hold_together_though_the_picture_is_noisy(coverage, noise):
    dark = gray(coverage, paper=70, ink=42).astype(np.float64)
    frame = (dark + np.random.default_rng(5).normal(0, noise, dark.shape)).clip(0, 255).astype(np.uint8)
    mask = find_ink(frame).mask
    assert_ink_is(mask, coverage)
    count, _ = cv2.connectedComponents(mask)
    assert count - 1 < 8  # without smoothing fifty crumbs


@pytest.mark.parametrize(
    "board", [{"paper": 40, "ink": 220}, {"paper": 90, "ink": 190}, {"paper": 0, "ink": 255}]
)
def test_light_ink_on_a_dark_board(coverage, board):
    assert_ink_is(find_ink(gray(coverage, **board)).mask, coverage)


def test_paper_and_board_in_one_frame(coverage):
    frame = np.hstack([gray(coverage), gray(coverage, paper=35, ink=215)])
    mask = find_ink(frame).mask
    seam = 150  # nearer to the step, what most of the neighbourhood is changes
    assert_ink_is(mask[:, : 640 - seam], coverage[:, : 640 - seam])
    assert_ink_is(mask[:, 640 + seam :], coverage[:, seam:])


def test_a_hard_shadow_is_no_ink(coverage):
    frame = gray(coverage, gradient=0.1)
    frame[:, 330:] = frame[:, 330:] // 2
    mask = find_ink(frame).mask
    assert (mask[coverage == 255] > 0).mean() > 0.95
    away = np.abs(np.arange(640) - 330) > 20
    assert (mask[:, away][coverage[:, away] == 0] > 0).mean() < 0.01


def test_pencil_beside_marker():
    rng = np.random.default_rng(5)
    marker = write("86", height=120, rng=rng, at=(60, 60)).ink((480, 640))
    pencil = write("53", height=120, rng=rng, at=(60, 300)).ink((480, 640))
    strength = np.maximum(marker, (pencil * 0.3).astype(np.uint8))
    assert_ink_is(find_ink(gray(strength)).mask, np.maximum(marker, pencil))


def test_strokes_of_a_broad_marker_are_filled():
    frame = np.full((400, 400), 210, np.uint8)
    cv2.line(frame, (200, 60), (200, 340), 40, 60)
    assert (find_ink(frame).mask[80:320, 180:220] > 0).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 9), (480, 640)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_picture_has_no_ink(shape, level):
    assert not find_ink(np.full(shape, level, np.uint8)).mask.any()


@pytest.mark.parametrize("noise", [1, 3, 8, 20, 60])
def test_noise_is_no_ink(noise):
    frame = np.random.default_rng(0).normal(150, noise, (480, 640)).clip(0, 255).astype(np.uint8)
    assert (find_ink(frame).mask > 0).mean() < 0.01  # single pixels, which are no regions


def test_an_empty_page_in_uneven_light_has_no_ink():
    assert (find_ink(gray(np.zeros((480, 640), np.uint8), gradient=0.6)).mask > 0).mean() < 0.002


def test_mask_and_contrast_must_go_together():
    with pytest.raises(ValueError, match="differ"):
        InkMask(np.zeros((4, 5), np.uint8), np.zeros((5, 4), np.uint8))


def test_a_mask_is_black_and_white(coverage):
    frame = in_colours(np.maximum(coverage, through(coverage, 0.3, 4)), (230, 230, 230), (60, 60, 240))
    assert set(np.unique(find_ink(frame).mask)) == {0, 255}


def in_colours(coverage, ground, pen, noise=2.0):
    """Ink of one BGR colour on a ground of another, (h, w, 3) uint8."""
    share = coverage[..., None] / 255.0
    picture = ground + (np.array(pen) - ground) * share
    picture += np.random.default_rng(4).normal(0, noise, picture.shape)
    return np.clip(np.round(picture), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("ground", "pen"),
    [
        ((230, 230, 230), (60, 225, 250)),  # yellow on white
        ((205, 175, 240), (240, 220, 130)),  # light blue on pink
        ((150, 130, 200), (120, 190, 90)),  # green on purple
        ((90, 50, 40), (20, 45, 90)),  # brown on navy
    ],
)
def test_a_pen_that_differs_in_colour_alone(coverage, ground, pen):
    frame = in_colours(coverage, ground, pen)
    assert_ink_is(find_ink(frame).mask, coverage)
    in_gray = find_ink(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)).mask
    assert (in_gray[coverage == 255] > 0).mean() < 0.9  # or there would be nothing to show


def test_noise_of_colours_is_no_ink():
    frame = np.random.default_rng(0).normal(150, 25, (480, 640, 3)).clip(0, 255).astype(np.uint8)
    assert (find_ink(frame).mask > 0).mean() < 0.01


def test_colour_changes_nothing_where_there_is_none(coverage):
    frame = on_paper(coverage, rng=np.random.default_rng(1))
    assert np.array_equal(find_ink(frame).mask, find_ink(frame[..., 0]).mask)


@pytest.mark.parametrize("left", [0.35, 0.6])
def test_the_shadow_of_a_finger_is_no_ink_and_hides_none(coverage, left):
    frame = gray(coverage, gradient=0.1).astype(float)
    frame[:, 250:320] *= left
    mask = find_ink(frame.astype(np.uint8)).mask
    assert_ink_is(mask, coverage)


def test_the_edge_of_a_sheet_is_no_ink(coverage):
    frame = gray(coverage)
    frame[:, :40] = frame[400:] = 70  # a desk shows along two sides
    assert (find_ink(frame).mask[coverage == 0] > 0).mean() < 0.002


def askew(sheet, degrees, desk):
    """A sheet (h, w), turned, in the middle of a desk of the same size."""
    height, width = sheet.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 0.7)
    return cv2.warpAffine(sheet, matrix, (width, height), borderValue=desk)


@pytest.mark.parametrize("degrees", [-28, -15, 15, 28])
def test_digits_in_the_corners_of_a_bright_sheet_askew_on_a_dark_desk(degrees):
    rng = np.random.default_rng(3)
    corners = [(20, 20), (580, 20), (20, 410), (580, 410)]
    drawn = [write("5", height=50, rng=rng, at=corner).ink((480, 640)) for corner in corners]
    coverage = np.maximum.reduce(drawn)
    mask = find_ink(askew(gray(coverage, gradient=0), degrees, 40)).mask
    for digit in drawn:
        assert (mask[askew(digit, degrees, 0) == 255] > 0).mean() > 0.9
    assert (mask[askew(coverage, degrees, 0) == 0] > 0).mean() < 0.002


def test_the_light_of_a_lamp_makes_no_board_of_paper(coverage):
    y, x = np.mgrid[:480, :640]
    glare = 110 * np.exp(-((x - 330) ** 2 + (y - 220) ** 2) / 60**2)
    frame = np.clip(gray(coverage, paper=120, ink=40, gradient=0) + glare, 0, 255).astype(np.uint8)
    assert_ink_is(find_ink(frame).mask, coverage)


def test_light_ink_on_a_ground_of_middling_grey(coverage):
    assert_ink_is(find_ink(gray(coverage, paper=155, ink=235)).mask, coverage)


def test_rules_that_are_light_in_blue_do_not_hide_pencil():
    rng = np.random.default_rng(3)
    rows = [write("204738", height=50, rng=rng, at=(60, y)).ink((480, 640)) for y in range(30, 400, 90)]
    coverage = np.maximum.reduce(rows)
    frame = np.full((480, 640, 3), (135.0, 160, 165))  # yellowish
    for y in range(15, 480, 30):
        frame[y : y + 4] = 175, 155, 150  # bluish
    frame *= 1 - 0.2 * (coverage / 255.0)[..., None]
    assert (find_ink(frame.astype(np.uint8)).mask[coverage == 255] > 0).mean() > 0.98


def through(coverage, share, blur):
    """Writing on a sheet's back as its front shows it."""
    return cv2.GaussianBlur((coverage[:, ::-1] * share).astype(np.uint8), (0, 0), blur)


@pytest.mark.parametrize("focus", [0.5, 1.5])
def test_ink_from_the_sheets_back_is_none(focus):
    rng = np.random.default_rng(5)
    front = write("86", height=120, rng=rng, at=(60, 60)).ink((480, 640))
    behind = through(write("53", height=120, rng=rng, at=(60, 300)).ink((480, 640)), 0.3, 4)
    seen = cv2.GaussianBlur(np.maximum(front, behind), (0, 0), focus)
    mask = find_ink(gray(seen)).mask
    assert (mask[behind > 20] > 0).mean() < 0.02
    assert (mask[front == 255] > 0).mean() > 0.98


def test_faint_pencil_beside_marker_out_of_focus_stays():
    rng = np.random.default_rng(5)
    marker = write("86", height=120, rng=rng, at=(60, 60)).ink((480, 640))
    pencil = write("53", height=120, rng=rng, at=(60, 300)).ink((480, 640))
    seen = cv2.GaussianBlur(np.maximum(marker, (pencil * 0.3).astype(np.uint8)), (0, 0), 1.5)
    assert (find_ink(gray(seen)).mask[pencil == 255] > 0).mean() > 0.95


@pytest.mark.parametrize("light", [False, True])
def test_what_lies_between_packed_lines_is_no_ink(light):
    page = np.full((1200, 1600), 220, np.uint8)
    for y in range(40, 1200, 40):
        cv2.putText(page, "1 8 7 3 4 5" * 12, (10, y), (0,), typeface(), 24, 400)
    picture = 255 - page if light else page
    mask = find_ink(picture).mask
    written = page < 110
    assert (mask[written] > 0).mean() > 0.9
    assert (mask[~cv2.dilate(written.astype(np.uint8), np.ones((5, 5))).astype(bool)] > 0).mean() < 0.01
