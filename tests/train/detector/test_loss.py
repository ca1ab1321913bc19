import numpy as np
import pytest

from tests.helpers.detector_crops import SIDES, Crop, FontCrops

torch = pytest.importorskip("torch")

from webcam_digits.train.detector.batches import Batch, Batches  # noqa: E402
from webcam_digits.train.detector.loss import losses  # noqa: E402

DIGIT = (16, 12, 40, 44)
CELL = (6, 6)  # in its middle


class One:
    """A digit, then nothing."""

    def draw(self, seed: int, index: int) -> Crop:
        boxes = np.array([DIGIT] if index == 0 else [], np.float32).reshape(-1, 4)
        labels = np.array([3] if index == 0 else [], np.int64)
        return Crop(FontCrops().draw(seed, 0).image, boxes, labels, np.zeros((0, 4), np.float32), "row")


@pytest.fixture
def batch() -> Batch:
    (batch,) = Batches(One, 0, 0).draw([[0, 1]])
    return batch


@pytest.fixture
def right(batch):
    """What a network should say."""
    maps = torch.zeros(2, 16, SIDES[0] // 4, SIDES[1] // 4)
    maps[:, 0] = batch.presence * 40 - 20
    maps[:, 1:11] = 30 * torch.nn.functional.one_hot(batch.labels, 10).permute(0, 3, 1, 2)
    maps[:, 11:15] = batch.distances
    maps[:, 15] = 20
    return maps


def test_what_is_right_costs_nothing(batch, right):
    found = losses(right, batch)
    assert float(found.total) < 1e-4
    assert float(found.hardness.max()) < 1e-4


@pytest.mark.parametrize(
    ("channel", "value", "part"), [(0, -5.0, 0), (4, 0.0, 1), (12, 60.0, 2), (15, -5.0, 3)]
)
def test_each_error_has_its_part(batch, right, channel, value, part):
    right[0, channel, CELL[0], CELL[1]] = value
    parts = losses(right, batch).parts
    assert float(parts[part]) > 0.5
    assert all(float(parts[other]) < 1e-4 for other in {0, 1, 2} - {part})


def test_a_false_digit_is_hard_wherever_it_is(batch, right):
    right[1, 0, 2, 2] = 5
    hardness = losses(right, batch).hardness
    assert float(hardness[1, 0]) > 4
    assert float(hardness[0, 0]) < 1e-4


def test_doubtful_digits_are_harder_than_unseen_ones(batch, right):
    doubtful, unseen = right.clone(), right.clone()
    doubtful[0, 0] = torch.where(batch.presence[0] > 0, 0.0, right[0, 0])
    unseen[0, 0] = -20
    hard = [float(losses(maps, batch).hardness[0, 1]) for maps in (doubtful, unseen)]
    assert hard[0] > 0.5
    assert hard[1] < 1e-3


def test_nothing_is_learned_from_what_is_ignored(batch, right):
    right[0, 0, 4, 5] = 20  # in the box, beside its middle
    assert float(losses(right, batch).total) < 1e-4


def test_a_crop_without_digits_has_a_gradient(batch, right):
    (batch,) = Batches(One, 0, 0).draw([[1, 2]])
    maps = torch.zeros(2, 16, SIDES[0] // 4, SIDES[1] // 4, requires_grad=True)
    torch.autograd.backward(losses(maps, batch).total)
    assert maps.grad is not None
    assert torch.isfinite(maps.grad).all()
