"""Ink -> detections: a picture is looked at window by window, from the largest writing to the smallest.

What is a part of a digit that was found so far is not looked at again. So gaps and stroke ends of large
digits, which look like ink in large copies of the picture, cost little. What is in doubt in the end is looked
at twice more, and counts as it is seen on average.
"""

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.boxes import Boxes, areas, intersections, together
from webcam_digits.reading.decode import NOTHING, Detections, decode
from webcam_digits.reading.detector import Detector, prepare
from webcam_digits.reading.ink import Ink
from webcam_digits.reading.regions import Regions, Window, find_windows, fitting, scales_of
from webcam_digits.types import Image

_LEAST = 0.05  # confidence of the detector; what is less likely is not looked at again
_MOST = 300  # detections that are; bounds the work
_MOST_WINDOWS = 400  # likewise
_DOUBTFUL = 0.9  # confidence; what is less likely is looked at again,
_AGAIN = 1.19, 0.84  # times as large: a network sees the same digit a little otherwise each time
_SURE = 0.97  # confidence of a digit whose parts are not looked at
_PART = 0.7  # of its height; a part is no higher
_WITHIN = 0.8  # of a part's box, in the digit's
_EDGE = 1.0  # pixels; a box as near to where a window is cut from the picture is of a part of a digit


def search(ink: Ink, levels: Sequence[Image], detector: Detector, most: int) -> tuple[Regions, Detections]:
    """Where the detector looked in a picture, and what it found.

    Args:
        ink: of the picture.
        levels: the picture and its smaller copies, as `ink.pyramid` makes them.
        detector: that looks.
        most: pixels of all windows together. Where there is more ink, the smallest is left out, and of one
            size the faintest; and what is in doubt is looked at only once.

    Returns:
        The windows; and the digits in pixels of the picture, one a place, the likeliest 300 at most.
    """
    looker = _Looker(levels, detector, most)
    boxes = np.concatenate([pieces.boxes for pieces in ink.pieces])
    strengths = np.concatenate([pieces.strengths for pieces in ink.pieces])
    parts = [NOTHING]
    for scale in scales_of(looker.size) if len(boxes) else ():
        sure = np.concatenate([part.boxes[part.confidences >= _SURE] for part in parts])
        here = fitting(boxes, scale)
        here = here[~_are_parts(boxes[here], sure)]
        parts += looker.look(boxes[here], strengths[here], scale)
    crowded = looker.crowded
    looks = [Detections.joined(parts)[np.s_[:_MOST]]]
    doubtful = looks[0][looks[0].confidences < _DOUBTFUL]
    seen = []
    for zoom in _AGAIN:
        parts, before = [NOTHING], len(looker.looked)
        for scale in scales_of(looker.size) if len(doubtful.boxes) else ():
            here = fitting(doubtful.boxes, scale)
            parts += looker.look(doubtful.boxes[here], doubtful.confidences[here], scale * zoom)
        looks.append(Detections.joined(parts))
        seen.append(looker.looked[before:])
    found = Detections.joined(looks)
    covered = [_covered(found.boxes, windows, detector.heights) for windows in seen]
    found = found.averaged(looks, np.array([np.ones(len(found.boxes), bool), *covered]))
    return Regions(tuple(looker.looked), crowded), found[np.s_[:_MOST]]


class _Looker:
    """Runs the detector on windows of a picture, until so many pixels of them were looked at."""

    def __init__(self, levels: Sequence[Image], detector: Detector, most: int) -> None:
        self.size = levels[0].shape[1], levels[0].shape[0]
        self.looked: list[Window] = []
        self.crowded = False
        self._levels = levels
        self._detector = detector
        self._left = most

    def look(self, boxes: Boxes, strengths: NDArray[np.float32], scale: float) -> list[Detections]:
        """What is found around boxes in pixels of the picture, the strongest first."""
        found = []
        detector = self._detector
        for window in find_windows(boxes, strengths, scale, self.size) if len(boxes) else ():
            if window.area > self._left or len(self.looked) == _MOST_WINDOWS:
                self.crowded = True
                continue
            self._left -= window.area
            self.looked.append(window)
            maps = detector(prepare(cut_out(window, self._levels))[None])
            seen = decode(maps, 0, temperature=detector.temperature, least=_LEAST)
            found.append(put_back(seen, window, self.size, detector.heights))
        return found


