from pathlib import Path

import numpy as np
import pytest

from tests.helpers.characters import archive
from webcam_digits.errors import DataError
from webcam_digits.train.classifier.recipe import Recipe
from webcam_digits.train.data.corpus import Material, collect
from webcam_digits.train.data.duplicates import fingerprints
from webcam_digits.train.data.folder import find_sets

torch = pytest.importorskip("torch")

from webcam_digits.train.classifier import cross_validation  # noqa: E402

LABELS = ("A", "B", "C")
RECIPE = Recipe(arch="mlp", epochs=4, seed=1)


def material_of(path: Path, count: int) -> Material:
    letters = archive(path / "letters.npz", "ABC", count)
    return collect(letters, find_sets(letters, LABELS), 0, labels=LABELS)


def validate(material: Material, count: int) -> list[cross_validation.Fold]:
    return list(
        cross_validation.cross_validate(
            material, RECIPE, count, device=torch.device("cpu"), log=lambda line: None
        )
    )


def test_every_picture_is_judged_once_by_a_network_that_has_not_seen_it(tmp_path, monkeypatch):
    divided = []

    def trained(corpus, recipe, *, device):
        divided.append(corpus)
        return fit(corpus, recipe, device=device)

    fit = cross_validation.fit
    monkeypatch.setattr(cross_validation, "fit", trained)
    material = material_of(tmp_path, 120)
    first = validate(material, 2)
    assert [(fold.number, fold.pictures) for fold in first] == [(1, 60), (2, 60)]
    assert all(0.5 < fold.accuracy <= 1 and 0 < fold.loss < 2 for fold in first)
    judged = np.concatenate([fingerprints(corpus.validation.pictures) for corpus in divided])
    assert set(fingerprints(material.examples.pictures)) <= set(judged)
    for corpus in divided:
        assert np.bincount(corpus.validation.targets)[:3].tolist() == [20, 20, 20]
        assert not np.isin(*(fingerprints(part.pictures) for part in (corpus.train, corpus.validation))).any()
    assert validate(material, 2) == first


def test_too_few_pictures_of_a_label_are_reported_before_any_training(tmp_path, monkeypatch):
    monkeypatch.setattr(cross_validation, "fit", None)
    with pytest.raises(DataError, match="--folds 5: too few pictures of A to hold some out: 4 different"):
        validate(material_of(tmp_path, 12), 5)


def test_table():
    rows = [cross_validation.Fold(1, 50, 0.98, 0.1), cross_validation.Fold(2, 50, 0.96, 0.3)]
    assert rows[0].as_text().split() == ["1", "50", "98.00%", "0.1000"]
    assert cross_validation.summary(rows) == "mean  accuracy 97.00% ± 1.41%, loss 0.2000 ± 0.1414"
