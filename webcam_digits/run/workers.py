"""What the roles of a live run are made of: threads, and buffers that hand on only the newest result."""

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

_JOIN_TIMEOUT = 1.0  # seconds that a role has to end; one that hangs in a driver is left behind

T = TypeVar("T")


class Newest(Generic[T]):
    """A one-slot buffer between two threads: the newest item wins and is handed out once."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._error: Exception | None = None

    def put(self, item: T) -> None:
        """Replace what has not been taken."""
        with self._changed:
            self._item = item
            self._changed.notify()

    def fail(self, error: Exception) -> None:
        """Let the next one who takes meet an error."""
        with self._changed:
            self._error = error
            self._changed.notify()

    def check(self) -> None:
        """Meet the other side's error at once, whatever is still there to take.

        Raises:
            Exception: what the other side failed with.
        """
        with self._changed:
            if self._error is not None:
                raise self._error

    def take(self, timeout: float) -> T | None:
        """The newest item; None where none came within `timeout` seconds.

        Raises:
            Exception: what the other side failed with.
        """
        with self._changed:
            if self._item is None and self._error is None:
                self._changed.wait(timeout)
            item, self._item = self._item, None
            if item is None and self._error is not None:
                raise self._error
            return item


class Role(threading.Thread):
    """Repeats a step on a thread of its own, within its `with` block, until the step fails."""

    def __init__(self, name: str, step: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._step = step
        self._failed = failed
        self._stopped = threading.Event()

    def run(self) -> None:
        """Repeat the step."""
        try:
            while not self._stopped.is_set():
                self._step()
        except Exception as error:  # it belongs to the thread that waits for this one's results
            self._failed(error)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self.join(_JOIN_TIMEOUT)
