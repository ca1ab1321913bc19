"""Cameras: opened by their numbers, with the size and rate that were asked for."""

import logging
import sys

import cv2

from webcam_digits.errors import SourceError
from webcam_digits.sources.capture import ATTEMPTS, Opened, read_image
from webcam_digits.sources.devices import CameraFinder, explain_failure, obstacle, quicker_as_mjpeg
from webcam_digits.sources.reconnecting import LiveSource
from webcam_digits.sources.source import Source

logger = logging.getLogger(__name__)

_WARM_UP = 0.3  # seconds in which a camera finds its exposure


def open_camera(
    index: int, size: tuple[int, int] | None = None, fps: float | None = None, *, reconnect: float = 0.0
) -> Source:
    """Open a camera.

    On macOS this must happen on the main thread, where the system asks for permission. A camera that comes
    back is opened on another thread, when nothing has to be asked any more.

    Args:
        index: its number, from 0.
        size: the width and height in pixels to ask for; the camera may choose others.
        fps: the frames a second to ask for; the camera may choose others.
        reconnect: seconds that it may be away, after which it is lost.

    Raises:
        SourceError: there is no such camera, it is busy, or it gives no picture.
    """
    finder = CameraFinder(index)
    opened = _open(index, size, fps)
    given = opened.first.shape[1], opened.first.shape[0]
    if size and size != given:
        logger.info("camera %d gives %dx%d instead of %dx%d", index, *given, *size)

    def reopen() -> Opened:
        return _open(finder.find(), size, fps)

    return LiveSource(opened, reopen, reconnect=reconnect, warm_up=_WARM_UP, asked_fps=fps)


def _open(index: int, size: tuple[int, int] | None, fps: float | None) -> Opened:
    if reason := obstacle(index):  # OpenCV would wait for a busy camera for seconds
        raise SourceError(reason)
    for backend in _backends():
        capture = cv2.VideoCapture(index, backend)
        if quicker_as_mjpeg(index, size, fps):
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        if size:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        if fps:
            capture.set(cv2.CAP_PROP_FPS, fps)
        first = read_image(capture, ATTEMPTS)
        if first is not None:
            return Opened(capture, first, f"camera {index}")
        capture.release()
    raise SourceError(explain_failure(index))


def _backends() -> tuple[int, ...]:
    """The platform's own, by OpenCV's numbers: unnamed, OpenCV would try, and complain about, all it has."""
    if sys.platform == "darwin":
        return (cv2.CAP_AVFOUNDATION,)
    if sys.platform == "win32":
        return cv2.CAP_DSHOW, cv2.CAP_MSMF  # the second takes seconds to open, but knows more cameras
    return (cv2.CAP_V4L2,)
