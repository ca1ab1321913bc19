"""Where the detector looks, and in which order, with a detector that finds grey squares."""

import numpy as np
import pytest

from webcam_digits.reading.decode import Detections, overlaps
from webcam_digits.reading.detector import Maps
from webcam_digits.reading.ink import Ink, Pieces, pyramid
from webcam_digits.reading.regions import Regions, Window
from webcam_digits.reading.search import cut_out, put_back, search

HEIGHTS = 11.0, 50.0


class Squares:
    """Finds one digit a picture, surely: what is brighter than its surroundings."""

    heights, temperature = HEIGHTS, 1.0

    def __init__(self):
        self.seen = []

    def __call__(self, prepared):
        self.seen.append(prepared.shape[2:])
        high, wide = (side // 4 for side in prepared.shape[2:])
        presence = np.full((1, high, wide), -12, np.float32)
        classes = np.zeros((1, 10, high, wide), np.float32)
        classes[:, 8] = 20
        distances = np.zeros((1, 4, high, wide), np.float32)
        rows, columns = np.nonzero(prepared[0, 0] > 1)
        if len(rows):
            left, top, right, bottom = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
            row, column = int((top + bottom) // 8), int((left + right) // 8)
            x, y = column * 4 + 2, row * 4 + 2
            presence[0, row, column] = 6
            distances[0, :, row, column] = x - left, y - top, right - x, bottom - y
        return Maps(presence, classes, distances, np.full((1, high, wide), 4, np.float32))


class Blind(Squares):
    """Finds nothing."""

    def __call__(self, prepared):
        return super().__call__(np.zeros_like(prepared))


def page(*squares, size=(480, 640)):
    """A black picture with white squares (x, y, side), its levels and its ink."""
    image = np.zeros((*size, 3), np.uint8)
    boxes = np.array([(x, y, x + side, y + side) for x, y, side in squares], np.float32).reshape(-1, 4)
    for x, y, side in squares:
        image[y : y + side, x : x + side] = 255
    strengths = np.arange(len(boxes), 0, -1).astype(np.float32)
    return pyramid(image), Ink(np.zeros((1, 1), np.uint8), (Pieces(1.0, boxes, strengths),))


def found(boxes, confidence=0.9):
    count = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.full(count, confidence, np.float32),
        np.eye(10, dtype=np.float32)[[8] * count],
        np.ones(count, np.float32),
    )


def test_without_ink_the_network_does_not_run():
    detector = Squares()
    levels, ink = page()
    regions, detections = search(ink, levels, detector, 10**6)
    assert (regions.windows, regions.crowded) == ((), False)
    assert len(detections.boxes) == len(detector.seen) == 0


@pytest.mark.parametrize("side", [10, 24, 60, 150])
@pytest.mark.parametrize("place", [(40, 30), (201, 153)])
def test_what_is_found_is_where_it_is_in_the_picture(side, place):
    levels, ink = page((*place, side))
    _, detections = search(ink, levels, Squares(), 10**6)
    box = np.array([*place, place[0] + side, place[1] + side])
    assert np.abs(detections.boxes[0] - box).max() <= max(1.5, side / 15)


def test_the_largest_writing_is_looked_at_first_then_what_stands_out_most():
    levels, ink = page((20, 20, 24), (500, 30, 24), (300, 300, 120))
    regions, _ = search(ink, levels, Squares(), 10**6)
    order = [(w.scale, w.strength) for w in regions.windows]
    assert order == sorted(order, key=lambda one: (one[0], -one[1]))
    assert len(regions.windows) == len({(w.scale, w.x, w.y) for w in regions.windows})


def test_the_pixels_are_bounded_and_the_smallest_writing_is_left_out():
    places = [(20 + 40 * i, 180 + 40 * k, 24) for i in range(15) for k in range(7)]
    levels, ink = page((20, 20, 120), *places)
    detector = Blind()
    regions, _ = search(ink, levels, detector, 60_000)
    assert regions.crowded
    assert sum(window.area for window in regions.windows) <= 60_000
    assert [(w.height, w.width) for w in regions.windows] == detector.seen
    assert max(window.scale for window in regions.windows) < 1
    assert not search(ink, levels, Blind(), 10**7)[0].crowded
    assert search(ink, levels, Blind(), 0)[0] == Regions((), crowded=True)


def test_windows_are_bounded():
    places = [(60 * i, 60 * k, 9) for i in range(30) for k in range(30)]
    levels, ink = page(*places, size=(1800, 1800))
    regions, _ = search(ink, levels, Blind(), 10**9)
    assert len(regions.windows) == 400
    assert regions.crowded


def test_parts_of_a_sure_digit_are_not_looked_at_again():
    levels, whole = page((200, 150, 150))
    parts = np.array([(210, 160, 222, 184), (300, 250, 330, 290), (204, 280, 220, 298)], np.float32)
    beside = np.array([(400, 300, 420, 324)], np.float32)
    boxes = np.concatenate([whole.pieces[0].boxes, parts, beside])
    ink = Ink(whole.mask, (Pieces(1.0, boxes, np.ones(len(boxes), np.float32)),))
    regions, _ = search(ink, levels, Squares(), 10**6)
    fine = [window for window in regions.windows if window.scale >= 0.5]
    assert len(fine) == 1
    assert fine[0].x < 400 < fine[0].x + fine[0].width


def test_what_lies_in_something_less_sure_is_looked_at():
    class Unsure(Squares):
        def __call__(self, prepared):
            maps = super().__call__(prepared)
            return Maps(np.minimum(maps.presence, 1), maps.classes, maps.distances, maps.quality)

    levels, ink = page((200, 150, 150))
    part = np.array([(300, 250, 320, 274)], np.float32)
    boxes = np.concatenate([ink.pieces[0].boxes, part])
    ink = Ink(ink.mask, (Pieces(1.0, boxes, np.ones(2, np.float32)),))
    regions, _ = search(ink, levels, Unsure(), 10**6)
    assert any(window.scale == 1 for window in regions.windows)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (720, 1280), (37, 211)])
