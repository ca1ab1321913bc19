"""A model of other labels, from its training on another one's weights to the reader."""

import json

import pytest
from click.testing import CliRunner

from tests.helpers.characters import archive
from webcam_digits.cli.main import cli

pytest.importorskip("torch")
pytest.importorskip("onnxscript")


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    """A folder with letters.onnx, which was trained on from digits.checkpoint."""
    folder = tmp_path_factory.mktemp("transfer")
    archive(folder / "digits.npz", "0123456789", 300)
    archive(folder / "letters.npz", "ABCDx", 300, test=50)
    for name, epochs, options in (
        ("digits", 1, []),
        ("letters", 6, ["--classes", "CxAB", "--from", str(folder / "digits.checkpoint")]),
    ):
        data, out = folder / f"{name}.npz", folder / f"{name}.onnx"
        common = ["--arch", "mlp", "--epochs", str(epochs), "--threads", "1"]
        run("train", "--data", data, "--out", out, *common, *options)
    return folder


def run(*words):
    result = CliRunner().invoke(cli, [str(word) for word in words])
    assert result.exit_code == 0, result.stderr
    return result.stdout


def test_the_model_names_its_labels(letters):
    onnx = pytest.importorskip("onnx")
    model = onnx.load(letters / "letters.onnx")
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert json.loads(metadata["labels"]) == ["A", "B", "C", "x"]
    assert json.loads(metadata["recipe"])["from"] == "digits.checkpoint"


def test_it_is_evaluated(letters):
    model = ["--model", letters / "letters.onnx", "--json"]
    printed = run("evaluate", "--data", letters / "letters.npz", "--classes", "ABCx", *model)
    figures = json.loads(printed)
    assert figures["images"] == 40
    assert figures["accuracy"] > 0.9
    assert set(figures["per_class"]) == {"A", "B", "C", "x"}


def test_reading_with_it_is_refused(letters):
    result = CliRunner().invoke(cli, ["read", "page.png", "--model", str(letters / "letters.onnx")])
    assert result.exit_code == 1
    assert "letters.onnx reads other labels than the digits 0 to 9" in result.output
