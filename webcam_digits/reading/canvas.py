"""Windows packed beside each other on one canvas, for one run of the detector, and back again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.decode import Detections, decode
from webcam_digits.reading.detector import MULTIPLE, STRIDE, Maps, prepare
from webcam_digits.reading.regions import Window
from webcam_digits.types import Image

_GAP = 16  # pixels of ground between two windows
_EDGE = 1.0  # pixels; a box as near to where a window is cut from the picture is of a part of a digit


@dataclass(frozen=True, slots=True)
class Canvas:
    """What the detector looks at.

    Attributes:
        prepared: (1, 4, h, w) float32, the windows as `detector.prepare` gives them, 0 between them.
        windows: on it.
        places: left and top of each in pixels of the canvas.
    """

    prepared: NDArray[np.float32]
    windows: tuple[Window, ...]
    places: tuple[tuple[int, int], ...]

    def parts(self, maps: Maps) -> list[tuple[Window, Maps]]:
        """What the detector says of each window."""
        return [(window, self._part(maps, window, place)) for window, place in zip(self.windows, self.places, strict=True)]

    @staticmethod
    def _part(maps: Maps, window: Window, place: tuple[int, int]) -> Maps:
        left, top = (side // STRIDE for side in place)
        part = np.s_[..., top : top + window.height // STRIDE, left : left + window.width // STRIDE]
        return Maps(maps.presence[part], maps.classes[part], maps.distances[part], maps.quality[part])


def lay_out(windows: Sequence[Window], levels: Sequence[Image]) -> Canvas:
    """Pack at least one window of a picture, of which `ink.pyramid` made the levels: high ones first, in shelves."""
    area = sum((window.width + _GAP) * (window.height + _GAP) for window in windows)
    wide = max(max(window.width for window in windows), math.isqrt(area) // MULTIPLE * MULTIPLE)
    ordered = sorted(windows, key=lambda window: -window.height)
    places: list[tuple[int, int]] = []
    x = y = shelf = 0
    for window in ordered:
        if x + window.width > wide:
            x, y, shelf = 0, y + shelf + _GAP, 0
        places.append((x, y))
        x, shelf = x + window.width + _GAP, max(shelf, window.height)
    prepared = np.zeros((1, 4, y + shelf, wide), np.float32)
    for window, (x, y) in zip(ordered, places, strict=True):
        prepared[0, :, y : y + window.height, x : x + window.width] = prepare(_cut(window, levels))
    return Canvas(prepared, tuple(ordered), tuple(places))


def _cut(window: Window, levels: Sequence[Image]) -> Image:
    """(height, width, 3) a window's pixels; beyond the picture's edges these go on."""
    at = min(max(round(-math.log2(window.scale)), 0), len(levels) - 1)
    level, zoom = levels[at], window.scale * 2**at
    sides = window.x, window.y, window.x + window.width, window.y + window.height
    left, top, right, bottom = (round(side / zoom) for side in sides)
    height, width = level.shape[:2]
    x, y = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    end, foot = max(min(right, width), x + 1), max(min(bottom, height), y + 1)
    beyond = max(y - top, 0), max(bottom - foot, 0), max(x - left, 0), max(right - end, 0)
    cut = cv2.copyMakeBorder(level[y:foot, x:end], *beyond, cv2.BORDER_REPLICATE)
    size = window.width, window.height
    return np.asarray(cut if cut.shape[1::-1] == size else cv2.resize(cut, size), np.uint8)


def detections_in(
    window: Window,
    maps: Maps,
    size: tuple[int, int],
    *,
    heights: tuple[float, float],
    temperature: float,
    least: float,
) -> Detections:
    """The digits of one window, in pixels of the picture.

    Args:
        window: of the picture.
        maps: what the detector says of it.
        size: the picture's width and height in pixels.
        heights: least and most pixels of the digits that count.
        temperature: see `decode`.
        least: see `decode`.
    """
    found = decode(maps, 0, temperature=temperature, least=least)
    left, top, right, bottom = found.boxes.T
    kept = (bottom - top >= heights[0]) & (bottom - top <= heights[1])
    # At an edge that is not the picture's a digit is cut, and whole in another window.
    kept &= (left >= _EDGE) | (window.x <= 0)
    kept &= (top >= _EDGE) | (window.y <= 0)
    kept &= (right <= window.width - _EDGE) | (window.x + window.width >= window.scale * size[0])
    kept &= (bottom <= window.height - _EDGE) | (window.y + window.height >= window.scale * size[1])
    found = found[kept]
    origin = np.array([window.x, window.y, window.x, window.y], np.float32)
    boxes = (found.boxes + origin) / np.float32(window.scale)
    return Detections(boxes, found.confidences, found.classes, found.qualities)