@pytest.mark.parametrize("scale", [4.0, 1.0, 0.25, 2**-5])
def test_a_window_is_cut_out_wherever_it_is(shape, scale):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    levels = pyramid(image)
    for x, y in ((-16, -16), (round(shape[1] * scale) - 16, round(shape[0] * scale) - 16)):
        assert cut_out(Window(scale, x, y, 64, 48, 1.0), levels).shape == (48, 64, 3)


def test_beyond_the_edge_the_picture_goes_on():
    image = np.full((100, 100, 3), 50, np.uint8)
    image[:, 0] = 200
    cut = cut_out(Window(1.0, -16, -16, 32, 32, 1.0), pyramid(image))
    assert (cut[:, :17] == 200).all()
    assert (cut[:, 17:] == 50).all()


def test_put_back_into_the_picture():
    window = Window(0.5, 100, 40, 96, 64, 1.0)
    (box,) = put_back(found([(20, 10, 40, 40)]), window, (1280, 720), HEIGHTS).boxes
    assert box.tolist() == [240, 100, 280, 160]


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ((20, 10, 40, 40), True),
        ((0, 10, 20, 40), False),
        ((20, 0.5, 40, 40), False),
        ((70, 10, 95.5, 40), False),
        ((20, 24, 40, 64), False),
        ((20, 10, 40, 20), False),
        ((20, 4, 40, 60), False),
        ((40, 10, 20, 40), False),
        ((np.nan, 10, 40, 40), False),
        ((20, np.nan, 40, 40), False),
    ],
    ids=["inside", "left", "top", "right", "bottom", "low", "high", "reversed", "NaN", "NaN down"],
)
def test_what_an_inner_edge_cuts_or_no_digit_can_be_is_dropped(box, kept):
    window = Window(1.0, 100, 40, 96, 64, 1.0)
    assert len(put_back(found([box]), window, (1280, 720), HEIGHTS).boxes) == kept


@pytest.mark.parametrize("box", [(0, 10, 20, 40), (20, 0, 40, 40), (70, 10, 96, 40), (20, 24, 40, 64)])
def test_what_the_pictures_own_edge_cuts_stays(box):
    window = Window(1.0, 0, 0, 96, 64, 1.0)
    assert len(put_back(found([box]), window, (96, 64), HEIGHTS).boxes) == 1


