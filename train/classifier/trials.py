"""What `train` does instead of one training: cross-validation, and the search for a better recipe."""

import shlex
from collections.abc import Callable
from pathlib import Path

import click
import torch
from click.core import ParameterSource

from webcam_digits.train.classifier.cross_validation import HEADING, Fold, cross_validate, summary
from webcam_digits.train.classifier.recipe import SEARCHED, Recipe
from webcam_digits.train.data.corpus import Material

_OF_THE_SEARCH = {"tune", "study", "epochs", *SEARCHED}


def show_folds(
    material: Material, recipe: Recipe, count: int, device: torch.device, log: Callable[[str], None]
) -> None:
    """Cross-validate, and print the table row by row; errors are those of `cross_validate`."""
    folds: list[Fold] = []
    try:
        for fold in cross_validate(material, recipe, count, device=device, log=log):
            if not folds:
                click.echo(HEADING)
            folds.append(fold)
            click.echo(fold.as_text())
    except KeyboardInterrupt:
        log("interrupted: of cross-validation nothing is kept but what is printed; it can only start over")
        raise
    click.echo(summary(folds))
    log("cross-validation writes no model")


def show_search(
    material: Material,
    recipe: Recipe,
    count: int,
    *,
    data: Path,
    out: Path,
    study: str | None,
    device: torch.device,
    log: Callable[[str], None],
) -> None:
    """Add trials to a study, and print the best and the command that uses it; errors are those of `tune`."""
    from webcam_digits.train.classifier.search import tune

    place = study or str(out.with_name(f"{out.stem}.study.db"))
    name = f"{data.resolve().name} {recipe.arch}"
    best = tune(material, recipe, count, study=place, name=name, device=device, log=log)
    click.echo(f"best of {best.trials} trials: trial {best.trial}, validation loss {best.loss:.4f}")
    usual = Recipe().epochs
    if recipe.epochs != usual:
        log(f"trials were of --epochs {recipe.epochs}; this command trains for the usual {usual}:")
    click.echo(_command(click.get_current_context(), best.recipe))


def _command(context: click.Context, recipe: Recipe) -> str:
    """The options of this run with the values of `recipe`, and with as many epochs as are usual."""
    words = ["webcam-digits", "train"]
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) == ParameterSource.COMMANDLINE
        if given and name not in _OF_THE_SEARCH:
            words += [parameter.opts[0], str(context.params[name])]
    for name in SEARCHED:
        words += [f"--{name}", f"{getattr(recipe, name):g}"]
    return shlex.join(words)
