"""Fits the network: fresh glyphs each epoch, a one-cycle schedule, averaged weights."""

import copy
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.process import BaseProcess

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim.swa_utils import AveragedModel

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.glyphs import normalise

from .augment import augment
from .corpus import Corpus, Examples
from .data import DIGITS
from .network import DigitNet

BATCH = 256  # glyphs a step; fewer from a small set, down to 32, so that an epoch has some fifty steps
PEAK_RATE = 0.15  # of SGD with Nesterov momentum, at a quarter of the way, for a full batch
WEIGHT_DECAY = 5e-4
AVERAGED = 0.998  # weight of the past in the averaged weights, a step
WORKERS = 1  # processes that prepare the next epoch while this one is learned
_CHUNK = 4096  # pictures handed to a process at once


@dataclass(frozen=True, slots=True)
class Epoch:
    """The network after one pass over the examples, with what validation says of it.

    Attributes:
        number: of the pass, from 1.
        network: with weights averaged over the last steps, in evaluation mode.
        logits: (n, L + 1) float32 of the validation pictures as they are.
        loss: mean cross-entropy of the validation pictures as they are and varied.
        accuracy: share of the validation digits, as they are and varied, that are right by argmax over the
            labels, 0..1.
    """

    number: int
    network: DigitNet
    logits: NDArray[np.float32]
    loss: float
    accuracy: float


def fit(corpus: Corpus, *, epochs: int, seed: int) -> Iterator[Epoch]:
    """Trains a new network, and yields it after each epoch.

    Args:
        corpus: what to learn from, and what to validate on.
        epochs: passes over the training examples, each with new variations of every picture.
        seed: decides all chance.
    """
    torch.manual_seed(seed)
    network = DigitNet(len(DIGITS) + 1)
    averaged = AveragedModel(network, avg_fn=_moving_average, use_buffers=True)
    batch_size = min(max(len(corpus.train) // 50, 32), BATCH)
    rate = PEAK_RATE * batch_size / BATCH
    weights = network.parameters()
    optimiser = torch.optim.SGD(weights, rate, momentum=0.9, nesterov=True, weight_decay=WEIGHT_DECAY)
    steps = epochs * -(-len(corpus.train) // batch_size)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.25)
    validation = _validation_glyphs(corpus.validation, seed)
    targets = torch.from_numpy(corpus.train.targets)
    for number, glyphs in enumerate(_variations(corpus.train, epochs, seed), 1):
        network.train()
        for batch in torch.split(torch.randperm(len(glyphs)), batch_size):
            loss = nn.functional.cross_entropy(network(jitter(glyphs[batch])), targets[batch])
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            averaged.update_parameters(network)
        kept = copy.deepcopy(averaged.module).eval()
        assert isinstance(kept, DigitNet)
        yield _validated(number, kept, validation, corpus.validation.targets)


def jitter(glyphs: torch.Tensor) -> torch.Tensor:
    """(n, 28, 28) uint8 glyphs as (n, 1, 28, 28) float32 in 0..1, moved by up to a pixel and shaded anew."""
    inputs = glyphs.unsqueeze(1).float() / 255
    down, across = (int(shift) for shift in torch.randint(-1, 2, (2,)))
    gamma = torch.empty(len(inputs), 1, 1, 1).uniform_(0.75, 1.35)
    return torch.roll(inputs, (down, across), (2, 3)).pow(gamma)


def _moving_average(past: torch.Tensor, now: torch.Tensor, steps: torch.Tensor | int) -> torch.Tensor:
    """Exponential, with a shorter memory in the beginning so that the first weights are soon forgotten."""
    weight = min(AVERAGED, (1 + int(steps)) / (10 + int(steps)))
    return past + (now - past) * (1 - weight)


def _variations(examples: Examples, epochs: int, seed: int) -> Iterator[torch.Tensor]:
    """(n, 28, 28) uint8 glyphs for each epoch, the next prepared by other processes while these are used."""
    chunks = np.array_split(np.arange(len(examples)), -(-len(examples) // _CHUNK))
    pool = ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn"), _follow_the_parent)

    def prepare(epoch: int) -> list[Future[NDArray[np.uint8]]]:
        return [
            pool.submit(augment, [examples.pictures[at] for at in chunk], (seed, epoch, number))
            for number, chunk in enumerate(chunks)
        ]

    try:
        upcoming = prepare(0)
        for epoch in range(epochs):
            current = upcoming
            upcoming = prepare(epoch + 1) if epoch + 1 < epochs else []
            yield torch.from_numpy(np.concatenate([future.result() for future in current]))
    except BrokenProcessPool as error:
        raise WebcamDigitsError("a process that prepares glyphs was ended; is memory short?") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _follow_the_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


def _validation_glyphs(examples: Examples, seed: int) -> torch.Tensor:
    """(2 n, 28, 28) uint8: each picture as it is, then each varied; the same at every call."""
    plain = np.stack([normalise(picture) for picture in examples.pictures])
    return torch.from_numpy(np.concatenate([plain, augment(examples.pictures, (seed, 1 << 20))]))


@torch.inference_mode()
def _validated(number: int, network: DigitNet, glyphs: torch.Tensor, targets: NDArray[np.int64]) -> Epoch:
    logits = torch.cat([network(batch.unsqueeze(1).float() / 255) for batch in torch.split(glyphs, 1024)])
    truth = torch.from_numpy(np.tile(targets, 2))
    loss = nn.functional.cross_entropy(logits, truth)
    digits = truth < len(DIGITS)
    right = logits[digits, : len(DIGITS)].argmax(dim=1) == truth[digits]
    plain = np.asarray(logits[: len(targets)].numpy(), np.float32)
    return Epoch(number, network, plain, float(loss), float(right.float().mean()))
