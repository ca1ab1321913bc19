from itertools import combinations

import numpy as np
import pytest

from webcam_digits.drawing.labels import place_tags
from webcam_digits.types import Box

AREA = Box(5, 5, 595, 395)


def tags(count, width=30, height=12):
    return [Box(0, 0, width, height)] * count


@pytest.mark.parametrize("count", [1, 20, 200])
def test_tags_lie_neither_on_boxes_nor_on_each_other(count):
    rng = np.random.default_rng(count)
    boxes = [Box(x, y, 14, 20) for x, y in rng.integers(5, [580, 380], (count, 2)).tolist()]
    choice, places = place_tags(boxes, [tags(count), tags(count, 20, 8)], 2, AREA)
    found = [place for place in places if place is not None]
    assert len(found) > count / 3
    assert not any(one.intersection_area(other) for one, other in combinations(found, 2))
    assert not any(one.intersection_area(box) for one in found for box in boxes)
    assert all(one.within(AREA.right, AREA.bottom) == one and min(one.x, one.y) >= 5 for one in found)
    assert {(one.width, one.height) for one in found} == {((30, 12), (20, 8))[choice]}


def test_tags_stand_on_one_side_of_all_boxes_where_they_can():
    row = [Box(50 + 40 * i, 50, 20, 30) for i in range(9)]
    _, places = place_tags(row, [tags(9)], 2, AREA)
    assert places == [Box(box.x, 36, 30, 12) for box in row]
    column = [Box(50, 50 + 40 * i, 20, 36) for i in range(8)]
    _, places = place_tags(column, [tags(8)], 2, AREA)
    assert [place.x for place in places] == [72] * 8


def test_smaller_tags_are_taken_where_they_have_room_that_larger_ones_lack():
    row = [Box(50 + 25 * i, 50, 20, 30) for i in range(9)]
    choice, places = place_tags(row, [tags(9), tags(9, 20)], 2, AREA)
    assert choice == 1
    assert all(places)


def test_a_box_without_room_around_it_has_no_tag():
    boxes = [Box(x, y, 20, 20) for x in range(5, 600, 22) for y in range(5, 400, 22)]
    _, places = place_tags(boxes, [tags(len(boxes))], 2, AREA)
    assert not any(places)
