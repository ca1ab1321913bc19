"""How a model does on corrupted pictures, each seen as a camera would see it. Needs no torch."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.classifier import Classifier
from webcam_digits.errors import DataError
from webcam_digits.glyphs import normalise
from webcam_digits.ink import find_ink
from webcam_digits.regions import find_regions

from .corruptions import CORRUPTIONS, SIDE, Corruption
from .data import LabelledSet, Picture
from .evaluate import columns

NOTHING = -1  # the answer to a picture without ink

_MARGIN = SIDE // 2  # pixels of ground that a picture lies on
_GROUND = 15  # pixels; no stroke outlasts a median this wide
_ENLARGED = 3  # times; a digit becomes about 60 pixels high, as it is before a webcam
_BATCH = 256  # pictures


@dataclass(frozen=True, slots=True)
class CorruptionEvaluation:
    """The errors of one model on one set of digits, corrupted in all the ways of `CORRUPTIONS`.

    Attributes:
        errors: share of the pictures that are read wrongly, 0..1, under each corruption.
        identity: the same without any.
    """

    errors: dict[str, float]
    identity: float

    @property
    def mean(self) -> float:
        """The mean error over all corruptions, 0..1, the uncorrupted pictures left out."""
        return float(np.mean([*self.errors.values()]))

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {"corruptions": self.errors, "mean": self.mean, "identity": self.identity}

    def as_text(self) -> str:
        """One line a corruption, the mean, and the error without any."""
        rows = {**self.errors, "mean": self.mean, "identity": self.identity}
        return "\n".join(f"{name:<14}{error:>8.2%}" for name, error in rows.items())


def evaluate_corruptions(
    classifier: Classifier, data: LabelledSet, seed: int = 0, *, tell: Callable[[str], None] | None = None
) -> CorruptionEvaluation:
    """The errors of `classifier` on `data` under each corruption.

    Args:
        classifier: to judge.
        data: pictures of 28x28.
        seed: decides all chance.
        tell: is given a line of progress after each corruption.

    Raises:
        DataError: where a picture is of another size, or shows what the model does not tell apart.
    """
    other = next((image.shape for image in data.images if image.shape != (SIDE, SIDE)), None)
    if other is not None:
        raise DataError(
            f"{data.name}: holds a picture of {other[1]}x{other[0]}; corruptions are of {SIDE}x{SIDE}"
            " pictures such as MNIST's"
        )
    truth = columns(classifier.labels, data)

    def error(pictures: Sequence[Picture]) -> float:
        return float((read(classifier, pictures) != truth).mean())

    errors: dict[str, float] = {}
    for number, (name, corrupt) in enumerate(CORRUPTIONS.items()):
        errors[name] = error(_corrupted(corrupt, data.images, (seed, number)))
        if tell:
            tell(f"{name}: error {errors[name]:.2%}, {number + 1} of {len(CORRUPTIONS)} corruptions")
    return CorruptionEvaluation(errors, error(data.images))


def read(classifier: Classifier, pictures: Sequence[Picture]) -> NDArray[np.int64]:
    """What each picture shows by the reader's own stages, which find the ink, its regions and their glyphs.

    A picture holds one digit, and that is all that is known beforehand: the answer is the likeliest label of
    all candidates, confidences weighted by the candidates' size, for a speck may look like a digit too.

    Args:
        classifier: of glyphs.
        pictures: n of (28, 28) uint8, on any ground.

    Returns:
        (n,) int64, indices into the classifier's labels; NOTHING where there is no ink.
    """
    answers = np.full(len(pictures), NOTHING, np.int64)
    for start in range(0, len(pictures), _BATCH):
        found = [candidates(picture) for picture in pictures[start : start + _BATCH]]
        inks = [ink for of_picture in found for ink in of_picture]
        if not inks:
            continue
        owners = start + np.repeat(np.arange(len(found)), [len(of_picture) for of_picture in found])
        predictions = classifier(np.stack([normalise(ink) for ink in inks]))
        size = np.sqrt([float(ink.sum(dtype=np.float64)) for ink in inks])
        order = np.argsort(predictions.confidence * size, kind="stable")
        answers[owners[order]] = predictions.best[order]  # of those of one picture the last stays
    return answers


def candidates(picture: Picture) -> list[Picture]:
    """The inks, (h, w) uint8, that may be the digit of a (28, 28) picture: its regions, and all ink at once.

    All at once, because a digit known to stand alone may be wider or in more pieces than regions can be on a
    page full of writing.
    """
    ink = find_ink(_before_camera(picture))
    if not ink.mask.any():
        return []
    everything = np.asarray(cv2.bitwise_and(ink.contrast, ink.mask), np.uint8)
    return [*find_regions(ink).inks, everything]


def _before_camera(picture: Picture) -> Picture:
    """The picture enlarged, in the middle of twice its size, its ground going on beyond its edges."""
    ground = cv2.medianBlur(picture, _GROUND)
    sheet = cv2.copyMakeBorder(ground, *(_MARGIN,) * 4, cv2.BORDER_REPLICATE)
    sheet[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = picture
    enlarged = cv2.resize(sheet, None, fx=_ENLARGED, fy=_ENLARGED, interpolation=cv2.INTER_CUBIC)
    return np.asarray(enlarged, np.uint8)


def _corrupted(corrupt: Corruption, pictures: Sequence[Picture], seed: tuple[int, int]) -> list[Picture]:
    generator = np.random.default_rng(seed)
    return [corrupt(picture, generator) for picture in pictures]
