import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from webcam_digits.cli.evaluate import evaluate as evaluate_command
from webcam_digits.errors import DataError
from webcam_digits.reading.classifier import Predictions
from webcam_digits.train.data.datasets import LabelledSet
from webcam_digits.train.evaluation import single_dataset
from webcam_digits.types import DIGITS


@dataclass
class Fixed:
    """A classifier that answers `rows`, one after the other."""

    rows: np.ndarray
    labels: tuple[str, ...] = ("0", "1")
    threshold: float = 0.6
    temperature: float = 1.0

    def __call__(self, glyphs):
        assert glyphs.shape[1:] == (28, 28)
        assert glyphs.dtype == np.uint8
        answer, self.rows = self.rows[: len(glyphs)], self.rows[len(glyphs) :]
        return Predictions(answer.astype(np.float32), self.labels)


BARS = np.pad(np.full((5, 20, 4), 255, np.uint8), ((0, 0), (0, 0), (8, 8)))
ROWS = np.array([[0.9, 0.05, 0.05], [0.5, 0.4, 0.1], [0.8, 0.1, 0.1], [0.1, 0.7, 0.2], [0.1, 0.2, 0.7]])


def digits(names: str, classes: tuple[str, ...] = DIGITS) -> LabelledSet:
    images = [np.pad(np.full((3 + index, 4), 200, np.uint8), 4) for index in range(len(names))]
    return LabelledSet("digits.npz", images, np.array([classes.index(name) for name in names]), classes)


def test_figures():
    result = single_dataset.evaluate(Fixed(ROWS), digits("00111"))
    assert result.confusion.tolist() == [[2, 0], [1, 2]]
    assert result.images == 5
    assert result.accuracy == pytest.approx(4 / 5)
    assert result.accepted == pytest.approx(4 / 5)  # also the second: a 0 or a 1, but surely one of them
    assert result.accepted_accuracy == pytest.approx(3 / 4)
    assert result.per_class() == {
        "0": {"images": 2, "recall": 1.0, "precision": pytest.approx(2 / 3)},
        "1": {"images": 3, "recall": pytest.approx(2 / 3), "precision": 1.0},
    }


def test_labels_are_matched_by_what_they_stand_for():
    result = single_dataset.evaluate(Fixed(ROWS), digits("00111", ("1", "A", "0")))
    assert result.confusion.tolist() == [[2, 0], [1, 2]]


def test_negatives():
    result = single_dataset.evaluate_negatives(Fixed(ROWS), digits("00000", ("x", "0")[::-1]))
    assert result.as_dict() == {"images": 5, "accepted": pytest.approx(4 / 5)}


def test_nothing_accepted():
    result = single_dataset.evaluate(replace(Fixed(ROWS), threshold=0.99), digits("00111"))
    assert (result.accepted, result.accepted_accuracy) == (0, 0)


def test_select():
    data = digits("0123")
    assert single_dataset.select(data, "0123", "2").names.tolist() == ["0", "1", "3"]
    assert single_dataset.select(data, None, "0").names.tolist() == ["1", "2", "3"]
    with pytest.raises(DataError, match="no class x"):
        single_dataset.select(data, "0x", "")
    with pytest.raises(DataError, match="no image is left"):
        single_dataset.select(data, "9", "")


def test_classes_that_the_model_lacks():
    with pytest.raises(DataError, match="no label 2 3; choose with --classes"):
        single_dataset.evaluate(Fixed(ROWS), digits("0123"))


def test_a_message_does_not_list_hundreds_of_classes():
    many = LabelledSet(
        "a.npz", [np.eye(9, dtype=np.uint8)] * 200, np.arange(200), tuple(map(chr, range(300, 500)))
    )
    with pytest.raises(DataError, match="and 190 more; choose") as caught:
        single_dataset.evaluate(Fixed(ROWS), many)
    assert len(str(caught.value)) < 150
    with pytest.raises(DataError, match=r"no class x; it has .* and 190 more"):
        single_dataset.select(many, "x", "")


def test_a_class_that_is_absent_or_never_read():
    result = single_dataset.evaluate(Fixed(ROWS[:3]), digits("001"))
    assert result.per_class()["1"] == {"images": 1, "recall": 0, "precision": 0}
    alone = single_dataset.evaluate(Fixed(ROWS[:4]), digits("0000"))
    assert alone.per_class() == {"0": {"images": 4, "recall": 3 / 4, "precision": 1}}


