"""What a model makes of every data set in a folder: those it can read, and those it ought to refuse."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DataError
from webcam_digits.reading.classifier import Classifier, Predictions
from webcam_digits.train.data.datasets import LabelledSet, holds_idx, holds_npz, load_idx, load_npz
from webcam_digits.train.data.folder import LIKE_A_DIGIT, NEGATIVE_ARCHIVES, ONLY_TO_EVALUATE, one_of
from webcam_digits.train.evaluation.single_dataset import (
    Evaluation,
    NegativeEvaluation,
    columns,
    predict,
    summarise,
)
from webcam_digits.types import DIGITS

MNIST = "mnist.npz"  # where it is in a folder, it comes first
LOOK_ALIKES = "OoIliZzSsBbGgq"  # letters that are drawn as a digit is
READ = "data", "pictures", "accuracy", "accepted", "right of those", "calibration error"
REFUSED = "none of the labels", "pictures", "taken for one"
SEEN = "* has no part to test on: a model trained on this folder has seen these pictures."
_NO_DIGITS = (*NEGATIVE_ARCHIVES, "cyrillic_letters.npz")  # whatever their labels seem to say


@dataclass(frozen=True, slots=True)
class Outcome:
    """A data set, and what a model made of it.

    Attributes:
        data: its pictures and what they show.
        labels: the L labels that the model distinguishes.
        threshold: the least presence at which the model believes a label, 0..1.
        truth: (n,) int64 columns of `probabilities`; or L for all, where none shows a label.
        probabilities: (n, L + 1) float32.
        trained_on: whether training takes the whole set where it finds it, as it has no part to test on.
    """

    data: LabelledSet
    labels: tuple[str, ...]
    threshold: float
    truth: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    trained_on: bool = False

    @property
    def _predictions(self) -> Predictions:
        return Predictions(self.probabilities, self.labels)

    @property
    def name(self) -> str:
        """Of the set, without its folder."""
        return Path(self.data.name).name

    @property
    def negative(self) -> bool:
        """Whether none of its pictures shows a label."""
        return bool(self.truth[0] == len(self.labels))

    @property
    def shown(self) -> tuple[str, ...]:
        """What to call each class of `data`: numbers of what shows no label only count."""
        return tuple(
            f"class {name}" if self.negative and name.isdigit() else name for name in self.data.classes
        )

    @property
    def read(self) -> NDArray[np.intp]:
        """(n,) the likeliest label's column, "not one of them" left out of the choice."""
        return self._predictions.best

    @property
    def confidence(self) -> NDArray[np.float32]:
        """(n,) the likeliest label's probability, 0..1."""
        return self._predictions.confidence

    @property
    def presence(self) -> NDArray[np.float32]:
        """(n,) the probability of all labels together, 0..1."""
        return self._predictions.presence

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,) whether the likeliest label is the truth."""
        return np.asarray(self.read == self.truth)

    @property
    def accepted(self) -> float:
        """Share that reaches the threshold, 0..1."""
        return float((self.presence >= self.threshold).mean())

    def evaluation(self) -> Evaluation:
        """The figures of a set that is not negative."""
        return summarise(self.labels, self.threshold, self.truth, self.probabilities)

    def figures(self) -> Evaluation | NegativeEvaluation:
        """The figures of `--json` and of tables."""
        return NegativeEvaluation(len(self.data), self.accepted) if self.negative else self.evaluation()

    def row(self) -> tuple[str, ...]:
        """Its figures as text, in the columns `READ`, or `REFUSED` where it is negative."""
        found = self.figures()
        if isinstance(found, NegativeEvaluation):
            return self.name, f"{found.images:,}", f"{found.accepted:.2%}"
        right = f"{found.accepted_accuracy:.2%}" if found.accepted else "-"
        figures = f"{found.accuracy:.2%}", f"{found.accepted:.2%}", right, f"{found.ece:.2%}"
        return self.name + " *" * self.trained_on, f"{found.images:,}", *figures

    def worst(self, count: int) -> NDArray[np.intp]:
        """Indices of the wrong answers, the most confident first; of a negative set every answer is wrong."""
        wrong = np.flatnonzero(~self.right)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")][:count]

    def believed(self, count: int) -> list[tuple[str, str, int]]:
        """What is most often accepted as what it is not: what it shows, the label, and how often."""
        wrong = ~self.right & (self.presence >= self.threshold)
        pairs = Counter(zip(self.data.labels[wrong].tolist(), self.read[wrong].tolist(), strict=True))
        return [
            (self.shown[shown], self.labels[read], times) for (shown, read), times in pairs.most_common(count)
        ]


@dataclass(frozen=True, slots=True)
class CrossEvaluation:
    """The figures of one model on the data sets of a folder, as `judge_all` gives them."""

    outcomes: tuple[Outcome, ...]

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints: for each archive the figures of what is to be read, and of what is not."""
        return {
            key: {
                outcome.name: outcome.figures().as_dict()
                for outcome in self.outcomes
                if outcome.negative == negative
            }
            for key, negative in (("read", False), ("refused", True))
        }

    def as_text(self) -> str:
        """A table of what is to be read, and one of what is to be refused."""
        blocks = []
        for head, negative in ((READ, False), (REFUSED, True)):
            rows = [outcome.row() for outcome in self.outcomes if outcome.negative == negative]
            if rows:
                blocks.append(_table([head, *rows]))
        if any(outcome.trained_on for outcome in self.outcomes):
            blocks.append(SEEN)
        return "\n\n".join(blocks)


