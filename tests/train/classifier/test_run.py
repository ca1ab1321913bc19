import errno
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.helpers.characters import archive
from webcam_digits.cli.train import train
from webcam_digits.errors import DataError, OutputError, UsageError, WebcamDigitsError
from webcam_digits.reading.classifier import softmax
from webcam_digits.train.classifier.calibration import calibrate


@pytest.fixture
def folder(tmp_path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    archive(data / "mnist.npz", "0123456789", 300, test=100)
    return data


def test_half_of_mnist_is_completed_by_the_download(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")

    def download(folder):
        raise DataError("would resume")

    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"the first file")
    monkeypatch.setattr("webcam_digits.train.data.download.download_mnist", download)
    result = CliRunner().invoke(train, ["--data", str(tmp_path), "--out", str(tmp_path / "a.onnx")])
    assert str(result.exception) == "would resume"


@pytest.mark.parametrize("name", ["", "nope", "/dev/null"])
def test_mnist_is_not_downloaded_into_what_is_no_folder(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(train, ["--data", name])
    assert isinstance(result.exception, DataError)
    assert str(result.exception) == (
        f"there is no folder {name!r} for --data: create it first, or name another"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_model_that_is_hardly_usable_is_reported(folder, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    out = tmp_path / "a.onnx"
    options = ["--data", str(folder), "--out", str(out), "--arch", "mlp", "--epochs", "1", "--rate", "0.001"]
    last = CliRunner().invoke(train, options, catch_exceptions=False).stderr.splitlines()[-1]
    assert last.startswith(f"{out} is hardly usable: it reads ")


def test_calibration_undoes_an_exaggeration():
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (4000, 11)).astype(np.float32)
    targets = np.array([generator.choice(11, p=row) for row in softmax(logits)])
    calibration = calibrate(3 * logits, targets)
    assert calibration.temperature == pytest.approx(3, rel=0.1)
    assert 0 < calibration.threshold < 1
    with pytest.raises(DataError, match="no validation digits"):
        calibrate(logits, np.full(4000, 10))


def test_what_is_no_digit_has_no_say_in_the_calibration():
    generator = np.random.default_rng(1)
    logits = generator.normal(0, 2, (2000, 11)).astype(np.float32)
    targets = np.array([generator.choice(10, p=row[:10] / row[:10].sum()) for row in softmax(logits)])
    strange = np.zeros((500, 11), np.float32)
    both = calibrate(np.concatenate([logits, strange]), np.concatenate([targets, np.full(500, 10)]))
    assert both == calibrate(logits, targets)


def test_training_without_torch(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    result = CliRunner().invoke(train, ["--data", str(folder), "--out", str(tmp_path / "a.onnx")])
    assert isinstance(result.exception, WebcamDigitsError)
    assert str(result.exception) == "this needs the extra `train`: pip install -e '.[train]' in the clone"
    assert result.exception.exit_code == 1


@pytest.mark.parametrize(
    ("out", "options", "reason"),
    [
        ("there.onnx", [], "there.onnx exists: name another --out, or replace it with --force"),
        ("absent/new.onnx", [], "there is no folder .*absent: create it first"),
        ("folder.onnx", ["--force"], "is not a regular file"),
        ("data", ["--force"], "must end in .onnx"),
        (".", ["--force"], "must end in .onnx"),
        ("/", ["--force"], "must end in .onnx"),
        ("x" * 245 + ".onnx", [], "File name too long"),
        ("x" * 241 + ".onnx", [], "File name too long"),  # its checkpoint's is
        ("data/mnist.npz", ["--force"], "must end in .onnx"),
    ],
)
def test_training_refuses_before_it_starts(folder, tmp_path, monkeypatch, out, options, reason):
    monkeypatch.setitem(sys.modules, "torch", None)  # what refuses later, refuses with another error
    (tmp_path / "there.onnx").write_bytes(b"precious")
    (tmp_path / "folder.onnx").mkdir()
    before = sorted(tmp_path.rglob("*"))
    command = ["--data", str(folder), "--out", str(tmp_path / out), *options]
    result = CliRunner().invoke(train, command)
    assert isinstance(result.exception, UsageError if "must end" in reason else OutputError)
    assert re.search(reason, str(result.exception))
    assert (tmp_path / "there.onnx").read_bytes() == b"precious"
    assert sorted(tmp_path.rglob("*")) == before


def test_no_permission_to_write_is_found_before_training(folder, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(Path, "touch", refuse)
    result = CliRunner().invoke(train, ["--data", str(folder), "--out", str(tmp_path / "a.onnx")])
    assert isinstance(result.exception, OutputError)
    assert "Permission denied" in str(result.exception)


def test_bad_data_leaves_an_existing_model(folder, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    (folder / "mnist.npz").write_bytes(b"broken")
    (tmp_path / "a.onnx").write_bytes(b"precious")
    options = ["--data", str(folder), "--out", str(tmp_path / "a.onnx"), "--force"]
    assert isinstance(CliRunner().invoke(train, options).exception, DataError)
    assert (tmp_path / "a.onnx").read_bytes() == b"precious"


def test_training_ends_in_a_model_that_reads(folder, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    from webcam_digits.reading.classifier import Classifier
    from webcam_digits.train.data.datasets import load
    from webcam_digits.train.evaluation.single_dataset import evaluate

    out = tmp_path / "digits.onnx"
    options = ["--data", str(folder), "--out", str(out), "--arch", "mlp", "--epochs", "4", "--threads", "1"]
    result = CliRunner().invoke(train, options, catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout == ""
    progress = result.stderr.splitlines()
    assert progress[0].endswith("to validate, made negatives and rendered scenes included")
    assert re.match(
        r"epoch 1/4: loss \d.*, validation loss \d.*, accuracy of digits \d.*%, \d+ s left$", progress[1]
    )
    assert "left" not in progress[-2]
    assert progress[-1].startswith(f"{out}: written")
    assert evaluate(Classifier(out), load(folder / "mnist.npz")).accuracy > 0.5
