"""The files that training ends in, checked before the long work."""

from pathlib import Path

from webcam_digits.errors import OutputError, UsageError
from webcam_digits.outputs.files import check_file


def check_outputs(out: Path, start: Path | None = None, *, resume: bool, force: bool) -> Path:
    """Find out at once what would keep a training from writing its model and its checkpoint.

    Args:
        out: of the model.
        start: the checkpoint to begin with, which is never replaced.
        resume: the checkpoint of `out` is continued.
        force: model and checkpoint may be replaced.

    Returns:
        The checkpoint that belongs to `out`.

    Raises:
        OutputError: with the reason, where one of them cannot be written.
        UsageError: where names contradict each other.
    """
    if out.suffix.lower() != ".onnx":
        raise UsageError(f"--out {out} must end in .onnx: it is a model file")
    check_file(out, "--out", force=force)
    checkpoint = out.with_suffix(".checkpoint")
    check_file(checkpoint, "--out", force=True)
    if start is not None and start.resolve() == checkpoint.resolve():
        raise UsageError(f"--from {start} would be overwritten: name another --out")
    if resume and not checkpoint.exists():
        raise OutputError(f"there is no {checkpoint} to resume: start without --resume")
    if checkpoint.exists() and not (resume or force):
        raise OutputError(f"{checkpoint} exists: continue with --resume, or start over with --force")
    return checkpoint
