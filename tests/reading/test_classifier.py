import json
import os
import subprocess
import sys

import numpy as np
import pytest

from webcam_digits.errors import ModelError
from webcam_digits.reading.classifier import Classifier, Predictions
from webcam_digits.reading.glyphs import NORMALISER_VERSION, normalise
from webcam_digits.train.handwriting.pen import write

GOOD = {
    "labels": json.dumps(["a", "b"]),
    "normaliser": NORMALISER_VERSION,
    "temperature": "2",
    "threshold": "0.5",
}


@pytest.fixture(scope="module")
def classifier():
    return Classifier()


@pytest.fixture
def model(tmp_path):
    """Saves a model whose every logit is the glyph's mean, for `classes` classes."""
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper

    def save(metadata=GOOD, classes=3, shape=("n", 1, 28, 28)):
        flat = helper.make_node("Flatten", ["glyphs"], ["flat"])
        product = helper.make_node("MatMul", ["flat", "weights"], ["logits"])
        pixels = int(np.prod(shape[1:]))
        weights = np.outer(np.ones(pixels), np.arange(classes)).astype(np.float32) / pixels
        graph = helper.make_graph(
            [flat, product],
            "test",
            [helper.make_tensor_value_info("glyphs", onnx.TensorProto.FLOAT, shape)],
            [helper.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, (shape[0], classes))],
            [onnx.numpy_helper.from_array(weights, "weights")],
        )
        made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        helper.set_model_props(made, metadata)
        path = tmp_path / "model.onnx"
        onnx.save(made, path)
        return path

    return save


def test_the_shipped_model_tells_ten_digits_apart(classifier):
    assert classifier.labels == tuple("0123456789")
    assert 0 < classifier.threshold < 1


def test_it_reads_neat_digits(classifier):
    rng = np.random.default_rng(0)
    glyphs = np.stack(
        [normalise(write(d, height=80, rng=rng, at=(40, 40)).ink((180, 180))) for d in "0123456789"]
    )
    predictions = classifier(glyphs)
    assert [classifier.labels[i] for i in predictions.best] == list("0123456789")
    assert (predictions.confidence > 0.8).all()


@pytest.mark.parametrize("count", [0, 1, 7])
def test_a_batch_of_any_size(classifier, count):
    predictions = classifier(np.zeros((count, 28, 28), np.uint8))
    assert predictions.probabilities.shape == (count, 11)
    assert np.allclose(predictions.probabilities.sum(axis=1), 1, atol=1e-5)
    assert len(predictions) == len(predictions.best) == len(predictions.confidence) == count


def test_another_label_set_and_its_temperature(model):
    classifier = Classifier(model())
    (row,) = classifier(np.full((1, 28, 28), 255, np.uint8)).probabilities
    logits = np.array([0.0, 1.0, 2.0]) / 2
    assert classifier.labels == ("a", "b")
    assert np.allclose(row, np.exp(logits) / np.exp(logits).sum(), atol=1e-5)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"labels": None}, "does not say"),
        ({"labels": "[]"}, "does not say"),
        ({"labels": '"ab"'}, "does not say"),
        ({"threshold": "high"}, "does not say"),
        ({"normaliser": "0"}, "normaliser 0"),
        ({"temperature": "0"}, "temperature 0"),
        ({"temperature": "nan"}, "temperature nan"),
        ({"threshold": "1.5"}, "threshold 1.5"),
    ],
)
def test_metadata_of_another_form_is_refused(model, change, told):
    metadata = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(ModelError, match=told):
        Classifier(model(metadata))


@pytest.mark.parametrize(
    ("shape", "classes", "told"),
    [
        (("n", 1, 32, 32), 3, "28"),
        (("n", 28, 28), 3, "28"),
        ((1, 1, 28, 28), 3, "one glyph"),
        (("n", 1, 28, 28), 5, "5"),
    ],
)
def test_a_model_of_another_shape_is_refused(model, shape, classes, told):
    with pytest.raises(ModelError, match=told):
        Classifier(model(classes=classes, shape=shape))


def test_a_missing_a_truncated_and_a_garbage_model(model, tmp_path):
    with pytest.raises(ModelError, match="cannot read model"):
        Classifier(tmp_path / "missing.onnx")
    with pytest.raises(ModelError, match="cannot read model"):
        Classifier(tmp_path)
    path = model()
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ModelError, match="not a usable ONNX model"):
        Classifier(path)
    path.write_bytes(b"")
    with pytest.raises(ModelError):
        Classifier(path)


def test_nothing_is_written_to_the_home_folder(tmp_path):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("ORT_", "XDG_"))}
    code = "from webcam_digits.reading.classifier import Classifier; Classifier()"
    subprocess.run([sys.executable, "-c", code], env=environment | {"HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []


def test_predictions_must_go_with_their_labels():
    with pytest.raises(ValueError, match="labels"):
        Predictions(np.zeros((3, 4), np.float32), ("a", "b"))
