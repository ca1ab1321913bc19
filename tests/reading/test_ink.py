import cv2
import numpy as np
import pytest

from webcam_digits.reading.ink import find_ink, pyramid
from webcam_digits.train.handwriting.pen import Hand, on_paper, write

WHITE, BLACK = (235, 235, 235), (30, 30, 30)


def page(text="258", height=30, thickness=0.11, size=(240, 320), ground=WHITE, ink=BLACK, noise=2.0):
    """A picture of digits in these colours (BGR), and the box of each, left, top, right, bottom."""
    rng = np.random.default_rng(0)
    written = write(text, height=height, rng=rng, hand=Hand(thickness=thickness, spacing=0.5), at=(60, 60))
    cover = written.ink(size)[..., None] / 255
    image = np.array(ground) * (1 - cover) + np.array(ink) * cover + rng.normal(0, noise, (*size, 3))
    boxes = np.array([(b.x, b.y, b.right, b.bottom) for b in written.boxes], np.float32)
    return np.clip(image, 0, 255).astype(np.uint8), boxes


def found(image):
    """The boxes of all pieces."""
    return np.concatenate([pieces.boxes for pieces in find_ink(pyramid(image)).pieces])


def apart_by(pieces, box):
    """By how many pixels the most similar piece differs from a box."""
    return np.abs(pieces - box).max(axis=1).min(initial=np.inf)


@pytest.mark.parametrize(
    ("ground", "ink"),
    [
        (WHITE, BLACK),
        (WHITE, (205, 205, 205)),
        ((40, 60, 40), (215, 220, 215)),
        ((250, 250, 250), (20, 235, 245)),
        ((90, 150, 90), (30, 100, 240)),
    ],
    ids=["pen", "pencil", "chalk on a board", "yellow on white", "red on an equally bright green"],
)
@pytest.mark.parametrize("height", [12, 30, 90])
def test_ink_of_any_colour_and_size(ground, ink, height):
    image, boxes = page(height=height, ground=ground, ink=ink, noise=1.0)
    pieces = found(image)
    assert all(apart_by(pieces, box) <= max(3, height / 10) for box in boxes)


@pytest.mark.parametrize("thickness", [0.04, 0.11, 0.22], ids=["hair", "pen", "marker"])
@pytest.mark.parametrize("height", [40, 160])
def test_strokes_of_any_thickness(thickness, height):
    image, boxes = page("25", height=height, thickness=thickness, size=(360, 480))
    pieces = found(image)
    assert all(apart_by(pieces, box) <= height / 8 for box in boxes)


def test_ink_in_uneven_light():
    image, boxes = page()
    light = np.linspace(0.25, 1, image.shape[1])[None, :, None]
    light = np.where(np.arange(image.shape[1])[None, :, None] > 110, light, 0.5 * light)  # a shadow's edge
    pieces = found((image * light).astype(np.uint8))
    assert all(apart_by(pieces, box) <= 4 for box in boxes)


def test_digits_between_others_are_pieces_of_their_own():
    image, boxes = page("1234567890", height=24, size=(120, 480))
    pieces = found(image)
    assert all(apart_by(pieces, box) <= 3 for box in boxes)


def test_writing_that_covers_the_page_is_found():
    """Where the usual is ink: one threshold for all of it would have to be above what is usual."""
    image, boxes = page("1234567890" * 3, height=14, size=(100, 400))
    tall = np.tile(image[55:85], (12, 1, 1))
    first = boxes + np.array([0, -55, 0, -55], np.float32)
    pieces = found(tall)
    rows = [first[first[:, 2] < 390] + 30 * k * np.array([0, 1, 0, 1], np.float32) for k in range(2, 10)]
    missed = [box for row in rows for box in row if apart_by(pieces, box) > 3]
    assert len(missed) <= sum(map(len, rows)) // 20


@pytest.mark.parametrize("size", [(480, 640), (720, 1280)])
@pytest.mark.parametrize("light", [{}, {"gradient": 0.6}, {"paper": 40}, {"noise": 4}], ids=str)
def test_an_empty_page_has_next_to_no_ink(size, light):
    image = on_paper(np.zeros(size, np.uint8), rng=np.random.default_rng(0), **light)
    assert len(found(image)) <= 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (31, 31), (700, 2), (3, 3000)])
def test_any_shape(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    levels = pyramid(image)
    ink = find_ink(levels)
    assert max(levels[-1].shape[:2]) < 64
    assert ink.mask.shape == levels[-len(ink.pieces)].shape[:2]
    for pieces in ink.pieces:
        assert (pieces.boxes[:, :2] >= 0).all()
        assert len(pieces.boxes) == len(pieces.strengths)


def test_the_mask_says_what_is_dark_and_what_is_light():
    image = np.full((200, 300, 3), 128, np.uint8)
    for x, grey in ((60, 20), (180, 240)):
        cv2.rectangle(image, (x, 60), (x + 40, 120), (grey,) * 3, 4)
    mask = find_ink(pyramid(image)).mask
    assert set(np.unique(mask)) == {0, 128, 255}
    assert (mask[image[..., 0] == 20] == 255).all()
    assert (mask[image[..., 0] == 240] == 128).all()


def test_what_stands_out_more_is_stronger():
    image = np.full((200, 300, 3), 230, np.uint8)
    for x, grey in ((40, 200), (140, 100), (220, 20)):
        cv2.rectangle(image, (x, 90), (x + 16, 114), (grey,) * 3, 3)
    (pieces,) = [pieces for pieces in find_ink(pyramid(image)).pieces if pieces.scale == 1]
    strengths = [pieces.strengths[np.abs(pieces.boxes[:, 0] - x).argmin()] for x in (40, 140, 220)]
    assert strengths[0] < strengths[1] < strengths[2]


def test_pieces_are_bounded():
    ink = find_ink(pyramid(np.random.default_rng(0).integers(0, 256, (3000, 4000, 3), np.uint8)))
    assert all(len(pieces.boxes) <= 8000 for pieces in ink.pieces)
