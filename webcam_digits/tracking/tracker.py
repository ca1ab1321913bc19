"""Readings over time -> a steady reading, and the events that are told.

Every digit is followed as a track, and every number as a row of tracks: see `association.py` for how they
are found again, `tracks.py` and `rows.py` for how their readings vote. A number is told once its readings
agree for a while, so that neither a flicker nor what is half written is told. What was told changes only on
lasting evidence, outlives short misses and a hand that covers part of it, and is the same number when it
comes back in time.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from webcam_digits.tracking.assignment import Sighting, associate
from webcam_digits.tracking.digit_track import Track
from webcam_digits.tracking.motion import STILL, Motion, Small, look
from webcam_digits.tracking.number_track import Row, Text
from webcam_digits.types import Box, Digit, Line, Reading

logger = logging.getLogger(__name__)

_HIDDEN = 0.4  # seconds unseen after which a number is no longer shown
_DOUBTED = 0.3  # seconds of being read otherwise after which it is no longer shown
_AWAY = 2.0  # seconds unseen after which it has ended, and would be told anew
_REPLACED = 0.6  # seconds that digits must be steadily read otherwise before that is told, and
_COVERED = 2.0  # seconds that they must be missing: a hand may lie on them
MOST_ROWS = 200  # followed at once
MOST_DIGITS = 500  # likewise


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell about a number.

    Attributes:
        kind: "appear" and "change" when a text becomes steady, "end" when the number has gone.
        id: the number's identity, counted from 1 in the order of appearance.
        time: seconds; of an "end", when it was last seen.
        frame: the frame's index at that time.
        line: the number as it is, or as it was last; its boxes end at the picture's edge, and digits that lie
            outside are in its text only.
        start: of an "end", the time at which it appeared.
    """

    kind: Literal["appear", "change", "end"]
    id: int
    time: float
    frame: int
    line: Line
    start: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The event as `--json` prints it."""
        line = self.line.to_dict() | {"id": self.id}
        when = {"time": round(self.time, 3), "frame": self.frame}
        end = {} if self.start is None else {"start": round(self.start, 3)}
        return {"event": self.kind, "id": self.id, **when, **line, **end}


@dataclass(frozen=True, slots=True)
class Update:
    """What a tracker makes of one more reading.

    Attributes:
        reading: the numbers that are steady now, each with its `id` and its digits with their `track`.
        events: what became worth telling with this reading, in reading order.
    """

    reading: Reading
    events: tuple[Event, ...]


class Tracker:
    """Follows numbers from reading to reading. Where the source's clock runs backwards, time stands still."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._numbers = 0
        self._tracks = 0
        self._now = self._least = 0.0
        self._size = 0, 0
        self._taken: list[NDArray[np.float64]] | None = None  # by what is shown; made when it is asked for
        self._crowded = False

    @property
    def places(self) -> tuple[Box, ...]:
        """Where the digits seen lately are, in pixels: what the picture's motion is told by."""
        return tuple(
            track.place
            for row in self._rows
            if self._now - row.time < _HIDDEN and not row.lost
            for track in row.tracks.values()
        )

    @property
    def settled(self) -> bool:
        """Whether all that was read lately is told, as it was read: another look would bring nothing new."""
        return all(row.told and row.agreed == self._now for row in self._rows)

    def update(
        self,
        reading: Reading,
        *,
        frame: int,
        time: float,
        motion: Motion = STILL,
        blurred: bool = False,
        picture: Small | None = None,
        least: float = 0.0,
    ) -> Update:
        """Take one more reading.

        Args:
            reading: of the frame, also when it is empty.
            frame: the frame's index.
            time: the frame's time in seconds.
            motion: of the picture since the last reading.
            blurred: the frame moved too fast to be read: it tells where numbers are, not what they are.
            picture: the frame, small. A digit that was told and is not read just now, but looks as it did
                when it was read last, is still there.
            least: confidence, 0..1, that each digit of a number must have for it to be told.
        """
        self._now = now = max(time, self._now)
        self._size, self._least, self._taken = (reading.width, reading.height), least, None
        for row in self._rows:
            row.move(motion)
            # What was unseen for a while may have made room for something else.
            row.lost = row.lost or motion.lost or now - row.time >= _HIDDEN
        order: list[Row] = []  # the rows seen now, as they are read
        for sighting in associate(self._followed(reading.lines), self._rows):
            if sighting.row is None and len(self._rows) == MOST_ROWS:
                self._tell_crowded()
                continue
            order.append(self._see(sighting, frame, picture, votes=not blurred))
        for row in self._rows:
            if row.time < now and not row.lost:
                standing = row.standing({}, picture, least)
                if len(standing) > len(row.current) / 2:
                    row.time, row.frame, row.agreed = now, frame, now
                row.see(standing, frozenset(), now, votes=not blurred)

        # Of digits that were smeared, not even the order is sure.
        self._rows = _in_order(order, self._rows)
        seen = [row for row in self._rows if row.time == now]
        events = [] if blurred else [event for row in seen if (event := self._tell(row)) is not None]
        for row in seen:
            if row.told:
                row.last = self._line(row)
        gone = [row for row in self._rows if now - row.time >= (_AWAY if row.told else _HIDDEN)]
        events += self._end(gone)
        shown = [row.line() for row in self._rows if self._is_shown(row)]
        return Update(replace(reading, lines=tuple(shown)).within(), tuple(events))

    def look_only_at(self, part: Box) -> None:
        """Only this part of the picture is read from now on: what reaches out is not there as it looks so."""
        for row in self._rows:
            for track in row.tracks.values():
                if track.place.union(part) != part:
                    track.look = None

    def finish(self) -> tuple[Event, ...]:
        """The ends of all numbers that are still there, at the end of the source."""
        return tuple(self._end(list(self._rows)))

    def _followed(self, lines: Sequence[Line]) -> Sequence[Line]:
        """As many of the lines as can be followed."""
        digits = 0
        for i, line in enumerate(lines):
            digits += len(line.digits)
            if digits > MOST_DIGITS:
                self._tell_crowded()
                return lines[:i]
        return lines

    def _tell_crowded(self) -> None:
        if not self._crowded:
            logger.warning(
                "more than %d numbers or %d digits at once: the others are not followed",
                MOST_ROWS,
                MOST_DIGITS,
            )
        self._crowded = True

    def _see(self, sighting: Sighting, frame: int, picture: Small | None, *, votes: bool) -> Row:
        """Note what was seen of a row, which may be new."""
        row = sighting.row
        if row is None:
            row = Row(self._now, frame)
            self._rows.append(row)
        seen: dict[int, Digit] = {}
        spaces: set[int] = set()
        for (digit, track), space in zip(sighting.digits, sighting.spaces, strict=True):
            if track is None or track.number in seen:
                self._tracks += 1
                track = Track(self._tracks, digit, np.array([digit.box], np.float64))
            row.tracks[track.number] = track
            seen[track.number] = digit
            if space:
                spaces.add(track.number)
        if picture is not None:
            for number in seen:
                row.tracks[number].see_look(look(picture, row.tracks[number].place))
        seen |= row.standing(seen, picture, self._least)
        row.see(seen, frozenset(spaces), self._now, votes=votes)
        row.time, row.frame, row.lost = self._now, frame, False
        if row.agrees(seen):
            row.agreed = self._now
        return row

    def _tell(self, row: Row) -> Event | None:
        """The event, if any, that a row seen now gives rise to."""
        text = row.consensus(self._least)
        if text is None:
            return None
        if row.told is None:
            if self._taken is None:
                self._taken = [other.places for other in self._rows if self._is_shown(other)]
            if row.lies_on(self._taken):
                return None  # part of a number that came back, taken for a new one in between
            self._numbers += 1
            row.id, row.start = self._numbers, self._now
            self._taken.append(row.places)
            return self._told(row, text, "appear")
        if text.digits == row.told.digits:
            # The spaces stay: a gap near the limit of a space would flicker.
            row.told, row.differing = replace(text, spaces=row.told.spaces), None
            return None
        if row.differing is None or row.differing[0] != text.digits:
            row.differing = text.digits, self._now
        if self._now - row.differing[1] < _doubt(row.told, text):
            return None
        return self._told(row, text, "change")

    def _told(self, row: Row, text: Text, kind: Literal["appear", "change"]) -> Event:
        row.told, row.differing, row.agreed = text, None, self._now
        return Event(kind, row.id, self._now, row.frame, self._line(row))

    def _line(self, row: Row) -> Line:
        """A row as told, as far as it lies in the picture."""
        line = row.line()
        return line.within(*self._size) or line

    def _is_shown(self, row: Row) -> bool:
        """Whether what was told is still what stands there."""
        if not row.told or row.lost:
            return False
        return self._now - row.agreed < (_DOUBTED if row.time == self._now else _HIDDEN)

    def _end(self, rows: Sequence[Row]) -> list[Event]:
        ended = []
        for row in rows:
            self._rows.remove(row)
            if row.last:
                ended.append(Event("end", row.id, row.time, row.frame, row.last, row.start))
        return ended


def _in_order(seen: Sequence[Row], rows: Sequence[Row]) -> list[Row]:
    """All rows, those seen now as they are read, each other one after the one that it followed."""
    order = list(seen)
    for before, row in zip((None, *rows), rows, strict=False):
        if row not in order:
            order.insert(order.index(before) + 1 if before else 0, row)
    return order


def _doubt(told: Text, text: Text) -> float:
    """Seconds that a row must be steadily read as `text` before that is told in the place of `told`."""
    labels = dict(zip(text.tracks, text.labels, strict=True))
    if all(labels.get(number) == label for number, label in zip(told.tracks, told.labels, strict=True)):
        return 0.0  # something was written beside it
    known = set(zip(told.tracks, told.labels, strict=True))
    return _COVERED if known >= set(labels.items()) else _REPLACED
