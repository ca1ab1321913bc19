"""One whole training: rounds of steps, hard crops, validations, checkpoints, and a decay in the end."""

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from webcam_digits.errors import DataError
from webcam_digits.signals import Signals
from webcam_digits.train.detector import checkpoint as checkpoints
from webcam_digits.train.detector.batches import Batches, Crops
from webcam_digits.train.detector.checkpoint import Checkpoint
from webcam_digits.train.detector.export import load_weights
from webcam_digits.train.detector.group import Followers, Group
from webcam_digits.train.detector.learner import AVERAGED, Learner
from webcam_digits.train.detector.loss import PARTS
from webcam_digits.train.detector.mining import NOTHING_HARD, Hard, hardest, plan
from webcam_digits.train.detector.network import Network, Shape
from webcam_digits.train.detector.recipe import Recipe
from webcam_digits.train.workers import ended_workers_reported

_SMOOTHING = 0.98  # weight of the past in the time that a step is expected to take
_FIRST = 8  # steps until there is an idea of that
_PAUSE = 90.0  # seconds; no step takes that long
_MEMORIES = 10  # lengths of the averaged weights' memory in a decay


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked of a training.

    Attributes:
        recipe: how to train.
        shape: of the network.
        crops: opens what is learned from; called in processes of its own, so it can be pickled.
        checkpoint: the file; it is written after each round, and never in the decay.
        resume: go on from it.
        start: float16 weights to begin with.
        minutes: how long it takes, the decay included; None for no limit.
        most: crops in all, those before `resume` and the decay included; None for no limit.
        device: where to learn.
        workers: processes that draw crops, for each process that learns.
        processes: that learn.
    """

    recipe: Recipe
    shape: Shape
    crops: Callable[[], Crops]
    checkpoint: Path
    resume: bool = False
    start: Path | None = None
    minutes: float | None = None
    most: int | None = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    workers: int = 1
    processes: int = 1


@dataclass(slots=True)
class _State:
    """What changes from step to step."""

    learner: Learner
    hard: Hard
    seen: list[NDArray[np.float32]]

    def branch(self) -> "_State":
        return _State(self.learner.branch(), self.hard, list(self.seen))


Validate = Callable[[Network], dict[str, Any]]  # validates a network: its figures, fit for JSON


def train(
    job: Job, validate: Validate, log: Callable[[str], None], history: list[dict[str, Any]] | None = None
) -> Network:
    """Trains a detector.

    With one number of processes the same job gives the same weights, bit by bit, on one machine's CPU, also
    across `resume`.

    Args:
        job: what is asked.
        validate: is called after some rounds and in the end, with the averaged network.
        log: is given a line for each round.
        history: is given the figures of all validations, as they come.

    Returns:
        The averaged network after the decay, in evaluation mode.

    Raises:
        DataError: where a checkpoint or weights do not fit or are broken.
        OutputError: where a checkpoint cannot be written; the one before is whole.
        WebcamDigitsError: where the training diverges or a process is ended.
    """
    size = 64 + 2 * Network(job.shape).size + 2 * job.recipe.batch
    with Signals(grace=None) as signals, Followers(job.processes, size, _follow, job) as followers:
        training = _Training(job, followers.group, validate, log, signals, [] if history is None else history)
        return training.run()


def _follow(group: Group, job: Job) -> None:
    torch.set_num_threads(1)
    _Training(job, group, lambda _: {}, lambda _: None, None, []).run()


class _Training:
    def __init__(
        self,
        job: Job,
        group: Group,
        validate: Validate,
        log: Callable[[str], None],
        signals: Signals | None,
        history: list[dict[str, Any]],
    ) -> None:
        self._job = job
        self._group = group
        self._validate = validate
        self._log = log
        self._signals = signals
        self._leads = group.rank == 0
        self._history = history
        self._start = job.start.name if job.start else ""
        torch.manual_seed(job.recipe.seed)
        network = Network(job.shape)
        if job.start is not None and not job.resume:
            load_weights(network, job.start)
        self._state = _State(Learner(network, job.recipe, job.device, group), NOTHING_HARD, [])
        self._before = 0.0  # seconds
        if job.resume:
            self._restore(checkpoints.load(job.checkpoint, job.recipe, job.shape))
        self._clock = _Clock(job)
        self._batches = Batches(job.crops, job.recipe.seed, job.workers, pinned=job.device.type == "cuda")

    @property
    def _factor(self) -> float:
        """Of the learning rate."""
        return self._job.recipe.fine if self._start else 1.0

    def run(self) -> Network:
        """All of it, to the end of the decay."""
        with ended_workers_reported(), self._batches:
            self._hold()
            return self._decay()

    def _hold(self) -> None:
        """The part in which the learning rate stays."""
        state = self._state
        while steps := self._agree(self._clock.constant(state.learner.steps), state):
            self._advance(state, steps, lambda _: self._factor, AVERAGED)
            if self._leads:
                self._save()

    def _decay(self) -> Network:
        """The part in which it falls to nothing, on a copy: a longer training goes on from before."""
        branch = self._state.branch()
        total = self._group.agree(self._clock.decay(branch.learner.steps))
        began = branch.learner.steps
        memory = min(AVERAGED, max(1 - _MEMORIES / max(total, 1), 0.0))
        while steps := self._agree(began + total - branch.learner.steps, branch):
            self._advance(branch, steps, lambda step: self._factor * (1 - (step - began) / total), memory)
        if self._leads:
            self._record(branch)
        return branch.learner.averaged

    def _agree(self, left: int, state: _State) -> int:
        """Steps to go at once, of so many that are left: to the round's end at most."""
        return self._group.agree(max(min(left, self._job.recipe.round - len(state.seen)), 0))

    def _advance(self, state: _State, steps: int, factor: Callable[[int], float], averaged: float) -> None:
        recipe, group = self._job.recipe, self._group
        number, done = divmod(state.learner.steps, recipe.round)
        numbers = plan(recipe, number, state.hard)
        parts = np.zeros(len(PARTS))
        mine = [list(row[group.rank :: group.size]) for row in numbers[done : done + steps]]
        with closing(self._batches.draw(mine)) as batches:
            for batch in batches:
                learned = state.learner.learn(batch, factor(state.learner.steps), averaged)
                state.seen.append(learned.hardness)
                parts += learned.parts
                self._clock.tick()
                if len(state.seen) < recipe.round:
                    self._stop_if_asked()
        if len(state.seen) == recipe.round:
            self._end_round(state, number, numbers.ravel(), parts / steps)
            self._stop_if_asked()

    def _end_round(
        self, state: _State, number: int, numbers: NDArray[np.int64], parts: NDArray[np.float64]
    ) -> None:
        """Choose what comes again, and say how far it is."""
        recipe = self._job.recipe
        hardness = np.concatenate(state.seen)
        state.hard = hardest(recipe, numbers, hardness, state.hard)
        state.seen.clear()
        if not self._leads:
            return
        shares = ", ".join(f"{name} {part:.3f}" for name, part in zip(PARTS, parts, strict=True))
        left = self._clock.left(state.learner.steps)
        self._log(
            f"{state.learner.steps * recipe.batch} crops: loss {parts.sum():.3f} ({shares}),"
            f" {self._clock.pace:.0f} crops/s{f', {_duration(left)} left' if left else ''}"
        )
        if (number + 1) % recipe.validated == 0 and state is self._state:
            self._save()  # for what is done with the network may fail
            self._record(state)

    def _record(self, state: _State) -> None:
        """Validate, and keep the figures."""
        learner = state.learner
        figures = self._validate(learner.averaged)
        self._history.append(
            {
                "crops": learner.steps * self._job.recipe.batch,
                "decayed": state is not self._state,
                "seconds": round(self._seconds()),
            }
            | figures
        )
        self._save()

    def _stop_if_asked(self) -> None:
        """Ctrl-C, SIGTERM and SIGHUP end a training between two steps."""
        if self._signals is None or not self._signals.caught:
            return
        self._save()
        self._log(
            f"interrupted after {self._state.learner.steps * self._job.recipe.batch} crops: the same command"
            " with --resume goes on from there"
        )
        self._signals.stop()

    def _seconds(self) -> float:
        return self._before + self._clock.seconds

    def _save(self) -> None:
        state = self._state
        checkpoints.save(
            self._job.checkpoint,
            Checkpoint(
                self._job.recipe,
                self._job.shape,
                state.learner.state(),
                (torch.from_numpy(state.hard.numbers), torch.from_numpy(state.hard.repeats)),
                torch.from_numpy(np.array(state.seen, np.float32).reshape(-1, self._job.recipe.batch, 2)),
                self._history,
                self._seconds(),
                self._start,
            ),
        )

    def _restore(self, before: Checkpoint) -> None:
        if self._job.start is not None and self._job.start.name != before.start:
            raise DataError(
                f"{self._job.checkpoint} began with {before.start or 'drawn weights'}, not {self._start}:"
                " resume without --from, or start from the beginning with --force"
            )
        state = self._state
        state.learner.load(before.learner)
        state.hard = Hard(before.hard[0].numpy(), before.hard[1].numpy())
        state.seen = list(before.seen.numpy())
        self._history[:] = before.history
        self._before = before.seconds
        self._start = before.start


