"""Runs a command with each number that is emitted."""

import contextlib
import logging
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from time import monotonic
from types import TracebackType
from typing import Self

from webcam_digits.errors import UsageError
from webcam_digits.signals import Signals
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update

logger = logging.getLogger(__name__)

_PATIENCE = 10.0  # seconds that a command has, once the run has ended by itself
_SHORT_PATIENCE = 1.0  # ... and once the user or a signal has ended it
_REPORT_AFTER = 1.0  # seconds of waiting after which that is reported
_TICK = 0.05  # seconds between two checks of what ends the waiting
_KILL_AFTER = 0.5  # seconds that a command has to end when it is asked to


class ExecHook:
    """A reporter that runs a command with each number that is new or changed as its last argument.

    One runs at a time. Of the numbers that come meanwhile the newest waits, and the others are skipped.
    The command has nothing to read, and writes to standard error: standard output is for numbers.

    A context manager, at whose end the command in work, and the one that waits, have some time left.
    """

    def __init__(self, command: str) -> None:
        """Set up.

        Args:
            command: as a shell would take it, but without a shell's variables, pipes and wildcards.

        Raises:
            UsageError: it is empty, a quotation in it does not end, or there is no such program.
        """
        self._arguments = split_command(command)
        if shutil.which(self._arguments[0]) is None:
            raise UsageError(
                f"--exec {self._arguments[0]}: there is no such program, or it may not be run; "
                "what only a shell knows goes into sh -c '...'"
            )
        self._patience = _PATIENCE
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: str | None = None
        self._stopped = False
        try:
            self._output = os.dup(2)  # the recorder silences the descriptor itself for a moment
        except OSError:  # closed
            self._output = os.open(os.devnull, os.O_WRONLY)

    def update(self, frame: Frame, update: Update) -> None:
        """Run the command for the numbers that are new or changed."""
        for event in update.events:
            if event.kind != "end":
                self._submit(event.line.text)

    def finish(self, events: Iterable[Event]) -> None:
        """Run nothing: numbers that vanish are not handed on."""

    def hurry(self) -> None:
        """Leave the command little time at the end: somebody waits for the program to be gone."""
        self._patience = _SHORT_PATIENCE

    def _submit(self, number: str) -> None:
        with self._lock:
            if self._stopped:  # a reading that hung until after the end
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, args=(number,), name="exec", daemon=True)
                self._thread.start()
                return
            if self._waiting is not None:
                logger.debug("%s is skipped: the --exec command is still at work", self._waiting)
            self._waiting = number

    def _work(self, number: str | None) -> None:
        while number is not None:
            self._run(number)
            with self._lock:
                number, self._waiting = self._waiting, None
                if number is None:
                    self._thread = None

    def _run(self, number: str) -> None:
        try:
            process = subprocess.Popen(
                [*self._arguments, number],
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=self._output,
                # A group of its own: Ctrl-C is for us, and what the command has started ends with it.
                process_group=0 if os.name == "posix" else None,
            )
        except (OSError, ValueError) as error:  # gone since, no program, a null character
            reason = (isinstance(error, OSError) and error.strerror) or error
            logger.error("the --exec command %s cannot be run: %s", self._arguments[0], reason)
            return
        with self._lock:
            self._process = process
            if self._stopped:
                _end(process, kill=True)
        code = process.wait()
        self._process = None
        if code and not self._stopped:
            end = f"exit code {code}" if code > 0 else f"signal {-code}"
            logger.error("the --exec command %s failed for %s: %s", self._arguments[0], number, end)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        at_once = kind is not None and not issubclass(kind, Exception)  # as a second signal wants it
        with Signals() as signals:
            try:
                self._wait(signals, 0 if at_once else self._patience)
            finally:
                self._stop()
        os.close(self._output)
        if signals.caught is not None:
            signals.stop()

    def _wait(self, signals: Signals, patience: float) -> None:
        """Until all is done, time is up or a signal comes."""
        start, reported = monotonic(), False
        while (thread := self._thread) is not None and signals.caught is None:
            waited = monotonic() - start
            if waited >= patience:
                logger.error("the --exec command %s does not end: it is broken off", self._arguments[0])
                return
            if waited >= _REPORT_AFTER and not reported:
                reported = True
                logger.info("waiting up to %.0f s for the --exec command; Ctrl-C breaks it off", patience)
            thread.join(_TICK)

    def _stop(self) -> None:
        """Break off what is still at work; what is just being started breaks itself off."""
        with self._lock:
            self._stopped, self._waiting = True, None
            thread, process = self._thread, self._process
        if thread is None:
            return
        for kill in (False, True):
            if process is not None and thread.is_alive():
                _end(process, kill=kill)
            thread.join(_KILL_AFTER)


def split_command(command: str) -> list[str]:
    """A command's program and arguments.

    Raises:
        UsageError: it is empty, or a quotation in it does not end.
    """
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise UsageError(f"--exec {command!r} cannot be split into words: {error}") from error
    if not arguments:
        raise UsageError("--exec names no command")
    return arguments


def _end(process: subprocess.Popen[bytes], *, kill: bool) -> None:
    """End a command, and on POSIX all that it has started."""
    if sys.platform == "win32":
        process.kill()  # which is all that there is
        return
    with contextlib.suppress(ProcessLookupError):  # it has just ended
        os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
