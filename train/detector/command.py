"""`webcam-digits train detector`: from options to files."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from webcam_digits.errors import OutputError, UsageError
from webcam_digits.outputs.files import check_file
from webcam_digits.train.classifier.training import choose_device
from webcam_digits.train.detector.export import export, load_weights, save_weights
from webcam_digits.train.detector.network import Network, Shape
from webcam_digits.train.detector.recipe import Recipe
from webcam_digits.train.detector.training import Job, train
from webcam_digits.train.detector.validation import Figures, Validation
from webcam_digits.train.output import check_outputs
from webcam_digits.train.scenes.crops import Crops

_USUAL = 2_000_000  # crops


@dataclass(frozen=True, slots=True)
class Options:
    """As the command line has them."""

    data: Path
    out: Path
    minutes: float | None
    crops: int | None
    seed: int
    start: Path | None
    weights: Path | None
    resume: bool
    force: bool
    device: str
    processes: int | None
    workers: int | None


def run(options: Options, log: Callable[[str], None]) -> None:
    """Train, and write the model after each validation and in the end.

    Raises:
        UsageError: where options contradict each other.
        DataError: where data, checkpoint or weights are missing, broken or do not fit.
        OutputError: where a file cannot be written.
    """
    checkpoint = check_outputs(options.out, resume=options.resume, force=options.force or options.resume)
    if options.weights is not None:
        if options.weights.suffix != ".npz":
            raise UsageError(f"--save-weights {options.weights} must end in .npz")
        check_file(
            options.weights,
            "--save-weights",
            inputs=[options.data],
            force=options.force or options.resume,
        )
    if options.start is not None:  # what does not fit is reported before anything is drawn
        load_weights(Network(Shape()), options.start)
    device = choose_device(options.device)
    torch.set_num_threads(1)
    cores = os.cpu_count() or 1
    on_gpu = device.type != "cpu"
    processes = options.processes or (1 if on_gpu else min(cores, 2))
    if on_gpu and processes > 1:
        raise UsageError("--processes is for --device cpu: a GPU has one")
    workers = options.workers if options.workers is not None else (max(cores - 1, 1) if on_gpu else 1)
    most = options.crops if options.crops or options.minutes else _USUAL
    recipe = Recipe(seed=options.seed)
    job = Job(
        recipe=recipe,
        shape=Shape(),
        crops=partial(Crops, options.data, "train"),
        checkpoint=checkpoint,
        resume=options.resume,
        start=options.start,
        minutes=options.minutes,
        most=most,
        device=device,
        workers=workers,
        processes=processes,
    )
    validation = Validation(Crops(options.data, "validation"), recipe.validation, device)
    history: list[dict[str, Any]] = []

    def validate(network: Network) -> dict[str, Any]:
        figures = validation(network)
        log(str(figures))
        try:
            export(network, _about(job, network, figures, history), options.out)
            if options.weights is not None:
                save_weights(network, options.weights)
        except OutputError as error:
            raise OutputError(f"{error}; put that right, then continue with --resume") from error
        return figures.as_dict()

    train(job, validate, log, history)
    log(f"{options.out}: written")


def _about(job: Job, network: Network, figures: Figures, history: list[dict[str, Any]]) -> dict[str, str]:
    recipe = job.recipe.as_dict() | {"parameters": network.size, "torch": str(torch.__version__)}
    return {
        "threshold": str(figures.threshold),
        "temperature": str(round(figures.temperature, 3)),
        "recipe": json.dumps(recipe),
        "figures": json.dumps(figures.as_dict()),
        "history": json.dumps(history),
    }
