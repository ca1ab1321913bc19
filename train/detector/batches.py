"""Batches of crops with their targets, drawn by other processes while the network learns."""

from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any, NamedTuple, Protocol, Self

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.reading.detector import prepare
from webcam_digits.train.detector.targets import targets_of
from webcam_digits.train.workers import follow_the_parent, interrupts_ignored

_AHEAD = 3  # batches that each process draws in advance
# Pixels of what is learned from at once. A reader looks through windows that end close around the ink, and a
# network that never saw an edge near a digit is unsure of it.
_HEIGHTS, _WIDTHS = (48, 64, 80, 96, 128, 128), (64, 80, 96, 128, 160, 160)


class Crop(Protocol):
    """A picture with exact truth, as `webcam_digits.train.scenes.crops` draws it."""

    @property
    def image(self) -> NDArray[np.uint8]:
        """(h, w, 3) BGR; sides are multiples of 16."""

    @property
    def boxes(self) -> NDArray[np.float32]:
        """(n, 4) left, top, right, bottom in pixels."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,) 0..9."""

    @property
    def ignored(self) -> NDArray[np.float32]:
        """(m, 4) boxes in which nothing is learned."""

    @property
    def kind(self) -> str:
        """What it shows."""


class Crops(Protocol):
    """Where crops come from."""

    def draw(self, seed: int, index: int) -> Crop:
        """A pure function of seed and index."""


class Batch(NamedTuple):
    """Of b crops: `inputs` (b, 4, h, w), and `targets.Targets` stacked."""

    inputs: torch.Tensor
    presence: torch.Tensor
    weights: torch.Tensor
    labels: torch.Tensor
    distances: torch.Tensor
    heights: torch.Tensor

    def on(self, device: torch.device) -> "Batch":
        """The same there; channels last, which convolutions are faster with."""
        inputs, *rest = (part.to(device, non_blocking=True) for part in self)
        return Batch(inputs.to(memory_format=torch.channels_last), *rest)


class Batches:
    """Draws what is asked for, in order; a context that ends its processes."""

    def __init__(self, make: Callable[[], Crops], seed: int, workers: int, *, pinned: bool = False) -> None:
        """Start nothing yet.

        Args:
            make: opens the source of crops, in each process for itself.
            seed: of the crops.
            workers: processes; 0 draws in this one.
            pinned: whether batches are to be copied to a GPU.
        """
        self._plan: list[list[int]] = []
        self._loader: DataLoader[Batch] = DataLoader(
            _Drawing(make, seed),
            batch_sampler=_Plan(self._plan),
            collate_fn=_as_is,
            num_workers=workers,
            persistent_workers=workers > 0,
            prefetch_factor=_AHEAD if workers else None,
            multiprocessing_context="spawn" if workers else None,
            worker_init_fn=_begin,
            pin_memory=pinned,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        del self._loader

    def draw(self, plan: Sequence[Sequence[int]]) -> Generator[Batch, None, None]:
        """A batch for each list of crops' numbers.

        Raises:
            WebcamDigitsError: where the source of crops fails.
            RuntimeError: where a process is ended from outside; see `ended_workers_reported`.
        """
        self._plan[:] = [list(numbers) for numbers in plan]
        for batch in self._started():
            if isinstance(batch, WebcamDigitsError):
                raise batch
            yield batch

    def _started(self) -> Iterator[Any]:
        with interrupts_ignored():
            return iter(self._loader)


class _Plan:
    def __init__(self, plan: list[list[int]]) -> None:
        self._plan = plan

    def __iter__(self) -> Iterator[list[int]]:
        return iter(self._plan)

    def __len__(self) -> int:
        return len(self._plan)


class _Drawing(Dataset[Batch]):
    def __init__(self, make: Callable[[], Crops], seed: int) -> None:
        self._make = make
        self._seed = seed
        self._crops: Crops | None = None

    def __getitems__(self, numbers: list[int]) -> Batch | WebcamDigitsError:
        try:
            if self._crops is None:
                self._crops = self._make()
            rng = np.random.default_rng((self._seed, *numbers))
            return _batch([self._crops.draw(self._seed, number) for number in numbers], rng)
        except WebcamDigitsError as error:  # raised where it is caught: DataLoader would add its traceback
            return error


def _batch(crops: Sequence[Crop], rng: np.random.Generator) -> Batch:
    """What a window of one size shows of each crop."""
    size = int(rng.choice(_HEIGHTS)), int(rng.choice(_WIDTHS))
    inputs, targets = [], []
    for crop in crops:
        high, wide = (min(sides) for sides in zip(size, crop.image.shape, strict=False))
        left, top = _place(crop, (wide, high), rng)
        inputs.append(prepare(np.ascontiguousarray(crop.image[top : top + high, left : left + wide])))
        origin = np.array([left, top, left, top], np.float32)
        boxes, ignored = crop.boxes - origin, crop.ignored - origin
        whole = (boxes[:, :2] >= 0).all(axis=1) & (boxes[:, 2:] <= (wide, high)).all(axis=1)
        ignored = np.concatenate([ignored, boxes[~whole]])
        targets.append(targets_of(boxes[whole], crop.labels[whole], ignored, (high, wide)))
    parts = ("presence", "weights", "labels", "distances", "heights")
    stacked = (np.stack([getattr(target, part) for target in targets]) for part in parts)
    return Batch(torch.from_numpy(np.stack(inputs)), *(torch.from_numpy(part) for part in stacked))


def _place(crop: Crop, window: tuple[int, int], rng: np.random.Generator) -> tuple[int, int]:
    """Left and top of a window of this width and height, which shows one of the digits if there is any."""
    room = np.array(crop.image.shape[1::-1]) - window
    least, most = np.zeros(2), room
    if len(crop.boxes):
        box = crop.boxes[rng.integers(len(crop.boxes))]
        least = np.clip(np.minimum(box[2:] - window, box[:2]), 0, room)
        most = np.clip(np.maximum(box[2:] - window, box[:2]), least, room)
    left, top = np.round(rng.uniform(least, most)).astype(int).tolist()
    return left, top


def _as_is(batch: Any) -> Any:
    return batch


def _begin(_: int) -> None:
    cv2.setNumThreads(0)
    follow_the_parent()
