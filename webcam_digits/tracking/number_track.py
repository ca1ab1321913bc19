"""A number followed over time: the tracks of its digits, what was emitted, and what its readings say now."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from webcam_digits.tracking.digit_track import MOST_PASSED, SIMILAR, SURE, DigitTrack
from webcam_digits.tracking.motion import Motion, Thumbnail, appearance, middles
from webcam_digits.types import Box, Digit, Line

_FLEETING = 0.02  # seconds of presence, or of a trace; a digit with less is not there
_TREMBLE = 2.0  # pixels; a number that seems to move less trembles
_MOVED = 2  # pixels by which a digit must have moved to have another appearance for that
_SAME = 0.5  # intersection over union of the boxes of two digits that are one


@dataclass(frozen=True, slots=True)
class Text:
    """What a number says.

    Attributes:
        tracks: the ids of its digits' tracks, from left to right.
        labels: of each, 0..9.
        confidences: 0..1, with which each was voted for.
        spaces: after which of them a new group begins.
    """

    tracks: tuple[int, ...]
    labels: tuple[int, ...]
    confidences: tuple[float, ...]
    spaces: tuple[bool, ...]

    @property
    def by_track(self) -> dict[int, tuple[int, float]]:
        """Label and confidence of each digit, by its track's id."""
        return dict(zip(self.tracks, zip(self.labels, self.confidences, strict=True), strict=True))

    @property
    def digits(self) -> str:
        """The labels, without spaces."""
        return "".join(map(str, self.labels))

    def of(self, tracks: Container[int]) -> "Text":
        """As far as it is of these tracks."""
        kept = [track in tracks for track in self.tracks]
        return Text(
            tuple(compress(self.tracks, kept)),
            tuple(compress(self.labels, kept)),
            tuple(compress(self.confidences, kept)),
            tuple(compress(self.spaces, kept)),
        )


