"""Writes the model card of the shipped file from the model files themselves."""

import logging
import shlex
import statistics
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template

import click

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.outputs.files import write_whole
from webcam_digits.train import extras
from webcam_digits.train.card.findings import TARGETS, Findings, Target, check_seeds, find, tutorial
from webcam_digits.train.card.markdown import count, escaped, multiple, percent, row, table
from webcam_digits.train.classifier.calibration import ACCEPTED_DIGITS
from webcam_digits.train.classifier.recipe import Recipe
from webcam_digits.train.data.download import MNIST_FILES, MNIST_URL
from webcam_digits.train.evaluation.cross_dataset import MNIST
from webcam_digits.train.evaluation.model_file import ModelFile, read_model
from webcam_digits.train.evaluation.timing import milliseconds, tutorial_network

_MOST_FAILURES = 8  # that are listed of a data set
_ALWAYS = ("arch", "epochs", "seed")  # options that the command names in any case


def card(shipped: Findings, seeds: Sequence[Findings], others: Sequence[Findings]) -> str:
    """The card, in Markdown.

    Args:
        shipped: the file that the card is about.
        seeds: files of the same recipe with other seeds.
        others: files of other architectures.

    Raises:
        ModelError: where `seeds` are not what they should be.
    """
    family = [shipped, *seeds]
    check_seeds([found.model for found in family])
    template = resources.files("webcam_digits.train.card") / "card.md"
    return Template(template.read_text("utf-8")).substitute(
        model=_model(shipped),
        accepted=percent(ACCEPTED_DIGITS),
        mnist=_mnist(),
        command=command(shipped.model),
        reproduce=_reproduce(shipped.model),
        recipe=_recipe(shipped.model),
        seeds=_seeds(family),
        targets=_targets(shipped, family),
        digits=_digits(shipped),
        letters=_letters(shipped),
        corruptions=_corruptions(shipped),
        architectures=_architectures([shipped, *others], family),
        failures=_failures(shipped),
        chains=_chains(),
    )


def command(model: ModelFile) -> str:
    """What trains a model of the same recipe: its usual values are left out, but for the first three."""
    usual, own = Recipe().as_dict(), Recipe.from_dict(model.recipe).as_dict()
    options = {name: value for name, value in own.items() if name in _ALWAYS or value != usual[name]}
    if "from" in model.recipe:
        options["from"] = shlex.quote(str(model.recipe["from"]))
    return " ".join(
        ["webcam-digits train --data FOLDER", *(f"--{name} {value}" for name, value in options.items())]
    )


def _model(found: Findings) -> str:
    model = found.model
    rows = [
        ("network", f"`{model.recipe.get('arch', 'cnn')}`, {model.parameters:,} parameters"),
        ("size", f"{model.size / 1000:,.0f} KB"),
        ("temperature, threshold", f"{model.metadata['temperature']}, {model.metadata['threshold']}"),
    ]
    if found.ratio is not None:
        took, times = _time(found)
        took = (
            f"{took} ms for ten glyphs on one thread, {times} that of a tutorial network (see Architectures)"
        )
        rows.append(("time", took))
    return "\n".join(map(row, rows))


def _chains() -> str:
    """Of the shipped network for touching digits."""
    model = read_model(shipped="chains.onnx")
    recipe = model.recipe
    rows = [
        ("network", f"{model.parameters:,} parameters"),
        ("size", f"{model.size / 1000:,.0f} KB"),
        (
            "trained",
            f"{recipe['epochs']} epochs over {recipe['chains']:,} chains from {recipe['scenes']:,} scenes,"
            f" seed {recipe['seed']}, with torch {recipe['torch']}",
        ),
        ("held-out chains read without an error", percent(recipe["exact"])),
    ]
    return "\n".join(map(row, rows))


def _mnist() -> str:
    sums = ", ".join(f"`{name}` {checksum}" for name, checksum in MNIST_FILES.items())
    return f"`webcam-digits train` downloads it from <{MNIST_URL}> and checks the MD5: {sums}"


def _reproduce(model: ModelFile) -> str:
    recipe = model.recipe
    if not recipe:
        return "The model file does not hold the recipe that it was trained by."
    minutes = f"{recipe['seconds'] / 60:.0f} minutes" if "seconds" in recipe else "an unknown time"
    return (
        f"With seed {recipe.get('seed', '?')} this wrote the shipped file, in {minutes}, from"
        f" {recipe.get('examples', '?')} pictures, with torch {escaped(str(recipe.get('torch', '?')))};"
        f" epoch {recipe.get('epoch', '?')} was kept."
    )


def _recipe(model: ModelFile) -> str:
    rows = [(escaped(key), escaped(str(value))) for key, value in model.recipe.items()]
    return table(("recipe", "value"), rows) if rows else ""


def _seeds(family: Sequence[Findings]) -> str:
    if len(family) < 2:
        return "One run, one seed."
    return f"Deviations are sample standard deviations over {len(family)} seeds."


def _targets(shipped: Findings, family: Sequence[Findings]) -> str:
    head = ["measure", "target", "shipped file", f"{len(family)} seeds: mean ± deviation"]
    several = len(family) > 1
    rows = [_target(target, shipped, family) for target in TARGETS]
    return table(head, rows) if several else table(head[:-1], [row[:-1] for row in rows])


