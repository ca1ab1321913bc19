"""A video file, or one on a server: every frame, in order."""

import logging
import math
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from webcam_digits.errors import SourceError
from webcam_digits.sources.capture import PATIENCE, Opened, read_image
from webcam_digits.sources.source import Frame, Source
from webcam_digits.types import Image

logger = logging.getLogger(__name__)

_CLOSE_TIMEOUT = 1.0  # seconds that closing waits for a read in progress
_MOST_DAMAGED = 1000  # pictures of a file that may fail, one after the other, before it counts as ended


class FileSource(Source):
    """The frames of an opened file, whose `read` returns None at the end; or again and again."""

    def __init__(self, opened: Opened, again: Callable[[], Opened] | None = None) -> None:
        """Take over what has been opened.

        Args:
            opened: what is read first.
            again: opens it anew at each end; raises a SourceError where that fails. None ends it there.
        """
        count = opened.capture.get(cv2.CAP_PROP_FRAME_COUNT)
        stated = int(count) if 1 <= count < math.inf and again is None else None
        super().__init__(opened.name, opened.fps, live=False, frame_count=stated)
        self._opened = opened
        self._again = again
        self._lock = threading.Lock()  # OpenCV crashes where a capture is closed while it reads
        self._first: Image | None = opened.first
        self._index = 0
        self._time = 0.0
        self._begun = 0.0  # when the present round began, on the source's own clock
        self._damaged = False  # some picture was passed over
        self._ended = False
        height, width = opened.first.shape[:2]
        logger.debug("%s: %dx%d at %g frames a second", self.name, width, height, self.fps)

    def read(self) -> Frame | None:
        """The next frame; None at the end.

        Raises:
            SourceError: it is to begin again, and is no longer there.
        """
        with self._lock:
            image = self._next()
            if image is None and self._again is not None:
                self._opened.capture.release()
                self._opened = self._again()
                self._begun = self._time + 1 / self.fps
                image = self._opened.first
            if image is None:
                return None
            self._time = self._clip_time() if self._index else 0.0
            self._index += 1
            return Frame(image, self._index - 1, self._time)

    def _next(self) -> Image | None:
        """The next picture, past damaged ones; None at the end."""
        image, self._first = self._first, None
        if image is not None:
            return image
        missing = (self.frame_count or 0) - self._index
        for attempt in range(0 if self._ended else min(max(missing, 1), _MOST_DAMAGED)):
            start = time.perf_counter()
            image = read_image(self._opened.capture)
            if image is not None:
                self._damaged = self._damaged or attempt > 0
                return image
            if time.perf_counter() - start > PATIENCE:  # a server that no longer answers
                break
        # Some files have their count estimated, from their length.
        if not self._ended and missing > (0 if self._damaged else 1):
            gave = f"{self._index} of {self.frame_count} frames"
            logger.warning("%s is damaged or cut short: it gave %s", self.name, gave)
        self._ended = self._again is None
        return None

    def _clip_time(self) -> float:
        """The time that the file gives to the picture read last; by counting where it gives none."""
        stated = self._begun + self._opened.capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return stated if math.isfinite(stated) and stated > self._time else self._time + 1 / self.fps

    def close(self) -> None:
        """Close the file; not where a read from a server hangs for more than a second."""
        if self._lock.acquire(timeout=_CLOSE_TIMEOUT):
            self._again = None
            self._opened.capture.release()
            self._lock.release()


def open_video(location: str | Path, name: str | None = None, *, loop: bool = False) -> Source:
    """Open a video file.

    Args:
        location: the file.
        name: for people, in the place of the file's own.
        loop: begin it again at its end.

    Raises:
        SourceError: there is no such file, or it holds no video.
    """

    def again() -> Opened:
        return _open(str(location), name)

    return FileSource(again(), again if loop else None)


def _open(location: str, name: str | None) -> Opened:
    path = Path(location)
    if reason := _unreadable(path) if location else "the video's name is empty":
        raise SourceError(reason)
    file = opencv_name(path)
    capture = cv2.VideoCapture(file, cv2.CAP_FFMPEG)
    first = read_image(capture)
    if first is None:
        raise SourceError(f"{path} is no video that can be read: broken, cut short or of an unknown kind")
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) <= 1 and cv2.haveImageReader(file):  # FFmpeg opens images too
        raise SourceError(f"{path} is a still image: webcam-digits read {path}")
    return Opened(capture, first, name or location)


def opencv_name(path: Path) -> Any:
    """A file's name as OpenCV takes every one: as bytes, where not all names are text.

    It is the full one, of which FFmpeg takes no part for a protocol.
    """
    return os.fsencode(path.absolute()) if os.name == "posix" else str(path.absolute())


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
