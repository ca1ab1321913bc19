import errno
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.characters import corpus
from webcam_digits.errors import DataError, OutputError
from webcam_digits.train.classifier.recipe import Recipe

torch = pytest.importorskip("torch")

from webcam_digits.train.classifier.checkpoint import (  # noqa: E402
    Best,
    Checkpoint,
    digest,
    load,
    restored,
    save,
    starting_weights,
)
from webcam_digits.train.classifier.network import build  # noqa: E402
from webcam_digits.train.data.examples import Examples  # noqa: E402

RECIPE = Recipe("mlp", epochs=4)
LABELS = ("A", "B", "C")


@pytest.fixture
def checkpoint() -> Checkpoint:
    weights = build("mlp", 4).state_dict()
    best = Best(1, 0.25, weights, np.ones((5, 4), np.float32))
    figures = {"epoch": 1, "loss": 0.25}
    return Checkpoint(RECIPE, LABELS, "abc", None, {"network": weights}, best, (figures, figures), 9.5)


def test_what_is_saved_is_loaded(checkpoint, tmp_path):
    path = tmp_path / "a.checkpoint"
    save(path, checkpoint)
    assert [file.name for file in tmp_path.iterdir()] == ["a.checkpoint"]
    again = load(path)
    assert (again.recipe, again.labels, again.data, again.start) == (RECIPE, LABELS, "abc", None)
    assert (again.history, again.seconds) == (checkpoint.history, 9.5)
    assert (again.best.epoch, again.best.loss) == (1, 0.25)
    np.testing.assert_array_equal(again.best.logits, checkpoint.best.logits)
    glyphs = torch.rand(3, 1, 28, 28)
    expected = restored(RECIPE, LABELS, checkpoint.best.weights)(glyphs)
    torch.testing.assert_close(restored(RECIPE, LABELS, again.best.weights)(glyphs), expected)


class Malice:
    def __reduce__(self):
        return Path.touch, (Path("harmed"),)


def test_no_code_of_a_checkpoint_is_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"form": Malice()}, "a.checkpoint")
    Path("b.checkpoint").write_bytes(pickle.dumps(Malice()))
    for name in ("a.checkpoint", "b.checkpoint"):
        with pytest.raises(DataError, match=f"{name} is not a checkpoint, or is broken"):
            load(Path(name))
    assert not Path("harmed").exists()


def test_what_is_no_checkpoint_is_refused(checkpoint, tmp_path):
    path = tmp_path / "a.checkpoint"
    with pytest.raises(DataError, match=r"cannot read checkpoint .*: No such file"):
        load(path)
    torch.save({"weights": torch.zeros(3)}, path)
    with pytest.raises(DataError, match="is not a checkpoint of webcam-digits train"):
        load(path)
    save(path, checkpoint)
    whole = path.read_bytes()
    for broken in (b"", b"text", whole[:-100], whole[: len(whole) // 2]):
        path.write_bytes(broken)
        with pytest.raises(DataError, match="or is broken"):
            load(path)


@pytest.mark.parametrize(
    ("recipe", "labels", "data", "difference"),
    [
        (replace(RECIPE, epochs=5, seed=1), LABELS, "abc", "epochs 4, not 5; seed 0, not 1"),
        (replace(RECIPE, arch="cnn"), LABELS, None, "arch mlp, not cnn"),
        (RECIPE, ("A", "B"), "abc", "classes ABC, not AB"),
        (RECIPE, LABELS, "xyz", "other data"),
    ],
)
def test_another_training_is_refused_with_what_differs(checkpoint, recipe, labels, data, difference):
    checkpoint.check(Path("a.checkpoint"), RECIPE, LABELS, None, "abc")
    checkpoint.check(Path("a.checkpoint"), RECIPE, LABELS, None)
    with pytest.raises(DataError) as error:
        checkpoint.check(Path("a.checkpoint"), recipe, labels, None, data)
    assert f"a.checkpoint is of another training ({difference}): " in str(error.value)


def test_what_a_training_began_with_is_compared_where_it_is_reported(checkpoint):
    path, start = Path("a.checkpoint"), Path("some/b.checkpoint")
    with pytest.raises(DataError, match=r"begun from drawn weights, not b\.checkpoint"):
        checkpoint.check(path, RECIPE, LABELS, start)
    begun = replace(checkpoint, start="b.checkpoint")
    begun.check(path, RECIPE, LABELS, start)
    begun.check(path, RECIPE, LABELS, None)


@pytest.mark.parametrize("change", ["fields", "weights", "shape", "arch", "epochs"])
def test_a_checkpoint_of_other_networks_is_refused(checkpoint, tmp_path, change):
    path = tmp_path / "a.checkpoint"
    save(path, checkpoint)
    found = torch.load(path, weights_only=True)
    weights = found["best"]["weights"]
    if change == "fields":
        del found["best"]
    elif change == "weights":
        del weights["head.0.weight"]
    elif change == "shape":
        weights["head.0.weight"] = weights["head.0.weight"][:, 1:]
    else:
        found["recipe"][change] = "another"
    torch.save(found, path)
    with pytest.raises(
        DataError, match=r"a\.checkpoint does not fit the networks of this version: train again"
    ):
        load(path)


def test_full_disk_leaves_the_last_good_one(checkpoint, tmp_path, monkeypatch):
    def full(path, content):
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a.checkpoint"
    save(path, checkpoint)
    whole = path.read_bytes()
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="on device; put that right, then continue with --resume"):
        save(path, checkpoint)
    assert path.read_bytes() == whole
    assert [file.name for file in tmp_path.iterdir()] == ["a.checkpoint"]
    with pytest.raises(OutputError, match=r"No space left on device$"):
        save(path, replace(checkpoint, history=checkpoint.history[:1]))


def test_other_labels_get_a_new_last_layer(checkpoint, tmp_path):
    path = tmp_path / "a.checkpoint"
    save(path, checkpoint)
    before = checkpoint.best.weights
    for labels, size in ((("X", "Y", "Z"), 4), (("A", "B"), 3)):  # as many, and fewer
        weights = starting_weights(path, RECIPE, labels)
        build("mlp", size).load_state_dict(weights)
        assert not torch.equal(weights["head.0.weight"][:3], before["head.0.weight"][:3])
        assert torch.equal(weights["features.1.weight"], before["features.1.weight"])
    kept = starting_weights(path, RECIPE, LABELS)
    assert all(torch.equal(kept[name], before[name]) for name in before)


def test_weights_of_another_network_are_refused(checkpoint, tmp_path):
    path = tmp_path / "a.checkpoint"
    save(path, checkpoint)
    with pytest.raises(DataError, match=r"weights of mlp, width 1\.0, not of cnn, width 1\.0"):
        starting_weights(path, Recipe("cnn"), LABELS)
    with pytest.raises(DataError, match=r"weights of mlp, width 1\.0, not of mlp, width 0\.5"):
        starting_weights(path, Recipe("mlp", width=0.5), LABELS)


def test_digests_of_different_data_differ():
    data = corpus(40)
    assert digest(data) == digest(corpus(40)) != digest(corpus(40, seed=1))
    swapped = Examples(data.train.pictures, data.train.targets[::-1].copy())
    assert digest(replace(data, train=swapped)) != digest(data)
