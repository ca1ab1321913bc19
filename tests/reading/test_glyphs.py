import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from webcam_digits.reading.glyphs import GLYPH_SIZE, INK_SIZE, inked, normalise


def bar(height, width, value=255):
    return np.full((height, width), value, np.uint8)


def extent(glyph):
    _, _, width, height = cv2.boundingRect((glyph > 0).astype(np.uint8))
    return width, height


@pytest.mark.parametrize("ink", [np.zeros((0, 0), np.uint8), np.zeros((40, 30), np.uint8)])
def test_no_ink_gives_an_empty_glyph(ink):
    assert not normalise(ink).any()


@pytest.mark.parametrize("size", [(1, 1), (2, 90), (300, 40), (20, 20), (7, 5), (1000, 1)])
def test_the_longer_side_becomes_twenty_pixels(size):
    glyph = normalise(bar(*size))
    assert glyph.shape == (GLYPH_SIZE, GLYPH_SIZE)
    assert INK_SIZE - 1 <= max(extent(glyph)) <= INK_SIZE  # a rounded end may fade away
    assert glyph.max() >= 254  # full white, but for rounding


def test_an_empty_margin_changes_nothing():
    ink = np.random.default_rng(0).integers(100, 255, (50, 31)).astype(np.uint8)
    framed = cv2.copyMakeBorder(ink, 9, 30, 2, 17, cv2.BORDER_CONSTANT, value=0)
    assert np.array_equal(normalise(ink), normalise(framed))


def test_the_centre_of_mass_is_in_the_middle():
    ink = np.zeros((60, 60), np.uint8)
    ink[:, :10] = 255
    ink[50:, :] = 255  # an L: its mass is low and left of its box's middle
    glyph = normalise(ink).astype(float)
    rows, columns = np.mgrid[:GLYPH_SIZE, :GLYPH_SIZE]
    assert abs((glyph * rows).sum() / glyph.sum() - GLYPH_SIZE / 2) <= 0.5
    assert abs((glyph * columns).sum() / glyph.sum() - GLYPH_SIZE / 2) <= 0.5


def test_faint_ink_becomes_full_white():
    assert normalise(bar(80, 20, value=60)).max() == 255


def test_hair_thin_strokes_are_thickened_and_thick_ones_are_not():
    canvas = np.zeros((400, 400), np.uint8)
    thin = cv2.circle(canvas.copy(), (200, 200), 180, 255, 2)
    thick = cv2.circle(canvas.copy(), (200, 200), 170, 255, 40)
    assert (
        1.2 < (normalise(thin) > 127).sum() / (np.pi * (INK_SIZE - 2)) < 2.2
    )  # the stroke's width in pixels
    plain = cv2.resize(thick[10:391, 10:391], (INK_SIZE, INK_SIZE), interpolation=cv2.INTER_AREA)
    assert np.abs(normalise(thick)[4:24, 4:24].astype(int) - plain).mean() < 3


def test_it_is_nearly_the_identity_on_mnist():
    shared = os.environ.get("DIGITS_SHARED")
    if not shared:
        pytest.skip("DIGITS_SHARED is not set")
    with np.load(Path(shared) / "data" / "mnist.npz") as data:
        images = data["test_images"][:1000]
    glyphs = np.stack([normalise(image) for image in images])
    assert np.abs(glyphs.astype(int) - images).mean() < 0.1
    assert (glyphs == images).all(axis=(1, 2)).mean() > 0.8


def paper(ground=(230, 230, 230), size=(100, 120)):
    return np.full((*size, 3), ground, np.uint8)


