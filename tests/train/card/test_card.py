import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tests.helpers.characters import characters

pytest.importorskip("matplotlib")
pytest.importorskip("onnx")

from tests.helpers.models import RECIPE, RESULT, model_file
from webcam_digits.errors import DataError, ModelError
from webcam_digits.reading.classifier import Classifier
from webcam_digits.train.card import __main__ as card
from webcam_digits.train.card import findings
from webcam_digits.train.card.findings import Findings, Target, find
from webcam_digits.train.card.markdown import kilobytes
from webcam_digits.train.evaluation import timing
from webcam_digits.train.evaluation.cross_dataset import judge_all
from webcam_digits.train.evaluation.model_file import read_model, run_in
from webcam_digits.train.evaluation.robustness import CorruptionEvaluation


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    images, labels = characters("0123456789", 30)
    np.savez(folder / "mnist.npz", test_images=images, test_labels=labels)
    np.savez(folder / "a_b|*c*.npz", test_images=images, test_labels=labels)
    letters, which = characters("aky", 12)
    np.savez(folder / "cedar_letters.npz", images=letters, labels=which, class_chars=np.array([*"aky"]))
    return folder


@pytest.fixture
def make(tmp_path, data):
    outcomes = judge_all(Classifier(), data, "test", lambda line: None)

    def build(seed=0, ratio=1.25, errors=None, **recipe):
        path = model_file(tmp_path / f"{seed}.onnx", recipe=RECIPE | RESULT | {"seed": seed} | recipe)
        return Findings(
            read_model(path), outcomes, CorruptionEvaluation(errors, 0.01) if errors else None, ratio / 2, 0.5
        )

    return build


def rows(text):
    return [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in text.splitlines()
        if line.startswith("|")
    ]


def test_the_command_that_reproduces_it_is_reported(make):
    text = card.card(make(seed=7), [], [])
    assert "webcam-digits train --data FOLDER --arch cnn --epochs 3 --seed 7" in text
    changed = make(seed=7, rate=0.1, width=0.5, strength=2.0).model
    assert card.command(changed).endswith("--seed 7 --rate 0.1 --width 0.5 --strength 2.0")
    assert "in 5 minutes, from 900 pictures, with torch 2.13.0; epoch 2 was kept" in text
    assert "One run, one seed" in text
    assert "train-images-idx3-ubyte.gz` f68b3c2dcbeaaa9fbdd348bbdeb94873" in text


def test_targets_and_what_was_reached(make):
    found = {row[0]: row[1:] for row in rows(card.card(make(errors={"fog": 0.02, "glass": 0.08}), [], []))}
    assert found["time, as a multiple of the tutorial network's"][:2] == ["≤ 1.50x", "1.25x"]
    corruptions = "mean error under fifteen corruptions of MNIST's test part"
    assert found[corruptions][:2] == ["≤ 4.00 %", "5.00 % (missed)"]
    assert found["USPS test part, accuracy"][:2] == ["≥ 98.00 %", "not measured"]
    assert found["fog"] == ["2.00 %"]


def test_file_names_are_escaped(make):
    text = card.card(make(), [], [])
    assert r"| a\_b\|\*c\*.npz |" in text
    assert all(len(row) == 6 for row in rows(text) if row[0].endswith(".npz") and "cedar" not in row[0])


def test_mean_and_deviation_of_seeds(make):
    family = [make(seed=seed) for seed in range(3)]

    def with_accuracy(found, wrong):
        outcome = found.outcomes[0]
        truth = outcome.read.copy()
        truth[:wrong] = (truth[:wrong] + 1) % 10
        return replace(found, outcomes=[replace(outcome, truth=truth)])

    family = [with_accuracy(found, wrong) for found, wrong in zip(family, (0, 3, 6), strict=True)]
    text = card.card(family[0], family[1:], [])
    row = next(row for row in rows(text) if row[0].startswith("MNIST test part, accuracy"))
    assert row[2:] == ["100.00 %", "90.00 % ± 10.00 % (missed)"]
    assert "sample standard deviations over 3 seeds" in text
    assert "| cnn | 3 | 90.00 % ± 10.00 % (3 seeds) |" in text


