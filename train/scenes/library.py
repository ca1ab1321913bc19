"""All that can be drawn: people's digits, fonts, signs and letters of a data folder, in two parts."""

import logging
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal, TypeVar

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from webcam_digits.errors import DataError
from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.data.duplicates import fingerprints
from webcam_digits.train.data.folder import find_negatives, find_sets
from webcam_digits.train.data.negatives import scribble, trim
from webcam_digits.train.handwriting.fonts import read_font, substitute
from webcam_digits.train.scenes.hands import SEGMENTS, Face, Hand, People, Style
from webcam_digits.types import DIGITS

_log = logging.getLogger(__name__)

Part = Literal["train", "validation"]
_T = TypeVar("_T")

_HELD_OUT = 10  # one of so many pictures and files of fonts is for validation
_LEAST_PHOTO = 64  # pixels of its shorter side
_DISPLAYS = 0.12  # of printed digits, in seven segments


# Of the pictures that come with scikit-image, those without writing that are in the public domain or free to
# use (see the README in its data folder).
_PHOTOS = {
    "train": ("astronaut", "coffee", "brick", "rocket", "motorcycle_left", "retina", "moon"),
    "validation": ("chelsea", "gravel", "grass", "hubble_deep_field", "ihc", "camera"),
}


class Library:
    """Hands, fonts and pictures of a part; the two parts share none.

    Args:
        folder: of data: archives of digits and of what is not a digit, `fonts` of handwriting, `faces` of
            print, `photos` without writing; all but digits may be absent.
        part: "train" or "validation".
        only: fingerprints of the pictures of data sets that may be shown; None for all of the part.
        without: files of fonts that are left out.

    Attributes:
        part: likewise.

    Raises:
        DataError: where the folder holds no digits, or something broken.
    """

    def __init__(
        self,
        folder: Path,
        part: Part,
        only: NDArray[np.int64] | None = None,
        without: Collection[Path] = (),
    ) -> None:
        self.part: Part = part
        sets = find_sets(folder, DIGITS)
        if not sets:
            raise DataError(f"{folder}: holds no digits to train on: put mnist.npz or MNIST's files into it")
        self._people: list[People] = []
        for found in sets:
            names = found.names
            chosen = {
                digit: _allowed(
                    _of_part([found.images[i] for i in np.flatnonzero(names == str(digit))], part), only
                )
                for digit in range(10)
            }
            if all(chosen.values()):
                self._people.append(People(chosen))
        pictures = {id(picture): picture for archive in find_negatives(folder) for picture in archive}
        self._others = _allowed(
            _of_part(list(pictures.values()), part), only
        )  # each once, however often it counts
        self._photos = _photos(folder / "photos", part)
        self._written = _faces(folder / "fonts", part, without, printed=False)
        own = Face(substitute(), printed=True)
        self._printed = [own, *_faces(folder / "faces", part, without, printed=True)]

    def hand(self, rng: np.random.Generator, *, printed: float = 0.12) -> Hand:
        """Somebody who writes digits."""
        style = Style.random(rng)
        lot = rng.random()
        if lot < printed:
            if rng.random() < _DISPLAYS:
                return Hand(style, rng, forms=SEGMENTS)
            return Hand(style, rng, face=_one(self._printed, rng))
        lot = rng.random()
        if lot < 0.42 or not self._people:
            return Hand(style, rng)
        if lot < 0.55 and self._written:
            return Hand(style, rng, face=_one(self._written, rng), redrawn=bool(rng.random() < 0.5))
        people = self._people[int(rng.choice(len(self._people), p=self._shares()))]
        return Hand(style, rng, people=people, redrawn=bool(rng.random() < 0.6))

    def scribe(self, rng: np.random.Generator, *, printed: float = 0.4) -> Hand:
        """Somebody who writes words."""
        style = Style.random(rng)
        lot = rng.random()
        if lot < printed or not self._written:
            return Hand(style, rng, face=_one(self._printed, rng))
        if lot < printed + 0.15:
            return Hand(style, rng)
        return Hand(style, rng, face=_one(self._written, rng), redrawn=bool(rng.random() < 0.5))

    def photo(self, rng: np.random.Generator) -> Picture:
        """A photograph without writing, (h, w, 3) BGR."""
        return self._photos[int(rng.integers(len(self._photos)))]

    def other(self, rng: np.random.Generator) -> Picture:
        """A picture of what is not a digit: a letter of some alphabet, a sign, a sketch, a doodle."""
        if not self._others or rng.random() < 0.2:
            return trim(scribble(rng))
        return trim(self._others[int(rng.integers(len(self._others)))])

    def _shares(self) -> NDArray[np.float64]:
        """The first set is the largest."""
        shares = np.full(len(self._people), 0.3 / max(len(self._people) - 1, 1))
        shares[0] = 1.0 if len(self._people) == 1 else 0.7
        return shares


def _of_part(whole: Sequence[_T], part: Part) -> list[_T]:
    held_out = part == "validation"
    return [one for i, one in enumerate(whole) if (i % _HELD_OUT == _HELD_OUT - 1) == held_out]


def _allowed(pictures: list[Picture], only: NDArray[np.int64] | None) -> list[Picture]:
    if only is None:
        return pictures
    allowed = np.isin(fingerprints(pictures), only)
    return [picture for picture, chosen in zip(pictures, allowed, strict=True) if chosen]


def _photos(folder: Path, part: Part) -> list[Picture]:
    bundled = sorted(Path(skimage.data.__file__).parent.glob("*.[jp][pn]g"))
    files = [path for path in bundled if path.stem in _PHOTOS[part]]
    own = sorted(path for path in folder.glob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    return [_photo(path) for path in files + own[part == "validation" :: 2]]


def _photo(path: Path) -> Picture:
    photo = cv2.imread(str(path))
    if photo is None or min(photo.shape[:2]) < _LEAST_PHOTO:
        raise DataError(f"{path}: not a picture of {_LEAST_PHOTO} pixels or more: remove it")
    return np.asarray(photo, np.uint8)


def _faces(folder: Path, part: Part, without: Collection[Path], *, printed: bool) -> list[Face]:
    files = sorted([*folder.glob("*.ttf"), *folder.glob("*.otf")])
    faces = []
    for path in _of_part(files, part):
        face = Face(read_font(path), printed=printed)
        if not face.has_digits:
            _log.info("%s: a font without digits, left alone", path)
        elif path not in without:
            faces.append(face)
    return faces


def _one(faces: Sequence[Face], rng: np.random.Generator) -> Face:
    return faces[int(rng.integers(len(faces)))]
