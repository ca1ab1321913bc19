"""Model files -> the two networks of a reader, each recognised by what its metadata say."""

from collections.abc import Sequence
from pathlib import Path

from webcam_digits.errors import ModelError
from webcam_digits.reading.classifier import Classifier, metadata_of
from webcam_digits.reading.detector import Detector
from webcam_digits.types import DIGITS


def open_models(files: Sequence[Path], threads: int) -> tuple[Detector, Classifier]:
    """The detector and the classifier, the shipped ones where none is given.

    Raises:
        ModelError: a file cannot be used, two are of one kind, or one knows other labels than the digits.
    """
    own: dict[str, Path] = {}
    for file in files:
        kind = "detector" if "channels" in metadata_of(file) else "classifier"
        if kind in own:
            raise ModelError(f"{own[kind]} and {file} are both a {kind}: give one of each kind at most")
        own[kind] = file
    classifier = Classifier(own.get("classifier"), threads=threads)
    if classifier.labels != DIGITS:
        file = own.get("classifier", Path("the shipped digits.onnx"))
        raise ModelError(
            f"{file} reads other labels than the digits 0 to 9, which is all that this program "
            "finds: `webcam-digits evaluate` measures such a model"
        )
    return Detector(own.get("detector"), threads=threads), classifier
