import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.helpers.characters import archive, corpus
from webcam_digits.cli.train import train
from webcam_digits.errors import DataError, OutputError, UsageError, WebcamDigitsError
from webcam_digits.train.classifier.recipe import Recipe

torch = pytest.importorskip("torch")

from webcam_digits.train.classifier import training  # noqa: E402
from webcam_digits.train.classifier.fit import Epoch, _Learner  # noqa: E402
from webcam_digits.train.classifier.network import build  # noqa: E402
from webcam_digits.train.classifier.training import choose_device, train_model  # noqa: E402

CPU = torch.device("cpu")


def ignore(line: str) -> None:
    pass


def losses(*values: float, interrupt: bool = False):
    """A `fit` whose epochs have these validation losses; it may be interrupted behind them."""

    def fit(corpus, recipe, *, device, start=None, resume=None):
        for number, loss in enumerate(values, 1):
            network = build(recipe.arch, len(corpus.labels) + 1).eval()
            logits = np.eye(4, dtype=np.float32)[corpus.validation.targets] * number
            yield Epoch(number, network, logits, loss, 0.5, 1.0, 0.25, 0.1, {"network": network.state_dict()})
        if interrupt:
            raise KeyboardInterrupt

    return fit


def test_the_epoch_of_least_validation_loss_is_kept(monkeypatch):
    monkeypatch.setattr(training, "fit", losses(0.5, 0.2, 0.4))
    lines: list[str] = []
    trained = train_model(corpus(), Recipe("mlp", epochs=3), device=CPU, log=lines.append)
    assert trained.epoch == 2
    assert trained.labels == ("A", "B", "C")
    assert trained.accuracy == 0.5
    assert (trained.examples, trained.start) == (120, None)
    assert trained.history[2] == {
        "epoch": 3, "train_loss": 1.0, "train_accuracy": 0.25, "loss": 0.4, "accuracy": 0.5, "rate": 0.1
    }  # fmt: skip
    assert (
        lines[0] == "epoch 1/3: loss 1.0000, validation loss 0.5000, accuracy of characters 50.00%, 1 s left"
    )
    assert lines[2] == "epoch 3/3: loss 1.0000, validation loss 0.4000, accuracy of characters 50.00%"


