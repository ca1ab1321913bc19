from dataclasses import replace

import cv2
import numpy as np
import pytest

from webcam_digits.drawing.canvas import Canvas, typeface
from webcam_digits.drawing.debug_view import draw_inspection
from webcam_digits.drawing.labels import place_labels, place_numbers
from webcam_digits.drawing.overlay import annotate
from webcam_digits.drawing.panels import draw_help
from webcam_digits.drawing.status_bar import Status, area_above
from webcam_digits.reading.legacy.selection import Verdict
from webcam_digits.reading.reader import DigitReader
from webcam_digits.train.handwriting.pen import on_paper, write
from webcam_digits.types import Box, Digit, Line, Reading

SIZES = [(1, 1), (3, 200), (200, 3), (160, 120), (320, 240), (1280, 720), (3840, 2160)]  # width, height
LARGE = SIZES[3:]
PLAIN = Status(29.7, 4.2)
STATUSES = [
    None,
    PLAIN,
    Status(0.0, 1234.5, paused=True, recording=True, mirrored=True),
    Status(3.4, 4.2, paused=True, note="saved " + "a/very/long/path/" * 20 + "webcam-digits-001.png"),
    Status(
        29.7,
        4.2,
        recording=True,
        note="é 数 \N{HORIZONTAL ELLIPSIS} \udcff".encode(errors="replace").decode(),
    ),
]
TEXTS = ["42", "2026", "1859", "31415926"]


def grey(width, height, level=200):
    return np.full((height, width, 3), level, np.uint8)


