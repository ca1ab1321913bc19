"""The reader: a picture -> the digits on it, stage by stage."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import ModelError
from webcam_digits.pixels import from_pillow, to_bgr
from webcam_digits.reading.classifier import Classifier, Predictions
from webcam_digits.reading.glyphs import GLYPH_SIZE, normalise
from webcam_digits.reading.ink import InkMask, find_ink
from webcam_digits.reading.layout import arrange
from webcam_digits.reading.legacy.chains import ChainReader, by_both
from webcam_digits.reading.legacy.cuts import cut
from webcam_digits.reading.legacy.regions import Regions, join, whole_strokes
from webcam_digits.reading.legacy.rules import erase_rules
from webcam_digits.reading.legacy.selection import Verdict, select
from webcam_digits.reading.legacy.strokes import find_strokes
from webcam_digits.reading.legacy.surroundings import margin, surrounded
from webcam_digits.reading.legacy.tilt import deskew
from webcam_digits.scaling import fitted
from webcam_digits.sources.photos import read_photo
from webcam_digits.types import DIGITS, Box, Digit, Image, ImageLike, Line, Reading

_ONE_DIGIT = 0.9  # probability; a stroke that is less likely one digit may be several, or a part of one
_LONGEST_SIDE = 1600  # pixels; digits are looked for in a picture no larger than this


class Edges(NamedTuple):
    """At which of its edges an image goes on, as a part of a larger picture does."""

    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False


WHOLE = Edges()  # nothing is beyond


@dataclass(frozen=True, slots=True)
class Inspection:
    """A reading with what each stage made on the way to it.

    Attributes:
        ink: without the rules, in the picture that was searched, which is the image or, where that is larger,
            a smaller copy.
        ruled: (h, w) uint8, the rules that were erased from that ink, 255 where they were.
        regions: the candidates; their boxes are in pixels of the image, their inks upright.
        glyphs: (n, 28, 28) uint8, one for each region.
        predictions: one for each region.
        verdicts: for each region why it was read, or was not.
        reading: what came out.
    """

    ink: InkMask
    ruled: NDArray[np.uint8]
    regions: Regions
    glyphs: NDArray[np.uint8]
    predictions: Predictions
    verdicts: tuple[Verdict, ...]
    reading: Reading


class DigitReader:
    """Reads the digits in pictures.

        reader = DigitReader()
        reading = reader.read(cv2.imread("page.jpg"))
        print(reading.text)

    Attributes:
        min_confidence: digits less likely than this are not read, 0..1; with None the model decides, by how
            likely it is that there is a digit at all.
    """

    def __init__(
        self, model: Path | str | None = None, *, min_confidence: float | None = None, threads: int = 1
    ) -> None:
        """Load the classifier.

        Args:
            model: an ONNX file as `webcam-digits train` writes it; None for the shipped one.
            min_confidence: 0..1, or None.
            threads: for the network; one is the fastest for a few digits.

        Raises:
            ModelError: the model cannot be used, or knows other labels than the digits.
            ValueError: `min_confidence` is not within 0..1.
        """
        if min_confidence is not None and not 0 <= min_confidence <= 1:
            raise ValueError(f"min_confidence is within 0 and 1, not {min_confidence}")
        self._classify = Classifier(Path(model) if model is not None else None, threads=threads)
        if self._classify.labels != DIGITS:
            raise ModelError(
                f"{model} reads other labels than the digits 0 to 9, which is all that this program finds: "
                "`webcam-digits evaluate` measures such a model"
            )
        self.min_confidence = min_confidence
        self._chains = ChainReader(threads=threads)

    @property
    def threshold(self) -> float:
        """The least presence, 0..1, at which the model takes a glyph for a digit."""
        return self._classify.threshold

    def read(self, image: ImageLike) -> Reading:
        """Read one picture.

        Args:
            image: an image file's path; a Pillow image; or an array, (h, w) grey, (h, w, 3) BGR or
                (h, w, 4) BGRA, uint8 or uint16, at least 1x1. What is transparent is on white.

        Raises:
            ImageError: the file is missing or cannot be read.
            ValueError: the image is of another type or shape.
        """
        return self.inspect(image).reading

    def inspect(self, image: ImageLike, goes_on: Edges = WHOLE) -> Inspection:
        """Read one picture and keep what every stage made of it.

        Args:
            image: as for `read`.
            goes_on: what touches such an edge is not read, for the rest of it lies beyond.

        Raises:
            ImageError: the file is missing or cannot be read.
            ValueError: the image is of another type or shape.
        """
        clock = _Clock()
        pixels = _pixels(image)
        scale = max(*pixels.shape[:2], _LONGEST_SIDE) / _LONGEST_SIDE
        searched = fitted(pixels, _LONGEST_SIDE)
        size = pixels.shape[1], pixels.shape[0]
        added = margin(searched)
        if added:
            searched = surrounded(searched, added)
        clock.lap("shrink")
        ink = find_ink(searched)
        clock.lap("ink")
        ink, ruled = erase_rules(ink)
        clock.lap("rules")
        outlined = find_strokes(ink.mask)
        clock.lap("strokes")
        sheet = deskew(ink, outlined.strokes)
        if sheet.ink is not ink:
            outlined = find_strokes(sheet.ink.mask)
        clock.lap("tilt")
        regions = whole_strokes(sheet.ink, outlined)
        clock.lap("regions")
        glyphs = _glyphs(regions.inks)
        clock.lap("glyphs")
        predictions = self._classify(glyphs)
        clock.lap("classifier")
        doubtful = predictions.confidence < _ONE_DIGIT
        regions = join(regions, sheet.ink, outlined, doubtful)
        clock.lap("joins")
        chains = self._chains.find(regions, doubtful) if self._chains else {}
        clock.lap("chains")
        regions, pieces = cut(regions, {i: chain.gaps for i, chain in chains.items() if chain.gaps})
        clock.lap("cuts")
        if len(regions) > len(glyphs):
            others = _glyphs(regions.inks[len(glyphs) :])
            glyphs = np.concatenate([glyphs, others])
            predictions = predictions.and_of(self._classify(others))
        clock.lap("classifier, again")
        predictions = by_both(predictions, regions, chains, pieces)
        in_image = replace(regions, boxes=sheet.boxes(regions, scale, size, added))
        accepted = self._accepted(predictions)
        cut_off = accepted & _at_edges(in_image.boxes, size, goes_on, scale)
        upright = sheet.upright(searched), sheet.ink.mask, sheet.upright(ruled)
        verdicts = select(regions, predictions, accepted & ~cut_off, *upright)
        verdicts = tuple(
            Verdict.CUT_OFF if cut else verdict for cut, verdict in zip(cut_off, verdicts, strict=True)
        )
        clock.lap("selection")
        lines = _arranged(regions, in_image, predictions, verdicts)
        clock.lap("layout")
        reading = Reading(lines, *size, clock.milliseconds)
        inside = np.s_[added : len(searched) - added, added : searched.shape[1] - added]
        ink = InkMask(ink.mask[inside], ink.contrast[inside])
        return Inspection(ink, ruled[inside], in_image, glyphs, predictions, verdicts, reading)

    def _accepted(self, predictions: Predictions) -> NDArray[np.bool_]:
        if self.min_confidence is None:
            return np.asarray(predictions.presence >= self._classify.threshold)
        return np.asarray(predictions.confidence >= self.min_confidence)


def _glyphs(inks: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    glyphs = np.zeros((len(inks), GLYPH_SIZE, GLYPH_SIZE), np.uint8)
    for glyph, ink in zip(glyphs, inks, strict=True):
        glyph[:] = normalise(ink)
    return glyphs


class _Clock:
    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.milliseconds[stage] = (now - self._last) * 1000
        self._last = now


def _pixels(image: ImageLike) -> Image:
    """Whatever can be read in 8-bit BGR."""
    if isinstance(image, str | Path):
        return read_photo(image)
    if isinstance(image, np.ndarray):
        return to_bgr(image)
    if type(image).__module__.startswith("PIL."):
        return from_pillow(image)
    hint = "; cv2.imread gives None for a file that it cannot read" if image is None else ""
    raise ValueError(f"an image is a path, an array or a Pillow image, not {type(image).__name__}{hint}")


def _at_edges(
    boxes: NDArray[np.int32], size: tuple[int, int], edges: Edges, near: float
) -> NDArray[np.bool_]:
    """(n,) which boxes of an image of this width and height come as `near` to one of the edges, in pixels."""
    gaps = np.concatenate([boxes[:, :2], np.array(size) - boxes[:, :2] - boxes[:, 2:]], axis=1)
    return np.asarray((gaps[:, np.array(edges)] <= near).any(axis=1))


def _arranged(
    regions: Regions, in_image: Regions, predictions: Predictions, verdicts: Sequence[Verdict]
) -> tuple[Line, ...]:
    """The rows, with boxes in the image; they are arranged on the sheet held straight."""
    kept = [i for i, verdict in enumerate(verdicts) if verdict is Verdict.KEPT]
    read = [stroke for i in kept for stroke in regions.members[i]]
    others = np.delete(regions.strokes.boxes, read, axis=0)
    return arrange(_digits(in_image, predictions, verdicts), regions.boxes[kept], others)


def _digits(regions: Regions, predictions: Predictions, verdicts: Sequence[Verdict]) -> list[Digit]:
    best, confidence = predictions.best, predictions.confidence
    return [
        Digit(
            digit=int(best[i]),
            confidence=float(confidence[i]),
            box=Box(*regions.boxes[i].tolist()),
            probabilities=predictions.probabilities[i],
        )
        for i, verdict in enumerate(verdicts)
        if verdict is Verdict.KEPT
    ]
