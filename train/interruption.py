"""What Ctrl-C and SIGTERM do to a training."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C and SIGTERM raise, so that what was reached is told and helpers end; elsewhere they just end."""
    raising = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: _terminate}
    before = {number: signal.getsignal(number) for number in raising}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as a shell sets it for what runs in the background
            signal.signal(number, raising[number])
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _terminate(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
