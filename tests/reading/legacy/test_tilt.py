import cv2
import numpy as np
import pytest

from webcam_digits import DigitReader
from webcam_digits.reading.ink import InkMask
from webcam_digits.reading.legacy.regions import find_regions
from webcam_digits.reading.legacy.tilt import Upright, deskew, page_tilt
from webcam_digits.train.handwriting.pen import Hand, on_paper, write
from webcam_digits.types import Box

SHAPE = 600, 800


def boxes(rows, angle=0.0, columns=6, size=30, jitter=0.0, seed=0):
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:rows, 0:columns].reshape(2, -1) * [[60.0], [28.0]]
    turn = np.deg2rad(angle)
    cx = 400 + np.cos(turn) * x - np.sin(turn) * y + rng.normal(0, jitter, len(x))
    cy = 200 + np.sin(turn) * x + np.cos(turn) * y + rng.normal(0, jitter, len(x))
    return np.stack([cx - 9, cy - size / 2, np.full(len(x), 18), np.full(len(x), size)], axis=1).astype(
        np.int32
    )


def turned(image, angle, value):
    matrix = cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), -angle, 1.0)
    return cv2.warpAffine(image, matrix, image.shape[1::-1], borderValue=value)


def written(*rows, height=60):
    rng = np.random.default_rng(3)
    coverage = np.zeros(SHAPE, np.uint8)
    for i, text in enumerate(rows):
        writing = write(text, height=height, rng=rng, hand=Hand(), at=(200, 150 + i * 90))
        coverage = np.maximum(coverage, writing.ink(SHAPE))
    return coverage


@pytest.mark.parametrize("angle", [-30, -20, -12, 12, 20, 30])
@pytest.mark.parametrize("rows", [1, 4])
def test_the_rows_tell_the_tilt(rows, angle):
    assert page_tilt(boxes(rows, angle, jitter=2.0)) == pytest.approx(angle, abs=4)


@pytest.mark.parametrize("angle", [-4, 0, 4])
def test_a_sheet_that_is_held_about_straight_is_straight(angle):
    assert abs(page_tilt(boxes(4, angle, jitter=2.0))) < 8


def test_a_hand_that_writes_up_and_down_does_not_tilt_the_sheet():
    assert page_tilt(boxes(2, jitter=5.0)) == 0


@pytest.mark.parametrize("seed", range(6))
def test_scattered_digits_have_no_tilt(seed):
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 1000, (12, 2))
    sizes = rng.uniform(25, 50, (12, 2))
    assert page_tilt(np.concatenate([places, sizes], axis=1).astype(np.int32)) == 0


@pytest.mark.parametrize("found", [boxes(0), boxes(1, columns=1), boxes(1, 20, columns=2)])
def test_too_few_digits_have_no_tilt(found):
    assert page_tilt(found) == 0


def test_ink_on_a_straight_sheet_stays_as_it_is():
    coverage = written("3141592", "6535897")
    ink = InkMask((coverage > 127) * np.uint8(255), coverage)
    sheet = deskew(ink, find_regions(ink).strokes)
    assert sheet.ink is ink
    assert sheet.to_picture is None


@pytest.mark.parametrize("angle", [-25, 15, 30])
def test_boxes_of_upright_ink_are_where_it_is_in_the_picture(angle):
    coverage = turned(written("3141592", "6535897"), angle, 0)
    ink = InkMask((coverage > 127) * np.uint8(255), coverage)
    found = find_regions(ink)
    sheet = deskew(ink, found.strokes)
    assert sheet.ink is not ink
    upright = find_regions(sheet.ink)
    size = coverage.shape[::-1]
    truth = [Box(*box) for box in found.strokes.boxes.tolist()]
    back = [Box(*box) for box in sheet.boxes(upright, 1.0, size).tolist()]
    for box in truth:
        assert max(box.iou(other) for other in back) > 0.8
    doubled = sheet.boxes(upright, 2.0, (2 * size[0], 2 * size[1]))
    assert np.abs(doubled - 2 * sheet.boxes(upright, 1.0, size)).max() <= 2
    narrow = sheet.boxes(upright, 1.0, (200, 150))  # a picture that ends before
    assert (narrow[:, :2] >= 0).all()
    assert (narrow[:, :2] + narrow[:, 2:] <= (200, 150)).all()
    assert (narrow[:, 2:] >= 1).all()


@pytest.mark.parametrize("angle", [-30, -18, 18, 30])
def test_a_tilted_page_is_read_row_by_row(angle):
    page = on_paper(written("1859 0522", "4673", "2950136"), rng=np.random.default_rng(1))
    image = turned(page, angle, (235, 235, 235))
    assert DigitReader().read(image).text == "1859 0522\n4673\n2950136"


def test_numbers_whose_digits_touch_do_not_tell_of_a_tilt():
    chains = np.array([(60 + 240 * i, 100 + 110 * i, 260, 90) for i in range(4)], np.int32)
    single = chains + np.array([85, 0, -170, 0], np.int32)
    assert page_tilt(single) > 20
    assert page_tilt(chains) == 0


@pytest.mark.parametrize("channels", [(), (3,)])
def test_parts_of_an_upright_picture_are_as_in_the_whole(channels):
    picture = np.random.default_rng(0).integers(0, 256, (120, 160, *channels), np.uint8)
    picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8)
    matrix = cv2.getRotationMatrix2D((80, 60), 20, 1.0)
    upright = Upright(picture, matrix, (130, 170))
    whole = upright[:, :]
    assert whole.shape == (130, 170, *channels)
    part = upright[20:100:3, 150:999:2].astype(int)
    np.testing.assert_allclose(part, whole[20:100:3, 150:999:2], atol=1)
