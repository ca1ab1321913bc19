"""Numbers followed over time: rows of tracks, what was told of each, and what its readings say now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from webcam_digits.tracking.digit_track import LIKE, MOST_PASSED, SURE, Track
from webcam_digits.tracking.motion import Motion, Small, look
from webcam_digits.types import Digit, Line

_FLEETING = 0.02  # seconds of presence, or of a trace; a digit with less is not there
_TREMBLE = 2.0  # pixels; a row that seems to move less trembles
_MOVED = 2  # pixels by which a digit must have moved to look otherwise for that
_SAME = 0.5  # intersection over union of the places of two digits that are one


@dataclass(frozen=True, slots=True)
class Text:
    """What a row says.

    Attributes:
        tracks: the numbers of its digits' tracks, from left to right.
        labels: of each.
        confidences: 0..1, with which each was voted for.
        spaces: after which of them a new group begins.
    """

    tracks: tuple[int, ...]
    labels: tuple[int, ...]
    confidences: tuple[float, ...]
    spaces: tuple[bool, ...]

    @property
    def by_track(self) -> dict[int, tuple[int, float]]:
        """Label and confidence of each digit, by its track's number."""
        return dict(zip(self.tracks, zip(self.labels, self.confidences, strict=True), strict=True))

    @property
    def digits(self) -> str:
        """The labels, without spaces."""
        return "".join(map(str, self.labels))


@dataclass(slots=True, eq=False)
class Row:
    """One number followed over time.

    Attributes:
        tracks: its digits' by their numbers.
        time: of the last reading in which it was seen, in seconds.
        frame: of that reading.
        counted: seconds; the last reading that counts.
        told: what was told of it; None while nothing was.
        id: its identity, once told.
        start: seconds; when it was told first.
        agreed: seconds; when it was last read about as told.
        differing: what it is read as instead, and since when.
        last: it as told, where it was seen last; None while nothing was told.
        lost: what was in its place is no longer there; only its text can bring it back.
    """

    time: float
    frame: int
    tracks: dict[int, Track] = field(default_factory=dict)
    counted: float | None = None
    told: Text | None = None
    id: int = 0
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
        last = max(track.time for track in self.tracks.values())
        return _in_order([track for track in self.tracks.values() if track.time == last])

    @property
    def text(self) -> str:
        """The digits that were told, else those seen last."""
        return self.told.digits if self.told else "".join(str(track.digit.digit) for track in self.current)

    def move(self, motion: Motion) -> None:
        """Go along with the picture."""
        if self.tracks and not motion.is_still:
            for track in self.tracks.values():
                boxes = motion.move_all(track.boxes)
                if np.abs(boxes - track.boxes).max() >= _TREMBLE:
                    track.drawn = None
                track.boxes = boxes

    def see(self, seen: Mapping[int, Digit], spaces: frozenset[int], now: float, *, votes: bool) -> None:
        """Note the digits of one reading, by their tracks' numbers; none, where it was not seen."""
        strayed = [
            _middle(digit.box) - _middle(self.tracks[number].box)
            for number, digit in seen.items()
            if self.tracks[number].is_whole(digit.box) or not votes  # smeared, each grows to both sides
        ]
        if strayed:
            offset = np.median(strayed, axis=0)
            if np.abs(offset).max() >= _TREMBLE:  # what is covered goes along with what is not
                for track in self.tracks.values():
                    track.boxes[:, :2] += offset
        for number, digit in seen.items():
            self.tracks[number].see(digit, now, votes=votes)
        if votes:
            passed = min(now - self.counted, MOST_PASSED) if self.counted is not None else 0.0
            self.counted = now
            for number, track in self.tracks.items():
                track.count(passed, seen=number in seen, spaced=number in spaces)
            current = self.current
            self.tracks = {
                number: track for number, track in self.tracks.items() if track.trace or track in current
            }

    @property
    def places(self) -> NDArray[np.float64]:
        """(k, 4) float64 x, y, width, height in pixels: where its digits are."""
        return np.array([track.box for track in self.current])

    def lies_on(self, others: Sequence[NDArray[np.float64]]) -> bool:
        """Whether most of its digits are those of another row, too.

        Args:
            others: the places of each, (k, 4).
        """
        if not others:
            return False
        own, taken = self.places[:, None], np.concatenate(others)
        ends = np.minimum(own[..., :2] + own[..., 2:], taken[:, :2] + taken[:, 2:])
        shared = np.maximum(ends - np.maximum(own[..., :2], taken[:, :2]), 0).prod(axis=2)
        both = own[..., 2:].prod(axis=2) + taken[:, 2:].prod(axis=1) - shared
        starts = np.cumsum([0, *map(len, others[:-1])])
        lying = np.logical_or.reduceat(shared >= _SAME * both, starts, axis=1).sum(axis=0)
        return bool((2 * lying > len(own)).any())

    def agrees(self, seen: Mapping[int, Digit]) -> bool:
        """Whether the digits that were seen are mostly those that were told."""
        if not self.told:
            return False
        labels = dict(zip(self.told.tracks, self.told.labels, strict=True))
        alike = sum(labels.get(number) == digit.digit for number, digit in seen.items())
        return 2 * alike >= min(len(seen), len(labels))

    def standing(
        self, seen: Mapping[int, Digit], picture: Small | None, least: float = 0.0
    ) -> dict[int, Digit]:
        """The digits of what was told that are not among those seen, but look as they did, and are as sure.

        A sheet that has moved is seen from elsewhere, and its digits may change their looks with that; on one
        at rest, they change only by what is written over them.
        """
        if picture is None or not self.told:
            return {}
        standing = {}
        for track, confidence in zip(self.current, self.told.confidences, strict=True):
            if track.number in seen or track.look is None or confidence < least:
                continue
            (place, before), now = track.look, look(picture, track.place)
            if before is not None and now is not None and float(now @ before) >= LIKE:
                standing[track.number] = replace(track.digit, box=track.place)
                if max(abs(a - b) for a, b in zip(place, track.place, strict=True)) >= _MOVED:
                    track.look = track.place, now
        return standing

    def consensus(self, least: float = 0.0) -> Text | None:
        """What its readings say; None while it is not sure which digits are there, or what they are.

        Args:
            least: confidence, 0..1, with which each of its digits must be voted for.
        """
        told = self.told.by_track if self.told else {}
        there = []
        for track in self.tracks.values():
            if track.presence >= SURE or (track.number in told and track.presence > _FLEETING):
                there.append(track)
            elif track.trace > _FLEETING:
                return None
        if not there:
            return None
        tracks, settled = _in_order(there), []
        for track in tracks:
            label, confidence, clear = track.verdict()
            if not clear or confidence < least:
                return None
            before = told.get(track.number, (label, confidence))
            settled.append(before if track.stays(before[0], label) else (label, confidence))
        return Text(
            tuple(track.number for track in tracks),
            tuple(label for label, _ in settled),
            tuple(confidence for _, confidence in settled),
            tuple(track.spaced > 0 for track in tracks),
        )

    def line(self) -> Line:
        """It as told, where it is now."""
        assert self.told is not None
        digits = tuple(
            self.tracks[number].shown(label, confidence)
            for number, (label, confidence) in self.told.by_track.items()
        )
        return Line.of(digits, self.told.spaces[:-1], self.id)


def _middle(box: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array((box[0] + box[2] / 2, box[1] + box[3] / 2))


def _in_order(tracks: Sequence[Track]) -> list[Track]:
    return sorted(tracks, key=lambda track: float(track.box[0] + track.box[2] / 2))
