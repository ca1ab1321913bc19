from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.helpers.candidates import Found, inspection_of
from webcam_digits.drawing.debug_view import draw_inspection
from webcam_digits.drawing.status_bar import Status
from webcam_digits.drawing.windows import outline_windows
from webcam_digits.reading.candidates import candidates_of
from webcam_digits.reading.reader import DigitReader, Verdict
from webcam_digits.reading.regions import Window
from webcam_digits.train.handwriting.pen import on_paper, write
from webcam_digits.types import Box

SIZES = [(1, 1), (3, 200), (200, 3), (160, 120), (320, 240), (1280, 720), (3840, 2160)]  # width, height
PLAIN = Status(29.7, 4.2)
STATUSES = [None, PLAIN, Status(0.0, 1234.5, paused=True, recording=True, note="saved a.png " * 20)]
TEXTS = ["42", "2026", "1859", "31415926"]
COLOURS = {
    Verdict.READ: (66, 228, 240),
    Verdict.UNLIKELY: (167, 121, 204),
    Verdict.ROW_UNLIKELY: (233, 180, 86),
    Verdict.CUT_OFF: (0, 159, 230),
}
LOOKED = (120, 110, 90)


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


def grey(width, height, level=200):
    return np.full((height, width, 3), level, np.uint8)


def page(width, height, texts=TEXTS, **paper):
    rng = np.random.default_rng(5)
    ink = np.zeros((height, width), np.uint8)
    for i, text in enumerate(texts):
        at = width * 0.07, height * (0.06 + 0.88 * i / len(texts))
        ink |= write(text, height=height * 0.13, rng=rng, at=at).ink((height, width))
    return on_paper(ink, rng=rng, **paper)


def cut(image, box):
    return image[box.y : box.bottom, box.x : box.right]


def coloured(image, colour):
    return (np.abs(image.astype(int) - colour) < 20).all(axis=-1)


