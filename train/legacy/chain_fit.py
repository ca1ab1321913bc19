"""Fits the chain network by connectionist temporal classification: chains varied anew each epoch."""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.optim.swa_utils import AveragedModel

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.reading.legacy.chains import STEP
from webcam_digits.train.classifier.fit import moving_average
from webcam_digits.train.classifier.network import ChainNetwork
from webcam_digits.train.data.cuttings import NO_DIGIT
from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.legacy.chains import Chain

BLANK = NO_DIGIT + 1  # the class that says: nothing new here
RATE = 3e-3  # the highest
BATCH = 96
_WEIGHT_DECAY = 1e-2
_PLACE = 0.03  # weight of where labels are, over that of which they are
_SPREAD = 0.7  # columns; of a label's place around its middle
_ALIKE = 40  # batches whose chains are sorted by width, so that each holds equally wide ones
_HELD_OUT = 50  # one chain of so many is to validate on


@dataclass(frozen=True, slots=True)
class ChainEpoch:
    """The network after one pass.

    Attributes:
        number: of the pass, from 1.
        network: with averaged weights, in evaluation mode.
        loss: mean of the pass itself, of weights still changing.
        exact: share of the held-out chains that are read without an error, 0..1.
    """

    number: int
    network: ChainNetwork
    loss: float
    exact: float


def fit_chains(chains: Sequence[Chain], epochs: int, seed: int) -> Generator[ChainEpoch, None, None]:
    """Trains a network, and yields it after each epoch. The same arguments give the same weights on a CPU.

    Raises:
        WebcamDigitsError: where the loss grows beyond all numbers.
    """
    torch.manual_seed(seed)
    order = np.random.default_rng(seed).permutation(len(chains))
    held_out, own = order[::_HELD_OUT], np.delete(order, np.s_[::_HELD_OUT])
    network = ChainNetwork(BLANK + 1)
    averaged = AveragedModel(network, avg_fn=moving_average, use_buffers=True)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=_WEIGHT_DECAY)
    steps = max(len(own) // BATCH, 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, RATE, total_steps=max(epochs * steps, 10), pct_start=0.2
    )
    criterion = nn.CTCLoss(blank=BLANK, zero_infinity=True)
    for epoch in range(epochs):
        rng = np.random.default_rng((seed, epoch))
        network.train()
        total = 0.0
        batches = _batches(own, chains, rng)[:steps]
        for batch in batches:
            varied = [vary(chains[i], rng) for i in batch]
            inputs, columns = stacked([picture for picture, _ in varied])
            targets = [chains[i].targets for i in batch]
            found = network(inputs).log_softmax(-1)
            in_order = criterion(
                found.transpose(0, 1),
                torch.tensor([label for one in targets for label in one]),
                columns,
                torch.tensor([len(one) for one in targets]),
            )
            wanted = torch.from_numpy(placed(targets, [at for _, at in varied], found.shape[1]))
            in_place = -(wanted * found).sum(dim=-1).sum() / sum(map(len, targets))
            loss = in_order + _PLACE * in_place
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            averaged.update_parameters(network)
            total += float(loss.detach())
        if not math.isfinite(total):
            raise WebcamDigitsError(f"the training diverged in epoch {epoch + 1}: try another --seed")
        smoothed = cast(ChainNetwork, averaged.module)
        right = [spelled(smoothed, chains[i].picture) == chains[i].targets for i in held_out]
        yield ChainEpoch(epoch + 1, smoothed, total / len(batches), float(np.mean(right)))


@torch.inference_mode()
def spelled(network: ChainNetwork, picture: Picture) -> tuple[int, ...]:
    """What a (32, w) chain says by the likeliest class of each column, repeats and blanks left out."""
    network.eval()
    classes = network(stacked([picture.astype(np.float32)])[0])[0].argmax(dim=-1).tolist()
    changed = [now for before, now in zip([BLANK, *classes], classes, strict=False) if now != before]
    return tuple(one for one in changed if one != BLANK)


def stacked(pictures: Sequence[NDArray[np.float32]]) -> tuple[torch.Tensor, torch.Tensor]:
    """(n, 1, 32, w) in 0..1 of pictures (32, w_i) in 0..255, black right of each, and their columns (n,)."""
    wide = max(picture.shape[1] for picture in pictures)
    batch = np.zeros((len(pictures), 1, pictures[0].shape[0], wide), np.float32)
    for row, picture in zip(batch, pictures, strict=True):
        row[0, :, : picture.shape[1]] = picture / 255
    return torch.from_numpy(batch), torch.tensor([-(-picture.shape[1] // STEP) for picture in pictures])


def placed(
    targets: Sequence[tuple[int, ...]], middles: Sequence[NDArray[np.float64]], columns: int
) -> NDArray[np.float32]:
    """(n, columns, classes): in each column what is wanted there, a label near its middle, else nothing new.

    Args:
        targets: of n chains.
        middles: of each target its x, in pixels of the picture.
        columns: how many.
    """
    wanted = np.zeros((len(targets), columns, BLANK + 1), np.float32)
    for row, labels, at in zip(wanted, targets, middles, strict=True):
        away = np.arange(columns) - at[:, None] / STEP
        near = np.exp(-0.5 * (away / _SPREAD) ** 2)
        near /= np.maximum(near.sum(axis=0), 1)
        for label, weights in zip(labels, near, strict=True):
            row[:, label] += weights
        row[:, BLANK] = 1 - near.sum(axis=0)
    return wanted


def vary(chain: Chain, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """A chain by a thinner or thicker pen, slanted, stretched, lower within its box, fainter, noisier.

    Returns:
        Its picture, (32, w) in 0..255, and the x of each middle.
    """
    picture = chain.picture
    if rng.random() < 0.3:
        thicker = rng.random() < 0.6
        side = 2 if not thicker or rng.random() < 0.6 else 3
        change = cv2.dilate if thicker else cv2.erode
        picture = np.asarray(change(picture, np.ones((side, side), np.uint8)), np.uint8)
    height, width = picture.shape
    stretch, slant = np.exp(rng.normal(0, 0.1)), rng.normal(0, 0.12)
    low = np.exp(-abs(rng.normal(0, 0.1))) if rng.random() < 0.4 else 1.0
    down = rng.uniform(0, 1 - low) * height + rng.normal(0, 0.4)
    matrix = np.array([[stretch, slant, max(-slant * height, 0)], [0, low, down]])
    size = max(round(width * stretch + abs(slant) * height), 8), height
    varied = np.asarray(cv2.warpAffine(picture, matrix, size), np.float32) * rng.uniform(0.75, 1.1)
    if rng.random() < 0.3:
        varied += rng.normal(0, rng.uniform(0, 14), varied.shape)
    middles = np.array(chain.middles) @ matrix[0, :2] + matrix[0, 2]
    return np.clip(varied, 0, 255).astype(np.float32), middles


def _batches(own: NDArray[np.intp], chains: Sequence[Chain], rng: np.random.Generator) -> list[list[int]]:
    """All of them in batches of chance, each of chains of about one width."""
    order = rng.permutation(own)
    batches = []
    for start in range(0, len(order), BATCH * _ALIKE):
        part = sorted(
            order[start : start + BATCH * _ALIKE].tolist(), key=lambda i: chains[i].picture.shape[1]
        )
        batches += [part[first : first + BATCH] for first in range(0, len(part), BATCH)]
    return [batches[i] for i in rng.permutation(len(batches))]
