"""Pictures of any kind made plain."""

import numpy as np
import pytest

from webcam_digits.pixels import rotated, to_bgr


@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 1), (6, 8, 3), (6, 8, 4)])
@pytest.mark.parametrize(("dtype", "value"), [(np.uint8, 255), (np.uint16, 1023), (np.uint16, 65535)])
def test_any_shape_and_depth(shape, dtype, value):
    bgr = to_bgr(np.full(shape, value, dtype))
    assert (bgr.shape, bgr.dtype) == ((6, 8, 3), np.uint8)
    assert (bgr == 255).all()


def test_a_plain_picture_is_returned_itself():
    image = np.full((6, 8, 3), 7, np.uint8)
    assert to_bgr(image) is image
    assert rotated(image, 0) is image


def test_the_transparent_is_on_white():
    image = np.zeros((1, 3, 4), np.uint8)
    image[0, :, 3] = 0, 255, 51
    assert to_bgr(image)[0].tolist() == [[255] * 3, [0] * 3, [204] * 3]


def test_colours_and_alpha_of_other_bits():
    image = np.full((1, 1, 4), 65535, np.uint16)
    image[..., :3] = 1000  # of 10 bits
    assert to_bgr(image).tolist() == [[[250, 250, 250]]]


def test_a_part_of_an_array():
    image = np.arange(6 * 8 * 4, dtype=np.uint8).reshape(6, 8, 4)
    assert np.array_equal(to_bgr(image[::-1, ::2]), to_bgr(image[::-1, ::2].copy()))


@pytest.mark.parametrize(
    "image",
    [np.zeros((0, 5), np.uint8), np.zeros((4, 4, 2), np.uint8), np.zeros((4, 4)), np.zeros(4, np.uint8)],
)
def test_what_is_not_an_image_is_refused(image):
    with pytest.raises(ValueError, match="an image is"):
        to_bgr(image)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_clockwise(degrees):
    image = np.arange(6 * 8 * 3, dtype=np.uint8).reshape(6, 8, 3)
    assert np.array_equal(rotated(image, degrees), np.rot90(image, -degrees // 90))
