import cv2
import numpy as np
import pytest

from webcam_digits import DigitReader
from webcam_digits.reading.ink import InkMask
from webcam_digits.reading.legacy.evenness import MOST_DOUBT, doubt
from webcam_digits.reading.legacy.regions import find_regions
from webcam_digits.train.handwriting.pen import Hand, on_paper, write


def stroke(*shape, start, end, width=8):
    """The ink of a straight stroke."""
    mask = np.zeros(shape, np.uint8)
    cv2.line(mask, start, end, 255, width)
    return InkMask(mask, mask)


def doubted(picture, ink):
    regions = find_regions(ink)
    assert len(regions)
    return doubt(picture, ink.mask, regions, range(len(regions)))


UPRIGHT = stroke(240, 320, start=(160, 60), end=(160, 180), width=12)


def test_nothing_is_asked_of_nothing():
    regions = find_regions(UPRIGHT)
    assert doubt(np.zeros((240, 320), np.uint8), UPRIGHT.mask, regions, []).shape == (0,)


@pytest.mark.parametrize("thickness", [0.05, 0.09, 0.14])
@pytest.mark.parametrize("height", [20, 90, 380])
def test_writing_stands_on_even_ground(height, thickness):
    rng = np.random.default_rng(height)
    hand = Hand(thickness=thickness)
    ink = write("5", height=height, rng=rng, hand=hand, at=(100, 50)).ink((480, 640))
    picture = np.asarray(on_paper(ink, rng=rng), np.uint8)
    mask = np.where(ink > 127, 255, 0).astype(np.uint8)
    assert doubted(picture, InkMask(mask, ink)).max() < 1


def test_an_edge_is_no_stroke():
    step = np.full((240, 320), 60, np.uint8)
    step[:, 160:] = 200
    assert doubted(cv2.GaussianBlur(step, (0, 0), 4), UPRIGHT)[0] == MOST_DOUBT


def test_a_streak_of_a_rough_texture_is_no_stroke():
    rng = np.random.default_rng(0)
    cloth = cv2.GaussianBlur(rng.integers(0, 256, (240, 320), np.uint8), (0, 0), 3)
    assert doubted(cv2.normalize(cloth, None, 0, 255, cv2.NORM_MINMAX), UPRIGHT)[0] > 2


def test_even_ground_of_another_colour_is_even():
    picture = np.full((240, 320, 3), (60, 200, 230), np.uint8)
    picture[UPRIGHT.mask > 0] = (60, 60, 230)  # hardly darker
    assert doubted(picture, UPRIGHT)[0] == 0


def test_other_ink_nearby_is_no_ground():
    mask = UPRIGHT.mask.copy()
    cv2.line(mask, (178, 60), (178, 180), 255, 12)
    picture = np.where(mask > 0, 40, 220).astype(np.uint8)
    assert doubted(picture, InkMask(mask, mask)).max() == 0


def test_printed_rules_are_no_ground():
    rules = np.zeros((240, 320), np.uint8)
    rules[::20] = rules[1::20] = rules[2::20] = 255
    picture = np.where(UPRIGHT.mask > 0, 100, np.where(rules > 0, 120, 220)).astype(np.uint8)
    regions = find_regions(UPRIGHT)
    assert doubt(picture, UPRIGHT.mask, regions, [0])[0] > 1
    assert doubt(picture, UPRIGHT.mask | rules, regions, [0])[0] == 0


def test_a_stroke_may_touch_the_edges_of_the_picture():
    ink = stroke(60, 30, start=(4, 0), end=(4, 59))
    assert doubted(np.where(ink.mask > 0, 40, 220).astype(np.uint8), ink)[0] == 0


def test_the_shading_of_a_ball_and_a_sheets_edge_are_read_as_nothing():
    y, x = np.mgrid[-1:1:480j, -1.33:1.33:640j]
    ball = np.clip(1 - np.hypot(x - 0.3, y) ** 2 / 0.3, 0, 1)
    picture = np.where(x < -0.7, 190, 60) + 150 * ball
    noise = np.random.default_rng(1).normal(0, 3, picture.shape)
    assert DigitReader().read(np.clip(picture + noise, 0, 255).astype(np.uint8)).text == ""