def row(text, x, y, height, number=None):
    """A row of digits half as wide as they are high."""
    width = max(height // 2, 1)
    digits = tuple(
        Digit(int(label), 0.876, Box(x + i * int(width * 1.4), y, width, height), np.zeros(11, np.float32))
        for i, label in enumerate(text)
    )
    box = digits[0].box.union(digits[-1].box)
    return Line(text, 0.876, box, digits, number)


def rows(width, height, texts=TEXTS, share=0.11):
    """A page of rows, one beneath the other with room between them, at the left."""
    size, step = max(int(height * share), 1), height / (len(texts) + 0.2)
    lines = [
        row(text, width // 20, int(height * 0.03 + i * step), size, i + 1) for i, text in enumerate(texts)
    ]
    return Reading(tuple(lines), width, height)


def crowd(width, height):
    """Rows everywhere, also beyond the edges."""
    spots = np.random.default_rng(1).integers(-3, [width, height], (60, 2)).tolist()
    lines = [row("1234567"[: 1 + i % 7], x, y, max(height // 9, 1)) for i, (x, y) in enumerate(spots)]
    return Reading(tuple(lines), width, height)


def places(image, reading, status):
    """The area they belong in, the plates of the numbers, and of each row the plates of its labels."""
    canvas = Canvas(image)
    area = area_above(canvas, status)
    labels = place_labels(canvas, reading.lines, area)
    return area, place_numbers(canvas, reading.lines, labels, area), labels


def changed(before, after):
    return (before != after).any(axis=2)


def cut(image, box):
    return image[box.y : box.bottom, box.x : box.right]


@pytest.fixture(scope="module")
def reader():
    return DigitReader()


def page(width, height, texts=TEXTS, **paper):
    rng = np.random.default_rng(5)
    ink = np.zeros((height, width), np.uint8)
    for i, text in enumerate(texts):
        at = width * 0.07, height * (0.06 + 0.88 * i / len(texts))
        ink |= write(text, height=height * 0.13, rng=rng, at=at).ink((height, width))
    return on_paper(ink, rng=rng, **paper)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_new_picture_of_the_same_size(width, height, status):
    image = np.random.default_rng(2).integers(0, 256, (height, width, 3), np.uint8)
    before = image.copy()
    for reading in (Reading((), width, height), rows(width, height), crowd(width, height)):
        shown = annotate(image, reading, status)
        for picture in (shown, draw_help(shown)):
            assert picture is not image
            assert not np.shares_memory(picture, image)
            assert (picture.shape, picture.dtype) == (image.shape, np.uint8)
        assert np.array_equal(image, before)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_without_digits_and_status_nothing_is_drawn(width, height):
    image = grey(width, height)
    assert np.array_equal(annotate(image, Reading((), width, height)), image)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("shape", [(240, 320), (240, 320, 1), (240, 320, 3), (240, 320, 4)])
def test_every_array_that_is_read_can_be_annotated(shape, bits):
    image = np.full(shape, 2**bits - 1, f"uint{bits}")
    before = image.copy()
    white, reading = grey(320, 240, 255), rows(320, 240)
    assert np.array_equal(annotate(image, reading), annotate(white, reading))
    assert np.array_equal(image, before)


def test_what_is_transparent_is_annotated_on_white():
    assert (annotate(np.zeros((240, 320, 4), np.uint8), Reading((), 320, 240)) == 255).all()


@pytest.mark.parametrize("image", [np.zeros((4, 4), np.float32), np.zeros((4, 4, 2), np.uint8)])
def test_what_cannot_be_read_is_not_annotated(image):
    with pytest.raises(ValueError, match="an image is"):
        annotate(image, Reading((), 4, 4))


def test_a_picture_that_may_not_be_written_to():
    image = grey(320, 240)
    image.flags.writeable = False
    for status in STATUSES:
        shown = annotate(image, rows(320, 240), status)
        assert changed(shown, image).any()
        assert changed(draw_help(shown), shown).any()


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_all_plates_lie_inside(width, height, status):
    for reading in (rows(width, height), crowd(width, height)):
        area, numbers, labels = places(grey(width, height), reading, status)
        assert len(numbers) == len(labels) == len(reading.lines)
        for box in [*numbers, *(box for line in labels for _, box in line)]:
            assert box.intersection_area(area) == box.width * box.height


@pytest.mark.parametrize(("width", "height"), LARGE)
def test_plates_cover_no_row_and_no_other_plate_where_there_is_room(width, height):
    reading = rows(width, height, TEXTS if height >= 240 else TEXTS[:3])
    _, numbers, labels = places(grey(width, height), reading, PLAIN)
    plates = [*numbers, *(box for line in labels for _, box in line)]
    for i, plate in enumerate(plates):
        assert not any(plate.intersection_area(line.box) for line in reading.lines)
        assert not any(plate.intersection_area(other) for other in plates[:i])


@pytest.mark.parametrize("at", ["right", "left", "top", "bottom"])
def test_the_number_stands_where_there_is_room(at):
    line = row("1859", {"right": 460, "left": 5}.get(at, 250), {"top": 2, "bottom": 400}.get(at, 200), 60)
    _, (number,), (labels,) = places(grey(640, 480), Reading((line,), 640, 480), PLAIN)
    assert not number.intersection_area(line.box)
    assert all(not box.intersection_area(line.box) and not box.intersection_area(number) for _, box in labels)


@pytest.mark.parametrize("step", [9, 22, 30])
def test_labels_lie_on_no_row_however_near_the_rows(step):
    lines = tuple(row(text, 20, 20 + i * (20 + step), 20) for i, text in enumerate(TEXTS[:3]))
    _, _, labels = places(grey(320, 240), Reading(lines, 320, 240), PLAIN)
    boxes = [box for line in labels for _, box in line]
    for i, box in enumerate(boxes):
        assert not any(box.intersection_area(line.box) for line in lines)
        assert not any(box.intersection_area(other) for other in boxes[:i])
    assert len(boxes) > 0


@pytest.mark.parametrize("width", [80, 120, 160, 240])
def test_of_a_short_status_line_nothing_is_cut(width):
    """What has no room is left out; a note goes before figures."""

    def line(**status):
        image = grey(width, 120)
        shown = annotate(
            image, Reading((), width, 120), Status(**({"frames_per_second": 0, "milliseconds": 0} | status))
        )
        return (shown[area_above(Canvas(image), PLAIN).height :] > 100).any(axis=(0, 2))

    for status in (
        {"frames_per_second": 29.7},
        {"frames_per_second": 29.7, "paused": True, "recording": True},
    ):
        inked = line(**status)
        assert not inked[:2].any()
        assert not inked[-2:].any()
    noted, alone = (line(note="saved webcam-digits-001.png", frames_per_second=rate) for rate in (29.7, 0))
    assert width > 160 or np.array_equal(noted, alone)


@pytest.mark.parametrize(("width", "height"), [*LARGE, (720, 1280)])
def test_the_number_is_large(width, height):
    """Its digits are a thirtieth to a tenth of the picture high; in tiny ones what is legible."""
    image = grey(width, height)
    reading = rows(width, height, ["1859"])
    _, (plate,), _ = places(image, reading, PLAIN)
    ink = (cut(annotate(image, reading, PLAIN), plate) == 255).all(axis=2)
    rows_of_ink = np.flatnonzero(ink.any(axis=1))
    size = min(width, height)
    assert size / 30 <= np.ptp(rows_of_ink) + 1 <= max(size / 10, 16)
    assert rows_of_ink[0] > 0  # the plate holds all of it
    assert rows_of_ink[-1] < plate.height - 1


def test_digits_are_framed_and_stay_as_they_are():
    image, reading = grey(640, 480), rows(640, 480)
    difference = changed(image, annotate(image, reading))
    for line in reading.lines:
        for digit in line.digits:
            box = digit.box
            assert not cut(difference, box).any()
            assert difference[box.y - 1 : box.bottom + 1, [box.x - 1, box.right]].all()
            assert difference[[box.y - 1, box.bottom], box.x - 1 : box.right + 1].all()


def test_only_so_many_rows_are_drawn():
    lines = tuple(row("7", 10 * (i % 60), 20 * (i // 60), 10) for i in range(1000))
    some = Reading(lines[:40], 640, 480)
    image = grey(640, 480)
    assert np.array_equal(annotate(image, Reading(lines, 640, 480)), annotate(image, some))


@pytest.mark.parametrize("colour", range(5))
def test_a_row_keeps_its_colour_by_its_number(colour):
    image = grey(640, 480)
    frames = [
        annotate(image, Reading((row("1", 50, 100, 80, number),), 640, 480))[100, 49]
        for number in (colour + 5, colour + 10)
    ]
    assert np.array_equal(*frames)


@pytest.mark.parametrize(("width", "height"), LARGE)
def test_what_is_around_the_region_is_darker_and_the_region_is_as_it_was(width, height):
    image = np.random.default_rng(4).integers(0, 256, (height, width, 3), np.uint8)
    region = Box(width // 4, height // 4, width // 3, height // 3)
    shown = annotate(image, Reading((), width, height), region=region)
    assert np.array_equal(cut(shown, region), cut(image, region))
    assert np.array_equal(shown[: height // 5], image[: height // 5] >> 1)
    assert (shown[region.y : region.bottom, region.x - 1] == 255).all()  # its frame


@pytest.mark.parametrize("region", [Box(-9, -9, 30, 30), Box(300, 220, 90, 90), Box(900, 900, 5, 5)])
def test_a_region_beyond_the_edges_is_drawn_as_far_as_it_goes(region):
    shown = annotate(grey(320, 240), Reading((), 320, 240), PLAIN, region=region)
    assert cut(shown, region._replace(x=max(region.x, 0), y=max(region.y, 0))).shape[2] == 3
    assert shown[120, 160].tolist() == [100, 100, 100]


@pytest.mark.parametrize(("width", "height"), [(320, 240), *LARGE])
def test_a_recording_frames_the_picture(width, height):
    image = grey(width, height)
    shown = annotate(image, Reading((), width, height), replace(PLAIN, recording=True))
    area = area_above(Canvas(image), PLAIN)
    edges = shown[0], shown[: area.height, 0], shown[: area.height, -1], shown[area.height - 1]
    for edge in edges:
        assert (edge == (0, 94, 213)).all()
    assert (shown[area.height // 2, width // 2] == 200).all()


def test_the_status_line_is_at_the_lower_edge_alone_and_tells_each_switch():
    image, nothing = grey(1280, 720), Reading((), 1280, 720)
    lines = []
    for status in STATUSES[1:]:
        shown = annotate(image, nothing, status)
        area = area_above(Canvas(image), status)
        assert 0.9 * 720 < area.height < 720
        assert not changed(image, shown)[9 : area.height - 9, 9:-9].any()  # a recording has a frame
        lines.append(shown[area.height :].tobytes())
    assert len(set(lines)) == len(lines)


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
    assert len(inspection.regions) == 0
    shown = draw_inspection(image, inspection)
    assert shown.max() <= image.max() // 4 + 1  # dimmed, with nothing on it
    assert shown[:300].any()


@pytest.mark.parametrize("board", [False, True])
@pytest.mark.parametrize(("width", "height"), [(640, 480), (1280, 720), (3840, 2160)])
def test_the_machine_sees_all_of_the_picture_with_its_ink_in_white(reader, width, height, board):
    image = page(width, height, **({"paper": 40.0, "ink": 215.0} if board else {}))
    image[-1 - height // 100 :, ::2] = 255  # something at its lowest edge
    inspection = reader.inspect(image)
    assert inspection.reading.text.split() == TEXTS
    if width == 3840:
        assert inspection.ink.mask.shape != image.shape[:2]
    shown = draw_inspection(image, inspection, PLAIN)
    x, y, view_width, view_height = view = view_of(reader, width, height)
    assert view_width / view_height == pytest.approx(width / height, rel=0.01)
    seen = cut(shown, view)
    mask = cv2.resize(inspection.ink.mask, (view_width, view_height), interpolation=cv2.INTER_AREA)
    inside = cv2.erode((mask == 255).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    framed = np.ptp(seen, axis=2) > 12  # coloured
    assert inside.sum() > 100
    assert (seen[inside & ~framed] > 200).mean() > 0.9  # frames have a dark rim
    outside = cv2.absdiff(shown, 0 * shown)
    cut(outside, view)[:] = 0
    assert not outside[: y + view_height - 9, : x - 9].any()  # frames reach a few pixels further


def view_of(reader, width, height):
    """Where the picture is shown in what the machine sees."""
    image = grey(width, height)
    return Box(
        *cv2.boundingRect(draw_inspection(image, reader.inspect(image), PLAIN)[:, :, 0][: -height // 25])
    )


def coloured(image, colour):
    return (np.abs(image.astype(int) - colour) < 20).all(axis=-1)


@pytest.mark.parametrize(("width", "height"), [(640, 480), (1280, 720), (3840, 2160)])
def test_what_was_read_stands_out(reader, width, height):
    image = page(width, height)
    inspection = reader.inspect(image)
    view = view_of(reader, width, height)
    shown = cut(draw_inspection(image, inspection, PLAIN), view)
    scale = view.width / width
    for line in inspection.reading.lines:
        for digit in line.digits:
            row, left = round((digit.box.y + digit.box.height / 2) * scale), round(digit.box.x * scale)
            assert coloured(shown[row, left - 12 : left + 1], ACCEPTED).any()


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_shows_in_one_colour(reader, verdict):
    image = page(640, 480)
    inspection = reader.inspect(image)
    every = replace(inspection, verdicts=(verdict,) * len(inspection.regions))
    shown = draw_inspection(image, every)
    colours = {Verdict.KEPT: ACCEPTED, Verdict.UNLIKELY: UNLIKELY, Verdict.RIVAL: RIVAL}
    own = colours.get(verdict, OUT_OF_PLACE)
    for colour in (ACCEPTED, UNLIKELY, RIVAL, OUT_OF_PLACE):
        assert coloured(shown, colour).any() == (colour == own)


ACCEPTED, UNLIKELY, RIVAL, OUT_OF_PLACE = (66, 228, 240), (167, 121, 204), (233, 180, 86), (0, 159, 230)


def glyphs_shown(image, inspection):
    """Which regions' glyphs are in the strip, from the upper left."""
    count = len(inspection.regions)
    levels = (np.arange(count) % 250 + 5).astype(np.uint8)
    flat = replace(inspection, glyphs=np.repeat(levels, 28 * 28).reshape(-1, 28, 28))
    shown = draw_inspection(image, flat)
    other = draw_inspection(image, replace(inspection, glyphs=np.zeros_like(flat.glyphs)))
    order = []
    left = cv2.connectedComponentsWithStats(changed(shown, other).astype(np.uint8))[2][1:]
    for x, y, width, height, _ in sorted(left.tolist(), key=lambda box: (box[1], box[0])):
        order.append(int(shown[y + height // 2, x + width // 2, 0]) - 5)
    return order


@pytest.mark.parametrize(("width", "height"), [(320, 240), (640, 480), (1280, 720)])
def test_glyphs_stand_in_reading_order(reader, width, height):
    image = page(width, height)
    inspection = reader.inspect(image)
    order = glyphs_shown(image, inspection)
    boxes = [Box(*inspection.regions.boxes[i].tolist()) for i in order]
    read = [digit.box for line in inspection.reading.lines for digit in line.digits]
    shown = [box for box in boxes if box in read]
    assert len(shown) >= 9
    assert shown == [box for box in read if box in shown]


def test_the_number_of_glyphs_is_bounded(reader):
    image = grey(640, 480)
    for i in range(12):
        cv2.putText(image, "1 8 2 7 3 6 4 5" * 2, (10, 40 * i), (0, 0, 0), typeface(), 24, 400)
    inspection = reader.inspect(image)
    assert len(inspection.regions) > 60
    order = glyphs_shown(image, inspection)
    assert 0 < len(order) <= 2 * 640 // 28


def test_what_the_machine_sees_is_never_called_mirrored(reader):
    image = page(640, 480)
    inspection = reader.inspect(image)
    mirrored = draw_inspection(image, inspection, replace(PLAIN, mirrored=True))
    assert np.array_equal(mirrored, draw_inspection(image, inspection, PLAIN))
