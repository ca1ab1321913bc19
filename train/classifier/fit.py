"""Fits a network: fresh glyphs each epoch, a one-cycle schedule, averaged weights."""

import copy
import math
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim.swa_utils import AveragedModel

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.reading.glyphs import normalise
from webcam_digits.train.classifier.augmented import augmented
from webcam_digits.train.classifier.disturbances import disturb
from webcam_digits.train.classifier.network import Network, build
from webcam_digits.train.classifier.recipe import Recipe
from webcam_digits.train.data.augment import augment
from webcam_digits.train.data.examples import Corpus, Examples
from webcam_digits.train.workers import ended_workers_reported

BATCH = 256  # glyphs a step; fewer from a small set, down to 32, so that an epoch has some fifty steps
WEIGHT_DECAY = 5e-4
AVERAGED = 0.998  # weight of the past in the averaged weights, a step
MOST_WEIGHT = 4.0  # of the examples of a rare label, before the mean is made 1

Weights = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Epoch:
    """The network after one pass over the examples, with what validation says of it.

    Attributes:
        number: of the pass, from 1.
        network: with weights averaged over the last steps, on the CPU, in evaluation mode.
        logits: (n, L + 1) float32 of the validation pictures as they are.
        loss: mean cross-entropy of the validation pictures as they are and varied.
        accuracy: share of the validation pictures of a label, as they are and varied, that are right by
            argmax over the labels, 0..1.
        train_loss: mean loss of the pass itself, of weights still changing, glyphs varied, dropout at work.
        train_accuracy: as `accuracy`, of that pass.
        rate: the learning rate that it ended with.
        state: all that the next epochs depend on; it changes with them, so store it before.
    """

    number: int
    network: Network
    logits: NDArray[np.float32]
    loss: float
    accuracy: float
    train_loss: float
    train_accuracy: float
    rate: float
    state: dict[str, Any]


def fit(
    corpus: Corpus,
    recipe: Recipe,
    *,
    device: torch.device,
    start: Weights | None = None,
    resume: tuple[int, dict[str, Any]] | None = None,
) -> Generator[Epoch, None, None]:
    """Trains a network, and yields it after each epoch.

    On a CPU the same corpus, recipe and number of threads give the same weights, bit by bit, also across
    `resume`; on other devices as far as their libraries do.

    Args:
        corpus: what to learn from, and what to validate on.
        recipe: how.
        device: where.
        start: weights of the network to begin with; None draws them.
        resume: number and state of the last epoch of a training that was broken off.

    Raises:
        WebcamDigitsError: where the loss grows beyond all numbers, or a process is ended from outside.
    """
    classes = len(corpus.labels) + 1
    torch.manual_seed(recipe.seed)
    network = build(recipe.arch, classes, recipe.width)
    if start is not None:
        network.load_state_dict(start)
    learner = _Learner(network, corpus, recipe, device)
    done = 0
    if resume is not None:
        done, state = resume
        learner.load(state)
    validation = _validation_glyphs(corpus.validation, recipe)
    truth = torch.from_numpy(np.tile(corpus.validation.targets, 2))
    epochs = range(done, recipe.epochs)
    glyphs_of = augmented(corpus.train.pictures, epochs, recipe.seed, recipe.strength)
    with ended_workers_reported(), closing(glyphs_of):
        for epoch, glyphs in zip(epochs, glyphs_of, strict=True):
            torch.manual_seed(int(np.random.default_rng((recipe.seed, epoch)).integers(1 << 62)))
            train_loss, train_accuracy = learner.learn(torch.from_numpy(glyphs))
            logits = learner.logits(validation)
            loss = float(nn.functional.cross_entropy(logits, truth))
            if not math.isfinite(loss):
                raise WebcamDigitsError(
                    f"the training diverged in epoch {epoch + 1}: --rate {recipe.rate:g} is too high"
                )
            yield Epoch(
                number=epoch + 1,
                network=learner.network(),
                logits=np.asarray(logits[: len(corpus.validation)].numpy(), np.float32),
                loss=loss,
                accuracy=float(_right(logits, truth)) / max(int((truth < classes - 1).sum()), 1),
                train_loss=train_loss,
                train_accuracy=train_accuracy,
                rate=learner.rate,
                state=learner.state(),
            )


