"""Which data sets of a folder are learned from, and which pictures are kept for tests."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from webcam_digits.errors import DataError, UsageError
from webcam_digits.train.data.datasets import (
    LabelledSet,
    Picture,
    check_ink,
    holds_idx,
    holds_npz,
    load,
    load_npz,
)
from webcam_digits.train.data.negatives import like_a_digit
from webcam_digits.types import DIGITS

_log = logging.getLogger(__name__)

NEGATIVE_ARCHIVES = {  # and how often an epoch sees each picture; strange letters are hardest to refuse
    "omniglot.npz": 3,
    "math_symbols.npz": 1,
    "quickdraw.npz": 1,
}
ONLY_TO_EVALUATE = (  # archives whose terms allow no more, or that measure how strangers' digits are read
    "usps.npz",
    "chars74k_hand.npz",
    "cedar_letters.npz",
    "cyrillic_letters.npz",
    "dida_crops.npz",
)
LIKE_A_DIGIT = {"division_slash"} | {  # classes of the negatives that are drawn as a digit is
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


def source_of(name: str) -> Path:
    """The path of that name, a folder or an archive.

    Raises:
        DataError: where it is neither: MNIST shall not be downloaded into what is only mistyped.
    """
    path = Path(name)
    if not name or not (path.is_dir() or _is_archive(path)):
        raise DataError(f"there is no folder {name!r} for --data: create it first, or name another")
    return path


def labels_of(characters: str) -> tuple[str, ...]:
    """The labels that are named together, as in "0123456789", in order.

    Raises:
        UsageError: where none is, or one twice, or a space.
    """
    labels = tuple(sorted(characters))
    if not characters.strip():
        raise UsageError("--classes names no character")
    if len(set(labels)) < len(labels) or any(label.isspace() for label in labels):
        raise UsageError(f"--classes {characters!r}: name each character once, without spaces, as in ABC")
    return labels


def kind_of(labels: tuple[str, ...]) -> str:
    """What people call them."""
    return "digits" if labels == DIGITS else "characters"


@contextlib.contextmanager
def one_of(folder: Path) -> Iterator[None]:
    """An error of one set of a folder also says how to go on without it.

    Raises:
        DataError: in place of any that is raised within.
    """
    try:
        yield
    except DataError as error:
        raise DataError(f"{error}; mend it, or move it out of {folder}") from error


def find_sets(path: Path, labels: tuple[str, ...] = DIGITS) -> list[LabelledSet]:
    """The sets of labelled characters that may be trained on, largest first whatever their files are called.

    Args:
        path: an archive, or a folder of archives and at most one set of IDX files; it may be absent. What is
            left alone is logged.
        labels: of sets that name other characters too, only these are taken.

    Raises:
        DataError: where a set is broken or its ink is dark, or the one archive has none of `labels`.
    """
    wanted = kind_of(labels)
    alone = _is_archive(path)
    if alone and path.name in ONLY_TO_EVALUATE:
        _log.warning("%s: its terms may allow evaluation only: read them before training on it", path)
    found = []
    for source in [path] if alone else _sources(path):
        with contextlib.nullcontext() if alone else one_of(path):
            chosen = _only(load(source, "train"), labels)
            if chosen is not None:
                check_ink(chosen)
        if chosen is not None:
            _log.info("%s: %s %s", chosen.name, f"{len(chosen):,}", wanted)
            found.append(chosen)
        elif alone:
            raise DataError(
                f"{path}: no pictures of {', '.join(labels)} that it names: labels 0 to 9 are the digits, for"
                " others the archive needs class_chars, the character of each label"
            )
        else:
            _log.info("%s: no set of %s, left alone", source, wanted)
    return sorted(found, key=len, reverse=True)


def find_negatives(folder: Path) -> Iterator[list[Picture]]:
    """The pictures of each archive that is known to hold no digits, but for those drawn as a digit is.

    Raises:
        DataError: where an archive is broken.
    """
    for name, times in NEGATIVE_ARCHIVES.items():
        if (folder / name).exists():
            with one_of(folder):
                found = load_npz(folder / name, "train")
            found = found.choose(~np.isin(found.names, list(LIKE_A_DIGIT)))
            images = [image for image in found.images if not like_a_digit(image)]
            _log.info("%s: %s pictures that are not a digit", found.name, f"{len(images):,}")
            yield images * times


def find_tests(path: Path) -> Iterator[LabelledSet]:
    """The test parts of all sets at `path`, an archive or a folder, and what is only to evaluate on.

    Raises:
        DataError: where a set is broken.
    """
    if not _is_archive(path) and path.is_dir() and holds_idx(path, "test"):
        yield load(path, "test")
    for source in [path] if _is_archive(path) else sorted(path.glob("*.npz")):
        undivided = holds_npz(source, "whole")  # a part that no archive names
        trained_on = undivided and (source == path or source.name not in ONLY_TO_EVALUATE)
        if holds_npz(source, "test") and not trained_on:
            yield load(source, "test")


def _is_archive(path: Path) -> bool:
    return path.is_file() or path.suffix == ".npz"


def _sources(folder: Path) -> Iterator[Path]:
    """What in `folder` may be a set to train on: the folder itself stands for its IDX files."""
    if not folder.is_dir():
        return
    if holds_idx(folder):
        yield folder
    for path in sorted(folder.glob("*.npz")):
        if path.name in ONLY_TO_EVALUATE:
            _log.info("%s: only to evaluate on, left alone", path)
        elif path.name not in NEGATIVE_ARCHIVES:
            with one_of(folder):
                labelled = holds_npz(path)
            if labelled:
                yield path
            else:
                _log.info("%s: no labelled pictures to train on, left alone", path)


def _only(found: LabelledSet, labels: tuple[str, ...]) -> LabelledSet | None:
    if "10" in found.classes:  # the labels only count, and may stand for anything
        return None
    keep = np.isin(found.names, labels)
    return found.choose(keep) if keep.any() else None
