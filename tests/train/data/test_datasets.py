import gzip
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from webcam_digits.errors import DataError
from webcam_digits.train.data.datasets import LabelledSet, holds_idx, load, read_idx

TYPES = {np.dtype(np.uint8): 0x08, np.dtype(np.int32): 0x0C}


def write_idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(">BBBB", 0, 0, TYPES[array.dtype], array.ndim)
    content = (
        header
        + struct.pack(f">{array.ndim}I", *array.shape)
        + array.astype(array.dtype.newbyteorder(">")).tobytes()
    )
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture
def pictures() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (4, 28, 28), np.uint8)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("name", ["{}-idx{}-ubyte", "{}.idx{}-ubyte"])
def test_mnist_and_kmnist(tmp_path, pictures, ending, name):
    for part, images in (("t10k", pictures[:3]), ("train", pictures)):
        write_idx(tmp_path / (name.format(f"{part}-images", 3) + ending), images)
        write_idx(
            tmp_path / (name.format(f"{part}-labels", 1) + ending), np.arange(len(images), dtype=np.uint8)
        )
    test, train = load(tmp_path), load(tmp_path, "train")
    assert len(test) == 3
    assert len(train) == 4
    np.testing.assert_array_equal(train.images[3], pictures[3])
    assert train.names.tolist() == ["0", "1", "2", "3"]


def test_emnist_is_turned_back_and_letters_count_from_one(tmp_path, pictures):
    write_idx(tmp_path / "emnist-letters-test-images-idx3-ubyte.gz", pictures)
    write_idx(tmp_path / "emnist-letters-test-labels-idx1-ubyte.gz", np.array([1, 2, 26, 3], np.uint8))
    data = load(tmp_path)
    np.testing.assert_array_equal(data.images[0], pictures[0].T)
    assert data.names.tolist() == ["A", "B", "Z", "C"]


@pytest.mark.parametrize(
    ("split", "label", "name"), [("digits", 9, "9"), ("balanced", 36, "a"), ("byclass", 61, "z")]
)
def test_emnist_splits(tmp_path, pictures, split, label, name):
    write_idx(tmp_path / f"emnist-{split}-train-images-idx3-ubyte", pictures)
    write_idx(tmp_path / f"emnist-{split}-train-labels-idx1-ubyte", np.full(4, label, np.uint8))
    assert load(tmp_path, "train").names[0] == name


def test_qmnist_has_the_class_in_the_first_of_eight_columns(tmp_path, pictures):
    columns = np.tile(np.arange(1, 9, dtype=np.int32), (4, 1))
    columns[:, 0] = [7, 0, 9, 4]
    write_idx(tmp_path / "qmnist-test-images-idx3-ubyte.gz", pictures)
    write_idx(tmp_path / "qmnist-test-labels-idx2-int.gz", columns)
    assert load(tmp_path).labels.tolist() == [7, 0, 9, 4]


def test_two_sets_in_one_folder(tmp_path, pictures):
    for prefix in ("emnist-digits-", "emnist-letters-"):
        write_idx(tmp_path / f"{prefix}test-images-idx3-ubyte", pictures)
        write_idx(tmp_path / f"{prefix}test-labels-idx1-ubyte", np.ones(4, np.uint8))
    with pytest.raises(DataError, match="own folder"):
        load(tmp_path)


def test_npz_divided_or_not(tmp_path, pictures):
    np.savez(tmp_path / "a.npz", images=pictures, labels=np.arange(4))
    parts = {"train": pictures, "test": pictures[:2], "val": pictures[:1]}
    arrays = {f"{part}_images": images for part, images in parts.items()}
    labels = {f"{part}_labels": np.arange(len(images)) for part, images in parts.items()}
    np.savez(tmp_path / "b.npz", **arrays, **labels)
    assert len(load(tmp_path / "a.npz")) == 4
    assert [len(load(tmp_path / "b.npz", part)) for part in ("train", "test", "val")] == [4, 2, 1]


def test_npz_names_its_classes(tmp_path, pictures):
    np.savez(tmp_path / "a.npz", images=pictures, labels=[0, 1, 1, 2], class_chars=np.array(["7", "A", "b"]))
    assert load(tmp_path / "a.npz").names.tolist() == ["7", "A", "A", "b"]