def test_architectures(make):
    found = make()
    megabytes = f"{found.model.size / 1e6:.2f}"
    text = card.card(found, [], [make(seed=1, arch="mlp", parameters=30_000, ratio=0.1)])
    table = text[text.index("## Architectures") :]
    assert rows(table)[0][3:] == ["parameters", "milliseconds", "multiple", "megabytes"]
    assert [row[0] for row in rows(table)[2:5]] == ["cnn", "mlp", "tutorial network"]
    assert rows(table)[3][3:] == ["30 k", "0.05", "0.10x", megabytes]
    assert rows(table)[4] == ["tutorial network", "-", "-", "29 k", "0.50", "1.00x", "0.12"]


def test_known_failures_are_those_of_the_run(make):
    found = make()
    mnist, letters = found.outcomes[0], found.outcomes[-1]
    truth = mnist.truth.copy()
    truth[:3] = 4  # as if the first three, a 0, a 1 and a 2, were 4s
    data = replace(mnist.data, labels=truth)
    sure = np.where(np.arange(11) == 7, np.float32(1), np.float32(0))
    taken = replace(letters, probabilities=np.tile(sure, (12, 1)))
    text = card.card(replace(found, outcomes=[replace(mnist, data=data, truth=truth), taken]), [], [])
    assert "* mnist.npz, of 30 pictures: 4 as 0 (1), 4 as 1 (1), 4 as 2 (1)" in text
    assert r"* cedar\_letters.npz, of 12 pictures: a as 7 (4), k as 7 (4), y as 7 (4)" in text


def test_the_card_is_measured_by_mnist(data):
    (data / "mnist.npz").unlink()
    with pytest.raises(DataError, match=r"holds no mnist\.npz"):
        find(model_file(data / "m.onnx"), data, 1.0, 1.0, corruptions=True, log=lambda line: None)


def test_seeds_of_another_recipe(make):
    with pytest.raises(ModelError, match="another recipe"):
        card.card(make(seed=0), [make(seed=1, epochs=4)], [])
    with pytest.raises(ModelError, match="own seed"):
        card.card(make(seed=0), [make(seed=0)], [])


def test_an_old_model_holds_no_recipe(make, tmp_path):
    found = replace(make(), model=read_model(model_file(tmp_path / "old.onnx", recipe={})))
    text = card.card(found, [], [])
    assert "does not hold the recipe" in text


def test_bounds():
    target = Target("size", ("", "bytes"), 800_000, True, kilobytes)
    assert target.wanted() == "≤ 800 KB"
    assert target.met(800_000)
    assert not target.met(800_001)
    assert Target("share", ("a", "accuracy"), 0.5).met(0.5)
    assert not Target("share", ("a", "accuracy"), 0.5).met(0.49)
    assert Target("a name", ("a", "accuracy"), None).met(0)


def test_the_command(data, tmp_path, monkeypatch):
    monkeypatch.setattr(timing, "_ROUNDS", 1)
    monkeypatch.setattr(findings, "corrupted", lambda *_: None)
    model, out = model_file(tmp_path / "digits.onnx"), tmp_path / "card.md"
    options = ["--data", data, "--model", model, "--other", model, "--out", out]
    result = CliRunner().invoke(card.main, [str(option) for option in options])
    assert result.exception is None, result.output
    assert out.read_text().startswith("# The shipped networks")
    assert "$" not in out.read_text()
    options[3] = tmp_path / "absent.onnx"
    result = CliRunner().invoke(card.main, [str(option) for option in options])
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("Error: cannot read model")


def test_the_tutorial_network_and_its_time(monkeypatch):
    monkeypatch.setattr(timing, "_ROUNDS", 3)
    network = timing.tutorial_network()
    (logits,) = run_in(network).run(None, {"glyphs": np.zeros((10, 1, 28, 28), np.float32)})
    assert logits.shape == (10, 10)
    assert all(0 < time < 1000 for time in timing.milliseconds([network, network]))


def test_the_shipped_card_has_the_words_of_the_template():
    root = Path(__file__).parents[3]
    words = re.split(r"\$\w+", (root / "train" / "card" / "card.md").read_text(encoding="utf-8"))
    shipped = (root / "models" / "README.md").read_text(encoding="utf-8")
    assert re.fullmatch(".*".join(map(re.escape, words)), shipped, re.DOTALL)
