"""Smaller pictures, fast and without aliasing."""

import cv2
import numpy as np
from numpy.typing import NDArray


def fitted(image: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    """The image with no side longer than `longest` pixels: itself, or a smaller copy of at least 1x1.

    It is halved as often as that goes, which is fast.
    """
    height, width = image.shape[:2]
    scale = max(height, width) / longest
    if scale <= 1:
        return image
    size = max(round(width / scale), 1), max(round(height / scale), 1)
    while image.shape[1] >= 2 * size[0] and image.shape[0] >= 2 * size[1]:
        height, width = image.shape[0] // 2, image.shape[1] // 2
        halves = cv2.resize(image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
        image = np.asarray(halves, np.uint8)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