def sevens(image, box):
    """How much of the ink in a box is where that of a 7 would be: a bar above, a stroke at the right."""
    ink = inked(image, box) > 127
    height, width = ink.shape
    there = np.zeros_like(ink)
    there[: height // 4] = there[:, width - width // 3 :] = True
    return (ink & there).sum() / max(ink.sum(), 1), ink.mean()


def seven(image, colour, x=40, y=30, tall=40):
    pen = tall // 8
    image[y : y + pen, x : x + tall // 2] = image[y : y + tall, x + tall // 2 - pen : x + tall // 2] = colour
    return x, y, x + tall // 2, y + tall


@pytest.mark.parametrize(
    ("ground", "ink"),
    [
        ((230, 230, 230), (30, 30, 30)),
        ((40, 60, 40), (210, 220, 210)),
        ((250, 250, 250), (20, 235, 245)),
        ((235, 235, 235), (215, 215, 215)),
        ((90, 150, 90), (0, 90, 240)),
    ],
    ids=["dark on light", "light on dark", "yellow on white", "faint", "red on an equally bright green"],
)
@pytest.mark.parametrize("tall", [12, 40, 90])
def test_ink_of_a_box_is_white_on_black_whatever_its_colour_and_size(ground, ink, tall):
    image = paper(ground)
    box = seven(image, ink, 30, 5, tall)
    where, share = sevens(image, box)
    assert where > 0.95
    assert 0.2 < share < 0.6
    found = inked(image, box)
    assert 44 <= max(found.shape) <= 52
    assert found.max() == 255


def test_grey_pictures_give_what_coloured_ones_of_the_same_grey_do():
    image = paper()
    box = seven(image, (30, 30, 30))
    different = np.abs(inked(image, box).astype(int) - inked(image[..., 0].copy(), box))
    assert different.max() <= 8


def test_a_neighbour_that_reaches_into_the_box_is_left_out():
    image = paper()
    left, top, right, bottom = seven(image, (30, 30, 30))
    alone = inked(image, (left - 4, top, right + 4, bottom))
    image[20:80, right + 2 : right + 12] = 30
    assert np.abs(inked(image, (left - 4, top, right + 4, bottom)).astype(int) - alone).mean() < 4


def test_a_line_through_the_middle_stays():
    image = paper()
    box = seven(image, (30, 30, 30))
    image[50:53] = 30
    ink = inked(image, box) > 127
    assert ink[24:26].all(axis=1).any()


def test_a_piece_through_the_middle_stays_though_most_of_it_is_outside():
    image = paper()
    image[48:52, 40:60] = 30
    image[20:80, 60:68] = 30
    image[37:41, 44:48] = 30
    ink = inked(image, (38, 34, 60, 66)) > 127
    assert ink[ink.shape[0] // 2].mean() > 0.8


def test_where_all_ink_is_mainly_outside_the_largest_piece_stays():
    image = paper()
    image[20:80, 56:70] = 30
    image[20:40, 30:42] = 30
    ink = inked(image, (40, 38, 60, 66)) > 127
    assert ink[:, -4:].all()
    assert not ink[:2, :2].any()


def test_pieces_of_a_broken_digit_stay():
    image = paper()
    image[30:45, 40:50] = image[55:70, 40:50] = 20
    rows = np.asarray((inked(image, (38, 28, 52, 72)) > 127).any(axis=1))
    assert rows[:20].any()
    assert rows[-20:].any()


@pytest.mark.parametrize(
    "box",
    [(-30, -20, 25, 30), (90, 80, 200, 180), (-5, -5, 300, 300), (50, 50, 50.6, 90), (11, 2, 11.6, 99)],
)
def test_a_box_may_reach_beyond_the_picture_or_be_thin(box):
    image = np.random.default_rng(0).integers(0, 255, (100, 120, 3)).astype(np.uint8)
    assert normalise(inked(image, box)).shape == (GLYPH_SIZE, GLYPH_SIZE)


@pytest.mark.parametrize(
    "box", [(200, 10, 220, 40), (10, 10, 10, 40), (40, 40, 10, 10), (-50, -50, -10, -10)]
)
def test_where_a_box_holds_nothing_of_the_picture_there_is_no_ink(box):
    assert inked(paper(), box).size == 0


def test_a_box_may_be_a_hair_in_a_large_picture():
    image = np.random.default_rng(0).integers(0, 255, (300, 40, 3)).astype(np.uint8)
    assert inked(image, (18, 10, 19, 290)).shape[1] == 1


def test_bare_ground_has_no_ink():
    assert not inked(paper(), (20, 20, 40, 60)).any()
