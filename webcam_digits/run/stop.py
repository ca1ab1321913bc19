"""What stops a run, beside the end of its source."""

from collections.abc import Callable
from time import monotonic

from webcam_digits.signals import Signals

NOTHING_FOUND = 4  # exit code of `--once`


class StopCondition:
    """Whether a run is to stop, and its exit code then.

    Args:
        signals: that were caught.
        emitted: whether a number has been emitted.
        closed: whether the user has quit.
        once: the first number stops the run.
        deadline: when to stop it, on the clock of `time.monotonic`; None for never.
    """

    def __init__(
        self,
        signals: Signals,
        emitted: Callable[[], bool],
        closed: Callable[[], bool],
        *,
        once: bool = False,
        deadline: float | None = None,
    ) -> None:
        self._signals = signals
        self._emitted = emitted
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
        """Whether the one number that was wanted has been emitted."""
        return self._once and self._emitted()

    @property
    def exit_code(self) -> int:
        """Of a run that has stopped."""
        if self._signals.caught is not None:
            return self._signals.exit_code
        return NOTHING_FOUND if self._once and not self._emitted() and not self._closed() else 0
