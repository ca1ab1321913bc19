import numpy as np
import pytest

from tests.helpers.characters import characters
from webcam_digits.train.data.duplicates import connected, deal, fingerprints


def test_a_fingerprint_is_of_the_ink_alone():
    (picture,), _ = characters("7", 1)
    moved = np.zeros((40, 60), np.uint8)
    moved[9:37, 30:58] = picture
    fainter = picture - (picture > 0)
    own, of_moved, of_fainter, of_mirrored = fingerprints([picture, moved, fainter, picture[:, ::-1]])
    assert own == of_moved
    assert len({own, of_fainter, of_mirrored}) == 3


def test_rows_of_another_length_are_another_picture():
    ink = np.arange(1, 13, dtype=np.uint8)
    assert len(set(fingerprints([ink.reshape(3, 4), ink.reshape(4, 3), ink.reshape(1, 12)]))) == 3


def test_pictures_of_all_sizes_and_none():
    assert fingerprints([]).shape == (0,)
    black = fingerprints([np.zeros((3, 4), np.uint8), np.zeros((5, 5), np.uint8)])
    assert black[0] == black[1]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([0, 1, 2, 3], [5, 6, 7, 8], [0, 1, 2, 3]),
        ([0, 1, 0, 1], [5, 6, 7, 8], [0, 1, 0, 1]),
        ([0, 0, 1, 1, 2, 2], [9, 5, 5, 6, 6, 7], [0, 0, 0, 0, 0, 0]),  # a chain
        ([3, 3, 9, 9], [-4, -5, -6, -7], [0, 0, 2, 2]),
    ],
)
def test_what_shares_a_key_is_connected(first, second, expected):
    assert connected(np.array(first), np.array(second)).tolist() == expected


def test_parts_have_as_many_of_each_class_and_split_no_group():
    generator = np.random.default_rng(3)
    targets = np.repeat([0, 1, 2], [50, 100, 350])
    groups = np.arange(500)
    groups[120:170] = 120
    groups[[0, 60, 300]] = 0
    parts = deal(targets, groups, 5, generator)
    assert len(set(parts[120:170])) == 1
    assert len(set(parts[[0, 60, 300]])) == 1
    counts = np.array([np.bincount(targets[parts == part], minlength=3) for part in range(5)])
    assert counts[:, 0].tolist() == [10] * 5
    assert np.ptp(counts[:, 2]) <= 13
    assert counts.sum() == 500


def test_chance_decides_the_parts_and_the_seed_decides_chance():
    targets, groups = np.zeros(40, np.int64), np.arange(40)
    first, again, other = (deal(targets, groups, 4, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