def test_the_threshold_itself_is_accepted():
    """As the reader compares: in the precision of the probabilities."""
    confidence = np.float32(0.1)
    rows = np.array([[confidence, 0, 0.9]])
    result = single_dataset.evaluate(replace(Fixed(rows), threshold=0.1), digits("0"))
    assert result.accepted == 1


@pytest.fixture
def command(monkeypatch, tmp_path):
    monkeypatch.setattr("webcam_digits.reading.classifier.Classifier", lambda path: Fixed(ROWS))
    np.savez(tmp_path / "a.npz", images=BARS, labels=[0, 0, 1, 1, 2], class_chars=np.array(["0", "1", "x"]))
    return lambda *options: CliRunner().invoke(
        evaluate_command, ["--data", str(tmp_path / "a.npz"), *options]
    )


def test_command_prints_json(command):
    printed = json.loads(command("--json", "--exclude", "x").stdout)
    assert list(printed) == [
        "images",
        "accuracy",
        "accepted",
        "accepted_accuracy",
        "ece",
        "per_class",
        "confusion",
    ]
    assert printed["images"] == 4
    assert printed["confusion"] == [[2, 0], [1, 1]]


def test_command_prints_a_table(command):
    printed = command("--classes", "01").stdout.splitlines()
    assert printed[0].split() == ["images", "4"]
    assert printed[-1].split() == ["1", "1", "1", "50.00%"]


def test_command_on_negatives(command):
    assert json.loads(command("--negatives", "--json").stdout) == {"images": 5, "accepted": 0.8}
    assert command("--negatives").stdout.split() == ["images", "5", "accepted", "80.00%"]


@pytest.mark.parametrize("options", [[], ["--classes", "01"], ["--negatives"], ["--corruptions"]])
@pytest.mark.parametrize(
    ("images", "reason"),
    [(255 - BARS, "dark ink on light"), (np.zeros_like(BARS), "most pictures are all black")],
)
def test_command_refuses_what_has_no_white_ink(command, tmp_path, options, images, reason):
    images = np.pad(images, ((0, 0), (4, 4), (4, 4)), mode="edge")
    np.savez(tmp_path / "a.npz", images=images, labels=[0, 0, 1, 1, 1])
    result = command(*options)
    assert isinstance(result.exception, DataError)
    assert reason in str(result.exception)
    assert result.stdout == ""


def test_command_on_a_folder_of_archives(command, tmp_path):
    folder = ["--data", str(tmp_path)]
    found = json.loads(command(*folder, "--json").stdout)
    assert found["read"]["a.npz"]["images"] == 4
    assert found["read"]["a.npz"]["confusion"] == [[2, 0], [1, 1]]
    assert found["refused"]["a.npz"]["images"] == 1


def test_command_prints_a_table_of_a_folder(command, tmp_path):
    read, refused, seen = command("--data", str(tmp_path)).stdout.split("\n\n")
    head, row = read.splitlines()
    assert head.index("pictures") + len("pictures") == row.index(" 4 ") + 2
    assert row.split()[:5] == ["a.npz", "*", "4", "75.00%", "100.00%"]
    assert refused.splitlines()[1].split() == ["a.npz", "1", "0.00%"]
    assert seen.startswith("* has no part to test on")


def test_command_chooses_within_one_archive(command, tmp_path):
    result = command("--data", str(tmp_path), "--classes", "01")
    assert "or name one of its .npz archives" in str(result.exception)


@pytest.fixture
def process(tmp_path):
    np.savez(tmp_path / "a.npz", images=BARS, labels=np.zeros(5, int))
    command = [sys.executable, "-m", "webcam_digits", "evaluate", "--data", str(tmp_path / "a.npz")]
    return lambda stdout: subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )


def test_closed_pipe(process):
    reading, writing = os.pipe()
    os.close(reading)
    result = process(writing)
    os.close(writing)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_full_disk(process):
    with Path("/dev/full").open("w") as full:
        result = process(full)
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1


def test_command_replaces_nothing_without_a_report(command):
    assert "--force goes with --report" in str(command("--force").exception)


def test_command_without_data(command):
    result = CliRunner().invoke(evaluate_command, ["--data", "absent.npz"])
    assert isinstance(result.exception, DataError)
