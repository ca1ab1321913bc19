"""What is printed of clips against what is in view in them, read as the program reads a video."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from scoring.labelled import Clip, Segment
from scoring.row_scoring import rows_of
from webcam_digits import DigitReader
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.reading.reader import Edges
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.opening import open_source
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update
from webcam_digits.types import Image, Reading

_EARLY = _LATE = 1.0  # seconds around a segment in which its rows may be printed


@dataclass(frozen=True, slots=True)
class ClipScore:
    """Of one or more clips.

    Attributes:
        rows: that can be read, each in its segment.
        right: of them, those that were printed in time.
        again: printed more than once.
        false: printed, but not there, or not then.
    """

    rows: int = 0
    right: int = 0
    again: int = 0
    false: int = 0

    def __add__(self, other: "ClipScore") -> "ClipScore":
        return ClipScore(
            self.rows + other.rows,
            self.right + other.right,
            self.again + other.again,
            self.false + other.false,
        )


def score_clip(segments: Iterable[Segment], printed: Iterable[tuple[float, str]]) -> ClipScore:
    """Hold what was printed, with the seconds at which it was, against a clip's segments."""
    due = [(segment, row) for segment in segments for row in segment.rows]
    counts = [0] * len(due)
    false = 0
    for time, text in printed:
        there = [
            i
            for i, (segment, row) in enumerate(due)
            if "".join(rows_of([text])) == row and segment.start - _EARLY <= time <= segment.end + _LATE
        ]
        if there:
            counts[min(there, key=lambda i: counts[i])] += 1
        else:
            false += 1
    return ClipScore(len(due), sum(map(bool, counts)), sum(max(count - 1, 0) for count in counts), false)


def watch(read: Callable[[Image], Reading], clip: Clip, every: int) -> list[tuple[float, str]]:
    """What is printed of a clip, each with its time in seconds.

    Args:
        read: reads a frame.
        clip: the video.
        every: one of so many frames is read; of several, those that show nothing new are not.
    """
    printed = _Printed()
    with open_source(clip.path) as source, Progress((source.frame_count or 0) // every) as progress:
        recording = Recording(Path(), source.fps, live=False)
        # A pipeline asks no more of its reader than `_Reads` has, and of an inspection only its reading.
        pipeline = Pipeline(cast(DigitReader, _Reads(read)), printed, recording, progress)
        for frame in source:
            if frame.index % every == 0:
                pipeline.process(frame, reuse=every > 1)
        pipeline.finish()
    return printed.lines


class _Printed:
    """Keeps what the program would print, as a reporter."""

    def __init__(self) -> None:
        self.lines: list[tuple[float, str]] = []

    def update(self, frame: Frame, update: Update) -> None:
        """Keep it."""
        self.lines += [(event.time, event.line.text) for event in update.events if event.kind != "end"]

    def finish(self, events: Iterable[Event]) -> None:
        """What ends is not printed."""


@dataclass(frozen=True, slots=True)
class _Inspection:
    reading: Reading


class _Reads:
    """A reader made of a function."""

    min_confidence: float | None = None

    def __init__(self, read: Callable[[Image], Reading]) -> None:
        self._read = read

    def inspect(self, image: Image, goes_on: Edges) -> _Inspection:
        """Read the whole of a picture."""
        return _Inspection(self._read(image))
