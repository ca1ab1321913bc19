"""The commands `train` and `evaluate`. What they need is imported when they run."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from webcam_digits.cli.commands import Finite
from webcam_digits.errors import OutputError, UsageError
from webcam_digits.signals import Signals
from webcam_digits.train import extras
from webcam_digits.train.classifier.recipe import ARCHITECTURES, MOST_FACTOR, MOST_SEED, Recipe
from webcam_digits.train.output import check_outputs

_PATH = click.Path(path_type=Path)
_FACTOR = Finite(0, MOST_FACTOR, min_open=True)
_MINUTES = Finite(0, 60 * 24 * 365, min_open=True)
_USUAL = Recipe()
_USABLE = 0.8  # validation accuracy; what is below is told


class _DefaultsToClassifier(click.Group):
    """Commands of which `classifier` need not be named, as before there was another one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name it."""
        if not args or (args[0].startswith("-") and args[0] not in ("-h", "--help")):
            args = ["classifier", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_DefaultsToClassifier)
def train() -> None:
    """Train the classifier (also without its name) or the detector."""


@train.command()
@click.option("--data", required=True, metavar="FILE|FOLDER",
              help="A .npz archive of digits, or a folder of archives and IDX files; MNIST is downloaded into"
                   " a folder without digits.")  # fmt: skip
@click.option("--out", type=_PATH, default=Path("digits.onnx"), show_default=True, metavar="FILE",
              help="The model file to write; its checkpoint stands beside it.")  # fmt: skip
@click.option("--arch", type=click.Choice(ARCHITECTURES), default=_USUAL.arch, show_default=True,
              help="The network.")  # fmt: skip
@click.option("--epochs", type=click.IntRange(min=1), default=_USUAL.epochs, show_default=True,
              help="Passes over the data.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, MOST_SEED), default=_USUAL.seed, show_default=True,
              help="Decides all chance.")  # fmt: skip
@click.option("--rate", type=_FACTOR, default=_USUAL.rate, show_default=True, help="Highest learning rate.")
@click.option("--width", type=_FACTOR, default=_USUAL.width, show_default=True,
              help="Factor of the layers' sizes.")  # fmt: skip
@click.option("--strength", type=Finite(0, MOST_FACTOR), default=_USUAL.strength, show_default=True,
              help="Factor of how much pictures are varied.")  # fmt: skip
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto",
              show_default=True, help="What to train on; auto is the fastest there is.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1, 64), default=2, show_default=True,
              help="Threads that train on the CPU.")  # fmt: skip
@click.option("--classes", default="0123456789", show_default=True, metavar="CHARACTERS",
              help="What is to be told apart, of what the data sets name.")  # fmt: skip
@click.option("--fonts", type=_PATH, metavar="FOLDER",
              help="Handwriting fonts (.ttf).  [default: the folder fonts in --data]")  # fmt: skip
@click.option("--from", "start", type=_PATH, metavar="FILE",
              help="Begin with the weights of this checkpoint, also for other classes.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on after an interruption: the same options, and this one.")
@click.option("--force", is_flag=True, help="Replace an existing model and its checkpoint.")
@click.option("--folds", type=click.IntRange(min=2), metavar="K",
              help="Cross-validation, without a model in the end: train K times on all parts of the data but"
                   " one, and tell what is reached on that one.")  # fmt: skip
@click.option("--tune", type=click.IntRange(min=1), metavar="N",
              help="Search --rate, --width and --strength, without a model in the end, in N more trials of so"
                   " many --epochs.")  # fmt: skip
@click.option("--study", metavar="FILE|URL",
              help="Where trials are kept, for machines to share: a file (.db; .journal in a network folder)"
                   " or a database's URL.  [default: .study.db beside --out]")  # fmt: skip
def classifier(
    data: str,
    out: Path,
    device: str,
    threads: int,
    classes: str,
    fonts: Path | None,
    start: Path | None,
    resume: bool,
    force: bool,
    folds: int | None,
    tune: int | None,
    study: str | None,
    **recipe: Any,
) -> None:
    """Train the classifier and write it as an ONNX file."""
    from webcam_digits.train.data.folder import find_sets, kind_of, labels_of, source_of

    chosen, source = Recipe(**recipe), source_of(data)
    if folds or tune or study:
        _check_no_model(folds, tune, study, writes=bool(start or resume or force))
    else:
        checkpoint = check_outputs(out, start, resume=resume, force=force)
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait for each other must not spin
    extras.require("train")

    import torch

    from webcam_digits.train.classifier import trials
    from webcam_digits.train.classifier.checkpoint import load, starting_weights
    from webcam_digits.train.classifier.export import export
    from webcam_digits.train.classifier.training import choose_device, train_model
    from webcam_digits.train.data.corpus import collect
    from webcam_digits.train.data.datasets import load_idx
    from webcam_digits.train.data.download import download_mnist
    from webcam_digits.types import DIGITS

    if tune:
        extras.require("tune")
    labels = labels_of(classes)
    place = choose_device(device)
    torch.set_num_threads(threads)
    if resume:  # what does not fit is told before the pictures are gathered, which takes a while
        load(checkpoint, resume=True).check(checkpoint, chosen, labels, start)
    elif start is not None:
        starting_weights(start, chosen, labels)
    with Signals(grace=0):
        sets = find_sets(source, labels)
        if not sets and labels == DIGITS:
            _tell(f"{data} holds no digits to train on: downloading MNIST")
            download_mnist(source)
            sets = [load_idx(source, "train")]
        material = collect(source, sets, chosen.seed, labels=labels, font_folder=fonts)
        if folds:
            trials.show_folds(material, chosen, folds, place, _tell)
            return
        if tune:
            trials.show_search(
                material, chosen, tune, data=source, out=out, study=study, device=place, tell=_tell
            )
            return
        corpus = material.split(chosen.seed)
        labelled = int((corpus.train.targets < len(labels)).sum())
        made = "made negatives and rendered scenes" if labels == DIGITS else "made negatives"
        _tell(
            f"{labelled} pictures of {''.join(labels)} and {len(corpus.train) - labelled} of none of them to"
            f" train on, {len(corpus.validation)} to validate, {made} included"
        )
        trained = train_model(
            corpus, chosen, device=place, checkpoint=checkpoint, resume=resume, start=start, tell=_tell
        )
    try:  # not interruptible: torch would take that for a fault; Ctrl-C ends at once, the checkpoint is whole
        export(trained, out)
    except OutputError as error:
        raise OutputError(f"{error}; put that right, then continue with --resume") from error
    calibration = trained.calibration
    calibrated = f"temperature {calibration.temperature}, threshold {calibration.threshold}"
    _tell(f"{out}: written, of epoch {trained.epoch}, {calibrated}")
    if trained.accuracy < _USABLE:
        _tell(
            f"{out} is hardly usable: it reads {trained.accuracy:.0%} of the {kind_of(labels)} to validate"
            " on; train on more pictures or for more --epochs"
        )


@train.command()
@click.option("--data", type=_PATH, required=True, metavar="FOLDER",
              help="The data sets whose digits, letters and fonts the scenes show.")  # fmt: skip
@click.option("--out", type=_PATH, default=Path("detector.onnx"), show_default=True, metavar="FILE",
              help="The model file to write; its checkpoint stands beside it.")  # fmt: skip
@click.option(
    "--minutes", type=_MINUTES, metavar="N", help="Train for so long, the last part with a falling rate."
)
@click.option("--crops", type=click.IntRange(1, 1 << 31), metavar="N",
              help="Train on so many crops in all.  [default: 2000000, without --minutes]")  # fmt: skip
@click.option("--seed", type=click.IntRange(0, MOST_SEED), default=0, show_default=True,
              help="Decides all chance.")  # fmt: skip
@click.option("--from", "start", type=_PATH, metavar="FILE",
              help="Begin with these weights, of --save-weights.")  # fmt: skip
@click.option("--save-weights", "weights", type=_PATH, metavar="FILE.npz",
              help="Also write the weights alone, as float16.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on from the checkpoint, as if there had been no end.")
@click.option("--force", is_flag=True, help="Replace an existing model and its checkpoint.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda", "mps"]), default="auto",
              show_default=True, help="What to train on; auto is the fastest there is.")  # fmt: skip
@click.option("--processes", type=click.IntRange(1, 16), metavar="N",
              help="That learn together, on a CPU.  [default: 2; of a GPU 1]")  # fmt: skip
@click.option("--workers", type=click.IntRange(0, 64), metavar="N",
              help="Processes that draw crops for each of them.  [default: 1; for a GPU all]")  # fmt: skip
def detector(data: Path, **options: Any) -> None:
    """Train the detector on scenes and write it as an ONNX file."""
    os.environ["OMP_NUM_THREADS"] = "1"  # each process that learns, or draws, has one
    extras.require("train")
    from webcam_digits.train.detector.command import Options, run

    run(Options(data=data, **options), _tell)


def _check_no_model(folds: int | None, tune: int | None, study: str | None, *, writes: bool) -> None:
    if folds and tune:
        raise UsageError("--folds and --tune exclude each other: give one")
    if study and not tune:
        raise UsageError("--study goes with --tune: say how many trials to add")
    if writes:
        raise UsageError(
            "--folds and --tune write no model and begin with none: leave out --from, --resume and --force"
        )


@click.command()
@click.option("--data", "path", type=_PATH, required=True, metavar="FILE|FOLDER",
              help="A .npz archive, a folder of IDX files,"
                   " or a folder of archives, which gives a table of all.")  # fmt: skip
@click.option("--model", type=_PATH, metavar="FILE", help="An ONNX file; the shipped one if absent.")
@click.option("--part", type=click.Choice(["train", "val", "test"]), default="test", show_default=True,
              help="Which part of a divided data set.")  # fmt: skip
@click.option("--classes", metavar="CHARACTERS", help="Only these, written together: 0123456789.")
@click.option("--exclude", metavar="CHARACTERS", default="", help="All but these, written together: OoIl.")
@click.option(
    "--negatives", is_flag=True, help="Nothing in it is a digit: tell only how much is taken for one."
)
@click.option(
    "--corruptions", is_flag=True, help="The errors under the corruptions of MNIST-C; pictures of 28x28 only."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")
@click.option(
    "--report",
    type=_PATH,
    metavar="DIR",
    help="Also write a page with plots into this folder.",
)
@click.option("--force", is_flag=True, help="Replace an earlier report.")
def evaluate(
    path: Path,
    model: Path | None,
    part: str,
    classes: str | None,
    exclude: str,
    negatives: bool,
    corruptions: bool,
    as_json: bool,
    report: Path | None,
    force: bool,
) -> None:
    """Tell how well a model does on a data set."""
    from webcam_digits.reading.classifier import Classifier
    from webcam_digits.train.data.datasets import load
    from webcam_digits.train.evaluation import cross_dataset as crossdata
    from webcam_digits.train.evaluation import evaluate as evaluation
    from webcam_digits.train.evaluation import robustness

    if corruptions and (negatives or report is not None):
        raise UsageError(
            "--corruptions goes with neither --negatives nor --report, which tells of them anyway"
        )
    if force and report is None:
        raise UsageError("--force goes with --report: nothing else is written")
    one_set = negatives or corruptions or classes is not None or bool(exclude)
    result: (
        evaluation.Evaluation
        | evaluation.NegativeEvaluation
        | robustness.CorruptionEvaluation
        | crossdata.CrossEvaluation
    )
    if report is not None:
        if negatives:
            raise UsageError(
                "--report wants digits, and finds what is none beside them: leave --negatives out"
            )
        from webcam_digits.train.report.report import write_report

        result = write_report(
            report, path, model, part=part, classes=classes, exclude=exclude, force=force, tell=_tell
        )
    elif crossdata.is_folder_of_archives(path) and not one_set:
        result = crossdata.CrossEvaluation(crossdata.judge_all(Classifier(model), path, part, _tell))
    else:
        data = evaluation.select(load(path, part), classes, exclude)
        classifier = Classifier(model)
        if corruptions:
            result = robustness.evaluate_corruptions(classifier, data, tell=_tell)
        elif negatives:
            result = evaluation.evaluate_negatives(classifier, data)
        else:
            result = evaluation.evaluate(classifier, data)
    click.echo(json.dumps(result.as_dict()) if as_json else result.as_text())


def _tell(line: str) -> None:
    click.echo(line, err=True)
    sys.stderr.flush()
