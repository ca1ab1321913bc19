"""Data sets from files: IDX folders (MNIST and its relatives) and NumPy archives."""

import contextlib
import gzip
import math
import re
import string
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import DataError
from webcam_digits.train.data.jpeg import decode
from webcam_digits.types import DIGITS

Picture = NDArray[np.uint8]

PARTS = ("train", "val", "test")

_MNIST_NAME = re.compile(
    r"(?P<prefix>.*?)(?P<part>train|t10k|test)-(?P<kind>images|labels)[-.]idx\d-\w+(\.gz)?"
)
_IDX_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MOST_CLASSES = 10_000  # where a set does not name its classes
_LIGHT = 127  # mean above which a picture is of light paper
_LETTERS = tuple(string.ascii_uppercase)
_EMNIST_CLASSES = {  # what a label stands for, by the name of the split (Cohen et al., arXiv 1702.05373)
    "letters": _LETTERS,
    "balanced": (*DIGITS, *_LETTERS, *"abdefghnqrt"),
    "bymerge": (*DIGITS, *_LETTERS, *"abdefghnqrt"),
    "byclass": (*DIGITS, *_LETTERS, *string.ascii_lowercase),
}


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Pictures of single characters, and what each shows.

    Attributes:
        name: where it came from, for messages.
        images: n pictures of (h, w) uint8, white ink on black; sizes may differ.
        labels: (n,) int64, indices into `classes`.
        classes: what each label stands for.

    Raises:
        DataError: where it is empty, or images and labels do not belong together.
    """

    name: str
    images: list[Picture]
    labels: NDArray[np.int64]
    classes: tuple[str, ...] = DIGITS

    def __post_init__(self) -> None:
        if len(self.images) != len(self.labels):
            raise DataError(f"{self.name}: {len(self.images)} images but {len(self.labels)} labels")
        if not self.images or not all(image.size for image in self.images):
            raise DataError(f"{self.name}: holds no images, or some without pixels")
        wrong = (self.labels < 0) | (self.labels >= len(self.classes))
        if wrong.any():
            label, most = self.labels[wrong][0], len(self.classes) - 1
            raise DataError(f"{self.name}: label {label} is out of range, expected 0 to {most}")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def names(self) -> NDArray[np.str_]:
        """(n,) what each picture shows."""
        return np.array(self.classes)[self.labels]

    def choose(self, keep: NDArray[np.bool_]) -> "LabelledSet":
        """The pictures where the (n,) mask `keep` is true."""
        images = [self.images[index] for index in np.flatnonzero(keep)]
        return LabelledSet(self.name, images, self.labels[keep], self.classes)


def load(path: Path, part: str = "test") -> LabelledSet:
    """The data set at `path`: a `.npz` archive, or a folder of IDX files.

    Args:
        path: the archive or folder.
        part: "train", "val" or "test"; without effect on an archive that is not divided.

    Raises:
        DataError: with one line, where it is missing, broken, empty or mislabelled.
    """
    if path.is_dir():
        return load_idx(path, part)
    if not path.exists():
        raise DataError(f"{path}: no such file or folder")
    return load_npz(path, part)


def check_ink(data: LabelledSet) -> None:
    """Find out whether the pictures are as `LabelledSet` says, judged by most of them.

    Raises:
        DataError: where they are of dark ink on light, or all black.
    """
    if np.median([image.mean() for image in data.images]) > _LIGHT:
        raise DataError(
            f"{data.name}: dark ink on light, where white on black is expected: store 255 - images"
        )
    if np.median([image.max() for image in data.images]) == 0:
        raise DataError(f"{data.name}: most pictures are all black, where white ink on black is expected")


def load_idx(folder: Path, part: str = "test") -> LabelledSet:
    """One part of the IDX data set in `folder`: MNIST, EMNIST, KMNIST or QMNIST under their own file names.

    EMNIST's pictures are stored transposed and its letters count from 1; both are undone. Of QMNIST's eight
    columns of labels the first is the class.
    """
    files = _idx_files(folder, part)
    if "images" not in files or "labels" not in files:
        missing = "images" if "images" not in files else "labels"
        example = f"{'t10k' if part == 'test' else part}-{missing}-idx…"
        instead = "; or name one of its .npz archives" if any(folder.glob("*.npz")) else ""
        raise DataError(f"{folder}: no {part} {missing} such as {example} (IDX, may end in .gz){instead}")
    images, labels = read_idx(files["images"]), read_idx(files["labels"])
    if images.ndim != 3 or images.dtype != np.uint8:
        raise DataError(f"{files['images']}: expected (n, h, w) bytes, found {images.shape} {images.dtype}")
    if labels.ndim == 2:
        labels = labels[:, 0]
    form, split, *_ = files["images"].name.lower().split("-")
    classes = DIGITS
    if form == "emnist":
        images = images.transpose(0, 2, 1)
        classes = _EMNIST_CLASSES.get(split, DIGITS)
        labels = labels - 1 if split == "letters" else labels
    known = form.upper() if form.endswith("mnist") else "MNIST"  # KMNIST's own files are named as MNIST's
    return _labelled(f"{folder}: {known} form IDX files", images, labels, classes)


def is_idx(path: Path) -> bool:
    """Whether a file is called as those of MNIST and its relatives are."""
    return _MNIST_NAME.fullmatch(path.name.lower()) is not None


def holds_idx(folder: Path, part: str = "train") -> bool:
    """Whether `folder` holds IDX files of that part, images and labels."""
    return len(_idx_files(folder, part)) == 2


def holds_npz(path: Path, part: str = "train") -> bool:
    """Whether an archive holds labelled pictures of that part.

    Raises:
        DataError: it is not an archive.
    """
    with _archive(path) as archive:
        return any(
            {f"{prefix}labels", images} <= {*archive.files}
            for prefix, images in ((f"{part}_", f"{part}_images"), ("", "images"), ("", "jpeg"))
        )


def load_npz(path: Path, part: str = "test") -> LabelledSet:
    """One part of a NumPy archive.

    Its arrays are `{part}_images` and `{part}_labels`, or `images` and `labels` where it is not divided;
    `jpeg` and `offsets` in place of images hold coded pictures, one after the other, also photographs of dark
    ink on light paper. `class_chars[label]` (or `class_names`) says what a label stands for; without it, it
    stands for its number.
    """
    with _archive(path) as archive:
        arrays: dict[str, NDArray[Any]] = {key: archive[key] for key in archive.files}
    prefix = f"{part}_" if f"{part}_images" in arrays else ""
    if "jpeg" in arrays and "offsets" in arrays:
        images: Any = decode(path, arrays["jpeg"], arrays["offsets"])
    elif f"{prefix}images" in arrays:
        images = arrays[f"{prefix}images"]
        if images.ndim != 3 or images.dtype != np.uint8:
            raise DataError(f"{path}: images must be (n, h, w) uint8, found {images.shape} {images.dtype}")
    else:
        raise DataError(f"{path}: holds no images of part '{part}', only {', '.join(arrays) or 'nothing'}")
    if f"{prefix}labels" not in arrays:
        raise DataError(f"{path}: holds no {prefix}labels")
    labels = arrays[f"{prefix}labels"]
    named = next((arrays[key] for key in ("class_chars", "class_names") if key in arrays), None)
    return _labelled(str(path), images, labels, None if named is None else tuple(map(str, named.flat)))


def read_idx(path: Path) -> NDArray[Any]:
    """The array of an IDX file, gzipped or not, in this machine's byte order."""
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in _IDX_TYPES or len(raw) < 4 + 4 * raw[3]:
        raise DataError(f"{path}: not an IDX file")
    dtype = np.dtype(_IDX_TYPES[raw[2]])
    shape = tuple(int(size) for size in np.frombuffer(raw, ">u4", count=raw[3], offset=4))
    start = 4 + 4 * raw[3]
    if len(raw) - start != math.prod(shape) * dtype.itemsize:
        raise DataError(
            f"{path}: {len(raw) - start} bytes where {shape} of {dtype} were announced; truncated?"
        )
    return np.frombuffer(raw, dtype, offset=start).reshape(shape).astype(dtype.newbyteorder("="))


@contextlib.contextmanager
def _archive(path: Path) -> Iterator[np.lib.npyio.NpzFile]:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            yield archive
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: not a readable .npz archive") from error


def _idx_files(folder: Path, part: str) -> dict[str, Path]:
    wanted = {"test", "t10k"} if part == "test" else {part}
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        match = _MNIST_NAME.fullmatch(path.name.lower())
        if not match or match["part"] not in wanted:
            continue
        other = found.setdefault(match["kind"], path)
        if other.name.removesuffix(".gz") != path.name.removesuffix(".gz"):
            raise DataError(
                f"{folder}: holds both {other.name} and {path.name}; give each set its own folder"
            )
    return found


def _labelled(
    name: str,
    images: NDArray[np.uint8] | list[Picture],
    labels: NDArray[Any],
    classes: tuple[str, ...] | None,
) -> LabelledSet:
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(
            f"{name}: labels must be one whole number an image, found {labels.shape} {labels.dtype}"
        )
    if classes is None:
        classes = tuple(map(str, range(max(10, min(int(labels.max(initial=0)) + 1, _MOST_CLASSES)))))
    return LabelledSet(name, list(images), labels.astype(np.int64), classes)
