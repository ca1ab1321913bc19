import itertools

import cv2
import numpy as np
import pytest

from webcam_digits.tracking.motion import (
    STILL,
    Motion,
    appearance,
    estimate_motion,
    is_unchanged,
    make_thumbnail,
    moved,
)
from webcam_digits.train.handwriting.pen import on_paper, write
from webcam_digits.types import Box, Digit, Line, Reading

PLACES = (Box(100, 80, 300, 60),)


@pytest.fixture(scope="module")
def page():
    """(480, 640, 3): a number on a sheet."""
    rng = np.random.default_rng(3)
    return on_paper(write("1859203", height=56, rng=rng, at=(100, 82)).ink((480, 640)), rng=rng)


def warped(image, angle=0.0, scale=1.0, shift=(0.0, 0.0)):
    matrix = cv2.getRotationMatrix2D((320, 240), angle, scale)
    matrix[:, 2] += shift
    return cv2.warpAffine(image, matrix, (640, 480), borderMode=cv2.BORDER_REPLICATE), matrix


@pytest.mark.parametrize(
    ("angle", "scale", "shift"),
    [(0, 1, (0, 0)), (0, 1, (7, -4)), (0, 1, (60, 30)), (5, 1, (3, 3)), (-3, 1.06, (-20, 12))],
)
def test_a_movement_is_found(page, angle, scale, shift):
    after, matrix = warped(page, angle, scale, shift)
    motion = estimate_motion(make_thumbnail(page), make_thumbnail(after), PLACES)
    corners = np.array([[100, 80, 1], [400, 80, 1], [100, 140, 1], [400, 140, 1]], float)
    assert not motion.lost
    assert np.abs(corners @ motion.transform.T - corners @ matrix.T).max() < 1.5


def test_light_that_changes_moves_nothing(page):
    light = np.linspace(0.4, 0.8, 640)[None, :, None]
    motion = estimate_motion(make_thumbnail(page), make_thumbnail((page * light).astype(np.uint8)), PLACES)
    assert motion.steadied(PLACES) is STILL


def test_the_edge_of_a_shadow_that_passes_moves_nothing(page):
    place = (Box(260, 80, 85, 60),)
    shadows = [1 - 0.45 / (1 + np.exp((np.arange(640) - x) / 2)) for x in range(60, 460, 17)]
    frames = [make_thumbnail((page * shadow[None, :, None]).astype(np.uint8)) for shadow in shadows]
    for before, after in itertools.pairwise(frames):
        motion = estimate_motion(before, after, place)
        assert not motion.lost
        assert np.abs(motion.move_all(np.array(place, float)) - place).max() < 0.2


def test_what_stands_behind_the_sheet_is_not_followed(page):
    rng = np.random.default_rng(1)
    room = cv2.resize(rng.integers(0, 255, (60, 80, 3), np.uint8), (640, 480))
    before, after = room.copy(), room.copy()
    before[60:160, 80:420] = page[60:160, 80:420]
    after[60:160, 90:430] = page[60:160, 80:420]
    motion = estimate_motion(make_thumbnail(before), make_thumbnail(after), PLACES)
    assert motion.transform[:, 2] + motion.transform[:, :2] @ (200, 100) == pytest.approx((210, 100), abs=1)


def test_what_is_gone_is_lost(page):
    noise = np.random.default_rng(0).integers(0, 255, page.shape, np.uint8)
    assert estimate_motion(make_thumbnail(page), make_thumbnail(noise), PLACES).lost


@pytest.mark.parametrize("places", [(), (Box(0, 300, 640, 100),), (Box(-50, -50, 20, 20),)])
def test_nothing_to_follow_moves_nothing(page, places):
    page = page.copy()
    page[200:] = 200
    assert estimate_motion(make_thumbnail(page), make_thumbnail(np.roll(page, 9, axis=1)), places) is STILL


def test_pictures_of_other_sizes_move_nothing(page):
    assert estimate_motion(make_thumbnail(page), make_thumbnail(page[:400]), PLACES) is STILL
    assert not is_unchanged(make_thumbnail(page), make_thumbnail(page[:400]))


@pytest.mark.parametrize("shape", [(1, 1), (1, 640), (5, 7, 3), (2000, 3000, 3)])
def test_pictures_of_any_size_can_be_compared(shape):
    small = make_thumbnail(np.full(shape, 99, np.uint8))
    assert max(small.even.shape) <= 400
    assert is_unchanged(small, small)


def test_noise_and_light_are_no_change_but_a_stroke_is(page):
    rng = np.random.default_rng(0)
    noisy = np.clip(0.9 * page + rng.normal(0, 5, page.shape), 0, 255).astype(np.uint8)
    assert is_unchanged(make_thumbnail(page), make_thumbnail(noisy))
    written = cv2.line(page.copy(), (300, 300), (300, 350), (40, 40, 40), 5)
    assert not is_unchanged(make_thumbnail(page), make_thumbnail(written))


def test_a_look_knows_of_no_light_but_of_a_stroke(page):
    box = Box(100, 82, 40, 58)
    seen = appearance(make_thumbnail(page), box)
    assert seen @ appearance(make_thumbnail((0.5 * page).astype(np.uint8)), box) > 0.95
    assert (
        seen @ appearance(make_thumbnail(cv2.line(page.copy(), (100, 82), (140, 140), (40, 40, 40), 9)), box)
        < 0.8
    )
    assert appearance(make_thumbnail(page), Box(-5, 82, 40, 58)) is None
    assert appearance(make_thumbnail(np.full_like(page, 200)), box) is None


def test_a_reading_is_moved_and_what_left_the_picture_is_left_out():
    def line(text, x):
        digits = (Digit(int(text), 0.9, Box(x, 100, 30, 50), np.zeros(11, np.float32)),)
        return Line(text, 0.9, digits[0].box, digits)

    reading = Reading((line("1", 50), line("2", 600)), 640, 480)
    motion = Motion(np.array([[1.0, 0, 45], [0, 1, -20]]))
    (left,) = moved(reading, motion).lines
    assert (left.text, left.box, left.digits[0].box) == ("1", Box(95, 80, 30, 50), Box(95, 80, 30, 50))
    assert moved(reading, STILL) is reading
