"""What a folder offers for training: pictures of digits, and pictures of what is none."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DataError

from . import fonts
from .data import DIGITS, LabelledSet, Picture, holds_idx, holds_npz, load, load_npz
from .negatives import like_one, made

_log = logging.getLogger(__name__)

_NEGATIVE_ARCHIVES = ("omniglot.npz", "math_symbols.npz", "quickdraw.npz")
_ONLY_TO_EVALUATE = (  # archives whose terms allow no more, or that tell how strangers' digits are read
    "usps.npz",
    "chars74k_hand.npz",
    "cedar_letters.npz",
    "cyrillic_letters.npz",
    "dida_crops.npz",
)
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


def find_digits(path: Path) -> list[LabelledSet]:
    """The sets of digits that may be trained on, largest first whatever their files are called.

    Args:
        path: an archive, or a folder of archives and at most one set of IDX files; it may be absent. Of sets
            that name other characters too, only the digits are taken. What is left alone is told.

    Raises:
        DataError: where a set is broken, or the one archive has no digits.
    """
    alone = path.is_file() or path.suffix == ".npz"
    found = []
    for source in [path] if alone else _sources(path):
        digits = _only_digits(load(source, "train"))
        if digits is not None:
            _log.info("%s: %s digits", digits.name, f"{len(digits):,}")
            found.append(digits)
        elif alone:
            raise DataError(f"{path}: no set of digits; its labels, or class_chars[label], must be 0 to 9")
        else:
            _log.info("%s: no set of digits, left alone", source)
    return sorted(found, key=len, reverse=True)


def gather(path: Path, digits: list[LabelledSet], seed: int) -> Corpus:
    """The digits and all that is no digit, split at random.

    Args:
        path: where known archives of negatives and fonts may be.
        digits: sets of nothing but digits, at least one.
        seed: decides all chance.

    Raises:
        DataError: where an archive of negatives is broken, or one of the ten digits is missing.
    """
    examples_of_digits = [Examples(found.images, found.names.astype(np.int64)) for found in digits]
    present = np.concatenate([examples.targets for examples in examples_of_digits])
    missing = sorted(set(range(len(DIGITS))) - set(present.tolist()))
    if missing:
        raise DataError(f"{path}: no pictures of the digit {', '.join(map(str, missing))}")

    generator = np.random.default_rng(seed)
    train: list[Examples] = []
    validation: list[Examples] = []
    for examples in (*examples_of_digits, *_negatives(path)):
        held_out = generator.random(len(examples)) < _HELD_OUT
        train.append(examples.choose(~held_out))
        validation.append(examples.choose(held_out))
    for index, file in enumerate(sorted((path / "fonts").glob("*.ttf"))):
        side = validation if index % 12 == 11 else train  # a whole font is held out: new hands
        side.extend(_font(file, generator))
    return Corpus(_with_made(train, generator), _with_made(validation, generator))


def _sources(folder: Path) -> Iterable[Path]:
    """What in `folder` may be a set of digits: the folder itself stands for its IDX files."""
    if not folder.is_dir():
        return
    if holds_idx(folder):
        yield folder
    for path in sorted(folder.glob("*.npz")):
        if path.name in _ONLY_TO_EVALUATE:
            _log.info("%s: only to evaluate on, left alone", path)
        elif path.name not in _NEGATIVE_ARCHIVES:
            if holds_npz(path):
                yield path
            else:
                _log.info("%s: no labelled pictures to train on, left alone", path)


def _only_digits(found: LabelledSet) -> LabelledSet | None:
    if "10" in found.classes:  # the labels only count, and may stand for anything
        return None
    keep = np.isin(found.names, DIGITS)
    return found.choose(keep) if keep.any() else None


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