def test_npz_of_coded_pictures(tmp_path):
    pictures = [np.full((20, 10 + index), 40 * index, np.uint8) for index in range(3)]
    codes = [cv2.imencode(".png", picture)[1].ravel() for picture in pictures]
    offsets = np.cumsum([0, *map(len, codes)])
    np.savez(tmp_path / "a.npz", jpeg=np.concatenate(codes), offsets=offsets, labels=np.arange(3))
    for read, written in zip(load(tmp_path / "a.npz").images, pictures, strict=True):
        np.testing.assert_array_equal(read, written)
    paper = np.full((30, 30), 220, np.uint8)
    paper[5:25, 14:17] = 40  # ink
    paper[2:4, 2:4] = 60  # a speck beside it
    code = cv2.imencode(".png", paper)[1].ravel()
    np.savez(tmp_path / "c.npz", jpeg=code, offsets=[0, len(code)], labels=[1])
    expected = np.zeros((30, 30), np.uint8)
    expected[5:25, 14:17] = 255 - 40
    np.testing.assert_array_equal(load(tmp_path / "c.npz").images[0], expected)

    np.savez(tmp_path / "b.npz", jpeg=np.zeros(9, np.uint8), offsets=[0, 9], labels=[0])
    with pytest.raises(DataError, match="picture 0 cannot be decoded"):
        load(tmp_path / "b.npz")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"labels": [0]}, "no images"),
        ({"images": np.zeros((1, 28, 28), np.uint8)}, "no labels"),
        ({"images": np.zeros((0, 28, 28), np.uint8), "labels": np.zeros(0, int)}, "no images"),
        ({"images": np.zeros((2, 28, 28), np.uint8), "labels": [1]}, "2 images but 1 labels"),
        ({"images": np.zeros((1, 28, 28), np.float32), "labels": [1]}, "uint8"),
        ({"images": np.zeros((1, 784), np.uint8), "labels": [1]}, r"\(n, h, w\)"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": [0.5]}, "whole number"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": [-1]}, "out of range"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": [np.nan]}, "whole number"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": ["1"]}, "whole number"),
        ({"images": np.zeros((1, 0, 0), np.uint8), "labels": [1]}, "some without pixels"),
        ({"images": np.zeros((1, 28, 28), np.uint8), "labels": [1], "class_chars": "a"}, "out of range"),
        ({"jpeg": np.zeros(9, np.uint8), "offsets": [0.0, 9.0], "labels": [1]}, "offsets whole numbers"),
        ({"jpeg": np.zeros(9), "offsets": [0, 9], "labels": [1]}, "jpeg must be bytes"),
        (
            {"images": np.zeros((1, 28, 28), np.uint8), "labels": [3], "class_chars": ["a"]},
            "label 3 is out of range",
        ),
    ],
)
def test_npz_that_is_wrong(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=message):
        load(tmp_path / "a.npz")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off"])
def test_npz_that_is_none(tmp_path, content):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="not a readable"):
        load(tmp_path / "a.npz")


def test_npz_with_objects_in_it_is_not_executed(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.array([{}], object), labels=[0])
    with pytest.raises(DataError, match="not a readable"):
        load(tmp_path / "a.npz")


def test_nothing_there(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        load(tmp_path / "absent.npz")
    with pytest.raises(DataError, match="no test images"):
        load(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\x08\x01", b"\0\0\x08\x01\0\0\0\x09ab", b"\0\0\x07\x00", b"<html>", b"\x1f\x8bxx"]
)
def test_idx_that_is_wrong(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(DataError, match=r"IDX file|truncated|cannot be read"):
        read_idx(tmp_path / "a")


def test_idx_labels_beyond_the_digits(tmp_path, pictures):
    write_idx(tmp_path / "t10k-images-idx3-ubyte", pictures)
    write_idx(tmp_path / "t10k-labels-idx1-ubyte", np.full(4, 10, np.uint8))
    with pytest.raises(DataError, match="label 10 is out of range"):
        load(tmp_path)


def test_the_hint_names_the_part_that_is_missing(tmp_path, pictures):
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", pictures)
    assert not holds_idx(tmp_path)
    with pytest.raises(DataError, match="no train labels such as train-labels-idx"):
        load(tmp_path, "train")
    with pytest.raises(DataError, match="no test images such as t10k-images-idx"):
        load(tmp_path)
    write_idx(tmp_path / "train-labels-idx1-ubyte", np.zeros(4, np.uint8))
    assert holds_idx(tmp_path)


def test_choose(pictures):
    data = LabelledSet("x", list(pictures), np.arange(4))
    assert data.choose(data.labels > 2).names.tolist() == ["3"]
    with pytest.raises(DataError, match="no images"):
        data.choose(data.labels > 9)
