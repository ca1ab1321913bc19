"""Digits and rows followed over time: what each was read as lately, and what most of these readings say."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from webcam_digits.motion import Motion
from webcam_digits.reading import Box, Digit, Line

REST = 0.4  # seconds that a row's readings must agree for before it is told
FEWEST = 3  # readings in that time
_MOST_READINGS = 250  # in that time; a clock that hardly moves must not pile them up
_MOSTLY = 0.6  # share of all readings that a row must be in
_ALWAYS, _NEVER = 0.8, 0.2  # share of a row's readings: a digit seen in more is there, one in fewer is not
_LASTING = 0.75  # times REST that a digit must be read alike for: half written, a 4 may be a 1
_FLOOR = 0.01  # the least probability that a reading's vote gives to any label: no reading is that sure
_LEAD = 1.5  # nats by which a label must lead on average, where fewer than _ALWAYS of the readings say it
_MEMORY = 10.0  # seconds in which what a tally counted fades to a third
LIKE = 0.8  # correlation of a digit's looks; what agrees less is another thing, or covered
_UNSEEN = 1  # pixels by which a box may be off where it is shown, rather than tremble
_TREMBLE = 1.0  # pixels; a row that seems to move less trembles
_ASTRAY = 0.3  # share of the smaller of a box and where it was; with less in common it is elsewhere
_SMOOTHED = 0.8  # their overlap; with more it trembles, with less something is cut off or added
_WEIGHT, _WARY = 0.4, 0.1  # in the average: of a box that trembles, of one with something cut off


@dataclass(slots=True, eq=False)
class Track:
    """One digit followed over time.

    Attributes:
        number: its identity, from 1.
        digit: as read last.
        box: (4,) float64 x, y, width, height in pixels: where it is now, trembling averaged out.
        votes: time and digit of the readings that count.
        look: where it was when it was read last, and what it looked like, as `motion.look` gives it.
        confidence: 0..1, with which its readings last voted for what was told.
        tally: seconds for which it was read as each label since its look last changed; the older, the less.
        tallied: seconds; when that was counted last.
        drawn: where it was shown last.
    """

    number: int
    digit: Digit
    box: NDArray[np.float64]
    votes: deque[tuple[float, Digit]] = field(default_factory=lambda: deque(maxlen=_MOST_READINGS))
    look: tuple[Box, NDArray[np.float32] | None] | None = None
    confidence: float = 0.0
    tally: dict[str, float] = field(default_factory=dict)
    tallied: float = 0.0
    drawn: Box | None = None

    def see(self, digit: Digit, now: float, *, votes: bool) -> None:
        """Note that it was read as `digit`, which counts unless it `votes` not."""
        place, box = self.place, digit.box
        smaller = min(place.width * place.height, box.width * box.height)
        elsewhere = place.intersection(box) < _ASTRAY * smaller
        usual = max(self.tally, key=lambda label: self.tally[label], default=digit.label)
        if digit.label == usual or elsewhere:  # who misreads it may have cut it wrongly, too
            weight = 1.0 if elsewhere else _WEIGHT if place.iou(box) >= _SMOOTHED else _WARY
            self.box = self.box + weight * (np.array(box, np.float64) - self.box)
        self.digit = digit
        if votes:
            passed = min(now - self.tallied, REST)
            self.tally = {label: share * (1 - passed / _MEMORY) for label, share in self.tally.items()}
            self.tally[digit.label] = self.tally.get(digit.label, 0.0) + passed
            self.tallied = now
            self.votes.append((now, digit))
            while len(self.votes) > FEWEST and now - self.votes[1][0] >= REST:
                self.votes.popleft()

    def see_look(self, now: NDArray[np.float32] | None) -> None:
        """Note what it looks like; what looks otherwise than before is judged anew."""
        before = self.look[1] if self.look else None
        if before is None or now is None or float(now @ before) < LIKE:
            self.tally.clear()
        self.look = self.place, now

    def settle(self, label: str, confidence: float, told: str) -> str:
        """Of a label that the newest readings vote for and the one that was told, which it is.

        The same ink stays the same digit, until it was read otherwise for longer.
        """
        if label != told and self.tally.get(told, 0.0) > self.tally.get(label, 0.0):
            return told
        self.confidence = confidence
        return label

    @property
    def place(self) -> Box:
        """Where it is now, in whole pixels."""
        x, y, right, bottom = np.round([*self.box[:2], *(self.box[:2] + self.box[2:])]).astype(int).tolist()
        return Box(x, y, max(right - x, 1), max(bottom - y, 1))

    def verdict(self) -> tuple[str, float, bool]:
        """The label that its readings vote for, its probability 0..1, and whether the vote is clear.

        Every reading votes with its log-probabilities, so that a doubtful one counts less than a sure one.
        """
        digits = [digit for _, digit in self.votes] or [self.digit]
        places = {digit.label: int(np.argmax(digit.probabilities[:-1])) for digit in digits}
        scores = {
            label: sum(_vote(digit, label, place) for digit in digits) / len(digits)
            for label, place in places.items()
        }
        best = max(scores, key=lambda label: scores[label])
        alike = sum(digit.label == best for digit in digits) >= _ALWAYS * len(digits)
        lead = scores[best] - max((score for label, score in scores.items() if label != best), default=-9.0)
        times = [time for time, digit in self.votes if digit.label == best]
        lasting = bool(times) and times[-1] - times[0] >= _LASTING * REST
        return best, min(exp(scores[best]), 1.0), lasting and (alike or lead >= _LEAD)

    def shown(self, label: str) -> Digit:
        """It as told: under the label that was told, where it is now, give or take a tremble."""
        place = self.place
        if self.drawn is None or max(abs(a - b) for a, b in zip(place, self.drawn, strict=True)) > _UNSEEN:
            self.drawn = place
        return replace(self.digit, label=label, confidence=self.confidence, box=self.drawn, track=self.number)


@dataclass(frozen=True, slots=True)
class Text:
    """What a row says.

    Attributes:
        tracks: the numbers of its digits' tracks, from left to right.
        labels: of each.
        spaces: after which of them a new group begins.
    """

    tracks: tuple[int, ...]
    labels: tuple[str, ...]
    spaces: tuple[bool, ...]

    @property
    def digits(self) -> str:
        """The labels, without spaces."""
        return "".join(self.labels)


@dataclass(slots=True, eq=False)
class Row:
    """One number followed over time.

    Attributes:
        tracks: its digits' by their numbers.
        recent: of the last readings that count: the time, which of its tracks were in it, and which of these
            were followed by a space.
        time: of the last reading in which it was seen, in seconds.
        frame: of that reading.
        told: what was told of it; None while nothing was.
        number: its identity, once told.
        start: seconds; when it was told first.
        agreed: seconds; when it was last read about as told.
        differing: what it is read as instead, and since when.
        last: it as told, where it was seen last; None while nothing was told.
        lost: what was in its place is no longer there; only its text can bring it back.
    """

    time: float
    frame: int
    tracks: dict[int, Track] = field(default_factory=dict)
    recent: deque[tuple[float, frozenset[int], frozenset[int]]] = field(
        default_factory=lambda: deque(maxlen=_MOST_READINGS)
    )
    told: Text | None = None
    number: int = 0
    start: float = 0.0
    agreed: float = 0.0
    differing: tuple[str, float] | None = None
    last: Line | None = None
    lost: bool = False

    @property
    def current(self) -> Sequence[Track]:
        """The tracks that were told, else those seen last, from left to right."""
        if self.told:
            return [self.tracks[number] for number in self.told.tracks]
        seen = next((tracks for _, tracks, _ in reversed(self.recent) if tracks), self.tracks.keys())
        return _in_order([track for number, track in self.tracks.items() if number in seen])

    @property
    def text(self) -> str:
        """The digits that were told, else those seen last."""
        return self.told.digits if self.told else "".join(track.digit.label for track in self.current)

    def move(self, motion: Motion) -> None:
        """Go along with the picture."""
        if self.tracks and not motion.is_still:
            boxes = motion.move_all(np.array([track.box for track in self.tracks.values()]))
            for track, box in zip(self.tracks.values(), boxes, strict=True):
                track.box = box

    def see(self, seen: Mapping[int, Digit], spaces: frozenset[int], now: float, *, votes: bool) -> None:
        """Note the digits of one reading, by their tracks' numbers; none, where it was not seen."""
        if seen:
            strayed = [
                _middle(digit.box) - _middle(self.tracks[number].box) for number, digit in seen.items()
            ]
            offset = np.median(strayed, axis=0)
            if np.abs(offset).max() >= _TREMBLE:  # what is covered goes along with what is not
                for track in self.tracks.values():
                    track.box[:2] += offset
        for number, digit in seen.items():
            self.tracks[number].see(digit, now, votes=votes)
        if votes:
            self.recent.append((now, frozenset(seen), spaces))
            while len(self.recent) > FEWEST and now - self.recent[1][0] >= REST:
                self.recent.popleft()
            kept = set[int]().union(*(tracks for _, tracks, _ in self.recent))
            kept |= {track.number for track in self.current}
            self.tracks = {number: track for number, track in self.tracks.items() if number in kept}

    def consensus(self, least: float = 0.0) -> Text | None:
        """What its last readings say; None while they do not agree, or are too few.

        Args:
            least: confidence, 0..1, with which each of its digits must be voted for.
        """
        if len(self.recent) < FEWEST or self.recent[-1][0] - self.recent[0][0] < REST:
            return None
        seen = [tracks for _, tracks, _ in self.recent if tracks]
        if len(seen) < max(FEWEST, _MOSTLY * len(self.recent)):
            return None
        counts = {number: sum(number in tracks for tracks in seen) for number in self.tracks}
        there = {number for number, count in counts.items() if count > len(seen) / 2}
        astray = sum(not tracks <= there for tracks in seen)
        if astray > _NEVER * len(seen) or any(counts[number] < _ALWAYS * len(seen) for number in there):
            return None
        tracks = _in_order([self.tracks[number] for number in there])
        told = dict(zip(self.told.tracks, self.told.labels, strict=True)) if self.told else {}
        verdicts = [track.verdict() for track in tracks]
        if not verdicts or not all(clear and confidence >= least for _, confidence, clear in verdicts):
            return None
        numbers = tuple(track.number for track in tracks)
        spaced = [sum(number in spaces for _, _, spaces in self.recent) for number in numbers]
        return Text(
            numbers,
            tuple(
                track.settle(label, confidence, told.get(track.number, label))
                for track, (label, confidence, _) in zip(tracks, verdicts, strict=True)
            ),
            tuple(2 * count > len(seen) for count in spaced),
        )

    def line(self) -> Line:
        """It as told, where it is now."""
        assert self.told is not None
        digits = tuple(
            self.tracks[number].shown(label)
            for number, label in zip(self.told.tracks, self.told.labels, strict=True)
        )
        box = digits[0].box
        for digit in digits[1:]:
            box = box.union(digit.box)
        spaces = [" " if space else "" for space in self.told.spaces[:-1]]
        return Line(
            text="".join(digit.label + space for digit, space in zip(digits, [*spaces, ""], strict=True)),
            confidence=min(digit.confidence for digit in digits),
            box=box,
            digits=digits,
            number=self.number,
        )


def _vote(digit: Digit, label: str, place: int) -> float:
    """A reading's log-probability of a label, which is at `place` among the probabilities."""
    probability = digit.confidence if digit.label == label else float(digit.probabilities[place])
    return log(min(max(probability, _FLOOR), 1.0))


def _middle(box: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array((box[0] + box[2] / 2, box[1] + box[3] / 2))


def _in_order(tracks: Sequence[Track]) -> list[Track]:
    return sorted(tracks, key=lambda track: float(track.box[0] + track.box[2] / 2))
