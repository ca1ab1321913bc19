"""Augmented glyphs for each epoch, prepared by other processes while the network learns."""

import gc
import os
from collections.abc import Generator, Sequence
from itertools import islice
from traceback import clear_frames
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from webcam_digits.train.data.augment import augment
from webcam_digits.train.data.datasets import Picture
from webcam_digits.train.workers import follow_the_parent, interrupts_ignored

_CHUNK = 1024  # pictures of a task; each chunk has its own seed, whichever process prepares it
_MOST_WORKERS = 8

Glyphs = NDArray[np.uint8]


def augmented(
    pictures: Sequence[Picture], epochs: range, seed: int, strength: float
) -> Generator[Glyphs, None, None]:
    """(n, 28, 28) glyphs of the n `pictures` for each epoch, the same whatever processors there are.

    A chunk of pictures or fewer are prepared in this process.

    Args:
        pictures: (h, w) uint8, white ink on black.
        epochs: numbers of the epochs to come, which with the `seed` decide all chance.
        seed: of the training.
        strength: of the augmentation, a factor.

    Raises:
        RuntimeError: where a process is ended from outside; see `ended_workers_reported`.
    """
    parts = np.array_split(np.arange(len(pictures)), -(-len(pictures) // _CHUNK))
    chunks = [[pictures[at] for at in part] for part in parts]
    workers = min(_processors() - 1, _MOST_WORKERS, len(chunks)) if len(chunks) > 1 else 0
    loader = DataLoader(
        _Augmented(),
        batch_size=None,
        sampler=[(chunk, (seed, epoch, i), strength) for epoch in epochs for i, chunk in enumerate(chunks)],
        collate_fn=_as_is,  # arrays: tensors would go through shared memory, which is short in containers
        num_workers=workers,
        prefetch_factor=-(-len(chunks) // workers) if workers else None,  # the next epoch during this one
        multiprocessing_context="spawn" if workers else None,
        worker_init_fn=_begin,
    )
    with interrupts_ignored():
        glyphs = iter(loader)
    try:
        for _ in epochs:
            yield np.concatenate(list(islice(glyphs, len(chunks))))
    except BaseException as error:
        clear_frames(error.__traceback__)  # they hold the iterator, which ends its processes when it is freed
        raise
    finally:
        del glyphs
        gc.collect()  # the loader is part of cycles, and the program may end without collecting these


class _Augmented(Dataset[Glyphs]):
    """Its "index" is the work itself, so that pictures go to a worker chunk by chunk, not all to each."""

    def __getitem__(self, work: tuple[list[Picture], tuple[int, int, int], float]) -> Glyphs:
        return augment(*work)


def _processors() -> int:
    """That this process may use: torch warns of more workers."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(_: int) -> None:
    follow_the_parent()


def _as_is(glyphs: Any) -> Any:
    return glyphs
