"""Still images: which ones are meant, and their pictures, upright and in the form that the reader takes."""

import errno
import glob
import mimetypes
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import ImageError
from webcam_digits.logs import masked
from webcam_digits.types import Image

STDIN = "-"
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")

_LARGEST_FILE = 1 << 29  # bytes; of a larger one the rest is left unread
_ORIENTATION = 0x0112  # EXIF tag
_TURNS = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_MIRRORED_TURNS = {2: None, 4: cv2.ROTATE_180, 5: cv2.ROTATE_90_COUNTERCLOCKWISE, 7: cv2.ROTATE_90_CLOCKWISE}


def find_photos(names: Iterable[str]) -> list[str]:
    """The images that `names` stand for: files, globs, folders, and "-" for standard input.

    A folder gives its image files, sorted, without its subfolders. What stands for no image stays in the
    list, so that reading it tells what is wrong with it.
    """
    return [photo for name in names for photo in _matches(name) or [name]]


def read_photo(name: str) -> Image:
    """The picture of an image file, or of standard input for "-".

    Returns:
        (h, w, 3) uint8 BGR, upright; what is transparent is on white.

    Raises:
        ImageError: there is no such file, or it holds no image.
    """
    data = np.frombuffer(_bytes(name), np.uint8)
    try:
        image, kinds, metadata = cv2.imdecodeWithMetadata(data, cv2.IMREAD_UNCHANGED)
    except cv2.error as error:  # OpenCV's limits on the number of pixels, among others
        raise ImageError(f"{name} is too large or broken") from error
    if image is None:
        raise ImageError(_why_no_image(name))
    if image.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"{name} has pixels of type {image.dtype}: save it with 8 or 16 bits a channel")
    turned = _turn(_colour(to_eight_bits(image)), _exif_orientation(kinds, metadata))
    return np.ascontiguousarray(turned)


def to_eight_bits(image: NDArray[Any]) -> Image:
    """A picture of 16 bits in 8; the highest bit in use counts, as cameras store 10 or 12 bits in 16.

    Args:
        image: of any shape, but not empty, uint8 or uint16; of 8 bits it is returned itself.
    """
    if image.dtype == np.uint8:
        return np.asarray(image, np.uint8)
    if image.ndim == 3 and image.shape[2] == 4:  # alpha may use other bits than the colours
        return np.dstack([to_eight_bits(image[..., :3]), to_eight_bits(image[..., 3])])
    shift = max(int(image.max()).bit_length() - 8, 0)
    return (image >> shift).astype(np.uint8)


def _matches(name: str) -> list[str]:
    """The images in a folder or of a glob; none where `name` is neither."""
    if not name:  # which `Path` takes for the current folder
        return []
    path = Path(name)
    try:
        if path.is_dir():
            return sorted(str(file) for file in path.iterdir() if _is_photo(file))
        if glob.has_magic(name) and not path.exists():
            # Path.glob takes no absolute patterns.
            return sorted(match for match in glob.glob(name) if not Path(match).is_dir())  # noqa: PTH207
    except OSError:  # reading it will tell
        pass
    return []


def _is_photo(file: Path) -> bool:
    return file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()


def _bytes(name: str) -> bytes:
    """A file's content; read here, not by OpenCV, which does not take every name."""
    if not name:
        raise ImageError("an image's name is empty")
    if "://" in name:
        raise ImageError(f"{masked(name)} is no file: save the image first; streams are for --video")
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(_LARGEST_FILE) if sys.stdin else b""
        else:
            with Path(name).open("rb") as file:
                data = file.read(_LARGEST_FILE)
    except OSError as error:
        raise ImageError(_why(name, error)) from error
    if not data:
        raise ImageError(f"{name} is empty")
    return data


def _why_no_image(name: str) -> str:
    kind, _ = mimetypes.guess_type(name)
    if kind is not None and kind.startswith("video/"):
        return f"{name} is a video: webcam-digits --video {name}"
    return f"{name} is no image that can be read: broken, cut short or of an unknown kind"


def _why(name: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"nothing matches {name}" if glob.has_magic(name) else f"there is no file {name}"
    if error.errno in (errno.EISDIR, errno.EACCES) and Path(name).is_dir():  # the latter on Windows
        return f"there is no image in the folder {name}; it may hold {', '.join(ENDINGS)}"
    return f"cannot read {name}: {error.strerror or error}"


def _colour(image: Image) -> Image:
    """Grey, colour or colour with alpha -> BGR."""
    if image.ndim == 2 or image.shape[2] == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8)
    if image.shape[2] == 3:
        return image
    opacity = cv2.merge([image[:, :, 3]] * 3)
    ink = cv2.multiply(image[:, :, :3], opacity, scale=1 / 255)
    return np.asarray(cv2.add(ink, cv2.bitwise_not(opacity)), np.uint8)


def _exif_orientation(kinds: Iterable[int], metadata: Iterable[Any]) -> int:
    """The orientation that EXIF data tell, 1..8; 1, upright, where they tell none."""
    exif = b"".join(
        bytes(data) for kind, data in zip(kinds, metadata, strict=True) if kind == cv2.IMAGE_METADATA_EXIF
    )
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for i in range(count):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, start + 2 + 12 * i)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:  # cut short
        pass
    return 1


def _turn(image: Image, orientation: int) -> Image:
    """The upright picture of one stored in an EXIF orientation."""
    turn = _TURNS.get(orientation)
    if orientation in _MIRRORED_TURNS:
        image = np.asarray(cv2.flip(image, 1), np.uint8)
        turn = _MIRRORED_TURNS[orientation]
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)