def judge(
    classifier: Classifier, data: LabelledSet, *, negative: bool = False, trained_on: bool = False
) -> Outcome:
    """What `classifier` makes of `data`, of which every picture shows one of its labels, or none does.

    Raises:
        DataError: where not all pictures show a label and `negative` is not given, or the ink is not white.
    """
    labels = classifier.labels
    truth = np.full(len(data), len(labels)) if negative else columns(labels, data)
    probabilities = predict(classifier, data)
    return Outcome(data, labels, classifier.threshold, truth, probabilities, trained_on)


def judge_all(
    classifier: Classifier, folder: Path, part: str, log: Callable[[str], None]
) -> tuple[Outcome, ...]:
    """What `classifier` makes of all data sets of a folder: those it can read first, and of these MNIST.

    Args:
        classifier: the model.
        folder: of `.npz` archives, and at most one set of IDX files.
        part: of the divided ones; what lacks that part is left out, and reported.
        log: is given a line for each set.

    Raises:
        DataError: where a set is broken, or none is there that can be read.
    """
    with one_of(folder):
        outcomes = list(_judged(classifier, folder, part, log))
    if all(outcome.negative for outcome in outcomes):
        raise DataError(f"{folder}: no pictures of {' '.join(classifier.labels)} to report on")
    return tuple(sorted(outcomes, key=lambda outcome: (outcome.negative, outcome.name != MNIST)))


def is_folder_of_archives(path: Path) -> bool:
    """Whether `path` is a folder with `.npz` archives, not of IDX files alone."""
    return path.is_dir() and any(path.glob("*.npz"))


def learned_whole(folder: Path) -> tuple[str, ...]:
    """The archives that are not evaluated: `train` learns what is not a digit from all of them."""
    return tuple(name for name in sorted(NEGATIVE_ARCHIVES) if _undivided(folder / name))


def _undivided(path: Path) -> bool:
    return path.exists() and holds_npz(path, "whole")  # a part that no archive names


def _judged(classifier: Classifier, folder: Path, part: str, log: Callable[[str], None]) -> Iterator[Outcome]:
    for data, trained_on in _sets(folder, part, log):
        name = Path(data.name).name
        counted = data.classes[: len(DIGITS)] == DIGITS and "10" in data.classes  # may stand for anything
        known = np.isin(data.names, classifier.labels) & (name not in _NO_DIGITS and not counted)
        strange = ~known & ~np.isin(data.names, [*LIKE_A_DIGIT, *LOOK_ALIKES])
        strange &= not counted or name in _NO_DIGITS
        log(f"{name}: {known.sum():,} to read, {strange.sum():,} to refuse")
        if known.any():
            yield judge(classifier, data.choose(known), trained_on=trained_on)
        if strange.any():
            yield judge(classifier, data.choose(strange), negative=True)


def _sets(folder: Path, part: str, log: Callable[[str], None]) -> Iterator[tuple[LabelledSet, bool]]:
    """Each set, and whether training takes the whole of it."""
    if holds_idx(folder, part):
        yield load_idx(folder, part), False
    whole = learned_whole(folder)
    for path in sorted(folder.glob("*.npz")):
        if path.name in whole:
            log(f"{path.name}: left out: `train` learns from all of it")
        elif not holds_npz(path, part):
            log(f"{path.name}: left out: holds no labelled pictures of part {part}")
        else:
            yield load_npz(path, part), _undivided(path) and path.name not in ONLY_TO_EVALUATE


def _table(rows: list[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for first, *others in rows:
        cells = "".join(f"  {cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        lines.append(f"{first:<{widths[0]}}{cells}")
    return "\n".join(lines)
