"""Where frames come from: a camera, a video file or a stream is opened here."""

import logging
import sys
import threading
from pathlib import Path
from time import monotonic

import cv2

from webcam_digits.errors import SourceError
from webcam_digits.logs import masked
from webcam_digits.sources.capture import ATTEMPTS, OPEN_TIMEOUT, READ_TIMEOUT, Opened, read_image
from webcam_digits.sources.devices import Whereabouts, explain_failure, obstacle, quicker_as_mjpeg
from webcam_digits.sources.reconnecting import LiveSource
from webcam_digits.sources.source import Frame, Source
from webcam_digits.sources.video import FileSource, open_file

__all__ = ["Frame", "Source", "open_camera", "open_video"]

logger = logging.getLogger(__name__)

_STREAMS = ("http://", "https://", "rtsp://", "rtsps://", "rtmp://", "udp://")
_WARM_UP = 0.3  # seconds in which a camera finds its exposure
_UNTOLD = 1.0  # seconds that a stream is waited for without a word


def open_camera(
    index: int, size: tuple[int, int] | None = None, fps: float | None = None, *, reconnect: float = 0.0
) -> Source:
    """Open a camera.

    On macOS this must happen on the main thread, where the system asks for permission. A camera that comes
    back is opened on another thread, when nothing has to be asked any more.

    Args:
        index: its number, from 0.
        size: the width and height to ask for; the camera may choose others.
        fps: the frames a second to ask for; the camera may choose others.
        reconnect: seconds that it may be away, after which it is lost.

    Raises:
        SourceError: there is no such camera, it is busy, or it gives no picture.
    """
    whereabouts = Whereabouts(index)
    opened = _open_camera(index, size, fps)
    given = opened.first.shape[1], opened.first.shape[0]
    if size and size != given:
        logger.info("camera %d gives %dx%d instead of %dx%d", index, *given, *size)

    def again() -> Opened:
        return _open_camera(whereabouts.find(), size, fps)

    return LiveSource(opened, again, reconnect=reconnect, warm_up=_WARM_UP, asked_fps=fps)


def open_video(
    location: str | Path,
    name: str | None = None,
    *,
    reconnect: float = 0.0,
    deadline: float | None = None,
) -> Source:
    """Open a video file, or a stream by its URL.

    Args:
        location: the file or URL.
        name: for people, in the place of the file's own.
        reconnect: seconds that a stream may be away, after which it is lost.
        deadline: when a stream is waited for no longer, as `monotonic` tells the time.

    Raises:
        SourceError: there is no such file or stream, it does not answer in time, or it holds no video.
    """
    url = str(location)
    if "://" not in url:
        return FileSource(open_file(url, name))
    if not url.lower().startswith(_STREAMS):
        raise SourceError(
            f"{masked(url)} is of no kind that can be read: give {' '.join(_STREAMS)} or a file"
        )
    opened = _wait_for_stream(url, deadline)
    # What states a length is a file on a server: it is read like one, whole and in order.
    if opened.capture.get(cv2.CAP_PROP_FRAME_COUNT) >= 1:
        return FileSource(opened)
    return LiveSource(opened, lambda: _open_stream(url), reconnect=reconnect)


def _open_camera(index: int, size: tuple[int, int] | None, fps: float | None) -> Opened:
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


def _wait_for_stream(url: str, deadline: float | None) -> Opened:
    """Open a stream on a thread of its own, so that a server that does not answer can be interrupted."""
    opened: list[Opened | SourceError] = []

    def connect() -> None:
        try:
            opened.append(_open_stream(url))
        except SourceError as error:
            opened.append(error)

    thread = threading.Thread(target=connect, name="connect", daemon=True)
    thread.start()
    patience = OPEN_TIMEOUT + READ_TIMEOUT
    if deadline is not None:
        patience = min(patience, max(deadline - monotonic(), 0))
    thread.join(min(_UNTOLD, patience))
    if thread.is_alive() and patience > _UNTOLD:
        logger.info("opening %s ...", masked(url))
        thread.join(patience - _UNTOLD)
    if not opened:
        raise SourceError(f"{masked(url)} does not answer: check the address and the network")
    if isinstance(opened[0], SourceError):
        raise opened[0]
    return opened[0]


def _open_stream(url: str) -> Opened:
    parameters = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(OPEN_TIMEOUT * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(READ_TIMEOUT * 1000)),
        *(cv2.CAP_PROP_N_THREADS, 1),  # each further thread would delay the picture by a frame
    ]
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, parameters)
    first = read_image(capture)
    if first is None:
        capture.release()
        raise SourceError(
            f"{masked(url)} cannot be opened: check address and network, and that it is a video"
        )
    return Opened(capture, first, masked(url))
