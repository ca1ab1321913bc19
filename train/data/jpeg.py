"""Pictures that an archive holds coded, as JPEG: photographs of dark ink on light paper among them."""

import itertools
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DataError


def decode(path: Path, coded: NDArray[Any], offsets: NDArray[Any]) -> list[NDArray[np.uint8]]:
    """The pictures, (h, w) and white ink on black.

    Args:
        path: of the archive, for messages.
        coded: of bytes, all files one after the other.
        offsets: (n + 1,) where each begins, and the end of the last.

    Raises:
        DataError: where one cannot be decoded.
    """
    if coded.dtype != np.uint8 or offsets.ndim != 1 or not np.issubdtype(offsets.dtype, np.integer):
        raise DataError(f"{path}: jpeg must be bytes, and offsets whole numbers")
    pictures = []
    for index, (start, end) in enumerate(itertools.pairwise(offsets)):
        picture = cv2.imdecode(coded[start:end], cv2.IMREAD_GRAYSCALE) if start < end else None
        if picture is None:
            raise DataError(f"{path}: picture {index} cannot be decoded")
        pictures.append(_white_on_black(np.asarray(picture, np.uint8)))
    return pictures


def _white_on_black(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of dark ink on light paper the largest connected piece; what is on black already, as it is."""
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    if np.median(border) < 128:
        return picture
    _, mask = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()) if len(stats) > 1 else 0
    return np.where(mask & (labels == largest), 255 - picture, 0).astype(np.uint8)
