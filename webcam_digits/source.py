"""Where frames come from: a camera, a video file or a stream."""

import logging
import math
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import cv2
import numpy as np

from webcam_digits.cameras import backends, explain_failure
from webcam_digits.errors import SourceError, SourceLostError
from webcam_digits.messages import masked
from webcam_digits.reading import Image

logger = logging.getLogger(__name__)

_STREAMS = ("http://", "https://", "rtsp://", "rtsps://", "rtmp://", "udp://")
_OPEN_TIMEOUT = 10.0  # seconds that a stream has to answer
_READ_TIMEOUT = 5.0  # seconds without a picture after which a stream is lost
_ATTEMPTS = 5  # of a camera or stream to give a picture: one broken picture is no loss yet ...
_RETRY_PAUSE = 0.02  # seconds between them
_PATIENCE = 1.0  # ... but waiting longer than this, in seconds, is
_CLOSE_TIMEOUT = 1.0  # seconds that closing waits for a read in progress
_MOST_DAMAGED = 1000  # pictures of a file that may fail, one after the other, before it counts as ended
_USUAL_FPS = 30.0


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a source.

    Attributes:
        image: (h, w, 3) uint8 BGR; nobody writes into it.
        index: counted from 0; live sources count every frame they delivered, seen or not.
        time: seconds; the clip's own time in a file, else since the first frame. It never runs backwards.
    """

    image: Image
    index: int
    time: float


class Source:
    """Frames one after the other; a context manager that closes the device, and iterable.

    Attributes:
        name: for people; the credentials of a URL are masked.
        live: the source delivers when it likes, so that the newest frame counts; else every frame does.
        fps: frames a second as the source states them; 30 where that is nonsense.
        frame_count: of a file that states it, else None. It may be wrong.
    """

    def __init__(self, capture: cv2.VideoCapture, first: Image, name: str, *, live: bool) -> None:
        """Take over an opened capture, of which the first picture, (h, w, 3) uint8 BGR, has been read."""
        count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
        self.name = name.encode(errors="replace").decode()  # of a file whose name is no text, what is
        self.live = live
        self.fps = plausible_fps(capture.get(cv2.CAP_PROP_FPS))
        self.frame_count = int(count) if not live and 1 <= count < math.inf else None
        self._capture = capture
        self._lock = threading.Lock()  # OpenCV crashes where a capture is closed while it reads
        self._first: Image | None = first
        self._start = time.perf_counter()
        self._index = 0
        self._time = 0.0
        self._damaged = False  # some picture of the file was passed over
        self._ended = False
        logger.debug("%s: %dx%d at %g frames a second", name, first.shape[1], first.shape[0], self.fps)

    def read(self) -> Frame | None:
        """The next frame; None at the end of a file.

        Raises:
            SourceLostError: a camera or stream stopped delivering.
        """
        with self._lock:
            image, self._first = self._first, None
            if image is None:
                image = _read_image(self._capture, _ATTEMPTS) if self.live else self._read_file()
            if image is None:
                if self.live:
                    raise SourceLostError(f"{self.name} stopped giving pictures: check its cable or network")
                return None
            now = time.perf_counter() - self._start if self.live else self._clip_time()
            self._time = max(now, self._time) if self._index else 0.0
            self._index += 1
            return Frame(image, self._index - 1, self._time)

    def _read_file(self) -> Image | None:
        """The next picture of a file, past damaged ones; None at its end."""
        missing = (self.frame_count or 0) - self._index
        for attempt in range(0 if self._ended else min(max(missing, 1), _MOST_DAMAGED)):
            start = time.perf_counter()
            image = _read_image(self._capture)
            if image is not None:
                self._damaged = self._damaged or attempt > 0
                return image
            if time.perf_counter() - start > _PATIENCE:  # a server that no longer answers
                break
        # Some files have their count estimated, from their length.
        if not self._ended and missing > (0 if self._damaged else 1):
            gave = f"{self._index} of {self.frame_count} frames"
            logger.warning("%s is damaged or cut short: it gave %s", self.name, gave)
        self._ended = True
        return None

    def _clip_time(self) -> float:
        """The time that the file gives to the picture read last; by counting where it gives none."""
        stated = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return stated if math.isfinite(stated) and stated > self._time else self._time + 1 / self.fps

    def close(self) -> None:
        """Give the device back. A read that hangs in a driver is left behind after a second."""
        if self._lock.acquire(timeout=_CLOSE_TIMEOUT):
            self._capture.release()
            self._lock.release()

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self.read()) is not None:
            yield frame

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_camera(index: int, size: tuple[int, int] | None = None) -> Source:
    """Open a camera. On macOS this must happen on the main thread.

    Args:
        index: its number, from 0.
        size: the width and height to ask for; the camera may choose others.

    Raises:
        SourceError: there is no such camera, it is busy, or it gives no picture.
    """
    for backend in backends():
        capture = cv2.VideoCapture(index, backend)
        if size:
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        first = _read_image(capture, _ATTEMPTS)
        if first is None:
            capture.release()
            continue
        given = first.shape[1], first.shape[0]
        if size and size != given:
            logger.info("camera %d gives %dx%d instead of %dx%d", index, *given, *size)
        return Source(capture, first, f"camera {index}", live=True)
    raise SourceError(explain_failure(index))


def open_video(location: str | Path, name: str | None = None) -> Source:
    """Open a video file, or a stream by its URL.

    Args:
        location: the file or URL.
        name: for people, in the place of the file's own.

    Raises:
        SourceError: there is no such file or stream, or it holds no video.
    """
    url = str(location)
    if "://" not in url:
        return Source(*_open_file(url), name or url, live=False)
    if not url.lower().startswith(_STREAMS):
        raise SourceError(
            f"{masked(url)} is of no kind that can be read: give {' '.join(_STREAMS)} or a file"
        )
    capture, first = _open_stream(url)
    # What states a length is a file on a server: it is read like one, whole and in order.
    return Source(capture, first, masked(url), live=capture.get(cv2.CAP_PROP_FRAME_COUNT) < 1)


def plausible_fps(fps: float) -> float:
    """`fps` where a camera or file may mean it, else 30; drivers return 0, NaN and worse."""
    return fps if math.isfinite(fps) and 1 <= fps <= 240 else _USUAL_FPS


def opencv_name(path: Path) -> Any:
    """A file's name as OpenCV takes every one: as bytes, where not all names are text.

    It is the full one, of which FFmpeg takes no part for a protocol.
    """
    return os.fsencode(path.absolute()) if os.name == "posix" else str(path.absolute())


def _read_image(capture: cv2.VideoCapture, attempts: int = 1) -> Image | None:
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
        if not capture.isOpened() or time.perf_counter() - start > _PATIENCE:
            return None
    return None


def _open_file(location: str) -> tuple[cv2.VideoCapture, Image]:
    path = Path(location)
    if reason := _unreadable(path) if location else "the video's name is empty":
        raise SourceError(reason)
    name = opencv_name(path)
    capture = cv2.VideoCapture(name, cv2.CAP_FFMPEG)
    first = _read_image(capture)
    if first is None:
        raise SourceError(f"{path} is no video that can be read: broken, cut short or of an unknown kind")
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) <= 1 and cv2.haveImageReader(name):  # FFmpeg opens images too
        raise SourceError(f"{path} is a still image: webcam-digits read {path}")
    return capture, first


def _unreadable(path: Path) -> str | None:
    """What is wrong with a video file, as far as that shows from outside."""
    try:
        if not path.exists():
            return f"there is no file {path}"
    except OSError as error:  # no name that a file can have
        return f"cannot read {path}: {error.strerror}"
    if path.is_dir():
        return f"{path} is a folder: webcam-digits read {path} reads the images in it"
    if not path.is_file():
        return f"{path} is no regular file"
    if not os.access(path, os.R_OK):
        return f"no permission to read {path}"
    return None if path.stat().st_size else f"{path} is empty"


def _open_stream(url: str) -> tuple[cv2.VideoCapture, Image]:
    """Open a stream on a thread of its own, so that a server that does not answer can be interrupted."""
    opened: list[tuple[cv2.VideoCapture, Image | None]] = []
    parameters = [
        *(cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, int(_OPEN_TIMEOUT * 1000)),
        *(cv2.CAP_PROP_READ_TIMEOUT_MSEC, int(_READ_TIMEOUT * 1000)),
        *(cv2.CAP_PROP_N_THREADS, 1),  # each further thread would delay the picture by a frame
    ]

    def connect() -> None:
        capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG, parameters)
        opened.append((capture, _read_image(capture)))

    thread = threading.Thread(target=connect, name="connect", daemon=True)
    thread.start()
    thread.join(1)
    if thread.is_alive():
        logger.info("opening %s ...", masked(url))
        thread.join(_OPEN_TIMEOUT + _READ_TIMEOUT)
    if not opened:
        raise SourceError(f"{masked(url)} does not answer: check the address and the network")
    capture, first = opened[0]
    if first is None:
        raise SourceError(f"{masked(url)} cannot be opened: check the address and the network")
    return capture, first
