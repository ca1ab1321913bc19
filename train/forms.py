"""The forms of handwritten digits, as the curves that a pen follows."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2): x to the right and y down

# In per cent of the digit's height, x to the right and y down, in the order in which they are written:
# points that the pen passes, `!` where it turns sharply, `|` where it is lifted.
FORMS: Mapping[str, Mapping[str, str]] = {
    "0": {
        "round": "46 2, 22 12, 6 45, 14 85, 36 99, 60 84, 68 48, 58 12, 42 2",
        "narrow": "28 1, 12 14, 4 50, 11 87, 26 99, 41 86, 47 50, 40 13, 25 2",
    },
    "1": {
        "plain": "12 0, 10 50, 8 100",
        "flagged": "0 27, 14 15, 26 0!, 25 50, 24 100",
        "long flag": "0 48, 18 24, 34 0!, 33 50, 32 100",
        "footed": "2 24, 14 14, 26 0!, 25 50, 24 99 | 2 100, 24 99, 46 99",
    },
    "2": {
        "plain": "4 24, 14 6, 36 0, 55 11, 56 32, 40 58, 18 82, 2 98!, 62 97",
        "looped": "4 22, 16 5, 38 1, 56 14, 53 37, 36 65, 14 92, 2 94, 5 81, 18 80, 36 93, 52 98, 68 88",
        "swan": "6 20, 24 1, 50 8, 54 32, 34 62, 6 94!, 22 89, 44 98, 64 92",
    },
    "3": {
        "round": "5 14, 24 1, 47 5, 54 22, 44 40, 22 47!, 47 51, 60 69, 51 91, 27 100, 3 90",
        "flat": "6 3, 30 3, 56 1!, 40 21, 24 41!, 47 47, 60 69, 50 92, 26 100, 3 90",
    },
    "4": {
        "open": "18 0, 11 30, 3 61!, 34 61, 68 59 | 54 12, 50 55, 48 100",
        "closed": "52 0, 27 34, 2 67!, 36 67, 72 65 | 52 0, 50 50, 48 100",
        "half open": "42 0, 22 32, 2 65!, 36 65, 72 63 | 54 34, 50 100",
    },
    "5": {
        "hat": "13 2, 9 24, 7 45!, 25 37, 48 43, 60 65, 50 91, 26 100, 2 92 | 13 3, 34 3, 60 1",
        "single": "60 1, 36 3, 14 4!, 10 23, 8 44!, 28 37, 50 44, 59 66, 48 91, 24 100, 2 92",
    },
    "6": {
        "plain": "48 0, 27 20, 10 48, 5 76, 18 98, 42 98, 56 80, 48 60, 28 56, 9 69",
        "curly": "54 9, 41 1, 20 17, 6 52, 8 84, 28 100, 50 92, 57 73, 43 58, 22 62, 9 79",
    },
    "7": {
        "plain": "2 4, 30 4, 60 2!, 41 42, 26 100",
        "hooked": "2 18, 4 3!, 32 5, 60 2!, 41 42, 28 100",
        "crossed": "2 4, 30 4, 60 2!, 41 42, 26 100 | 14 51, 36 50, 58 48",
    },
    "8": {
        "loop": (
            "50 13, 31 1, 11 11, 14 31, 34 48, 54 70, 50 92, 29 100, 7 90, 8 70, 31 47, 51 28, 51 13, 40 3"
        ),
        "circles": (
            "30 46, 12 36, 10 13, 30 1, 50 12, 48 36, 30 46 | 30 46, 8 61, 6 88, 30 100, 54 88, 52 61, 30 46"
        ),
    },
    "9": {
        "curved": "53 20, 37 1, 13 7, 4 29, 16 48, 38 44, 53 19, 55 34, 52 62, 41 91, 18 100, 3 92",
        "straight": "52 15, 33 1, 11 9, 4 31, 18 48, 40 41, 53 10!, 51 55, 47 100",
    },
}

_STEPS = 8  # points of a curve between two control points


def control_points(form: str) -> list[tuple[Points, list[int]]]:
    """The strokes of a form: control points (n, 2) in heights, and which of them are corners."""
    strokes = []
    for stroke in form.split("|"):
        points = stroke.split(",")
        corners = [i for i, point in enumerate(points) if point.endswith("!")]
        strokes.append((np.array([point.strip(" !").split() for point in points], float) / 100, corners))
    return strokes


def spline(points: Points, corners: Sequence[int]) -> Points:
    """A curve, (m, 2), through control points (n, 2): smooth but for the corners."""
    ends = [0, *corners, len(points) - 1]
    pieces = [_catmull_rom(points[start : end + 1]) for start, end in pairwise(ends)]
    return np.concatenate([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _catmull_rom(points: Points) -> Points:
    """The curve through control points without corners; its ends are mirrored to have a direction there."""
    padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = np.linspace(0, 1, _STEPS, endpoint=False)[:, None, None]
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    )
    return np.vstack([curve.transpose(1, 0, 2).reshape(-1, 2), points[-1:]])
