import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from webcam_digits.glyphs import GLYPH_SIZE, INK_SIZE, normalise


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
