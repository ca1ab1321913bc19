"""From data and a model file to a report in a folder: what `evaluate --report` does."""

import contextlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from webcam_digits.errors import OutputError, UsageError
from webcam_digits.outputs.files import beside, check_folder
from webcam_digits.reading.classifier import Classifier
from webcam_digits.train import extras
from webcam_digits.train.data.datasets import load
from webcam_digits.train.evaluation.corruptions import SIDE
from webcam_digits.train.evaluation.cross_dataset import (
    Outcome,
    is_folder_of_archives,
    judge,
    judge_all,
    learned_whole,
)
from webcam_digits.train.evaluation.model_file import read_model
from webcam_digits.train.evaluation.robustness import CorruptionEvaluation, evaluate_corruptions
from webcam_digits.train.evaluation.single_dataset import Evaluation, select
from webcam_digits.train.report.page import PAGE, files_of


def write_report(
    folder: Path,
    data: Path,
    model: Path | None,
    *,
    part: str,
    classes: str | None,
    exclude: str,
    force: bool,
    log: Callable[[str], None],
) -> Evaluation:
    """Write a report, whole or not at all.

    Args:
        folder: to write; it may be absent or empty.
        data: an archive, a folder of IDX files, or a folder of archives, which then are all reported on.
        model: an ONNX file; None for the shipped one.
        part: of divided data sets.
        classes: of one data set only these, written together; all where None.
        exclude: of one data set none of these.
        force: an earlier report in `folder` is replaced.
        log: is given lines of progress.

    Returns:
        The figures of the set that the plots show: the only one, or MNIST, or the first that can be read.

    Raises:
        WebcamDigitsError: with one line that says what to do.
    """
    extras.require("report")
    check_report(folder, force=force)
    several = is_folder_of_archives(data)
    if several and (classes is not None or exclude):
        raise UsageError("--classes and --exclude choose within one set: give --data the archive itself")
    classifier, file = Classifier(model), read_model(model)
    outcomes: Sequence[Outcome]
    left_out = learned_whole(data) if several else ()
    if several:
        outcomes = judge_all(classifier, data, part, log)
    else:
        outcomes = [judge(classifier, select(load(data, part), classes, exclude))]
    corruptions = corrupted(classifier, outcomes[0], log)
    from webcam_digits.train.report.sections import report_files  # matplotlib is there, as checked above

    write_folder(folder, report_files(file, outcomes, corruptions, log, left_out))
    log(f"{folder}: report written; the figures of {outcomes[0].name}:")
    return outcomes[0].evaluation()


def corrupted(
    classifier: Classifier, main: Outcome, log: Callable[[str], None]
) -> CorruptionEvaluation | None:
    """The errors under corruptions; None where the pictures are not of the size that those are made for."""
    if any(picture.shape != (SIDE, SIDE) for picture in main.data.images):
        return None
    return evaluate_corruptions(classifier, main.data, log=log)


def check_report(path: Path, *, force: bool) -> None:
    """Find out at once what would keep the report from being written.

    Args:
        path: of the folder; it may be absent or empty.
        force: an earlier report may be replaced; anything else never is.

    Raises:
        OutputError: with the reason.
    """
    check_folder(path, "--report", create=True)
    try:
        earlier = _earlier(path)
    except OSError as error:
        raise OutputError(f"cannot read {path}: {error.strerror}; name another --report") from error
    if earlier and not force:
        raise OutputError(f"{path} exists: name another --report, or replace it with --force")


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write all files beside those of an earlier report, then rename, the page last, as it holds all of it.

    Args:
        path: of the folder, as `check_report` found it.
        files: each file's content by its name.

    Raises:
        OutputError: where they cannot be written; an earlier report stays.
    """
    absent = not path.exists()
    try:
        stale = _earlier(path) - files.keys()
        path.mkdir(exist_ok=True)
        for name, content in files.items():
            beside(path / name).write_bytes(content)
        for name in sorted(files, key=PAGE.__eq__):
            beside(path / name).replace(path / name)
        for name in stale:
            (path / name).unlink()
    except OSError as error:
        for name in files:
            with contextlib.suppress(OSError):
                beside(path / name).unlink(missing_ok=True)
        if absent:
            shutil.rmtree(path, ignore_errors=True)
        raise OutputError(f"cannot write {path}: {error.strerror}") from error


def _earlier(path: Path) -> set[str]:
    """The files of the report that a folder holds; none where it is absent or empty.

    Raises:
        OutputError: where it holds anything else, but for hidden files, which some systems put everywhere.
    """
    if not path.exists():
        return set()
    found = {entry.name for entry in path.iterdir() if not entry.name.startswith(".")}
    if found - (files_of((path / PAGE).read_bytes()) if PAGE in found else set()):
        raise OutputError(f"{path} holds what is not a report: name another --report")
    return found
