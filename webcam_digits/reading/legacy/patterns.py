"""What stands in a pattern: holes of a binding, studs, keys, bars of a grille look like rows of 0 and 1."""

import numpy as np
from numpy.typing import NDArray

MOST_ASKED = 150  # a frame

_LEAST = 5  # things in a row
_ALIKE = 0.07  # of the longer side, but a pixel at least: nobody writes five digits so alike, so evenly
_FAR = 4.0  # times the longer side; the next one is no further away
_IN_LINE = 0.5  # of the height; a digit of another kind that is no further off makes a row a number, as 10000
_WAYS = 4  # that a row may go on from one thing: to its neighbours right, left, above and below


def patterned(boxes: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which things stand in a row of equal ones, equally far from each other, or by one, and in no number.

    Args:
        boxes: (n, 4) x, y, width, height.
        labels: (n,) what each is most like.

    Returns:
        (n,); of more than MOST_ASKED nothing is said.
    """
    found = np.zeros(len(boxes), bool)
    if not _LEAST <= len(boxes) <= MOST_ASKED:
        return found
    middles, sizes = boxes[:, :2] + boxes[:, 2:] / 2, boxes[:, 2:]
    off = np.maximum(_ALIKE * sizes.max(axis=1), 1)
    alike = (np.abs(sizes[:, None] - sizes) <= off[:, None, None]).all(axis=2)
    alike &= labels[:, None] == labels
    apart = np.linalg.norm(middles[:, None] - middles, axis=2)
    near = alike & (apart > off) & (apart < _FAR * sizes.max(axis=1)[:, None])
    nearest = np.argsort(np.where(near, apart, np.inf), axis=1, kind="stable")[:, :_WAYS]
    rows = np.stack([np.repeat(np.arange(len(boxes)), nearest.shape[1]), nearest.ravel()], axis=1)
    rows = rows[near[rows[:, 0], rows[:, 1]]]
    while len(rows) and rows.shape[1] < _LEAST:  # each row with the next thing, where there is one
        before, last = rows[:, -2:].T
        away = np.abs(middles - (2 * middles[last] - middles[before])[:, None]).max(axis=2)
        following = np.where(alike[last], away, np.inf).argmin(axis=1)
        goes_on = alike[last, following] & (away[np.arange(len(rows)), following] <= off[last])
        rows = np.column_stack([rows, following])[goes_on]
    found[rows] = True
    found |= (near & found).any(axis=1)  # what stands by it is part of it
    high = sizes[:, 1]
    in_line = np.abs(middles[:, None, 1] - middles[:, 1]) < _IN_LINE * high
    spared = found & ((labels[:, None] != labels) & in_line & (apart < _FAR * high)).any(axis=1)
    spreading = near & found & found[:, None]
    while (more := spared | (spreading & spared).any(axis=1) & found).sum() > spared.sum():
        spared = more
    return np.asarray(found & ~spared)
