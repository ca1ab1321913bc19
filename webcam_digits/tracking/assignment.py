"""Which row and which track each digit of a reading continues."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from webcam_digits.tracking.digit_track import Track
from webcam_digits.tracking.number_track import Row
from webcam_digits.types import Digit, Line

_REACH = 0.6  # digit heights; how far a digit may be from where its track leads
_OTHERWISE = 0.3  # digit heights that being read otherwise counts like
_RESIZED = 0.5  # digit heights that being e times as large counts like
_NEVER = 1e6  # the cost of what must not be
_ALIKE = 0.6  # share of digits that a row and a line have in common, in order, where only these can tell


@dataclass(slots=True)
class Sighting:
    """What a reading shows of one row.

    Attributes:
        row: None where it is new.
        digits: of it, from left to right, each with its track; None where that is new.
        spaces: after which of them a new group begins.
    """

    row: Row | None
    digits: list[tuple[Digit, Track | None]] = field(default_factory=list)
    spaces: list[bool] = field(default_factory=list)


def associate(lines: Sequence[Line], rows: Sequence[Row]) -> list[Sighting]:
    """Pair the lines of a reading with the rows that they continue, each digit with its track.

    Lines that say just what a row says are its, wherever it went. The others' digits are paired one by one
    with the tracks whose places they are in; what was told as one row stays one, also where it is now read
    as two, and what was told as two stays two. Rows whose places are lost come back by most of their digits.

    Args:
        lines: in reading order.
        rows: all that are followed, where they should be now.

    Returns:
        In reading order; each row at most once.
    """
    paired = _by_text(lines, rows)
    taken = {id(row) for row in paired.values()}
    places = _by_place(
        [digit for i, line in enumerate(lines) if i not in paired for digit in line.digits],
        [
            (row, track)
            for row in rows
            if id(row) not in taken and not row.lost
            for track in row.tracks.values()
        ],
    )
    sightings: dict[int, Sighting] = {}  # by the row, or, of a new one, by the line
    for i, line in enumerate(lines):
        spaces = _spaces(line)
        if i in paired:
            tracks = paired[i].current
            sightings[id(paired[i])] = Sighting(
                paired[i], list(zip(line.digits, tracks, strict=True)), spaces
            )
            continue
        found = [places.get(id(digit), (None, None)) for digit in line.digits]
        owner = _owner([row for row, _ in found if row is not None])
        for digit, space, (row, track) in zip(line.digits, spaces, found, strict=True):
            mine = row if row is not None and row.told else owner
            key = id(mine) if mine is not None else -1 - i
            sighting = sightings.setdefault(key, Sighting(mine))
            sighting.digits.append((digit, track))
            sighting.spaces.append(space)
    lost = [row for row in rows if row.lost and row.told and id(row) not in taken]
    return [
        _returned(sighting, lost) if sighting.row is None else sighting for sighting in sightings.values()
    ]


def _by_text(lines: Sequence[Line], rows: Sequence[Row]) -> dict[int, Row]:
    """Lines with the rows that say the same, of several the nearest."""
    texts = [line.text.replace(" ", "") for line in lines]
    said = [row.text for row in rows]
    if not set(texts) & set(said):
        return {}
    here = np.array([_middle(np.array(line.digits[0].box, np.float64)) for line in lines])
    there = np.array([_middle(row.current[0].box) for row in rows])
    cost = np.abs(here[:, None] - there[None]).sum(axis=2)
    cost[[[text != other for other in said] for text in texts]] = _NEVER
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return {int(i): rows[j] for i, j in pairs if cost[i, j] < _NEVER}


def _by_place(digits: Sequence[Digit], followed: Sequence[tuple[Row, Track]]) -> dict[int, tuple[Row, Track]]:
    """For the digits, by their ids, the tracks in whose places they are."""
    if not digits or not followed:
        return {}
    here = np.array([digit.box for digit in digits], np.float64)[:, None]
    there = np.array([track.box for _, track in followed])[None]
    height = np.maximum(here[..., 3], there[..., 3])
    offset = _middle(here) - _middle(there)
    distance = np.hypot(offset[..., 0], offset[..., 1]) / height
    resized = np.abs(np.log(np.maximum(here[..., 3], 1) / np.maximum(there[..., 3], 1)))
    otherwise = np.array([[digit.digit != track.digit.digit for _, track in followed] for digit in digits])
    cost = distance + _RESIZED * resized + _OTHERWISE * otherwise
    cost[distance > _REACH] = _NEVER
    pairs = zip(*linear_sum_assignment(cost), strict=True)
    return {id(digits[i]): followed[j] for i, j in pairs if cost[i, j] < _NEVER}


def _owner(rows: Sequence[Row]) -> Row | None:
    """The row that most of a line's digits belong to."""
    if not rows:
        return None
    counts = Counter(id(row) for row in rows)
    return max(rows, key=lambda row: counts[id(row)])


def _returned(sighting: Sighting, lost: list[Row]) -> Sighting:
    """A new row, unless it has most of its digits in common with one that was lost."""
    labels = "".join(str(digit.digit) for digit, _ in sighting.digits)
    best, most = None, list[tuple[int, int]]()
    for row in lost:
        common = _common(labels, row.text)
        if len(common) > max(len(most), _ALIKE * max(len(labels), len(row.text))):
            best, most = row, common
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


def _middle(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(boxes[..., :2] + boxes[..., 2:] / 2)


def _spaces(line: Line) -> list[bool]:
    """After which of a line's digits a new group begins."""
    spaces: list[bool] = []
    for character in line.text:
        if character == " ":
            spaces[-1] = True
        else:
            spaces.append(False)
    return spaces
