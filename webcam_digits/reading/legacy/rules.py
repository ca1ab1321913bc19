"""Ink -> ink without its rules: the lines of ruled and squared paper, of tables and boxes, a page's edges.

Of all thin lines those are rules that are long, or many, or closed in by others; `erasure` takes their ink.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.ink import InkMask
from webcam_digits.reading.legacy.erasure import DARKER, erase
from webcam_digits.reading.legacy.thin_lines import ThinLine, find_thin_lines

# Shares of the picture's shorter side:
_LONG = 0.3  # a rule by its length; digits of pens so thin have no such bar
_TALL = 0.4  # likewise, of one that leads down across others, where a 1 may stand
_TALLEST = 0.6  # likewise, of one that crosses no other
_AMONG = 0.15  # likewise, of one that has rules like it beside

_WIDE = 2.0  # the least length over the height of all that hangs on a lone rule; of a digit's bar it is 1
_WHOLE = 0.9  # the least share of a lone rule that is inked; of the bars of touching 7s it is less
_HAIR = 60.0  # the least length over thickness of a lone one that leads down: no 1 is so thin
_SEVERAL = 3  # lines that cross a line, or it and such as run beside it, make it one of a print's
# Times the thickness of a print's lines:
_BROADER = 1.3  # writing that is so much broader differs from what is left of them by that,
_FAR_BROADER = 2.3  # if most of it is as broad as this
_PIECE = 4.0  # the least length of what is left
_MANY = 10  # lines that are alike and at right angles to each other make even short ones a print's
_PALE = 0.6  # of the writing's contrast; so much has a print that short lines are of
_PARALLEL = 0.06  # the most by which the slopes of neighbouring rules differ
_SQUARE = 0.35  # likewise at a corner, from those of a right angle
_ALIKE = 1.7  # the most ratio of the thickness of a print's lines
_CORNER = 1.5  # times the thickness; the furthest that two lines which meet may miss each other

Mask = NDArray[np.uint8]  # (h, w)
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def erase_rules(ink: InkMask) -> tuple[InkMask, Mask]:
    """The ink without its rules.

    Returns:
        The ink that is left, and (h, w) uint8 that which was erased, 255 where it was.
    """
    mask, contrast = ink.mask, ink.contrast
    across, down = _rules(*find_thin_lines(mask), ink)
    if not across and not down:
        return ink, np.zeros_like(mask)
    left = erase(mask, contrast, across)
    left = _turned(erase(_turned(left), _turned(contrast), down))
    if len(across) + len(down) >= _MANY:
        left = _without_pieces(left, float(np.median([line.thickness for line in (*across, *down)])))
    erased = np.asarray(cv2.subtract(mask, left), np.uint8)
    return InkMask(left, np.asarray(cv2.subtract(contrast, erased), np.uint8)), erased


def _without_pieces(mask: Mask, thickness: float) -> Mask:
    """The mask without pieces of a print's lines that hang on far broader writing, or lie about."""
    broad = _broader(mask, _BROADER * thickness)
    if 2 * cv2.countNonZero(_broader(broad, _FAR_BROADER * thickness)) < cv2.countNonZero(mask):
        return mask  # the writing is about as fine
    fine, length = cv2.subtract(mask, broad), round(_PIECE * thickness)
    across, down = (_opened(fine, size) for size in ((1, length), (length, 1)))
    return np.asarray(cv2.subtract(mask, cv2.bitwise_or(across, down)), np.uint8)


def _broader(mask: Mask, width: float) -> Mask:
    return _opened(mask, (int(width) + 1, int(width) + 1))


def _opened(mask: cv2.typing.MatLike, size: tuple[int, int]) -> Mask:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones(size, np.uint8)), np.uint8)


def _turned(picture: Mask) -> Mask:
    return np.asarray(cv2.transpose(picture), np.uint8)


