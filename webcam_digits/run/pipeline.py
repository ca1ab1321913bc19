"""What is done with each frame: it is read, tracked, reported and recorded."""

import logging
import threading
from collections.abc import Sequence

from webcam_digits.drawing.overlay import annotate
from webcam_digits.errors import UsageError
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import Reporter
from webcam_digits.reading.reader import DigitReader, Edges
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.motion import Thumbnail, is_unchanged, make_thumbnail
from webcam_digits.tracking.result import Result
from webcam_digits.tracking.tracker import Event, Tracker, Update
from webcam_digits.types import Box

logger = logging.getLogger(__name__)

_FINISH_TIMEOUT = 1.0  # seconds that finishing waits for a frame in work
_LONGEST_REUSE = 0.25  # seconds for which an unchanged picture need not be read again


class Pipeline:
    """Takes frames one after the other; one thread may finish while another brings a frame.

    Attributes:
        emitted: whether a number has been emitted, and recorded with its frame.
        region: in pixels of the frame; only that is read. None for all of it.
    """

    def __init__(
        self, reader: DigitReader, reporter: Reporter, recording: Recording, progress: Progress
    ) -> None:
        self.emitted = False
        self.region: Box | None = None
        self._frames = 0
        self._milliseconds = 0.0
        self._reader = reader
        self._tracker = Tracker()
        self._reporter = reporter
        self._recording = recording
        self._progress = progress
        self._lock = threading.Lock()
        self._finished = False
        self._last: Result | None = None
        self._last_time = 0.0

    @property
    def is_recording(self) -> bool:
        """Whether what is read is recorded, too."""
        return self._recording.active

    def process(self, frame: Frame, *, reuse: bool = False) -> Result | None:
        """Read a frame, and report and record what came of it.

        Args:
            frame: it is not read, and there is no result, while its camera is not warmed up.
            reuse: where nothing has changed since the last frame that was read, and all of that is emitted,
                its result is as good.

        Returns:
            None once all is finished, or where the frame is not to be read.

        Raises:
            UsageError: the region lies outside of the first frame. Of a later, smaller one all is read.
        """
        with self._lock:
            return None if self._finished or not frame.warmed_up else self._process(frame, reuse)

    def _process(self, frame: Frame, reuse: bool) -> Result:
        height, width = frame.image.shape[:2]
        part = self._part(width, height)
        thumbnail = make_thumbnail(frame.image)
        result = self._last
        if (
            reuse
            and result is not None
            and result.part == part
            and frame.time - self._last_time < _LONGEST_REUSE
            and self._tracker.is_steady
            and is_unchanged(result.thumbnail, thumbnail)
        ):
            update = Update(result.reading, ())
        else:
            result, update = self._read(frame, part, thumbnail)
        self._report(frame, update)
        return result

    def _part(self, width: int, height: int) -> Box:
        """The part of a frame of this size that is to be read."""
        region, whole = self.region, Box(0, 0, width, height)  # the viewer may change it at any time
        if region is None:
            return whole
        part = region.within(width, height)
        if part is not None:
            return part
        outside = f"the region {region} lies outside the picture, which is {width}x{height}"
        if self._last is None:
            raise UsageError(f"{outside}: give --roi X,Y,WxH within that")
        logger.warning("the size of the pictures has changed, all of them is read now: %s", outside)
        self.region = None
        return whole

    def _read(self, frame: Frame, part: Box, thumbnail: Thumbnail) -> tuple[Result, Update]:
        height, width = frame.image.shape[:2]
        restricted: Sequence[Event] = ()
        if self._last is not None and part.union(self._last.part) != part:
            restricted = self._tracker.restrict(part)
        image = frame.image[part.y : part.bottom, part.x : part.right]
        goes_on = Edges(part.x > 0, part.y > 0, part.right < width, part.bottom < height)
        inspection = self._reader.inspect(image, goes_on)
        reading = inspection.reading.moved(
            lambda box: box._replace(x=box.x + part.x, y=box.y + part.y), (width, height)
        )
        update = self._tracker.update(
            reading, frame, thumbnail=thumbnail, min_confidence=self._reader.min_confidence
        )
        self._last = Result(image, part, inspection, update.reading, thumbnail)
        self._last_time = frame.time
        self._frames += 1
        self._milliseconds += self._last.milliseconds
        return self._last, Update(update.reading, (*restricted, *update.events))

    def _report(self, frame: Frame, update: Update) -> None:
        if update.events:
            self._progress.clear()
        self._reporter.update(frame, update)
        if self._recording.active:
            self._recording.write(annotate(frame.image, update.reading), frame.time)
        self._progress.advance()
        # Last: `--once` ends the run by it, whose exit code must know of all that failed.
        self.emitted = self.emitted or any(event.kind == "appear" for event in update.events)

    def finish(self) -> None:
        """Report what ended with the source; not where a frame still waits to be reported, maybe for ever."""
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
