"""How steady readings are over time: on rendered clips with truth, and on a real one.

    python bench/live.py [--seeds N] [--every N] [KIND ...]

Of each kind of clip it prints how many of the numbers that could be read were printed just once, how many
were printed wrong, again or never; the seconds from readable to printed, the median and the longest; the
share of frames in which all that has been readable for half a second is shown, and every box lies on its
digit; changes of a digit's identity a minute; changes of the shown text that are not in the truth; frames
with a reading and no sheet. `raw` is the share of readable numbers that the reader by itself reads right in
a frame: what is lost there, no tracker brings back. With `--every 3`, only each third frame is read and the
boxes are moved to those between, as it happens live where reading takes a tenth of a second.
"""

import itertools
import os
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import click
import cv2
from films import FRAMES_PER_SECOND, KINDS, SIZE, Mark, Shot, numbers, render

from webcam_digits import DigitReader
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.opening import open_source
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.tracker import Event, Update
from webcam_digits.types import Box, Line

RIGHT = 0.7  # least intersection over union of a box with the truth
GRACE = 0.5  # seconds of being readable after which a number must be shown

_PICTURE = Box(0, 0, *SIZE)
_REAL = "divyaKh-Handwritten-Digit-Recognition__original_video_6885.mp4"
_REAL_NUMBER = "6885"
_SEED = 600  # the first, far from those that the tracker was made with


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame: its truth, and what the tracker made of it.

    Attributes:
        time: seconds.
        marks: the digits that are at least partly in view.
        readable: the rows that can be read.
        shown: what the overlay shows.
        events: what was printed.
        raw: what the reader read.
    """

    time: float
    marks: tuple[Mark, ...]
    readable: frozenset[int]
    shown: tuple[Line, ...]
    events: tuple[Event, ...]
    raw: tuple[Line, ...] = ()


@dataclass(slots=True)
class Score:
    """Of one or more clips.

    Attributes:
        numbers: that could be read for long enough to be printed.
        once: of them, printed exactly once.
        wrong: printed, but not there.
        again: printed more than once.
        delays: seconds from readable to printed, one a number.
        frames: in which something is shown, or has to be.
        good: of them, with all that is readable shown, and every box right.
        switches: changes of a digit's track.
        flicker: changes of the shown text that are not in the truth.
        ghosts: frames with a reading where no sheet is in view.
        seconds: of clip.
        readable: numbers that could be read, summed over frames.
        raw: of them, those that the reader read right.
    """

    numbers: int = 0
    once: int = 0
    wrong: int = 0
    again: int = 0
    delays: list[float] = field(default_factory=list)
    frames: int = 0
    good: int = 0
    switches: int = 0
    flicker: int = 0
    ghosts: int = 0
    seconds: float = 0.0
    readable: int = 0
    raw: int = 0

    def add(self, other: "Score") -> None:
        """Take in another clip's."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))

    def __str__(self) -> str:
        median = f"{statistics.median(self.delays):.2f}" if self.delays else "-"
        return (
            f"{self.raw / max(self.readable, 1):>6.1%}{f'{self.once}/{self.numbers}':>8}"
            f"{self.wrong:>7}{self.again:>7}{self.numbers - len(self.delays):>8}"
            f"{median:>8}{max(self.delays, default=0):>9.2f}{self.good / max(self.frames, 1):>8.1%}"
            f"{60 * self.switches / max(self.seconds, 1):>10.1f}{self.flicker:>9}{self.ghosts:>8}"
        )


HEADER = (
    f"{'kind':<12}{'raw':>6}{'once':>8}{'wrong':>7}{'again':>7}{'missed':>8}{'median':>8}{'longest':>9}"
    f"{'boxes':>8}{'switches':>10}{'flicker':>9}{'ghosts':>8}"
)


def judge(texts: Iterable[str], moments: Iterable[Moment]) -> Score:
    """Hold what was printed and shown in one clip against its truth.

    Args:
        texts: the clip's numbers by their row.
        moments: of its frames, in order.
    """
    truth = [_digits(text) for text in texts]
    score = Score()
    since: dict[int, float] = {}  # of rows that are readable now, since when
    first: dict[int, float] = {}  # the time from which a row was readable for long enough
    printed = list[Event]()
    rows: dict[int, str] = {}  # what is shown of each row
    strange: frozenset[str] = frozenset()  # what is shown but belongs to no row
    tracks: dict[tuple[int, int], int | None] = {}
    for moment in moments:
        score.seconds += 1 / FRAMES_PER_SECOND
        printed += [event for event in moment.events if event.kind != "end"]
        read = {_digits(line.text) for line in moment.raw}
        score.readable += len(moment.readable)
        score.raw += sum(truth[row] in read for row in moment.readable)
        since = {row: since.get(row, moment.time) for row in moment.readable}
        for row, start in since.items():
            if moment.time - start >= GRACE:
                first.setdefault(row, start)
        owners = _owners(moment)
        shown = {row: line.text for line, row in zip(moment.shown, owners, strict=True) if row is not None}
        score.ghosts += bool(moment.shown and not moment.marks)
        due = {row for row, start in since.items() if moment.time - start >= GRACE}
        if (moment.shown and moment.marks) or due:
            score.frames += 1
            score.good += _boxes_are_right(moment) and due <= shown.keys()
        others = frozenset(line.text for line, row in zip(moment.shown, owners, strict=True) if row is None)
        score.flicker += len(others - strange)
        strange = others
        for row in moment.readable:
            if row in rows and shown.get(row, "") != rows[row]:
                score.flicker += 1
        rows |= {row: shown.get(row, "") for row in (rows.keys() | shown.keys()) & moment.readable}
        rows |= shown
        rows = {row: text for row, text in rows.items() if row in moment.readable or row in shown}
        score.switches += _switches(moment, tracks)
    counts = Counter(_digits(event.line.text) for event in printed)
    score.wrong = sum(count for text, count in counts.items() if text not in truth)
    for row, start in first.items():
        score.numbers += 1
        score.once += counts[truth[row]] == 1
        score.again += max(counts[truth[row]] - 1, 0)
        score.delays += [e.time - start for e in printed if _digits(e.line.text) == truth[row]][:1]
    return score


