import logging
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.characters import archive, characters
from webcam_digits.errors import DataError, UsageError
from webcam_digits.train.data.folder import find_negatives, find_sets, find_tests, labels_of

DIGITS = "0123456789"


@pytest.fixture
def folder(tmp_path) -> Path:
    archive(tmp_path / "mnist.npz", DIGITS, 300, test=40)
    return tmp_path


def test_labels():
    assert labels_of("0123456789") == tuple(DIGITS)
    assert labels_of("bca") == ("a", "b", "c")
    assert labels_of("Жé7") == ("7", "é", "Ж")
    with pytest.raises(UsageError, match="names no character"):
        labels_of(" ")
    for wrong in ("abca", "a b", "ab\t"):
        with pytest.raises(UsageError, match="name each character once, without spaces"):
            labels_of(wrong)


def test_nothing_to_learn_from(tmp_path):
    assert find_sets(tmp_path / "absent") == []
    assert find_sets(tmp_path) == []
    with pytest.raises(DataError, match="no such file or folder"):
        find_sets(tmp_path / "absent.npz")


def test_every_archive_of_digits_is_taken_largest_first(folder, caplog):
    images, labels = characters(DIGITS, 50)
    np.savez(folder / "a.npz", images=images[:20, 4:, 6:], labels=labels[:20])
    archive(folder / "b.npz", "A0123456789b", 50)
    np.savez(folder / "counted.npz", images=images, labels=labels + 1)
    archive(folder / "letters.npz", "ABCDEFGHIJ", 50)
    np.savez(folder / "test_only.npz", test_images=images, test_labels=labels)
    with caplog.at_level(logging.INFO):
        found = find_sets(folder)
    assert [Path(digits.name).name for digits in found] == ["mnist.npz", "b.npz", "a.npz"]
    assert set(found[1].names) == set(DIGITS)
    assert found[2].images[0].shape == (24, 22)
    assert "mnist.npz: 300 digits" in caplog.text
    for name in ("counted", "letters"):
        assert f"{name}.npz: no set of digits, left alone" in caplog.text
    assert "test_only.npz: no labelled pictures to train on, left alone" in caplog.text


def test_dark_ink_on_light_is_refused(folder):
    images, labels = characters(DIGITS, 50)
    np.savez(folder / "paper.npz", images=255 - images, labels=labels)
    with pytest.raises(
        DataError, match=r"paper\.npz: dark ink on light, .*: store 255 - images; mend it, or move"
    ):
        find_sets(folder)


def test_other_labels_are_taken_where_they_are_named(folder, caplog):
    archive(folder / "letters.npz", "ABCDEabc2", 90)
    with caplog.at_level(logging.INFO):
        (found,) = find_sets(folder, ("A", "C", "b"))
    assert set(found.names) == {"A", "C", "b"}
    assert "letters.npz: 30 characters" in caplog.text
    assert "mnist.npz: no set of characters, left alone" in caplog.text
    with pytest.raises(DataError, match=r"mnist\.npz: no pictures of A, Z that it names"):
        find_sets(folder / "mnist.npz", ("A", "Z"))


@pytest.mark.parametrize("name", ["usps", "chars74k_hand", "cedar_letters", "cyrillic_letters", "dida_crops"])
def test_what_may_only_be_evaluated_is_left_alone(folder, caplog, name):
    (folder / "mnist.npz").rename(folder / f"{name}.npz")
    with caplog.at_level(logging.INFO):
        assert find_sets(folder) == []
    assert f"{name}.npz: only to evaluate on, left alone" in caplog.text
    assert "terms" not in caplog.text
    assert len(find_sets(folder / f"{name}.npz")) == 1
    assert f"{name}.npz: its terms may allow evaluation only" in caplog.text


def test_an_archive_of_something_else(tmp_path):
    images, labels = characters(DIGITS, 50)
    np.savez(tmp_path / "mine.npz", images=images, labels=labels + 1)
    with pytest.raises(DataError, match=r"mine\.npz: no pictures of 0, 1, .*class_chars"):
        find_sets(tmp_path / "mine.npz")


def test_what_idx_files_are_taken_for_is_reported(tmp_path, caplog):
    images, labels = characters(DIGITS, 1200)
    for kind, array in (("images-idx3", images), ("labels-idx1", labels.astype(np.uint8))):
        header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
        (tmp_path / f"train-{kind}-ubyte").write_bytes(header + array.tobytes())
    with caplog.at_level(logging.INFO):
        find_sets(tmp_path)
    assert f"{tmp_path}: MNIST form IDX files: 1,200 digits" in caplog.text
    assert list(find_tests(tmp_path)) == []


def test_test_parts_and_what_is_only_to_evaluate_on(folder):
    images, labels = characters(DIGITS, 20)
    for name in ("usps", "undivided"):
        np.savez(folder / f"{name}.npz", images=images, labels=labels)
    archive(folder / "train_only.npz", DIGITS, 20)
    assert {Path(test.name).name: len(test) for test in find_tests(folder)} == {
        "mnist.npz": 40,
        "usps.npz": 20,
    }
    assert [len(test) for test in find_tests(folder / "mnist.npz")] == [40]
    assert list(find_tests(folder / "usps.npz")) == []  # trained on, as it was named
    assert list(find_tests(folder / "absent")) == []


@pytest.mark.parametrize("name", ["broken.npz", "omniglot.npz"])
def test_a_broken_archive_may_be_moved_out(folder, name):
    (folder / name).write_bytes(b"no archive")
    with pytest.raises(DataError, match=rf"{name}: not a readable .npz archive; mend it, or move it out of"):
        [*find_sets(folder), *find_negatives(folder)]