class _Clock:
    """When the decay is to begin and to end."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._began = self._last = time.monotonic()
        self._step = 0.0  # seconds, smoothed
        self._started = False

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    @property
    def pace(self) -> float:
        """Crops a second."""
        return self._job.recipe.batch / self._step if self._step else 0.0

    def tick(self) -> None:
        """Call it after each step."""
        now = time.monotonic()
        taken, self._last = now - self._last, now
        if taken > _PAUSE:  # stopped from outside, or the machine slept
            self._began += taken
        elif self._started:
            before = self._step or taken
            self._step = _SMOOTHING * before + (1 - _SMOOTHING) * min(taken, 5 * before)
        self._started = True  # the first step waits until crops can be drawn

    def constant(self, steps: int) -> int:
        """Steps until the decay, after so many."""
        return self._steps(steps, 1 - self._job.recipe.decay)

    def decay(self, steps: int) -> int:
        """Steps of the decay, after so many."""
        return max(self._steps(steps, 1.0), 0)

    def left(self, steps: int) -> float:
        """Seconds to the end; 0 where none is set."""
        return self._steps(steps, 1.0) * self._step if self._job.minutes or self._job.most else 0.0

    def _steps(self, steps: int, share: float) -> int:
        left = 1 << 23
        if self._job.most is not None:
            left = min(left, round(share * self._job.most / self._job.recipe.batch) - steps)
        if self._job.minutes is not None:
            seconds = share * 60 * self._job.minutes - self.seconds
            left = min(left, int(seconds / self._step) if self._step else _FIRST)
        return left


def _duration(seconds: float) -> str:
    """As "1 h 05 min", "12 min" or "110 s"."""
    if seconds <= 119:
        return f"{math.ceil(seconds)} s"
    hours, minutes = divmod(math.ceil(seconds / 60), 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
