"""From data and a model file to a report in a folder: what `evaluate --report` does."""

from collections.abc import Callable, Sequence
from pathlib import Path

from webcam_digits.classifier import Classifier
from webcam_digits.errors import UsageError

from .corruptions import SIDE
from .crossdata import Outcome, is_folder_of_archives, judge, judge_all
from .data import load
from .evaluate import Evaluation, select
from .modelfile import check_extra, read_model
from .reportfolder import check_folder, write_folder
from .robustness import CorruptionEvaluation, evaluate_corruptions


def write_report(
    folder: Path,
    data: Path,
    model: Path | None,
    *,
    part: str,
    classes: str | None,
    exclude: str,
    force: bool,
    tell: Callable[[str], None],
) -> Evaluation:
    """Write a report, whole or not at all.

    Args:
        folder: to write; it may be absent or empty.
        data: an archive, a folder of IDX files, or a folder of archives, which then are all reported on.
        model: an ONNX file; None for the shipped one.
        part: of divided data sets.
        classes: of the one data set, all where None; likewise `exclude`.
        exclude: none of these.
        force: an earlier report in `folder` is replaced.
        tell: is given lines of progress.

    Returns:
        The figures of the set that the plots show: the only one, or MNIST, or the first that can be read.

    Raises:
        WebcamDigitsError: with one line that says what to do.
    """
    check_extra()
    check_folder(folder, force=force)
    several = is_folder_of_archives(data)
    if several and (classes is not None or exclude):
        raise UsageError("--classes and --exclude choose within one set: give --data the archive itself")
    classifier, file = Classifier(model), read_model(model)
    outcomes: Sequence[Outcome]
    if several:
        outcomes = judge_all(classifier, data, part, tell)
    else:
        chosen = load(data, part)
        if classes is not None or exclude:
            chosen = select(chosen, classes, exclude)
        outcomes = [judge(classifier, chosen)]
    corruptions = corrupted(classifier, outcomes[0], tell)
    from .report import report_files  # matplotlib is there, as checked above

    write_folder(folder, report_files(file, outcomes, corruptions, tell))
    tell(f"{folder}: report written")
    return outcomes[0].evaluation()


def corrupted(
    classifier: Classifier, main: Outcome, tell: Callable[[str], None]
) -> CorruptionEvaluation | None:
    """The errors under corruptions; None where the pictures are not of the size that those are made for."""
    if any(picture.shape != (SIDE, SIDE) for picture in main.data.images):
        return None
    return evaluate_corruptions(classifier, main.data, tell=tell)
