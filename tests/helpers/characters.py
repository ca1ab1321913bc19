"""Small data sets for tests: characters of OpenCV's own font, no two pictures alike."""

from pathlib import Path

import cv2
import numpy as np

from webcam_digits.drawing.canvas import typeface
from webcam_digits.train.data.examples import Corpus, Examples


def characters(names: str, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(count, 28, 28) uint8 pictures, white on black, of `names` in turn, and which one each shows."""
    generator = np.random.default_rng(seed)
    font = typeface()
    images, labels = np.zeros((count, 28, 28), np.uint8), np.arange(count) % len(names)
    for image, label in zip(images, labels, strict=True):
        cv2.putText(image, names[label], (6, 22), (255,), font, int(generator.integers(19, 25)), 400)
        change = np.eye(2, 3) + generator.normal(0, 0.08, (2, 3))
        change[:, 2] += 14 - change[:, :2] @ (14, 14)
        image[:] = cv2.warpAffine(image, change, (28, 28))
    return images, labels


def archive(path: Path, names: str, count: int, test: int = 0) -> Path:
    """An archive of `count` pictures to train on and `test` others; named unless they are the ten digits."""
    images, labels = characters(names, count + test)
    arrays = {"train_images": images[:count], "train_labels": labels[:count]}
    if test:
        arrays |= {"test_images": images[count:], "test_labels": labels[count:]}
    if names != "0123456789":
        arrays["class_chars"] = np.array([*names])
    np.savez(path, **arrays)
    return path


def corpus(count: int = 160, seed: int = 0) -> Corpus:
    """`count` pictures of A, B, C, and of X, which is to be none of them; a quarter is to validate on."""
    images, targets = characters("ABCX", count, seed)
    pictures, train = list(images), 3 * count // 4
    return Corpus(
        Examples(pictures[:train], targets[:train]),
        Examples(pictures[train:], targets[train:]),
        labels=("A", "B", "C"),
    )
