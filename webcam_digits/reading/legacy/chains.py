"""Chains of touching digits: a network that reads a whole stroke tells what it shows, and where.

A piece that was cut from a chain is hard to read: its strokes end where the cut is, and rests of its
neighbours hang on it. So a second small network first looks at the stroke as it is and tells from left to
right, column by column, which character has its middle there, if any (connectionist temporal classification:
Graves et al., ICML 2006; of touching digits: Hochuli et al., Pattern Recognition 78, 2018). The stroke is
cut between these, and each piece is judged by both: its own glyph, and its place in the chain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import ModelError
from webcam_digits.reading.classifier import Predictions, open_network, read_labels, softmax
from webcam_digits.reading.legacy.regions import Regions
from webcam_digits.reading.legacy.seams import Gap
from webcam_digits.reading.legacy.strokes import WIDEST

CHAIN_HEIGHT = 32  # pixels
INK_HEIGHT = 28  # pixels; the stroke's within it
BESIDE = 4  # pixels; left and right of the stroke
STEP = 2  # pixels; the width of a column
CHAIN_VERSION = "1"  # stored in a network's metadata; changes whenever normalise_chain() gives other pixels

MOST_PIXELS = 2000  # of the widths of all chains of a frame; those of the tallest strokes are read

NARROWEST = 0.4  # times the height; two digits are wider
_INK = 20  # of 255; what is less is none
_LEAST = 1e-3  # probability; neither network is surer than that
_GLYPH, _PLACE = 0.3, 1.0  # exponents of what the glyph tells, and what its place does; set on scenes

_ONE = 1  # the label's column
_NARROW = 0.4  # its width over that of other digits

Picture = NDArray[np.uint8]  # (32, w)


@dataclass(frozen=True, slots=True)
class Chain:
    """What a stroke shows.

    Attributes:
        columns: (c, L + 2) float32, for each column how likely the middle of each label, of something else
            and of nothing is there.
        spans: of each character that is seen, from left to right, the first of the columns between its
            neighbours and it, and the first one after them.
        gaps: between each and the next, where a seam is to part them (`seams.Gap`).
    """

    columns: NDArray[np.float32]
    spans: tuple[tuple[int, int], ...]
    gaps: tuple[Gap, ...]


class ChainReader:
    """The network for chains in ONNX Runtime, in the form that the README of `models` agrees on.

    Attributes:
        labels: what it tells apart, beside "something else" and "nothing".
    """

    def __init__(self, path: Path | None = None, *, threads: int = 1) -> None:
        """Load a network.

        Args:
            path: an ONNX file; None for the shipped one.
            threads: for one run of it.

        Raises:
            ModelError: the file is missing, is not an ONNX model, or is not of the agreed form.
        """
        self._session, name = open_network(path, "chains.onnx", threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            self.labels = read_labels(metadata["labels"])
            self._input: str = self._session.get_inputs()[0].name
            told = self(np.zeros((CHAIN_HEIGHT, 2 * CHAIN_HEIGHT), np.uint8))
        except Exception as error:  # of ONNX Runtime's own classes, where it takes other inputs
            raise ModelError(f"{name} is not a network for chains; install webcam-digits again") from error
        shape = 2 * CHAIN_HEIGHT // STEP, len(self.labels) + 2
        if metadata.get("normaliser") != CHAIN_VERSION or told.shape != shape or not np.isfinite(told).all():
            raise ModelError(
                f"{name} is not a network for chains of this version; install webcam-digits again"
            )

    def __call__(self, picture: Picture) -> NDArray[np.float32]:
        """(c, L + 2) probabilities of the columns of a (32, w) picture, as `normalise_chain` makes it."""
        (logits,) = self._session.run(None, {self._input: picture[None, None].astype(np.float32) / 255})
        return softmax(logits[0])

    def find(self, regions: Regions, doubtful: NDArray[np.bool_]) -> dict[int, Chain]:
        """Read the strokes that may be several digits which touch.

        Args:
            regions: the candidates, whole strokes first.
            doubtful: (n,) which of these first ones are not clearly one digit.

        Returns:
            By their indices, the tallest first, as many as MOST_PIXELS hold.
        """
        width, height = regions.boxes[: len(doubtful), 2:].T
        wide = np.flatnonzero(doubtful & (width > NARROWEST * height))
        chains = {}
        pixels = 0
        for i in wide[np.argsort(-height[wide], kind="stable")].tolist():
            picture = normalise_chain(regions.inks[i])
            pixels += picture.shape[1]
            if pixels > MOST_PIXELS:
                break
            chains[i] = _spelled(self(picture), picture.shape[1] - 2 * BESIDE)
        return chains


def normalise_chain(ink: NDArray[np.uint8]) -> Picture:
    """The picture of a stroke of any size, (h, w) uint8, white on black."""
    scale = INK_HEIGHT / ink.shape[0]
    wide = max(round(ink.shape[1] * scale), 1)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    chain = np.asarray(cv2.resize(ink, (wide, INK_HEIGHT), interpolation=method), np.uint8)
    inked = chain[chain > _INK]
    if scale < 1 and inked.size:  # a thin pen's strokes become faint
        chain = np.minimum(chain * (255 / np.percentile(inked, 90)), 255).astype(np.uint8)
    over = (CHAIN_HEIGHT - INK_HEIGHT) // 2
    return np.asarray(cv2.copyMakeBorder(chain, over, over, BESIDE, BESIDE, cv2.BORDER_CONSTANT), np.uint8)


def by_both(
    predictions: Predictions,
    regions: Regions,
    chains: Mapping[int, Chain],
    pieces: Mapping[int, tuple[int, int]],
) -> Predictions:
    """The predictions; those of strokes that were read as chains, and of their pieces, by both networks.

    The probabilities of these are the weighted product of what the two tell. They were not calibrated.

    Args:
        predictions: n by the glyphs.
        regions: n of them.
        chains: by the stroke that each was read from.
        pieces: of each the stroke, and which of its characters it is.
    """
    # A stroke that is wider than any digit was refused by its width, whatever is made of it.
    whole = [i for i in chains if regions.boxes[i, 2] <= WIDEST * regions.boxes[i, 3]]
    if not whole and not pieces:
        return predictions
    judged, columns = [*whole, *pieces], [chains[i].columns for i in whole]
    for stroke, character in pieces.values():
        first, end = chains[stroke].spans[character]
        columns.append(chains[stroke].columns[first:end])
    glyphs, places = predictions.probabilities[judged], _just_one(columns)
    both = np.maximum(glyphs, _LEAST) ** _GLYPH * np.maximum(places, _LEAST) ** _PLACE
    probabilities = predictions.probabilities.copy()
    probabilities[judged] = both / both.sum(axis=1, keepdims=True)
    return Predictions(probabilities, predictions.labels)


def _spelled(columns: NDArray[np.float32], width: int) -> Chain:
    """The chain by the likeliest of each column, where a run of one label is one character.

    Args:
        columns: (c, L + 2) probabilities.
        width: of the stroke in the chain's picture, in pixels.
    """
    best, nothing = columns.argmax(axis=1), columns.shape[1] - 1
    starts = np.flatnonzero(np.diff(best, prepend=-1))
    runs = [
        (start, end)
        for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(best)], strict=True)
        if best[start] != nothing
    ]
    if not runs:
        return Chain(columns, (), ())
    between = [(end + start + 1) // 2 for (_, end), (start, _) in pairwise(runs)]
    spans = tuple(zip([0, *between], [*between, len(best)], strict=True))
    seen = [((STEP * (start + end - 1) / 2 - BESIDE) / width, best[start]) for start, end in runs]
    return Chain(columns, spans, tuple(_gap(*before, *after) for before, after in pairwise(seen)))


def _gap(before: float, label: int, after: float, next_label: int) -> Gap:
    """Where the digits of two middles part: nearer to a 1, which is narrow."""
    left, right = (_NARROW if its == _ONE else 1.0 for its in (label, next_label))
    return before, before + (after - before) * left / (left + right), after


def _just_one(columns: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
    """(n, L + 1): how likely each of n spans of columns holds one label alone; last, that it does not."""
    labels = columns[0].shape[1] - 2
    spans = np.zeros((max(map(len, columns)), len(columns), labels + 2))
    spans[:, :, -1] = 1
    for k, span in enumerate(columns):
        spans[: len(span), k] = span
    before = np.ones((len(columns), 1))  # the probability of having seen nothing yet,
    within = np.zeros((len(columns), labels))  # of being in a run of the label, and
    after = np.zeros((len(columns), labels))  # of having seen it end
    for column in spans:
        its, nothing = column[:, :labels], column[:, -1:]
        after = (after + within) * nothing
        within = (within + before) * its
        before = before * nothing
    one = within + after
    return np.concatenate([one, np.maximum(1 - one.sum(axis=1, keepdims=True), 0)], axis=1)
