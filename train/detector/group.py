"""Processes that learn together, each from its part of a batch."""

import multiprocessing
import sys
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from multiprocessing.synchronize import Barrier
from typing import Any, Self

import torch

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.train.workers import follow_the_parent

_GRACE = 10.0  # seconds that other processes have to end by themselves


class Group:
    """One of the processes' view of all.

    Sums go through shared memory: on one machine that needs neither sockets nor threads, and waiting costs
    nothing. All processes add in the same order, so that they stay equal bit by bit.

    Attributes:
        rank: of this process, from 0.
        size: how many processes there are.
    """

    def __init__(
        self, rank: int = 0, rows: torch.Tensor | None = None, barrier: Barrier | None = None
    ) -> None:
        self.rank = rank
        self.size = 1 if rows is None else len(rows)
        self._rows = rows
        self._barrier = barrier

    def sum(self, values: torch.Tensor) -> torch.Tensor:
        """The sum of all processes' 1-d tensors on the CPU, which have one length; waits for all of them.

        Raises:
            WebcamDigitsError: where one of them is gone.
        """
        if self._rows is None or self._barrier is None:
            return values
        self._rows[self.rank, : len(values)] = values
        self._wait(self._barrier)
        total = self._rows[0, : len(values)].clone()
        for row in self._rows[1:]:
            total += row[: len(values)]
        self._wait(self._barrier)  # before anybody writes into the rows again
        return total

    def agree(self, number: int) -> int:
        """The number that the first process gives."""
        return int(self.sum(torch.tensor([float(number if self.rank == 0 else 0)])))

    @staticmethod
    def _wait(barrier: Barrier) -> None:
        try:
            barrier.wait()
        except threading.BrokenBarrierError as error:
            raise WebcamDigitsError(
                "a process that learns was ended; is memory short? --resume goes on from the last checkpoint"
            ) from error


class Followers:
    """The other processes of a group, which do what the first one does; a context that ends them."""

    def __init__(self, size: int, most: int, follow: Callable[..., None], *given: Any) -> None:
        """Prepare them.

        Args:
            size: of the whole group.
            most: how many numbers `Group.sum` may be given.
            follow: called in each with its group and what is given.
            *given: can be pickled.
        """
        context = multiprocessing.get_context("spawn")
        self._processes: list[BaseProcess] = []
        self.group = Group()
        if size > 1:
            rows, barrier = _shared(size, most), context.Barrier(size)
            self.group = Group(0, rows, barrier)
            self._processes = [
                context.Process(target=_run, args=(follow, Group(rank, rows, barrier), *given))
                for rank in range(1, size)
            ]
            self._barrier = barrier

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
            threading.Thread(target=self._watch, args=(process,), daemon=True).start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None and self._processes:
            self._barrier.abort()
        for process in self._processes:
            process.join(_GRACE if kind is not None else None)
            if process.is_alive():
                process.kill()
                process.join()

    def _watch(self, process: BaseProcess) -> None:
        process.join()
        if process.exitcode:
            self._barrier.abort()


def _shared(rows: int, columns: int) -> torch.Tensor:
    tensor = torch.zeros(rows, columns)
    tensor.share_memory_()  # type: ignore[no-untyped-call]
    return tensor


def _run(follow: Callable[..., None], group: Group, *given: Any) -> None:
    follow_the_parent()
    try:
        follow(group, *given)
    except WebcamDigitsError:  # the first process reports that this one is gone
        sys.exit(1)
