"""Streams by their URLs: live ones, snapshots that change, and video files on servers."""

import logging
import threading

import cv2

from webcam_digits.errors import SourceError, UsageError
from webcam_digits.logs import masked
from webcam_digits.sources.capture import OPEN_TIMEOUT, READ_TIMEOUT, Opened, codec, read_image
from webcam_digits.sources.reconnecting import LiveSource
from webcam_digits.sources.source import Source
from webcam_digits.sources.video import FileSource

logger = logging.getLogger(__name__)

SCHEMES = ("http://", "https://", "rtsp://", "rtsps://", "rtmp://", "udp://")
_IMAGES = (".jpg", ".jpeg", ".png")
_QUIET = 1.0  # seconds that a stream is waited for without a message


def open_stream(
    url: str, *, reconnect: float = 0.0, loop: bool = False, timeout: float | None = None
) -> Source:
    """Open a stream, or a video file on a server.

    Args:
        url: with one of the schemes http, https, rtsp, rtsps, rtmp and udp.
        reconnect: seconds that a stream may be away, after which it is lost.
        loop: begin a file again at its end.
        timeout: seconds that it is waited for until it opens; at most, and by default, 15.

    Raises:
        SourceError: it does not answer in time, or is not a video.
        UsageError: it is live and is to loop.
    """
    if not url.lower().startswith(SCHEMES):
        raise SourceError(f"{masked(url)} cannot be read: give a file, or a URL with {' '.join(SCHEMES)}")
    opened = _wait_for(url, timeout)
    # What states a length is a file on a server, read like one, whole and in order; but for a snapshot.
    if opened.capture.get(cv2.CAP_PROP_FRAME_COUNT) > 1:
        return FileSource(opened, (lambda: _open(url)) if loop else None, remote=True)
    if loop:
        opened.capture.release()
        raise UsageError(f"{masked(url)} has no end and cannot loop: leave out --loop")
    snapshots = url.lower().startswith("http")
    return LiveSource(opened, lambda: _open(url), reconnect=reconnect, snapshots=snapshots)


def _wait_for(url: str, timeout: float | None) -> Opened:
    """Open a stream on a thread of its own, so that a server that does not answer can be interrupted."""
    opened: list[Opened | SourceError] = []

    def connect() -> None:
        try:
            opened.append(_open(url))
        except SourceError as error:
            opened.append(error)

    thread = threading.Thread(target=connect, name="connect", daemon=True)
    thread.start()
    patience = OPEN_TIMEOUT + READ_TIMEOUT
    if timeout is not None:
        patience = min(patience, timeout)
    thread.join(min(_QUIET, patience))
    if thread.is_alive() and patience > _QUIET:
        logger.info("opening %s ...", masked(url))
        thread.join(patience - _QUIET)
    if not opened:
        raise SourceError(f"{masked(url)} does not answer: check the address and the network")
    if isinstance(opened[0], SourceError):
        raise opened[0]
    return opened[0]


def _open(url: str) -> Opened:
    parameters = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(OPEN_TIMEOUT * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(READ_TIMEOUT * 1000)),
        *(cv2.CAP_PROP_N_THREADS, 1),  # each further thread would delay the picture by a frame
    ]
    # By its name FFmpeg would take an image for a file, and fail where the server does not state its length.
    address = f"{url}#" if url.lower().endswith(_IMAGES) else url
    capture = cv2.VideoCapture(address, cv2.CAP_FFMPEG, parameters)
    first = read_image(capture)
    if first is None:
        coding = codec(capture)
        capture.release()
        if coding == "AV1":
            raise SourceError(f"{masked(url)} is AV1, which OpenCV cannot decode here: have it sent as H.264")
        raise SourceError(
            f"{masked(url)} cannot be opened: check address and network, and that it is a video"
        )
    return Opened(capture, first, masked(url))
