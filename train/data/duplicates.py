"""Pictures that are one and the same, and parts of the data that share none."""

import hashlib
from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.data.datasets import Picture


def fingerprints(pictures: Iterable[Picture]) -> NDArray[np.int64]:
    """(n,) a number for each picture, equal where the pixels are, whatever the empty margin.

    64 bits of BLAKE2: among a million pictures the chance that two different ones agree is one in 10 million.
    """
    return np.array([_fingerprint(picture) for picture in pictures], np.int64)


def _fingerprint(picture: Picture) -> int:
    x, y, width, height = cv2.boundingRect(picture)
    content = picture[y : y + height, x : x + width].tobytes()
    shape = np.array([height, width]).tobytes()  # rows of another length make another picture
    return int.from_bytes(hashlib.blake2b(content, digest_size=8, salt=shape).digest(), "little", signed=True)


def connected(*keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """The groups of n things that share a key, directly or through others.

    Args:
        keys: each (n,); two things belong together that have the same number in one of them.

    Returns:
        (n,) for each thing the least index of its group.
    """
    columns = [np.unique(key, return_inverse=True)[1] for key in keys]
    groups = np.arange(len(keys[0]))
    while True:
        before = groups
        for column in columns:
            least = np.full(len(column), len(column))
            np.minimum.at(least, column, groups)
            groups = least[column]
        if np.array_equal(groups, before):
            return groups


def deal(
    targets: NDArray[np.int64], groups: NDArray[np.int64], parts: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Divides examples at random into parts that have about the same number of each class.

    Args:
        targets: (n,) the class of each, 0 or more.
        groups: (n,) examples of one group come into the same part.
        parts: how many there shall be.
        generator: where the chance comes from.

    Returns:
        (n,) the part of each, 0..parts-1.
    """
    weights = 1 / np.maximum(np.bincount(targets), 1)  # a class counts as much as another, however rare
    order = np.argsort(groups, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    shuffled = [members[index] for index in generator.permutation(len(members))]
    held = np.zeros((parts, len(weights)))
    chosen = np.zeros(len(targets), np.int64)
    for group in sorted(shuffled, key=len, reverse=True):  # what is single evens out what large groups left
        content = np.bincount(targets[group], minlength=len(weights)) * weights
        part = int((held @ content).argmin())
        held[part] += content
        chosen[group] = part
    return chosen