def _covered(boxes: Boxes, windows: Sequence[Window], heights: tuple[float, float]) -> NDArray[np.bool_]:
    """Which of (n, 4) boxes could have been found in one of the windows."""
    covered = np.zeros(len(boxes), bool)
    for window in windows:
        high = (boxes[:, 3] - boxes[:, 1]) * window.scale
        left, top = window.x / window.scale, window.y / window.scale
        right, bottom = left + window.width / window.scale, top + window.height / window.scale
        within = (boxes[:, :2] > (left, top)).all(axis=1) & (boxes[:, 2:] < (right, bottom)).all(axis=1)
        covered |= within & (high >= heights[0]) & (high <= heights[1])
    return covered


def _are_parts(boxes: Boxes, digits: Boxes) -> NDArray[np.bool_]:
    """Which of (n, 4) boxes of ink are of a part of one of (m, 4) digits."""
    parts = np.zeros(len(boxes), bool)
    for own, near in together(digits, boxes):
        whole, ink = digits[own], boxes[near]
        inside = intersections(ink, whole) >= _WITHIN * areas(ink)[:, None]
        smaller = (ink[:, 3] - ink[:, 1])[:, None] <= _PART * (whole[:, 3] - whole[:, 1])
        parts[near] |= (inside & smaller).any(axis=1)
    return parts


def cut_out(window: Window, levels: Sequence[Image]) -> Image:
    """(height, width, 3) the pixels of a window; beyond the picture's edges these go on."""
    at = min(max(round(-math.log2(window.scale)), 0), len(levels) - 1)
    level, zoom = levels[at], window.scale * 2**at
    sides = window.x, window.y, window.x + window.width, window.y + window.height
    left, top = (math.floor(side / zoom) for side in sides[:2])
    right, bottom = (math.ceil(side / zoom) for side in sides[2:])
    height, width = level.shape[:2]
    x, y = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    end, foot = max(min(right, width), x + 1), max(min(bottom, height), y + 1)
    beyond = max(y - top, 0), max(bottom - foot, 0), max(x - left, 0), max(right - end, 0)
    cut = cv2.copyMakeBorder(level[y:foot, x:end], *beyond, cv2.BORDER_REPLICATE)
    size = window.width, window.height
    if cut.shape[1::-1] == size:
        return np.asarray(cut, np.uint8)
    start = (0.5 + window.x) / zoom - left - 0.5, (0.5 + window.y) / zoom - top - 0.5  # of the first pixel
    back = np.array([[1 / zoom, 0, start[0]], [0, 1 / zoom, start[1]]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(cut, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def put_back(
    found: Detections, window: Window, size: tuple[int, int], heights: tuple[float, float]
) -> Detections:
    """The digits of a window, in pixels of the picture.

    Args:
        found: in pixels of the window.
        window: of the picture.
        size: the picture's width and height in pixels.
        heights: least and most pixels of the window; lower and higher digits are left out.
    """
    left, top, right, bottom = found.boxes.T
    kept = (right > left) & (bottom - top >= heights[0]) & (bottom - top <= heights[1])
    x, y = (left + right) / 2 + window.x, (top + bottom) / 2 + window.y  # windows reach beyond the picture
    kept &= (x > 0) & (y > 0) & (x < window.scale * size[0]) & (y < window.scale * size[1])
    # At an edge that is not the picture's a digit is cut, and whole in another window.
    kept &= (left >= _EDGE) | (window.x <= 0)
    kept &= (top >= _EDGE) | (window.y <= 0)
    kept &= (right <= window.width - _EDGE) | (window.x + window.width >= window.scale * size[0])
    kept &= (bottom <= window.height - _EDGE) | (window.y + window.height >= window.scale * size[1])
    found = found[kept]
    origin = np.array([window.x, window.y, window.x, window.y], np.float32)
    boxes = (found.boxes + origin) / np.float32(window.scale)
    return Detections(boxes, found.confidences, found.classes, found.qualities)
