"""What a model makes of every data set in a folder: those it can read, and those it ought to refuse."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from webcam_digits.classifier import Classifier
from webcam_digits.errors import DataError

from .data import DIGITS, LabelledSet, holds_idx, holds_npz, load_idx, load_npz
from .evaluate import Evaluation, columns, predict, summarise
from .sources import LIKE_A_DIGIT, NEGATIVE_ARCHIVES, ONLY_TO_EVALUATE

MNIST = "mnist.npz"  # where it is in a folder, it comes first
LOOK_ALIKES = "OoIliZzSsBbGgq"  # letters that are drawn as a digit is
_NO_DIGITS = (*NEGATIVE_ARCHIVES, "cyrillic_letters.npz")  # whatever their labels seem to say


@dataclass(frozen=True, slots=True)
class Outcome:
    """A data set, and what a model made of it.

    Attributes:
        data: its pictures and what they show.
        labels: the L labels that the model tells apart.
        threshold: the least probability at which the model believes a label, 0..1.
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
    def read(self) -> NDArray[np.int64]:
        """(n,) the likeliest label's column, "not one of them" left out of the choice."""
        return np.asarray(self.probabilities[:, :-1].argmax(axis=1), np.int64)

    @property
    def confidence(self) -> NDArray[np.float32]:
        """(n,) the likeliest label's probability, 0..1."""
        return np.asarray(self.probabilities[:, :-1].max(axis=1))

    @property
    def right(self) -> NDArray[np.bool_]:
        """(n,) whether the likeliest label is the truth."""
        return np.asarray(self.read == self.truth)

    @property
    def accepted(self) -> float:
        """Share that reaches the threshold, 0..1."""
        return float((self.confidence >= self.threshold).mean())

    def evaluation(self) -> Evaluation:
        """The figures of a set that is not negative."""
        return summarise(self.labels, self.threshold, self.truth, self.probabilities)

    def worst(self, count: int) -> NDArray[np.intp]:
        """Indices of the wrong answers, the most confident first; of a negative set every answer is wrong."""
        wrong = np.flatnonzero(~self.right)
        return wrong[np.argsort(-self.confidence[wrong], kind="stable")][:count]

    def believed(self, count: int) -> list[tuple[str, str, int]]:
        """What is most often accepted as what it is not: what it shows, the label, and how often."""
        wrong = ~self.right & (self.confidence >= self.threshold)
        pairs = Counter(zip(self.data.labels[wrong].tolist(), self.read[wrong].tolist(), strict=True))
        return [
            (self.shown[shown], self.labels[read], times) for (shown, read), times in pairs.most_common(count)
        ]


def judge(
    classifier: Classifier, data: LabelledSet, *, negative: bool = False, trained_on: bool = False
) -> Outcome:
    """What `classifier` makes of `data`, of which every picture shows one of its labels, or none does.

    Raises:
        DataError: where not all pictures show a label and `negative` is not given.
    """
    labels = classifier.labels
    truth = np.full(len(data), len(labels)) if negative else columns(labels, data)
    probabilities = predict(classifier, data.images)
    return Outcome(data, labels, classifier.threshold, truth, probabilities, trained_on)


def judge_all(
    classifier: Classifier, folder: Path, part: str, tell: Callable[[str], None]
) -> tuple[Outcome, ...]:
    """What `classifier` makes of all data sets of a folder: those it can read first, and of these MNIST.

    Args:
        classifier: the model.
        folder: of `.npz` archives, and at most one set of IDX files.
        part: of the divided ones; what lacks that part is left out, which is told.
        tell: is given a line for each set.

    Raises:
        DataError: where a set is broken, or none is there that can be read.
    """
    outcomes = []
    for data, trained_on in _sets(folder, part, tell):
        name = Path(data.name).name
        counted = data.classes[: len(DIGITS)] == DIGITS and "10" in data.classes  # may stand for anything
        known = np.isin(data.names, classifier.labels) & (name not in _NO_DIGITS and not counted)
        strange = ~known & ~np.isin(data.names, [*LIKE_A_DIGIT, *LOOK_ALIKES])
        strange &= not counted or name in _NO_DIGITS
        tell(f"{name}: {known.sum():,} to read, {strange.sum():,} to refuse")
        if known.any():
            outcomes.append(judge(classifier, data.choose(known), trained_on=trained_on))
        if strange.any():
            outcomes.append(judge(classifier, data.choose(strange), negative=True))
    if all(outcome.negative for outcome in outcomes):
        raise DataError(f"{folder}: no pictures of {' '.join(classifier.labels)} to report on")
    return tuple(sorted(outcomes, key=lambda outcome: (outcome.negative, outcome.name != MNIST)))


def is_folder_of_archives(path: Path) -> bool:
    """Whether `path` is a folder with `.npz` archives, not of IDX files alone."""
    return path.is_dir() and any(path.glob("*.npz"))


def _sets(folder: Path, part: str, tell: Callable[[str], None]) -> Iterator[tuple[LabelledSet, bool]]:
    """Each set, and whether training takes the whole of it."""
    if holds_idx(folder, part):
        yield load_idx(folder, part), False
    for path in sorted(folder.glob("*.npz")):
        undivided = holds_npz(path, "whole")  # a part that no archive names
        trained_on = undivided and path.name not in ONLY_TO_EVALUATE
        if trained_on and path.name in NEGATIVE_ARCHIVES:
            tell(f"{path.name}: trained on as a whole, left out")
        elif not holds_npz(path, part):
            tell(f"{path.name}: holds no labelled pictures of part {part}, left out")
        else:
            yield load_npz(path, part), trained_on
