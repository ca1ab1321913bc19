"""Ink -> regions that may be digits: connected strokes, alone and joined with near neighbours.

What is too small, too long or too solid to be a digit is dropped here; which of the others are digits, and
which strokes belong together, is for the classifier to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from operator import add

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.ink import InkMask
from webcam_digits.reading.legacy.joins import closest_joins
from webcam_digits.reading.legacy.strokes import (
    Border,
    Outlined,
    Strokes,
    around_each,
    find_strokes,
    may_be_digits,
)

_MOST_AREA = 4  # times the picture's; of the pictures of all candidates, which may lie in each other
_SQUARE = np.ones((3, 3), np.uint8)
_LEVELS = np.arange(256, dtype=np.float32)


class Origin(Enum):
    """Where a candidate comes from."""

    STROKE = "one connected stroke"
    JOIN = "strokes joined"
    PIECE = "cut from a stroke"


@dataclass(frozen=True, slots=True)
class Regions:
    """Candidates for digits.

    Attributes:
        boxes: (n, 4) int32, x, y, width, height in pixels of the picture that the ink was found in.
        inks: n pictures (height, width) uint8 of each one's own ink, white on black, full strokes at 255.
        members: for each region the indices of the strokes it consists of; regions that share one are rivals.
        strokes: all strokes of the picture; of those that were cut, their slices.
        origins: of each region.
    """

    boxes: NDArray[np.int32]
    inks: tuple[NDArray[np.uint8], ...]
    members: tuple[frozenset[int], ...]
    strokes: Strokes
    origins: tuple[Origin, ...]

    def __post_init__(self) -> None:
        lengths = len(self.boxes), len(self.inks), len(self.members), len(self.origins)
        if self.boxes.ndim != 2 or self.boxes.shape[1] != 4 or len(set(lengths)) != 1:
            raise ValueError(f"{self.boxes.shape} boxes; inks, members, origins: {lengths[1:]}")

    def __len__(self) -> int:
        return len(self.inks)


def find_regions(ink: InkMask) -> Regions:
    """All regions of a picture's ink that may be digits; at most MOST_STROKES + MOST_JOINS."""
    outlined = find_strokes(ink.mask)
    whole = whole_strokes(ink, outlined)
    return join(whole, ink, outlined, np.ones(len(whole), bool))


def whole_strokes(ink: InkMask, outlined: Outlined) -> Regions:
    """Those of the ink's strokes that may be digits by themselves."""
    strokes = outlined.strokes
    none = Regions(np.zeros((0, 4), np.int32), (), (), strokes, ())
    members = [frozenset({int(i)}) for i in np.flatnonzero(may_be_digits(strokes))]
    return _with(none, members, Origin.STROKE, ink, outlined)


def join(whole: Regions, ink: InkMask, outlined: Outlined, doubtful: NDArray[np.bool_]) -> Regions:
    """Add what near strokes are together, as they may be one digit that fell apart.

    Args:
        whole: regions of one stroke each.
        ink: that they are of.
        outlined: all of its strokes.
        doubtful: (n,) which of the regions are not clearly one digit each.

    Returns:
        The same regions and, after them, at most MOST_JOINS joins.
    """
    settled = np.zeros(len(outlined.strokes), bool)
    settled[[min(whole.members[i]) for i in np.flatnonzero(~doubtful)]] = True
    return _with(whole, closest_joins(outlined.strokes, settled), Origin.JOIN, ink, outlined)


def _with(
    regions: Regions, members: Sequence[frozenset[int]], origin: Origin, ink: InkMask, outlined: Outlined
) -> Regions:
    """The regions and, after them, groups of strokes as far as there is room for their pictures."""
    boxes = around_each(members, outlined.strokes.boxes)
    areas = regions.boxes[:, 2:].prod(axis=1).sum() + np.cumsum(boxes[:, 2] * boxes[:, 3])
    count = int(np.searchsorted(areas, _MOST_AREA * ink.mask.size, side="right"))
    inks = [
        _own_ink(ink.contrast, [border for i in sorted(group) for border in outlined.borders[i]], box)
        for group, box in zip(members[:count], boxes[:count].tolist(), strict=True)
    ]
    return replace(
        regions,
        boxes=np.concatenate([regions.boxes, boxes[:count]]),
        inks=(*regions.inks, *inks),
        members=(*regions.members, *members[:count]),
        origins=regions.origins + (origin,) * count,
    )


def around(boxes: NDArray[np.int32]) -> tuple[int, int, int, int]:
    """The smallest box around some boxes (k, 4), k > 0."""
    lefts, tops, widths, heights = boxes.T.tolist()  # plain numbers, as they are few
    x, y = min(lefts), min(tops)
    return x, y, max(map(add, lefts, widths)) - x, max(map(add, tops, heights)) - y


def _own_ink(
    contrast: NDArray[np.uint8], borders: Sequence[Border], box: tuple[int, int, int, int]
) -> NDArray[np.uint8]:
    """The ink within some borders, without that of its neighbours, (height, width) uint8."""
    x, y, width, height = box
    own = np.zeros((height, width), np.uint8)
    cv2.drawContours(own, borders, -1, 255, cv2.FILLED, offset=(-x, -y))
    crop = contrast[y : y + height, x : x + width]
    strength = max(cv2.mean(crop, own)[0], 1.0)
    soft = cv2.bitwise_and(crop, cv2.dilate(own, _SQUARE))
    # At half of its strength is a stroke's edge: below 0.2 of it there is nothing, above 0.8 full ink.
    scaled = (_LEVELS - 0.2 * strength) * (255 / (0.6 * strength))
    return np.asarray(cv2.LUT(soft, scaled.clip(0, 255).astype(np.uint8)), np.uint8)
