"""What is kept of a run: recordings that are switched on and off, and snapshots."""

import logging
import threading
from pathlib import Path
from time import perf_counter

import cv2

from webcam_digits.errors import OutputError
from webcam_digits.outputs.files import numbered, write_whole
from webcam_digits.outputs.video_file import VideoFile
from webcam_digits.types import Image

logger = logging.getLogger(__name__)

_MOST_LIVE_FPS = 15.0  # encoding VP80 takes up to 40 ms a frame at 1280x720, time that reading lacks
_LONGEST_WRITE = 0.2  # seconds that one picture may take to be written as often as it must


class Recording:
    """Annotated pictures into a file, while it is switched on; one thread may switch while another writes.

    Attributes:
        failure: why the last recording that a key started broke off, in one line; "" where it did not.
    """

    def __init__(self, folder: Path, fps: float, *, live: bool) -> None:
        """Set up, switched off.

        Args:
            folder: of the files that a key starts.
            fps: the source's frames a second.
            live: the source's pictures come when they like: repeat or leave out some, to keep the time.
        """
        self.failure = ""
        self._folder = folder
        self._fps = min(fps, _MOST_LIVE_FPS) if live else fps
        self._live = live
        self._lock = threading.Lock()
        self._file: VideoFile | None = None
        self._by_key = False
        self._start = 0.0

    @property
    def active(self) -> bool:
        """Whether pictures are being written."""
        return self._file is not None

    def start(self, path: Path, *, force: bool = False) -> None:
        """Record into a file that was asked for by name; failing to write it will be an error."""
        with self._lock:
            self._file, self._by_key = VideoFile(path, self._fps, force=force), False

    def toggle(self) -> str:
        """Start recording into a new numbered file, or stop; what was done, for people."""
        if done := self._finish():
            return done
        with self._lock:
            # WebM stays playable also when the program is killed.
            self._file, self._by_key = VideoFile(numbered(self._folder, ".webm"), self._fps), True
            self.failure = ""
            return f"recording {self._file.path}"

    def write(self, image: Image, time: float) -> None:
        """Write a picture, (h, w, 3) uint8 BGR, that was taken at `time` seconds.

        Raises:
            OutputError: it could not be written to the file that was asked for by name.
        """
        with self._lock:
            if self._file is None:
                return
            try:
                self._write(self._file, image, time)
            except OutputError as error:
                self._file = None
                if not self._by_key:
                    raise
                self.failure = str(error)
                logger.error("%s", error)

    def close(self) -> None:
        """Finish the file, if any, and report that."""
        if done := self._finish():
            logger.info("%s", done)

    def _finish(self) -> str:
        """Finish the file; what was done, for people, and "" where there was nothing to do."""
        with self._lock:
            file, self._file = self._file, None
        if file is None:
            return ""
        file.close()
        return f"recorded {file.path}" if file.frames else "nothing recorded"

    def _write(self, file: VideoFile, image: Image, time: float) -> None:
        if not self._live:
            file.write(image)
            return
        if file.frames == 0:
            self._start = time
        until = perf_counter() + _LONGEST_WRITE
        while file.frames <= (time - self._start) * self._fps:
            if perf_counter() > until:  # as after a pause: leave that time out
                self._start = time - (file.frames - 1) / self._fps
                return
            file.write(image)


def save_snapshot(image: Image, folder: Path) -> Path:
    """Write a picture, (h, w, 3) uint8 BGR, as a new numbered PNG file into `folder`; its path.

    Raises:
        OutputError: it could not be written; nothing is left of it then.
    """
    path = numbered(folder, ".png")
    write_whole(path, cv2.imencode(".png", image)[1].tobytes())
    return path
