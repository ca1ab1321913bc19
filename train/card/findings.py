"""The figures of a model card: what one model file reaches, and what it was to reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from webcam_digits.errors import DataError, ModelError
from webcam_digits.reading.classifier import Classifier
from webcam_digits.train.card.markdown import count, kilobytes, multiple, percent
from webcam_digits.train.classifier.recipe import Recipe
from webcam_digits.train.evaluation.cross_dataset import MNIST, Outcome, judge_all
from webcam_digits.train.evaluation.model_file import ModelFile, read_model
from webcam_digits.train.evaluation.robustness import CorruptionEvaluation
from webcam_digits.train.evaluation.timing import tutorial_network
from webcam_digits.train.report.report import corrupted

Key = tuple[str, str]  # a data set, or "", and a measure


@dataclass(frozen=True, slots=True)
class Findings:
    """What is known of one model file.

    Attributes:
        model: the file.
        outcomes: on each data set.
        corruptions: the errors on MNIST's test part under each; None where not measured.
        milliseconds: for ten glyphs; None where not measured.
        tutorial: what a tutorial network took beside it, in milliseconds; None where not measured.
    """

    model: ModelFile
    outcomes: Sequence[Outcome]
    corruptions: CorruptionEvaluation | None = None
    milliseconds: float | None = None
    tutorial: float | None = None

    @property
    def ratio(self) -> float | None:
        """Time as a multiple of the tutorial network's; None where not measured."""
        return self.milliseconds / self.tutorial if self.milliseconds and self.tutorial else None

    def value(self, key: Key) -> float | None:
        """One figure; None where it was not measured."""
        name, measure = key
        if not name:
            return {
                "parameters": self.model.parameters,
                "bytes": self.model.size,
                "corruptions": self.corruptions.mean if self.corruptions else None,
                "time": self.ratio,
            }[measure]
        for outcome in self.outcomes:
            if outcome.name == name and outcome.negative == (measure == "taken"):
                figures = None if outcome.negative else outcome.evaluation()
                return outcome.accepted if figures is None else float(getattr(figures, measure))
        return None


def find(
    path: Path,
    data: Path,
    milliseconds: float,
    beside: float,
    *,
    corruptions: bool,
    log: Callable[[str], None],
) -> Findings:
    """What a model reaches on the data sets of a folder.

    Args:
        path: of the model.
        data: the folder, MNIST's archive among its files.
        milliseconds: what ten glyphs take.
        beside: what they took with the tutorial network.
        corruptions: whether to measure those too, which takes minutes.
        log: is given lines of progress.

    Raises:
        WebcamDigitsError: where the model or the data cannot be used.
    """
    classifier = Classifier(path)
    outcomes = judge_all(classifier, data, "test", log)
    if outcomes[0].name != MNIST:
        raise DataError(f"{data}: holds no {MNIST} to measure by")
    found = corrupted(classifier, outcomes[0], log) if corruptions else None
    return Findings(read_model(path), outcomes, found, milliseconds, beside)


def tutorial(milliseconds: float | None) -> Findings:
    """What is known of the tutorial network, given its time."""
    network = tutorial_network()
    model = ModelFile("tutorial network", network, network.ByteSize(), {})
    return Findings(model, (), None, milliseconds, milliseconds)


def check_seeds(models: Sequence[ModelFile]) -> None:
    """Find out whether all are of one recipe with a seed each; a model that does not say is believed.

    Raises:
        ModelError: naming the model that is not.
    """
    first, taken = models[0], set()
    for model in models:
        if not (first.recipe and model.recipe):
            continue
        recipe, wanted = (Recipe.from_dict(of.recipe).as_dict() for of in (model, first))
        seed = recipe.pop("seed")
        wanted.pop("seed")
        if recipe != wanted:
            raise ModelError(f"{model.name} is of another recipe than {first.name}: train it with the same")
        if seed in taken:
            raise ModelError(f"{model.name} is of seed {seed}, as another one is: train it with its own seed")
        taken.add(seed)


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that the shipped model is to reach.

    Attributes:
        name: what is measured.
        key: which figure it is.
        bound: what it must reach, or with `most` must not exceed; None where it is only printed.
        most: whether lower is better.
        written: a value as text.
        by_mean: whether the mean of several seeds is to reach it, where there are some.
    """

    name: str
    key: Key
    bound: float | None
    most: bool = False
    written: Callable[[float], str] = percent
    by_mean: bool = False

    def wanted(self) -> str:
        """The bound as text."""
        return "-" if self.bound is None else f"{'≤' if self.most else '≥'} {self.written(self.bound)}"

    def met(self, value: float) -> bool:
        """Whether `value` reaches the bound."""
        return self.bound is None or (value <= self.bound if self.most else value >= self.bound)


USPS, CHARS, DIDA = "usps.npz", "chars74k_hand.npz", "dida_crops.npz"
TARGETS = (
    Target("MNIST test part, accuracy (argmax over the digits)", (MNIST, "accuracy"), 0.9965, by_mean=True),
    Target("parameters", ("", "parameters"), 200_000, True, count),
    Target("file", ("", "bytes"), 800_000, True, kilobytes),
    Target("time, as a multiple of the tutorial network's", ("", "time"), 1.5, True, multiple),
    Target("USPS test part, accuracy", (USPS, "accuracy"), 0.98),
    Target("Chars74K digits, accuracy", (CHARS, "accuracy"), 0.995),
    Target("mean error under fifteen corruptions of MNIST's test part", ("", "corruptions"), 0.04, True),
    Target("MNIST test part, accepted", (MNIST, "accepted"), 0.99),
    Target("USPS test part, accepted", (USPS, "accepted"), 0.97),
    Target("Chars74K digits, accepted", (CHARS, "accepted"), 0.985),
    Target("CEDAR letters taken for a digit", ("cedar_letters.npz", "taken"), 0.06, True),
    Target("Chars74K letters taken for a digit", (CHARS, "taken"), 0.025, True),
    Target("Cyrillic letters taken for a digit", ("cyrillic_letters.npz", "taken"), 0.08, True),
    Target("MNIST test part, expected calibration error", (MNIST, "ece"), 0.01, True),
    Target("USPS test part, expected calibration error", (USPS, "ece"), 0.03, True),
    Target("DIDA (cluttered old registers), accuracy", (DIDA, "accuracy"), None),
)
