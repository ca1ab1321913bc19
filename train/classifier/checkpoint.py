"""The state of a training in a file, from which it goes on after an interruption, or another one begins."""

import hashlib
import io
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from webcam_digits.errors import DataError, OutputError
from webcam_digits.outputs.files import write_whole
from webcam_digits.train.classifier.fit import Weights
from webcam_digits.train.classifier.network import Network, build
from webcam_digits.train.classifier.recipe import Recipe
from webcam_digits.train.data.duplicates import fingerprints
from webcam_digits.train.data.examples import Corpus

_FORM = "webcam-digits checkpoint 1"


@dataclass(frozen=True, slots=True)
class Best:
    """What is kept of the epoch with the least validation loss so far.

    Attributes:
        epoch: its number, from 1.
        loss: its validation loss.
        weights: of the network, averaged.
        logits: (n, L + 1) float32 of the validation pictures as they are.
    """

    epoch: int
    loss: float
    weights: dict[str, torch.Tensor]
    logits: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training after some of its epochs.

    Attributes:
        recipe: that it follows.
        labels: what the network distinguishes.
        data: `digest` of what it learns from.
        start: name of the file whose weights it began with; None where they were drawn.
        state: of the last epoch, as `fit.Epoch` has it.
        best: of the epochs so far.
        history: figures of each epoch so far.
        seconds: that they took.
    """

    recipe: Recipe
    labels: tuple[str, ...]
    data: str
    start: str | None
    state: dict[str, Any]
    best: Best
    history: tuple[dict[str, float], ...]
    seconds: float

    def check(
        self,
        path: Path,
        recipe: Recipe,
        labels: tuple[str, ...],
        start: Path | None,
        data: str | None = None,
    ) -> None:
        """Make sure that this is of the training to go on with.

        Args:
            path: of the checkpoint, for the message.
            recipe: of that training.
            labels: what it distinguishes.
            start: whose weights it is to begin with, where that is known.
            data: `digest` of what it learns from; None where that is not known yet.

        Raises:
            DataError: where it is of another one, saying what differs.
        """
        here, there = recipe.as_dict(), self.recipe.as_dict()
        differences = [
            f"{name} {there[name]}, not {here[name]}" for name in here if there[name] != here[name]
        ]
        if start is not None and self.start != start.name:
            differences.append(f"begun from {self.start or 'drawn weights'}, not {start.name}")
        if self.labels != labels:
            differences.append(f"classes {''.join(self.labels)}, not {''.join(labels)}")
        elif data is not None and self.data != data:
            differences.append("other data")
        if differences:
            raise DataError(
                f"{path} is of another training ({'; '.join(differences)}): resume with the options that it"
                " began with, or start over with --force"
            )


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write it; one that was there stays whole until the new one is.

    Raises:
        OutputError: where it cannot be written.
    """
    content = io.BytesIO()
    best = checkpoint.best
    torch.save(
        _fields(checkpoint)
        | {
            "form": _FORM,
            "recipe": checkpoint.recipe.as_dict(),
            "best": _fields(best) | {"logits": torch.from_numpy(best.logits)},
        },
        content,
    )
    try:
        write_whole(path, content.getvalue())
    except OutputError as error:
        if len(checkpoint.history) == 1:  # none of this training is there
            raise
        raise OutputError(f"{error}; put that right, then continue with --resume") from error


def load(path: Path, *, resume: bool = False) -> Checkpoint:
    """Read it, as numbers and text only: no code of the file is run.

    Args:
        path: of the checkpoint.
        resume: whether to go on from it, for the message: its name cannot be chosen then.

    Raises:
        DataError: where it is missing, broken or none of this program's, or its weights fit no network.
    """
    instead = "start over with --force" if resume else "name one that webcam-digits train wrote"
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise DataError(f"cannot read checkpoint {path}: {error.strerror or error}") from error
    except Exception as error:  # of zip, pickle and torch, which share no base class
        raise DataError(f"{path} is not a checkpoint, or is broken: {instead}") from error
    if not isinstance(found, dict) or found.get("form") != _FORM:
        raise DataError(f"{path} is not a checkpoint of webcam-digits train: {instead}")
    del found["form"]
    try:
        best = found["best"]
        checkpoint = Checkpoint(
            **found
            | {
                "recipe": Recipe.from_dict(found["recipe"]),
                "best": Best(**best | {"logits": best["logits"].numpy()}),
            }
        )
        restored(checkpoint.recipe, checkpoint.labels, checkpoint.best.weights)
    except Exception as error:  # fields or weights are missing, or of another shape: all kinds of it
        raise DataError(
            f"{path} does not fit the networks of this version: train again, or use the version that wrote it"
        ) from error
    return checkpoint


def starting_weights(path: Path, recipe: Recipe, labels: tuple[str, ...]) -> Weights:
    """The best weights of a checkpoint, to begin a training with; for other labels with a new last layer.

    Args:
        path: of the checkpoint.
        recipe: of the training to come; its seed draws the new last layer.
        labels: what is to be distinguished.

    Raises:
        DataError: where it is not a checkpoint, or of a network with another shape.
    """
    before = load(path)
    there, here = before.recipe, recipe
    if (there.arch, there.width) != (here.arch, here.width):
        raise DataError(
            f"{path} holds weights of {there.arch}, width {there.width}, not of {here.arch}, width"
            f" {here.width}: choose the same --arch and --width"
        )
    weights = dict(before.best.weights)
    if before.labels != labels:  # also where there are as many: a logit would stand for something else
        torch.manual_seed(recipe.seed)
        drawn = build(here.arch, len(labels) + 1, here.width)
        last = f"head.{len(drawn.head) - 1}."
        weights.update({name: value for name, value in drawn.state_dict().items() if name.startswith(last)})
    return weights


def restored(recipe: Recipe, labels: tuple[str, ...], weights: Weights) -> Network:
    """The network of these weights, in evaluation mode."""
    network = build(recipe.arch, len(labels) + 1, recipe.width)
    network.load_state_dict(weights)
    return network.eval()


def digest(corpus: Corpus) -> str:
    """A short text that differs where a picture or its target does."""
    content = hashlib.blake2b(digest_size=16)
    for examples in (corpus.train, corpus.validation):
        content.update(fingerprints(examples.pictures).tobytes())
        content.update(examples.targets.tobytes())
    return content.hexdigest()


def _fields(record: Checkpoint | Best) -> dict[str, Any]:
    return {field.name: getattr(record, field.name) for field in fields(record)}
