"""What the network is to say of each cell: as in FCOS (Tian et al. 2019), a digit's middle stands for it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.detector import STRIDE

HEIGHTS = (11.0, 50.0)  # pixels; digits that are learned
_CENTRE = 0.22  # of a digit's width and height: half sides of its middle
_SLIM = 0.12  # of its height: the least half width, so that a 1 has as many cells as other digits
_LEAST = 2.1  # pixels; no middle falls between two columns of cells
_AROUND = 1.4  # half sides of what is ignored around a middle, over its own; what is beyond is ground: a part
# of a digit, as the stem of a 1 with a long upstroke, must not stand for it a second time
_MARGIN = 2.0  # pixels around that and around ignored boxes


@dataclass(frozen=True, slots=True)
class Targets:
    """Of the (h / 4, w / 4) cells of one crop.

    Attributes:
        presence: float32, 1 where a digit's middle is, else 0.
        weights: float32, 0 where nothing is learned, 1 on ground; less on each cell of digits with many.
        labels: int64, the digit of a middle.
        distances: (4, h / 4, w / 4) float32, as `webcam_digits.reading.detector.Maps` has them.
        heights: float32, pixels of a middle's digit; 1 elsewhere.
    """

    presence: NDArray[np.float32]
    weights: NDArray[np.float32]
    labels: NDArray[np.int64]
    distances: NDArray[np.float32]
    heights: NDArray[np.float32]


def targets_of(
    boxes: NDArray[np.float32],
    labels: NDArray[np.int64],
    ignored: NDArray[np.float32],
    size: tuple[int, int],
) -> Targets:
    """The targets of one crop.

    A cell in two middles is of the digit whose middle is nearer. What is close around a middle is ignored,
    and so is the whole box of a digit that is smaller or larger than `HEIGHTS`.

    Args:
        boxes: (n, 4) left, top, right, bottom in pixels, of the digits.
        labels: (n,) which they are.
        ignored: (m, 4) boxes in which nothing is learned.
        size: (h, w) pixels of the crop.
    """
    high, wide = size[0] // STRIDE, size[1] // STRIDE
    heights = boxes[:, 3] - boxes[:, 1]
    learned = (heights >= HEIGHTS[0]) & (heights <= HEIGHTS[1])
    weights = np.ones((high, wide), np.float32)
    _clear(weights, np.concatenate([ignored, boxes[~learned]]), _MARGIN, _MARGIN)
    free = weights > 0
    boxes, labels, heights = boxes[learned], labels[learned], heights[learned]
    presence = np.zeros((high, wide), np.float32)
    if not len(boxes):
        nothing = np.zeros((high, wide), np.int64), np.zeros((4, high, wide), np.float32)
        return Targets(presence, weights, *nothing, np.ones((high, wide), np.float32))

    widths = boxes[:, 2] - boxes[:, 0]
    half_width = np.maximum(np.maximum(_CENTRE * widths, _SLIM * heights), _LEAST)
    half_height = _CENTRE * heights
    across, down = _AROUND * half_width + _MARGIN, _AROUND * half_height + _MARGIN
    _clear(weights, boxes, across - widths / 2, down - heights / 2)
    x, y = (np.arange(wide) + 0.5) * STRIDE, (np.arange(high) + 0.5) * STRIDE
    away_x = np.abs(x - (boxes[:, 0] + boxes[:, 2])[:, None] / 2) / half_width[:, None]
    away_y = np.abs(y - (boxes[:, 1] + boxes[:, 3])[:, None] / 2) / half_height[:, None]
    away = np.maximum(away_x[:, None, :], away_y[:, :, None])  # (n, high, wide); up to 1 in a middle
    nearest = away.argmin(axis=0)
    middle = (away.min(axis=0) <= 1) & free
    presence[middle] = 1
    owners = nearest[middle]
    cells = np.bincount(owners, minlength=len(boxes))
    weights[middle] = 2 / np.sqrt(cells[owners])
    owned = boxes[nearest]  # (high, wide, 4)
    distances = np.stack(
        [x - owned[..., 0], y[:, None] - owned[..., 1], owned[..., 2] - x, owned[..., 3] - y[:, None]]
    )
    return Targets(
        presence,
        weights,
        np.where(middle, labels[nearest], 0),
        (distances * middle).astype(np.float32),
        np.where(middle, heights[nearest], 1).astype(np.float32),
    )


def _clear(
    weights: NDArray[np.float32],
    boxes: NDArray[np.float32],
    across: NDArray[np.floating] | float,
    down: NDArray[np.floating] | float,
) -> None:
    """Nothing is learned in cells whose centres are in the boxes, which are widened by so many pixels."""
    grown = boxes + np.stack(np.broadcast_arrays(-1.0 * across, -1.0 * down, across, down), axis=-1)
    first = np.ceil(grown[:, :2] / STRIDE - 0.5).astype(int).clip(0)
    last = np.floor(grown[:, 2:] / STRIDE - 0.5).astype(int).clip(-1)
    for (left, top), (right, bottom) in zip(first, last, strict=True):
        weights[top : bottom + 1, left : right + 1] = 0
