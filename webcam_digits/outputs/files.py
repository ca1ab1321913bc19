"""Files that are written whole or not at all, and what would keep one from being written."""

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from webcam_digits.errors import OutputError


def check_file(
    path: Path,
    option: str,
    *,
    endings: Collection[str] = (),
    inputs: Iterable[Path | str] = (),
    force: bool = False,
) -> None:
    """Find out at once what would keep a file from being written.

    Args:
        path: of the file.
        option: of the command line that names it, for the message.
        endings: that its name may have, lower case, with their dots; any where empty.
        inputs: files, folders and URLs that are read: none of these files is ever written to.
        force: a file that exists may be written to.

    Raises:
        OutputError: with the reason, and what to do.
    """
    if endings and path.suffix.lower() not in endings:
        raise OutputError(f"cannot write {path}: its name must end in one of {', '.join(endings)}")
    with _explained(path, option):
        _require_folder(path.parent, option)
        check_replaceable(path, option, inputs=inputs, force=force)
        _try(path)


def check_folder(path: Path, option: str, *, create: bool = False) -> None:
    """Find out at once what would keep files from being written into a folder.

    Args:
        path: of the folder.
        option: of the command line that names it, for the message.
        create: it may be absent, and then still is afterwards.

    Raises:
        OutputError: with the reason, and what to do.
    """
    with _explained(path, option):
        absent = create and not path.exists()
        _require_folder(Path(os.path.realpath(path)).parent if absent else path, option)
        if absent:
            path.mkdir()
        try:
            _try(path / "trial")
        finally:
            if absent:
                path.rmdir()


def check_replaceable(
    path: Path, option: str, *, inputs: Iterable[Path | str] = (), force: bool = False
) -> None:
    """Raise an OutputError where a file exists that may not be replaced; arguments as of `check_file`."""
    with _explained(path, option):
        if not path.exists():
            return
        if not path.is_file():
            raise OutputError(f"cannot write {path}: it is not a regular file; name another {option}")
        if any(_is_part(path, source) for source in inputs):
            raise OutputError(f"{path} is what is being read: name another {option}")
        if not force:
            raise OutputError(f"{path} exists: name another {option}, or replace it with --force")


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


def beside(path: Path) -> Path:
    """Where a file is written before it is renamed to `path`: hidden, and this process's own."""
    return path.with_name(f".{path.name}.{os.getpid()}")


def numbered(folder: Path, ending: str) -> Path:
    """The first of `webcam-digits-001`, `-002`, ... with this ending that `folder` does not hold."""
    number = 1
    while (path := folder / f"webcam-digits-{number:03}{ending}").exists():
        number += 1
    return path


@contextlib.contextmanager
def _explained(path: Path, option: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; name another {option}") from error


def _require_folder(path: Path, option: str) -> None:
    if not path.is_dir():
        if path.exists():
            raise OutputError(f"{path} is a file, not a folder: name another {option}")
        raise OutputError(f"there is no folder {path}: create it first")


def _try(path: Path) -> None:
    """Only trying shows permissions, a read-only disk, a name that is too long."""
    trial = beside(path)
    trial.touch()
    trial.unlink()


def _is_part(path: Path, source: Path | str) -> bool:
    """Whether a file is what is read, or lies in the folder that is."""
    try:
        return path.samefile(source) or Path(os.path.realpath(path)).is_relative_to(os.path.realpath(source))
    except OSError:  # the source is not a file, but a URL
        return False
