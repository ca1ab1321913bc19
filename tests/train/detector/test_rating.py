import json
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from tests.helpers.detector_crops import Crop, FontCrops
from tests.helpers.models import model_file
from webcam_digits.errors import DataError, ModelError
from webcam_digits.reading.decode import Detections
from webcam_digits.reading.detector import Detector
from webcam_digits.reading.rating import EVIDENCE, Rating

onnx = pytest.importorskip("onnx")
pytest.importorskip("skimage")

from webcam_digits.train.detector import rating  # noqa: E402
from webcam_digits.train.detector.rating import PLAIN, Sample, fit, rate, sample  # noqa: E402

SCALES = np.array([3, 2, 2, 4, 1, 3, 3, 2, 1, 1, 0.5])


def drawn(weights, bias, *, count=30_000, seed=0) -> Sample:
    """Detections that are as often right as a rating says."""
    rng = np.random.default_rng(seed)
    evidence = rng.normal(size=(count, len(EVIDENCE))) * SCALES
    chances = Rating(tuple(weights), bias, 0, 0).confidence(evidence)
    right = rng.random(count) < chances
    return Sample(evidence, right, np.ones(count), float(right.sum()))


def separable(count=400) -> Sample:
    """The presence alone says whether a detection is right."""
    evidence = np.zeros((count, len(EVIDENCE)))
    right = np.arange(count) % 2 == 0
    evidence[:, 0] = np.where(right, 4.0, -4.0)
    return Sample(evidence, right, np.ones(count), count / 2)


def test_how_right_detections_are_is_learned():
    weights = np.linspace(-0.6, 0.8, len(EVIDENCE)) / SCALES
    rating = fit(drawn(weights, -0.7))
    assert np.abs((rating.weights - weights) * SCALES).max() < 0.08
    assert rating.bias == pytest.approx(-0.7, abs=0.08)
    held_out = drawn(weights, -0.7, seed=1)
    sure = rating.confidence(held_out.evidence) > 0.8
    assert held_out.right[sure].mean() > 0.85


def test_what_can_be_told_apart_is():
    found = separable()
    rating = fit(found)
    confidences = rating.confidence(found.evidence)
    assert confidences[found.right].min() > 0.95
    assert confidences[~found.right].max() < 0.05
    assert (rating.threshold, rating.row_threshold) == (0.2, 0.9)  # all of them are alike


def test_thresholds_are_where_most_is_read_right():
    found = drawn(0.5 / SCALES, -1.0)
    rating = fit(found)
    confidences = rating.confidence(found.evidence)

    def f1(threshold):
        read = confidences >= threshold
        return 2 * found.right[read].sum() / (found.written + read.sum())

    scores = {threshold: f1(threshold) for threshold in np.arange(0.2, 0.91, 0.05).round(2).tolist()}
    assert scores[rating.threshold] == max(scores.values())
    least = 0.98 * max(scores.values())
    assert rating.row_threshold == max(threshold for threshold, score in scores.items() if score >= least)
    assert rating.row_threshold > rating.threshold


def test_what_counts_nothing_changes_nothing():
    found, other = drawn(0.3 / SCALES, 0.2), drawn(-0.3 / SCALES, 0.2, seed=2)
    both = Sample(
        np.concatenate([found.evidence, other.evidence]),
        np.concatenate([found.right, other.right]),
        np.concatenate([found.weights, 0 * other.weights]),
        found.written,
    )
    with_it, without = fit(both), fit(found)
    assert np.allclose(with_it.weights, without.weights, atol=5e-3)
    assert with_it.threshold == without.threshold


def test_where_nothing_is_found_the_detector_is_believed():
    assert fit(Sample(np.zeros((0, len(EVIDENCE))), np.zeros(0, bool), np.zeros(0), 30.0)) == PLAIN


def test_where_nothing_is_right_nothing_is_believed():
    found = separable()._replace(right=np.zeros(400, bool))
    assert fit(found).confidence(found.evidence).max() < 0.05


def compared(written, found, ignored=(), weight=1.0, agreed=None) -> Sample:
    """What comes of a picture; digits are label, left, top, right, bottom; `agreed` are labels."""

    def boxes(digits):
        return np.array([digit[-4:] for digit in digits], np.float32).reshape(-1, 4)

    def labels(digits):
        return np.array([digit[0] for digit in digits], np.int64)

    picture = Crop(np.zeros((64, 96, 3), np.uint8), boxes(written), labels(written), boxes(ignored), "row")
    ones = np.ones(len(found), np.float32)
    seen = Detections(boxes(found), ones, np.eye(10, dtype=np.float32)[labels(found)], ones)
    evidence = np.arange(len(found))[:, None] * np.ones(len(EVIDENCE))
    digits = [SimpleNamespace(digit=int(label)) for label in (labels(found) if agreed is None else agreed)]
    seen_so = SimpleNamespace(detections=seen, evidence=evidence, digits=digits)
    reader = SimpleNamespace(inspect=lambda _: seen_so)
    return sample(reader, [(picture, weight)])


