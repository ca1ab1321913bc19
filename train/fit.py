"""Fits the network: fresh glyphs each epoch, a one-cycle schedule, averaged weights, the best epoch kept."""

import copy
import logging
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim.swa_utils import AveragedModel

from webcam_digits.glyphs import normalise

from .augment import augment
from .corpus import Corpus, Examples
from .data import DIGITS
from .network import DigitNet

_log = logging.getLogger(__name__)

BATCH = 256
PEAK_RATE = 0.15  # of SGD with Nesterov momentum, at a third of the way
WEIGHT_DECAY = 5e-4
AVERAGED = 0.998  # weight of the past in the averaged weights, a step
WORKERS = 1  # processes that prepare the next epoch while this one is learned


@dataclass(frozen=True, slots=True)
class Fitted:
    """A network with what validation says of it.

    Attributes:
        network: in evaluation mode.
        logits: (n, L + 1) float32 of the validation glyphs.
        targets: (n,) int64 of them.
        accuracy: share of the validation digits that are right, by argmax over the labels.
    """

    network: DigitNet
    logits: NDArray[np.float32]
    targets: NDArray[np.int64]
    accuracy: float


def fit(corpus: Corpus, *, epochs: int, seed: int, tell: Callable[[str], None]) -> Fitted:
    """The weights, averaged over the last steps, of the epoch with the least validation loss.

    Args:
        corpus: what to learn from and what to choose by.
        epochs: passes over the training examples, each with new variations of every picture.
        seed: decides all chance.
        tell: takes one line of progress after each epoch.
    """
    torch.manual_seed(seed)
    network = DigitNet(len(DIGITS) + 1)
    averaged = AveragedModel(network, avg_fn=_moving_average, use_buffers=True)
    optimiser = torch.optim.SGD(
        network.parameters(), lr=PEAK_RATE, momentum=0.9, nesterov=True, weight_decay=WEIGHT_DECAY
    )
    steps = epochs * -(-len(corpus.train) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps, pct_start=0.3)
    validation = _validation_glyphs(corpus.validation, seed)
    best: Fitted | None = None
    least = float("inf")
    start = time.monotonic()
    for epoch, glyphs in enumerate(_epochs(corpus.train, epochs, seed)):
        network.train()
        for batch in torch.randperm(len(glyphs)).split(BATCH):
            inputs = jitter(torch.from_numpy(glyphs[batch.numpy()]))
            loss = nn.functional.cross_entropy(
                network(inputs), torch.from_numpy(corpus.train.targets[batch.numpy()])
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            averaged.update_parameters(network)
        fitted = _validate(averaged.module, validation, corpus.validation.targets)
        loss_value = _loss(fitted)
        if loss_value < least:
            least, best = loss_value, fitted
        left = (time.monotonic() - start) / (epoch + 1) * (epochs - epoch - 1)
        tell(
            f"epoch {epoch + 1}/{epochs}: validation loss {loss_value:.4f}, digits {100 * fitted.accuracy:.2f} %,"
            f" {left / 60:.0f} min left"
        )
    assert best is not None, "at least one epoch"
    return best


def jitter(glyphs: torch.Tensor) -> torch.Tensor:
    """(n, 28, 28) uint8 glyphs as (n, 1, 28, 28) float32 in 0..1, each moved by up to a pixel and shaded anew."""
    inputs = glyphs.unsqueeze(1).float() / 255
    down, across = (int(shift) for shift in torch.randint(-1, 2, (2,)))
    gamma = torch.empty(len(inputs), 1, 1, 1).uniform_(0.75, 1.35)
    return torch.roll(inputs, (down, across), (2, 3)).pow(gamma)


def _moving_average(past: torch.Tensor, now: torch.Tensor, steps: torch.Tensor | int) -> torch.Tensor:
    """Exponential, with a shorter memory in the beginning so that the first weights are soon forgotten."""
    weight = min(AVERAGED, (1 + int(steps)) / (10 + int(steps)))
    return past + (now - past) * (1 - weight)


def _epochs(examples: Examples, epochs: int, seed: int) -> Iterator[NDArray[np.uint8]]:
    """The glyphs of each epoch, the next one prepared by other processes while this one is used."""
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        chunks = np.array_split(np.arange(len(examples)), max(len(examples) // 4096, 1))

        def prepare(epoch: int) -> list[Future[NDArray[np.uint8]]]:
            return [
                pool.submit(augment, [examples.pictures[at] for at in chunk], (seed, epoch, number))
                for number, chunk in enumerate(chunks)
            ]

        upcoming = prepare(0)
        for epoch in range(epochs):
            current = upcoming
            upcoming = prepare(epoch + 1) if epoch + 1 < epochs else []
            yield np.concatenate([future.result() for future in current])


def _validation_glyphs(examples: Examples, seed: int) -> NDArray[np.uint8]:
    """Each picture once as it is and once varied; the same at every call."""
    plain = np.stack([normalise(picture) for picture in examples.pictures])
    return np.concatenate([plain, augment(examples.pictures, (seed, 1 << 20))])


@torch.inference_mode()
def _validate(network: nn.Module, glyphs: NDArray[np.uint8], targets: NDArray[np.int64]) -> Fitted:
    kept = copy.deepcopy(network).eval()
    assert isinstance(kept, DigitNet)
    batches = torch.from_numpy(glyphs).unsqueeze(1).split(1024)
    logits = torch.cat([kept(batch.float() / 255) for batch in batches]).numpy()
    targets = np.tile(targets, len(glyphs) // len(targets))
    digits = targets < len(DIGITS)
    right = logits[digits, : len(DIGITS)].argmax(axis=1) == targets[digits]
    return Fitted(kept, logits, targets, float(right.mean()))


def _loss(fitted: Fitted) -> float:
    return float(nn.functional.cross_entropy(torch.from_numpy(fitted.logits), torch.from_numpy(fitted.targets)))
