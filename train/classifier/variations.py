"""Fresh glyphs for each epoch, prepared by other processes while the network learns. Needs no torch."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.process import BaseProcess

import numpy as np
from numpy.typing import NDArray

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.train.data.augment import augment
from webcam_digits.train.data.datasets import Picture

_CHUNK = 1024  # pictures handed to a process at once; each chunk has its own seed, whoever prepares it
_MOST_WORKERS = 8


def variations(
    pictures: Sequence[Picture], epochs: range, seed: int, strength: float
) -> Iterator[NDArray[np.uint8]]:
    """(n, 28, 28) glyphs of the n `pictures` for each epoch, the same whatever processors there are.

    Args:
        pictures: (h, w) uint8, white ink on black.
        epochs: numbers of the epochs to come, which with the `seed` decide all chance.
        seed: of the training.
        strength: of the augmentation, a factor.

    Raises:
        WebcamDigitsError: where a process is ended from outside.
    """
    chunks = np.array_split(np.arange(len(pictures)), -(-len(pictures) // _CHUNK))
    workers = min(max((os.cpu_count() or 1) - 1, 1), _MOST_WORKERS, len(chunks))
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _follow_the_parent)

    def prepare(epoch: int) -> list[Future[NDArray[np.uint8]]]:
        return [
            pool.submit(augment, [pictures[at] for at in chunk], (seed, epoch, number), strength)
            for number, chunk in enumerate(chunks)
        ]

    try:
        with _deaf_to_interrupts():
            upcoming = prepare(epochs[0]) if epochs else []
        for epoch in epochs:
            current = upcoming
            upcoming = prepare(epoch + 1) if epoch + 1 in epochs else []
            yield np.concatenate([future.result() for future in current])
    except BrokenProcessPool as error:
        raise WebcamDigitsError("a process that prepares glyphs was ended; is memory short?") from error
    finally:
        pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """For processes started within, which inherit it: Ctrl-C is for their parent, also while they start."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _follow_the_parent() -> None:
    """Leave Ctrl-C to the parent, and end with it, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), daemon=True).start()


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
