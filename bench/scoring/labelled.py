"""Labelled pictures and clips, which lie in a folder beside the clone: what is written on each, and where."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring.row_scoring import rows_of
from webcam_digits.types import Box

BLIND = "blind"  # the tag of pictures that are scored, but that nobody looks at
HARD = "hard"  # of pictures that are scored apart


@dataclass(frozen=True, slots=True)
class Mark:
    """One written digit: its label, where it is, and in which row, counted from 0."""

    label: str
    box: Box
    row: int


@dataclass(frozen=True, slots=True)
class Picture:
    """One still image.

    Attributes:
        path: of its file.
        rows: of digits, from top to bottom, without spaces; none where nothing is written.
        tags: what it is like.
        unordered: whether its digits are scattered, so that rows mean nothing.
        marks: its digits; None where nobody has drawn their boxes.
    """

    path: Path
    rows: tuple[str, ...]
    tags: frozenset[str]
    unordered: bool = False
    marks: tuple[Mark, ...] | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a clip in which the same rows can be read, `start` to `end` in seconds."""

    start: float
    end: float
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clip:
    """One video, and what is in view in its parts; a row that stays is in one part only."""

    path: Path
    segments: tuple[Segment, ...]
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Choice:
    """Which pictures a line of the table is about: of which folders, with which tag; hard ones apart."""

    folders: tuple[str, ...]
    tag: str | None = None
    hard: bool = False

    def __contains__(self, picture: Picture) -> bool:
        return (self.tag is None or self.tag in picture.tags) and (HARD in picture.tags) == self.hard


SETS = {
    "real": Choice(("real",)),
    "strangers-look": Choice(("strangers",), "look"),
    "strangers-blind": Choice(("strangers",), BLIND),
    "strangers": Choice(("strangers",)),
    "orand": Choice(("strings/orand",)),
    "meza": Choice(("strings/meza",)),
    "scenes": Choice(("scenes",)),
    "reports": Choice(("reports",)),
    "hard": Choice(("real", "strangers"), hard=True),
}
CLIPS = ("real", "strangers")  # the folders that hold some


def pictures(shared: Path, choice: Choice) -> list[Picture]:
    """The pictures of one set.

    Raises:
        OSError: a folder's labels.json is missing.
        ValueError: it is not in the form of labels.
    """
    entries = [(shared / folder, entry) for folder in choice.folders for entry in _labels(shared / folder)]
    found = [_picture(folder, entry) for folder, entry in entries if entry["kind"] != "video"]
    return [picture for picture in found if picture in choice]


def clips(shared: Path) -> list[Clip]:
    """The clips of all sets; raises as `pictures`."""
    entries = [(shared / folder, entry) for folder in CLIPS for entry in _labels(shared / folder)]
    return [_clip(folder, entry) for folder, entry in entries if entry["kind"] == "video"]


def _labels(folder: Path) -> list[dict[str, Any]]:
    labels: list[dict[str, Any]] = json.loads((folder / "labels.json").read_text("utf-8"))
    return labels


def _picture(folder: Path, entry: dict[str, Any]) -> Picture:
    rows = tuple(rows_of(entry["lines"]))
    boxes = entry.get("boxes")
    return Picture(
        folder / entry["file"],
        rows,
        frozenset(entry.get("tags", ())),
        bool(entry.get("unordered")),
        None if boxes is None else _marks(rows, boxes),
    )


def _marks(rows: Sequence[str], boxes: Sequence[Sequence[Any]]) -> tuple[Mark, ...]:
    """Boxes `[digit, x, y, width, height]` in the order of the rows' digits, each with its row."""
    owners = [i for i, row in enumerate(rows) for _ in row]
    return tuple(
        Mark(label, Box(*place), owner) for (label, *place), owner in zip(boxes, owners, strict=True)
    )


def _clip(folder: Path, entry: dict[str, Any]) -> Clip:
    parts = (Segment(part["t0"], part["t1"], tuple(rows_of(part["lines"]))) for part in entry["segments"])
    return Clip(folder / entry["file"], tuple(parts), frozenset(entry.get("tags", ())))
