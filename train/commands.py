"""The commands `train` and `evaluate`. What they need is imported when they run."""

import json
import math
import os
import sys
import time
from pathlib import Path

import click

from webcam_digits.errors import WebcamDigitsError

from .output import check_target


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, metavar="FILE|FOLDER",
              help="A .npz archive of digits, or a folder of archives and IDX files; MNIST is downloaded into"
                   " a folder without digits.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), default=Path("digits.onnx"), show_default=True,
              metavar="FILE", help="The model file to write.")  # fmt: skip
@click.option(
    "--epochs", type=click.IntRange(min=1), default=11, show_default=True, help="Passes over the data."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Decides all chance.")
@click.option(
    "--threads", type=click.IntRange(min=1), default=2, show_default=True, help="Threads that train."
)
@click.option("--force", is_flag=True, help="Write over an existing model file.")
def train(data: Path, out: Path, epochs: int, seed: int, threads: int, force: bool) -> None:
    """Train the classifier and write it as an ONNX file."""
    check_target(out, data, force=force)
    try:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait for each other must not spin
        import onnxscript  # noqa: F401
        import torch
    except ImportError as error:
        needed = "training needs the extra `train`: pip install -e '.[train]' in the clone"
        raise WebcamDigitsError(needed) from error

    from .calibrate import calibrate
    from .corpus import find_digits, gather
    from .data import DIGITS, load_idx
    from .download import download_mnist
    from .export import export
    from .fit import fit

    torch.set_num_threads(threads)
    sets = find_digits(data)
    if not sets:
        _tell(f"{data} holds no digits to train on: downloading MNIST")
        download_mnist(data)
        sets = [load_idx(data, "train")]
    corpus = gather(data, sets, seed)
    digits = int((corpus.train.targets < len(DIGITS)).sum())
    _tell(
        f"{digits} digits and {len(corpus.train) - digits} pictures of no digit to train on,"
        f" {len(corpus.validation)} to validate"
    )
    start = time.monotonic()
    best = None
    for epoch in fit(corpus, epochs=epochs, seed=seed):
        left = (time.monotonic() - start) * (epochs / epoch.number - 1)
        _tell(
            f"epoch {epoch.number}/{epochs}: validation loss {epoch.loss:.4f}, digits {epoch.accuracy:.2%},"
            f" {math.ceil(left / 60)} min left"
        )
        if best is None or epoch.loss < best.loss:
            best = epoch
    assert best is not None, "there is at least one epoch"
    calibration = calibrate(best.logits, corpus.validation.targets)
    export(best.network, calibration, out)
    calibrated = f"temperature {calibration.temperature}, threshold {calibration.threshold}"
    _tell(f"{out}: written, of epoch {best.number}, {calibrated}")


@click.command()
@click.option("--data", "path", type=click.Path(path_type=Path), required=True, metavar="FILE|FOLDER",
              help="A .npz archive, or a folder of IDX files.")  # fmt: skip
@click.option(
    "--model",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="An ONNX file; the shipped one if absent.",
)
@click.option("--part", type=click.Choice(["train", "val", "test"]), default="test", show_default=True,
              help="Which part of a divided data set.")  # fmt: skip
@click.option("--classes", metavar="CHARACTERS", help="Only these, written together: 0123456789.")
@click.option("--exclude", metavar="CHARACTERS", default="", help="All but these, written together: OoIl.")
@click.option(
    "--negatives", is_flag=True, help="Nothing in it is a digit: tell only how much is taken for one."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
def evaluate(
    path: Path,
    model: Path | None,
    part: str,
    classes: str | None,
    exclude: str,
    negatives: bool,
    as_json: bool,
) -> None:
    """Tell how well a model does on a data set."""
    from webcam_digits.classifier import Classifier

    from . import evaluate as evaluation
    from .data import load

    data = load(path, part)
    if classes is not None or exclude:
        data = evaluation.select(data, classes, exclude)
    classifier = Classifier(model)
    result: evaluation.Evaluation | evaluation.NegativeEvaluation
    result = (
        evaluation.evaluate_negatives(classifier, data)
        if negatives
        else evaluation.evaluate(classifier, data)
    )
    click.echo(json.dumps(result.as_dict()) if as_json else result.as_text())


def _tell(line: str) -> None:
    click.echo(line, err=True)
    sys.stderr.flush()
