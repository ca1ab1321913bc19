"""The work on a frame is bounded, whatever is in it."""

import time

import pytest
from frames import page_of_digits, ten_digits, worst

from webcam_digits import DigitReader
from webcam_digits.reading.legacy.cuts import MOST_PIECES
from webcam_digits.reading.legacy.joins import MOST_JOINS
from webcam_digits.reading.legacy.strokes import MOST_STROKES

SHAPE = 1200, 1600  # the largest that is searched
MOST = 45  # times the ordinary frame's; without the bounds some take hundreds


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


def work(reader, image):
    """The least time of the process that two readings take, in seconds: another process's does not count."""
    times = []
    for _ in range(2):
        start = time.process_time()
        reader.read(image)
        times.append(time.process_time() - start)
    return min(times)


@pytest.fixture(scope="module")
def ordinary(reader):
    return work(reader, ten_digits())


@pytest.mark.parametrize(
    "name",
    [
        "digits of 14 px",
        "touching digits",
        "letters of 20 px, tilted",
        "digits on squares, tilted, coloured",
        "specks, 40 %",
        "chequers of 1 px, coloured",
        "grid of 6 px, coloured",
        "rings of 5 px, coloured",
        "rectangles in each other, coloured",
        "dense scribbles",
        "one branching stroke",
        "pure noise",
        "huge gradients",
    ],
)
def test_the_worst_frames_are_read_in_bounded_time(reader, ordinary, name):
    assert work(reader, worst(name, SHAPE)) < MOST * ordinary


def test_candidates_are_bounded(reader):
    for name in ("letters of 20 px, tilted", "touching digits", "letters of 12 px"):
        regions = reader.inspect(worst(name, SHAPE)).regions
        assert 0 < len(regions) <= MOST_STROKES + MOST_JOINS + MOST_PIECES


def test_a_page_full_of_digits_is_read_whole(reader, ordinary):
    page = page_of_digits()
    lines = reader.read(page).lines
    assert [len(line.digits) for line in lines] == [12] * 10
    assert work(reader, page) < 15 * ordinary
