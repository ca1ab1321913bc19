"""What a folder offers for training: pictures of digits, and pictures of what is none."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DataError

from . import fonts
from .data import DIGITS, LabelledSet, Picture, holds_idx, load_idx, load_npz
from .negatives import like_one, made

_log = logging.getLogger(__name__)

_DIGIT_ARCHIVES = ("mnist.npz", "optdigits.npz", "hwd1000.npz")
_NEGATIVE_ARCHIVES = ("omniglot.npz", "math_symbols.npz", "quickdraw.npz")
_LIKE_A_DIGIT = {"division_slash"} | {  # classes of the negatives that are drawn as a digit is: o, l, б, ㄱ, フ …
    f"{alphabet}/character{number:02}"
    for alphabet, numbers in {
        "Balinese": (5, 14),
        "Early_Aramaic": (1, 2, 3, 4, 5, 6, 10, 12, 13, 14, 16, 17, 20),
        "Greek": (2, 4, 6, 8, 9, 15, 18),
        "Japanese_(katakana)": (1, 2, 8, 24, 27, 30, 37, 38, 43, 46),
        "Korean": (21, 22, 24, 33, 37),
        "Latin": (2, 7, 9, 10, 12, 15, 17, 19, 26),
        "Sanskrit": (5, 13, 37),
        "Tagalog": (3, 4, 16),
    }.items()
    for number in numbers
}
_HELD_OUT = 0.08  # of everything, for validation
_MADE_SHARE = 0.25  # made negatives, of the number of digits
_FONT_DIGITS = 12  # how often each font's digits are repeated: a small share of all digits
_FONT_LETTERS = 4  # how often each font's letters are
_WORDS = 30  # words a font


@dataclass(frozen=True, slots=True)
class Examples:
    """Pictures with what the network is to answer.

    Attributes:
        pictures: n pictures of (h, w) uint8, white ink on black, of any size.
        targets: (n,) int64, the digit, or 10 for "not a digit".
    """

    pictures: list[Picture]
    targets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.pictures)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Examples to learn from, and others of the same sources to choose by; never those of a test set."""

    train: Examples
    validation: Examples


def holds_digits(folder: Path) -> bool:
    """Whether there is a set of digits in `folder` that can be trained on."""
    return folder.is_dir() and (holds_idx(folder) or any((folder / name).exists() for name in _DIGIT_ARCHIVES))


def gather(folder: Path, seed: int) -> Corpus:
    """Everything in `folder` that is known by name and may be trained on, split at random by `seed`.

    Raises:
        DataError: where a set is broken, there are no digits, or one of the ten is missing.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    generator = np.random.default_rng(seed)
    parts = ([*_digits(folder)], [*_negatives(folder)])
    for path in sorted(folder.iterdir()):
        if path.suffix == ".npz" and path.name not in _DIGIT_ARCHIVES + _NEGATIVE_ARCHIVES:
            _log.info("%s: not known as training data, left alone", path)
    if not parts[0]:
        raise DataError(f"{folder}: no digits to train on: neither MNIST's IDX files nor {', '.join(_DIGIT_ARCHIVES)}")
    labels = np.concatenate([part.labels for part in parts[0]])
    missing = [digit for digit in DIGITS if int(digit) not in labels]
    if missing:
        raise DataError(f"{folder}: no pictures of the digit {', '.join(missing)}")

    sides: tuple[list[tuple[list[Picture], NDArray[np.int64]]], ...] = ([], [])
    for part in parts[0]:
        held_out = generator.random(len(part)) < _HELD_OUT
        for side, keep in zip(sides, (~held_out, held_out), strict=True):
            side.append(_pick(part.images, part.labels, keep))
    for pictures in parts[1]:
        held_out = generator.random(len(pictures)) < _HELD_OUT
        targets = np.full(len(pictures), len(DIGITS))
        for side, keep in zip(sides, (~held_out, held_out), strict=True):
            side.append(_pick(pictures, targets, keep))
    for index, path in enumerate(sorted((folder / "fonts").glob("*.ttf"))):
        sides[index % 12 == 11].extend(_font(path, generator))  # a whole font is held out: new hands
    return Corpus(*(_with_made(side, generator) for side in sides))


def _digits(folder: Path) -> Iterable[LabelledSet]:
    if holds_idx(folder):
        yield load_idx(folder, "train")
    for name in _DIGIT_ARCHIVES:
        if (folder / name).exists():
            yield load_npz(folder / name, "train")


def _negatives(folder: Path) -> Iterable[list[Picture]]:
    for name in _NEGATIVE_ARCHIVES:
        if (folder / name).exists():
            found = load_npz(folder / name, "train")
            alike = np.isin(found.names, list(_LIKE_A_DIGIT))
            yield [image for image, bad in zip(found.images, alike, strict=True) if not bad and not like_one(image)]


def _font(path: Path, generator: np.random.Generator) -> Iterable[tuple[list[Picture], NDArray[np.int64]]]:
    font = fonts.read_font(path)
    digits, letters = fonts.digits(font), fonts.letters(font, _WORDS, generator)
    yield digits * _FONT_DIGITS, np.tile(np.arange(len(digits)), _FONT_DIGITS)
    yield letters * _FONT_LETTERS, np.full(len(letters) * _FONT_LETTERS, len(DIGITS))


def _pick(
    pictures: list[Picture], targets: NDArray[np.int64], keep: NDArray[np.bool_]
) -> tuple[list[Picture], NDArray[np.int64]]:
    return [pictures[index] for index in np.flatnonzero(keep)], targets[keep]


def _with_made(side: list[tuple[list[Picture], NDArray[np.int64]]], generator: np.random.Generator) -> Examples:
    """All parts as one, with negatives made of their own digits."""
    pictures = [picture for part, _ in side for picture in part]
    targets = np.concatenate([targets for _, targets in side])
    digits = np.flatnonzero(targets < len(DIGITS))
    negatives = made([pictures[index] for index in digits], targets[digits], round(_MADE_SHARE * len(digits)), generator)
    return Examples(pictures + negatives, np.append(targets, np.full(len(negatives), len(DIGITS))))
