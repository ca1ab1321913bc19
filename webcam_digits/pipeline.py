"""What is done with each frame that is read: reader, tracker, report, recording."""

import logging
import threading
from dataclasses import dataclass

from webcam_digits.overlay import draw
from webcam_digits.reader import DigitReader, Inspection
from webcam_digits.reading import Image, Reading
from webcam_digits.recording import Recording
from webcam_digits.report import Progress, Reporter
from webcam_digits.source import Frame
from webcam_digits.tracker import Tracker

logger = logging.getLogger(__name__)

_FINISH_TIMEOUT = 1.0  # seconds that finishing waits for a frame in work


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a frame.

    Attributes:
        image: (h, w, 3) uint8 BGR, the frame's.
        inspection: what every stage made of it.
        reading: the steady one.
    """

    image: Image
    inspection: Inspection
    reading: Reading

    @property
    def milliseconds(self) -> float:
        """That reading took."""
        return sum(self.inspection.reading.milliseconds.values())


class Pipeline:
    """Takes frames one after the other; one thread may finish while another brings a frame.

    Attributes:
        told: whether a number has become steady.
    """

    def __init__(
        self, reader: DigitReader, reporter: Reporter, recording: Recording, progress: Progress
    ) -> None:
        self.told = False
        self._frames = 0
        self._milliseconds = 0.0
        self._reader = reader
        self._tracker = Tracker()
        self._reporter = reporter
        self._recording = recording
        self._progress = progress
        self._lock = threading.Lock()
        self._finished = False

    def process(self, frame: Frame) -> Result | None:
        """Read a frame, and tell and record what came of it; nothing, and None, once all is finished."""
        with self._lock:
            return None if self._finished else self._process(frame)

    def _process(self, frame: Frame) -> Result:
        inspection = self._reader.inspect(frame.image)
        update = self._tracker.update(inspection.reading, frame=frame.index, time=frame.time)
        if update.events:
            self._progress.clear()
        self._reporter.update(frame, update)
        self.told = self.told or any(event.kind == "appear" for event in update.events)
        if self._recording.active:
            self._recording.write(draw(frame.image, update.reading), frame.time)
        self._progress.advance()
        result = Result(frame.image, inspection, update.reading)
        self._frames += 1
        self._milliseconds += result.milliseconds
        return result

    def finish(self) -> None:
        """Tell what ended with the source; not where a frame still waits to be told, for ever it may be."""
        self._finished = True
        if not self._lock.acquire(timeout=_FINISH_TIMEOUT):
            return
        try:
            logger.debug(
                "%d frames read, in %.1f ms each", self._frames, self._milliseconds / max(self._frames, 1)
            )
            self._progress.clear()
            self._reporter.finish(self._tracker.finish())
        finally:
            self._lock.release()
