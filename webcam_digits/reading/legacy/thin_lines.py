"""Ink -> the thin lines that lead across it, straight or slightly curved, whole or with gaps.

A line across is a chain of straight pieces: what is left of the ink without all that is longer downwards than
a line may be thick. Lines that lead down are those of the transposed picture.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MOST_PIECES = 400  # the longest stay
MOST_LINES = 80  # likewise

STEEPEST = 0.8  # pixels down for each to the right: 30 degrees of tilt, and perspective

_MOST_OUTLINES = 5000  # of a searched mask; a page full of words has half of it, and noise more
_SEARCHED = 800  # pixels; lines are looked for in a mask whose longer side is no longer
_INKED = 0.3  # of a pixel of that mask
# Shares of the picture's shorter side:
_THICKEST = 0.016
_TANGLED = 0.12  # the height of what hangs together: lines down, tilted so far that they pass for thin
_MOSTLY = 0.75  # of such, with what is thicker taken out, is straight; of a texture half is
_SLAB = 0.12  # lines are taken piece by piece, so that they may be curved
_PIECE = 0.025  # the least length of a piece
_FURTHEST = 0.3  # to which a line is followed beyond its last piece, over what is part of a digit, too
_SHORTEST = 0.05  # of a line: a box's side
_GAP = 0.25  # the widest between two pieces, where digits stand on the line

_RECENT = 3  # pieces; a line leads on as straight as they do
_DASH = 5  # pixels of the searched mask; the widest gap that a faint print has
_WAVY = 0.5  # of the thickness, and
_CURVED = 0.025  # of its length; what strays more from a straight line is no piece of one, but a digit's arc
_BEND = 0.02  # pixels a pixel of gap by which a line may miss its continuation
_ALIKE = 1.6  # the most ratio of the thickness of two pieces of a line, a pixel aside
_ASTRAY = 4.0  # pixels of gap that weigh as much as one by which the line is missed
_BARE = 0.1  # of the length up to a gap and behind it; digits in a row have wider gaps between their feet
_SLENDER = 6.0  # the least length of a line over its thickness

Mask = NDArray[np.uint8]  # (h, w)
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ThinLine:
    """A thin line that leads across.

    Attributes:
        knots: (2k, 2) float64, x and y in pixels, x ascending: the ends of each of its straight pieces.
        thickness: pixels, measured downwards.
    """

    knots: Floats
    thickness: float

    @property
    def length(self) -> float:
        """How far it leads across, in pixels."""
        return float(self.knots[-1, 0] - self.knots[0, 0])

    def sample(self, picture: Mask) -> float:
        """The mean of a picture (h, w) at the middles of its pieces."""
        middles = np.round((self.knots[::2] + self.knots[1::2]) / 2).astype(np.intp)
        last = np.array(picture.shape[::-1]) - 1  # a slanted piece's fit may lie beyond the edge
        columns, rows = np.clip(middles, 0, last).T
        return float(picture[rows, columns].mean())

    def path(self, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """The rows and columns, (n,) each, of the pixels that it leads through in a picture (h, w)."""
        start, end = np.clip(np.round(self.knots[[0, -1], 0]), 0, shape[1] - 1).astype(np.intp)
        columns = np.arange(start, end + 1)
        rows = np.round(np.interp(columns, self.knots[:, 0], self.knots[:, 1])).astype(np.intp)
        return np.clip(rows, 0, shape[0] - 1), columns


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Straight pieces: x and y of the left ends (n, 2) and of the right ones, slopes (n,), thickness (n,)."""

    starts: Floats
    ends: Floats
    slopes: Floats
    thickness: Floats


