"""A thread that reads one opened camera or stream, and hands on its newest picture."""

import logging
import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

from webcam_digits.errors import SourceError
from webcam_digits.sources.capture import ATTEMPTS, OPEN_TIMEOUT, READ_TIMEOUT, Opened, read_image
from webcam_digits.types import Image

logger = logging.getLogger(__name__)

_OVERDUE = 1.0  # seconds past its own timeouts after which a driver counts as hanging
_INTERVALS = 3  # that are looked at to know how slow a source is
_CLOSE_TIMEOUT = 1.0  # seconds that closing waits for a read in progress


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and when it came.

    Attributes:
        image: (h, w, 3) uint8 BGR.
        number: counted from 1 in its connection.
        arrived: on the clock of `perf_counter`.
    """

    image: Image
    number: int
    arrived: float


class CaptureThread(threading.Thread):
    """Opens, reads and closes one capture, until it is stopped or nothing more comes.

    OpenCV crashes where a capture is closed while it reads, and a read may hang in a driver for ever. So only
    this thread closes, and whoever stops it does not wait for it: it closes when the driver lets go.

    Attributes:
        name_opened: what was opened, as shown to users; empty until then.
        count: pictures that came.
        first: when the first of them came, on the clock of `perf_counter`.
        last_activity: when the last picture came, or it was started.
        ended: the capture is closed, or was never opened.
    """

    def __init__(self, connect: Callable[[], Opened]) -> None:
        """Start the thread.

        Args:
            connect: opens; raises a SourceError where that fails.
        """
        super().__init__(name="capture", daemon=True)
        self.name_opened = ""
        self.count = 0
        self.last_activity = self.first = perf_counter()
        self.ended = False
        self._connect = connect
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)
        self._stopped = threading.Event()
        self._changed = threading.Condition()
        self._newest: Picture | None = None
        self._error: Exception | None = None
        self.start()

    def run(self) -> None:
        """Open, read, close."""
        try:
            opened = self._connect()
            try:
                self.name_opened = opened.name
                image: Image | None = opened.first
                while image is not None and not self._stopped.is_set():
                    self._put(image)
                    image = read_image(opened.capture, ATTEMPTS)
            finally:
                opened.capture.release()
        except SourceError as error:  # not there yet, most likely
            logger.debug("%s", error)
        except Exception as error:  # a fault: it belongs to the thread that waits for the pictures
            self._error = error
        finally:
            with self._changed:
                self.ended = True
                self._changed.notify()

    def _put(self, image: Image) -> None:
        now = perf_counter()
        with self._changed:
            if self.count:
                self._intervals.append(now - self.last_activity)
            else:
                self.first = now
            self.count += 1
            self.last_activity = now
            self._newest = Picture(image, self.count, now)
            self._changed.notify()

    def take(self, timeout: float) -> Picture | None:
        """The newest picture, once; None where none comes within `timeout` seconds.

        Raises:
            Exception: what this thread failed with, other than a SourceError.
        """
        with self._changed:
            if self._newest is None and self._error is None:
                # Where nothing will come any more, this still takes its time: nobody who asks again spins.
                self._changed.wait_for(lambda: self._newest is not None, timeout)
            if self._error is not None:
                raise self._error
            picture, self._newest = self._newest, None
            return picture

    @property
    def interval(self) -> float:
        """Seconds between its last pictures, at most; infinite until a few have come: it may be slow."""
        return max(self._intervals) if len(self._intervals) == _INTERVALS else math.inf

    @property
    def hangs(self) -> bool:
        """Whether the driver is past all its own timeouts."""
        limit = READ_TIMEOUT if self.count else OPEN_TIMEOUT + READ_TIMEOUT
        return not self.ended and perf_counter() - self.last_activity > limit + _OVERDUE

    def stop(self) -> None:
        """Read no more pictures; the capture is closed as soon as a read in progress ends."""
        self._stopped.set()

    def close(self) -> None:
        """Stop, and wait a second for the capture to be closed."""
        self.stop()
        if threading.current_thread() is not self:  # where the garbage collector happens to run
            self.join(_CLOSE_TIMEOUT)
