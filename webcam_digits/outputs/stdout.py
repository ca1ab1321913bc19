"""What is told: numbers as text or JSON lines on standard output, progress on standard error."""

import json
import sys
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

import click

from webcam_digits.errors import ImageError, OutputError
from webcam_digits.logs import masked, one_line
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update
from webcam_digits.types import Reading

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar


class Reporter(Protocol):
    """Tells what happens in a video."""

    def update(self, frame: Frame, update: Update) -> None:
        """Tell what one more frame brought."""

    def finish(self, events: Iterable[Event]) -> None:
        """Tell what ended with the source."""


class Reporters:
    """Several reporters as one: each is told, in their order, also where one before it fails.

    Then the first failure is raised.
    """

    def __init__(self, *reporters: Reporter) -> None:
        self._reporters = reporters

    def update(self, frame: Frame, update: Update) -> None:
        """Let each tell what one more frame brought."""
        self._each(lambda reporter: reporter.update(frame, update))

    def finish(self, events: Iterable[Event]) -> None:
        """Let each tell what ended with the source."""
        ended = tuple(events)
        self._each(lambda reporter: reporter.finish(ended))

    def _each(self, tell: Callable[[Reporter], None]) -> None:
        failures = []
        for reporter in self._reporters:
            try:
                tell(reporter)
            except (OutputError, BrokenPipeError) as error:
                failures.append(error)
        if failures:
            raise failures[0]


class TextReporter:
    """One line a number, when it becomes steady and when it changes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def update(self, frame: Frame, update: Update) -> None:
        """Write the numbers that are new or changed."""
        for event in update.events:
            if event.kind != "end":
                write_line(self._stream, event.line.text)

    def finish(self, events: Iterable[Event]) -> None:
        """Write nothing: vanishing is not told."""


class JsonReporter:
    """One JSON object a line and event."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def update(self, frame: Frame, update: Update) -> None:
        """Write what happened to numbers."""
        self.finish(update.events)

    def finish(self, events: Iterable[Event]) -> None:
        """Write what happened to numbers, which after the last frame is that they end."""
        for event in events:
            write_line(self._stream, json.dumps(event.to_dict()))


class FrameReporter:
    """One JSON object a line and frame."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def update(self, frame: Frame, update: Update) -> None:
        """Write the numbers that are steady now."""
        lines = [line.to_dict() for line in update.reading.lines]
        content = {"event": "frame", "time": round(frame.time, 3), "frame": frame.index, "lines": lines}
        write_line(self._stream, json.dumps(content))

    def finish(self, events: Iterable[Event]) -> None:
        """Write nothing: there is no further frame."""


class PhotoReporter(Protocol):
    """Tells what is on still images."""

    def read(self, name: str, reading: Reading) -> None:
        """Tell what was read in one."""

    def failed(self, name: str, error: ImageError) -> None:
        """Tell that one could not be read."""


class TextPhotoReporter:
    """One line a number; behind the image's name, where there are several images."""

    def __init__(self, stream: TextIO, *, named: bool) -> None:
        self._stream = stream
        self._named = named

    def read(self, name: str, reading: Reading) -> None:
        """Write the numbers."""
        for line in reading.lines:
            write_line(self._stream, f"{one_line(name)}: {line.text}" if self._named else line.text)

    def failed(self, name: str, error: ImageError) -> None:
        """Write nothing: text is for numbers."""


class JsonPhotoReporter:
    """One JSON object a line and image."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def read(self, name: str, reading: Reading) -> None:
        """Write what was read."""
        write_line(self._stream, json.dumps({"source": _source(name), **reading.to_dict()}))

    def failed(self, name: str, error: ImageError) -> None:
        """Write why nothing was read."""
        write_line(self._stream, json.dumps({"source": _source(name), "error": masked(str(error))}))


def _source(name: str) -> str:
    """A photo's name as it was given; what can only be a URL without its secrets."""
    return masked(name) if "://" in name else name


def write_line(stream: TextIO, line: str) -> None:
    """Write a line, at once.

    Raises:
        BrokenPipeError: nobody reads it any more.
        OutputError: it could not be written, as on a full disk.
    """
    try:
        stream.write(line + "\n")
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        if sys.platform == "win32" and error.errno == 22:  # how Windows tells of a closed pipe
            raise BrokenPipeError from error
        raise OutputError(f"cannot write to standard output: {error.strerror or error}") from error


class Progress:
    """A bar with the time left, on standard error; a context manager.

    Args:
        length: of the whole, in steps; None where it is not known, and then there is no bar.
        shown: whether to show it; it is never shown where standard error is no terminal.
    """

    def __init__(self, length: int | None, *, shown: bool = True) -> None:
        self._bar: ProgressBar[int] | None = None
        if shown and length and sys.stderr is not None and sys.stderr.isatty():
            self._bar = click.progressbar(length=length, file=sys.stderr)

    def advance(self) -> None:
        """One step is done."""
        if self._bar:
            self._bar.update(1)

    def clear(self) -> None:
        """Make way for a line of text; the bar comes back with the next step."""
        if self._bar:
            click.echo("\r\033[K", nl=False, err=True)

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.__exit__(kind, error, trace)
