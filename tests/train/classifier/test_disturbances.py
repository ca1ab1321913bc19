"""Disturbances: what is left in a share of the glyphs while the network learns."""

import pytest

torch = pytest.importorskip("torch")

from webcam_digits.train.classifier import disturbances  # noqa: E402
from webcam_digits.train.classifier.disturbances import SHARE, disturb  # noqa: E402


def glyphs(count):
    ink = torch.zeros(count, 1, 28, 28)
    ink[:, :, 4:24, 12:16] = 1
    return ink


def test_a_share_is_disturbed_and_the_others_are_as_they_were() -> None:
    torch.manual_seed(0)
    before = glyphs(4000)
    after = disturb(before)
    changed = (after != before).flatten(1).any(dim=1).float().mean()
    assert 0.85 * SHARE < changed <= 1.1 * SHARE
    assert torch.equal(before, glyphs(4000))
    assert after.shape == before.shape
    assert after.dtype == before.dtype
    assert float(after.min()) >= 0
    assert float(after.max()) <= 1


def test_the_same_seed_disturbs_alike() -> None:
    torch.manual_seed(3)
    first = disturb(glyphs(200))
    torch.manual_seed(3)
    assert torch.equal(first, disturb(glyphs(200)))
    assert not torch.equal(first, disturb(glyphs(200)))


@pytest.mark.parametrize("way", ["_ground", "_specks", "_blots", "_scratch", "_band"])
def test_each_way_leaves_the_digit_visible(way: str) -> None:
    torch.manual_seed(1)
    ink = glyphs(300)
    seen = getattr(disturbances, way)(ink).clamp(0, 1)
    edge = (seen[:, :, 6:22, 12] - seen[:, :, 6:22, 11]).abs()  # across the stroke's left side
    assert float((edge > 0.1).float().mean()) > 0.5


def test_no_glyphs_are_none_disturbed() -> None:
    assert disturb(glyphs(0)).shape == (0, 1, 28, 28)
