"""How a model does on a data set that it has not been trained on. Needs no torch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DataError
from webcam_digits.reading.classifier import Classifier, Predictions
from webcam_digits.reading.glyphs import normalise
from webcam_digits.train.data.datasets import LabelledSet, check_ink
from webcam_digits.train.evaluation.metrics import reliability

_BATCH = 1024
_MOST_NAMES = 10  # classes that a message lists


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one model on one set of digits.

    Attributes:
        labels: what the model distinguishes.
        confusion: (L, L) int64 counts, rows the truth, columns the likeliest label.
        accepted: share of the pictures that reach the model's threshold, 0..1.
        accepted_accuracy: share of those that are right, 0..1; 0 where none is accepted.
        ece: expected calibration error of the likeliest label's confidence, 0..1.
    """

    labels: tuple[str, ...]
    confusion: NDArray[np.int64]
    accepted: float
    accepted_accuracy: float
    ece: float

    @property
    def images(self) -> int:
        """How many pictures there were."""
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        """Share of the pictures whose likeliest label is right, 0..1, whatever the confidence."""
        return float(np.trace(self.confusion) / self.images)

    def per_class(self) -> dict[str, dict[str, float]]:
        """Of each label that occurs: `images`, `recall` and `precision`, the latter two 0..1."""
        truth, read = self.confusion.sum(axis=1), self.confusion.sum(axis=0)
        return {
            label: {
                "images": int(truth[index]),
                "recall": float(self.confusion[index, index] / truth[index]),
                "precision": float(self.confusion[index, index] / max(int(read[index]), 1)),
            }
            for index, label in enumerate(self.labels)
            if truth[index]
        }

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "images": self.images,
            "accuracy": self.accuracy,
            "accepted": self.accepted,
            "accepted_accuracy": self.accepted_accuracy,
            "ece": self.ece,
            "per_class": self.per_class(),
            "confusion": self.confusion.tolist(),
        }

    def as_text(self) -> str:
        """The figures, the confusion matrix (rows: truth) and the recall of each label, as a table."""
        width = max(6, len(str(self.confusion.max())) + 1, *(len(label) + 1 for label in self.labels))
        per_class = self.per_class()
        lines = [
            f"images             {self.images:>8}",
            f"accuracy           {self.accuracy:>8.2%}",
            f"accepted           {self.accepted:>8.2%}",
            f"accepted, right    {self.accepted_accuracy:>8.2%}",
            f"calibration error  {self.ece:>8.2%}",
            "",
            "truth" + "".join(f"{label:>{width}}" for label in self.labels) + "   recall",
        ]
        for label, row in zip(self.labels, self.confusion, strict=True):
            if label in per_class:
                cells = "".join(f"{count:>{width}}" for count in row)
                lines.append(f"{label:>5}{cells}{per_class[label]['recall']:>9.2%}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class NegativeEvaluation:
    """The figures of one model on pictures of which none shows what it distinguishes.

    Attributes:
        images: how many pictures there were.
        accepted: share that was taken for a label all the same, 0..1.
    """

    images: int
    accepted: float

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {"images": self.images, "accepted": self.accepted}

    def as_text(self) -> str:
        """The two figures."""
        return f"images    {self.images:>8}\naccepted  {self.accepted:>8.2%}"


def select(data: LabelledSet, classes: Iterable[str] | None, exclude: Iterable[str]) -> LabelledSet:
    """The pictures of `classes` (None: of all) without those of `exclude`.

    Raises:
        DataError: where one of them is unknown to the set, or nothing is left.
    """
    wanted = set(data.classes) if classes is None else set(classes)
    unwanted = set(exclude)
    unknown = sorted((wanted | unwanted) - set(data.classes))
    if unknown:
        raise DataError(f"{data.name}: no class {_some(unknown)}; it has {_some(data.classes)}")
    keep = np.isin(data.names, list(wanted - unwanted))
    if not keep.any():
        raise DataError(f"{data.name}: no image is left; loosen --classes and --exclude")
    return data.choose(keep)


def evaluate(classifier: Classifier, data: LabelledSet) -> Evaluation:
    """The figures of `classifier` on `data`.

    Raises:
        DataError: where `data` holds classes that the model does not distinguish, or no white ink on black.
    """
    truth = columns(classifier.labels, data)
    return summarise(classifier.labels, classifier.threshold, truth, predict(classifier, data))


def columns(labels: tuple[str, ...], data: LabelledSet) -> NDArray[np.int64]:
    """(n,) which of `labels` each picture shows, as indices.

    Raises:
        DataError: where a picture shows another character.
    """
    strange = sorted(set(data.names.tolist()) - set(labels))
    if strange:
        named = _some(strange)
        raise DataError(
            f"{data.name}: the model has no label {named}; choose with --classes, or give --negatives"
        )
    return np.array([labels.index(str(name)) for name in data.names], np.int64)


def summarise(
    labels: tuple[str, ...],
    threshold: float,
    truth: NDArray[np.int64],
    probabilities: NDArray[np.float32],
) -> Evaluation:
    """The figures of answers that are there already.

    Args:
        labels: what the model distinguishes.
        threshold: the least presence at which a label is believed, 0..1.
        truth: (n,) int64, indices into `labels`.
        probabilities: (n, L + 1) as `predict` gives them.
    """
    of_labels = probabilities[:, : len(labels)]
    read, confidence = of_labels.argmax(axis=1), of_labels.max(axis=1)
    right = read == truth
    confusion = np.zeros((len(labels), len(labels)), np.int64)
    np.add.at(confusion, (truth, read), 1)
    accepted = Predictions(probabilities, labels).presence >= threshold
    return Evaluation(
        labels=labels,
        confusion=confusion,
        accepted=float(accepted.mean()),
        accepted_accuracy=float(right[accepted].mean()) if accepted.any() else 0.0,
        ece=reliability(confidence, right).error,
    )


def evaluate_negatives(classifier: Classifier, data: LabelledSet) -> NegativeEvaluation:
    """How many of `data`, of which nothing is a digit, `classifier` takes for one.

    Raises:
        DataError: where `data` is not of white ink on black.
    """
    accepted = Predictions(predict(classifier, data), classifier.labels).presence >= classifier.threshold
    return NegativeEvaluation(len(data), float(accepted.mean()))


def predict(classifier: Classifier, data: LabelledSet) -> NDArray[np.float32]:
    """(n, L + 1) calibrated probabilities of n pictures, each through the one normaliser.

    Raises:
        DataError: where `data` is not of white ink on black: its figures would mean nothing.
    """
    check_ink(data)
    batches = []
    for start in range(0, len(data), _BATCH):
        glyphs = np.stack([normalise(picture) for picture in data.images[start : start + _BATCH]])
        batches.append(classifier(glyphs).probabilities)
    return np.concatenate(batches)


def _some(names: Sequence[str]) -> str:
    left_out = len(names) - _MOST_NAMES
    return " ".join(names[:_MOST_NAMES]) + (f" and {left_out} more" if left_out > 0 else "")
