import errno
import json
import logging
import re
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from webcam_digits.classifier import softmax
from webcam_digits.errors import DataError, OutputError, WebcamDigitsError
from webcam_digits.glyphs import NORMALISER_VERSION
from webcam_digits.train import commands
from webcam_digits.train.calibrate import calibrate
from webcam_digits.train.corpus import Corpus, find_digits, gather
from webcam_digits.train.output import write_whole


def corpus_of(path: Path) -> Corpus:
    return gather(path, find_digits(path), 0)


def printed_digits(count: int) -> tuple[np.ndarray, np.ndarray]:
    images, labels = np.zeros((count, 28, 28), np.uint8), np.arange(count) % 10
    for image, label in zip(images, labels, strict=True):
        cv2.putText(image, str(label), (6, 22), (255,), cv2.FontFace("sans"), 22, 0)
    return images, labels


@pytest.fixture
def folder(tmp_path) -> Path:
    images, labels = printed_digits(300)
    data = tmp_path / "data"
    data.mkdir()
    np.savez(
        data / "mnist.npz", train_images=images, train_labels=labels, test_images=images, test_labels=labels
    )
    return data


def test_corpus_splits_and_adds_negatives(folder, caplog):
    images, _ = printed_digits(40)
    names = np.array(["addition_plus", "division_slash"])
    np.savez(
        folder / "math_symbols.npz", train_images=images, train_labels=np.arange(40) % 2, class_names=names
    )
    np.savez(folder / "unheard_of.npz", images=images)
    with caplog.at_level(logging.INFO):
        corpus = corpus_of(folder)
    targets = np.concatenate([corpus.train.targets, corpus.validation.targets])
    assert (targets < 10).sum() == 300
    assert (targets == 10).sum() <= 20 + 75 + 1
    assert 5 < (corpus.validation.targets < 10).sum() < 60
    assert len(corpus.train.pictures) == len(corpus.train)
    assert "unheard_of.npz: no labelled pictures to train on, left alone" in caplog.text
    again = corpus_of(folder)
    np.testing.assert_array_equal(corpus.train.targets, again.train.targets)
    for one, other in zip(corpus.train.pictures, again.train.pictures, strict=True):
        np.testing.assert_array_equal(one, other)


def test_corpus_lacks_a_class(folder):
    images, labels = printed_digits(50)
    keep = (labels != 3) & (labels != 8)
    np.savez(folder / "mnist.npz", train_images=images[keep], train_labels=labels[keep])
    with pytest.raises(DataError, match="no pictures of the digit 3, 8"):
        corpus_of(folder)


def test_no_digits(tmp_path):
    assert find_digits(tmp_path / "absent") == []
    assert find_digits(tmp_path) == []
    with pytest.raises(DataError, match="no such file or folder"):
        find_digits(tmp_path / "absent.npz")


def test_every_archive_of_digits_is_taken_largest_first(folder, caplog):
    images, labels = printed_digits(50)
    np.savez(folder / "a.npz", images=images[:20, 4:, 6:], labels=labels[:20])
    names = np.array([*"A0123456789b"])
    np.savez(folder / "b.npz", images=images, labels=np.arange(50) % 12, class_chars=names)
    np.savez(folder / "counted.npz", images=images, labels=labels + 1)
    np.savez(folder / "letters.npz", images=images, labels=labels, class_chars=np.array([*"ABCDEFGHIJ"]))
    np.savez(folder / "test_only.npz", test_images=images, test_labels=labels)
    with caplog.at_level(logging.INFO):
        found = find_digits(folder)
    assert [Path(digits.name).name for digits in found] == ["mnist.npz", "b.npz", "a.npz"]
    assert [len(digits) for digits in found] == [300, 41, 20]
    assert set(found[1].names) == set("0123456789")
    assert found[2].images[0].shape == (24, 22)
    assert "mnist.npz: 300 digits" in caplog.text
    for name in ("counted", "letters"):
        assert f"{name}.npz: no set of digits, left alone" in caplog.text
    assert "test_only.npz: no labelled pictures to train on, left alone" in caplog.text


@pytest.mark.parametrize("name", ["usps", "chars74k_hand", "cedar_letters", "cyrillic_letters", "dida_crops"])
def test_what_may_only_be_evaluated_is_left_alone(folder, caplog, name):
    (folder / "mnist.npz").rename(folder / f"{name}.npz")
    with caplog.at_level(logging.INFO):
        assert find_digits(folder) == []
    assert f"{name}.npz: only to evaluate on, left alone" in caplog.text


def test_one_archive_alone(folder):
    archive = (folder / "mnist.npz").rename(folder / "mine.npz")
    assert (corpus_of(archive).train.targets < 10).sum() > 200
    images, labels = printed_digits(50)
    np.savez(archive, images=images, labels=labels + 1)
    with pytest.raises(DataError, match=r"mine\.npz: no set of digits"):
        find_digits(archive)


def test_what_idx_files_are_taken_for_is_told(tmp_path, caplog):
    images, labels = printed_digits(1200)
    for kind, array in (("images-idx3", images), ("labels-idx1", labels.astype(np.uint8))):
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (tmp_path / f"train-{kind}-ubyte").write_bytes(header + array.tobytes())
    with caplog.at_level(logging.INFO):
        find_digits(tmp_path)
    assert f"{tmp_path}: MNIST form IDX files: 1,200 digits" in caplog.text


