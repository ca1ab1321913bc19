"""Whatever is in a frame, it is read without an exception, and boxes lie within it.

The frames are the same each time: `derandomize=False` and more `max_examples` look for new ones.
"""

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webcam_digits.reading.legacy.thin_lines import ThinLine
from webcam_digits.reading.reader import DigitReader

LONGEST = 320  # pixels, which bounds the time of a reading

reader = DigitReader()


def noise(rng, shape):
    return rng.integers(0, 256, shape)


def constant(rng, shape):
    return np.full(shape, rng.integers(0, 256))


def stripes(rng, shape):
    place = np.indices(shape)[rng.integers(2)]
    return place // rng.integers(1, 40) % 2 * rng.integers(1, 256)


def blocks(rng, shape):
    frame = constant(rng, shape)
    for _ in range(rng.integers(1, 60)):
        y, x = (rng.integers(0, side) for side in shape[:2])
        frame[y : y + rng.integers(1, shape[0] + 1), x : x + rng.integers(1, shape[1] + 1)] = noise(rng, ())
    return frame


def lines(rng, shape):
    grey = np.full(shape[:2], 255, np.uint8)
    for _ in range(rng.integers(1, 40)):
        start, end = rng.integers(-10, max(shape[:2]) + 10, (2, 2)).tolist()
        cv2.line(grey, start, end, int(rng.integers(0, 200)), int(rng.integers(1, 4)))
    return np.broadcast_to(grey.reshape(*grey.shape, *[1] * (len(shape) - 2)), shape)


def blots(rng, shape):
    coarse = [-(-side // int(rng.integers(2, 9))) for side in shape[:2]]
    grey = cv2.resize(noise(rng, coarse).astype(np.uint8), shape[1::-1], interpolation=cv2.INTER_LINEAR)
    grey = np.where(grey > rng.integers(60, 200), 255, 0)
    return np.broadcast_to(grey.reshape(*grey.shape, *[1] * (len(shape) - 2)), shape)


@st.composite
def frames(draw):
    shape = draw(st.tuples(*[st.integers(1, LONGEST)] * 2)) + draw(st.sampled_from([(), (1,), (3,), (4,)]))
    content = draw(st.sampled_from([noise, constant, stripes, blocks, lines, blots]))
    frame = content(np.random.default_rng(draw(st.integers(0, 2**32))), shape)
    return frame.astype(np.uint8) if draw(st.booleans()) else frame.astype(np.uint16) * 257


@pytest.mark.slow
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(frames())
def test_a_random_frame_is_read(frame):
    before = frame.copy()
    reading = reader.read(frame)
    np.testing.assert_array_equal(frame, before)
    assert (reading.height, reading.width) == frame.shape[:2]
    for line in reading.lines:
        for box in (line.box, *(digit.box for digit in line.digits)):
            assert min(box) >= 0
            assert min(box.width, box.height) > 0
            assert box.right <= reading.width
            assert box.bottom <= reading.height


@settings(derandomize=True, deadline=None)
@given(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([3, 4]) | st.integers(0, 5)),
    st.sampled_from([bool, np.int8, np.uint8, np.uint16, np.float32]),
)
def test_any_other_array_is_refused_in_words(shape, kind):
    frame = np.zeros(shape, kind)
    if kind in (np.uint8, np.uint16) and 0 not in shape and shape[2] in (1, 3, 4):
        assert not reader.read(frame)
    else:
        with pytest.raises(ValueError, match="an image is"):
            reader.read(frame)


def test_a_line_whose_fit_lies_beyond_the_edge_is_sampled_at_the_edge():
    picture = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert ThinLine(np.array([[1.0, 2.4], [3.0, 3.2]]), 1.0).sample(picture) == picture[2, 2]
    assert ThinLine(np.array([[1.0, -1.4], [3.0, -0.2]]), 1.0).sample(picture) == picture[0, 2]
