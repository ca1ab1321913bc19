"""`webcam-digits train`: the classifier and the detector. What they need is imported when they run."""

import os
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from webcam_digits.cli.params import DEVICE, FILE, HELP, Finite, print_progress
from webcam_digits.errors import OutputError, UsageError
from webcam_digits.signals import Signals
from webcam_digits.train import extras
from webcam_digits.train.classifier.recipe import ARCHITECTURES, MOST_FACTOR, MOST_SEED, Recipe

_FACTOR = Finite(0, MOST_FACTOR, min_open=True)
_MINUTES = Finite(0, 60 * 24 * 365, min_open=True)
_SEED = click.IntRange(0, MOST_SEED)
_USUAL = Recipe()
_USABLE = 0.8  # validation accuracy; a warning is printed below


class _DefaultsToClassifier(click.Group):
    """Commands of which `classifier` need not be named, as before there was another one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Name it."""
        is_option = bool(args) and args[0].startswith("-") and args[0] not in ctx.help_option_names
        if is_option or not (args or ctx.resilient_parsing):
            args = ["classifier", *args]
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands, and the options of the one that need not be named."""
        offered = super().shell_complete(ctx, incomplete)
        return offered or classifier.shell_complete(ctx, incomplete)


@click.group(cls=_DefaultsToClassifier, context_settings=HELP)
def train() -> None:
    """Train the classifier or the detector.

    The classifier is trained where neither is named: `train --data FOLDER`.
    """


@train.command()
@click.option("--data", type=click.Path(), required=True, metavar="FILE|FOLDER",
              help="A .npz archive of digits, or a folder of archives and IDX files; MNIST is downloaded into"
                   " a folder without digits.")  # fmt: skip
@click.option("--out", type=FILE, default="digits.onnx", metavar="FILE",
              help="The model file to write; its checkpoint stands beside it.")  # fmt: skip
@click.option("--arch", type=click.Choice(ARCHITECTURES), default=_USUAL.arch, help="The network.")
@click.option("--epochs", type=click.IntRange(min=1), default=_USUAL.epochs, metavar="N",
              help="Passes over the data.")  # fmt: skip
@click.option("--seed", type=_SEED, default=_USUAL.seed, metavar="N", help="Of all random numbers.")
@click.option("--rate", type=_FACTOR, default=_USUAL.rate, metavar="X", help="Highest learning rate.")
@click.option("--width", type=_FACTOR, default=_USUAL.width, metavar="X",
              help="Factor of the layers' sizes.")  # fmt: skip
@click.option("--strength", type=Finite(0, MOST_FACTOR), default=_USUAL.strength, metavar="X",
              help="Factor of how much pictures are varied.")  # fmt: skip
@click.option("--device", type=DEVICE, default="auto", help="What to train on; auto is the fastest there is.")
@click.option("--threads", type=click.IntRange(1, 64), default=2, metavar="N",
              help="Threads that train on the CPU.")  # fmt: skip
@click.option("--classes", default="0123456789", metavar="CHARACTERS",
              help="What the classifier is to distinguish, of what the data sets name.")  # fmt: skip
@click.option("--fonts", type=FILE, metavar="FOLDER", show_default="the folder fonts in --data",
              help="Handwriting fonts (.ttf).")  # fmt: skip
@click.option("--from", "start", type=FILE, metavar="FILE",
              help="Begin with the weights of this checkpoint, also for other classes.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on after an interruption: the same options, and this one.")
@click.option("--force", is_flag=True, help="Replace an existing model and its checkpoint.")
@click.option("--folds", type=click.IntRange(min=2), metavar="K",
              help="Cross-validate instead of writing a model: train K times on all parts of the data but"
                   " one, and print what is reached on that one.")  # fmt: skip
@click.option("--tune", type=click.IntRange(min=1), metavar="N",
              help="Search --rate, --width and --strength instead of writing a model, in N more trials of"
                   " --epochs each.")  # fmt: skip
@click.option("--study", metavar="FILE|URL", show_default=".study.db beside --out",
              help="Where trials are kept, for machines to share: a file (.db; .journal in a network folder)"
                   " or a database's URL.")  # fmt: skip
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
    """Train the classifier, into an ONNX file."""
    from webcam_digits.train.data.folder import find_sets, kind_of, labels_of, source_of
    from webcam_digits.train.output import check_outputs

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
    if resume:  # what does not fit is reported before the pictures are gathered, which takes a while
        load(checkpoint, resume=True).check(checkpoint, chosen, labels, start)
    elif start is not None:
        starting_weights(start, chosen, labels)
    with Signals(grace=0):
        sets = find_sets(source, labels)
        if not sets and labels == DIGITS:
            print_progress(f"{data} holds no digits to train on: downloading MNIST")
            download_mnist(source)
            sets = [load_idx(source, "train")]
        material = collect(source, sets, chosen.seed, labels=labels, font_folder=fonts)
        if folds:
            trials.show_folds(material, chosen, folds, place, print_progress)
            return
        if tune:
            trials.show_search(
                material, chosen, tune, data=source, out=out, study=study, device=place, log=print_progress
            )
            return
        corpus = material.split(chosen.seed)
        labelled = int((corpus.train.targets < len(labels)).sum())
        made = "made negatives and rendered scenes" if labels == DIGITS else "made negatives"
        print_progress(
            f"{labelled} pictures of {''.join(labels)} and {len(corpus.train) - labelled} of none of them to"
            f" train on, {len(corpus.validation)} to validate, {made} included"
        )
        trained = train_model(
            corpus,
            chosen,
            device=place,
            checkpoint=checkpoint,
            resume=resume,
            start=start,
            log=print_progress,
        )
    try:  # outside of Signals: torch would take what it raises for a fault; the checkpoint is whole
        export(trained, out)
    except OutputError as error:
        raise OutputError(f"{error}; put that right, then continue with --resume") from error
    calibration = trained.calibration
    calibrated = f"temperature {calibration.temperature}, threshold {calibration.threshold}"
    print_progress(f"{out}: written, of epoch {trained.epoch}, {calibrated}")
    if trained.accuracy < _USABLE:
        print_progress(
            f"{out} is hardly usable: it reads {trained.accuracy:.0%} of the {kind_of(labels)} to validate"
            " on; train on more pictures or for more --epochs"
        )


@train.command()
@click.option("--data", type=FILE, required=True, metavar="FOLDER",
              help="The data sets whose digits, letters and fonts the scenes show.")  # fmt: skip
@click.option("--out", type=FILE, default="detector.onnx", metavar="FILE",
              help="The model file to write; its checkpoint stands beside it.")  # fmt: skip
@click.option("--minutes", type=_MINUTES, metavar="N",
              help="How long to train, the last part with a falling rate.")  # fmt: skip
@click.option("--crops", type=click.IntRange(1, 1 << 31), metavar="N",
              show_default="2000000, without --minutes",
              help="How many crops to train on in all.")  # fmt: skip
@click.option("--seed", type=_SEED, default=0, metavar="N", help="Of all random numbers.")
@click.option("--from", "start", type=FILE, metavar="FILE",
              help="Begin with these weights, of --save-weights.")  # fmt: skip
@click.option("--save-weights", "weights", type=FILE, metavar="FILE.npz",
              help="Also write the weights alone, as float16.")  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on from the checkpoint, as if there had been no end.")
@click.option("--force", is_flag=True, help="Replace an existing model and its checkpoint.")
@click.option("--device", type=DEVICE, default="auto", help="What to train on; auto is the fastest there is.")
@click.option("--processes", type=click.IntRange(1, 16), metavar="N", show_default="2; of a GPU 1",
              help="Processes that learn together, on a CPU.")  # fmt: skip
@click.option("--workers", type=click.IntRange(0, 64), metavar="N", show_default="1; for a GPU all",
              help="Processes that draw crops for each of them.")  # fmt: skip
def detector(data: Path, **options: Any) -> None:
    """Train the detector, into an ONNX file."""
    os.environ["OMP_NUM_THREADS"] = "1"  # each process that learns, or draws, has one
    extras.require("train")
    from webcam_digits.train.detector.command import Options, run

    run(Options(data=data, **options), print_progress)


def _check_no_model(folds: int | None, tune: int | None, study: str | None, *, writes: bool) -> None:
    if folds and tune:
        raise UsageError("--folds and --tune exclude each other: give one")
    if study and not tune:
        raise UsageError("--study goes with --tune: say how many trials to add")
    if writes:
        raise UsageError(
            "--folds and --tune write no model and begin with none: leave out --from, --resume and --force"
        )
