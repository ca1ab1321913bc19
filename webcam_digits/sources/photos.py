"""Still images: which ones are meant, and their pictures, upright and in the form that the reader takes."""

import errno
import glob
import mimetypes
import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from webcam_digits.errors import ImageError
from webcam_digits.logs import masked
from webcam_digits.pixels import to_bgr
from webcam_digits.types import Image

STDIN = "-"
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff")

_LARGEST_FILE = 1 << 29  # bytes; of a larger one the rest is left unread
# Turned as EXIF says, else as it is stored; `IMREAD_UNCHANGED` would ignore EXIF.
_UPRIGHT = cv2.IMREAD_COLOR | cv2.IMREAD_ANYCOLOR | cv2.IMREAD_ANYDEPTH


def find_photos(names: Iterable[str]) -> list[str]:
    """The images that `names` stand for: files, globs, folders, and "-" for standard input.

    A folder gives its image files, sorted, without its subfolders. What stands for no image stays in the
    list, so that reading it says what is wrong with it.
    """
    return [photo for name in names for photo in _matches(name) or [name]]


def read_photo(name: str | Path) -> Image:
    """The picture of an image file.

    Args:
        name: of a file of any kind that OpenCV reads, with 8 or 16 bits a channel.

    Returns:
        (h, w, 3) uint8 BGR, upright; what is transparent is on white.

    Raises:
        ImageError: there is no such file, or it is not an image that can be read.
    """
    return _decoded(_bytes(str(name)), str(name))


def read_stdin() -> Image:
    """The picture on standard input, likewise.

    Raises:
        ImageError: it is not an image that can be read.
    """
    try:
        return _decoded(sys.stdin.buffer.read(_LARGEST_FILE) if sys.stdin else b"", STDIN)
    except OSError as error:
        raise ImageError(f"cannot read {STDIN}: {error.strerror or error}") from error


def _decoded(data: bytes, name: str) -> Image:
    if not data:
        raise ImageError(f"{name} is empty")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), _UPRIGHT)
    except cv2.error as error:  # OpenCV's limits on the number of pixels, among others
        raise ImageError(f"{name} is too large or broken") from error
    if image is None:
        raise ImageError(_explain_failure(name, data))
    if image.dtype not in (np.uint8, np.uint16):
        raise ImageError(f"{name} has pixels of type {image.dtype}: save it with 8 or 16 bits a channel")
    return to_bgr(image)


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
    except OSError:  # reading it says why
        pass
    return []


def _is_photo(file: Path) -> bool:
    return file.suffix.lower() in ENDINGS and not file.name.startswith(".") and file.is_file()


def _bytes(name: str) -> bytes:
    """A file's content; read here, not by OpenCV, which does not take every name."""
    if not name:
        raise ImageError("an image's name is empty")
    if "://" in name:
        raise ImageError(f"{masked(name)} is not a file: save the image first; streams are for --video")
    try:
        with Path(name).open("rb") as file:
            return file.read(_LARGEST_FILE)
    except OSError as error:
        raise ImageError(_explain_error(name, error)) from error


def _explain_failure(name: str, data: bytes) -> str:
    """Why a file is not an image that can be read, and what to do about it."""
    kind = mimetypes.guess_type(name)[0] or ""
    if kind.startswith("video/"):
        return f"{name} is a video: webcam-digits --video {shlex.quote(name)}"
    if data.startswith(b"%PDF"):
        return f"{name} is a PDF document: save its pages as images, and read those"
    return f"{name} is not an image that can be read: broken, cut short or of an unknown kind"


def _explain_error(name: str, error: OSError) -> str:
    if error.errno == errno.ENOENT:
        return f"nothing matches {name}" if glob.has_magic(name) else f"there is no file {name}"
    if error.errno in (errno.EISDIR, errno.EACCES) and Path(name).is_dir():  # the latter on Windows
        return f"there is no image in the folder {name}; it may hold {', '.join(ENDINGS)}"
    return f"cannot read {name}: {error.strerror or error}"
