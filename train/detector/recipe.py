"""How a detector is trained: all that is chosen, in one place, as it is stored with what comes of it."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Recipe:
    """With the crops, it decides every weight.

    Attributes:
        seed: decides all chance.
        batch: crops a step.
        rate: the learning rate after warm-up.
        fine: the share of it with which weights that were given are trained on, 0..1.
        warm_up: steps in which it rises.
        round: steps from one choice of hard crops to the next.
        false, missed: share of a round's crops that come again in the next one, 0..1: those in which ground
            was most surely taken for a digit, and those whose digits were most in doubt.
        repeats: how often one crop may come again; some stay hard because nobody could read them.
        validated: rounds from one validation to the next.
        validation: crops to validate on.
        decay: share of a training's end in which the learning rate falls to nothing, 0..1.
    """

    seed: int = 0
    batch: int = 32
    rate: float = 3e-3
    fine: float = 0.33
    warm_up: int = 500
    round: int = 128
    false: float = 0.125
    missed: float = 0.0625
    repeats: int = 4
    validated: int = 16
    validation: int = 1500
    decay: float = 0.15

    def as_dict(self) -> dict[str, Any]:
        """Every value by its name, fit for JSON."""
        return asdict(self)