@dataclass(frozen=True, slots=True)
class _Traits:
    """Of n lines the left ends (n, 2), lengths, slopes, thickness and mean contrast (n,)."""

    starts: Floats
    lengths: Floats
    slopes: Floats
    thickness: Floats
    strength: Floats

    @classmethod
    def of(cls, lines: Sequence[ThinLine], contrast: Mask) -> "_Traits":
        ends = np.array([[line.knots[0], line.knots[-1]] for line in lines], np.float64).reshape(-1, 2, 2)
        spans = ends[:, 1] - ends[:, 0]
        thickness = np.array([line.thickness for line in lines], np.float64)
        strength = np.array([line.sample(contrast) for line in lines], np.float64)
        return cls(ends[:, 0], spans[:, 0], spans[:, 1] / spans[:, 0], thickness, strength)

    def alike(self, other: "_Traits") -> Flags:
        """(n, m) which are as thick and as dark as which of the others: of one print, or by one pen."""
        alike = np.ones((len(self.thickness), len(other.thickness)), bool)
        for own, others, most in (
            (self.thickness, other.thickness, _ALIKE),
            (self.strength, other.strength, DARKER),
        ):
            ratio = np.divide.outer(np.maximum(own, 1), np.maximum(others, 1))
            alike &= np.maximum(ratio, 1 / ratio) <= most
        return alike

    def beside(self) -> Flags:
        """(n, n) which run side by side as those of one print do; each does with itself, too."""
        start, end = self.starts[:, 0], self.starts[:, 0] + self.lengths
        shared = np.minimum.outer(end, end) - np.maximum.outer(start, start)
        parallel = np.abs(np.subtract.outer(self.slopes, self.slopes)) <= _PARALLEL
        return np.asarray(self.alike(self) & parallel & (shared > 0))


def _rules(
    across: Sequence[ThinLine], down: Sequence[ThinLine], ink: InkMask
) -> tuple[list[ThinLine], list[ThinLine]]:
    """Those lines that are rules: long ones, such as are like them, and those with both ends at others."""
    side = min(ink.mask.shape)
    level, upright = _Traits.of(across, ink.contrast), _Traits.of(down, _turned(ink.contrast))
    meeting = _meetings(level, upright)
    length, height = level.lengths / side, upright.lengths / side
    beside = level.beside()
    long = length >= _LONG
    printed = (beside[:, long].sum(axis=1) >= _SEVERAL) | (meeting.anywhere.sum(axis=1) >= _SEVERAL)
    long &= printed | _wide(across, ink.mask, long & ~printed)
    long |= (length >= _AMONG) & (beside[:, long].sum(axis=1) >= _SEVERAL)
    crossing = meeting.anywhere[long].sum(axis=0) >= _SEVERAL
    hair = upright.lengths >= _HAIR * upright.thickness
    tall = crossing & (height >= _TALL) | hair & (height >= _TALLEST)
    besides = upright.beside()
    tall |= crossing & (height >= _AMONG) & (besides[:, tall].sum(axis=1) >= _SEVERAL)
    printed_across, printed_down = _of_a_print(level, upright, ink)
    long, tall = long | printed_across, tall | printed_down
    for end in (meeting.top, meeting.bottom):  # two sides on the same long one: a box that is cut off
        left, right = meeting.left & end, meeting.right & end
        tall |= (left | right)[long & left.any(axis=1) & right.any(axis=1)].any(axis=0)
    kept_across, kept_down = np.ones(len(across), bool), np.ones(len(down), bool)
    changed = True
    while changed:  # a line with a free end goes, and what ended at it has one then
        held_across = long | _held(meeting.left, meeting.right, kept_down)
        side_of_box = (meeting.corner[kept_across].any(axis=0)) & kept_down
        held_down = tall | _held(meeting.top.T, meeting.bottom.T, kept_across)
        held_down &= tall | besides[:, side_of_box].any(axis=1)  # a 1 may stand between two rules, too
        changed = bool((kept_across & ~held_across).any() or (kept_down & ~held_down).any())
        kept_across &= held_across
        kept_down &= held_down
    kept = np.flatnonzero(kept_across).tolist(), np.flatnonzero(kept_down).tolist()
    return [across[i] for i in kept[0]], [down[i] for i in kept[1]]