def find_thin_lines(mask: Mask) -> tuple[list[ThinLine], list[ThinLine]]:
    """Thin lines in a mask, 255 where there is ink.

    Returns:
        Those that lead across, and those that lead down as lines across the transposed mask; at most
        MOST_LINES of each, the longest first.
    """
    shrink = max(int(np.ceil(max(mask.shape) / _SEARCHED)), 1)
    if shrink > 1:
        size = max(mask.shape[1] // shrink, 1), max(mask.shape[0] // shrink, 1)
        small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        mask = np.asarray(cv2.threshold(small, _INKED * 255, 255, cv2.THRESH_BINARY)[1], np.uint8)
    return _across(mask, shrink), _across(np.asarray(cv2.transpose(mask), np.uint8), shrink)


def _across(mask: Mask, shrink: int) -> list[ThinLine]:
    thickest = max(round(_THICKEST * min(mask.shape)), 3)
    thin = _thin(mask, thickest)
    outlines, boxes = _outlines(thin)
    pieces = _pieces(outlines, boxes, min(mask.shape))
    if len(outlines) and boxes[:, 3].max() >= _TANGLED * min(mask.shape):
        finer = _thin(mask, max(thickest // 2, 3))
        outlines, boxes = _outlines(finer)
        loose = _pieces(outlines, boxes, min(mask.shape))
        if len(loose.slopes) >= _MOSTLY * len(outlines):
            thin, pieces = finer, loose
    if not len(pieces.slopes):
        return []
    inked = np.asarray(cv2.dilate(cv2.max(mask, thin), np.ones((3, 1), np.uint8)), np.uint8)
    chains = list(_chains(pieces, inked))
    first, last = [chain[0] for chain in chains], [chain[-1] for chain in chains]
    near_first, near_last = (
        [chain[:_RECENT][-1] for chain in chains],
        [chain[-_RECENT:][0] for chain in chains],
    )
    tips = np.concatenate([pieces.starts[first], pieces.ends[last]])
    course = tips - np.concatenate([pieces.ends[near_first], pieces.starts[near_last]])
    starts, ends = np.split(_followed(tips, course, inked), 2)
    thickness = np.array([pieces.thickness[chain].mean() for chain in chains])
    lengths = ends[:, 0] - starts[:, 0]
    long = lengths >= np.maximum(_SLENDER * thickness, _SHORTEST * min(mask.shape))
    lines = []
    for i in np.flatnonzero(long)[np.argsort(-lengths[long], kind="stable")[:MOST_LINES]].tolist():
        knots = np.stack([pieces.starts[chains[i]], pieces.ends[chains[i]]], axis=1).reshape(-1, 2)
        knots[0], knots[-1] = starts[i], ends[i]
        lines.append(ThinLine(knots * shrink + (shrink - 1) / 2, float(thickness[i]) * shrink))
    return lines


def _followed(tips: Floats, course: Floats, inked: Mask) -> Floats:
    """The points (n, 2) up to which ink leads on from the tips of lines on their course, to left or right."""
    way, slopes = np.sign(course[:, 0]), course[:, 1] / course[:, 0]
    on = way[:, None] * np.arange(1, _FURTHEST * min(inked.shape))
    columns = np.round(tips[:, :1] + on).astype(np.intp)
    rows = np.round(tips[:, 1:] + slopes[:, None] * on).astype(np.intp)
    height, width = inked.shape
    led = inked[rows.clip(0, height - 1), columns.clip(0, width - 1)] > 0
    led &= (columns >= 0) & (columns < width) & (rows >= 0) & (rows < height)
    reach = way * np.minimum.accumulate(led, axis=1).sum(axis=1)
    return np.asarray(tips + np.stack([reach, slopes * reach], axis=1))


def _thin(mask: Mask, thickest: int) -> Mask:
    """What is not longer downwards than a line may be thick, with a faint print's dashes closed."""
    thick = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((thickest + 1, 1), np.uint8))
    thin = cv2.subtract(mask, thick)
    return np.asarray(cv2.morphologyEx(thin, cv2.MORPH_CLOSE, np.ones((1, _DASH), np.uint8)), np.uint8)


def _outlines(thin: Mask) -> tuple[list[NDArray[np.int32]], Floats]:
    """Of its components that may be pieces, slab by slab, outlines and boxes (n, 4); none of too many."""
    side = min(thin.shape)
    slabs = thin.copy()
    slabs[:, :: max(round(_SLAB * side), 8)] = 0
    found, _ = cv2.findContours(slabs, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    lengths = np.fromiter(map(len, found), np.intp, len(found))
    which = np.flatnonzero(lengths >= 2 * _shortest(side) - 2)  # there and back
    if len(found) > _MOST_OUTLINES:
        which = which[:0]
    outlines = [np.asarray(found[i], np.int32) for i in which.tolist()]
    return outlines, np.array([cv2.boundingRect(outline) for outline in outlines], np.float64).reshape(-1, 4)


def _shortest(side: int) -> float:
    return max(_PIECE * side, 6)


def _pieces(outlines: Sequence[NDArray[np.int32]], boxes: Floats, side: int) -> _Pieces:
    """Those of the outlines that are straight and slender, each fitted by least squares."""
    width, height = boxes[:, 2], boxes[:, 3]
    fitting = np.flatnonzero((width >= _shortest(side)) & (height <= STEEPEST * width + _THICKEST * side + 2))
    which = fitting[np.argsort(-width[fitting], kind="stable")[:MOST_PIECES]]
    return _straight([outlines[i][:, 0] for i in which], boxes[which, 0], width[which])


def _straight(outlines: Sequence[NDArray[np.int32]], left: Floats, width: Floats) -> _Pieces:
    """Those of the outlines, (points, 2) each, that are a straight bar's."""
    count = np.array([len(outline) for outline in outlines], np.intp)
    of = np.repeat(np.arange(len(outlines)), count)
    xs, ys = np.concatenate([np.zeros((0, 2)), *outlines]).T

    def mean(values: Floats) -> Floats:
        return np.asarray(np.bincount(of, values, len(outlines)) / count)

    middle_x, middle_y = mean(xs), mean(ys)
    dx, dy = xs - middle_x[of], ys - middle_y[of]
    slopes = mean(dx * dy) / mean(dx * dx)
    stray = mean((dy - slopes[of] * dx) ** 2)
    # An outline runs through the middles of the outermost pixels: half of each lies beyond it.
    thickness = (np.array([cv2.contourArea(outline) for outline in outlines]) + count / 2) / width
    most = np.minimum(_WAVY * thickness, _CURVED * width)
    # Of a straight bar it strays by half of the thickness.
    kept = (stray <= thickness**2 / 4 + most**2) & (np.abs(slopes) <= STEEPEST)
    starts, ends = (
        np.stack([x, middle_y + slopes * (x - middle_x)], axis=1)[kept] for x in (left, left + width - 1)
    )
    return _Pieces(starts, ends, slopes[kept], thickness[kept])


def _chains(pieces: _Pieces, inked: Mask) -> Iterator[list[int]]:
    """Pieces that continue each other, from left to right; each piece is in one chain."""
    side = min(inked.shape)
    lengths = (pieces.ends - pieces.starts)[:, 0]
    gap, rise = (pieces.starts[:, axis] - pieces.ends[:, axis, None] for axis in (0, 1))
    missed = np.abs(rise - gap * pieces.slopes[:, None])
    missed = np.maximum(missed, np.abs(rise - gap * pieces.slopes[None]))
    thicker = np.maximum(pieces.thickness[:, None], pieces.thickness[None])
    thinner = np.minimum(pieces.thickness[:, None], pieces.thickness[None])
    fitting = (gap > 0) & (gap <= _GAP * side) & (missed <= 1 + thicker / 2 + _BEND * gap)
    cost = np.where(fitting & (thicker <= _ALIKE * thinner + 1), gap + _ASTRAY * missed, np.inf)
    following, before = cost.argmin(axis=1), cost.argmin(axis=0)
    index = np.arange(len(cost))
    mutual = np.isfinite(cost[index, following]) & (before[following] == index)
    gaps = gap[index, following]
    blank = np.zeros(len(cost))
    wide = np.flatnonzero(mutual & (gaps > _DASH))
    if len(wide):
        blank[wide] = gaps[wide] * (1 - _inked(pieces.ends[wide], pieces.starts[following[wide]], inked))
    firsts = np.setdiff1d(index, following[mutual]).tolist()
    for first in firsts:  # which grows
        chain, covered = [first], float(lengths[first])
        while mutual[chain[-1]]:
            last, after = chain[-1], int(following[chain[-1]])
            covered += float(lengths[after])
            if blank[last] > _BARE * covered:
                firsts.append(after)
                break
            chain.append(after)
        yield chain


def _inked(starts: Floats, ends: Floats, mask: Mask) -> Floats:
    """(n,) how much of straight lines from points (n, 2) to others further to the right is ink in a mask."""
    first, last = np.clip(np.round([starts[:, 0], ends[:, 0]]), 0, mask.shape[1] - 1).astype(np.intp)
    count = last - first + 1
    of = np.repeat(np.arange(len(count)), count)
    columns = np.arange(len(of)) - np.repeat(np.cumsum(count) - count - first, count)
    slopes = (ends[:, 1] - starts[:, 1]) / (ends[:, 0] - starts[:, 0])
    along = np.clip(columns - starts[of, 0], 0, (ends - starts)[of, 0])
    rows = np.round(starts[of, 1] + slopes[of] * along).astype(np.intp)
    inked = mask[rows.clip(0, len(mask) - 1), columns] > 0
    return np.asarray(np.bincount(of, inked, len(count)) / count)
