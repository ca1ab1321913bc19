"""The recipe: all that is chosen of a training, in one place, as it is stored with what comes of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from webcam_digits.errors import UsageError

ARCHITECTURES = ("mlp", "cnn", "resnet")
SEARCHED = ("rate", "width", "strength")  # by `--tune`
MOST_SEED = (1 << 63) - 1  # that torch takes
MOST_FACTOR = 10.0  # of rate, width and strength: far more than is of use, and still within memory


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a network is trained; with the data, it decides every weight.

    Attributes:
        arch: which network, one of `ARCHITECTURES`.
        epochs: passes over the examples.
        seed: decides all chance.
        rate: the peak learning rate, for a full batch.
        width: of the network's layers, a factor; 1.0 as designed.
        strength: of the augmentation, a factor; 1.0 as designed, 0.0 none.

    Raises:
        UsageError: where a value is none that can be trained with.
    """

    arch: str = "cnn"
    epochs: int = 18
    seed: int = 0
    rate: float = 0.15
    width: float = 1.0
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.arch not in ARCHITECTURES:
            raise UsageError(f"arch {self.arch!r} is unknown: choose of {', '.join(ARCHITECTURES)}")
        if self.epochs < 1 or not 0 <= self.seed <= MOST_SEED:
            raise UsageError(f"epochs must be 1 or more, and the seed 0 to {MOST_SEED}")
        for name in SEARCHED:
            value = getattr(self, name)
            if not 0 <= value <= MOST_FACTOR or (value == 0 and name != "strength"):
                least = "0 or more" if name == "strength" else "more than 0"
                raise UsageError(
                    f"{name} {value:g} cannot be trained with: it must be {least}, up to {MOST_FACTOR:g}"
                )

    def as_dict(self) -> dict[str, Any]:
        """Every value by its name, fit for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Recipe":
        """The recipe that `as_dict` gave; what else is in `values` is passed over.

        Raises:
            UsageError: where a value is none that can be trained with.
        """
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})