class Once(Squares):
    """Finds a digit surely where it sees a picture for the first time, and never again."""

    def __init__(self, presence):
        super().__init__()
        self._presence = presence

    def __call__(self, prepared):
        maps = super().__call__(prepared)
        sure = self._presence if len(self.seen) == 1 else -12
        return Maps(np.minimum(maps.presence, sure), maps.classes, maps.distances, maps.quality)


def test_what_is_in_doubt_is_looked_at_twice_more_and_what_is_not_seen_again_is_doubted_more():
    levels, ink = page((200, 150, 24))
    regions, sure = search(ink, levels, Once(6), 10**6)
    assert [window.scale for window in regions.windows] == [1.0]
    assert sure.confidences == pytest.approx([0.9975], abs=0.001)
    regions, unsure = search(ink, levels, Once(1.5), 10**6)
    assert [window.scale for window in regions.windows] == [1.0, 1.19, 0.84]
    assert unsure.confidences == pytest.approx([0.8176 / 3], abs=0.001)


def test_a_digit_in_doubt_is_where_all_looks_see_it_on_average():
    class Unsure(Squares):
        def __call__(self, prepared):
            maps = super().__call__(prepared)
            return Maps(np.minimum(maps.presence, 1.5), maps.classes, maps.distances, maps.quality)

    levels, ink = page((200, 150, 24), (60, 40, 24))
    _, detections = search(ink, levels, Unsure(), 10**6)
    assert detections.confidences == pytest.approx(0.8176, abs=0.001)
    assert detections.labels.tolist() == [8] * len(detections.boxes)


def test_there_is_no_second_look_where_the_pixels_are_used_up():
    levels, ink = page((200, 150, 24))
    (window,) = search(ink, levels, Once(6), 10**6)[0].windows
    regions, found = search(ink, levels, Once(1.5), window.area)
    assert (regions.windows, regions.crowded) == ((window,), False)
    assert found.confidences == pytest.approx([0.8176], abs=0.001)


class Wide(Squares):
    """Finds two digits that overlap a little at first, and then one in between."""

    def __call__(self, prepared):
        maps = super().__call__(prepared)
        row, column = (int(found[0]) for found in np.nonzero(maps.presence[0] > 0))
        maps.presence[0, row, column] = -12
        for shift in (-2, 2) if len(self.seen) == 1 else (0,):
            maps.presence[0, row, column + shift] = 1
            maps.distances[0, :, row, column + shift] = maps.distances[0, :, row, column]
        return maps


def test_no_two_of_what_is_seen_on_average_are_one_digit():
    levels, ink = page((200, 150, 24))
    _, detections = search(ink, levels, Wide(), 10**6)
    overlapping = overlaps(detections.boxes, detections.boxes) - np.eye(len(detections.boxes))
    assert overlapping.max() < 0.45


@pytest.mark.parametrize("zoom", [0.84, 1.19, 4.76])
def test_a_window_of_any_scale_is_cut_where_it_says(zoom):
    image = np.zeros((60, 80, 3), np.uint8)
    image[20:30, 30:50] = 255
    x, y = int(22 * zoom), int(14 * zoom)
    window = Window(zoom, x, y, 16 * round(2.5 * zoom + 1), 16 * round(2 * zoom + 1), 1.0)
    bright = np.argwhere(cut_out(window, [image])[..., 0] > 127)
    (top, left), (bottom, right) = bright.min(axis=0), bright.max(axis=0) + 1
    seen = (np.array([left + x, top + y, right + x, bottom + y])) / zoom
    assert np.abs(seen - (30, 20, 50, 30)).max() <= 0.51 / min(zoom, 1)


def test_what_is_seen_wholly_beyond_the_picture_is_left_out():
    window = Window(1.0, -16, -16, 96, 96, 1.0)
    kept = put_back(found([(0, 20, 14, 44), (20, 20, 36, 44)]), window, (80, 80), HEIGHTS)
    assert kept.boxes.tolist() == [[4, 4, 20, 28]]
