import time

import cv2
import numpy as np
import pytest

from webcam_digits.reading.ink import InkMask, find_ink
from webcam_digits.reading.legacy.joins import MOST_JOINS
from webcam_digits.reading.legacy.regions import Regions, find_regions, join, whole_strokes
from webcam_digits.reading.legacy.strokes import MOST_STROKES, Strokes, find_strokes
from webcam_digits.train.handwriting.pen import on_paper, write
from webcam_digits.types import Box


def ink_of(mask):
    return InkMask(mask, mask)


def blank():
    return np.zeros((200, 300), np.uint8)


def test_no_ink_gives_no_regions():
    assert len(find_regions(ink_of(blank()))) == 0


def test_each_digit_is_a_region_with_its_own_ink():
    writing = write("07 61", height=90, rng=np.random.default_rng(2), at=(40, 60))
    picture = cv2.cvtColor(
        on_paper(writing.ink((240, 640)), rng=np.random.default_rng(0)), cv2.COLOR_BGR2GRAY
    )
    regions = find_regions(find_ink(picture))
    for truth in writing.boxes:
        overlaps = [truth.iou(Box(*box.tolist())) for box in regions.boxes]
        assert max(overlaps) > 0.85
    for (_, _, width, height), own in zip(regions.boxes.tolist(), regions.inks, strict=True):
        assert own.shape == (height, width)
        assert own.max() == 255


def test_a_neighbour_within_the_box_is_left_out():
    mask = blank()
    cv2.line(mask, (50, 150), (150, 50), 255, 6)
    cv2.line(mask, (130, 120), (130, 150), 255, 6)  # stands in the first one's box
    regions = find_regions(ink_of(mask))
    widest = regions.inks[int(regions.boxes[:, 2].argmax())]
    assert not widest[70:95, 75:88].any()


@pytest.mark.parametrize(
    "shape",
    [
        ("a speck", lambda m: cv2.circle(m, (50, 50), 2, 255, -1)),
        ("a dot", lambda m: cv2.circle(m, (50, 50), 20, 255, -1)),
        ("a rule", lambda m: cv2.line(m, (10, 50), (290, 50), 255, 3)),
        ("a page", lambda m: cv2.rectangle(m, (20, 20), (280, 180), 255, -1)),
    ],
    ids=lambda shape: shape[0],
)
def test_what_cannot_be_a_digit_is_dropped(shape):
    mask = blank()
    shape[1](mask)
    assert len(find_regions(ink_of(mask))) == 0


def test_a_five_and_its_hat_are_offered_alone_and_joined():
    mask = blank()
    cv2.line(mask, (60, 60), (60, 100), 255, 5)
    cv2.ellipse(mask, (65, 120), (25, 22), 0, -100, 140, 255, 5)
    cv2.line(mask, (70, 55), (100, 52), 255, 5)
    regions = find_regions(ink_of(mask))
    assert {len(group) for group in regions.members} >= {1, 2}
    assert Box(*regions.boxes[[len(group) for group in regions.members].index(2)].tolist()).height > 80


def joins_of(mask, *doubtful):
    """The groups of strokes that are joined; these are numbered, and doubtful, from left to right."""
    outlined = find_strokes(mask)
    whole = whole_strokes(ink_of(mask), outlined)
    rank = whole.boxes[:, 0].argsort().argsort()
    regions = join(whole, ink_of(mask), outlined, np.array(doubtful)[rank])
    number = {min(group): int(its) for group, its in zip(whole.members, rank, strict=True)}
    return {tuple(sorted(number[i] for i in group)) for group in regions.members[len(whole) :]}


def bars(*lefts):
    """Upright bars, 4 pixels wide and 40 high."""
    mask = blank()
    for left in lefts:
        mask[60:100, left : left + 4] = 255
    return mask


def test_two_clear_digits_are_joined_only_where_they_all_but_touch():
    assert joins_of(bars(60, 72), True, True) == {(0, 1)}
    assert joins_of(bars(60, 72), False, True) == {(0, 1)}
    assert joins_of(bars(60, 72), False, False) == set()
    assert joins_of(bars(60, 67), False, False) == {(0, 1)}


