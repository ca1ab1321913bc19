"""Which file is which network, and what is said of one that cannot be used."""

import json
from importlib import resources

import numpy as np
import pytest

from webcam_digits.errors import ModelError
from webcam_digits.reading.classifier import metadata_of
from webcam_digits.reading.models import open_models
from webcam_digits.reading.reader import DigitReader
from webcam_digits.types import DIGITS

onnx = pytest.importorskip("onnx")

SHIPPED = resources.files("webcam_digits.models")


def shipped(kind, folder):
    """A copy of a shipped model."""
    path = folder / f"{kind}-copy.onnx"
    path.write_bytes((SHIPPED / f"{kind}.onnx").read_bytes())
    return path


def changed(kind, folder, **metadata):
    """A shipped model with other metadata, None for what it lacks."""
    proto = onnx.load_model_from_string((SHIPPED / f"{kind}.onnx").read_bytes())
    own = {entry.key: entry.value for entry in proto.metadata_props} | metadata
    onnx.helper.set_model_props(proto, {key: value for key, value in own.items() if value is not None})
    path = folder / f"{kind}.onnx"
    onnx.save(proto, path)
    return path


def of_shape(folder, channels=4, outputs=16, size=("h", "w"), value=0.0):
    """A network whose every output is `value`, with a detector's metadata."""
    helper = onnx.helper
    sides = ["n", channels, *size], ["n", outputs, "high", "wide"]
    given, maps = (
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
        for name, shape in zip(("pictures", "maps"), sides, strict=True)
    )
    weights = onnx.numpy_helper.from_array(np.full((outputs, channels, 4, 4), value, np.float32), "weights")
    node = helper.make_node("Conv", ["pictures", "weights"], ["maps"], strides=[4, 4])
    graph = helper.make_graph([node], "test", [given], [maps], [weights])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    with resources.as_file(SHIPPED / "detector.onnx") as path:
        helper.set_model_props(made, metadata_of(path))
    path = folder / "shaped.onnx"
    onnx.save(made, path)
    return path


def refused(*files):
    """What is said, which has to be one line."""
    with pytest.raises(ModelError) as error:
        open_models(files, 1)
    text = str(error.value)
    assert text
    assert "\n" not in text
    return text


def test_the_shipped_ones():
    detector, classifier = open_models([], 1)
    assert classifier.labels == DIGITS
    assert detector.heights[0] < 24 < detector.heights[1]
    assert 0 < detector.rating.threshold <= detector.rating.row_threshold < 1


def test_each_kind_is_recognised_in_any_order(tmp_path):
    detector = changed("detector", tmp_path, temperature="1.5")
    classifier = changed("digits", tmp_path, temperature="2.5")
    for files in ([detector, classifier], [classifier, detector]):
        first, second = open_models(files, 1)
        assert (first.temperature, second.temperature) == (1.5, 2.5)


@pytest.mark.parametrize("kind", ["detector", "digits"])
def test_one_takes_the_place_of_the_shipped_one_of_its_kind(tmp_path, kind):
    own = changed(kind, tmp_path, temperature="3.5")
    detector, classifier = open_models([own], 1)
    expected = kind == "detector", kind == "digits"
    assert (detector.temperature == 3.5, classifier.temperature == 3.5) == expected


@pytest.mark.parametrize(("kind", "name"), [("detector", "detector"), ("digits", "classifier")])
def test_two_of_a_kind_are_refused(tmp_path, kind, name):
    one, other = shipped(kind, tmp_path), changed(kind, tmp_path)
    text = refused(one, other)
    assert str(one) in text
    assert str(other) in text
    assert f"both a {name}" in text


def test_other_labels_than_the_digits_are_refused(tmp_path):
    letters = changed("digits", tmp_path, labels=json.dumps(list("abcdefghij")))
    assert "other labels than the digits" in refused(letters)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "not a usable ONNX model"), (b"no model", "not a usable ONNX model"), (None, "No such file")],
)
def test_a_file_that_is_no_model_is_refused(tmp_path, content, said):
    path = tmp_path / "odd.onnx"
    if content is not None:
        path.write_bytes(content)
    text = refused(path)
    assert str(path) in text
    assert said in text


@pytest.mark.parametrize("kind", ["detector", "digits"])
def test_a_truncated_model_is_refused(tmp_path, kind):
    path = shipped(kind, tmp_path)
    path.write_bytes(path.read_bytes()[:20_000])
    assert "not a usable ONNX model" in refused(path)


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"input": "99"}, "another input"),
        ({"channels": '["grey"]'}, "another input"),
        ({"rating": None}, "no usable rating"),
        ({"rating": "{}"}, "no usable rating"),
        ({"temperature": "0"}, "temperature"),
        ({"heights": None}, "not a detector"),
    ],
    ids=str,
)
def test_a_detector_of_another_version_is_refused(tmp_path, metadata, said):
    assert said in refused(changed("detector", tmp_path, **metadata))


@pytest.mark.parametrize(
    "shape",
    [{"channels": 3}, {"outputs": 15}, {"size": (64, 64)}, {"value": float("nan")}],
    ids=str,
)
def test_a_detector_of_another_shape_is_refused(tmp_path, shape):
    assert open_models([of_shape(tmp_path)], 1)
    assert "finite numbers" in refused(of_shape(tmp_path, **shape))


def test_a_reader_says_the_same(tmp_path):
    with pytest.raises(ModelError, match="both a detector"):
        DigitReader([shipped("detector", tmp_path), changed("detector", tmp_path)])
    assert DigitReader(str(changed("digits", tmp_path))).threshold == DigitReader().threshold