class _Learner:
    """A network that learns, with its optimiser, schedule and averaged weights, on one device."""

    def __init__(self, network: Network, corpus: Corpus, recipe: Recipe, device: torch.device) -> None:
        self._device = device
        self._network = network.to(device)
        if device.type == "cpu":  # whose convolutions are faster by a seventh so; the stubs do not know it
            self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._averaged = AveragedModel(self._network, avg_fn=moving_average, use_buffers=True)
        examples, classes = corpus.train, len(corpus.labels) + 1
        self._targets = torch.from_numpy(examples.targets).to(device)
        # No label smoothing: it flattens the logits by which strange glyphs are refused. A temperature chosen
        # afterwards makes confidence as honest (Guo et al. 2017, "On Calibration of Modern Neural Networks").
        self._criterion = nn.CrossEntropyLoss(class_weights(examples.targets, classes).to(device))
        batch = min(max(len(examples) // 50, 32), BATCH)
        self._steps = -(-len(examples) // batch)
        rate = recipe.rate * batch / BATCH
        self._optimiser = torch.optim.SGD(
            self._network.parameters(), rate, momentum=0.9, nesterov=True, weight_decay=WEIGHT_DECAY
        )
        # Of fewer than 5 steps in all, the rising quarter would have no length to divide by.
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, rate, total_steps=max(recipe.epochs * self._steps, 5), pct_start=0.25
        )

    def learn(self, glyphs: torch.Tensor) -> tuple[float, float]:
        """One pass over (n, 28, 28) uint8 `glyphs`: its mean loss, and its accuracy over the labels."""
        self._network.train()
        glyphs = glyphs.to(self._device)
        loss_sum = torch.zeros((), device=self._device)
        right = torch.zeros((), dtype=torch.int64, device=self._device)
        for batch in torch.tensor_split(torch.randperm(len(glyphs)).to(self._device), self._steps):
            targets = self._targets[batch]
            logits = self._network(disturb(jitter(glyphs[batch])))
            loss = self._criterion(logits, targets)
            self._optimiser.zero_grad()
            torch.autograd.backward(loss)
            self._optimiser.step()
            self._schedule.step()
            self._averaged.update_parameters(self._network)
            loss_sum += loss.detach() * len(batch)
            right += _right(logits.detach(), targets)
        labelled = (self._targets < logits.shape[1] - 1).sum()
        return float(loss_sum) / len(glyphs), float(right) / float(labelled)

    @torch.inference_mode()
    def logits(self, glyphs: torch.Tensor) -> torch.Tensor:
        """(n, L + 1) on the CPU, of the averaged network for (n, 28, 28) uint8 `glyphs`."""
        averaged = self._averaged.module.eval()
        batches = torch.split(glyphs, 1024)
        return torch.cat([averaged(_inputs(batch.to(self._device))).cpu() for batch in batches])

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return float(self._schedule.get_last_lr()[0])

    def network(self) -> Network:
        """A copy of the averaged network, on the CPU, in evaluation mode."""
        kept = copy.deepcopy(self._averaged.module).cpu().eval()
        assert isinstance(kept, Network)
        return kept

    def state(self) -> dict[str, Any]:
        """All that further learning depends on."""
        return {name: part.state_dict() for name, part in self._parts().items()}

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave."""
        for name, part in self._parts().items():
            part.load_state_dict(state[name])

    def _parts(self) -> dict[str, Any]:
        return {
            "network": self._network,
            "averaged": self._averaged,
            "optimiser": self._optimiser,
            "schedule": self._schedule,
        }


def class_weights(targets: NDArray[np.int64], classes: int) -> torch.Tensor:
    """(classes,) float32: labels with few examples count for more, as if all were equally frequent.

    The mean over the examples of labels is 1, so that equally many of each give 1 throughout; "not one of
    them", the last class, is not a label and always counts 1.

    Args:
        targets: (n,) the class of each example.
        classes: how many there are.
    """
    counts = np.bincount(targets, minlength=classes)[:-1]
    weights = np.minimum(counts.mean() / np.maximum(counts, 1), MOST_WEIGHT)
    weights *= counts.sum() / max(float(weights @ counts), 1.0)
    return torch.tensor([*weights, 1.0], dtype=torch.float32)


def jitter(glyphs: torch.Tensor) -> torch.Tensor:
    """(n, 28, 28) uint8 glyphs as (n, 1, 28, 28) float32 in 0..1, moved by up to a pixel and shaded again."""
    inputs = _inputs(glyphs)
    down, across = (int(shift) for shift in torch.randint(-1, 2, (2,)))
    gamma = torch.empty(len(inputs), 1, 1, 1, device=inputs.device).uniform_(0.75, 1.35)
    return torch.roll(inputs, (down, across), (2, 3)).pow(gamma)


def _inputs(glyphs: torch.Tensor) -> torch.Tensor:
    return glyphs.unsqueeze(1).float() / 255


def _right(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """How many of a label are right by argmax over the labels; "not one of them" never equals one."""
    return (logits[:, :-1].argmax(dim=1) == targets).sum()


def moving_average(past: torch.Tensor, now: torch.Tensor, steps: torch.Tensor | int) -> torch.Tensor:
    """Exponential, with a shorter memory in the beginning so that the first weights are soon forgotten."""
    weight = min(AVERAGED, (1 + int(steps)) / (10 + int(steps)))
    return past + (now - past) * (1 - weight)


def _validation_glyphs(examples: Examples, recipe: Recipe) -> torch.Tensor:
    """(2 n, 28, 28) uint8: each picture as it is, then each varied; the same at every call."""
    plain = np.stack([normalise(picture) for picture in examples.pictures])
    return torch.from_numpy(np.concatenate([plain, augment(examples.pictures, (recipe.seed, 1 << 20))]))
