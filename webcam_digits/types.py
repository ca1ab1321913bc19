"""What was read in one picture: digits, the rows they stand in, and where."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]  # (h, w, 3) BGR, or (h, w) grey


class Box(NamedTuple):
    """An upright rectangle in pixels of the whole picture; `x`, `y` is its upper left corner."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The first column to the right of the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The first row below the box."""
        return self.y + self.height

    def union(self, other: "Box") -> "Box":
        """The smallest box around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def intersection(self, other: "Box") -> int:
        """The area in square pixels that both cover."""
        width = min(self.right, other.right) - max(self.x, other.x)
        height = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(width, 0) * max(height, 0)

    def within(self, width: int, height: int) -> "Box | None":
        """The part that lies in a picture of this size; None where none does."""
        x, y = max(self.x, 0), max(self.y, 0)
        right, bottom = min(self.right, width), min(self.bottom, height)
        return Box(x, y, right - x, bottom - y) if x < right and y < bottom else None

    def iou(self, other: "Box") -> float:
        """Intersection over union, 0..1."""
        shared = self.intersection(other)
        whole = self.width * self.height + other.width * other.height - shared
        return shared / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit.

    Attributes:
        label: the model's label for it, "0" to "9" with the shipped model.
        confidence: the calibrated probability of that label, 0..1.
        box: where its ink is.
        probabilities: (L + 1,) float32, one for each label and, last, "not one of them".
        track: the digit's identity over frames; None in a single picture.
    """

    label: str
    confidence: float
    box: Box
    probabilities: NDArray[np.float32] = field(repr=False, compare=False)
    track: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One visual row of digits, a *number*.

    Attributes:
        text: its digits from left to right; single spaces stand where wide gaps separate groups.
        confidence: the least of its digits' confidences, 0..1.
        box: around all its digits.
        digits: from left to right, at least one.
        number: the row's identity over frames; None in a single picture.
    """

    text: str
    confidence: float
    box: Box
    digits: tuple[Digit, ...]
    number: int | None = None

    def within(self, width: int, height: int) -> "Self | None":
        """It as far as it lies in a picture of this size: its text, and the digits not wholly outside.

        None where all are.
        """
        box = self.box.within(width, height)
        parts = ((digit, digit.box.within(width, height)) for digit in self.digits)
        digits = tuple(replace(digit, box=part) for digit, part in parts if part is not None)
        return None if box is None or not digits else replace(self, box=box, digits=digits)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything read in one picture.

    Attributes:
        lines: the rows in reading order; empty where no digit was found.
        width: the picture's width in pixels.
        height: the picture's height in pixels.
        milliseconds: time spent in each stage, by the stage's name, in the order of the stages.
    """

    lines: tuple[Line, ...]
    width: int
    height: int
    milliseconds: Mapping[str, float] = field(default_factory=dict, compare=False)

    @property
    def text(self) -> str:
        """The rows' texts, one a line; empty where no digit was found."""
        return "\n".join(line.text for line in self.lines)

    def within(self) -> Self:
        """The same reading with boxes that end at the picture's edge; what lies outside is not in it."""
        parts = (line.within(self.width, self.height) for line in self.lines)
        return replace(self, lines=tuple(line for line in parts if line is not None))

    def moved(self, place: Callable[[Box], Box], size: tuple[int, int]) -> Self:
        """The same reading of a picture of another size (width, height), each of its boxes put elsewhere."""
        lines = tuple(
            replace(
                line,
                box=place(line.box),
                digits=tuple(replace(digit, box=place(digit.box)) for digit in line.digits),
            )
            for line in self.lines
        )
        return replace(self, lines=lines, width=size[0], height=size[1])
