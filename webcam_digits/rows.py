"""Numbers followed over time: rows of tracks, what was told of each, and what its readings say now."""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from webcam_digits.motion import Motion, Small, look
from webcam_digits.reading import Digit, Line
from webcam_digits.tracks import ALWAYS, FEWEST, LIKE, MOST_READINGS, REST, Track

_MOSTLY = 0.6  # share of all readings that a row must be in
_NEVER = 0.2  # share of a row's readings; a digit seen in fewer is not there
_TREMBLE = 1.0  # pixels; a row that seems to move less trembles
_MOVED = 2  # pixels by which a digit must have moved to look otherwise for that
_SAME = 0.5  # intersection over union of the places of two digits that are one


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
        lost: what was in its place is no longer there; only its text can bring it back.
    """

    time: float
    frame: int
    tracks: dict[int, Track] = field(default_factory=dict)
    recent: deque[tuple[float, frozenset[int], frozenset[int]]] = field(
        default_factory=lambda: deque(maxlen=MOST_READINGS)
    )
    told: Text | None = None
    number: int = 0
    start: float = 0.0
    agreed: float = 0.0
    differing: tuple[str, float] | None = None
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
            for track in self.tracks.values():
                track.boxes = motion.move_all(track.boxes)

    def see(self, seen: Mapping[int, Digit], spaces: frozenset[int], now: float, *, votes: bool) -> None:
        """Note the digits of one reading, by their tracks' numbers; none, where it was not seen."""
        strayed = [
            _middle(digit.box) - _middle(self.tracks[number].box)
            for number, digit in seen.items()
            if self.tracks[number].is_whole(digit.box)
        ]
        if strayed:
            offset = np.median(strayed, axis=0)
            if np.abs(offset).max() >= _TREMBLE:  # what is covered goes along with what is not
                for track in self.tracks.values():
                    track.boxes[:, :2] += offset
        for number, digit in seen.items():
            self.tracks[number].see(digit, now, votes=votes)
        if votes:
            self.recent.append((now, frozenset(seen), spaces))
            while len(self.recent) > FEWEST and now - self.recent[1][0] >= REST:
                self.recent.popleft()
            kept = set[int]().union(*(tracks for _, tracks, _ in self.recent))
            kept |= {track.number for track in self.current}
            self.tracks = {number: track for number, track in self.tracks.items() if number in kept}

    def lies_on(self, other: "Row") -> bool:
        """Whether most of its digits are another's, too."""
        taken = [track.place for track in other.current]
        lying = sum(any(track.place.iou(place) >= _SAME for place in taken) for track in self.current)
        return 2 * lying > len(self.current)

    def agrees(self, seen: Mapping[int, Digit]) -> bool:
        """Whether the digits that were seen are mostly those that were told."""
        if not self.told:
            return False
        labels = dict(zip(self.told.tracks, self.told.labels, strict=True))
        alike = sum(labels.get(number) == digit.label for number, digit in seen.items())
        return 2 * alike >= min(len(seen), len(labels))

    def standing(self, seen: Mapping[int, Digit], picture: Small | None) -> dict[int, Digit]:
        """The digits of what was told that are not among those seen, but look as they did.

        A sheet that has moved is seen from elsewhere, and its digits may change their looks with that; on one
        at rest, they change only by what is written over them.
        """
        if picture is None or not self.told:
            return {}
        standing = {}
        for track in self.current:
            if track.number in seen or track.look is None:
                continue
            (place, before), now = track.look, look(picture, track.place)
            if before is not None and now is not None and float(now @ before) >= LIKE:
                standing[track.number] = replace(track.digit, box=track.place)
                if max(abs(a - b) for a, b in zip(place, track.place, strict=True)) >= _MOVED:
                    track.look = track.place, now
        return standing

    def consensus(self) -> Text | None:
        """What its last readings say; None while they do not agree, or are too few."""
        if len(self.recent) < FEWEST or self.recent[-1][0] - self.recent[0][0] < REST:
            return None
        seen = [tracks for _, tracks, _ in self.recent if tracks]
        if len(seen) < max(FEWEST, _MOSTLY * len(self.recent)):
            return None
        counts = {number: sum(number in tracks for tracks in seen) for number in self.tracks}
        there = {number for number, count in counts.items() if count > len(seen) / 2}
        astray = sum(not tracks <= there for tracks in seen)
        if astray > _NEVER * len(seen) or any(counts[number] < ALWAYS * len(seen) for number in there):
            return None
        tracks = _in_order([self.tracks[number] for number in there])
        told = dict(zip(self.told.tracks, self.told.labels, strict=True)) if self.told else {}
        verdicts = [track.verdict() for track in tracks]
        if not verdicts or not all(clear for _, _, clear in verdicts):
            return None
        numbers = tuple(track.number for track in tracks)
        spaced = [sum(number in spaces for _, _, spaces in self.recent) for number in numbers]
        return Text(
            numbers,
            tuple(
                track.settle(label, told.get(track.number, label))
                for track, (label, _, _) in zip(tracks, verdicts, strict=True)
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


def _middle(box: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array((box[0] + box[2] / 2, box[1] + box[3] / 2))


def _in_order(tracks: Sequence[Track]) -> list[Track]:
    return sorted(tracks, key=lambda track: float(track.box[0] + track.box[2] / 2))
