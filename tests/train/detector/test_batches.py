import numpy as np
import pytest

from tests.helpers.detector_crops import FontCrops
from webcam_digits.reading.detector import STRIDE

pytest.importorskip("torch")

from webcam_digits.train.detector.batches import Batches


def draw(*numbers, seed=0):
    with Batches(FontCrops, seed, workers=0) as batches:
        return list(batches.draw(numbers))


def test_what_is_learned_from_is_seen_through_windows_of_many_sizes():
    batches = draw(*([3 * i, 3 * i + 1] for i in range(40)))
    sizes = {tuple(batch.inputs.shape[2:]) for batch in batches}
    assert len(sizes) > 5
    assert all(high <= 64 and wide <= 96 and high % 16 == wide % 16 == 0 for high, wide in sizes)
    for batch in batches:
        assert batch.presence.shape[1:] == tuple(side // STRIDE for side in batch.inputs.shape[2:])


def test_a_window_shows_a_digit_where_there_is_one_and_a_cut_one_is_not_learned():
    for batch in draw(*([3 * i + 1, 3 * i] for i in range(40))):
        (_, rows, columns), (high, wide) = batch.presence.numpy().nonzero(), batch.inputs.shape[2:]
        assert batch.presence[0].any()
        assert not batch.presence[1].any()
        left, top, right, bottom = batch.distances[0].numpy()[:, rows, columns]
        x, y = (columns + 0.5) * STRIDE, (rows + 0.5) * STRIDE
        assert min((x - left).min(), (y - top).min()) >= 0
        assert max((x + right).max() - wide, (y + bottom).max() - high) <= 0


def test_the_same_crops_are_seen_through_the_same_windows():
    for one, other in zip(draw([1, 2], [4, 5]), draw([1, 2], [4, 5]), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