def _of_a_print(across: _Traits, down: _Traits, ink: InkMask) -> tuple[Flags, Flags]:
    """(n,) and (m,) which lines have many like them and are paler than the writing."""
    if len(across.lengths) + len(down.lengths) < _MANY:
        return np.zeros(len(across.lengths), bool), np.zeros(len(down.lengths), bool)
    writing = ink.contrast[::4, ::4][ink.mask[::4, ::4] > 0]
    pale = _PALE * float(np.percentile(writing, 97)) if writing.size else 0.0
    squared = across.alike(down) & (np.abs(np.add.outer(across.slopes, down.slopes)) <= _PARALLEL)
    flags = []
    for traits, crossing in ((across, squared), (down, squared.T)):
        parallel = np.abs(np.subtract.outer(traits.slopes, traits.slopes)) <= _PARALLEL
        like = (traits.alike(traits) & parallel).sum(axis=1) + crossing.sum(axis=1)
        flags.append(np.asarray((like >= _MANY) & (traits.strength <= pale)))
    return flags[0], flags[1]


def _wide(lines: Sequence[ThinLine], mask: Mask, asked: Flags) -> Flags:
    """(n,) which of the lines `asked` are whole, and much longer than all that hangs on them is high."""
    wide = np.zeros(len(lines), bool)
    if not asked.any():
        return wide
    count, labels = cv2.connectedComponents(mask)
    paths = {i: labels[lines[i].path(mask.shape)] for i in np.flatnonzero(asked).tolist()}
    on_path = np.zeros(count, bool)
    on_path[np.concatenate(list(paths.values()))] = True
    on_path[0] = False  # the ground
    inked = np.flatnonzero(on_path[labels])  # row by row, so that of each label the last one stays:
    strokes, rows = labels.ravel()[inked], inked // mask.shape[1]
    top, bottom = np.zeros((2, count), np.intp)
    top[strokes[::-1]], bottom[strokes] = rows[::-1], rows + 1
    for i, path in paths.items():
        hanging = (bottom - top)[path].max(initial=0)
        much_wider = lines[i].length >= _WIDE * (hanging - np.ptp(lines[i].knots[:, 1]))
        wide[i] = much_wider and (path > 0).mean() >= _WHOLE
    return wide


def _held(starts: Flags, ends: Flags, kept: Flags) -> Flags:
    """(n,) whether both ends are at some line that was kept, given whether they are at each, (n, m)."""
    return np.asarray(starts[:, kept].any(axis=1) & ends[:, kept].any(axis=1))


@dataclass(frozen=True, slots=True)
class _Meetings:
    """Where n lines across meet m lines down, (n, m): at all, at a corner, and at an end of either."""

    anywhere: Flags
    corner: Flags
    left: Flags
    right: Flags
    top: Flags
    bottom: Flags


def _meetings(across: _Traits, down: _Traits) -> _Meetings:
    x, y = across.starts.T[..., None]
    top, left = down.starts.T[:, None]
    slope, slant = across.slopes[:, None], down.slopes[None]
    # Both lines at their crossing: y + slope * along = top + sunk, x + along = left + slant * sunk.
    sunk = (y - top + slope * (left - x)) / (1 - slope * slant)
    along = left - x + slant * sunk
    wide, high = across.lengths[:, None], down.lengths[None]
    miss = _CORNER * np.add.outer(across.thickness, down.thickness) + 2
    anywhere = (np.abs(slope + slant) <= _SQUARE) & (along >= -miss) & (along <= wide + miss)
    anywhere &= (sunk >= -miss) & (sunk <= high + miss)
    ending = anywhere & across.alike(down)
    left, right = ending & (along <= miss), ending & (along >= wide - miss)
    top, bottom = ending & (sunk <= miss), ending & (sunk >= high - miss)
    return _Meetings(anywhere, (left | right) & (top | bottom), left, right, top, bottom)
