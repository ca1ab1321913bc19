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
_LIKE_A_DIGIT = {"division_slash"} | {  # classes of the negatives that are drawn as a digit is
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
_FONT_LETTERS = 6  # how often each font's letters are
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

    def choose(self, keep: NDArray[np.bool_]) -> "Examples":
        """Those where the (n,) mask `keep` is true."""
        return Examples([self.pictures[index] for index in np.flatnonzero(keep)], self.targets[keep])


@dataclass(frozen=True, slots=True)
class Corpus:
    """Examples to learn from, and others of the same sources to choose by; never those of a test set."""

    train: Examples
    validation: Examples


def holds_digits(folder: Path) -> bool:
    """Whether there is a set of digits in `folder` that can be trained on."""
    return folder.is_dir() and (
        holds_idx(folder) or any((folder / name).exists() for name in _DIGIT_ARCHIVES)
    )


def gather(folder: Path, seed: int) -> Corpus:
    """Everything in `folder` that is known by name and may be trained on, split at random by `seed`.

    Raises:
        DataError: where a set is broken, there are no digits, or one of the ten is missing.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder")
    for path in sorted(folder.glob("*.npz")):
        if path.name not in _DIGIT_ARCHIVES + _NEGATIVE_ARCHIVES:
            _log.info("%s: not known as training data, left alone", path)
    digits = [*_digits(folder)]
    if not digits:
        raise DataError(
            f"{folder}: no digits to train on: neither MNIST's IDX files nor {', '.join(_DIGIT_ARCHIVES)}"
        )
    present = np.concatenate([examples.targets for examples in digits])
    missing = sorted(set(range(len(DIGITS))) - set(present.tolist()))
    if missing:
        raise DataError(f"{folder}: no pictures of the digit {', '.join(map(str, missing))}")

    generator = np.random.default_rng(seed)
    train: list[Examples] = []
    validation: list[Examples] = []
    for examples in (*digits, *_negatives(folder)):
        held_out = generator.random(len(examples)) < _HELD_OUT
        train.append(examples.choose(~held_out))
        validation.append(examples.choose(held_out))
    for index, path in enumerate(sorted((folder / "fonts").glob("*.ttf"))):
        side = validation if index % 12 == 11 else train  # a whole font is held out: new hands
        side.extend(_font(path, generator))
    return Corpus(_with_made(train, generator), _with_made(validation, generator))


def _digits(folder: Path) -> Iterable[Examples]:
    if holds_idx(folder):
        yield _as_digits(load_idx(folder, "train"))
    for name in _DIGIT_ARCHIVES:
        if (folder / name).exists():
            yield _as_digits(load_npz(folder / name, "train"))


def _as_digits(found: LabelledSet) -> Examples:
    strange = sorted(set(found.names.tolist()) - set(DIGITS))
    if strange:
        raise DataError(f"{found.name}: not a set of digits, it has the label {strange[0]}")
    return Examples(found.images, found.names.astype(np.int64))


def _negatives(folder: Path) -> Iterable[Examples]:
    for name in _NEGATIVE_ARCHIVES:
        if (folder / name).exists():
            found = load_npz(folder / name, "train")
            found = found.choose(~np.isin(found.names, list(_LIKE_A_DIGIT)))
            yield _not_digits([image for image in found.images if not like_one(image)])


def _font(path: Path, generator: np.random.Generator) -> Iterable[Examples]:
    font = fonts.read_font(path)
    digits = fonts.digits(font)
    yield Examples(digits * _FONT_DIGITS, np.tile(np.arange(len(digits)), _FONT_DIGITS))
    yield _not_digits(fonts.letters(font, _WORDS, generator) * _FONT_LETTERS)


def _not_digits(pictures: list[Picture]) -> Examples:
    return Examples(pictures, np.full(len(pictures), len(DIGITS)))


def _with_made(parts: list[Examples], generator: np.random.Generator) -> Examples:
    """All parts as one, with negatives made of their own digits."""
    whole = _joined(parts)
    digits = whole.choose(whole.targets < len(DIGITS))
    count = round(_MADE_SHARE * len(digits))
    return _joined([whole, _not_digits(made(digits.pictures, digits.targets, count, generator))])


def _joined(parts: list[Examples]) -> Examples:
    return Examples(
        [picture for part in parts for picture in part.pictures],
        np.concatenate([part.targets for part in parts]),
    )
