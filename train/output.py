"""The files that training ends in, checked before the long work."""

from pathlib import Path

from webcam_digits.errors import OutputError, UsageError
from webcam_digits.outputs.files import beside

_OURS = (".onnx", ".checkpoint")  # never part of what is trained on


def check_outputs(out: Path, data: Path, start: Path | None, *, resume: bool, force: bool) -> Path:
    """Find out at once what would keep a training from writing its model and its checkpoint.

    Args:
        out: of the model.
        data: what is trained on, an archive or a folder; no file of it is replaced.
        start: the checkpoint to begin with; it stays.
        resume: the checkpoint of `out` is to go on from.
        force: model and checkpoint may be replaced.

    Returns:
        The checkpoint that belongs to `out`.

    Raises:
        OutputError: with the reason, where one of them cannot be written.
        UsageError: where names contradict each other.
    """
    check_target(out, data, force=force)
    if out.suffix.lower() != ".onnx":
        raise UsageError(f"--out {out} must end in .onnx: it is a model file")
    checkpoint = out.with_suffix(".checkpoint")
    if start is not None and start.resolve() == checkpoint.resolve():
        raise UsageError(f"--from {start} would be overwritten: name another --out")
    _check_checkpoint(checkpoint, resume=resume, force=force)
    check_target(checkpoint, data, force=True)
    return checkpoint


def check_target(path: Path, data: Path, *, force: bool) -> None:
    """Find out what would keep a file from being written; `force` lets an older one be replaced.

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
        trial = beside(path)
        trial.touch()  # permissions, a read-only disk, a name that is too long: only trying tells
        trial.unlink()
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror}; name another --out") from error


def _check_checkpoint(path: Path, *, resume: bool, force: bool) -> None:
    if resume and not path.exists():
        raise OutputError(f"there is no {path} to resume: start without --resume")
    if path.exists() and not (resume or force):
        raise OutputError(f"{path} exists: continue with --resume, or start anew with --force")
