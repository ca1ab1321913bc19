import re
import shlex
import sys

import pytest
from click.testing import CliRunner

from tests.helpers.characters import archive
from webcam_digits.cli.train import train as command
from webcam_digits.errors import DataError, UsageError, WebcamDigitsError

pytest.importorskip("torch")
pytest.importorskip("onnxscript")


@pytest.fixture
def train(tmp_path, monkeypatch):
    archive(tmp_path / "let ters.npz", "ABC", 90)
    monkeypatch.chdir(tmp_path)
    options = ["--data", "let ters.npz", "--classes", "ABC", "--arch", "mlp", "--threads", "1"]
    return lambda *more: CliRunner().invoke(command, [*options, *more])


def test_folds_print_a_table_and_write_no_model(train, tmp_path):
    result = train("--folds", "2", "--epochs", "1")
    heading, first, second, mean = result.stdout.splitlines()
    assert heading.split() == ["fold", "pictures", "accuracy", "loss"]
    assert first.split()[:2] == ["1", "45"]
    assert second.split()[:2] == ["2", "45"]
    assert re.fullmatch(r"mean  accuracy \d+\.\d\d% ± \d+\.\d\d%, loss \d\.\d{4} ± \d\.\d{4}", mean)
    assert result.stderr.splitlines()[-1] == "cross-validation writes no model"
    assert [path.name for path in tmp_path.iterdir()] == ["let ters.npz"]


def test_too_many_folds(train):
    reported = str(train("--folds", "50").exception)
    assert reported.startswith("--folds 50: too few pictures of A")
    assert reported.endswith("or choose fewer folds")


def test_interrupted_folds_print_what_is_kept(train, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("webcam_digits.train.classifier.trials.cross_validate", interrupted)
    assert "nothing is kept but what is printed" in train("--folds", "2").stderr


def test_a_search_prints_the_command_that_uses_what_it_found(train, tmp_path):
    pytest.importorskip("optuna")
    result = train("--tune", "1", "--epochs", "1", "--rate", "0.05", "--out", "letters.onnx")
    best, command = result.stdout.splitlines()
    assert "study letters.study.db: a new study" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("trials were of --epochs 1; this command trains for")
    assert re.fullmatch(r"best of 1 trials: trial 0, validation loss \d\.\d{4}", best)
    assert shlex.split(command) == [
        *("webcam-digits", "train", "--data", "let ters.npz", "--out", "letters.onnx", "--arch", "mlp"),
        *("--threads", "1", "--classes", "ABC", "--rate", "0.05", "--width", "1", "--strength", "1"),
    ]
    assert {path.name for path in tmp_path.iterdir()} == {"let ters.npz", "letters.study.db"}
    assert isinstance(train("--tune", "1", "--out", "letters.onnx").exception, UsageError)  # of 11 epochs


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--folds", "2", "--tune", "2"], "exclude each other"),
        (["--study", "a.db"], "--study goes with --tune"),
        (["--folds", "2", "--resume"], "leave out --from, --resume and --force"),
        (["--tune", "2", "--from", "a"], "leave out --from, --resume and --force"),
    ],
)
def test_what_does_not_go_together(train, options, reason):
    result = train(*options)
    assert isinstance(result.exception, UsageError)
    assert reason in str(result.exception)


def test_tuning_without_optuna(train, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    result = train("--tune", "2")
    assert type(result.exception) is WebcamDigitsError
    assert str(result.exception) == "this needs the extra `tune`: pip install -e '.[tune]' in the clone"


def test_a_class_that_is_nowhere(train):
    result = train("--folds", "2", "--classes", "ABZ")
    assert isinstance(result.exception, DataError)
    assert str(result.exception) == "let ters.npz: no pictures of Z"
