"""A digit followed over time: what it was read as lately, and what most of these readings vote for."""

from collections import deque
from dataclasses import dataclass, field, replace
from math import exp, log

import numpy as np
from numpy.typing import NDArray

from webcam_digits.types import Box, Digit

WINDOW = 0.4  # seconds that a digit's votes count
_ALWAYS = 0.8  # share of them: what is read so in more of them is sure
SURE = 0.39  # seconds for which a digit must have been there more than not before it is emitted
_SELDOM = 0.25  # readings with a digit for each without it: what is seen less often leaves no trace
MOST_PASSED = SURE / 2  # seconds that count between two readings: it takes three at least
_FEWEST = 3  # votes
_MOST_READINGS = 250  # in WINDOW; a clock that hardly moves must not pile them up
_LASTING = 0.75  # times WINDOW that a digit must be read alike for: half written, a 4 may be a 1
_FLOOR = 0.01  # the least probability that a reading's vote gives to any label: no reading is that sure
_LEAD = 1.5  # nats by which a label must lead on average, where fewer than _ALWAYS of the readings say it
_MEMORY = 10.0  # seconds in which what a tally counted fades to a third
SIMILAR = 0.8  # correlation of a digit's appearances; with less it is another thing, or covered
_UNSEEN = 1  # pixels by which a box may be off where it is shown, rather than tremble
_ASTRAY = 0.3  # share of the smaller of a box and where it was; with less in common it is elsewhere
_RESIZED = 0.8  # seconds that its boxes must be of another size before that counts
_CUT = 0.1  # of a digit's longer side; what differs by more has something cut off or added
_GROWN = 0.2  # likewise; more than a box trembles by
_BOXES = 5  # readings whose boxes say where it is


