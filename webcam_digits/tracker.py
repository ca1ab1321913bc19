"""Readings over time -> a steady reading, and the events that are told.

A number is told once most of its readings over a short while agree, so that neither a flicker nor what is
half written is told; it outlives short misses, and is the same number when it comes back in time.
"""

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from webcam_digits.reading import Box, Digit, Line, Reading

logger = logging.getLogger(__name__)

_REST = 0.4  # seconds that a number's readings must agree for before it is told
_FEWEST = 3  # readings in that time
_AGREEMENT = 0.8  # share of them that must be alike
_MOST_READINGS = 250  # in that time; a clock that hardly moves must not pile them up
_HIDDEN = 0.4  # seconds unseen after which a number is no longer shown
_DOUBTED = 0.15  # seconds of being read otherwise after which it is no longer shown
_AWAY = 2.0  # seconds unseen after which it has ended, and would be told anew
MOST_ROWS = 200  # followed at once


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell about a number.

    Attributes:
        kind: "appear" and "change" when a text becomes steady, "end" when the number has gone.
        number: the number's identity, counted from 1 in the order of appearance.
        time: seconds; of an "end", when it was last seen.
        frame: the frame's index at that time.
        line: the number as it is, or as it was last.
        start: of an "end", the time at which it appeared.
    """

    kind: Literal["appear", "change", "end"]
    number: int
    time: float
    frame: int
    line: Line
    start: float | None = None


@dataclass(frozen=True, slots=True)
class Update:
    """What a tracker makes of one more reading.

    Attributes:
        reading: the numbers that are steady now, each with its `number` and its digits with their `track`.
        events: what became worth telling with this reading, in reading order.
    """

    reading: Reading
    events: tuple[Event, ...]


@dataclass(slots=True)
class _Row:
    """One number followed over time."""

    seen: Line  # as read last, digits tracked
    time: float  # of that reading
    frame: int
    # Time and digits of the last readings.
    recent: deque[tuple[float, str]] = field(default_factory=lambda: deque(maxlen=_MOST_READINGS))
    told: Line | None = None  # as told, and where it was when it was last read so
    agreed: float = 0.0  # time of that reading
    number: int = 0
    start: float = 0.0

    def shown(self, now: float) -> bool:
        """Whether what was told is still what stands there."""
        return now - self.agreed < (_DOUBTED if self.time == now else _HIDDEN)

    def steady(self) -> bool:
        """Whether the newest reading has come to rest."""
        latest, text = self.recent[-1]
        alike = sum(digits == text for _, digits in self.recent)
        rested = latest - self.recent[0][0] >= _REST and len(self.recent) >= _FEWEST
        return rested and alike >= _AGREEMENT * len(self.recent)


class Tracker:
    """Follows numbers from reading to reading. Where the source's clock runs backwards, time stands still."""

    def __init__(self) -> None:
        self._rows: list[_Row] = []
        self._numbers = 0
        self._tracks = 0
        self._now = 0.0
        self._crowded = False

    def update(self, reading: Reading, *, frame: int, time: float) -> Update:
        """Take one more reading.

        Args:
            reading: of the frame, also when it is empty.
            frame: the frame's index.
            time: the frame's time in seconds.
        """
        self._now = now = max(time, self._now)
        order: list[_Row] = []  # the rows seen now, as they are read
        for line, row in self._associate(reading.lines, now):
            if row is None:
                if len(self._rows) == MOST_ROWS:
                    self._tell_crowded()
                    continue
                row = _Row(seen=line, time=now, frame=frame)
                self._rows.append(row)
            self._see(row, line, frame)
            order.append(row)

        events = [event for row in order for event in self._tell(row)]
        gone = [row for row in self._rows if now - row.time >= (_AWAY if row.told else _HIDDEN)]
        events += self._end(gone)
        unseen = [row for row in self._rows if row.time < now]
        shown = [row.told for row in (*order, *unseen) if row.told and row.shown(now)]
        return Update(replace(reading, lines=tuple(shown)), tuple(events))

    def finish(self) -> tuple[Event, ...]:
        """The ends of all numbers that are still there, at the end of the source."""
        return tuple(self._end(list(self._rows)))

    def _associate(self, lines: Sequence[Line], now: float) -> list[tuple[Line, _Row | None]]:
        """Pair lines with the rows they continue, by the same digits first, then by the same place."""
        free = list(self._rows)
        pairs: dict[int, _Row] = {}
        for same_place in (False, True):
            for i, line in enumerate(lines):
                if i in pairs:
                    continue
                fitting = [row for row in free if _continues(line, row, now, same_place=same_place)]
                if fitting:
                    pairs[i] = min(fitting, key=lambda row: _distance(row.seen.box, line.box))
                    free.remove(pairs[i])
        return [(line, pairs.get(i)) for i, line in enumerate(lines)]

    def _tell_crowded(self) -> None:
        if not self._crowded:
            logger.warning("more than %d numbers at once: the others are not followed", MOST_ROWS)
        self._crowded = True

    def _see(self, row: _Row, line: Line, frame: int) -> None:
        """Note that a row was read as `line` now."""
        row.seen = replace(line, digits=self._track(line.digits, row.seen.digits))
        row.time, row.frame = self._now, frame
        row.recent.append((self._now, _digits(line)))
        while len(row.recent) > _FEWEST and self._now - row.recent[1][0] >= _REST:
            row.recent.popleft()

    def _track(self, digits: Sequence[Digit], before: Sequence[Digit]) -> tuple[Digit, ...]:
        """Give each digit the track of the digit of the last reading that it covers most, or a new one."""
        free = [digit for digit in before if digit.track is not None]
        tracked = []
        for digit in digits:
            nearest = max(free, key=lambda other: digit.box.iou(other.box), default=None)
            if nearest is not None and nearest.box.intersection(digit.box):
                free.remove(nearest)
                track = nearest.track
            else:
                self._tracks += 1
                track = self._tracks
            tracked.append(replace(digit, track=track))
        return tuple(tracked)

    def _tell(self, row: _Row) -> list[Event]:
        """The event, if any, that a row seen now gives rise to."""
        if row.told and _digits(row.told) == _digits(row.seen):
            # Only its place has changed. The text stays: a gap near the limit of a space would flicker.
            row.told, row.agreed = replace(row.seen, text=row.told.text, number=row.number), self._now
            return []
        if not row.steady():
            return []
        kind: Literal["appear", "change"] = "change" if row.told else "appear"
        if row.told is None:
            self._numbers += 1
            row.number, row.start = self._numbers, self._now
        row.told, row.agreed = replace(row.seen, number=row.number), self._now
        return [Event(kind, row.number, self._now, row.frame, row.told)]

    def _end(self, rows: Sequence[_Row]) -> list[Event]:
        ended = []
        for row in rows:
            self._rows.remove(row)
            if row.told:
                ended.append(Event("end", row.number, row.time, row.frame, row.told, row.start))
        return ended


def _digits(line: Line) -> str:
    return line.text.replace(" ", "")


def _continues(line: Line, row: _Row, now: float, *, same_place: bool) -> bool:
    """Whether a line may be the next reading of a row."""
    if not same_place:
        return _digits(line) == _digits(row.told or row.seen)
    if now - row.time >= _HIDDEN:
        return False  # something else may stand there by now
    overlap = line.box.intersection(row.seen.box)
    return overlap > 0.3 * min(line.box.width * line.box.height, row.seen.box.width * row.seen.box.height)


def _distance(a: Box, b: Box) -> float:
    """Between the middles of two boxes, in pixels."""
    return abs(a.x - b.x + (a.width - b.width) / 2) + abs(a.y - b.y + (a.height - b.height) / 2)