def test_three_strokes_of_which_two_are_clear_digits_are_no_digit():
    assert joins_of(bars(60, 72, 84), True, True, True) == {(0, 1), (1, 2), (0, 1, 2)}
    assert joins_of(bars(60, 72, 84), False, True, False) == {(0, 1), (1, 2)}


def test_distant_strokes_are_not_joined():
    mask = blank()
    cv2.line(mask, (60, 50), (60, 120), 255, 5)
    cv2.line(mask, (200, 50), (200, 120), 255, 5)
    assert all(len(group) == 1 for group in find_regions(ink_of(mask)).members)


@pytest.mark.parametrize("density", [0.02, 0.1, 0.3])
def test_noise_is_bounded(density):
    mask = ((np.random.default_rng(0).random((720, 1280)) < density) * 255).astype(np.uint8)
    start = time.perf_counter()
    assert len(find_regions(ink_of(mask))) <= MOST_STROKES + MOST_JOINS
    assert time.perf_counter() - start < 10  # a hang, not a matter of speed


def test_a_page_full_of_strokes_is_bounded():
    mask = np.zeros((900, 1600), np.uint8)
    mask[::1] = np.where((np.arange(1600) % 8 < 3) & (np.arange(900)[:, None] % 20 < 15), 255, 0)
    regions = find_regions(ink_of(mask))
    assert 0 < len(regions) <= MOST_STROKES + MOST_JOINS


def rings(mask, *places, size=7):
    """Zeros, `size` pixels in radius."""
    for place in places:
        cv2.circle(mask, place, size, 255, 2)
    return mask


def found_at(regions, *places):
    """How many of the places are the middle of a candidate."""
    middles = regions.boxes[:, :2] + regions.boxes[:, 2:] / 2
    return sum(bool((np.abs(middles - place).max(axis=1) < 3).any()) for place in places)


def test_texture_around_a_sheet_does_not_crowd_out_what_is_written_on_it():
    noise = cv2.GaussianBlur(np.random.default_rng(0).standard_normal((900, 1600), np.float32), (0, 0), 2.2)
    mask = (noise > 0.6 * noise.std()).astype(np.uint8) * np.uint8(255)
    mask[150:750, 300:1300] = 0
    places = [(x, y) for x in range(400, 1200, 100) for y in range(250, 700, 100)]
    assert cv2.connectedComponents(mask)[0] > 3 * MOST_STROKES
    assert found_at(find_regions(ink_of(rings(mask, *places))), *places) == len(places)


def test_of_a_page_full_of_writing_as_much_as_ever_is_looked_at():
    places = [(x, y) for x in range(20, 1580, 24) for y in range(20, 880, 24)]
    regions = find_regions(ink_of(rings(np.zeros((900, 1600), np.uint8), *places)))
    assert found_at(regions, *places) == MOST_STROKES


def test_a_small_zero_beside_a_higher_digit_is_a_candidate():
    mask = rings(blank(), (80, 106), size=4)
    assert len(find_regions(ink_of(mask))) == 0
    cv2.line(mask, (65, 90), (65, 110), 255, 3)
    assert found_at(find_regions(ink_of(mask)), (80, 106)) == 1


def test_arrays_must_go_together():
    none = Strokes(np.zeros((0, 4), np.int32), np.zeros(0), np.zeros(0))
    with pytest.raises(ValueError, match="boxes"):
        Regions(np.zeros((2, 4), np.int32), (), (), none, ())
    with pytest.raises(ValueError, match="boxes"):
        Strokes(np.zeros((2, 4), np.int32), np.zeros(1), np.zeros(2))


def test_frames_within_frames_are_bounded():
    mask = np.zeros((600, 500), np.uint8)
    for inset in range(2, 240, 4):
        cv2.rectangle(mask, (inset, inset), (499 - inset, 599 - inset), 255, 1)
    regions = find_regions(ink_of(mask))
    assert 0 < regions.boxes[:, 2:].prod(axis=1).sum() <= 4 * mask.size
