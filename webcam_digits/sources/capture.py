"""OpenCV's captures, and what comes out of them made plain."""

import logging
import math
import time
from dataclasses import dataclass

import cv2
import numpy as np

from webcam_digits.types import Image

logger = logging.getLogger(__name__)

OPEN_TIMEOUT = 10.0  # seconds that a stream has to answer
READ_TIMEOUT = 5.0  # seconds that a camera's or stream's read waits; the package sets the same for V4L2
ATTEMPTS = 5  # of a camera or stream to give a picture: one broken picture is no loss yet ...
PATIENCE = 1.0  # ... but waiting longer than this, in seconds, is
_RETRY_PAUSE = 0.02  # seconds between attempts
_USUAL_FPS = 30.0


@dataclass(frozen=True, slots=True)
class Opened:
    """A camera or stream that has been opened.

    Attributes:
        capture: to read on from.
        first: (h, w, 3) uint8 BGR, the picture that has been read.
        name: as shown to users; of a camera with its number.
    """

    capture: cv2.VideoCapture
    first: Image
    name: str

    @property
    def fps(self) -> float:
        """Frames a second, as far as they can be believed."""
        return plausible_fps(self.capture.get(cv2.CAP_PROP_FPS))


def plausible_fps(fps: float) -> float:
    """`fps` where a camera or file may mean it, else 30; drivers return 0, NaN and worse."""
    return fps if math.isfinite(fps) and 1 <= fps <= 240 else _USUAL_FPS


def codec(capture: cv2.VideoCapture) -> str:
    """What the pictures are coded in, such as "h264" or "AV1"; "" where that is unknown."""
    code = max(int(capture.get(cv2.CAP_PROP_FOURCC)), 0) & 0xFFFFFFFF
    name = code.to_bytes(4, "little").decode("ascii", "replace").strip(" \0")
    return {"AV01": "AV1"}.get(name.upper(), name)


def read_image(capture: cv2.VideoCapture, attempts: int = 1) -> Image | None:
    """The next picture, (h, w, 3) uint8; None where none came in so many attempts."""
    start = time.perf_counter()
    for attempt in range(attempts):
        if attempt:
            time.sleep(_RETRY_PAUSE)
        try:
            good, image = capture.read()
        except cv2.error as error:  # some backends raise for what others return False
            logger.debug("%s", error)
            return None
        if good and image is not None and image.size:
            return np.asarray(image if image.ndim == 3 else cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
        if not capture.isOpened() or time.perf_counter() - start > PATIENCE:
            return None
    return None