def _digits(text: str) -> str:
    return text.replace(" ", "")


def _owners(moment: Moment) -> list[int | None]:
    """For each shown line, of which row its digits are, by where they are."""
    owners: list[int | None] = []
    for line in moment.shown:
        votes = Counter(
            mark.row for digit in line.digits for mark in moment.marks if digit.box.iou(mark.box) > RIGHT / 2
        )
        owners.append(votes.most_common(1)[0][0] if votes else None)
    return owners


def _boxes_are_right(moment: Moment) -> bool:
    """Whether every box that can be seen is right: of a number that leaves the picture, some are outside."""
    return all(
        any(mark.text == str(digit.digit) and digit.box.iou(mark.box) >= RIGHT for mark in moment.marks)
        for line in moment.shown
        for digit in line.digits
        if digit.box.intersection_area(_PICTURE)
    )


def _switches(moment: Moment, tracks: dict[tuple[int, int], int | None]) -> int:
    """How many digits have another track than when they were last shown.

    Asked of numbers that can be read: of others, it is not sure which of their digits the marks are.
    """
    count = 0
    places = Counter[int]()
    digits = [digit for line in moment.shown for digit in line.digits]
    for mark in (mark for mark in moment.marks if mark.row in moment.readable):
        key = mark.row, places[mark.row]
        places[mark.row] += 1
        best = max(digits, key=lambda digit: digit.box.iou(mark.box), default=None)
        if best is not None and best.box.iou(mark.box) > RIGHT / 2:
            count += key in tracks and tracks[key] != best.track
            tracks[key] = best.track
    return count


class _Listener:
    """Keeps the last update, as a reporter."""

    def __init__(self) -> None:
        self.updates: list[Update] = []

    def update(self, frame: Frame, update: Update) -> None:
        """Keep it."""
        self.updates = [update]

    def finish(self, events: Iterable[Event]) -> None:
        """Nothing is left to print."""


def follow(reader: DigitReader, shots: Iterable[Shot], every: int) -> Iterator[Moment]:
    """Read a clip as the program does.

    Args:
        reader: for each frame that is read.
        shots: the clip.
        every: which of its frames that is; the boxes are moved to those between.
    """
    listener = _Listener()
    pipeline = Pipeline(reader, listener, Recording(Path(), FRAMES_PER_SECOND, live=False), Progress(None))
    result = None
    for index, shot in enumerate(shots):
        events: Sequence[Event] = ()
        if index % every == 0:
            result = pipeline.process(Frame(shot.image, index, shot.time))
            events = listener.updates[0].events
            shown = result.reading if result else None
        else:
            shown = result.now(shot.image).reading if result else None
        raw = result.inspection.reading.lines if result else ()
        yield Moment(shot.time, shot.marks, shot.readable, shown.lines if shown else (), tuple(events), raw)


def _real(reader: DigitReader, folder: Path) -> str:
    """What is printed of the real clip, of which one number is in view all the time."""
    listener = _Listener()
    pipeline = Pipeline(reader, listener, Recording(Path(), FRAMES_PER_SECOND, live=False), Progress(None))
    printed, shown = [], []
    with open_source(folder / "real" / _REAL) as source:
        for frame in source:
            pipeline.process(frame)
            (update,) = listener.updates
            printed += [f"{event.line.text} at {event.time:.2f} s" for event in update.events]
            shown.append("|".join(line.text for line in update.reading.lines))
    changes = sum(before != after for before, after in itertools.pairwise(shown))
    right = sum(_digits(text) == _REAL_NUMBER for text in shown) / len(shown)
    return (
        f"printed {', '.join(printed)}; shown in {right:.1%} of frames, {changes} changes of the shown text"
    )


@click.command()
@click.option("--seeds", default=3, show_default=True, help="Clips of each kind.")
@click.option("--every", default=1, show_default=True, help="Read one of so many frames.")
@click.argument("kinds", nargs=-1, type=click.Choice(KINDS))
def main(seeds: int, every: int, kinds: Sequence[str]) -> None:
    """Print a table, one kind of clip a line."""
    cv2.setNumThreads(1)
    reader, whole = DigitReader(), Score()
    print(HEADER)
    for kind in kinds or KINDS:
        score = Score()
        for seed in range(_SEED, _SEED + seeds):
            score.add(judge(numbers(kind, seed), follow(reader, render(kind, seed), every)))
        print(f"{kind:<12}{score}", flush=True)
        whole.add(score)
    print(f"{'all':<12}{whole}")
    if not kinds and "DIGITS_SHARED" in os.environ:
        print(f"real clip, {_REAL_NUMBER}: {_real(reader, Path(os.environ['DIGITS_SHARED']))}")


if __name__ == "__main__":
    main()
