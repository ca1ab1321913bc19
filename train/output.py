"""The file that training ends in: checked before the long work, and written whole or not at all."""

import contextlib
import os
from pathlib import Path

from webcam_digits.errors import OutputError


def check_target(path: Path, data: Path, *, force: bool) -> None:
    """Find out at once what would keep the model from being written.

    Args:
        path: of the model.
        data: what is trained on, an archive or a folder; no file of it is replaced.
        force: another file may be replaced.

    Raises:
        OutputError: with the reason.
    """
    if not path.parent.is_dir():
        raise OutputError(f"there is no folder {path.parent}: create it first")
    try:
        if path.exists():
            if not path.is_file():
                raise OutputError(f"cannot write {path}: it is no regular file; name another --out")
            if path.suffix != ".onnx" and path.resolve().is_relative_to(data.resolve()):
                raise OutputError(f"{path} is part of what is trained on: name another --out")
            if not force:
                raise OutputError(f"{path} exists: name another --out, or replace it with --force")
        beside = _beside(path)
        beside.touch()  # permissions, a read-only disk, a name that is too long: only trying tells
        beside.unlink()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; name another --out") from error


def write_whole(path: Path, content: bytes) -> None:
    """Write beside `path`, then rename: whatever fails, a file that was there stays.

    Raises:
        OutputError: where it cannot be written.
    """
    beside = _beside(path)
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
