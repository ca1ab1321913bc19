"""Live sources: a camera or stream that stops delivering is opened again."""

import logging
import math
import weakref
from collections.abc import Callable
from time import perf_counter

from webcam_digits.errors import SourceLostError
from webcam_digits.sources.capture import READ_TIMEOUT, Opened
from webcam_digits.sources.capture_thread import CaptureThread, Picture
from webcam_digits.sources.source import Frame, Source

logger = logging.getLogger(__name__)

_WAIT = 0.03  # seconds that a frame is waited for
_SILENCE = 1.5  # seconds without a picture after which a source counts as lost; 2 is what the README says
_INTERVALS = 2  # ... or so many of the source's own, where its pictures come that slowly
_FETCH_PERIOD = 0.5  # seconds from one snapshot to the next
_STEADY = 0.5  # seconds of pictures after which the source counts as back
_FIRST_PAUSE = 0.1  # seconds before it is opened again; each next pause is twice as long ...
_LONGEST_PAUSE = 0.5  # ... up to this one: a camera's readings are to go on within 2 s of its return
_COUNTED = 2.0  # seconds of pictures that show the rate: drivers often state just what they were asked for
_NEAR = 0.2  # of the rate that was asked for: another one, this near, is not reported
_MOST_HANGING = 3  # captures that hang in a driver; while there are so many, no other is tried


class LiveSource(Source):
    """The newest frames of a camera or stream, opened as often as it takes."""

    def __init__(
        self,
        opened: Opened,
        reopen: Callable[[], Opened],
        *,
        reconnect: float,
        warm_up: float = 0.0,
        asked_fps: float | None = None,
        snapshots: bool = False,
    ) -> None:
        """Take over what has been opened.

        Args:
            opened: what is read first.
            reopen: opens it again, on a thread of its own; raises a SourceError where that fails.
            reconnect: seconds that the source may be away; 0 ends it where it first stops delivering.
            warm_up: seconds from the opening on in which frames are not warmed up.
            asked_fps: frames a second that were asked for; where others come, that is reported once.
            snapshots: one that ends after a single picture is a snapshot, to be fetched again and again; a
                fetch that fails is no loss yet.
        """
        super().__init__(opened.name, opened.fps, live=True)
        height, width = opened.first.shape[:2]
        logger.debug("%s: %dx%d at %g frames a second", self.name, width, height, self.fps)
        self._reopen = reopen
        self._reconnect = reconnect
        self._warm_up = warm_up
        self._asked_fps = asked_fps
        self._snapshots = snapshots
        self._fetching = False  # snapshots
        self._start_thread(lambda: opened)
        self._place = opened.name  # where it is; a camera's number may change
        self._hanging: list[CaptureThread] = []
        self._start: float | None = None  # when the first picture came ...
        self._latest = perf_counter()  # ... and the last one
        self._counted = 0  # pictures of former captures
        self._lost: float | None = None  # when the source was found to deliver no longer
        self._resumed: float | None = None  # when pictures came again since
        self._pause = _FIRST_PAUSE
        self._due: float | None = None  # when it is opened again

    def read(self) -> Frame | None:
        """The newest frame, within a tenth of a second; None where there is none.

        Raises:
            SourceLostError: the source stopped delivering, and did not come back in time.
        """
        if self.closed:
            return None
        picture = self._thread.take(_WAIT)
        now = perf_counter()
        if picture is None:
            if self._awaits_fetch(now):
                self._fetch_again(now)
            elif not self._delivers(now):
                self._recover(now)
            return None
        if self._lost is not None:
            self._note_return(now)
        self._latest = picture.arrived
        if self._start is None:
            self._start = picture.arrived
        if self._asked_fps is not None and picture.arrived - self._thread.first >= _COUNTED:
            self._compare_rate(picture, self._asked_fps)
        return Frame(
            picture.image,
            self._counted + picture.number - 1,
            picture.arrived - self._start,
            warmed_up=picture.arrived - self._thread.first >= self._warm_up,
        )

    def close(self) -> None:
        """Give the device back. A driver that hangs is left behind after a second."""
        super().close()
        self._end_thread()

    def _start_thread(self, connect: Callable[[], Opened]) -> None:
        self._thread = CaptureThread(connect)
        # Of a source that is dropped, or still open where Python ends: a thread in OpenCV would abort it.
        self._end_thread = weakref.finalize(self, self._thread.close)

    def _awaits_fetch(self, now: float) -> bool:
        """Whether a snapshot was fetched, or one fetch failed, and the next one is not overdue."""
        if not (self._snapshots and self._thread.ended):
            return False
        failed = self._fetching and self._thread.count == 0 and now - self._latest < _SILENCE
        return self._thread.count == 1 or failed

    def _fetch_again(self, now: float) -> None:
        """Fetch the next snapshot, when it is time."""
        if now - self._thread.last_activity < _FETCH_PERIOD:
            return
        if not self._fetching:
            self._fetching = True
            logger.info("%s sends single pictures: fetching one every %g s", self.name, _FETCH_PERIOD)
        self._open_again()

    def _open_again(self) -> None:
        self._counted += self._thread.count
        self._end_thread.detach()
        self._start_thread(self._reopen)

    def _delivers(self, now: float) -> bool:
        """Whether the next picture is merely not due yet."""
        if self._thread.ended or (self._lost is not None and self._resumed is None):
            return False
        usual = _INTERVALS * self._thread.interval
        return now - self._thread.last_activity < max(_SILENCE, min(usual, READ_TIMEOUT))

    def _recover(self, now: float) -> None:
        """Warn that no pictures come, and open the source again."""
        if self._lost is None:
            self._lost = now
            if self._reconnect:
                logger.warning(
                    "%s gives no pictures: looking for it again for up to %g s", self.name, self._reconnect
                )
        self._resumed = None
        left = self._lost + self._reconnect - now
        if left <= 0:
            raise SourceLostError(self._lost_message())
        self.trouble = f"{self.name} gives no pictures: looking for it again, {math.ceil(left)} s left"
        if self._thread.hangs and self._thread not in self._hanging:
            self._thread.stop()
            self._hanging.append(self._thread)
        self._hanging = [thread for thread in self._hanging if not thread.ended]
        hangs = self._thread in self._hanging
        if not (self._thread.ended or hangs) or len(self._hanging) >= _MOST_HANGING:
            return
        if self._due is None:
            self._due = now + self._pause
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)
        elif now >= self._due:
            self._due = None
            self._open_again()

    def _compare_rate(self, newest: Picture, asked: float) -> None:
        """Report the rate at which pictures come, where it is another than was asked for."""
        rate = (newest.number - 1) / (newest.arrived - self._thread.first)
        if abs(rate - asked) > _NEAR * asked:
            logger.info("%s gives %.0f frames a second instead of %g", self.name, rate, asked)
        self._asked_fps = None

    def _lost_message(self) -> str:
        if not self._reconnect:
            return f"{self.name} stopped giving pictures: check its cable or network"
        return (
            f"{self.name} stopped giving pictures and did not come back within {self._reconnect:g} s: "
            "check its cable or network, or wait longer with --reconnect"
        )

    def _note_return(self, now: float) -> None:
        """Note that pictures come again; report it once they have come for a while."""
        self.trouble = None
        if self._resumed is None:
            self._resumed = now
        elif now - self._resumed >= _STEADY:
            before, self._place = self._place, self._thread.name_opened
            logger.warning("%s is back%s", self.name, "" if self._place == before else f", as {self._place}")
            self._lost = self._resumed = None
            self._pause = _FIRST_PAUSE