def view_of(width, height):
    """Where a picture of this size is shown in what the machine sees."""
    shown = draw_inspection(grey(width, height), inspection_of(size=(width, height)), PLAIN)
    return Box(*cv2.boundingRect(shown[:, :, 0][: -height // 25]))


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_what_the_machine_sees_of_any_picture(reader, width, height, status):
    image = page(width, height) if height >= 90 else grey(width, height)
    before = image.copy()
    shown = draw_inspection(image, reader.inspect(image), status)
    assert (shown.shape, shown.dtype) == (image.shape, np.uint8)
    assert np.array_equal(image, before)
    assert not np.shares_memory(shown, image)


def test_what_the_machine_sees_of_an_empty_page(reader):
    image = on_paper(np.zeros((480, 640), np.uint8), rng=np.random.default_rng(0))
    inspection = reader.inspect(image)
    assert inspection.digits == ()
    shown = draw_inspection(image, inspection)
    assert (shown > image.max() // 4 + 1).mean() < 0.05  # dimmed, with little but specks on it
    assert shown[:300].any()


@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize(("width", "height"), [(640, 480), (1280, 720), (3840, 2160)])
def test_the_machine_sees_all_of_the_picture_with_its_ink(reader, width, height, board):
    image = page(width, height, **({"paper": 40.0, "ink": 215.0} if board else {}))
    image[-height // 100 :, width // 3 : width // 2] = (
        40 if not board else 215
    )  # something at its lowest edge
    inspection = reader.inspect(image)
    assert inspection.reading.text.split() == TEXTS
    if width == 3840:
        assert inspection.ink.mask.shape != image.shape[:2]
    shown = draw_inspection(image, inspection, PLAIN)
    x, y, view_width, view_height = view = view_of(width, height)
    assert view_width / view_height == pytest.approx(width / height, rel=0.01)
    seen = cut(shown, view)
    mask = cv2.resize(inspection.ink.mask, (view_width, view_height), interpolation=cv2.INTER_AREA)
    inside = cv2.erode((mask == (128 if board else 255)).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    framed = np.ptp(seen, axis=2) > 12  # coloured
    assert inside.sum() > 100
    assert (seen[inside & ~framed] > (100 if board else 200)).mean() > 0.9  # frames have a dark rim
    outside = shown.copy()
    cut(outside, view)[:] = 0
    assert not outside[: y + view_height - 9, : x - 9].any()  # frames reach a few pixels further


@pytest.mark.parametrize(("width", "height"), [(640, 480), (1280, 720), (3840, 2160)])
def test_what_was_read_stands_out(reader, width, height):
    image = page(width, height)
    inspection = reader.inspect(image)
    view = view_of(width, height)
    shown = cut(draw_inspection(image, inspection, PLAIN), view)
    scale = view.width / width
    assert inspection.reading.lines
    for line in inspection.reading.lines:
        for digit in line.digits:
            row, left = round((digit.box.y + digit.box.height / 2) * scale), round(digit.box.x * scale)
            assert coloured(shown[row, max(left - 12, 0) : left + 1], COLOURS[Verdict.READ]).any()


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_shows_in_one_colour_which_the_status_line_explains(verdict):
    inspection = inspection_of(Found(Box(200, 200, 40, 60), verdict=verdict), size=(640, 480))
    shown = draw_inspection(grey(640, 480), inspection, PLAIN)
    for other, colour in COLOURS.items():
        picture, legend = coloured(shown[:455], colour), coloured(shown[465:], colour)
        assert picture.any() == legend.any() == (other is verdict)


def test_where_the_detector_looked_is_outlined():
    window = Window(2.0, 200, 160, 160, 320, 5.0)
    inspection = inspection_of(size=(640, 480), windows=[window])
    view = view_of(640, 480)
    lines = coloured(cut(draw_inspection(grey(640, 480), inspection, PLAIN), view), LOOKED)
    scale = view.width / 640
    expected = [round(side * scale / 2) for side in (200, 160, 160, 320)]
    assert cv2.boundingRect(lines.astype(np.uint8)) == pytest.approx(expected, abs=1)


def test_windows_that_overlap_have_one_outline_and_none_along_the_pictures_edge():
    image = grey(100, 80, 0)
    windows = [Window(1.0, -8, -8, 48, 48, 1.0), Window(1.0, 24, 8, 48, 48, 1.0)]
    outline_windows(image, windows, 1.0, (0, 0, 255))
    drawn = image[:, :, 2] > 0
    assert not drawn[:39, 0].any()
    assert not drawn[0, :39].any()
    assert not drawn[10:38, 25:38].any()  # where both are
    assert drawn[20, 71]
    assert drawn[55, 50]
    other = [windows[0], replace(windows[1], scale=2.0)]
    image = grey(100, 80, 0)
    outline_windows(image, other, 1.0, (0, 0, 255))
    assert (image[10, 12] == (0, 0, 255)).all()  # another scale has lines of its own
    nothing = grey(100, 80, 0)
    outline_windows(nothing, [Window(0.5, -8, -8, 80, 64, 1.0)], 1.0, (0, 0, 255))
    assert not nothing.any()


def test_more_ink_than_was_looked_at_is_said_in_words():
    image, size = grey(640, 480), (640, 480)
    plain, crowded = (draw_inspection(image, inspection_of(size=size, crowded=it)) for it in (False, True))
    rows, columns = np.nonzero((plain != crowded).any(axis=2))
    assert rows.max() < 30
    assert np.ptp(columns) > 200
    assert (crowded[:30] == 255).any()


def glyphs_shown(image, inspection):
    """The numbers of the candidates whose glyphs are in the strip, from the left."""
    count = len(inspection.digits)
    numbers = {one.glyph.tobytes(): one.number for one in candidates_of(inspection)}
    black = draw_inspection(image, replace(inspection, glyphs=np.zeros((count, 28, 28), np.uint8)))
    shown = draw_inspection(image, inspection)
    tiles = cv2.connectedComponentsWithStats((shown != black).any(axis=2).astype(np.uint8))[2][1:]
    levels = [shown[y + high // 2, x + wide // 2, 0] for x, y, wide, high, _ in sorted(tiles.tolist())]
    return [numbers[np.full((28, 28), level, np.uint8).tobytes()] for level in levels]


@pytest.mark.parametrize(("width", "height"), [(320, 240), (640, 480), (1280, 720)])
def test_glyphs_stand_in_the_order_of_their_numbers_as_many_as_have_room(width, height):
    found = [Found(Box(1 + 9 * i, 50, 8, 20), level=5 + i) for i in range(30)]
    order = glyphs_shown(grey(width, height), inspection_of(*found, size=(width, height)))
    assert 6 <= len(order) < 30
    assert order == list(range(1, 1 + len(order)))


def test_of_many_glyphs_some_are_of_what_was_not_read():
    read = [Found(Box(1 + 9 * i, 50, 8, 20), level=5 + i) for i in range(50)]
    others = [
        Found(Box(1 + 9 * i, 90, 8, 20), level=99 + i, confidence=0.2, verdict=Verdict.UNLIKELY)
        for i in range(20)
    ]
    order = glyphs_shown(grey(640, 480), inspection_of(*read, *others, size=(640, 480)))
    first = [number for number in order if number <= 50]
    assert order == [*range(1, 1 + len(first)), *range(51, 51 + len(order) - len(first))]
    assert 0 < len(order) - len(first) < len(first)


@pytest.mark.parametrize(
    "change", [{"seen": 0.4}, {"opinion": (10, 0.9)}, {"opinion": (1, 0.8)}, {"confidence": 0.5}]
)
def test_what_was_said_of_each_stands_below_its_glyph(change):
    image, found = grey(640, 480), Found(Box(200, 200, 40, 60))
    plain, changed = (
        draw_inspection(image, inspection_of(one, size=(640, 480)))
        for one in (found, replace(found, **change))
    )
    rows = np.flatnonzero((plain != changed).any(axis=(1, 2)))
    glyph = np.flatnonzero((plain == 99).all(axis=2).sum(axis=1) > 20)
    assert rows.min() > glyph.max()


def test_what_the_machine_sees_is_never_called_mirrored():
    inspection = inspection_of(Found(Box(200, 200, 40, 60)), size=(640, 480))
    mirrored = draw_inspection(grey(640, 480), inspection, replace(PLAIN, mirrored=True))
    assert np.array_equal(mirrored, draw_inspection(grey(640, 480), inspection, PLAIN))
