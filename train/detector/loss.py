"""What is made small: errors of presence, class, box and the quality that the network claims for its box."""

from typing import NamedTuple

import torch
from torch import nn

from webcam_digits.train.detector.batches import Batch

_BOX = 0.1  # of a digit's height: an error of a side from which on it counts in proportion, not squared
_POOR = 0.25  # of a digit's height: a mean error of the sides at which a box has quality 0
PARTS = ("presence", "class", "box", "quality")
_WEIGHTS = (1.0, 1.0, 0.5, 0.5)


class Losses(NamedTuple):
    """Sums over a batch, of b crops.

    Attributes:
        total: what is made small.
        parts: (4,) as `PARTS` names them, each with its weight in the total.
        hardness: (b, 2) of each crop: how surely some of its ground was taken for a digit, and in how much
            doubt its digits were. One that was not seen at all is in none: often nobody could read it.
    """

    total: torch.Tensor
    parts: torch.Tensor
    hardness: torch.Tensor


def losses(maps: torch.Tensor, batch: Batch) -> Losses:
    """Of the (b, 16, h / 4, w / 4) maps of a batch.

    Presence has plain cross entropy: its gradient comes from what is still taken for a digit, and its
    probabilities mean what they say. Sides are measured by the digit's height, for a 1 has hardly any width.
    """
    presence = batch.weights * nn.functional.binary_cross_entropy_with_logits(
        maps[:, 0], batch.presence, reduction="none"
    )
    middle = batch.presence > 0
    crop, down, across = torch.nonzero(middle, as_tuple=True)
    said, weights = maps[crop, :, down, across], batch.weights[middle]
    surprise = nn.functional.cross_entropy(said[:, 1:11], batch.labels[middle], reduction="none")
    classes = weights * surprise
    truth = batch.distances[crop, :, down, across]
    away = (said[:, 11:15] - truth) / batch.heights[middle][:, None]
    errors = nn.functional.smooth_l1_loss(away / _BOX, torch.zeros_like(away), reduction="none")
    box = weights * errors.mean(1)
    fit = (1 - away.detach().abs().mean(1) / _POOR).clamp(0, 1)
    quality = weights * nn.functional.binary_cross_entropy_with_logits(said[:, 15], fit, reduction="none")
    sums = torch.stack([part.sum() for part in (presence, classes, box, quality)])
    parts = sums * sums.new_tensor(_WEIGHTS)
    with torch.no_grad():
        unseen = presence[middle] / weights
        doubt = weights * (unseen * torch.exp(-unseen) + surprise * torch.exp(-surprise))
        ground = (presence * (1 - batch.presence)).amax((1, 2))
        hardness = torch.stack([ground, torch.zeros_like(ground).index_add(0, crop, doubt)], dim=1)
    return Losses(parts.sum(), parts.detach(), hardness)
