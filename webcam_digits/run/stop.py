"""What ends a run, beside the end of its source."""

import signal
import sys
from collections.abc import Callable
from time import monotonic
from types import FrameType, TracebackType
from typing import Any, Self

NOTHING_FOUND = 4  # exit code of `--once`
SIGNALLED = 128  # what the number of a signal is added to for an exit code, as shells do


class Signals:
    """Within its `with` block, the first Ctrl-C, SIGTERM or SIGHUP only asks to stop: files are finished.

    A second one breaks off whatever is being done, by a SystemExit; so does time, where the system can: what
    is being done may be waiting for ever, as on an output that nobody reads.

    Args:
        grace: seconds from the first signal until then.

    Attributes:
        caught: the signal's number; None while there was none.
    """

    def __init__(self, grace: float = 3.0) -> None:
        self.caught: int | None = None
        self._grace = grace
        self._before: dict[int, Any] = {}

    @property
    def exit_code(self) -> int:
        """Of a run that a signal ended; 0 where there was none."""
        return 0 if self.caught is None else SIGNALLED + self.caught

    def _catch(self, number: int, frame: FrameType | None) -> None:
        if self.caught is not None:
            raise SystemExit(self.exit_code)
        self.caught = number
        if sys.platform != "win32":
            self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._catch)
            signal.setitimer(signal.ITIMER_REAL, self._grace)

    def __enter__(self) -> Self:
        closing = [signal.SIGHUP] if sys.platform != "win32" else []  # of the terminal
        for number in (signal.SIGINT, signal.SIGTERM, *closing):
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN:  # as a shell sets it for what runs in the background
                self._before[number] = handler
                signal.signal(number, self._catch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if sys.platform != "win32":
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)


class Ending:
    """Whether a run is over, and what it then ends in.

    Args:
        signals: that were caught.
        told: whether a number has been told.
        closed: whether the person has quit.
        once: the first number that is told ends the run.
        deadline: when to end it, as `monotonic` tells the time; None for never.
    """

    def __init__(
        self,
        signals: Signals,
        told: Callable[[], bool],
        closed: Callable[[], bool],
        *,
        once: bool = False,
        deadline: float | None = None,
    ) -> None:
        self._signals = signals
        self._told = told
        self._closed = closed
        self._once = once
        self._deadline = deadline

    @property
    def reached(self) -> bool:
        """Whether to stop now."""
        return (
            self._signals.caught is not None
            or self._closed()
            or self.found
            or (self._deadline is not None and monotonic() >= self._deadline)
        )

    @property
    def found(self) -> bool:
        """Whether the one number that was wanted has been told."""
        return self._once and self._told()

    @property
    def exit_code(self) -> int:
        """Of a run that has stopped."""
        if self._signals.caught is not None:
            return self._signals.exit_code
        return NOTHING_FOUND if self._once and not self._told() and not self._closed() else 0
