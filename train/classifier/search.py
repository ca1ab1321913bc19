"""Searches learning rate, width and strength of augmentation, with Optuna; machines may share one study."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import torch
from optuna.exceptions import StorageInternalError, TrialPruned
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from webcam_digits.errors import OutputError, UsageError, WebcamDigitsError
from webcam_digits.logs import masked
from webcam_digits.train.classifier.fit import fit
from webcam_digits.train.classifier.recipe import SEARCHED, Recipe
from webcam_digits.train.data.corpus import Material
from webcam_digits.train.data.duplicates import fingerprints
from webcam_digits.train.data.examples import Corpus

RATES = 0.01, 1.0  # drawn by their logarithm
WIDTHS = 0.5, 1.5  # in quarters: others cost as much as the next wider one
STRENGTHS = 0.25, 1.75
_SETTLING = 5  # trials before any is given up
_PAUSE = 2  # seconds, before a database is tried a second time
_PATIENCE = 60  # seconds, while another process writes to a database file


@dataclass(frozen=True, slots=True)
class BestTrial:
    """The best trial of a study.

    Attributes:
        recipe: with the values that were found.
        loss: its validation loss.
        trial: its number, from 0.
        trials: how many trials of the study were finished or given up; not those that failed.
    """

    recipe: Recipe
    loss: float
    trial: int
    trials: int


def tune(
    material: Material,
    recipe: Recipe,
    count: int,
    *,
    study: str,
    name: str,
    device: torch.device,
    log: Callable[[str], None],
) -> BestTrial:
    """Adds trials to a study, and returns the best of all that it holds.

    A trial is a whole training, judged by the validation loss after its last epoch; one that does worse than
    half of the others did after as many epochs is given up (the median rule). What a trial draws depends on
    the seed and its number, so that machines that share a study never repeat each other.

    Args:
        material: what trials are trained and validated on.
        recipe: of each trial, but for what is searched; the first trial takes that from it, too.
        count: of the trials to add.
        study: where trials are kept: the URL of a database, or a file: of a database (SQLite), or where its
            name ends in .journal, one that machines can share in a network folder.
        name: of the study among those kept there.
        device: where to train.
        log: is given a line for each trial, and before them one about the study.

    Raises:
        OutputError: where `study` cannot be used.
        UsageError: where it holds trials of other data or settings.
        WebcamDigitsError: where no trial was ever finished.
    """
    optuna.logging.set_verbosity(optuna.logging.CRITICAL)  # it prints failures with their tracebacks
    opened = _open(study, name, {**_fixed(recipe), "data": _digest(material)})
    corpus = material.split(recipe.seed)

    try:
        before = _judged(opened.get_trials(deepcopy=False))
        log(f"study {masked(study)}: " + (f"going on with {before} trials" if before else "a new study"))
        opened.enqueue_trial(_within_bounds(recipe), skip_if_exists=True)
        for _ in range(count):
            log(_try_one(opened, corpus, recipe, device))
        trials = opened.get_trials(deepcopy=False)
    except (StorageInternalError, SQLAlchemyError, OSError) as error:
        raise OutputError(
            f"study {masked(study)} cannot be written: {_reason(error)}; finished trials stay"
        ) from error
    except KeyboardInterrupt:
        log(f"interrupted: finished trials stay in study {masked(study)}; the same command goes on with it")
        raise
    if not any(trial.state == TrialState.COMPLETE for trial in trials):
        raise WebcamDigitsError(f"none of {len(trials)} trials was finished: the lines above say why")
    best = opened.best_trial
    return BestTrial(_with(recipe, best.params), float(opened.best_value), best.number, _judged(trials))


def _try_one(study: optuna.Study, corpus: Corpus, recipe: Recipe, device: torch.device) -> str:
    """One more trial, and the line about it; `Study.optimize` would hide why a study cannot be written."""
    trial = study.ask()
    study.sampler = optuna.samplers.TPESampler(seed=_seed(recipe.seed, trial.number))
    try:
        loss = _train(trial, corpus, _drawn(trial, recipe), device)
    except TrialPruned:
        ended = study.tell(trial, state=TrialState.PRUNED)
    except (StorageInternalError, SQLAlchemyError):
        raise
    except Exception as error:
        study.tell(trial, state=TrialState.FAIL)
        return f"trial {trial.number}: failed: {error}"
    except KeyboardInterrupt:
        with contextlib.suppress(Exception):  # it may have come while the study was written
            study.tell(trial, state=TrialState.FAIL)
        raise
    else:
        ended = study.tell(trial, loss)
    return f"trial {trial.number}: {_outcome(ended)}, {_values(ended.params)}"


def _judged(trials: Iterable[FrozenTrial]) -> int:
    return sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in trials)


def _open(study: str, name: str, settings: Mapping[str, Any]) -> optuna.Study:
    try:
        try:
            opened, before = _connect(study, name, settings)
        except DBAPIError:  # another machine may be making the tables at this moment
            time.sleep(_PAUSE)
            opened, before = _connect(study, name, settings)
    except Exception as error:  # of Optuna, SQLAlchemy, a database's driver, JSON: they share no base class
        raise OutputError(f"study {masked(study)} cannot be used: {_reason(error)}; name another") from error
    others = ", ".join(key for key, value in settings.items() if before.get(key, value) != value)
    if others:
        raise UsageError(f"study {masked(study)} holds trials of other {others}: name another --study")
    return opened


def _connect(study: str, name: str, settings: Mapping[str, Any]) -> tuple[optuna.Study, dict[str, Any]]:
    """The study, and the settings that it had before; one without gets these."""
    opened = optuna.create_study(
        storage=_storage(study),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=_SETTLING),
        study_name=name,
        load_if_exists=True,
    )
    before = opened.user_attrs
    for key in settings.keys() - before.keys():
        opened.set_user_attr(key, settings[key])
    return opened, before


def _storage(study: str) -> BaseStorage:
    if "://" in study:
        return RDBStorage(study)
    path = str(Path(study).resolve())
    if path.endswith(".journal"):
        return JournalStorage(JournalFileBackend(path, JournalFileOpenLock(path)))
    return RDBStorage(f"sqlite:///{path}", engine_kwargs={"connect_args": {"timeout": _PATIENCE}})


def _reason(error: Exception) -> str:
    cause = error.__cause__ or error  # what Optuna wraps says more than the wrapping
    if isinstance(cause, ModuleNotFoundError):
        return f"install the database driver {cause.name}"
    if isinstance(cause, AssertionError | ValueError | KeyError):  # what Optuna ends in over other files
        return "it is not a study"
    return (masked(str(cause)).splitlines() or [type(cause).__name__])[0]


def _train(trial: Trial, corpus: Corpus, recipe: Recipe, device: torch.device) -> float:
    with contextlib.closing(
        fit(corpus, recipe, device=device)
    ) as epochs:  # a trial that is given up ends its processes
        for epoch in epochs:
            trial.report(epoch.loss, epoch.number)
            if epoch.number < recipe.epochs and trial.should_prune():
                raise TrialPruned
    return epoch.loss


def _drawn(trial: Trial, recipe: Recipe) -> Recipe:
    trial.suggest_float("rate", *RATES, log=True)
    trial.suggest_float("width", *WIDTHS, step=0.25)
    trial.suggest_float("strength", *STRENGTHS)
    return _with(recipe, trial.params)


def _with(recipe: Recipe, params: Mapping[str, Any]) -> Recipe:
    """Rounded, so that what is printed gives the same training."""
    rate, width, strength = (float(f"{params[name]:.3g}") for name in SEARCHED)
    return replace(recipe, rate=rate, width=width, strength=strength)


def _within_bounds(recipe: Recipe) -> dict[str, float]:
    return {
        "rate": float(np.clip(recipe.rate, *RATES)),
        "width": float(np.clip(round(4 * recipe.width) / 4, *WIDTHS)),
        "strength": float(np.clip(recipe.strength, *STRENGTHS)),
    }


def _fixed(recipe: Recipe) -> dict[str, Any]:
    """What trials must have in common to be compared."""
    return {name: value for name, value in asdict(recipe).items() if name not in SEARCHED}


def _digest(material: Material) -> str:
    """Of the pictures and labels; of fonts, which not every machine draws the same, how many there are."""
    drawn = min(material.fonts, default=len(material.examples))
    content = (
        fingerprints(material.examples.pictures[:drawn]),
        material.examples.targets,
        np.array(sorted(file.name for file in material.fonts.values())),
        np.array(material.labels),
    )
    return hashlib.sha256(b"".join(array.tobytes() for array in content)).hexdigest()


def _seed(seed: int, number: int) -> int:
    return int(np.random.default_rng((seed, number)).integers(1 << 31))


def _outcome(trial: FrozenTrial) -> str:
    if trial.state == TrialState.PRUNED:
        return f"given up after epoch {max(trial.intermediate_values)}"
    return f"loss {trial.values[0]:.4f}"


def _values(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {values[name]:.3g}" for name in SEARCHED)
