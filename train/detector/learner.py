"""A network that learns, on one device, alone or together with other processes."""

import copy
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.train.detector.batches import Batch
from webcam_digits.train.detector.group import Group
from webcam_digits.train.detector.loss import PARTS, losses
from webcam_digits.train.detector.network import Network
from webcam_digits.train.detector.recipe import Recipe

AVERAGED = 0.9995  # weight of the past in the averaged weights, a step
WEIGHT_DECAY = 0.02
_CLIPPED = 10.0  # the longest gradient
_EXPECTED = 40.0  # weight of digits in a crop, until it is known
_MEMORY = 0.99  # weight of the past in that, a step


class Learned(NamedTuple):
    """Of one step, over all processes.

    Attributes:
        parts: (4,) mean loss of a digit, as `loss.PARTS`.
        hardness: (batch, 2) of each crop, as `loss.Losses` has it: crop `i` of process `r` of `p` is at
            `i * p + r`.
    """

    parts: NDArray[np.float64]
    hardness: NDArray[np.float32]


class Learner:
    """Network, averaged network and optimiser.

    Attributes:
        averaged: the network whose weights are averaged over the last steps, in evaluation mode.
        steps: that were made.
    """

    def __init__(self, network: Network, recipe: Recipe, device: torch.device, group: Group) -> None:
        self._recipe = recipe
        self._device = device
        self._group = group
        self.network: Network = network.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
        self.averaged: Network = copy.deepcopy(self.network).eval().requires_grad_(False)
        self._buffers = [buffer for buffer in self.network.buffers() if buffer.is_floating_point()]
        self._parameters = list(self.network.parameters())
        self._optimiser = torch.optim.AdamW(
            [
                {"params": [p for p in self._parameters if p.ndim > 1], "weight_decay": WEIGHT_DECAY},
                {"params": [p for p in self._parameters if p.ndim == 1], "weight_decay": 0.0},
            ],
            recipe.rate,
        )
        self.steps = 0
        self._expected = _EXPECTED

    def learn(self, batch: Batch, factor: float = 1.0, averaged: float = AVERAGED) -> Learned:
        """One step.

        Args:
            batch: this process's part of it.
            factor: of the learning rate.
            averaged: weight of the past in the averaged weights.

        Raises:
            WebcamDigitsError: where the loss grows beyond all numbers, or another process is gone.
        """
        recipe, size = self._recipe, self._group.size
        batch = batch.on(self._device)
        found = losses(self.network(batch.inputs), batch)
        for parameter in self._parameters:
            parameter.grad = None
        torch.autograd.backward(found.total * (size / (recipe.batch * self._expected)))
        hardness = torch.zeros(recipe.batch, 2, device=self._device)
        hardness[self._group.rank :: size] = found.hardness
        weight = (batch.presence * batch.weights).sum()
        sums = self._together(torch.cat([found.parts, weight[None], hardness.flatten()])).cpu().numpy()
        parts = sums[: len(PARTS)].astype(float) / (recipe.batch * self._expected)
        if not np.isfinite(parts).all():
            raise WebcamDigitsError(
                f"the training diverged in step {self.steps + 1}: --resume goes on from its last checkpoint"
            )
        self._expected *= _MEMORY
        self._expected += (1 - _MEMORY) * max(float(sums[len(PARTS)]) / recipe.batch, 1.0)
        torch.nn.utils.clip_grad_norm_(self._parameters, _CLIPPED)
        rate = recipe.rate * min((self.steps + 1) / recipe.warm_up, 1.0) * factor
        for parameters in self._optimiser.param_groups:
            parameters["lr"] = rate
        self._optimiser.step()
        self.steps += 1
        self._average(averaged)
        return Learned(parts, sums[len(PARTS) + 1 :].reshape(recipe.batch, 2))

    def _together(self, sums: torch.Tensor) -> torch.Tensor:
        """Sums over all processes; gradients and running statistics become their means."""
        size = self._group.size
        if size == 1:
            return sums
        gradients = [parameter.grad for parameter in self._parameters if parameter.grad is not None]
        means = [*gradients, *self._buffers]
        total = self._group.sum(torch.cat([*(part.flatten() for part in means), sums]))
        start = 0
        for part in means:
            part.copy_(total[start : start + part.numel()].view_as(part) / size)
            start += part.numel()
        return total[start:]

    @torch.no_grad()
    def _average(self, weight: float) -> None:
        """Moves the averaged weights; the first ones are soon forgotten."""
        weight = min(weight, (1 + self.steps) / (10 + self.steps))
        for average, now in zip(
            self.averaged.state_dict().values(), self.network.state_dict().values(), strict=True
        ):
            if average.is_floating_point():
                average.lerp_(now, 1 - weight)

    def branch(self) -> "Learner":
        """Another one of the same state, which learns on without changing this one."""
        network = copy.deepcopy(self.network)
        other = Learner(network, self._recipe, self._device, self._group)
        other.load(copy.deepcopy(self.state()))
        return other

    def state(self) -> dict[str, Any]:
        """All that further learning depends on; it changes with it."""
        return {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "steps": self.steps,
            "expected": self._expected,
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take over what `state` gave.

        Raises:
            RuntimeError, ValueError, KeyError: where it is of another network.
        """
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.steps = int(state["steps"])
        self._expected = float(state["expected"])
