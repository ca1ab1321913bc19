"""Ctrl-C, SIGTERM and a closed terminal: the first signal asks to stop, the second stops at once."""

import signal
import sys
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

SIGNALLED = 128  # added to a signal's number it is the exit code, as in shells

# SIGHUP, of a closed terminal, is unknown to Windows.
STOPPING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Signals:
    """Catches the signals that stop a program, inside its `with` block.

    The first is only noted, so that files can be finished. The second raises, and so does time, where the
    system has an alarm: what is being done may wait for ever, as on an output that nobody reads.

    Args:
        grace: seconds between the first signal and that; 0: the first signal raises; None: only another does.

    Attributes:
        caught: the first signal's number; None while there was none.
    """

    def __init__(self, grace: float | None = 3.0) -> None:
        self.caught: int | None = None
        self._grace = grace
        self._before: dict[int, Any] = {}

    @property
    def exit_code(self) -> int:
        """Of a program that a signal stopped; 0 where there was none."""
        return 0 if self.caught is None else SIGNALLED + self.caught

    def stop(self) -> NoReturn:
        """Stop the program as the signal asks.

        Raises:
            KeyboardInterrupt: after Ctrl-C.
            SystemExit: after other signals, with their exit code.
        """
        if self.caught == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(self.exit_code)

    def _catch(self, number: int, _: FrameType | None) -> None:
        first = self.caught is None
        if first:
            self.caught = number
        if not first or self._grace == 0:
            self.stop()
        if self._grace is not None and sys.platform != "win32":
            self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._catch)
            signal.setitimer(signal.ITIMER_REAL, self._grace)

    def __enter__(self) -> Self:
        for number in STOPPING:
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN:  # as a shell sets it for what runs in the background
                self._before[number] = handler
                signal.signal(number, self._catch)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if sys.platform != "win32" and signal.SIGALRM in self._before:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in self._before.items():
            signal.signal(number, handler)
