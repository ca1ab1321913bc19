"""One whole training: epochs, checkpoints, the best epoch kept and calibrated."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from webcam_digits.errors import DataError, UsageError
from webcam_digits.train.classifier import checkpoint as checkpoints
from webcam_digits.train.classifier.calibration import Calibration, calibrate
from webcam_digits.train.classifier.checkpoint import Best, Checkpoint, digest, restored, starting_weights
from webcam_digits.train.classifier.fit import Epoch, fit
from webcam_digits.train.classifier.network import Network
from webcam_digits.train.classifier.recipe import Recipe
from webcam_digits.train.data.examples import Corpus
from webcam_digits.train.data.folder import kind_of

_SMOOTHING = 0.7  # weight of the past in the time that an epoch is expected to take


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training ends in.

    Attributes:
        network: of the epoch with the least validation loss, its weights averaged, in evaluation mode.
        calibration: of that network.
        labels: what it distinguishes.
        recipe: that it was trained by.
        history: for each epoch `epoch` (its number), `train_loss`, `train_accuracy`, `loss`, `accuracy` and
            `rate`, as `fit.Epoch` has them.
        epoch: number of the one that was kept.
        examples: how many pictures it learned from.
        seconds: that all epochs took.
        start: name of the file whose weights it began with; None where they were drawn.
    """

    network: Network
    calibration: Calibration
    labels: tuple[str, ...]
    recipe: Recipe
    history: tuple[dict[str, float], ...]
    epoch: int
    examples: int
    seconds: float
    start: str | None

    @property
    def accuracy(self) -> float:
        """Of the kept epoch on what it was validated on, 0..1."""
        return self.history[self.epoch - 1]["accuracy"]


def train_model(
    corpus: Corpus,
    recipe: Recipe,
    *,
    device: torch.device,
    checkpoint: Path | None = None,
    resume: bool = False,
    start: Path | None = None,
    log: Callable[[str], None],
) -> Trained:
    """Trains a network and calibrates it.

    Args:
        corpus: what to learn from, and what to validate on.
        recipe: how.
        device: where.
        checkpoint: is written after each epoch, where it is given.
        resume: go on where `checkpoint` stands, which must be of this very training.
        start: a checkpoint whose weights to begin with.
        log: is given a line for each epoch.

    Raises:
        DataError: where there is too little to learn from, or a checkpoint does not fit or is broken.
        OutputError: where a checkpoint cannot be written; the one before is whole.
        WebcamDigitsError: where the training diverges.
    """
    _check(corpus)
    data = digest(corpus) if checkpoint is not None else ""
    before = None
    if checkpoint is not None and resume:
        before = checkpoints.load(checkpoint, resume=True)
        before.check(checkpoint, recipe, corpus.labels, start, data)
    weights, began = None, start.name if start else None
    if before is not None:
        began = before.start
    elif start is not None:
        weights = starting_weights(start, recipe, corpus.labels)

    history = list(before.history) if before else []
    best = before.best if before else None
    seconds = before.seconds if before else 0.0
    kept = len(history)
    clock = _Clock()
    try:
        for epoch in fit(
            corpus,
            recipe,
            device=device,
            start=weights,
            resume=(len(history), before.state) if before else None,
        ):
            history.append(_figures(epoch))
            if best is None or epoch.loss < best.loss:
                best = Best(epoch.number, epoch.loss, epoch.network.state_dict(), epoch.logits)
            seconds += clock.lap()
            if checkpoint is not None:
                state = Checkpoint(
                    recipe, corpus.labels, data, began, epoch.state, best, tuple(history), seconds
                )
                checkpoints.save(checkpoint, state)
                kept = epoch.number
            log(_progress(epoch, recipe.epochs, corpus.labels, clock))
    except KeyboardInterrupt:
        if kept:
            log(
                f"interrupted after epoch {kept} of {recipe.epochs}: the same command with --resume"
                " goes on from there"
            )
        raise
    assert best is not None, "there is at least one epoch"
    return Trained(
        network=restored(recipe, corpus.labels, best.weights),
        calibration=calibrate(best.logits, corpus.validation.targets),
        labels=corpus.labels,
        recipe=recipe,
        history=tuple(history),
        epoch=best.epoch,
        examples=len(corpus.train),
        seconds=seconds,
        start=began,
    )


def choose_device(name: str) -> torch.device:
    """The device of that name; "auto" is the fastest that is there.

    Raises:
        UsageError: where it is not there.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(device for device, is_there in there.items() if is_there)
    if not there[name]:
        raise UsageError(f"this machine, or this torch, has no {name}: choose --device cpu")
    return torch.device(name)


class _Clock:
    """How long an epoch takes, smoothed: the first waits for its glyphs, and other programs come and go."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self.expected = 0.0

    def lap(self) -> float:
        """Seconds since the last one."""
        now = time.monotonic()
        taken, self._since = now - self._since, now
        before = self.expected or taken
        self.expected = _SMOOTHING * before + (1 - _SMOOTHING) * taken
        return taken


def _check(corpus: Corpus) -> None:
    """Make sure that each label can be learned, and that there is something to choose an epoch by."""
    learned = np.bincount(corpus.train.targets, minlength=len(corpus.labels))
    missing = [label for label, count in zip(corpus.labels, learned, strict=False) if not count]
    if missing:
        raise DataError(f"too few pictures of {', '.join(missing)} to train on: add some")
    if not (corpus.validation.targets < len(corpus.labels)).any():
        raise DataError("too few pictures to validate on: add some")


def _figures(epoch: Epoch) -> dict[str, float]:
    return {
        "epoch": epoch.number,
        "train_loss": epoch.train_loss,
        "train_accuracy": epoch.train_accuracy,
        "loss": epoch.loss,
        "accuracy": epoch.accuracy,
        "rate": epoch.rate,
    }


def _progress(epoch: Epoch, epochs: int, labels: tuple[str, ...], clock: _Clock) -> str:
    line = (
        f"epoch {epoch.number}/{epochs}: loss {epoch.train_loss:.4f}, validation loss {epoch.loss:.4f},"
        f" accuracy of {kind_of(labels)} {epoch.accuracy:.2%}"
    )
    left = clock.expected * (epochs - epoch.number)
    return f"{line}, {_duration(left)} left" if left else line


def _duration(seconds: float) -> str:
    """As "1 h 05 min", "12 min" or "110 s"."""
    if seconds <= 119:
        return f"{math.ceil(seconds)} s"
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
