"""The thread that reads beside the window, and the rest that reading live takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep, thread_time
from types import TracebackType
from typing import Self

from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.result import Result

_REST = 2.0  # times the processor time that reading a live frame took: a third of a core at most goes to it
_LONGEST_REST = 0.1  # seconds
_JOIN_TIMEOUT = 1.0  # seconds that a reading in progress has to end; one that hangs is left behind


class ReadingThread(threading.Thread):
    """Reads frames on a thread of its own, inside its `with` block; of those that wait, only the newest.

    Leaving the block raises what reading failed with, unless something else is raised already.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(name="reading", daemon=True)
        self._pipeline = pipeline
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._result: Result | None = None
        self._error: Exception | None = None
        self._stopped = False

    def submit(self, frame: Frame) -> None:
        """Let this frame be the next to be read."""
        with self._changed:
            self._frame = frame
            self._changed.notify()

    @property
    def result(self) -> Result | None:
        """The newest; None while there is none.

        Raises:
            Exception: what reading failed with.
        """
        if self._error is not None:
            raise self._error
        return self._result

    def run(self) -> None:
        """Read until the thread is stopped, or reading fails."""
        try:
            while (frame := self._next()) is not None:
                with resting(self._pipeline):
                    self._result = self._pipeline.process(frame, reuse=True) or self._result
        except Exception as error:  # it belongs to the thread that waits for the results
            self._error = error

    def _next(self) -> Frame | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._frame is not None)
            frame, self._frame = self._frame, None
            return None if self._stopped else frame

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self.join(_JOIN_TIMEOUT)
        if error is None and self._error is not None:
            raise self._error


@contextmanager
def resting(pipeline: Pipeline) -> Iterator[None]:
    """Sleep after the `with` block, in proportion to the processor time that it took on this thread.

    Not while a recording runs, which has as many pictures as are read.
    """
    start = thread_time()
    yield
    if not pipeline.is_recording:
        sleep(min(_REST * (thread_time() - start), _LONGEST_REST))
