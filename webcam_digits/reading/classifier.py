"""Glyphs -> class probabilities, by an exported ONNX network. The only module that imports onnxruntime."""

import json
import logging
import math
import os
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import ModelError
from webcam_digits.reading.glyphs import GLYPH_SIZE, NORMALISER_VERSION

if TYPE_CHECKING:
    import onnxruntime

logger = logging.getLogger(__name__)

Float = TypeVar("Float", np.float32, np.float64)


@dataclass(frozen=True, slots=True)
class Predictions:
    """What the classifier makes of n glyphs.

    Attributes:
        probabilities: (n, L + 1) float32, rows sum to 1; the last column is "not one of them". Calibrated,
            but for pieces of touching digits, which two networks judge (`legacy.chains.by_both`).
        labels: the L labels of the other columns.
    """

    probabilities: NDArray[np.float32]
    labels: tuple[str, ...]

    def __post_init__(self) -> None:
        if self.probabilities.ndim != 2 or self.probabilities.shape[1] != len(self.labels) + 1:
            raise ValueError(f"{self.probabilities.shape} does not go with {len(self.labels)} labels")

    def __len__(self) -> int:
        return len(self.probabilities)

    def and_of(self, others: "Predictions") -> "Predictions":
        """These, followed by others of the same model."""
        return Predictions(np.concatenate([self.probabilities, others.probabilities]), self.labels)

    @property
    def best(self) -> NDArray[np.intp]:
        """(n,) the column of the likeliest label, "not one of them" left out of the choice."""
        return np.asarray(self.probabilities[:, :-1].argmax(axis=1))

    @property
    def confidence(self) -> NDArray[np.float32]:
        """(n,) the probability of the likeliest label, 0..1."""
        return np.asarray(self.probabilities[:, :-1].max(axis=1))

    @property
    def presence(self) -> NDArray[np.float32]:
        """(n,) the probability of all labels together: that there is one at all, 0..1."""
        return np.asarray(1 - self.probabilities[:, -1])


class Classifier:
    """A network in ONNX Runtime, in the form that the README of `models` agrees on.

    Attributes:
        labels: what it distinguishes, beside "not one of them".
        temperature: what the logits are divided by, so that probabilities mean what they say.
        threshold: the least presence, 0..1, at which a glyph is taken for its likeliest label.
    """

    def __init__(self, path: Path | None = None, *, threads: int = 1) -> None:
        """Load a model.

        Args:
            path: an ONNX file; None for the shipped one.
            threads: for one run of the network. One is fastest for a few small glyphs, and idle threads
                of a larger pool would spin.

        Raises:
            ModelError: the file is missing, is not an ONNX model, or is not of the agreed form.
        """
        self._session, name = open_network(path, "digits.onnx", threads)
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            self.labels = read_labels(metadata["labels"])
            self.temperature = float(metadata["temperature"])
            self.threshold = float(metadata["threshold"])
            normaliser = metadata["normaliser"]
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError(
                f"{name} does not say its labels, normaliser, temperature and threshold in its metadata; "
                "export it again with webcam-digits train"
            ) from error
        if normaliser != NORMALISER_VERSION:
            raise ModelError(
                f"{name} was trained for normaliser {normaliser}, this version has {NORMALISER_VERSION}; "
                "train it again"
            )
        if not (math.isfinite(self.temperature) and self.temperature > 0 and 0 <= self.threshold <= 1):
            raise ModelError(
                f"{name} has temperature {self.temperature} and threshold {self.threshold}; train it again"
            )
        self._check_shapes(name)

    def __call__(self, glyphs: NDArray[np.uint8]) -> Predictions:
        """Classify glyphs in one run.

        Args:
            glyphs: (n, 28, 28) uint8, white on black, as `glyphs.normalise` makes them; n may be 0.

        Returns:
            n predictions.
        """
        if len(glyphs) == 0:
            return Predictions(np.zeros((0, len(self.labels) + 1), np.float32), self.labels)
        scaled = glyphs[:, None].astype(np.float32) / 255
        (logits,) = self._session.run(None, {self._input: scaled})
        return Predictions(softmax(logits / np.float32(self.temperature)), self.labels)

    def _check_shapes(self, name: str) -> None:
        inputs = self._session.get_inputs()
        wanted = [1, GLYPH_SIZE, GLYPH_SIZE]
        if len(inputs) != 1 or inputs[0].shape[1:] != wanted or inputs[0].type != "tensor(float)":
            raise ModelError(f"{name} takes {[i.shape for i in inputs]}, not one (n, 1, 28, 28) of float32")
        self._input: str = inputs[0].name
        probe = np.zeros((2, *wanted), np.float32)  # a batch of one would let a fixed batch size pass
        try:
            results = self._session.run(None, {self._input: probe})
        except Exception as error:
            raise ModelError(f"{name} takes one glyph at a time; export it with a free batch size") from error
        shape = 2, len(self.labels) + 1
        if len(results) != 1 or not isinstance(results[0], np.ndarray) or results[0].shape != shape:
            given = [getattr(result, "shape", type(result).__name__) for result in results]
            raise ModelError(f"{name} gives {given} for two glyphs, not {shape}")
        if results[0].dtype != np.float32 or not np.isfinite(results[0]).all():
            raise ModelError(f"{name} does not give finite float32 numbers; train it again")


def open_network(path: Path | None, shipped: str, threads: int) -> "tuple[onnxruntime.InferenceSession, str]":
    """An ONNX file in ONNX Runtime, and what messages call it.

    Args:
        path: of it; None for a shipped one.
        shipped: the name of that.
        threads: for one run of the network.

    Raises:
        ModelError: the file is missing, or is not an ONNX model.
    """
    name = str(path) if path else f"the shipped {shipped}"
    remedy = "export it with webcam-digits train" if path else "reinstall webcam-digits"
    try:
        data = (path or resources.files("webcam_digits.models") / shipped).read_bytes()
    except OSError as error:
        reason = error.strerror or error
        message = f"cannot read model {name}: {reason}" if path else f"cannot read {name}: {reason}; {remedy}"
        raise ModelError(message) from error

    # onnxruntime >= 1.29 otherwise writes a device id to the home folder, as soon as it is imported.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # it burns idle cores
    options.log_severity_level = 4  # the exception reports a refused model, once
    try:
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class
        logger.debug("onnxruntime refused the model", exc_info=True)
        raise ModelError(f"{name} is not a usable ONNX model; {remedy}") from error
    return session, name


def read_labels(text: str) -> tuple[str, ...]:
    """The labels that a model's metadata hold as JSON.

    Raises:
        ValueError: they are none.
    """
    labels = json.loads(text)
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) for label in labels):
        raise ValueError(text)
    return tuple(labels)


def softmax(logits: NDArray[Float]) -> NDArray[Float]:
    """The probabilities of logits, (n, k) and as precise as they are; each row sums to 1."""
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True), logits.dtype)
