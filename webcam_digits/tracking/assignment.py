"""Which number and which track each digit of a reading continues."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from webcam_digits.tracking.digit_track import DigitTrack
from webcam_digits.tracking.motion import middles
from webcam_digits.tracking.number_track import NumberTrack
from webcam_digits.types import Digit, Line

_REACH = 0.6  # digit heights; how far a digit may be from where its track leads
_OTHERWISE = 0.3  # digit heights that being read otherwise counts like
_RESIZED = 0.5  # digit heights that being e times as large counts like
_NEVER = 1e6  # the cost of what must not be
_ALIKE = 0.6  # share of digits that a number and a line have in common, in order, where only these can tell


@dataclass(slots=True)
class Sighting:
    """What a reading shows of one number.

    Attributes:
        number: None where it is new.
        digits: of it, from left to right, each with its track; None where that is new.
        spaces: after which of them a new group begins.
    """

    number: NumberTrack | None
    digits: list[tuple[Digit, DigitTrack | None]] = field(default_factory=list)
    spaces: list[bool] = field(default_factory=list)


def associate(lines: Sequence[Line], numbers: Sequence[NumberTrack]) -> list[Sighting]:
    """Pair the lines of a reading with the numbers that they continue, each digit with its track.

    Lines that say just what a number says are its, wherever it went. The others' digits are paired one by one
    with the tracks whose places they are in; what was emitted as one number stays one, also where it is now
    read as two, and what was emitted as two stays two. Numbers whose places are lost come back by most of
    their digits.

    Args:
        lines: in reading order.
        numbers: all that are followed, where they should be now.

    Returns:
        In reading order; each number at most once.
    """
    paired = _by_text(lines, numbers)
    taken = {id(number) for number in paired.values()}
    places = _by_place(
        [digit for i, line in enumerate(lines) if i not in paired for digit in line.digits],
        [
            (number, track)
            for number in numbers
            if id(number) not in taken and not number.lost
            for track in number.tracks.values()
        ],
    )
    sightings: dict[int, Sighting] = {}  # by the number, or, of a new one, by the line
    for i, line in enumerate(lines):
        spaces = _spaces(line)
        if i in paired:
            tracks = paired[i].current
            sightings[id(paired[i])] = Sighting(
                paired[i], list(zip(line.digits, tracks, strict=True)), spaces
            )
            continue
        found = [places.get(id(digit), (None, None)) for digit in line.digits]
        owner = _owner([number for number, _ in found if number is not None])
        for digit, space, (number, track) in zip(line.digits, spaces, found, strict=True):
            mine = number if number is not None and number.emitted else owner
            key = id(mine) if mine is not None else -1 - i
            sighting = sightings.setdefault(key, Sighting(mine))
            sighting.digits.append((digit, track))
            sighting.spaces.append(space)
    lost = [number for number in numbers if number.lost and number.emitted and id(number) not in taken]
    return [
        _returned(sighting, lost) if sighting.number is None else sighting for sighting in sightings.values()
    ]


def _by_text(lines: Sequence[Line], numbers: Sequence[NumberTrack]) -> dict[int, NumberTrack]:
    """Lines with the numbers that say the same, of several the nearest."""
    texts = [line.text.replace(" ", "") for line in lines]
    said = [number.text for number in numbers]
    if not set(texts) & set(said):
        return {}
    here = np.array([middles(np.array(line.digits[0].box, np.float64)) for line in lines])
    there = np.array([middles(number.current[0].box) for number in numbers])
    cost = np.abs(here[:, None] - there[None]).sum(axis=2)
    cost[[[text != other for other in said] for text in texts]] = _NEVER
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return {int(i): numbers[j] for i, j in pairs if cost[i, j] < _NEVER}


def _by_place(
    digits: Sequence[Digit], followed: Sequence[tuple[NumberTrack, DigitTrack]]
) -> dict[int, tuple[NumberTrack, DigitTrack]]:
    """For the digits, by their ids, the tracks in whose places they are."""
    if not digits or not followed:
        return {}
    here = np.array([digit.box for digit in digits], np.float64)[:, None]
    there = np.array([track.box for _, track in followed])[None]
    height = np.maximum(here[..., 3], there[..., 3])
    offset = middles(here) - middles(there)
    distance = np.hypot(offset[..., 0], offset[..., 1]) / height
    resized = np.abs(np.log(np.maximum(here[..., 3], 1) / np.maximum(there[..., 3], 1)))
    otherwise = np.array([[digit.digit != track.digit.digit for _, track in followed] for digit in digits])
    cost = distance + _RESIZED * resized + _OTHERWISE * otherwise
    cost[distance > _REACH] = _NEVER
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return {id(digits[i]): followed[j] for i, j in pairs if cost[i, j] < _NEVER}


def _owner(numbers: Sequence[NumberTrack]) -> NumberTrack | None:
    """The number that most of a line's digits belong to."""
    if not numbers:
        return None
    counts = Counter(id(number) for number in numbers)
    return max(numbers, key=lambda number: counts[id(number)])


def _returned(sighting: Sighting, lost: list[NumberTrack]) -> Sighting:
    """A new number, unless it has most of its digits in common with one that was lost."""
    labels = "".join(str(digit.digit) for digit, _ in sighting.digits)
    best, most = None, list[tuple[int, int]]()
    for number in lost:
        common = _common(labels, number.text)
        if len(common) > max(len(most), _ALIKE * max(len(labels), len(number.text))):
            best, most = number, common
    if best is None:
        return sighting
    lost.remove(best)
    tracks = best.current
    pairs = {i: tracks[j] for i, j in most}
    return Sighting(
        best, [(digit, pairs.get(i)) for i, (digit, _) in enumerate(sighting.digits)], sighting.spaces
    )


def _common(first: str, second: str) -> list[tuple[int, int]]:
    """The longest sequence of characters that both have in order: their places in each."""
    lengths = np.zeros((len(first) + 1, len(second) + 1), int)
    for i in reversed(range(len(first))):
        for j in reversed(range(len(second))):
            same = first[i] == second[j]
            lengths[i, j] = lengths[i + 1, j + 1] + 1 if same else max(lengths[i + 1, j], lengths[i, j + 1])
    pairs, i, j = [], 0, 0
    while i < len(first) and j < len(second):
        if first[i] == second[j]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1, j] >= lengths[i, j + 1]:
            i += 1
        else:
            j += 1
    return pairs


def _spaces(line: Line) -> list[bool]:
    """After which of a line's digits a new group begins."""
    spaces: list[bool] = []
    for character in line.text:
        if character == " ":
            spaces[-1] = True
        else:
            spaces.append(False)
    return spaces