def test_a_detection_is_right_where_its_digit_is_and_once():
    three = 3, 10, 10, 30, 40
    got = compared(
        [three, (5, 40, 10, 60, 40)],
        [three, (3, 12, 10, 32, 40), (6, 40, 10, 60, 40), (5, 70, 10, 90, 40)],
        weight=4.0,
    )
    assert got.right.tolist() == [True, False, False, False]
    assert got.weights.tolist() == [4.0] * 4
    assert got.written == 8.0
    assert got.evidence[:, 0].tolist() == [0, 1, 2, 3]


def test_what_both_networks_agree_on_is_held_against_the_truth():
    three = 3, 10, 10, 30, 40
    assert compared([three], [(8, *three[1:])], agreed=[3]).right.tolist() == [True]
    assert compared([three], [three], agreed=[8]).right.tolist() == [False]


def test_without_digits_nothing_is_right():
    got = compared([], [(1, 10, 10, 20, 40)])
    assert (got.right.tolist(), got.weights.tolist(), got.written) == ([False], [1.0], 0)


def test_what_is_ignored_counts_only_where_it_is_right():
    got = compared(
        [(3, 10, 10, 30, 40)],
        [(3, 10, 10, 30, 40), (8, 12, 12, 28, 38), (7, 60, 10, 80, 40)],
        ignored=[(0, 0, 35, 50)],
    )
    assert got.right.tolist() == [True, False, False]
    assert got.weights.tolist() == [1.0, 0.0, 1.0]


def metadata(path):
    return {known.key: known.value for known in onnx.load(path).metadata_props}


def without_rating(path):
    model = onnx.load(path)
    model.metadata_props.remove(next(known for known in model.metadata_props if known.key == "rating"))
    onnx.save(model, path)


@pytest.mark.parametrize("rated", [True, False])
def test_a_file_is_rated_and_keeps_all_else(tmp_path, rated):
    path = model_file(tmp_path / "a.onnx", "detector.onnx", rating=json.loads(PLAIN.to_json()))
    if not rated:
        without_rating(path)
    before = metadata(path)
    found = rate(path, FontCrops(), count=40, pictures=0)
    assert Detector(path).rating == found != PLAIN
    after = metadata(path)
    assert Rating.from_json(after.pop("rating")) == found
    before.pop("rating", None)
    assert after == before
    assert [file.name for file in tmp_path.iterdir()] == ["a.onnx"]


@pytest.mark.slow
def test_whole_pictures_are_read_too(tmp_path):
    path = model_file(tmp_path / "a.onnx", "detector.onnx")
    crops = rate(path, FontCrops(), count=10, pictures=0)
    assert rate(path, FontCrops(), count=10, pictures=1) != crops


def test_a_file_that_cannot_be_rated_stays_as_it_was(tmp_path):
    class Broken(FontCrops):
        def draw(self, seed, index):
            raise DataError("there are no digits")

    path = model_file(tmp_path / "a.onnx", "detector.onnx")
    other = model_file(tmp_path / "b.onnx", "digits.onnx")
    junk = tmp_path / "c.onnx"
    junk.write_text("no model")
    before = path.read_bytes(), other.read_bytes()
    for file, error, reason in (
        (path, DataError, "there are no digits"),
        (other, ModelError, r"b\.onnx is not a detector: name a file that `train detector` wrote"),
        (junk, ModelError, r"c\.onnx is not an ONNX model"),
        (tmp_path / "none.onnx", ModelError, r"cannot read model .*none\.onnx: No such file"),
    ):
        with pytest.raises(error, match=reason):
            rate(file, Broken())
    assert (path.read_bytes(), other.read_bytes()) == before


def test_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(rating, "Crops", lambda *_: FontCrops())
    monkeypatch.setattr(rating, "rate", lambda *given: rate(*given, count=10, pictures=0))
    path = model_file(tmp_path / "a.onnx", "detector.onnx")
    call = CliRunner().invoke(rating.main, ["--data", str(tmp_path), str(path)])
    assert call.exit_code == 0
    assert json.loads(call.stdout) == json.loads(metadata(path)["rating"])
    call = CliRunner().invoke(rating.main, ["--data", str(tmp_path), str(tmp_path / "none.onnx")])
    assert call.exit_code == 1
    assert call.stderr.startswith("Error: cannot read model ")
    assert call.stderr.count("\n") == 1


def test_a_folder_without_digits_is_reported_in_one_line(tmp_path):
    path = model_file(tmp_path / "a.onnx", "detector.onnx")
    for folder in (tmp_path, tmp_path / "none"):
        call = CliRunner().invoke(rating.main, ["--data", str(folder), str(path)])
        assert call.exit_code == 1
        assert (
            call.stderr
            == f"Error: {folder}: holds no digits to train on: put mnist.npz or MNIST's files into it\n"
        )
