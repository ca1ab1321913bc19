"""Rules -> ink without them, but with what is written across them.

They are erased as staff lines are from sheet music (Dalitz, Droettboom, Pranzas, Fujinaga: IEEE Trans. PAMI
30, 2008): only where the ink across a rule is no longer than the rule is thick; what is longer is a stroke
that crosses it, and stays whole.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.legacy.thin_lines import ThinLine

DARKER = 1.35  # times the rule's contrast; such ink is a pen's

_BROADEST = 10  # pixels, of a print's rules; close to broader ones nobody writes
# Times the thickness:
_CROSSING = 1.6  # ink that is longer across the rule belongs to something else
_BRIDGE = 3.0  # a shorter gap in what stands on the rule is left inked
_ARC = 10.0  # likewise, where round strokes touch the rule from one side: the foot of an 8
_SHALLOW = 3  # off the rule, where such a stroke is no more over what is left of its foot

Mask = NDArray[np.uint8]  # (h, w)
Flags = NDArray[np.bool_]
Path = tuple[NDArray[np.intp], NDArray[np.intp]]  # rows, columns


def erase(mask: Mask, contrast: Mask, rules: Sequence[ThinLine]) -> Mask:
    """The mask with the ink of rules across erased where it is no thicker and no darker than they are.

    Args:
        mask: (h, w) 255 where there is ink, else 0.
        contrast: (h, w) how far each pixel stands out from its ground.
        rules: in that picture.
    """
    left = mask.copy()
    by_thickness: dict[int, list[ThinLine]] = {}
    for rule in rules:
        by_thickness.setdefault(max(round(rule.thickness), 1), []).append(rule)
    for thickness, alike in by_thickness.items():
        most = round(_CROSSING * thickness) + 1
        wide = 2 * thickness + 3  # pixels; the rule may waver by half of its thickness
        heights = np.concatenate([rule.knots[:, 1] for rule in alike])
        top = max(int(heights.min()) - wide - most, 0)
        near = slice(top, int(heights.max()) + wide + most + 1)
        level = np.zeros_like(left[near])  # along each rule the most contrast that its own ink has
        for rule in alike:
            points = [np.round(rule.knots - (0, top)).astype(np.int32)]
            cv2.polylines(level, points, False, min(DARKER * rule.sample(contrast), 255), wide)
        ink = left[near]
        thick = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((most + 1, 1), np.uint8))
        pale = cv2.compare(contrast[near], level, cv2.CMP_LE, level)
        thin = np.asarray(cv2.bitwise_and(cv2.subtract(ink, thick, thick), pale), np.uint8)
        erased = _hanging_on(thin, ink, alike, top, thickness) if thickness <= _BROADEST else thin
        ink = np.asarray(cv2.subtract(ink, erased), np.uint8)
        closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, round(_BRIDGE * thickness)), np.uint8))
        ink = np.asarray(cv2.bitwise_or(ink, cv2.bitwise_and(closed, erased, closed)), np.uint8)
        (rows, columns), own = _paths(alike, left.shape, round(_ARC * thickness) + 1)
        _close_arcs(ink, erased, (rows - top, columns), own, thickness)
        left[near] = ink
    return left


def _hanging_on(thin: Mask, ink: Mask, rules: Sequence[ThinLine], top: int, thickness: int) -> Mask:
    """Of thin ink beside rules that which hangs on their paths, up and down; where these are bare, all of it.

    What runs beside a rule with ground between them is writing: the bow of a 3, the stem of a 9.
    """
    path, core = np.zeros_like(thin), np.zeros_like(thin)
    for rule in rules:
        points = [np.round(rule.knots - (0, top)).astype(np.int32)]
        cv2.polylines(path, points, False, 255, 1)
        cv2.polylines(core, points, False, 255, thickness)
    upright = np.ones((2 * thickness + 1, 1), np.uint8)
    bare = cv2.subtract(path, cv2.dilate(cv2.bitwise_and(ink, core), upright))
    reached = cv2.bitwise_and(thin, cv2.bitwise_or(core, cv2.dilate(bare, np.ones((4 * thickness + 3, 1)))))
    for _ in range(round(_CROSSING * thickness)):
        reached = cv2.bitwise_and(thin, cv2.dilate(reached, np.ones((3, 1), np.uint8)))
    return np.asarray(reached, np.uint8)


def _paths(rules: Sequence[ThinLine], shape: tuple[int, ...], apart: int) -> tuple[Path, Flags]:
    """The paths of rules one after the other, and (n,) which of their pixels are a rule's.

    After each rule come `apart` pixels that are none's, so that what is found near one is of its own rule.
    """
    rows, columns = zip(*(rule.path(shape) for rule in rules), strict=True)
    none = np.zeros(apart, np.intp)
    own = np.concatenate([np.arange(len(path) + apart) < len(path) for path in rows])
    down = np.concatenate([part for path in rows for part in (path, none)])
    across = np.concatenate([part for path in columns for part in (path, none)])
    return (down, across), own


def _close_arcs(left: Mask, erased: Mask, path: Path, own: Flags, step: int) -> None:
    """Give back, in place, what was erased of round strokes that touch a rule from one side."""
    rows, columns = path
    off = np.array([-2, 0, 2, *(step * k for k in (-2, -3, 2, 3, -_SHALLOW, _SHALLOW))])
    inked = left[np.clip(rows + off[:, None], 0, len(left) - 1), columns] > 0  # along the rules, beside them
    inked &= own
    parts = np.split(inked, (3, 5, 7))
    standing, above, below, steep = (np.asarray(near.any(axis=0)) for near in parts)
    edges = np.flatnonzero(np.diff(standing))
    last, end = edges[:-1], edges[1:]
    narrow = ~standing[end] & (end - last <= _ARC * step)
    last, end = last[narrow], end[narrow]
    if not len(last):
        return
    over = _any(steep, last - 1, end + 3)  # a foot that stands upright, or one beside it
    sides = np.stack([above, below])
    before, after = _any(sides, last - 3 * step, last + 1), _any(sides, end + 1, end + 1 + 3 * step)
    one_sided = before & after & ~(before | after)[::-1]  # both strokes on one side, neither on the other
    closed = ~over & one_sided.any(axis=0)
    reach = np.zeros(len(columns), bool)
    for start, stop in zip(last[closed] + 1 - 2 * step, end[closed] + 1 + 2 * step, strict=True):
        reach[max(start, 0) : stop] = True
    at = np.flatnonzero(reach & own)
    across = rows[at] + np.arange(-2 * step, 2 * step + 1)[:, None]
    where = np.clip(across, 0, len(left) - 1), columns[at]
    left[where] |= erased[where]


def _any(flags: Flags, first: NDArray[np.intp], stop: NDArray[np.intp]) -> Flags:
    """(..., m) whether one of the flags (..., n) is set from each `first` up to `stop`, not included."""
    before = np.zeros((*flags.shape[:-1], flags.shape[-1] + 1), np.intp)
    flags.cumsum(axis=-1, out=before[..., 1:])
    first, stop = np.clip([first, stop], 0, flags.shape[-1])
    return np.asarray(before[..., stop] > before[..., first])