@dataclass(slots=True, eq=False)
class DigitTrack:
    """One digit followed over time.

    Attributes:
        id: counted from 1.
        digit: as read last.
        boxes: (n, 4) float64 x, y, width, height in pixels: where its last readings say that it is now.
        votes: time and digit of the readings that count.
        appearance: its place when it was read last, and what `motion.appearance` gave there.
        time: seconds; when it was read last.
        whole: seconds; when its box was last of its size.
        extent: pixels; the width and height of its box when it had grown last.
        presence: seconds for which it was read more than not, at most SURE.
        trace: likewise, though misses count for little: at 0 it may as well never have been there.
        spaced: seconds for which it was followed by a space more than not, -SURE..SURE.
        tally: seconds for which it was read as each digit since its appearance changed; the older, the less.
        tallied: seconds; when that was counted last.
        shown_box: where it was shown last.
    """

    id: int
    digit: Digit
    boxes: NDArray[np.float64]
    votes: deque[tuple[float, Digit]] = field(default_factory=lambda: deque(maxlen=_MOST_READINGS))
    appearance: tuple[Box, NDArray[np.float32] | None] | None = None
    time: float = 0.0
    whole: float = 0.0
    extent: tuple[float, float] | None = None
    presence: float = 0.0
    trace: float = 0.0
    spaced: float = 0.0
    tally: dict[int, float] = field(default_factory=dict)
    tallied: float = 0.0
    shown_box: Box | None = None

    def update(self, digit: Digit, now: float, *, votes: bool) -> None:
        """Note that it was read as `digit`; without `votes` only where it is counts."""
        place, box = self.place, digit.box
        smaller = min(place.width * place.height, box.width * box.height)
        elsewhere = place.intersection_area(box) < _ASTRAY * smaller
        # Who misreads it may have cut it wrongly, too, and the same ink has the same size.
        usual = max(self.tally, key=lambda label: self.tally[label], default=digit.digit)
        # What was only seen smeared is not of its size.
        if not self.votes or (elsewhere and digit.digit == usual):
            self.boxes, self.whole = np.array([box], np.float64), now
        elif votes and digit.digit == usual:
            if self.is_whole(box):
                self.whole = now
            if self.whole == now or len(self.boxes) < _BOXES or now - self.whole >= _RESIZED:
                self.boxes = np.vstack([self.boxes[1 - _BOXES :], box])
        self.digit, self.time = digit, now
        if votes:
            passed = min(now - self.tallied, WINDOW)
            self.tally = {label: share * (1 - passed / _MEMORY) for label, share in self.tally.items()}
            self.tally[digit.digit] = self.tally.get(digit.digit, 0.0) + passed
            self.tallied = now
            self.votes.append((now, digit))
            while len(self.votes) > _FEWEST and now - self.votes[1][0] >= WINDOW:
                self.votes.popleft()

    def has_grown(self, box: Box) -> bool:
        """Whether it is notably larger than ever before: somebody is drawing it."""
        width, height = self.extent or (box.width, box.height)
        grown = max(box.width - width, box.height - height) > _GROWN * max(width, height)
        if grown or self.extent is None:
            self.extent = max(width, box.width), max(height, box.height)
        return grown

    def count(self, passed: float, *, seen: bool, spaced: bool) -> None:
        """Note whether it was among what was read in the seconds passed, and followed by a space."""
        self.presence = min(max(self.presence + (passed if seen else -passed), 0.0), SURE)
        self.trace = min(max(self.trace + (passed if seen else -_SELDOM * passed), 0.0), SURE)
        if seen:
            self.spaced = min(max(self.spaced + (passed if spaced else -passed), -SURE), SURE)

    def update_appearance(self, now: NDArray[np.float32] | None) -> None:
        """Note what it looks like; what looks otherwise than before is judged again."""
        before = self.appearance[1] if self.appearance else None
        if before is None or now is None or float(now @ before) < SIMILAR:
            self.tally.clear()
        self.appearance = self.place, now

    def is_whole(self, box: Box) -> bool:
        """Whether a box is of its size: nothing is cut off or added."""
        usual = self.box[2:]
        return bool(np.abs(usual - box[2:]).max() <= max(_CUT * usual.max(), _UNSEEN + 1))

    def stays(self, emitted: int, label: int) -> bool:
        """Whether it still is the label that was emitted, and not the one that the newest readings vote for.

        The same ink stays the same digit, until it was read otherwise for longer.
        """
        return label != emitted and self.tally.get(emitted, 0.0) > self.tally.get(label, 0.0)

    @property
    def box(self) -> NDArray[np.float64]:
        """(4,) float64 x, y, width, height in pixels: where it is now, as most of its last readings say."""
        return np.asarray(np.sort(self.boxes, axis=0)[len(self.boxes) // 2])

    @property
    def place(self) -> Box:
        """Where it is now, in whole pixels."""
        left, top, width, height = self.box.tolist()
        x, y = round(left), round(top)
        return Box(x, y, max(round(left + width) - x, 1), max(round(top + height) - y, 1))

    def vote(self) -> tuple[int, float, bool]:
        """The label that its readings vote for, its probability 0..1, and whether the vote is clear.

        Every reading votes with its log-probabilities, so that a doubtful one counts less than a sure one.
        """
        digits = [digit for _, digit in self.votes] or [self.digit]
        scores = {
            label: sum(_log_probability(digit, label) for digit in digits) / len(digits)
            for label in dict.fromkeys(digit.digit for digit in digits)
        }
        best = max(scores, key=lambda label: scores[label])
        alike = sum(digit.digit == best for digit in digits) >= _ALWAYS * len(digits)
        lead = scores[best] - max((score for label, score in scores.items() if label != best), default=-9.0)
        times = [time for time, digit in self.votes if digit.digit == best]
        lasting = bool(times) and times[-1] - times[0] >= _LASTING * WINDOW
        return best, min(exp(scores[best]), 1.0), lasting and (alike or lead >= _LEAD)

    def shown(self, label: int, confidence: float) -> Digit:
        """The digit that was emitted, where it is now, give or take a tremble."""
        place = self.place
        if (
            self.shown_box is None
            or max(abs(a - b) for a, b in zip(place, self.shown_box, strict=True)) > _UNSEEN
        ):
            self.shown_box = place
        return replace(self.digit, digit=label, confidence=confidence, box=self.shown_box, track=self.id)


def _log_probability(digit: Digit, label: int) -> float:
    """A reading's log-probability of a digit."""
    probability = digit.confidence if digit.digit == label else float(digit.probabilities[label])
    return log(min(max(probability, _FLOOR), 1.0))
