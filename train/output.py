"""The file that training ends in: checked before the long work, and written whole or not at all."""

import contextlib
import os
from pathlib import Path

from webcam_digits.errors import OutputError

_OURS = (".onnx", ".checkpoint")  # never part of what is trained on


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
            if path.suffix not in _OURS and path.resolve().is_relative_to(data.resolve()):
                raise OutputError(f"{path} is part of what is trained on: name another --out")
            if not force:
                raise OutputError(f"{path} exists: name another --out, or replace it with --force")
        beside = _beside(path)
        beside.touch()  # permissions, a read-only disk, a name that is too long: only trying tells
        beside.unlink()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; name another --out") from error


def check_checkpoint(path: Path, *, resume: bool, force: bool) -> None:
    """Find out at once whether a checkpoint is where it is wanted, and nowhere else.

    Raises:
        OutputError: where there is none to resume, or one that neither `resume` nor `force` is meant for.
    """
    if resume and not path.exists():
        raise OutputError(f"there is no {path} to resume: start without --resume")
    if path.exists() and not (resume or force):
        raise OutputError(f"{path} exists: continue with --resume, or start anew with --force")


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
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}")
