"""One annotated video file: never over another one unless asked to, and playable whatever happens."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from webcam_digits.errors import OutputError
from webcam_digits.sources.video import opencv_name
from webcam_digits.types import Image

CODECS = {".webm": "VP80", ".avi": "MJPG", ".mp4": "mp4v"}
_ENDINGS = ", ".join(CODECS)


class VideoFile:
    """A video file in the making. It is created with the first picture, whose size it takes.

    Attributes:
        path: the file.
        frames: how many have been written.
    """

    def __init__(self, path: Path, fps: float, *, force: bool = False) -> None:
        """Prepare the file; nothing is created yet.

        Args:
            path: ends in .webm, .avi or .mp4.
            fps: the rate at which it will be played.
            force: a file that is there already is replaced.
        """
        self.path = path
        self.frames = 0
        self._fps = fps
        self._force = force
        self._size = 0, 0
        self._writer: cv2.VideoWriter | None = None

    def write(self, image: Image) -> None:
        """Write one picture, (h, w, 3) uint8 BGR.

        Raises:
            OutputError: it could not be written. What was written before has been closed properly.
        """
        full = self._disk_is_full(image)
        if self._writer is None:
            if full:
                raise OutputError(f"the disk is nearly full: {self.path} is not begun; make room first")
            self._writer = self._open(image)
        elif full:
            self.close()
            raise OutputError(f"the disk is nearly full: {self.path} ends here, with {self.frames} frames")
        if not self._writer.write(_fitted(image, self._size)):
            self.close()
            raise OutputError(f"{self.path} cannot be written any further; is the disk full?")
        self.frames += 1

    def close(self) -> None:
        """Finish the file.

        Raises:
            OutputError: nothing of it reached the disk.
        """
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        if self.frames and not (self.path.exists() and self.path.stat().st_size):
            raise OutputError(f"nothing of {self.path} could be written; is the disk full?")

    def _open(self, image: Image) -> cv2.VideoWriter:
        height, width = image.shape[:2]
        self._size = max(width & ~1, 2), max(height & ~1, 2)  # the codecs take even sizes only
        try:
            created = not self.path.exists()
            self.path.touch(exist_ok=self._force)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error
        code = cv2.VideoWriter.fourcc(*CODECS[self.path.suffix.lower()])
        with _silenced_stderr():
            writer = cv2.VideoWriter(opencv_name(self.path), cv2.CAP_FFMPEG, code, self._fps, self._size)
        if not writer.isOpened():
            if created or not self.path.stat().st_size:
                self.path.unlink()
            size = f"{self._size[0]}x{self._size[1]}"
            raise OutputError(f"cannot write {self.path} of {size} pixels: try another ending ({_ENDINGS})")
        return writer

    def _disk_is_full(self, image: Image) -> bool:
        """Whether the disk only has room for what is still to come: the codec's buffers and the index."""
        reserve = (4 << 20) + 2 * image.nbytes + 64 * self.frames
        try:
            return shutil.disk_usage(self.path.parent).free < reserve
        except FileNotFoundError:  # which opening the file reports
            return False


def _fitted(image: Image, size: tuple[int, int]) -> Image:
    """The picture at the recording's size: without its odd column and row, or else scaled."""
    width, height = size
    if 0 <= image.shape[1] - width <= 1 and 0 <= image.shape[0] - height <= 1:
        return np.ascontiguousarray(image[:height, :width])
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


@contextlib.contextmanager
def _silenced_stderr() -> Iterator[None]:
    """Without what OpenCV prints past its own log level: that WebM has no codec tags, which is harmless."""
    try:
        kept = os.dup(2)
    except OSError:  # closed
        yield
        return
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