@dataclass(slots=True, eq=False)
class NumberTrack:
    """One number followed over time.

    Attributes:
        tracks: of its digits, by their ids.
        time: of the last reading in which it was seen, in seconds.
        frame: of that reading.
        counted: seconds; the last reading that counts.
        emitted: what the last event said; None before the first.
        id: its identity, from the first event on.
        start: seconds; the time of the first event.
        agreed: seconds; when it was last read about as emitted.
        differing: what it is read as instead, and since when.
        last: it as emitted, where it was seen last; None before the first event.
        lost: what was in its place is no longer there; only its text can bring it back.
        grown: seconds; when ink was added to it last; None before that.
    """

    time: float
    frame: int
    tracks: dict[int, DigitTrack] = field(default_factory=dict)
    counted: float | None = None
    emitted: Text | None = None
    id: int = 0
    start: float = 0.0
    agreed: float = 0.0
    differing: tuple[str, float] | None = None
    last: Line | None = None
    lost: bool = False
    grown: float | None = None

    @property
    def current(self) -> Sequence[DigitTrack]:
        """The tracks of what was emitted, else those seen last, from left to right."""
        if self.emitted:
            return [self.tracks[track_id] for track_id in self.emitted.tracks]
        last = max(track.time for track in self.tracks.values())
        return _in_order([track for track in self.tracks.values() if track.time == last])

    @property
    def text(self) -> str:
        """The digits that were emitted, else those seen last."""
        return (
            self.emitted.digits if self.emitted else "".join(str(track.digit.digit) for track in self.current)
        )

    def move(self, motion: Motion) -> None:
        """Go along with the picture."""
        if self.tracks and not motion.is_still:
            for track in self.tracks.values():
                boxes = motion.move_all(track.boxes)
                if np.abs(boxes - track.boxes).max() >= _TREMBLE:
                    track.shown_box = None
                track.boxes = boxes

    def restrict(self, part: Box) -> bool:
        """Forget the digits that reach out of a part of the picture; whether any are left."""
        self.tracks = {i: track for i, track in self.tracks.items() if track.place.union(part) == part}
        if self.emitted:
            self.emitted = self.emitted.of(self.tracks)
            return bool(self.emitted.tracks)
        return bool(self.tracks)

    def update(self, seen: Mapping[int, Digit], spaces: frozenset[int], now: float, *, votes: bool) -> None:
        """Note the digits of one reading, by their tracks' ids; none, where it was not seen."""
        strayed = [
            middles(np.array(digit.box, np.float64)) - middles(self.tracks[track_id].box)
            for track_id, digit in seen.items()
            if self.tracks[track_id].is_whole(digit.box) or not votes  # smeared, each grows to both sides
        ]
        if strayed:
            offset = np.median(strayed, axis=0)
            if np.abs(offset).max() >= _TREMBLE:  # what is covered goes along with what is not
                for track in self.tracks.values():
                    track.boxes[:, :2] += offset
        for track_id, digit in seen.items():
            self.tracks[track_id].update(digit, now, votes=votes)
        if votes:
            passed = min(now - self.counted, MOST_PASSED) if self.counted is not None else 0.0
            self.counted = now
            for track_id, track in self.tracks.items():
                track.count(passed, seen=track_id in seen, spaced=track_id in spaces)
            current = self.current
            self.tracks = {
                track_id: track for track_id, track in self.tracks.items() if track.trace or track in current
            }

    @property
    def boxes(self) -> NDArray[np.float64]:
        """(k, 4) float64 x, y, width, height in pixels: where its digits are."""
        return np.array([track.box for track in self.current])

    def overlaps(self, others: Sequence[NDArray[np.float64]]) -> bool:
        """Whether most of its digits are those of another number, too.

        Args:
            others: the boxes of each one's digits, (k, 4).
        """
        if not others:
            return False
        own, taken = self.boxes[:, None], np.concatenate(others)
        ends = np.minimum(own[..., :2] + own[..., 2:], taken[:, :2] + taken[:, 2:])
        shared = np.maximum(ends - np.maximum(own[..., :2], taken[:, :2]), 0).prod(axis=2)
        both = own[..., 2:].prod(axis=2) + taken[:, 2:].prod(axis=1) - shared
        starts = np.cumsum([0, *map(len, others[:-1])])
        lying = np.logical_or.reduceat(shared >= _SAME * both, starts, axis=1).sum(axis=0)
        return bool((2 * lying > len(own)).any())

    def agrees(self, seen: Mapping[int, Digit]) -> bool:
        """Whether the digits that were seen are mostly those that were emitted."""
        if not self.emitted:
            return False
        labels = dict(zip(self.emitted.tracks, self.emitted.labels, strict=True))
        alike = sum(labels.get(track_id) == digit.digit for track_id, digit in seen.items())
        return 2 * alike >= min(len(seen), len(labels))

    def persisting(
        self, seen: Mapping[int, Digit], thumbnail: Thumbnail | None, min_confidence: float = 0.0
    ) -> dict[int, Digit]:
        """The emitted digits, at least so sure, that are not among those seen but look as they did.

        A sheet that has moved is seen from elsewhere, and its digits may look otherwise for that; on one at
        rest, they change only by what is written over them.
        """
        if thumbnail is None or not self.emitted:
            return {}
        persisting = {}
        for track, confidence in zip(self.current, self.emitted.confidences, strict=True):
            if track.id in seen or track.appearance is None or confidence < min_confidence:
                continue
            (place, before), now = track.appearance, appearance(thumbnail, track.place)
            if before is not None and now is not None and float(now @ before) >= SIMILAR:
                persisting[track.id] = replace(track.digit, box=track.place)
                if max(abs(a - b) for a, b in zip(place, track.place, strict=True)) >= _MOVED:
                    track.appearance = track.place, now
        return persisting

    def consensus(self, min_confidence: float = 0.0) -> Text | None:
        """What its readings say; None while it is not sure which digits are there, or what they are.

        Args:
            min_confidence: 0..1, with which each of its digits must be voted for.
        """
        emitted = self.emitted.by_track if self.emitted else {}
        there = []
        for track in self.tracks.values():
            if track.presence >= SURE or (track.id in emitted and track.presence > _FLEETING):
                there.append(track)
            elif track.trace > _FLEETING:
                return None
        if not there:
            return None
        tracks, voted = _in_order(there), []
        for track in tracks:
            label, confidence, clear = track.vote()
            if not clear or confidence < min_confidence:
                return None
            before = emitted.get(track.id, (label, confidence))
            voted.append(before if track.stays(before[0], label) else (label, confidence))
        return Text(
            tuple(track.id for track in tracks),
            tuple(label for label, _ in voted),
            tuple(confidence for _, confidence in voted),
            tuple(track.spaced > 0 for track in tracks),
        )

    def line(self) -> Line:
        """It as emitted, where it is now."""
        assert self.emitted is not None
        digits = tuple(
            self.tracks[track_id].shown(label, confidence)
            for track_id, (label, confidence) in self.emitted.by_track.items()
        )
        return Line.from_digits(digits, self.emitted.spaces[:-1], self.id)


def _in_order(tracks: Sequence[DigitTrack]) -> list[DigitTrack]:
    return sorted(tracks, key=lambda track: float(track.box[0] + track.box[2] / 2))
