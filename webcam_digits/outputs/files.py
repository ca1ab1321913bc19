"""Files that are written whole or not at all, and what would keep one from being written."""

import contextlib
import os
from collections.abc import Iterable
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


def check_file(path: Path, option: str, endings: Iterable[str], source: Path | str | None) -> bool:
    """Find out at once what would keep a file from being written.

    Args:
        path: of the file.
        option: of the command line that names it.
        endings: that its name may have, lower case, with their dots.
        source: what is read, which may be a file: that one is never written to.

    Returns:
        Whether the file is there already.

    Raises:
        OutputError: with the reason.
    """
    if path.suffix.lower() not in endings:
        raise OutputError(f"cannot write {path}: its name must end in one of {', '.join(endings)}")
    check_folder(path.parent)
    try:
        if not path.exists():
            return False
    except OSError as error:  # no name that a file can have
        raise OutputError(f"cannot write {path}: {error.strerror}") from error
    if source is not None and _same_file(path, source):
        raise OutputError(f"{path} is what is being read: name another {option}")
    if not path.is_file():
        raise OutputError(f"cannot write {path}: it is no regular file; name another {option}")
    return True


def check_folder(folder: Path) -> None:
    """Raise an OutputError where no file can be written into `folder`."""
    if not folder.is_dir():
        if folder.exists():
            raise OutputError(f"{folder} is a file, where a folder is needed: name another one")
        raise OutputError(f"there is no folder {folder}: create it first")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"no permission to write into {folder}: choose another folder")


def _same_file(path: Path, other: Path | str) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # the other is no file, but a URL
        return False


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
            reason = "that is a file" if parent.exists() else "create it first"
            raise OutputError(f"there is no folder {parent}: {reason}")
        absent = not path.exists()
        if not absent and not path.is_dir():
            raise OutputError(f"cannot write {path}: it is a file; {option} needs a folder")
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
