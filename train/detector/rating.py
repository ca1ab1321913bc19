"""How sure a detector is of what it finds: fitted to rendered pictures that it never learned from.

    python -m webcam_digits.train.detector.rating --data FOLDER detector.onnx

`train detector` does it in the end. By itself it serves a classifier that has changed.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import click
import cv2
import numpy as np
import onnx
from numpy.typing import NDArray

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.outputs.files import write_whole
from webcam_digits.reading.boxes import areas, intersections
from webcam_digits.reading.decode import overlaps
from webcam_digits.reading.rating import EVIDENCE, Rating
from webcam_digits.reading.reader import DigitReader
from webcam_digits.train.scenes.crops import Crops
from webcam_digits.train.stills.render import KINDS, render
from webcam_digits.types import Image

_CROPS = 4000
_SEED = 2 << 40  # far from those of training and of validation
_PICTURES = 4  # of each kind of whole pictures
_SHAPE = 480, 640  # of these
_WEIGHT = 4.0  # of each of their detections: most of what is read is a whole picture
_SAME = 0.4  # intersection over union, from which a digit is found
_UNKNOWN = 0.3  # of a detection's box; with more of it in what is ignored nobody knows
_RIDGE = 1e-3
_STEPS = 40  # of Newton's method
_THRESHOLDS = np.arange(0.2, 0.91, 0.05)
_KEPT = 0.98  # of the best F1; so much is left of it where each digit had to be as sure as one in each row

PLAIN = Rating(tuple(float(name == "presence") for name in EVIDENCE), 0.0, 0.5, 0.5)


class Truth(NamedTuple):
    """A picture, (n, 4) boxes and (n,) labels of its digits, (m, 4) boxes of what may be read or not."""

    image: Image
    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    ignored: NDArray[np.float32]
    weight: float


class _Sample(NamedTuple):
    """Of what was found in pictures: evidence, whether it is right, what it counts; how many are written."""

    evidence: NDArray[np.float64]
    right: NDArray[np.float64]
    weights: NDArray[np.float64]
    written: float


def rate(detector: Path, data: Path, classifier: Path | None = None) -> Rating:
    """Fit the rating of a detector and write it into its file.

    Args:
        detector: the file.
        data: the folder that it was trained on.
        classifier: that gives the second opinion; None for the shipped one.

    Raises:
        DataError, ModelError, OutputError: where a file is missing, broken, or cannot be written.
    """
    _store(detector, PLAIN)
    reader = DigitReader([detector, *([classifier] if classifier else [])])
    samples = [_sample(reader, truth) for truth in _pictures(data)]
    rating = _fitted(
        _Sample(
            np.concatenate([sample.evidence for sample in samples]),
            np.concatenate([sample.right for sample in samples]),
            np.concatenate([sample.weights for sample in samples]),
            sum(sample.written for sample in samples),
        )
    )
    _store(detector, rating)
    return rating


def _store(path: Path, rating: Rating) -> None:
    model = onnx.load(path)
    for known in [known for known in model.metadata_props if known.key == "rating"]:
        model.metadata_props.remove(known)
    model.metadata_props.add(key="rating", value=rating.to_json())
    write_whole(path, model.SerializeToString())


def _pictures(data: Path) -> Iterator[Truth]:
    crops = Crops(data, "validation")
    for index in range(_CROPS):
        crop = crops.draw(_SEED, index)
        yield Truth(crop.image, crop.boxes, crop.labels, crop.ignored, 1.0)
    for number, kind in enumerate(KINDS):
        for index in range(_PICTURES):
            scene = render(kind, np.random.default_rng((_SEED, number, index)), shape=_SHAPE)
            boxes = [(mark.box.x, mark.box.y, mark.box.right, mark.box.bottom) for mark in scene.digits]
            labels = np.array([int(mark.text) for mark in scene.digits], np.int64)
            nothing = np.zeros((0, 4), np.float32)
            yield Truth(scene.image, np.array(boxes, np.float32).reshape(-1, 4), labels, nothing, _WEIGHT)


def _sample(reader: DigitReader, truth: Truth) -> _Sample:
    inspection = reader.inspect(truth.image)
    found = inspection.detections
    right = np.zeros(len(found.boxes), bool)
    weights = np.full(len(found.boxes), truth.weight)
    if len(truth.boxes):
        shared = overlaps(found.boxes, truth.boxes)
        right = (shared.max(axis=1) >= _SAME) & (truth.labels[shared.argmax(axis=1)] == found.labels)
    inside = intersections(found.boxes, truth.ignored).max(axis=1, initial=0) > _UNKNOWN * areas(found.boxes)
    weights[inside & ~right] = 0
    return _Sample(inspection.evidence, right.astype(float), weights, truth.weight * len(truth.boxes))


def _fitted(sample: _Sample) -> Rating:
    """A logistic regression by Newton's method, and the thresholds at which it reads best."""
    middle, spread = sample.evidence.mean(axis=0), sample.evidence.std(axis=0) + 1e-6
    evidence = np.column_stack([(sample.evidence - middle) / spread, np.ones(len(sample.right))])
    ridge = _RIDGE * len(evidence)
    weights = np.zeros(evidence.shape[1])
    for _ in range(_STEPS):
        chances = 1 / (1 + np.exp(-evidence @ weights))
        slope = evidence.T @ (sample.weights * (chances - sample.right)) + ridge * weights
        curvature = (evidence * (sample.weights * chances * (1 - chances))[:, None]).T @ evidence
        weights -= np.linalg.solve(curvature + ridge * np.eye(len(weights)), slope)
    own = weights[:-1] / spread
    plain = Rating(tuple(own.round(4).tolist()), round(float(weights[-1] - own @ middle), 4), 0.0, 0.0)
    confidences = plain.confidence(sample.evidence)
    scores = []
    for threshold in _THRESHOLDS:
        read = sample.weights * (confidences >= threshold)
        scores.append(2 * (read * sample.right).sum() / (sample.written + read.sum()))
    best = int(np.argmax(scores))
    surest = max(i for i, score in enumerate(scores) if score >= _KEPT * scores[best])
    return replace(
        plain, threshold=round(_THRESHOLDS[best], 2), row_threshold=round(_THRESHOLDS[surest], 2)
    )


@click.command(help=__doc__)
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--classifier", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("detector", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def main(data: Path, classifier: Path | None, detector: Path) -> None:
    """Rate a detector."""
    cv2.setNumThreads(1)
    try:
        click.echo(rate(detector, data, classifier).to_json())
    except WebcamDigitsError as error:
        raise SystemExit(f"rating.py: {error}") from error


if __name__ == "__main__":
    main()
