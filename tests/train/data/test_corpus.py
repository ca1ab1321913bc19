import logging
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.characters import archive, characters
from webcam_digits.errors import DataError, UsageError
from webcam_digits.train.data.corpus import Material, collect
from webcam_digits.train.data.duplicates import fingerprints
from webcam_digits.train.data.examples import Corpus
from webcam_digits.train.data.folder import find_sets
from webcam_digits.train.handwriting.letters import LETTERS

DIGITS = "0123456789"
SHARED = Path(os.environ.get("DIGITS_SHARED", "/nonexistent"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="DIGITS_SHARED is not set")

PENNED = sum(map(len, LETTERS.values()))  # the pen's letters beside 300 digits: each form once


def material_of(path: Path, names: str = DIGITS, **options) -> Material:
    return collect(path, find_sets(path, tuple(names)), 0, labels=tuple(names), **options)


def corpus_of(path: Path, names: str = DIGITS) -> Corpus:
    return material_of(path, names).split(0)


def shared(corpus: Corpus) -> int:
    return np.isin(fingerprints(corpus.validation.pictures), fingerprints(corpus.train.pictures)).sum()


@pytest.fixture
def folder(tmp_path) -> Path:
    archive(tmp_path / "mnist.npz", DIGITS, 300)
    return tmp_path


def test_digits_are_divided_and_negatives_added(folder, caplog):
    images, labels = characters("+/", 40)
    names = np.array(["addition_plus", "division_slash"])
    np.savez(folder / "math_symbols.npz", train_images=images, train_labels=labels, class_names=names)
    np.savez(folder / "unheard_of.npz", images=images)
    with caplog.at_level(logging.INFO):
        material, corpus = material_of(folder), corpus_of(folder)
    assert np.bincount(material.examples.targets).tolist() == [30] * 10 + [20 + PENNED]
    assert (np.bincount(corpus.validation.targets, minlength=11)[:10] > 1).all()
    assert len(corpus.train.pictures) == len(corpus.train)
    assert corpus.labels == tuple(DIGITS)
    assert shared(corpus) == 0
    assert "math_symbols.npz: 20 pictures that are not a digit" in caplog.text
    assert "unheard_of.npz: no labelled pictures to train on, left alone" in caplog.text
    again = corpus_of(folder)
    np.testing.assert_array_equal(corpus.train.targets, again.train.targets)
    for one, other in zip(corpus.train.pictures, again.train.pictures, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_digit_is_missing(folder):
    archive(folder / "mnist.npz", "01245679", 50)
    with pytest.raises(DataError, match=f"{folder}: no pictures of 3, 8$"):
        corpus_of(folder)


def test_letters(folder):
    archive(folder / "letters.npz", "ABCDa3", 180)
    images, labels = characters("ABC", 30, seed=1)
    np.savez(folder / "math_symbols.npz", train_images=images, train_labels=labels)  # known for symbols
    corpus = corpus_of(folder, "ABa")
    assert corpus.labels == ("A", "B", "a")
    counts = np.bincount(corpus.train.targets) + np.bincount(corpus.validation.targets, minlength=4)
    assert counts[:3].tolist() == [30, 30, 30]
    assert 15 <= counts[3] <= 25  # made, and nothing else
    with pytest.raises(DataError, match="no pictures of Z"):
        corpus_of(folder, "ABZ")
    with pytest.raises(DataError, match="no pictures of X, Y"):
        corpus_of(folder, "XY")
    with pytest.raises(UsageError, match="--fonts goes with the ten digits alone"):
        material_of(folder, "AB", font_folder=folder)


def test_halves_are_made_of_digits_alone(folder, monkeypatch):
    halved = []
    monkeypatch.setattr("webcam_digits.train.data.negatives.half", lambda ink, label, _: halved.append(label))
    archive(folder / "letters.npz", "ABC", 90)
    corpus_of(folder, "ABC")
    assert set(halved) == {-1}  # of which there is none
    corpus_of(folder)
    assert set(halved) - {-1}


def test_pictures_of_a_test_part_are_not_learned(folder, caplog):
    images, labels = characters(DIGITS, 300)
    np.savez(folder / "usps.npz", images=np.pad(images[:7], ((0, 0), (0, 4), (3, 0))), labels=labels[:7])
    np.savez(folder / "other.npz", test_images=images[5:9], test_labels=labels[5:9])
    material = material_of(folder)
    assert len(material.examples) == 291 + PENNED
    assert not np.isin(fingerprints(material.examples.pictures), fingerprints(images[:9])).any()
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert (
        f"9 pictures are in a test part too and left out: {folder}/other.npz, {folder}/usps.npz"
        in caplog.text
    )


def test_equal_pictures_stay_on_one_side(folder):
    images, labels = characters(DIGITS, 300)
    again = np.pad(images, ((0, 0), (5, 1), (2, 0)))
    np.savez(folder / "again.npz", images=again, labels=labels)
    material = material_of(folder)
    assert len(np.unique(material.groups[:600])) == 300
    parts = material.deal(4, np.random.default_rng(0))
    np.testing.assert_array_equal(parts[:300], parts[300:600])
    assert shared(material.split(0)) == 0


def test_the_same_pictures_over_and_over(folder):
    images, labels = characters(DIGITS, 10)
    np.savez(folder / "mnist.npz", images=np.tile(images, (9, 1, 1)), labels=np.tile(labels, 9))
    with pytest.raises(DataError, match="too few pictures of 0 to hold some out: 1 different"):
        corpus_of(folder)


def test_a_single_picture_is_no_training(tmp_path):
    archive(tmp_path / "letters.npz", "A", 2)
    with pytest.raises(DataError, match="one picture is too few to train on"):
        corpus_of(tmp_path, "A")
    archive(tmp_path / "letters.npz", "A", 3)
    assert len(corpus_of(tmp_path, "A").train) >= 2


def test_a_broken_font(folder):
    (folder / "fonts").mkdir()
    (folder / "fonts" / "a.ttf").write_bytes(b"no font")
    with pytest.raises(DataError, match="not a font"):
        corpus_of(folder)


def test_a_folder_without_fonts(folder):
    with pytest.raises(DataError, match="holds no fonts"):
        material_of(folder, font_folder=folder)
    with pytest.raises(DataError, match=r"--fonts .*nope: there is no such folder"):
        material_of(folder, font_folder=folder / "nope")


@needs_shared
def test_a_font_is_on_one_side_and_with_it_those_that_share_letters(folder):
    (folder / "faces").mkdir()
    for name in ("caveat-latin.ttf", "caveat-cyrillic.ttf", "indie-flower-latin.ttf"):
        shutil.copy(SHARED / "data/fonts" / name, folder / "faces")
    material = material_of(folder, font_folder=folder / "faces")
    starts = {file.name: start for start, file in material.fonts.items()}
    sides = {name: material.groups[start] for name, start in starts.items()}
    assert sides["caveat-latin.ttf"] == sides["caveat-cyrillic.ttf"] != sides["indie-flower-latin.ttf"]
    assert set(np.unique(material.groups[300:-PENNED])) == {*sides.values()}
    assert shared(material.split(1)) == 0


@pytest.mark.slow
@needs_shared
def test_mnist_shares_no_picture_between_its_parts(caplog):
    with caplog.at_level(logging.WARNING):
        collect(SHARED / "data/mnist.npz", find_sets(SHARED / "data/mnist.npz"), 0)
    assert caplog.text == ""
