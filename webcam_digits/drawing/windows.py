"""Where the detector looked."""

from collections.abc import Sequence

import cv2
import numpy as np

from webcam_digits.drawing.canvas import Colour
from webcam_digits.reading.regions import Window
from webcam_digits.types import Image

_LINE = np.ones((3, 3), np.uint8)


def outline_windows(
    image: Image, windows: Sequence[Window], zoom: float, colour: Colour, stroke: int = 1
) -> None:
    """Draw around what was looked at, in place.

    Windows of one scale overlap, and many reach over the picture's edges: drawn is the edge of what all
    windows of a scale cover together, where that lies in the picture.

    Args:
        image: (h, w, 3) uint8, the picture, `zoom` times as large as it was read.
        windows: of the picture.
        zoom: see above.
        colour: of the lines.
        stroke: their thickness in pixels.
    """
    for scale in {window.scale for window in windows}:
        covered = np.zeros(image.shape[:2], np.uint8)
        for window in windows:
            if window.scale == scale:
                sides = window.x, window.y, window.x + window.width, window.y + window.height
                left, top, right, bottom = (max(round(side * zoom / scale), 0) for side in sides)
                covered[top:bottom, left:right] = 1
        image[covered > cv2.erode(covered, _LINE, iterations=stroke)] = colour
