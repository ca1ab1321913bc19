"""The state of a training in a file, from which it goes on after an interruption."""

import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch

from webcam_digits.errors import DataError, OutputError
from webcam_digits.outputs.files import write_whole
from webcam_digits.train.detector.network import Shape
from webcam_digits.train.detector.recipe import Recipe

_FORM = "webcam-digits detector checkpoint 1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training after some of its steps, before its end's decay.

    Attributes:
        recipe: that it follows.
        shape: of its network.
        learner: state of the `learner.Learner`.
        hard: `mining.Hard` of the round that it is in: numbers and repeats.
        seen: (steps of this round, batch, 2) hardness so far.
        history: figures of each validation.
        seconds: that it took.
        start: name of the file whose weights it began with; empty where they were drawn.
    """

    recipe: Recipe
    shape: Shape
    learner: dict[str, Any]
    hard: tuple[torch.Tensor, torch.Tensor]
    seen: torch.Tensor
    history: list[dict[str, Any]]
    seconds: float
    start: str


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write it; one that was there stays whole until the new one is.

    Raises:
        OutputError: where it cannot be written.
    """
    values = {field.name: getattr(checkpoint, field.name) for field in fields(checkpoint)}
    stored = {"recipe": asdict(checkpoint.recipe), "shape": asdict(checkpoint.shape), "form": _FORM}
    content = io.BytesIO()
    torch.save(values | stored, content)
    try:
        write_whole(path, content.getvalue())
    except OutputError as error:
        raise OutputError(
            f"{error}; put that right, then continue with --resume from the last checkpoint that was written"
        ) from error


def load(path: Path, recipe: Recipe, shape: Shape) -> Checkpoint:
    """Read it, as numbers and text only: no code of the file is run.

    Args:
        path: of the checkpoint.
        recipe: of the training that is to go on.
        shape: of its network.

    Raises:
        DataError: where it is missing, broken, or of another training.
    """
    instead = "start from the beginning with --force"
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise DataError(f"cannot read checkpoint {path}: {error.strerror or error}") from error
    except Exception as error:  # of zip, pickle and torch, which share no base class
        raise DataError(f"{path} is not a checkpoint, or is broken: {instead}") from error
    if not isinstance(found, dict) or found.pop("form", None) != _FORM:
        raise DataError(f"{path} is not a checkpoint of this version's `train detector`: {instead}")
    here = asdict(recipe) | asdict(shape)
    there = found["recipe"] | found["shape"]
    differences = [
        f"{name} {there.get(name)}, not {here[name]}"
        for name in here
        if there.get(name, here[name]) != here[name]
    ]
    if differences:
        raise DataError(
            f"{path} is of another training ({'; '.join(differences)}): resume with the options that it began"
            f" with, or {instead}"
        )
    return Checkpoint(**found | {"recipe": recipe, "shape": shape})
