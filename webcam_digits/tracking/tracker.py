"""Readings over time -> a steady reading, and the events that are emitted.

Every number is followed as a track, made of the tracks of its digits: see `assignment.py` for how they are
found again, `digit_track.py` and `number_track.py` for how their readings vote. A number is emitted once its
readings agree for a while, so that neither a flicker nor what is half written is. What was emitted changes
only on lasting evidence, outlives short misses and a hand that covers part of it, and is the same number
when it comes back in time.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from webcam_digits.sources.source import Frame
from webcam_digits.tracking.assignment import Sighting, associate
from webcam_digits.tracking.digit_track import SIMILAR, DigitTrack
from webcam_digits.tracking.motion import (
    STILL,
    Motion,
    Thumbnail,
    appearance,
    estimate_motion,
    make_thumbnail,
)
from webcam_digits.tracking.number_track import NumberTrack, Text
from webcam_digits.types import Box, Digit, Line, Reading

logger = logging.getLogger(__name__)

_HIDDEN = 0.4  # seconds unseen after which a number is no longer shown
_DOUBTED = 0.3  # seconds of being read otherwise after which it is no longer shown
_AWAY = 2.0  # seconds unseen after which it has ended, and would be emitted again
_REPLACED = 0.6  # seconds that digits must be steadily read otherwise before that is emitted, and
_GROWING = 0.8  # seconds since its ink grew last, before which a number is not emitted: it is being written
_COVERED = 2.0  # seconds that they must be missing: a hand may lie on them
_SMEAR = 0.15  # of a digit's height; what moves further between two frames is smeared
_EXPOSURE = 1 / 30  # seconds at most: what a webcam takes for a picture in a room
MOST_NUMBERS = 200  # followed at once
MOST_DIGITS = 500  # likewise


@dataclass(frozen=True, slots=True)
class Event:
    """What happened to a number.

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
        events: that this reading gave rise to, in reading order.
    """

    reading: Reading
    events: tuple[Event, ...]


class Tracker:
    """Follows numbers from reading to reading. Where the source's clock runs backwards, time stands still."""

    def __init__(self) -> None:
        self._numbers: list[NumberTrack] = []
        self._last_id = 0
        self._last_track = 0
        self._now = self._min_confidence = 0.0
        self._size = 0, 0
        self._taken: list[NDArray[np.float64]] | None = None  # by what is shown; made when it is asked for
        self._thumbnail: Thumbnail | None = None  # of the last frame
        self._before: Thumbnail | None = None  # of the one before
        self._motion = STILL  # between the two
        self._crowded = False

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Where the digits seen lately are, in pixels: what the picture's motion is estimated by."""
        return tuple(
            track.place
            for number in self._numbers
            if self._now - number.time < _HIDDEN and not number.lost
            for track in number.tracks.values()
        )

    @property
    def is_steady(self) -> bool:
        """Whether all that was read last is emitted as it was read: to read the same again is of no use."""
        return all(number.emitted and number.agreed == self._now for number in self._numbers)

    def update(
        self,
        reading: Reading,
        frame: Frame,
        *,
        thumbnail: Thumbnail | None = None,
        min_confidence: float | None = None,
    ) -> Update:
        """Take the reading of one more frame; how the picture moved since the last one is measured.

        Frames may be left out, as those of a camera that is not `warmed_up` yet had better be.

        Args:
            reading: of the frame, also when it is empty.
            frame: later than the last one.
            thumbnail: of the frame, where it is there already.
            min_confidence: 0..1, of the reader: each digit of a number must be as sure for it to be emitted.
                None for no such limit.
        """
        thumbnail = thumbnail or make_thumbnail(frame.image)
        motion, boxes = STILL, self.boxes
        if self._thumbnail is not None and boxes:
            motion = estimate_motion(self._thumbnail, thumbnail, boxes)
        self._before, self._thumbnail, self._motion = self._thumbnail, thumbnail, motion
        return self._follow(
            reading,
            frame=frame.index,
            time=frame.time,
            motion=motion,
            blurred=_smears(motion, boxes, frame.time - self._now),
            thumbnail=thumbnail,
            min_confidence=min_confidence or 0.0,
        )

    def _follow(
        self,
        reading: Reading,
        *,
        frame: int,
        time: float,
        motion: Motion = STILL,
        blurred: bool = False,
        thumbnail: Thumbnail | None = None,
        min_confidence: float = 0.0,
    ) -> Update:
        """As `update`, with what that measures given.

        Args:
            reading: of the frame, also when it is empty.
            frame: the frame's index.
            time: the frame's time in seconds.
            motion: of the picture since the last reading.
            blurred: the frame moved too fast to be read: it shows where numbers are, not what they are.
            thumbnail: of the frame. A digit that was emitted and is not read just now, but looks as it did
                when it was read last, is still there.
            min_confidence: 0..1, that each digit of a number must have for it to be emitted.
        """
        self._now = now = max(time, self._now)
        self._size, self._taken = (reading.width, reading.height), None
        self._min_confidence = min_confidence
        for number in self._numbers:
            number.move(motion)
            # What was unseen for a while may have made room for something else.
            number.lost = number.lost or motion.lost or now - number.time >= _HIDDEN
        order: list[NumberTrack] = []  # those seen now, as they are read
        for sighting in associate(self._followed(reading.lines), self._numbers):
            if sighting.number is None and len(self._numbers) == MOST_NUMBERS:
                self._warn_crowded()
                continue
            order.append(self._update(sighting, frame, thumbnail, votes=not blurred))
        for number in self._numbers:
            if number.time < now and not number.lost:
                persisting = number.persisting({}, thumbnail, min_confidence)
                if len(persisting) > len(number.current) / 2:
                    number.time, number.frame, number.agreed = now, frame, now
                number.update(persisting, frozenset(), now, votes=not blurred)

        # Of digits that were smeared, not even the order is sure.
        self._numbers = _in_order(order, self._numbers)
        seen = [number for number in self._numbers if number.time == now]
        events = [] if blurred else [event for number in seen if (event := self._event(number)) is not None]
        for number in seen:
            if number.emitted:
                number.last = self._line(number)
        gone = [
            number for number in self._numbers if now - number.time >= (_AWAY if number.emitted else _HIDDEN)
        ]
        events += self._end(gone)
        shown = [number.line() for number in self._numbers if self._is_shown(number)]
        return Update(replace(reading, lines=tuple(shown)).within(), tuple(events))

    def restrict(self, part: Box) -> tuple[Event, ...]:
        """Forget all digits that reach out of a part of the picture, to which reading is restricted now.

        Returns:
            The changes and ends of numbers which that gives rise to, in reading order.
        """
        events: list[Event] = []
        for number in tuple(self._numbers):
            before = number.emitted
            if not number.restrict(part):
                events += self._end([number])
            elif number.emitted and number.emitted != before:
                events.append(self._emit(number, number.emitted, "change"))
                number.last = events[-1].line
        return tuple(events)

    def finish(self) -> tuple[Event, ...]:
        """The ends of all numbers that are still there, at the end of the source."""
        return tuple(self._end(list(self._numbers)))

    def _followed(self, lines: Sequence[Line]) -> Sequence[Line]:
        """As many of the lines as can be followed."""
        digits = 0
        for i, line in enumerate(lines):
            digits += len(line.digits)
            if digits > MOST_DIGITS:
                self._warn_crowded()
                return lines[:i]
        return lines

    def _warn_crowded(self) -> None:
        if not self._crowded:
            logger.warning(
                "more than %d numbers or %d digits at once: the others are not followed",
                MOST_NUMBERS,
                MOST_DIGITS,
            )
        self._crowded = True

    def _update(
        self, sighting: Sighting, frame: int, thumbnail: Thumbnail | None, *, votes: bool
    ) -> NumberTrack:
        """Note what was seen of a number, which may be new."""
        number = sighting.number
        if number is None:
            number = NumberTrack(self._now, frame)
            self._numbers.append(number)
        seen: dict[int, Digit] = {}
        spaces: set[int] = set()
        for (digit, track), space in zip(sighting.digits, sighting.spaces, strict=True):
            if track is None or track.id in seen:
                self._last_track += 1
                track = DigitTrack(self._last_track, digit, np.array([digit.box], np.float64))
                if number.time < self._now and self._is_new(digit.box):
                    number.grown = self._now
            if track.has_grown(digit.box):
                number.grown = self._now
            number.tracks[track.id] = track
            seen[track.id] = digit
            if space:
                spaces.add(track.id)
        if thumbnail is not None:
            for track in (number.tracks[track_id] for track_id in seen):
                track.update_appearance(appearance(thumbnail, track.place))
        seen |= number.persisting(seen, thumbnail, self._min_confidence)
        number.update(seen, frozenset(spaces), self._now, votes=votes)
        number.time, number.frame, number.lost = self._now, frame, False
        if number.agrees(seen):
            number.agreed = self._now
        return number

    def _is_new(self, place: Box) -> bool:
        """Whether a place looked otherwise a reading before; not where that cannot be said."""
        if self._before is None or self._thumbnail is None:
            return False
        was = Box(*np.round(self._motion.move_back(np.array([place], np.float64))[0]).astype(int).tolist())
        before, now = appearance(self._before, was), appearance(self._thumbnail, place)
        return now is not None and (before is None or float(now @ before) < SIMILAR)

    def _event(self, number: NumberTrack) -> Event | None:
        """The event, if any, that a number seen now gives rise to."""
        text = number.consensus(self._min_confidence)
        if text is None or (number.grown is not None and self._now - number.grown < _GROWING):
            return None
        if number.emitted is None:
            if self._taken is None:
                self._taken = [other.boxes for other in self._numbers if self._is_shown(other)]
            if number.overlaps(self._taken):
                return None  # part of a number that came back, taken for a new one in between
            self._last_id += 1
            number.id, number.start = self._last_id, self._now
            self._taken.append(number.boxes)
            return self._emit(number, text, "appear")
        if text.digits == number.emitted.digits:
            # The spaces stay: a gap near the limit of a space would flicker.
            number.emitted, number.differing = replace(text, spaces=number.emitted.spaces), None
            return None
        if number.differing is None or number.differing[0] != text.digits:
            number.differing = text.digits, self._now
        if self._now - number.differing[1] < _doubt(number.emitted, text):
            return None
        return self._emit(number, text, "change")

    def _emit(self, number: NumberTrack, text: Text, kind: Literal["appear", "change"]) -> Event:
        number.emitted, number.differing, number.agreed = text, None, self._now
        return Event(kind, number.id, self._now, number.frame, self._line(number))

    def _line(self, number: NumberTrack) -> Line:
        """A number as emitted, as far as it lies in the picture."""
        line = number.line()
        return line.within(*self._size) or line

    def _is_shown(self, number: NumberTrack) -> bool:
        """Whether what was emitted is still what stands there."""
        if not number.emitted or number.lost:
            return False
        return self._now - number.agreed < (_DOUBTED if number.time == self._now else _HIDDEN)

    def _end(self, numbers: Sequence[NumberTrack]) -> list[Event]:
        ended = []
        for number in numbers:
            self._numbers.remove(number)
            if number.last:
                ended.append(Event("end", number.id, number.time, number.frame, number.last, number.start))
        return ended


def _in_order(seen: Sequence[NumberTrack], numbers: Sequence[NumberTrack]) -> list[NumberTrack]:
    """All numbers, those seen now as they are read, each other one after the one that it followed."""
    order = list(seen)
    for before, number in zip((None, *numbers), numbers, strict=False):
        if number not in order:
            order.insert(order.index(before) + 1 if before else 0, number)
    return order


def _doubt(emitted: Text, text: Text) -> float:
    """Seconds that a number must be steadily read as `text` before that takes the place of `emitted`."""
    before = set(zip(emitted.tracks, emitted.labels, strict=True))
    now = set(zip(text.tracks, text.labels, strict=True))
    if before <= now:
        return 0.0  # something was written beside it
    return _COVERED if before >= now else _REPLACED


def _smears(motion: Motion, boxes: Sequence[Box], seconds: float) -> bool:
    """Whether what moved so far in so many seconds is blurred by that."""
    if motion.is_still or not boxes:
        return motion.lost
    before = np.array(boxes, np.float64)
    speed = np.abs(motion.move_all(before) - before)[:, :2].max(axis=1) / max(seconds, _EXPOSURE)
    return bool(np.median(speed * _EXPOSURE / before[:, 3]) > _SMEAR)
