import time

import cv2
import numpy as np
import pytest

from webcam_digits.reading.ink import InkMask
from webcam_digits.reading.legacy.rules import erase_rules
from webcam_digits.train.handwriting.pen import write

SHAPE = 480, 640


def ink_of(mask):
    return InkMask(mask, mask)


def blank():
    return np.zeros(SHAPE, np.uint8)


def ruled(step=60, tilt=0.0, thickness=3):
    mask = blank()
    for y in range(-200, 700, step):
        cv2.line(mask, (0, y), (639, round(y + 640 * np.tan(np.radians(tilt)))), 255, thickness)
    return mask


def digits(text="2687", height=90, at=(60, 100)):
    coverage = write(text, height=height, rng=np.random.default_rng(4), at=at).ink(SHAPE)
    return np.where(coverage > 0, np.uint8(255), np.uint8(0))


def strokes(mask):
    """How many connected strokes there are, specks left out."""
    count, _, statistics, _ = cv2.connectedComponentsWithStats(mask)
    return sum(int(statistics[i, cv2.CC_STAT_AREA]) > 150 for i in range(1, count))


def share(left, mask):
    return np.count_nonzero(left & mask) / np.count_nonzero(mask)


def squared(step=60):
    mask = ruled(step)
    for x in range(20, 640, step):
        cv2.line(mask, (x, 0), (x, 479), 255, 3)
    return mask


@pytest.mark.parametrize("tilt", [0, 8, -14, 20])
def test_fine_squares_go_on_a_tilted_sheet_too(tilt):
    page = np.zeros((1200, 1200), np.uint8)
    page[::24], page[1::24], page[:, ::24], page[:, 1::24] = [255] * 4
    turn = cv2.getRotationMatrix2D((600, 600), tilt, 1.0)
    turned = cv2.warpAffine(page, turn, (1200, 1200), flags=cv2.INTER_LINEAR)[360:840, 280:920]
    squares = (turned > 127).astype(np.uint8) * np.uint8(255)
    writing = digits()
    left, _ = erase_rules(ink_of(writing | squares))
    assert np.count_nonzero(left.mask & ~writing) < 0.15 * np.count_nonzero(squares)
    assert share(left.mask, writing) > 0.95


@pytest.mark.parametrize("tilt", [0, 8, -20, 30])
def test_ruled_paper_goes_and_digits_stay_whole(tilt):
    writing = digits()
    left, erased = erase_rules(ink_of(writing | ruled(tilt=tilt)))
    assert np.count_nonzero(left.mask & ~writing) < 0.06 * np.count_nonzero(ruled(tilt=tilt))
    assert share(left.mask, writing) > 0.95
    assert strokes(left.mask[:-100]) == strokes(writing) == 4  # a corner cuts a short end off a rule
    assert not (left.mask & erased).any()


def test_squared_paper_goes_and_digits_stay_whole():
    writing = digits()
    paper = squared()
    left, _ = erase_rules(ink_of(writing | paper))
    assert np.count_nonzero(left.mask & ~writing) < 0.06 * np.count_nonzero(paper)
    assert share(left.mask, writing) > 0.95
    assert strokes(left.mask) == 4


@pytest.mark.parametrize("gap", [3, 8])
def test_a_worn_rule_goes(gap):
    mask = ruled()
    for x in range(40, 600, 90):
        mask[:, x : x + gap] = 0
    left, _ = erase_rules(ink_of(mask))
    assert np.count_nonzero(left.mask) < 0.15 * np.count_nonzero(mask)


def test_a_box_goes_and_what_is_in_it_stays():
    writing = digits("3", at=(200, 150))
    mask = cv2.rectangle(writing.copy(), (160, 120), (330, 260), 255, 3)
    left, _ = erase_rules(ink_of(mask))
    assert np.count_nonzero(left.mask) < 1.02 * np.count_nonzero(writing)
    assert share(left.mask, writing) == 1


