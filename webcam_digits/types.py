"""What was read in one picture: digits, the rows they stand in, and where."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeAlias, Union

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

Image = NDArray[np.uint8]  # (h, w, 3) BGR, or (h, w) grey
# What a reader reads; a Union, for Pillow's name is a string.
ImageLike: TypeAlias = Union[str, Path, "PillowImage", NDArray[np.uint8], NDArray[np.uint16]]
DIGITS = tuple("0123456789")  # the labels that a reader's model distinguishes


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

    def __str__(self) -> str:
        """As `--roi` takes it: 100,50,640x360."""
        return f"{self.x},{self.y},{self.width}x{self.height}"

    def union(self, other: "Box") -> "Box":
        """The smallest box around both."""
        x, y = min(self.x, other.x), min(self.y, other.y)
        return Box(x, y, max(self.right, other.right) - x, max(self.bottom, other.bottom) - y)

    def intersection_area(self, other: "Box") -> int:
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
        shared = self.intersection_area(other)
        whole = self.width * self.height + other.width * other.height - shared
        return shared / whole if whole else 0.0


@dataclass(frozen=True, slots=True)
class Digit:
    """One digit.

    Attributes:
        digit: 0..9.
        confidence: its calibrated probability, 0..1.
        box: where its ink is.
        probabilities: (11,) float32 of the ten digits and, last, of "none of them".
        track: the digit's identity over frames; None in a single picture.
    """

    digit: int
    confidence: float
    box: Box
    probabilities: NDArray[np.float32] = field(repr=False, compare=False)
    track: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """The digit as JSON has it."""
        return {
            "digit": self.digit,
            "confidence": round(float(self.confidence), 3),
            "box": [int(side) for side in self.box],
            **({} if self.track is None else {"track": self.track}),
        }


@dataclass(frozen=True, slots=True)
class Line:
    """One visual row of digits, a *number*.

    Attributes:
        text: its digits from left to right; single spaces stand where wide gaps separate groups.
        confidence: the least of its digits' confidences, 0..1.
        box: around all its digits.
        digits: from left to right, at least one.
        id: the row's identity over frames; None in a single picture.
    """

    text: str
    confidence: float
    box: Box
    digits: tuple[Digit, ...]
    id: int | None = None

    @classmethod
    def from_digits(cls, digits: Sequence[Digit], spaces: Sequence[bool], id: int | None = None) -> Self:  # noqa: A002
        """The line of n >= 1 digits from left to right; n - 1 flags say between which a space stands."""
        after = [*(" " if space else "" for space in spaces), ""]
        return cls(
            text="".join(f"{digit.digit}{space}" for digit, space in zip(digits, after, strict=True)),
            confidence=min(digit.confidence for digit in digits),
            box=_around(digits),
            digits=tuple(digits),
            id=id,
        )

    def to_dict(self) -> dict[str, Any]:
        """The line as JSON has it."""
        return {
            **({} if self.id is None else {"id": self.id}),
            "text": self.text,
            "confidence": round(float(self.confidence), 3),
            "box": [int(side) for side in self.box],
            "digits": [digit.to_dict() for digit in self.digits],
        }

    def moved(self, place: Callable[[Box], Box]) -> Self:
        """The same line with each of its digits put elsewhere, and its own box around them."""
        digits = tuple(replace(digit, box=place(digit.box)) for digit in self.digits)
        return replace(self, digits=digits, box=_around(digits))

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
    """Everything read in one picture; true where something was.

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

    def __bool__(self) -> bool:
        """Whether any digit was read."""
        return bool(self.lines)

    @property
    def text(self) -> str:
        """The rows' texts, one a line; empty where no digit was found."""
        return "\n".join(line.text for line in self.lines)

    def to_dict(self) -> dict[str, Any]:
        """The reading as `read --json` prints it, without "source"."""
        return {
            "width": self.width,
            "height": self.height,
            "lines": [line.to_dict() for line in self.lines],
            "ms": round(sum(self.milliseconds.values()), 1),
        }

    def to_json(self) -> str:
        """`to_dict` as one line of JSON."""
        return json.dumps(self.to_dict())

    def within(self) -> Self:
        """The same reading with boxes that end at the picture's edge; what lies outside is not in it."""
        parts = (line.within(self.width, self.height) for line in self.lines)
        return replace(self, lines=tuple(line for line in parts if line is not None))

    def moved(self, place: Callable[[Box], Box], size: tuple[int, int]) -> Self:
        """The same reading of a picture of another size (width, height), each of its boxes put elsewhere."""
        lines = tuple(line.moved(place) for line in self.lines)
        return replace(self, lines=lines, width=size[0], height=size[1])


def _around(digits: Sequence[Digit]) -> Box:
    return reduce(Box.union, (digit.box for digit in digits))
