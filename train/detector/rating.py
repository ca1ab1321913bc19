"""How sure a detector is of what it finds: fitted to rendered pictures that it never learned from.

    python -m webcam_digits.train.detector.rating --data FOLDER detector.onnx

`webcam-digits train detector` does it in the end. By itself it serves a classifier that has changed.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import click
import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from webcam_digits.errors import ModelError, WebcamDigitsError
from webcam_digits.outputs.files import write_whole
from webcam_digits.reading.boxes import areas, intersections
from webcam_digits.reading.decode import overlaps
from webcam_digits.reading.rating import EVIDENCE, Rating
from webcam_digits.reading.reader import DigitReader
from webcam_digits.train import extras
from webcam_digits.train.evaluation.model_file import read_model
from webcam_digits.train.scenes.crops import Crop, Crops
from webcam_digits.train.stills.render import KINDS, render

if TYPE_CHECKING:
    import onnx

    from webcam_digits.train.detector import batches

_SEED = 2 << 40  # far from those of training and of validation
_WHOLE = 4.0  # what a detection in a whole picture counts, of which most of what is read are; in a crop 1
_SAME = 0.4  # intersection over union, from which a digit is found
_UNKNOWN = 0.3  # of a detection's box; with more of it in what is ignored nobody knows
_RIDGE = 1e-3  # of the number of detections
_STEPS = 40  # of Newton's method
_THRESHOLDS = np.arange(0.2, 0.91, 0.05)
_KEPT = 0.98  # of the best F1; so much is left of it where each digit has to be as sure as a row on average

PLAIN = Rating(tuple(float(name == "presence") for name in EVIDENCE), 0.0, 0.5, 0.5)


class Sample(NamedTuple):
    """Of n detections in pictures.

    Attributes:
        evidence: (n, len(EVIDENCE)) for and against each.
        right: (n,) whether such a digit is there, and no surer detection is of it.
        weights: (n,) what each counts, 0 or more.
        written: what all digits in the pictures count.
    """

    evidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    weights: NDArray[np.float64]
    written: float


def rate(
    detector: Path,
    crops: "batches.Crops",
    classifier: Path | None = None,
    *,
    count: int = 4000,
    pictures: int = 4,
) -> Rating:
    """Fit the rating of a detector and write it into its file; until then, that stays as it was.

    Args:
        detector: the file, with a rating or without.
        crops: that it was not trained on.
        classifier: that gives the second opinion; None for the shipped one.
        count: of crops.
        pictures: whole ones, of each kind.

    Raises:
        ModelError: a file is missing or broken, or holds another kind of network.
        OutputError: the rating cannot be written.
    """
    model = read_model(detector)
    if "channels" not in model.metadata:
        raise ModelError(f"{detector} is not a detector: name a file that `train detector` wrote")
    with TemporaryDirectory() as folder:  # the reader takes only what is rated
        rated = Path(folder) / detector.name
        _write(model.proto, PLAIN, rated)
        reader = DigitReader([rated, *([classifier] if classifier else [])])
    rating = fit(sample(reader, rendered(crops, count, pictures)))
    _write(model.proto, rating, detector)
    return rating


def _write(model: "onnx.ModelProto", rating: Rating, path: Path) -> None:
    own = [known for known in model.metadata_props if known.key == "rating"]
    (own[0] if own else model.metadata_props.add(key="rating")).value = rating.to_json()
    write_whole(path, model.SerializeToString())


def rendered(
    crops: "batches.Crops", count: int = 4000, pictures: int = 4
) -> Iterator[tuple["batches.Crop", float]]:
    """Pictures with their truth, and what each of their digits counts; arguments as of `rate`."""
    for index in range(count):
        yield crops.draw(_SEED, index), 1.0
    nothing = np.zeros((0, 4), np.float32)
    for number, kind in enumerate(KINDS):
        for index in range(pictures):
            scene = render(kind, np.random.default_rng((_SEED, number, index)))
            boxes = [(mark.box.x, mark.box.y, mark.box.right, mark.box.bottom) for mark in scene.digits]
            labels = np.array([int(mark.text) for mark in scene.digits], np.int64)
            yield Crop(scene.image, np.array(boxes, np.float32).reshape(-1, 4), labels, nothing, kind), _WHOLE


def sample(reader: DigitReader, pictures: Iterable[tuple["batches.Crop", float]]) -> Sample:
    """What a reader finds in pictures; each comes with what its digits count."""
    parts = [_compare(reader, picture, weight) for picture, weight in pictures]
    return Sample(
        np.concatenate([part.evidence for part in parts]),
        np.concatenate([part.right for part in parts]),
        np.concatenate([part.weights for part in parts]),
        sum(part.written for part in parts),
    )


def _compare(reader: DigitReader, picture: "batches.Crop", weight: float) -> Sample:
    inspection = reader.inspect(picture.image)
    found = inspection.detections
    right = _right(found.boxes, np.array([digit.digit for digit in inspection.digits], np.int64), picture)
    unknown = intersections(found.boxes, picture.ignored).max(axis=1, initial=0)
    weights = np.where((unknown > _UNKNOWN * areas(found.boxes)) & ~right, 0.0, weight)
    return Sample(inspection.evidence, right, weights, weight * len(picture.labels))


def _right(
    boxes: NDArray[np.float32], labels: NDArray[np.int64], picture: "batches.Crop"
) -> NDArray[np.bool_]:
    """(n,) which digits, the surest first, are the first ones of a digit that is there."""
    fits = overlaps(boxes, picture.boxes) >= _SAME
    fits &= labels[:, None] == picture.labels
    return np.asarray((fits & (fits.cumsum(axis=0) == 1)).any(axis=1))


def fit(sample: Sample) -> Rating:
    """A logistic regression by Newton's method, and the thresholds at which it reads best.

    Where nothing was found, the detector's own confidence is what is left.
    """
    if not len(sample.right):
        return PLAIN
    middle, spread = sample.evidence.mean(axis=0), sample.evidence.std(axis=0) + 1e-6
    evidence = np.column_stack([(sample.evidence - middle) / spread, np.ones(len(sample.right))])
    ridge = _RIDGE * len(evidence)
    weights = np.zeros(evidence.shape[1])
    for _ in range(_STEPS):
        chances = expit(evidence @ weights)
        slope = evidence.T @ (sample.weights * (chances - sample.right)) + ridge * weights
        curvature = (evidence * (sample.weights * chances * (1 - chances))[:, None]).T @ evidence
        weights -= np.linalg.solve(curvature + ridge * np.eye(len(weights)), slope)
    own = weights[:-1] / spread
    plain = Rating(tuple(own.round(4).tolist()), round(float(weights[-1] - own @ middle), 4), 0.0, 0.0)
    scores = _f1(sample, plain.confidence(sample.evidence))
    best = int(np.argmax(scores))
    surest = int(np.flatnonzero(scores >= _KEPT * scores[best]).max())
    return replace(plain, threshold=round(_THRESHOLDS[best], 2), row_threshold=round(_THRESHOLDS[surest], 2))


def _f1(sample: Sample, confidences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of all digits, at each of the thresholds."""
    read = (confidences >= _THRESHOLDS[:, None]) * sample.weights
    return np.asarray(2 * (read @ sample.right) / np.maximum(sample.written + read.sum(axis=1), 1))


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), required=True, metavar="FOLDER")
@click.option(
    "--classifier", type=click.Path(path_type=Path), metavar="FILE", help="Instead of the shipped one."
)
@click.argument("detector", type=click.Path(path_type=Path))
def main(data: Path, classifier: Path | None, detector: Path) -> None:
    """Rate a detector."""
    cv2.setNumThreads(1)
    try:
        extras.require("train")
        click.echo(rate(detector, Crops(data, "validation"), classifier).to_json())
    except WebcamDigitsError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
