"""What is kept of a run: recordings that are switched on and off, and snapshots."""

import logging
import threading
from pathlib import Path
from time import perf_counter

import cv2

from webcam_digits.errors import OutputError
from webcam_digits.outputs.files import numbered, write_whole
from webcam_digits.outputs.video_writer import Recorder
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
        self._recorder: Recorder | None = None
        self._by_key = False
        self._start = 0.0

    @property
    def active(self) -> bool:
        """Whether pictures are being written."""
        return self._recorder is not None

    def start(self, path: Path, *, force: bool = False) -> None:
        """Record into a file that was asked for by name; failing to write it will be an error."""
        with self._lock:
            self._recorder, self._by_key = Recorder(path, self._fps, force=force), False

    def toggle(self) -> str:
        """Start recording into a new numbered file, or stop; what was done, for people."""
        if done := self._finish():
            return done
        with self._lock:
            # WebM stays playable also when the program is killed.
            self._recorder, self._by_key = Recorder(numbered(self._folder, ".webm"), self._fps), True
            self.failure = ""
            return f"recording {self._recorder.path}"

    def write(self, image: Image, time: float) -> None:
        """Write a picture, (h, w, 3) uint8 BGR, that was taken at `time` seconds.

        Raises:
            OutputError: it could not be written to the file that was asked for by name.
        """
        with self._lock:
            if self._recorder is None:
                return
            try:
                self._write(self._recorder, image, time)
            except OutputError as error:
                self._recorder = None
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
            recorder, self._recorder = self._recorder, None
        if recorder is None:
            return ""
        recorder.close()
        return f"recorded {recorder.path}" if recorder.frames else "nothing recorded"

    def _write(self, recorder: Recorder, image: Image, time: float) -> None:
        if not self._live:
            recorder.write(image)
            return
        if recorder.frames == 0:
            self._start = time
        until = perf_counter() + _LONGEST_WRITE
        while recorder.frames <= (time - self._start) * self._fps:
            if perf_counter() > until:  # as after a pause: leave that time out
                self._start = time - (recorder.frames - 1) / self._fps
                return
            recorder.write(image)


def save_snapshot(image: Image, folder: Path) -> Path:
    """Write a picture, (h, w, 3) uint8 BGR, as a new numbered PNG file into `folder`; its path.

    Raises:
        OutputError: it could not be written; nothing is left of it then.
    """
    path = numbered(folder, ".png")
    write_whole(path, cv2.imencode(".png", image)[1].tobytes())
    return path
