"""A video file, or one on a server: every frame, in order."""

import logging
import math
import mimetypes
import os
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2

from webcam_digits.errors import SourceError
from webcam_digits.sources.capture import PATIENCE, Opened, codec, read_image
from webcam_digits.sources.source import Frame, Source
from webcam_digits.types import Image

logger = logging.getLogger(__name__)

_SHORT = 0.9  # of the stated frames and length: a download that gives less has broken off, most likely
_MOST_DAMAGED = 1000  # pictures of a file that may fail, one after the other, before it counts as ended
_TEXT = "ansi"  # FFmpeg's codec that draws text files
_RIFF, _MATROSKA, _MP4 = b"RIFF", b"\x1aE\xdf\xa3", b"ftyp"


class FileSource(Source):
    """The frames of an opened file, whose `read` returns None at the end; or again and again."""

    def __init__(
        self,
        opened: Opened,
        reopen: Callable[[], Opened] | None = None,
        *,
        cut_short: bool = False,
        remote: bool = False,
    ) -> None:
        """Take over what has been opened.

        Args:
            opened: what is read first.
            reopen: opens it again at each end; raises a SourceError where that fails. None ends it there.
            cut_short: the end of the file is missing, which is reported where it ends.
            remote: it comes from a server; an end well before the stated one is reported.
        """
        count = opened.capture.get(cv2.CAP_PROP_FRAME_COUNT)
        stated = int(count) if 1 <= count < math.inf else None
        super().__init__(opened.name, opened.fps, live=False, frame_count=None if reopen else stated)
        self._opened = opened
        self._reopen = reopen
        self._expected = stated or 0  # frames in a round; an estimate of some containers, from their length
        self._cut_short = cut_short
        self._remote = remote
        self._damaged = False  # some picture was passed over
        self._silent = False  # the server no longer answers
        self._first: Image | None = opened.first
        self._index = 0  # of the next frame ...
        self._start_index = 0  # ... and of the first one of its round
        self._time = 0.0
        self._start_time = 0.0
        self._ended = False
        height, width = opened.first.shape[:2]
        logger.debug("%s: %dx%d at %g frames a second", self.name, width, height, self.fps)

    def read(self) -> Frame | None:
        """The next frame; None at the end.

        Raises:
            SourceError: it is to begin again, and can no longer be opened.
        """
        if self.closed:
            return None
        image = self._next()
        if image is None and self._reopen is not None:
            image = self._begin_again(self._reopen)
        if image is None:
            return None
        self._time = self._clip_time() if self._index else 0.0
        self._index += 1
        return Frame(image, self._index - 1, self._time)

    def _next(self) -> Image | None:
        """The next picture, past damaged ones; None at the end."""
        image, self._first = self._first, None
        if image is not None or self._ended:
            return image
        missing = self._expected - (self._index - self._start_index)
        for attempt in range(min(max(missing, 1), _MOST_DAMAGED)):
            start = time.perf_counter()
            image = read_image(self._opened.capture)
            slow = time.perf_counter() - start > PATIENCE  # a server that no longer answers
            if image is not None:
                self._damaged = self._damaged or attempt > 0
                self._silent = slow  # of the last picture there may be a part
                return image
            if slow:
                self._silent = True
                break
        self._ended = True
        self._report_damage()
        return None

    def _report_damage(self) -> None:
        """Warn of what is certain; that a container stated more frames is no sign of damage in a file."""
        count = self._index - self._start_index
        if self._remote and (self._silent or self._is_short()) and count < self._expected:
            message = "%s ended early, after %d of about %d frames: check the network, or download it first"
            logger.warning(message, self.name, count, self._expected)
        elif self._cut_short:
            logger.warning("%s is cut short: it ends after %d frames", self.name, self._index)
        elif self._damaged:
            logger.warning("%s is damaged: some of its frames cannot be read", self.name)
        self._cut_short = self._damaged = self._remote = False  # once

    def _is_short(self) -> bool:
        """Whether the round gave well fewer frames than stated, and not because they last longer."""
        frames, seconds = self._index - self._start_index, self._time - self._start_time
        return max(frames, seconds * self.fps) < _SHORT * self._expected

    def _begin_again(self, reopen: Callable[[], Opened]) -> Image:
        self._opened.capture.release()
        self._opened = reopen()
        self._ended = False
        self._start_index = self._index
        self._start_time = self._time + 1 / self.fps
        return self._opened.first

    def _clip_time(self) -> float:
        """The time that the file gives to the picture read last; by counting where it gives none."""
        stated = self._start_time + self._opened.capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        return stated if math.isfinite(stated) and stated > self._time else self._time + 1 / self.fps

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._opened.capture.release()


