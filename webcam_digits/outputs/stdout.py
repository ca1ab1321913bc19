"""Numbers on standard output: lines of text or of JSON."""

import json
import sys
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TextIO

from webcam_digits.errors import ImageError, OutputError
from webcam_digits.logs import masked, one_line
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update
from webcam_digits.types import Reading


class Reporter(Protocol):
    """Reports what happens in a video."""

    def update(self, frame: Frame, update: Update) -> None:
        """Report what one more frame brought."""

    def finish(self, events: Iterable[Event]) -> None:
        """Report what ended with the source."""


class Reporters:
    """Several reporters as one, called in their order; where some fail, the first failure is raised last."""

    def __init__(self, *reporters: Reporter) -> None:
        self._reporters = reporters

    def update(self, frame: Frame, update: Update) -> None:
        """Let each report what one more frame brought."""
        self._each(lambda reporter: reporter.update(frame, update))

    def finish(self, events: Iterable[Event]) -> None:
        """Let each report what ended with the source."""
        ended = tuple(events)
        self._each(lambda reporter: reporter.finish(ended))

    def _each(self, report: Callable[[Reporter], None]) -> None:
        failures = []
        for reporter in self._reporters:
            try:
                report(reporter)
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
        """Write nothing: that a number vanishes is not printed."""


class JsonReporter:
    """One JSON object a line and event; of turned pictures with the degrees of `--rotate`."""

    def __init__(self, stream: TextIO, *, rotated: int = 0) -> None:
        self._stream = stream
        self._rotated = rotated

    def update(self, frame: Frame, update: Update) -> None:
        """Write what happened to numbers."""
        self.finish(update.events)

    def finish(self, events: Iterable[Event]) -> None:
        """Write what happened to numbers, which after the last frame is that they end."""
        for event in events:
            write_json(self._stream, event.to_dict(), self._rotated)


class FrameReporter:
    """One JSON object a line and frame; of turned pictures with the degrees of `--rotate`."""

    def __init__(self, stream: TextIO, *, rotated: int = 0) -> None:
        self._stream = stream
        self._rotated = rotated

    def update(self, frame: Frame, update: Update) -> None:
        """Write the numbers that are steady now."""
        lines = [line.to_dict() for line in update.reading.lines]
        content = {"event": "frame", "time": round(frame.time, 3), "frame": frame.index, "lines": lines}
        write_json(self._stream, content, self._rotated)

    def finish(self, events: Iterable[Event]) -> None:
        """Write nothing: there is no further frame."""


class PhotoReporter(Protocol):
    """Reports what is on still images."""

    def read(self, name: str, reading: Reading) -> None:
        """Report what was read in one."""

    def failed(self, name: str, error: ImageError) -> None:
        """Report that one could not be read."""


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
    """One JSON object a line and image; of turned images with the degrees of `--rotate`."""

    def __init__(self, stream: TextIO, *, rotated: int = 0) -> None:
        self._stream = stream
        self._rotated = rotated

    def read(self, name: str, reading: Reading) -> None:
        """Write what was read."""
        write_json(self._stream, {"source": _source(name), **reading.to_dict()}, self._rotated)

    def failed(self, name: str, error: ImageError) -> None:
        """Write why nothing was read."""
        write_json(self._stream, {"source": _source(name), "error": masked(str(error))})


def _source(name: str) -> str:
    """A photo's name as it was given; what can only be a URL without its secrets."""
    return masked(name) if "://" in name else name


def write_json(stream: TextIO, content: dict[str, Any], rotated: int = 0) -> None:
    """Write a JSON object as a line, as `write_line` does; of a turned picture with its degrees."""
    write_line(stream, json.dumps({**content, "rotated": rotated} if rotated else content))


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
        if sys.platform == "win32" and error.errno == 22:  # a closed pipe, on Windows
            raise BrokenPipeError from error
        raise OutputError(f"cannot write to standard output: {error.strerror or error}") from error
