import numpy as np
import pytest

from webcam_digits.reading.boxes import areas, intersections, together

BOXES = np.array([(0, 0, 10, 10), (5, 5, 15, 25), (40, 0, 50, 10), (30, 30, 20, 40)], np.float32)


def test_areas_and_what_boxes_share():
    assert areas(BOXES).tolist() == [100, 200, 100, 0]
    assert intersections(BOXES, BOXES[:2]).tolist() == [[100, 25], [25, 200], [0, 0], [0, 0]]
    assert intersections(BOXES, BOXES[:0]).shape == (4, 0)


@pytest.mark.parametrize("count", [0, 1, 16, 17, 300])
def test_all_that_touch_are_together(count):
    rng = np.random.default_rng(count)
    boxes, others = (
        np.concatenate([corners, corners + rng.uniform(1, 60, (n, 2))], axis=1).astype(np.float32)
        for n in (count, 500)
        for corners in [rng.uniform(0, 1000, (n, 2))]
    )
    pairs = np.zeros((count, len(others)), int)
    for some, near in together(boxes, others):
        assert len(some) <= 16
        pairs[np.ix_(some, near)] += 1
    assert (pairs[intersections(boxes, others) > 0] == 1).all()
    assert pairs.max(initial=0) <= 1


def test_few_pairs_are_looked_at_of_many_boxes():
    corners = np.stack(np.meshgrid(np.arange(0, 2000, 20), np.arange(0, 2000, 30)), axis=-1).reshape(-1, 2)
    boxes = np.concatenate([corners, corners + np.array([15, 24])], axis=1).astype(np.float32)
    looked_at = sum(len(some) * len(near) for some, near in together(boxes, boxes))
    assert looked_at < len(boxes) ** 2 / 50
