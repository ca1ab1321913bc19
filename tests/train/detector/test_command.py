import pytest
from click.testing import CliRunner

from tests.helpers.detector_crops import FontCrops
from webcam_digits.cli.train import train
from webcam_digits.errors import DataError, OutputError, UsageError

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from webcam_digits.reading.detector import Detector  # noqa: E402
from webcam_digits.train.detector import command  # noqa: E402
from webcam_digits.train.detector.network import Shape  # noqa: E402
from webcam_digits.train.detector.recipe import Recipe  # noqa: E402


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command, on quickly drawn crops and a small network."""
    monkeypatch.setattr(command, "Crops", lambda *_: FontCrops())
    monkeypatch.setattr(command, "Shape", lambda: Shape(16, 16, 16, 16, 16, (0, 1, 1)))
    monkeypatch.setattr(
        command, "Recipe", lambda seed: Recipe(seed, batch=4, round=4, validated=2, validation=6)
    )
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    (tmp_path / "data").mkdir()

    def call(*options, crops=40):
        return CliRunner().invoke(
            train,
            [
                "detector",
                *("--data", str(tmp_path / "data"), "--out", str(tmp_path / "a.onnx")),
                *("--processes", "1", "--workers", "0", "--device", "cpu", "--crops", str(crops)),
                *map(str, options),
            ],
        )

    threads = torch.get_num_threads()
    yield call
    torch.set_num_threads(threads)


@pytest.mark.slow
def test_it_writes_a_detector_and_its_weights(run, tmp_path):
    result = run("--save-weights", tmp_path / "a.npz", crops=16)
    assert result.exit_code == 0, result.output
    assert Detector(tmp_path / "a.onnx").heights == (11, 50)
    assert {path.name for path in tmp_path.iterdir()} == {"data", "a.onnx", "a.checkpoint", "a.npz"}
    lines = result.output.splitlines()
    assert lines[0].startswith("16 crops: loss ")
    assert lines[-1] == f"{tmp_path / 'a.onnx'}: written"
    assert sum(line.startswith("average precision") for line in lines) == 1


def test_it_goes_on(run, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "export", lambda *given: given[-1].touch())
    result = run()
    assert result.exit_code == 0
    assert sum(line.startswith("average precision") for line in result.output.splitlines()) == 2
    assert isinstance(run().exception, OutputError)  # the model exists
    assert run("--resume", crops=96).exit_code == 0
    assert run("--force").exit_code == 0
    begun = run("--from", tmp_path / "none.npz", "--force")
    assert isinstance(begun.exception, DataError)


def test_options_that_cannot_be_are_refused(run, tmp_path):
    (tmp_path / "none").mkdir()
    for options, kind in (
        (["--save-weights", tmp_path / "a.onnx"], UsageError),
        (["--out", tmp_path / "a.txt"], UsageError),
        (["--resume"], OutputError),
        (["--out", tmp_path / "missing" / "a.onnx"], OutputError),
        (["--save-weights", tmp_path / "missing" / "a.npz"], OutputError),
    ):
        assert isinstance(run(*options).exception, kind), options
    assert run("--minutes", 0).exit_code == 2


def test_the_classifier_need_not_be_named():
    for words in (["--epochs", "0"], ["classifier", "--epochs", "0"]):
        result = CliRunner().invoke(train, words)
        assert result.exit_code == 2
        assert "--epochs" in result.output
    assert "Missing option '--data'" in CliRunner().invoke(train, []).output
    printed = CliRunner().invoke(train, ["--help"]).output
    assert "classifier" in printed
    assert "detector" in printed
