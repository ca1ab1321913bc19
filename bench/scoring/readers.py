"""Whose accuracy is measured: the shipped reader, a detector by itself, other engines."""

import importlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from scoring.pyramid_reader import PyramidReader
from scoring.row_scoring import rows_of
from webcam_digits import DigitReader
from webcam_digits.errors import UsageError
from webcam_digits.reading.detector import Detector
from webcam_digits.reading.layout import arrange
from webcam_digits.types import Box, Digit, Image, Reading

PEERS = ("rapidocr",)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was read in one picture.

    Attributes:
        reading: the rows.
        candidates: all that may be digits, those that were left out, too; None where the reader does not say.
        located: whether the reading's digits are single digits with boxes of their own.
        milliseconds: of the processor that it took.
    """

    reading: Reading
    candidates: tuple[Digit, ...] | None
    located: bool
    milliseconds: float

    @property
    def rows(self) -> tuple[str, ...]:
        """Of digits, from top to bottom, without spaces."""
        return tuple(rows_of(line.text for line in self.reading.lines))

    @property
    def digits(self) -> tuple[Digit, ...] | None:
        """Those read; None where their boxes are not known."""
        return tuple(digit for line in self.reading.lines for digit in line.digits) if self.located else None


class Reader(Protocol):
    """One of them.

    Attributes:
        name: in the table.
        every: of a clip, one of so many frames is read.
    """

    name: str
    every: int

    def answer(self, image: Image) -> Answer:
        """Read a picture, (h, w, 3) BGR."""

    def read(self, image: Image) -> Reading:
        """Likewise, without all else."""


class Shipped:
    """The reader that users have."""

    name = "shipped"
    every = 1

    def __init__(self) -> None:
        self.read = DigitReader().read

    def answer(self, image: Image) -> Answer:
        """Read a picture."""
        start = time.process_time()
        reading = self.read(image)
        return Answer(reading, None, located=True, milliseconds=_since(start))


class Raw:
    """A detector by itself."""

    every = 3  # a whole pyramid takes long

    def __init__(self, path: Path, name: str, threshold: float | None = None) -> None:
        """Load it.

        Args:
            path: of its file.
            name: in the table.
            threshold: the least confidence of a digit, 0..1; None for the file's own.

        Raises:
            ModelError: the file cannot be used.
        """
        self.name = name
        self._reader = PyramidReader(Detector(path), threshold)
        self.read = self._reader.read

    def answer(self, image: Image) -> Answer:
        """Read a picture."""
        start = time.process_time()
        found = self._reader.find(image)
        reading = self._reader.arranged(found, image)
        return Answer(reading, found, located=True, milliseconds=_since(start))


class RapidOcr:
    """RapidOCR on one thread; of its text only the digits."""

    name = "rapidocr"
    every = 3

    def __init__(self) -> None:
        """Load it.

        Raises:
            UsageError: it is not installed.
        """
        try:
            engines = importlib.import_module("rapidocr")
        except ImportError as error:
            raise UsageError(
                "rapidocr is not installed: pip install rapidocr, or leave out --peer rapidocr"
            ) from error
        threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
        self._engine: Any = engines.RapidOCR(params={**threads, "Global.log_level": "critical"})

    def answer(self, image: Image) -> Answer:
        """Read a picture."""
        start = time.process_time()
        reading = self.read(image)
        return Answer(reading, None, located=False, milliseconds=_since(start))

    def read(self, image: Image) -> Reading:
        """Its texts, those of one visual row joined."""
        result = self._engine(image)
        texts = []
        found = zip(result.txts, result.boxes, result.scores, strict=True) if result.txts else ()
        for text, corners, score in found:
            (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
            for digits in rows_of([text]):
                box = Box(round(left), round(top), round(right - left), round(bottom - top))
                texts += _shared_out(digits, float(score), box)
        return Reading(arrange(texts), image.shape[1], image.shape[0])


def _shared_out(digits: str, score: float, box: Box) -> list[Digit]:
    """A text's digits, each with an equal share of its box."""
    width = box.width / len(digits)
    return [
        Digit(
            int(digit),
            score,
            box._replace(x=round(box.x + i * width), width=round(width)),
            np.zeros(11, np.float32),
        )
        for i, digit in enumerate(digits)
    ]


def detectors(paths: Sequence[Path], threshold: float | None) -> list[Reader]:
    """Detectors, named after their files, and by their paths where that is another reader's name.

    Raises:
        UsageError: a file is named twice.
        ModelError: a file cannot be used.
    """
    if len(set(paths)) < len(paths):
        raise UsageError("a detector is named twice: name each file once")
    stems = Counter([*(path.stem for path in paths), Shipped.name, *PEERS])
    names = [path.stem if stems[path.stem] == 1 else str(path) for path in paths]
    return [Raw(path, name, threshold) for path, name in zip(paths, names, strict=True)]


def peer(name: str) -> Reader:
    """Another engine, one of `PEERS`; raises `UsageError` where it is not installed."""
    return {"rapidocr": RapidOcr}[name]()


def _since(start: float) -> float:
    return 1000 * (time.process_time() - start)
