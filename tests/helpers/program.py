"""The real program: a process of its own, and its window on a display."""

import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from tests.helpers.screen import on, wait_until

COMMAND = [sys.executable, "-m", "webcam_digits"]
PATIENCE = 60  # seconds until a process that does not end has failed: one on a loaded machine is slow
_PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}


def finished(*args, **extra) -> subprocess.CompletedProcess[str]:
    """A run that has ended by itself."""
    options = {**_PIPES, "timeout": PATIENCE, "check": False, **extra}
    return subprocess.run([*COMMAND, *map(str, args)], **options)


def start(*args, **extra) -> subprocess.Popen[str]:
    """A run that the caller ends."""
    return subprocess.Popen([*COMMAND, *map(str, args)], **(_PIPES | extra))


@contextmanager
def started(*args, **extra) -> Iterator[subprocess.Popen[str]]:
    """A run that is over with the `with` block, however it goes."""
    process = start(*args, **extra)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def in_window(display: str, *args, **extra) -> "Iterator[Shown]":
    """A run with a window, likewise."""
    with start("--window", *args, env=os.environ | {"DISPLAY": display}, **extra) as process:
        try:
            yield Shown(display, process)
        finally:
            process.kill()


class Shown:
    """A running program with a window.

    Attributes:
        lines: the lines printed that somebody has waited for.
    """

    def __init__(self, display: str, process: subprocess.Popen[str]):
        self.display, self.process, self.lines = display, process, []
        self._printed: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self._printed.put(line.rstrip("\n"))
        self._printed.put(None)

    @cached_property
    def window(self) -> str:
        """The window's identity, once it is there and has the keyboard."""
        search = ["xdotool", "search", "--all", "--onlyvisible", "--pid", str(self.process.pid)]
        search += ["--name", "webcam-digits - "]
        found = []

        def is_there():
            assert self.process.poll() is None, self.process.stderr.read()
            found[:] = on(self.display, *search).stdout.decode().split()
            return found

        wait_until(is_there)
        wait_until(lambda: on(self.display, "xdotool", "windowactivate", "--sync", found[0]).returncode == 0)
        return found[0]

    def do(self, *command):
        return on(self.display, *command, check=True).stdout.decode()

    def hit(self, key):
        self.do("xdotool", "windowactivate", "--sync", self.window, "key", key)

    def close(self):
        self.do("wmctrl", "-i", "-c", self.window)

    def drag(self, start, end):
        """Drag from one place of the picture in the window to another."""
        between = [(a + b) // 2 for a, b in zip(start, end, strict=True)]
        for at, *then in ((start, "mousedown", "1"), (between,), (end, "mouseup", "1")):
            self.do("xdotool", "mousemove", "--window", self.window, *map(str, at), *then)

    def click(self, at):
        self.drag(at, at)

    def wait_for(self, line):
        """Wait until this line is printed."""
        while not self.lines or self.lines[-1] != line:
            assert self.next_line() is not None, f"ended without {line}"

    def next_line(self):
        """The next line printed; None at the end."""
        line = self._printed.get(timeout=PATIENCE)
        if line is not None:
            self.lines.append(line)
        return line

    def waiting(self):
        """The lines printed that nobody has waited for."""
        return list(self._printed.queue)

    def ending(self):
        """Exit code, all lines printed, and what stands on standard error."""
        code = self.process.wait(PATIENCE)
        while self.next_line() is not None:
            pass
        return code, self.lines, self.process.stderr.read()
