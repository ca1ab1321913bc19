"""Rows of digits that were read against those that are written.

Each row that is read is paired with a written one so that the whole takes the fewest edits; spaces do not
count. Of digits scattered over a picture the order does not count either.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

Fate = Literal["right", "wrong", "missed", "false", "split"]  # of a digit; "wrong" for another class
DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of one picture.

    Attributes:
        written: digits.
        read: digits, of a picture that holds some.
        right: digits.
        rows: that are written, where the order counts.
        exact: of them, those read without an error.
        perfect: whether all was read right, and nothing besides.
        false: digits read in a picture without any.
        negative: whether nothing is written.
    """

    written: int = 0
    read: int = 0
    right: int = 0
    rows: int = 0
    exact: int = 0
    perfect: bool = False
    false: int = 0
    negative: bool = False

    @property
    def f1(self) -> float:
        """0..1; 1 where nothing is written and nothing read."""
        return _f1(self.right, self.written, self.read)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of many pictures; None where no picture has a say.

    Attributes:
        images: that were read.
        digits: that are written.
        recall: of the written digits the share that is right.
        precision: of the digits read, in pictures that hold some, the share that is right.
        f1: their harmonic mean, over all digits.
        mean_f1: of the pictures' own, so that a few full pages do not decide.
        exact_rows: of the written rows the share without an error.
        exact_images: of the pictures with digits the share in which all is right and nothing besides.
        false_reads: digits read, per picture without any.
    """

    images: int
    digits: int
    recall: float | None
    precision: float | None
    f1: float | None
    mean_f1: float | None
    exact_rows: float | None
    exact_images: float | None
    false_reads: float | None


def figures(scores: Sequence[Score]) -> Figures:
    """The figures of pictures."""
    holding = [score for score in scores if not score.negative]
    empty = len(scores) - len(holding)
    written, read, right, rows, exact = (
        sum(getattr(score, name) for score in holding)
        for name in ("written", "read", "right", "rows", "exact")
    )
    return Figures(
        images=len(scores),
        digits=written,
        recall=_share(right, written),
        precision=_share(right, read) if holding else None,
        f1=_f1(right, written, read) if holding else None,
        mean_f1=_share(sum(score.f1 for score in holding), len(holding)),
        exact_rows=_share(exact, rows),
        exact_images=_share(sum(score.perfect for score in holding), len(holding)),
        false_reads=_share(sum(score.false for score in scores), empty),
    )


def score(written: Iterable[str], read: Iterable[str], *, unordered: bool = False) -> Score:
    """Hold the rows read in a picture that has digits against those that are written.

    Args:
        written: rows of digits; spaces and all else do not count.
        read: likewise.
        unordered: the digits are scattered: only how many there are of each counts.
    """
    truth, got = rows_of(written), rows_of(read)
    digits, digits_read = sum(map(len, truth)), sum(map(len, got))
    if unordered:
        bag, bag_read = Counter("".join(truth)), Counter("".join(got))
        return Score(digits, digits_read, (bag & bag_read).total(), perfect=bag == bag_read)
    pairs = pair(truth, got)
    return Score(
        digits,
        digits_read,
        sum(_aligned(one, other)[1] for one, other in pairs),
        rows=len(truth),
        exact=sum(one == other for one, other in pairs),
        perfect=all(one == other for one, other in pairs),
    )


def score_empty(read: Iterable[str]) -> Score:
    """The score of a picture without digits."""
    return Score(false=sum(map(len, rows_of(read))), negative=True)


def rows_of(texts: Iterable[str]) -> list[str]:
    """Only their digits, of those that have any."""
    rows = ("".join(character for character in text if character in DIGITS) for text in texts)
    return [row for row in rows if row]


def pair(written: Sequence[str], read: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of rows that take the fewest edits, then have the most in common; "" for no partner."""
    size = len(written) + len(read)
    truth, got = [*written, *[""] * len(read)], [*read, *[""] * len(written)]
    costs = np.zeros((size, size))
    for i, j in np.ndindex(size, size):
        edits, right = _aligned(truth[i], got[j])
        apart = abs(i - j) if i < len(written) and j < len(read) else 0
        costs[i, j] = 100_000 * edits - 100 * right + apart
    pairs = ((truth[i], got[j]) for i, j in zip(*linear_sum_assignment(costs), strict=True))
    return [(one, other) for one, other in pairs if one or other]


def fates(written: str, read: str) -> list[tuple[Fate, str, str]]:
    """What became of each digit of a row in the best alignment, what is written, and what was read."""
    costs = _costs(written, read)
    i, j = len(written), len(read)
    steps: list[tuple[Fate, str, str]] = []
    while i or j:
        fate: Fate
        same = i > 0 and j > 0 and written[i - 1] == read[j - 1]
        if i and j and costs[i][j] == _step(costs[i - 1][j - 1], not same, same):
            i, j, fate = i - 1, j - 1, "right" if same else "wrong"
            steps.append((fate, written[i], read[j]))
        elif i and costs[i][j] == _step(costs[i - 1][j], 1, False):
            i -= 1
            steps.append(("missed", written[i], ""))
        else:
            j -= 1
            steps.append(("false", "", read[j]))
    return steps[::-1]


def _aligned(written: str, read: str) -> tuple[int, int]:
    """How many edits make one of the other, and how many digits are right in that."""
    edits, negated = _costs(written, read)[-1][-1]
    return edits, -negated


def _costs(written: str, read: str) -> list[list[tuple[int, int]]]:
    """For each two beginnings the fewest edits, and minus the most right digits."""
    costs = [[(j, 0) for j in range(len(read) + 1)]]
    for i, one in enumerate(written, 1):
        row = [(i, 0)]
        for j, other in enumerate(read, 1):
            same = one == other
            row.append(
                min(
                    _step(costs[-1][j - 1], not same, same),
                    _step(costs[-1][j], 1, False),
                    _step(row[j - 1], 1, False),
                )
            )
        costs.append(row)
    return costs


def _step(cost: tuple[int, int], edits: int, right: bool) -> tuple[int, int]:
    return cost[0] + edits, cost[1] - right


def _f1(right: int, written: int, read: int) -> float:
    return 2 * right / (written + read) if written + read else 1.0


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
