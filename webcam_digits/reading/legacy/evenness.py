"""What a candidate stands on: ink lies on a ground that is far more even than the ink is strong.

Shading, the edge of an object or of a sheet, cloth and wood make strokes of their own, but the picture is as
uneven beside them as across them.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.legacy.regions import Regions
from webcam_digits.reading.legacy.tilt import Upright

MOST_ASKED = 150  # regions a frame, or a page of lone signs takes too long

_MOST_SIDE = 96  # pixels; of a larger candidate every second one, or third, ... is looked at
_BLURRED = 0.5  # stroke widths; how far the edge of a stroke reaches
_BESIDE = 1.5  # stroke widths; the ground between the two is looked at,
_LEAST_BESIDE = 2  # at least so many of the pixels
_LEAST_GROUND = 8  # pixels; fewer do not tell

# Measured on scenes, over the ink's depth: beside ink the unevenness has a median of 0.06, and in one case of
# a hundred 0.4; beside what is none, a median of 0.33. Both fall off about exponentially from there.
_AS_LIKELY = 0.14  # beside the one as beside the other
_SLOPE = 14.0  # log-odds by which more speaks against ink, and
MOST_DOUBT = 3.5  # at most, as there is ink across a shadow's edge, too


def doubt(
    picture: NDArray[np.uint8] | Upright,
    marked: NDArray[np.uint8],
    regions: Regions,
    which: Sequence[int],
) -> NDArray[np.float64]:
    """How much the ground beside some regions speaks against their being ink.

    Args:
        picture: (h, w) grey or (h, w, 3) BGR, in which they were found.
        marked: (h, w) uint8, 255 where it is no bare ground.
        regions: the candidates.
        which: k of them.

    Returns:
        (k,) what to take off their log-odds, 0..MOST_DOUBT.
    """
    uneven = np.array([_unevenness(picture, marked, regions, i) for i in which], np.float64)
    return np.clip(_SLOPE * (uneven - _AS_LIKELY), 0, MOST_DOUBT)


def _unevenness(
    picture: NDArray[np.uint8] | Upright, marked: NDArray[np.uint8], regions: Regions, i: int
) -> float:
    """The ground's root mean square distance from its median colour, over that of the ink's median from it.

    It is 0 where there is too little ground in sight.
    """
    x, y, width, height = regions.boxes[i].tolist()
    stroke = float(regions.strokes.widths[list(regions.members[i])].mean())
    step = -(-max(width, height) // _MOST_SIDE)
    nearest = max(_BLURRED * stroke, step)
    furthest = max(_BESIDE * stroke, nearest + _LEAST_BESIDE * step)
    margin = round(furthest) + 1
    rows = slice(max(y - margin, 0), y + height + margin)
    columns = slice(max(x - margin, 0), x + width + margin)
    own = np.zeros_like(marked[rows, columns])
    own[y - rows.start :, x - columns.start :][:height, :width] = regions.inks[i]
    colours = picture[rows.start : rows.stop : step, columns.start : columns.stop : step]
    colours = colours.reshape(*colours.shape[:2], -1).astype(np.float32)
    away, from_marks = _distance(own, step), _distance(marked[rows, columns], step)
    bare = (away <= furthest) & (away > nearest) & (from_marks > nearest)
    ground, inked = colours[bare], colours[own[::step, ::step] == 255]
    if len(ground) < _LEAST_GROUND or not len(inked):
        return 0.0
    depth = float(np.linalg.norm(_median(inked) - _median(ground)))
    places = np.column_stack([*np.nonzero(bare), np.ones(len(ground))])
    slope = np.linalg.lstsq(places.T @ places, places.T @ ground, rcond=None)[0]  # of the light
    uneven = np.square(ground - places @ slope).sum(axis=1).mean()
    return float(np.sqrt(uneven)) / max(depth, 1.0)


def _median(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of (n, channels), as NumPy's, in a quarter of its time for so few."""
    middle = [(len(colours) - 1) // 2, len(colours) // 2]
    return np.asarray(np.partition(colours, middle, axis=0)[middle].mean(axis=0))


def _distance(ink: NDArray[np.uint8], step: int) -> NDArray[np.float32]:
    """From every `step`-th pixel to the nearest ink, in pixels."""
    size = -(-ink.shape[1] // step), -(-ink.shape[0] // step)
    coarse = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA) if step > 1 else ink)
    outside = (coarse < 128 // step).astype(np.uint8)  # a thin stroke fills a part of a coarse pixel
    away = np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_3), np.float32)
    return np.asarray(
        step * np.minimum(away, sum(size)), np.float32
    )  # it is beyond all numbers where there is no ink
