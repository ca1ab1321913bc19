"""What ends a run, beside the end of its source."""

import signal
from collections.abc import Callable
from time import monotonic
from types import FrameType, TracebackType
from typing import Any, Self

NOTHING_FOUND = 4  # exit code of `--once`


class Signals:
    """Within its `with` block, the first Ctrl-C or SIGTERM only asks to stop, so that files are finished.

    Attributes:
        caught: the signal's number; None while there was none.
    """

    def __init__(self) -> None:
        self.caught: int | None = None
        self._before: dict[int, Any] = {}

    def _catch(self, number: int, frame: FrameType | None) -> None:
        if self.caught is not None:  # asked twice: at once
            raise SystemExit(128 + number)
        self.caught = number

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM):
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN:  # as a shell sets it for what runs in the background
                self._before[number] = handler
                signal.signal(number, self._catch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


class Ending:
    """Whether a run is over, and what it then ends in.

    Args:
        signals: that were caught.
        told: whether a number has been told.
        closed: whether the person has quit.
        once: the first number that is told ends the run.
        timeout: so many seconds from now end it.
    """

    def __init__(
        self,
        signals: Signals,
        told: Callable[[], bool],
        closed: Callable[[], bool],
        *,
        once: bool = False,
        timeout: float | None = None,
    ) -> None:
        self._signals = signals
        self._told = told
        self._closed = closed
        self._once = once
        self._deadline = None if timeout is None else monotonic() + timeout

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
            return 128 + self._signals.caught
        return NOTHING_FOUND if self._once and not self._told() and not self._closed() else 0
