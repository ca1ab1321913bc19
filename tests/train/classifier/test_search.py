import contextlib
import math
import sqlite3
import sys
from dataclasses import replace

import pytest

from tests.helpers.characters import archive
from webcam_digits.errors import OutputError, UsageError, WebcamDigitsError
from webcam_digits.train.classifier.recipe import Recipe
from webcam_digits.train.data.corpus import collect
from webcam_digits.train.data.folder import find_sets

torch = pytest.importorskip("torch")
optuna = pytest.importorskip("optuna")

from webcam_digits.train.classifier import search  # noqa: E402
from webcam_digits.train.classifier.fit import Epoch  # noqa: E402

LABELS = ("A", "B", "C")
RECIPE = Recipe(arch="mlp", epochs=3, seed=2)


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    letters = archive(tmp_path_factory.mktemp("data") / "letters.npz", "ABC", 90)
    return collect(letters, find_sets(letters, LABELS), 0, labels=LABELS)


@pytest.fixture
def tried(monkeypatch):
    """The recipes that were trained; the loss is the distance from rate 0.2, falling from epoch to epoch."""
    recipes = []

    def fit(corpus, recipe, *, device):
        recipes.append(recipe)
        for number in range(1, recipe.epochs + 1):
            loss = abs(math.log(recipe.rate / 0.2)) + 1 / number
            yield Epoch(number, None, None, loss, 1.0, loss, 1.0, recipe.rate, {})

    monkeypatch.setattr(search, "fit", fit)
    return recipes


@pytest.fixture
def tune(material, tmp_path):
    lines = []

    def run(count, recipe=RECIPE, study="s.db", material=material, name="letters mlp"):
        return search.tune(
            material,
            recipe,
            count,
            study=study if "://" in study else str(tmp_path / study),
            name=name,
            device=torch.device("cpu"),
            log=lines.append,
        )

    run.lines = lines  # type: ignore[attr-defined]
    return run


def test_the_recipe_itself_comes_first_and_the_best_is_returned(tune, tried):
    best = tune(6)
    assert tried[0] == RECIPE
    assert len(tried) == best.trials == 6
    assert len({recipe.rate for recipe in tried}) == 6
    assert all(recipe.width in (0.5, 0.75, 1, 1.25, 1.5) and recipe.epochs == 3 for recipe in tried)
    assert best.recipe == tried[best.trial]
    assert best.recipe == min(tried, key=lambda recipe: abs(math.log(recipe.rate / 0.2)))
    assert best.loss == pytest.approx(abs(math.log(best.recipe.rate / 0.2)) + 1 / 3)
    assert tune.lines[0].endswith("s.db: a new study")
    assert tune.lines[1] == "trial 0: loss 0.6210, rate 0.15, width 1, strength 1"


@pytest.mark.parametrize("name", ["a.db", "a.journal", "sqlite:///{}/a.sqlite"])
def test_a_study_goes_on_as_if_it_had_never_stopped(tune, tried, tmp_path, name):
    study = name.format(tmp_path)
    tune(3, study=study)
    best = tune(3, study=study)
    assert best.trials == 6
    assert tune.lines[4].endswith(": going on with 3 trials")
    in_parts = tried.copy()
    tried.clear()
    assert tune(6, study="other.db") == best
    assert tried == in_parts


def test_what_does_badly_is_given_up(tune, tried):
    best = tune(12)
    assert any("given up after epoch 1" in line for line in tune.lines)
    assert best.trials == 12


def test_a_failed_trial_does_not_end_the_study(tune, tried, monkeypatch):
    fit = search.fit

    def fails(corpus, recipe, *, device):
        if len(tried) == 1:
            tried.append(recipe)
            raise RuntimeError("out of memory")
        return fit(corpus, recipe, device=device)

    monkeypatch.setattr(search, "fit", fails)
    assert tune(4).trials == 3
    assert tune.lines[2] == "trial 1: failed: out of memory"
    assert len(tried) == 4


def test_a_loss_that_is_no_number(tune, monkeypatch):
    def diverges(corpus, recipe, *, device):
        raise WebcamDigitsError("the training diverged in epoch 1: --rate 0.15 is too high")
        yield

    monkeypatch.setattr(search, "fit", diverges)
    with pytest.raises(WebcamDigitsError, match="none of 2 trials was finished"):
        tune(2)
    assert tune.lines[1] == "trial 0: failed: the training diverged in epoch 1: --rate 0.15 is too high"


