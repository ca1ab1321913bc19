"""All that can be drawn: people's digits, fonts, signs and letters of a data folder, in two parts."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from webcam_digits.errors import DataError

from ..data import DIGITS, Picture
from ..fonts import read_font, substitute
from ..negatives import scribble, trim
from ..sources import find_negatives, find_sets
from .hands import SEGMENTS, Face, Hand, People, Style

Part = Literal["train", "validation"]

_HELD_OUT = 10  # one of so many pictures, fonts and letters is for validation
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

    Attributes:
        part: likewise.

    Raises:
        DataError: where the folder holds no digits, or something broken.
    """

    def __init__(self, folder: Path, part: Part) -> None:
        self.part: Part = part
        sets = find_sets(folder, DIGITS)
        if not sets:
            raise DataError(f"{folder}: holds no digits to train on: put mnist.npz or MNIST's files into it")
        self._people: list[People] = []
        for found in sets:
            names = found.names
            chosen = {
                digit: [found.images[i] for i in _of_part(np.flatnonzero(names == str(digit)), part)]
                for digit in range(10)
            }
            if all(chosen.values()):
                self._people.append(People(chosen))
        pictures = [picture for archive in find_negatives(folder) for picture in archive]
        self._others: list[Picture] = [pictures[i] for i in _of_part(np.arange(len(pictures)), part)]
        self._photos = _photos(folder / "photos", part)
        self._written = _faces(folder / "fonts", part, printed=False)
        self._printed = _faces(folder / "faces", part, printed=True) or [Face(substitute(), printed=True)]

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
            return Hand(style, rng, face=_one(self._written, rng))
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
        return Hand(style, rng, face=_one(self._written, rng))

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


def _of_part(indices: NDArray[np.intp], part: Part) -> list[int]:
    held = np.arange(len(indices)) % _HELD_OUT == _HELD_OUT - 1
    return [int(i) for i in indices[held if part == "validation" else ~held]]


def _photos(folder: Path, part: Part) -> list[Picture]:
    bundled = sorted(Path(skimage.data.__file__).parent.glob("*.[jp][pn]g"))
    files = [path for path in bundled if path.stem in _PHOTOS[part]]
    files += sorted(folder.glob("*.jpg"))[part == "validation" :: 2]
    return [np.asarray(cv2.imread(str(path)), np.uint8) for path in files]


def _faces(folder: Path, part: Part, *, printed: bool) -> list[Face]:
    files = sorted([*folder.glob("*.ttf"), *folder.glob("*.otf")])
    faces = [Face(read_font(files[i]), printed=printed) for i in _of_part(np.arange(len(files)), part)]
    return [face for face in faces if face.has_digits]


def _one(faces: Sequence[Face], rng: np.random.Generator) -> Face:
    return faces[int(rng.integers(len(faces)))]
