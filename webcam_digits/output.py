"""Files that are written whole or not at all."""

import contextlib
import os
from pathlib import Path

from webcam_digits.errors import OutputError


def write_whole(path: Path, content: bytes) -> None:
    """Write beside `path`, then rename: whatever fails, a file that was there stays.

    Raises:
        OutputError: where it cannot be written.
    """
    new = beside(path)
    try:
        new.write_bytes(content)
        new.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def try_folder(path: Path, option: str) -> None:
    """Find out at once what would keep files from being written into a folder.

    Args:
        path: of the folder; it may be absent, and then still is afterwards.
        option: of the command line that names it.

    Raises:
        OutputError: with the reason.
    """
    try:
        parent = Path(os.path.realpath(path)).parent
        if not parent.is_dir():
            reason = "it is no folder" if parent.exists() else "create it first"
            raise OutputError(f"there is no folder {parent}: {reason}")
        absent = not path.exists()
        if not absent and not path.is_dir():
            raise OutputError(f"cannot write {path}: it is no folder; name another {option}")
        path.mkdir(exist_ok=True)  # permissions, a read-only disk, a name that is too long: only trying tells
        try:
            trial = beside(path / "trial")
            trial.touch()
            trial.unlink()
        finally:
            if absent:
                path.rmdir()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; name another {option}") from error


def beside(path: Path) -> Path:
    """Where a file is written before it is renamed to `path`: hidden, and this process's own."""
    return path.with_name(f".{path.name}.{os.getpid()}")