def test_half_of_mnist_is_completed_by_the_download(tmp_path, monkeypatch):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")

    def download(folder):
        raise DataError("would resume")

    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"the first file")
    monkeypatch.setattr("webcam_digits.train.download.download_mnist", download)
    result = CliRunner().invoke(commands.train, ["--data", str(tmp_path), "--out", str(tmp_path / "a.onnx")])
    assert str(result.exception) == "would resume"


def test_corpus_with_a_broken_font(folder):
    (folder / "fonts").mkdir()
    (folder / "fonts" / "a.ttf").write_bytes(b"no font")
    with pytest.raises(DataError, match="not a font"):
        corpus_of(folder)


def test_calibration_undoes_an_exaggeration():
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 2, (4000, 11)).astype(np.float32)
    targets = np.array([generator.choice(11, p=row) for row in softmax(logits)])
    calibration = calibrate(3 * logits, targets)
    assert calibration.temperature == pytest.approx(3, rel=0.1)
    assert 0 < calibration.threshold < 1
    with pytest.raises(DataError, match="no validation digits"):
        calibrate(logits, np.full(4000, 10))


def test_training_without_torch(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    result = CliRunner().invoke(commands.train, ["--data", str(folder), "--out", str(tmp_path / "a.onnx")])
    assert isinstance(result.exception, WebcamDigitsError)
    assert str(result.exception) == "training needs the extra `train`: pip install -e '.[train]' in the clone"
    assert result.exception.exit_code == 1


@pytest.mark.parametrize(
    ("out", "options", "reason"),
    [
        ("there.onnx", [], "there.onnx exists: name another --out, or replace it with --force"),
        ("absent/new.onnx", [], "there is no folder .*absent: create it first"),
        ("data", ["--force"], "no regular file"),
        (".", ["--force"], "no regular file"),
        ("x" * 250, [], "File name too long"),
        ("data/mnist.npz", ["--force"], "part of what is trained on"),
    ],
)
def test_training_refuses_before_it_starts(folder, tmp_path, monkeypatch, out, options, reason):
    monkeypatch.setitem(sys.modules, "torch", None)  # what refuses later, refuses with another error
    (tmp_path / "there.onnx").write_bytes(b"precious")
    before = sorted(tmp_path.rglob("*"))
    command = ["--data", str(folder), "--out", str(tmp_path / out), *options]
    result = CliRunner().invoke(commands.train, command)
    assert isinstance(result.exception, OutputError)
    assert re.search(reason, str(result.exception))
    assert (tmp_path / "there.onnx").read_bytes() == b"precious"
    assert sorted(tmp_path.rglob("*")) == before


def test_no_permission_to_write_is_found_before_training(folder, tmp_path, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(Path, "touch", refuse)
    result = CliRunner().invoke(commands.train, ["--data", str(folder), "--out", str(tmp_path / "a.onnx")])
    assert isinstance(result.exception, OutputError)
    assert "Permission denied" in str(result.exception)


def test_bad_data_leaves_an_existing_model(folder, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    (folder / "mnist.npz").write_bytes(b"broken")
    (tmp_path / "a.onnx").write_bytes(b"precious")
    options = ["--data", str(folder), "--out", str(tmp_path / "a.onnx"), "--force"]
    assert isinstance(CliRunner().invoke(commands.train, options).exception, DataError)
    assert (tmp_path / "a.onnx").read_bytes() == b"precious"


def test_full_disk_leaves_an_existing_model(tmp_path, monkeypatch):
    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "a.onnx").write_bytes(b"precious")
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(tmp_path / "a.onnx", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["a.onnx"]
    assert (tmp_path / "a.onnx").read_bytes() == b"precious"


def test_exported_file_answers_as_the_network(tmp_path):
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    import onnxruntime

    from webcam_digits.train.calibrate import Calibration
    from webcam_digits.train.export import export
    from webcam_digits.train.network import DigitNet

    torch.manual_seed(0)
    network = DigitNet(11)
    glyphs = torch.rand(64, 1, 28, 28)
    network.train()(glyphs)  # gives the normalisation layers something to fold
    export(network, Calibration(1.25, 0.75), tmp_path / "a.onnx")
    assert (tmp_path / "a.onnx").stat().st_size < 800_000
    assert [path.name for path in tmp_path.iterdir()] == ["a.onnx"]

    session = onnxruntime.InferenceSession(tmp_path / "a.onnx", providers=["CPUExecutionProvider"])
    for count in (1, 7):
        with torch.inference_mode():
            expected = network.eval()(glyphs[:count]).numpy()
        (logits,) = session.run(["logits"], {"glyphs": glyphs[:count].numpy()})
        assert logits.shape == (count, 11)
        assert np.abs(logits - expected).max() < 1e-4
    known = session.get_modelmeta().custom_metadata_map
    assert json.loads(known["labels"]) == list("0123456789")
    assert known["normaliser"] == NORMALISER_VERSION
    assert (float(known["temperature"]), float(known["threshold"])) == (1.25, 0.75)


def test_training_ends_in_a_model_that_reads(folder, tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    from webcam_digits.classifier import Classifier
    from webcam_digits.train.data import load
    from webcam_digits.train.evaluate import evaluate

    out = tmp_path / "digits.onnx"
    options = ["--data", str(folder), "--out", str(out), "--epochs", "12", "--seed", "1", "--threads", "1"]
    result = CliRunner().invoke(commands.train, options, catch_exceptions=False)
    assert result.exit_code == 0
    assert result.stdout == ""
    progress = result.stderr.splitlines()
    assert progress[1].startswith("epoch 1/12: validation loss")
    assert progress[-1].startswith(f"{out}: written")
    assert evaluate(Classifier(out), load(folder / "mnist.npz")).accuracy > 0.5