def test_ctrl_c_keeps_what_is_finished(tune, tried, monkeypatch):
    fit = search.fit

    def interrupted(corpus, recipe, *, device):
        if len(tried) == 2:
            raise KeyboardInterrupt
        return fit(corpus, recipe, device=device)

    monkeypatch.setattr(search, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tune(5)
    assert tune.lines[-1].startswith("interrupted: finished trials stay in study ")
    monkeypatch.setattr(search, "fit", fit)
    best = tune(1)
    assert best.trials == 3  # two finished, one broken off, one more
    assert len(tried) == 3


def test_other_data_and_settings_are_refused(tune, tried, material):
    tune(1)
    with pytest.raises(UsageError, match=r"s\.db holds trials of other epochs: name another --study"):
        tune(1, replace(RECIPE, epochs=4))
    with pytest.raises(UsageError, match="other seed"):
        tune(1, replace(RECIPE, seed=3))
    targets = material.examples.targets.copy()
    targets[:2] = targets[1::-1]
    with pytest.raises(UsageError, match="other data"):
        tune(1, material=replace(material, examples=replace(material.examples, targets=targets)))
    assert tune(1).trials == 2
    assert tune(1, name="others mlp", recipe=replace(RECIPE, epochs=4)).trials == 1


@pytest.mark.parametrize(
    ("study", "content"),
    [
        ("photo.journal", b"\x89PNG\r\n\x1a\n\x00 no study\n"),
        ("photo.db", b"\x89PNG\r\n\x1a\n\x00 no study"),
        ("absent/a.db", None),
        ("absent/a.journal", None),
        ("nonsense://user:secret@host/db", None),
    ],
)
def test_a_study_that_cannot_be_used(tune, tmp_path, monkeypatch, study, content):
    monkeypatch.setattr(search, "_PAUSE", 0)
    if content is not None:
        (tmp_path / study).write_bytes(content)
    with pytest.raises(OutputError, match=r"^study \S+ cannot be used: .+; name another$") as caught:
        tune(1, study=study)
    assert "secret" not in str(caught.value)
    if content is not None:
        assert (tmp_path / study).read_bytes() == content


def test_a_study_that_is_locked_for_good(tune, tried, tmp_path, monkeypatch):
    tune(1)
    monkeypatch.setattr(search, "_PATIENCE", 0.1)
    monkeypatch.setattr(search, "_PAUSE", 0)
    with sqlite3.connect(tmp_path / "s.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OutputError, match="database is locked"):
            tune(1)


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_study_that_is_locked_while_a_trial_runs(tune, tried, tmp_path, monkeypatch, interrupted):
    def locking(corpus, recipe, *, device):
        other.execute("BEGIN IMMEDIATE")
        if interrupted:
            raise KeyboardInterrupt
        return fit(corpus, recipe, device=device)

    fit = search.fit
    monkeypatch.setattr(search, "_PATIENCE", 0.1)
    monkeypatch.setattr(search, "fit", locking)
    ending = KeyboardInterrupt if interrupted else OutputError
    with contextlib.closing(sqlite3.connect(tmp_path / "s.db")) as other, pytest.raises(ending) as caught:
        tune(1)
    assert interrupted or str(caught.value).endswith("database is locked; finished trials stay")


def test_what_is_no_study_and_a_missing_driver_are_reported(tune, tmp_path, monkeypatch):
    monkeypatch.setattr(search, "_PAUSE", 0)
    (tmp_path / "a.journal").write_text('{"no": "study"}\n')
    with pytest.raises(OutputError, match="it is not a study; name another"):
        tune(1, study="a.journal")
    monkeypatch.setitem(sys.modules, "psycopg2", None)
    with pytest.raises(OutputError, match="install the database driver psycopg2"):
        tune(1, study="postgresql+psycopg2://host/db")


def test_real_trainings(tune):
    best = tune(2, replace(RECIPE, epochs=9))
    assert 0 < best.loss < math.log(4)  # of guessing
    assert [line.split(":")[0] for line in tune.lines[1:]] == ["trial 0", "trial 1"]