def _target(target: Target, shipped: Findings, family: Sequence[Findings]) -> tuple[str, ...]:
    value = shipped.value(target.key)
    if value is None:
        return target.name, target.wanted(), "not measured", "-"
    found, spread = target.written(value), _spread(target, family)
    if target.by_mean and len(family) > 1:
        spread += _verdict(target, statistics.mean(_values(target, family)))
    else:
        found += _verdict(target, value)
    return target.name, target.wanted(), found, spread


def _verdict(target: Target, value: float) -> str:
    return "" if target.met(value) else " (missed)"


def _spread(target: Target, family: Sequence[Findings]) -> str:
    values = _values(target, family)
    if len(values) < 2 or not target.key[0]:
        return "-"
    return f"{target.written(statistics.mean(values))} ± {target.written(statistics.stdev(values))}"


def _values(target: Target, family: Sequence[Findings]) -> list[float]:
    return [value for found in family if (value := found.value(target.key)) is not None]


def _digits(found: Findings) -> str:
    rows = []
    for outcome in found.outcomes:
        if not (outcome.negative or outcome.trained_on):
            figures = outcome.evaluation()
            shares = figures.accuracy, figures.accepted, figures.accepted_accuracy, figures.ece
            rows.append((escaped(outcome.name), f"{figures.images:,}", *map(percent, shares)))
    head = "digits", "pictures", "accuracy", "accepted", "right of those", "calibration error"
    return table(head, rows)


def _letters(found: Findings) -> str:
    rows = [
        (escaped(outcome.name), f"{len(outcome.data):,}", percent(outcome.accepted))
        for outcome in found.outcomes
        if outcome.negative
    ]
    return table(("no digits", "pictures", "taken for a digit"), rows)


def _corruptions(found: Findings) -> str:
    if found.corruptions is None:
        return ""
    errors = {**found.corruptions.errors, "none": found.corruptions.identity}
    rows = [(escaped(name), percent(error)) for name, error in errors.items()]
    text = "Corruptions are those of MNIST-C; the network is asked about each corrupted picture as it is."
    return f"\n\n{text}\n\n" + table(("corruption of MNIST's test part", "error"), rows)


def _architectures(all_found: Sequence[Findings], family: Sequence[Findings]) -> str:
    head = "architecture", "epochs", "MNIST test part", "parameters", "milliseconds", "multiple", "megabytes"
    rows = []
    for found in [*all_found, tutorial(all_found[0].tutorial)]:
        accuracy, model = found.value((MNIST, "accuracy")), found.model
        shown = "-" if accuracy is None else percent(accuracy)
        if found is all_found[0] and len(family) > 1:
            shown = f"{_spread(TARGETS[0], family)} ({len(family)} seeds)"
        arch, size = escaped(str(model.recipe.get("arch", model.name))), f"{model.size / 1e6:.2f}"
        epochs = escaped(str(model.recipe.get("epochs", "-")))
        rows.append((arch, epochs, shown, count(model.parameters), *_time(found), size))
    return table(head, rows)


def _time(found: Findings) -> tuple[str, str]:
    if found.milliseconds is None or found.ratio is None:
        return "-", "-"
    return f"{found.milliseconds:.2f}", multiple(found.ratio)


def _failures(found: Findings) -> str:
    lines = []
    for outcome in found.outcomes:
        believed = [] if outcome.trained_on else outcome.believed(_MOST_FAILURES)
        if believed:
            mistakes = ", ".join(
                f"{escaped(shown)} as {escaped(read)} ({times})" for shown, read, times in believed
            )
            lines.append(f"* {escaped(outcome.name)}, of {len(outcome.data):,} pictures: {mistakes}")
    return "\n".join(lines) or "* nothing"


def _log(line: str) -> None:
    click.echo(line, err=True)


_FILE = click.Path(path_type=Path)


@click.command()
@click.option("--data", type=_FILE, required=True, metavar="FOLDER", help="Archives to evaluate on.")
@click.option("--model", type=_FILE, required=True, metavar="FILE", help="The shipped model.")
@click.option("--seed-model", "seeds", type=_FILE, multiple=True, metavar="FILE",
              help="Another seed's model, of the same recipe; give it twice or more.")  # fmt: skip
@click.option("--other", "others", type=_FILE, multiple=True, metavar="FILE",
              help="A model of another architecture.")  # fmt: skip
@click.option("--out", type=_FILE, required=True, metavar="FILE", help="The card; an older one is replaced.")
def main(data: Path, model: Path, seeds: tuple[Path, ...], others: tuple[Path, ...], out: Path) -> None:
    """Write the model card of the shipped classifier."""
    logging.basicConfig(format="%(message)s")
    try:
        extras.require("report")
        paths = [model, *seeds, *others]
        files = [read_model(path) for path in paths]
        check_seeds(files[: 1 + len(seeds)])
        *times, beside = milliseconds([*(file.proto for file in files), tutorial_network()])
        found = []
        for number, (path, time) in enumerate(zip(paths, times, strict=True)):
            _log(f"{path}:")
            found.append(find(path, data, time, beside, corruptions=number == 0, log=_log))
        text = card(found[0], found[1 : 1 + len(seeds)], found[1 + len(seeds) :])
        write_whole(out, text.encode())
    except WebcamDigitsError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
