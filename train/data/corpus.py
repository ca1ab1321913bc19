"""What a folder offers for training: pictures of what is to be read, and pictures of what is none of it."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DataError, UsageError
from webcam_digits.reading.classifier import Classifier
from webcam_digits.train.data.cuttings import cuttings
from webcam_digits.train.data.datasets import LabelledSet, Picture
from webcam_digits.train.data.duplicates import connected, deal, fingerprints
from webcam_digits.train.data.examples import Corpus, Examples, joined
from webcam_digits.train.data.folder import find_negatives, find_tests
from webcam_digits.train.data.negatives import made
from webcam_digits.train.handwriting import fonts
from webcam_digits.train.handwriting.letters import letters
from webcam_digits.train.scenes.crops import KINDS, Crops
from webcam_digits.train.stills.writers import Writers
from webcam_digits.types import DIGITS

_log = logging.getLogger(__name__)

_PARTS = 12  # of which one is held out for validation
_MADE_SHARE = 0.25  # made negatives, of the number of labelled pictures
_FONT_DIGITS = 12  # how often each font's digits are repeated: a small share of all digits
_FONT_LETTERS = 6  # how often each font's letters are
_WORDS = 30  # words a font
_PEN_LETTERS = 0.173  # letters by the pen, of the number of labelled pictures
_CROPS = 0.08  # of scenes, of the number of labelled pictures; each yields some eight


@dataclass(frozen=True, slots=True)
class Material:
    """All pictures that were found to learn from, not divided yet.

    Attributes:
        examples: n of them.
        groups: (n,) int64, for each the first one that it must stay together with: equal pictures do, and a
            whole font does.
        labels: the L labels that targets count.
        fonts: the files of the fonts, each by the index of its first example.
        source: the folder or archive of data, whose hands scenes are drawn with.
    """

    examples: Examples
    groups: NDArray[np.int64]
    labels: tuple[str, ...]
    fonts: Mapping[int, Path]
    source: Path

    def deal(self, parts: int, generator: np.random.Generator) -> NDArray[np.int64]:
        """(n,) the part that each example falls to, 0..parts-1; parts share no picture."""
        return deal(self.examples.targets, self.groups, parts, generator)

    def check(self, held_out: NDArray[np.bool_]) -> None:
        """Make sure that there are pictures of each label on either side of a division, and two to train on.

        Raises:
            DataError: where there are not.
        """
        for index, label in enumerate(self.labels):
            of_label = self.examples.targets == index
            if held_out[of_label].all() or not held_out[of_label].any():
                count = len(np.unique(self.groups[of_label]))
                raise DataError(f"too few pictures of {label} to hold some out: {count} different; add some")
        if np.count_nonzero(~held_out) < 2:  # of one label; batch normalisation has no spread then
            raise DataError("one picture is too few to train on: add some")

    def divide(self, held_out: NDArray[np.bool_], generator: np.random.Generator) -> Corpus:
        """The (n,) mask's pictures to validate on, the others to train on; with negatives made of either.

        Raises:
            DataError: where a label would be missing on one side.
        """
        self.check(held_out)
        train, validation = self._part(~held_out, generator), self._part(held_out, generator)
        if self.labels == DIGITS:  # only to learn from: not all that a scene's truth names can still be read
            without = [file for start, file in self.fonts.items() if held_out[start]]
            train = joined([train, _from_scenes(self.source, train, without, generator)])
        # What is made may come out alike on both sides: there are few different dots and corners.
        new = ~np.isin(fingerprints(validation.pictures), fingerprints(train.pictures))
        return Corpus(train, validation.choose(new), self.labels)

    def split(self, seed: int) -> Corpus:
        """The usual division: one of `_PARTS` parts is to validate on.

        Raises:
            DataError: where there are too few pictures of a label.
        """
        generator = np.random.default_rng(seed)
        return self.divide(self.deal(_PARTS, generator) == 0, generator)

    def people(self, seed: int) -> Writers:
        """Those whose hands are trained on by the division of `split`."""
        return self._writers(self.deal(_PARTS, np.random.default_rng(seed)) != 0)

    def _part(self, keep: NDArray[np.bool_], generator: np.random.Generator) -> Examples:
        chosen = self.examples.choose(keep)
        return joined([chosen, _made(chosen, self.labels, generator)])

    def _writers(self, keep: NDArray[np.bool_]) -> Writers:
        """Those whose hands may be seen on one side of a division."""
        faces = [fonts.read_font(file) for start, file in self.fonts.items() if keep[start]]
        drawn = keep & (np.arange(len(keep)) < min(self.fonts, default=len(keep)))
        pictures = self.examples.choose(drawn)
        by_target = [
            pictures.choose(pictures.targets == target).pictures for target in range(len(DIGITS) + 1)
        ]
        *digits, symbols = by_target
        return Writers(dict(zip(DIGITS, digits, strict=True)), symbols, faces)


def collect(
    path: Path,
    sets: list[LabelledSet],
    seed: int,
    *,
    labels: tuple[str, ...] = DIGITS,
    font_folder: Path | None = None,
) -> Material:
    """The characters to be read and, where these are the ten digits, all that is known to be none.

    Archives of negatives and fonts hold the very characters that other labels may name: they are left alone
    then, and only made negatives teach what is none.

    Args:
        path: where known archives of negatives may be, and test parts, of which no picture is taken.
        sets: of nothing but `labels`.
        seed: decides all chance.
        labels: what is to be distinguished.
        font_folder: of handwriting fonts; None for `fonts` in `path`, which may be absent.

    Raises:
        DataError: where an archive or a font is broken, or a label has no pictures.
        UsageError: where fonts are given with other labels than the ten digits.
    """
    parts = [_labelled(one, labels) for one in sets]
    if labels == DIGITS:
        parts += [_none_of(labels, pictures) for pictures in find_negatives(path)]
    elif font_folder is not None:
        raise UsageError("--fonts goes with the ten digits alone: leave it out, or leave out --classes")
    examples = _without_tests(path, joined(parts))
    present = set(examples.targets.tolist())
    missing = [label for index, label in enumerate(labels) if index not in present]
    if missing:
        raise DataError(f"{path}: no pictures of {', '.join(missing)}")

    generator = np.random.default_rng(seed)
    whole, fonts_at = [examples], {}
    for file in _font_files(path, font_folder) if labels == DIGITS else ():
        fonts_at[sum(map(len, whole))] = file
        whole.append(_of_font(file, generator))
    if labels == DIGITS:
        count = round(_PEN_LETTERS * sum(map(len, sets)))
        whole.append(_none_of(labels, list(letters(count, generator))))
    examples = joined(whole)
    owners = np.arange(len(examples))
    for start, font in zip(fonts_at, whole[1:], strict=False):  # what comes after them has no owner
        owners[start : start + len(font)] = start
    groups = connected(owners, fingerprints(examples.pictures))
    return Material(examples, groups, labels, fonts_at, path)


def _labelled(found: LabelledSet, labels: tuple[str, ...]) -> Examples:
    targets = {label: index for index, label in enumerate(labels)}
    return Examples(found.images, np.array([targets[name] for name in found.names.tolist()], np.int64))


def _none_of(labels: tuple[str, ...], pictures: list[Picture]) -> Examples:
    return Examples(pictures, np.full(len(pictures), len(labels)))


def _without_tests(path: Path, examples: Examples) -> Examples:
    """The examples of which no picture is in a test part; a warning counts the others."""
    own = fingerprints(examples.pictures)
    shared = np.zeros(len(own), bool)
    names = []
    for test in find_tests(path):
        also = np.isin(own, fingerprints(test.images))
        shared |= also
        names += [test.name] if also.any() else []
    if names:
        _log.warning("%d pictures are in a test part too and left out: %s", shared.sum(), ", ".join(names))
    return examples.choose(~shared)


def _font_files(path: Path, folder: Path | None) -> list[Path]:
    if folder is not None and not folder.is_dir():
        raise DataError(f"--fonts {folder}: there is no such folder")
    files = sorted((folder or path / "fonts").glob("*.ttf"))
    if folder is not None and not files:
        raise DataError(f"{folder}: holds no fonts (.ttf)")
    return files


def _of_font(path: Path, generator: np.random.Generator) -> Examples:
    font = fonts.read_font(path)
    digits = fonts.digits(font)
    letters = _none_of(DIGITS, fonts.letters(font, _WORDS, generator) * _FONT_LETTERS)
    return joined([Examples(digits * _FONT_DIGITS, np.tile(np.arange(len(digits)), _FONT_DIGITS)), letters])


def _made(examples: Examples, labels: tuple[str, ...], generator: np.random.Generator) -> Examples:
    """What is none of the labels, made of their pictures."""
    labelled = examples.choose(examples.targets < len(labels))
    # Halves are known to be none only of digits; for others no picture counts as one of them.
    digits = labelled.targets if labels == DIGITS else np.full(len(labelled), -1)
    count = round(_MADE_SHARE * len(labelled))
    return _none_of(labels, made(labelled.pictures, digits, count, generator))


def _from_scenes(
    source: Path, examples: Examples, without: Collection[Path], generator: np.random.Generator
) -> Examples:
    """What is in true and in false boxes of scenes; more of them the more labelled examples there are.

    Scenes show no picture that is not among the examples, and none of the fonts `without`.
    """
    labelled = np.count_nonzero(examples.targets < len(DIGITS))
    count, seed = max(round(_CROPS * labelled), len(KINDS)), int(generator.integers(1 << 31))
    crops = Crops(source, "train", fingerprints(examples.pictures), without)
    pictures, targets = zip(*cuttings(crops, count, seed, Classifier()), strict=True)
    return Examples(list(pictures), np.array(targets, np.int64))