def test_a_digit_that_touches_its_box_stays_whole():
    writing = digits("6", at=(200, 150))
    x, y, width, height = cv2.boundingRect(writing)
    mask = cv2.rectangle(writing.copy(), (x - 40, y + 30), (x + width + 60, y + height + 70), 255, 3)
    left, _ = erase_rules(ink_of(mask))
    assert strokes(left.mask) == 1
    assert share(left.mask, writing) > 0.97


def test_round_and_upright_digits_between_two_rules_of_their_own_thickness_stay():
    mask = ruled(step=80)
    writing = blank()
    for x in range(100, 500, 80):
        cv2.ellipse(writing, (x, 239), (24, 40), 8, 0, 360, 255, 4)
    cv2.line(writing, (540, 200), (530, 280), 255, 4)
    left, _ = erase_rules(ink_of(mask | writing))
    assert strokes(left.mask) == 6
    assert share(left.mask, writing) > 0.9


@pytest.mark.parametrize("text", ["1", "7", "4", "1111", "22222222", "77777777"])
@pytest.mark.parametrize("height", [25, 60, 150])
def test_digits_alone_are_no_rules(text, height):
    mask = digits(text, height, (20, 100))
    left, erased = erase_rules(ink_of(mask))
    assert (left.mask == mask).all()
    assert not erased.any()


def test_a_minus_and_an_equals_sign_are_no_rules():
    mask = digits("7", at=(40, 100))
    cv2.line(mask, (200, 140), (260, 140), 255, 4)
    cv2.line(mask, (320, 130), (380, 130), 255, 4)
    cv2.line(mask, (320, 150), (380, 150), 255, 4)
    left, _ = erase_rules(ink_of(mask))
    assert (left.mask == mask).all()


def test_ink_that_is_darker_than_the_rule_it_lies_on_stays():
    rules = ruled()
    bar = cv2.line(blank(), (200, 220), (260, 220), 255, 3)
    contrast = np.where(bar > 0, np.uint8(240), rules // 3)
    left, _ = erase_rules(InkMask(rules | bar, contrast))
    assert share(left.mask, bar) > 0.9
    assert np.count_nonzero(left.mask) < 1.5 * np.count_nonzero(bar)


def test_a_bar_that_runs_just_beside_a_rule_stays():
    mask = ruled()
    bar = cv2.line(blank(), (200, 230), (260, 230), 255, 3)  # of a 5 whose hat all but touches the rule
    left, _ = erase_rules(ink_of(mask | bar))
    assert share(left.mask, bar) > 0.9


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (7, 5)])
@pytest.mark.parametrize("level", [0, 255])
def test_any_size(shape, level):
    left, erased = erase_rules(ink_of(np.full(shape, level, np.uint8)))
    assert left.mask.shape == erased.shape == shape


def test_the_worst_pictures_take_bounded_time():
    rng = np.random.default_rng(0)
    noise = np.where(rng.random((1200, 1600)) < 0.3, np.uint8(255), np.uint8(0))
    hatching = np.zeros((1200, 1600), np.uint8)
    hatching[::10], hatching[1::10], hatching[:, ::10] = 255, 255, 255
    for mask in (noise, hatching):
        start = time.process_time()
        erase_rules(ink_of(mask))
        assert time.process_time() - start < 5  # a hang; it is about a tenth of a second


@pytest.mark.parametrize("tilt", [0.0, 1.0])
def test_a_fine_bar_that_runs_close_beside_a_broad_rule_stays(tilt):
    rules = ruled(tilt=tilt, thickness=5)
    slope = np.tan(np.radians(tilt))
    ends = [(x, round(227 + x * slope)) for x in (200, 260)]
    bar = cv2.line(blank(), *ends, 255, 2)  # with two pixels of ground between
    left, _ = erase_rules(ink_of(rules | bar))
    assert share(left.mask, bar) > 0.9
    assert np.count_nonzero(left.mask) < 2 * np.count_nonzero(bar)