def open_video(location: str | Path, *, loop: bool = False) -> Source:
    """Open a video file.

    Args:
        location: the file.
        loop: begin it again at its end.

    Raises:
        SourceError: there is no such file, or it is not a video that can be read.
    """

    def reopen() -> Opened:
        return _open(str(location))

    return FileSource(reopen(), reopen if loop else None, cut_short=is_cut_short(Path(location)))


def is_cut_short(path: Path) -> bool:
    """Whether an AVI, MP4, MOV, Matroska or WebM file is shorter than its container says.

    Its last part is missing then, as after a download that broke off. Other kinds do not say.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(256)
        if head.startswith(_RIFF):
            return 8 + int.from_bytes(head[4:8], "little") > size
        if head.startswith(_MATROSKA):  # a header, then one segment with all the rest
            start, length = _matroska_element(head, 0)
            start, length = _matroska_element(head, start + length)
            return start + length > size
        end = 0
        while head[4:8] == _MP4 and 0 <= end < size:  # boxes one after the other
            file.seek(end)
            box = file.read(16)
            length = int.from_bytes(box[:4]) if int.from_bytes(box[:4]) != 1 else int.from_bytes(box[8:])
            if length < 8:  # 0 is for "up to the end"
                return False
            end += length
        return end > size


def _matroska_element(data: bytes, at: int) -> tuple[int, int]:
    """Where an element's content starts, and its length; 0 where that is left open, as by live recorders."""
    at += 4  # the identifier of either element
    width = 9 - int.from_bytes(data[at : at + 1]).bit_length()
    mask = (1 << 7 * width) - 1
    length = int.from_bytes(data[at : at + width]) & mask
    return at + width, length if length != mask else 0


def _open(location: str) -> Opened:
    path = Path(location)
    if reason := _unreadable(path) if location else "the video's name is empty":
        raise SourceError(reason)
    file = opencv_name(path)
    capture = cv2.VideoCapture(file, cv2.CAP_FFMPEG)
    first = read_image(capture)
    if first is None or codec(capture) == _TEXT:
        raise SourceError(_explain_failure(path, capture))
    if capture.get(cv2.CAP_PROP_FRAME_COUNT) <= 1 and cv2.haveImageReader(file):  # FFmpeg opens images too
        raise SourceError(f"{path} is a still image: webcam-digits read {shlex.quote(str(path))}")
    return Opened(capture, first, location)


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
        return f"{path} is a folder: webcam-digits read {shlex.quote(str(path))} reads the images in it"
    if not path.is_file():
        return f"{path} is not a regular file"
    if not os.access(path, os.R_OK):
        return f"no permission to read {path}"
    return None if path.stat().st_size else f"{path} is empty"


def _explain_failure(path: Path, capture: cv2.VideoCapture) -> str:
    """Why a file is not a video that can be read, and what to do about it."""
    kind = mimetypes.guess_type(path.name)[0] or ""
    with path.open("rb") as file:
        if file.read(4) == b"%PDF":
            return f"{path} is a PDF document, not a video: save its pages as images for webcam-digits read"
    if kind.startswith("image/"):
        return f"{path} is an image, not a video: webcam-digits read {shlex.quote(str(path))}"
    if codec(capture) == _TEXT or kind.startswith(("application/", "audio/", "text/")):
        return f"{path} is not a video but a file of type {path.suffix}"
    if is_cut_short(path):
        return f"{path} is cut short, and nothing of it can be read: record, copy or download it again"
    if codec(capture):
        convert = f"convert it, as with ffmpeg -i {path} -c:v libx264 out.mp4"
        return f"{path} is {codec(capture)} video that OpenCV cannot decode here: {convert}"
    return f"{path} is not a video that can be read: broken, cut short or of an unknown kind"
