"""The folder that a report is written to: checked before the work, and written whole or not at all."""

import contextlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from webcam_digits.errors import OutputError

PAGE = "index.html"


def check_folder(path: Path, *, force: bool) -> None:
    """Find out at once what would keep the report from being written.

    Args:
        path: of the folder; it may be absent or empty.
        force: an earlier report may be replaced; anything else never is.

    Raises:
        OutputError: with the reason.
    """
    if not path.resolve().parent.is_dir():
        raise OutputError(f"there is no folder {path.resolve().parent}: create it first")
    try:
        if path.exists():
            if not path.is_dir():
                raise OutputError(f"cannot write {path}: it is no folder; name another --report")
            found = {entry.name for entry in path.iterdir()}
            strange = [name for name in found if name != PAGE and not name.endswith(".png")]
            if strange or (found and PAGE not in found):
                raise OutputError(f"{path} holds what is no report: name another --report")
            if found and not force:
                raise OutputError(f"{path} exists: name another --report, or replace it with --force")
        beside = _beside(path, "new")
        beside.mkdir()  # permissions, a read-only disk, a name that is too long: only trying tells
        beside.rmdir()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; name another --report") from error


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write beside `path`, then rename: whatever fails, a report that was there stays.

    Args:
        path: of the folder, as `check_folder` found it.
        files: each file's content by its name.

    Raises:
        OutputError: where it cannot be written.
    """
    whole, new, old = path.resolve(), _beside(path, "new"), _beside(path, "old")
    try:
        new.mkdir()
        for name, content in files.items():
            (new / name).write_bytes(content)
        if whole.exists():
            whole.replace(old)
        try:
            new.replace(whole)
        except OSError:
            if old.exists():
                old.replace(whole)
            raise
        if old.exists():
            shutil.rmtree(old)
    except OSError as error:
        with contextlib.suppress(OSError):
            shutil.rmtree(new)
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def _beside(path: Path, kind: str) -> Path:
    whole = path.resolve()  # a link to a folder stays one
    return whole.with_name(f".{whole.name}.{kind}.{os.getpid()}")