def test_an_interrupted_training_resumed_is_the_same(tmp_path, monkeypatch):
    data, recipe, path = corpus(), Recipe("cnn", epochs=3, seed=3), tmp_path / "a.checkpoint"
    whole = train_model(data, recipe, device=CPU, log=ignore)

    def interrupting(line: str) -> None:
        if line.startswith("epoch 2/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_model(data, recipe, device=CPU, checkpoint=path, log=interrupting)
    lines: list[str] = []
    resumed = train_model(data, recipe, device=CPU, checkpoint=path, resume=True, log=lines.append)
    assert [line[:9] for line in lines] == ["epoch 3/3"]
    one, other = whole.network.state_dict(), resumed.network.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert (resumed.calibration, resumed.history) == (whole.calibration, whole.history)
    assert resumed.epoch == whole.epoch
    again = train_model(data, recipe, device=CPU, checkpoint=path, resume=True, log=ignore)  # all done
    assert again.history == whole.history
    with pytest.raises(DataError, match="other data"):
        train_model(corpus(seed=1), recipe, device=CPU, checkpoint=path, resume=True, log=ignore)


def test_interruption_prints_what_is_kept(tmp_path, monkeypatch):
    lines: list[str] = []
    for values, count in (((0.5, 0.4), 3), ((), 0)):
        monkeypatch.setattr(training, "fit", losses(*values, interrupt=True))
        lines.clear()
        recipe, path = Recipe("mlp", epochs=9), tmp_path / "a.checkpoint"
        with pytest.raises(KeyboardInterrupt):
            train_model(corpus(), recipe, device=CPU, checkpoint=path, log=lines.append)
        assert len(lines) == count
        if count:
            assert lines[-1] == (
                "interrupted after epoch 2 of 9: the same command with --resume goes on from there"
            )


def test_interruption_while_saving_names_the_checkpoint_that_is_there(tmp_path, monkeypatch):
    def interrupted(path, checkpoint):
        if len(checkpoint.history) > saved:
            raise KeyboardInterrupt
        save(path, checkpoint)

    save = training.checkpoints.save
    monkeypatch.setattr(training, "fit", losses(0.5, 0.4))
    monkeypatch.setattr(training.checkpoints, "save", interrupted)
    for saved in (0, 1):
        lines: list[str] = []
        path = tmp_path / "a.checkpoint"
        with pytest.raises(KeyboardInterrupt):
            train_model(corpus(), Recipe("mlp", epochs=2), device=CPU, checkpoint=path, log=lines.append)
        assert any("interrupted after epoch 1 of 2" in line for line in lines) == path.exists() == bool(saved)


def test_diverging_is_reported_and_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    path, learn = tmp_path / "a.checkpoint", _Learner.learn

    def diverging(learner, glyphs):
        if path.exists():
            for weights in learner._averaged.parameters():
                weights.data.fill_(torch.nan)
        return learn(learner, glyphs)

    monkeypatch.setattr(_Learner, "learn", diverging)
    with pytest.raises(
        WebcamDigitsError, match=r"the training diverged in epoch 2: --rate 0\.15 is too high"
    ):
        train_model(corpus(), Recipe("mlp"), device=CPU, checkpoint=path, log=ignore)
    assert len(training.checkpoints.load(path).history) == 1


def test_too_few_pictures():
    data = corpus()
    without = data.train.choose(data.train.targets != 1)
    with pytest.raises(DataError, match="too few pictures of B to train on"):
        train_model(replace(data, train=without), Recipe(), device=CPU, log=ignore)
    nothing = data.validation.choose(data.validation.targets == 3)
    with pytest.raises(DataError, match="too few pictures to validate on"):
        train_model(replace(data, validation=nothing), Recipe(), device=CPU, log=ignore)


def test_devices(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto") == choose_device("cpu") == CPU
    for name in ("cuda", "mps"):
        with pytest.raises(UsageError, match=f"has no {name}: choose --device cpu"):
            choose_device(name)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto").type == "mps"


@pytest.mark.parametrize(
    ("seconds", "printed"),
    [(0.2, "1 s"), (61, "61 s"), (119.5, "2 min"), (3600, "1 h 00 min"), (3900, "1 h 05 min")],
)
def test_time_left(seconds, printed):
    assert training._duration(seconds) == printed


def run(data: Path, out: Path, *options: str):
    return CliRunner().invoke(train, ["--data", str(data), "--out", str(out), *options])


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is sent otherwise there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_leave_a_checkpoint_that_goes_on(tmp_path, number, code):
    pytest.importorskip("onnxscript")
    data = archive(tmp_path / "mnist.npz", "0123456789", 200)
    out, checkpoint = tmp_path / "a.onnx", tmp_path / "a.checkpoint"
    options = ["--arch", "mlp", "--epochs", "500", "--threads", "1"]
    command = [
        sys.executable,
        "-m",
        "webcam_digits",
        "train",
        "--data",
        str(data),
        "--out",
        str(out),
        *options,
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("epoch 2/"):
            assert process.poll() is None
        process.send_signal(number)
        rest = process.stderr.read().splitlines()
        assert process.wait(20) == code
    if number == signal.SIGINT:
        assert rest.pop().startswith("interrupted after epoch")
    assert all(line.startswith("epoch ") for line in rest)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.checkpoint", "mnist.npz"]

    before = checkpoint.read_bytes()
    refused = run(data, out, *options)
    assert isinstance(refused.exception, OutputError)
    assert "continue with --resume, or start over with --force" in str(refused.exception)
    other = run(data, out, *options, "--seed", "1", "--resume")
    assert "seed 0, not 1" in str(other.exception)
    assert checkpoint.read_bytes() == before


def test_what_cannot_be_resumed_or_begun_with_is_reported_first(tmp_path):
    pytest.importorskip("onnxscript")
    data, out = archive(tmp_path / "mnist.npz", "0123456789", 200), tmp_path / "a.onnx"
    assert "a.checkpoint to resume: start without --resume" in str(run(data, out, "--resume").exception)
    wrong = run(data, out, "--from", str(tmp_path / "a.checkpoint"))
    assert "would be overwritten: name another --out" in str(wrong.exception)
    missing = run(data, out, "--from", str(tmp_path / "b.checkpoint"))
    assert isinstance(missing.exception, DataError)
    itself = run(data, tmp_path / "a.checkpoint")
    assert "must end in .onnx" in str(itself.exception)
    (tmp_path / "a.checkpoint").write_bytes(b"broken")
    broken = str(run(data, out, "--resume").exception)
    assert broken.endswith("or is broken: start over with --force")
    (tmp_path / "a.checkpoint").unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["mnist.npz"]


def test_training_from_other_weights_is_reported_in_the_model(tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    data = archive(tmp_path / "mnist.npz", "0123456789", 200)
    options = ["--arch", "mlp", "--epochs", "1", "--threads", "1"]
    first = run(data, tmp_path / "a.onnx", *options)
    second = run(data, tmp_path / "b.onnx", *options, "--from", str(tmp_path / "a.checkpoint"))
    assert (first.exit_code, second.exit_code) == (0, 0)
    for name, start in (("a.onnx", None), ("b.onnx", "a.checkpoint")):
        metadata = {entry.key: entry.value for entry in onnx.load(tmp_path / name).metadata_props}
        assert json.loads(metadata["recipe"]).get("from") == start


def test_what_stops_the_export_leaves_the_checkpoint_to_go_on_from(tmp_path, monkeypatch):
    pytest.importorskip("onnxscript")
    data, out = archive(tmp_path / "mnist.npz", "0123456789", 200), tmp_path / "a.onnx"
    options = ["--arch", "mlp", "--epochs", "1", "--threads", "1"]
    heard = []

    def full(trained, path):
        heard.append(signal.getsignal(signal.SIGINT))
        raise OutputError(f"cannot write {path}: No space left on device")

    def own(*_) -> None:
        pass

    before = signal.signal(signal.SIGINT, own)
    try:
        with monkeypatch.context() as patched:
            patched.setattr("webcam_digits.train.classifier.export.export", full)
            failed = run(data, out, *options)
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [own]  # as the program has it: torch would take a KeyboardInterrupt for a fault
    assert str(failed.exception).endswith("on device; put that right, then continue with --resume")
    resumed = run(data, out, *options, "--resume")
    assert resumed.exit_code == 0
    assert out.exists()
    assert "epoch 1/1" not in resumed.stderr
