"""What the card says of the detector: from its file, and from what `bench/accuracy.py --json` wrote."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from webcam_digits.errors import DataError, ModelError
from webcam_digits.reading.rating import EVIDENCE, Rating
from webcam_digits.train.card.markdown import kilobytes, row, table
from webcam_digits.train.evaluation.model_file import ModelFile

_SHARES = ("f1", "mean_f1", "exact_rows", "exact_images")  # of `bench/accuracy.py`, in the order of columns


def about(model: ModelFile, accuracy: Path | None) -> dict[str, str]:
    """The template's parts that are about the detector, by their names.

    Args:
        model: its file, rated.
        accuracy: what `bench/accuracy.py --json` wrote of the shipped reader.

    Raises:
        ModelError: where the file does not say how it was trained, or how it is rated.
        DataError: where the other one is something else.
    """
    try:
        rating = Rating.from_json(model.metadata["rating"])
        heights, recipe, figures, history = (
            json.loads(model.metadata[key]) for key in ("heights", "recipe", "figures", "history")
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{model.name} is not what `train detector` wrote in the end: name such a file"
        ) from error
    return {
        "heights": "{:.0f} to {:.0f}".format(*heights),
        "detector": "\n".join(map(row, _network(model, rating))),
        "accuracy": "Not measured." if accuracy is None else _accuracy(accuracy),
        "validation": f"{recipe['validation']:,}",
        "figures": _figures(figures),
        "rating": _rating(rating),
        "detect": "webcam-digits train detector --data FOLDER"
        f" --crops {history[-1]['crops']} --seed {recipe['seed']}",
        "detection": table(("recipe", "value"), [(key, str(value)) for key, value in recipe.items()]),
        "history": table(
            ("crops", "minutes", "average precision", "of 1s", "of other digits", "F1", "false reads"),
            map(_validation, history),
        ),
    }


def _network(model: ModelFile, rating: Rating) -> list[tuple[str, str]]:
    return [
        ("network", f"`train/detector/network.py`, {model.parameters:,} parameters"),
        ("size", kilobytes(model.size)),
        ("temperature", model.metadata["temperature"]),
        ("thresholds", f"{rating.threshold}, and {rating.row_threshold} for a row on average"),
    ]


def _accuracy(path: Path) -> str:
    try:
        sets = json.loads(path.read_text("utf-8"))["sets"]
        rows = [_read(name, of["shipped"]) for name, of in sets.items()]
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path} has no figures of the shipped reader: make accuracy JSON={path}") from error
    head = "set", "pictures", "digits", "F1", "mean F1", "exact rows", "exact pictures", "false reads", "ms"
    return table(head, rows)


def _read(name: str, result: Mapping[str, Any]) -> list[str]:
    figures = result["figures"]
    shares = ("-" if figures[key] is None else f"{figures[key]:.3f}" for key in _SHARES)
    false = "-" if figures["false_reads"] is None else f"{figures['false_reads']:.2f}"
    return [
        name,
        f"{figures['images']:,}",
        f"{figures['digits']:,}",
        *shares,
        false,
        f"{result['milliseconds']:.0f}",
    ]


def _figures(figures: Mapping[str, Any]) -> str:
    kinds, silent = (
        ", ".join(f"{kind} {value:.3f}" for kind, value in figures[name].items())
        for name in ("kinds", "silent")
    )
    rows = [
        ("average precision", f"{figures['precision']:.3f}"),
        ("of 1s; the mean of other digits", f"{figures['ones']:.3f}; {figures['others']:.3f}"),
        ("F1", f"{figures['f1']:.3f}: {kinds}"),
        ("false reads in a crop without digits", f"{figures['false_reads']:.3f}: {silent}"),
        ("calibration error", f"{figures['calibration']:.3f}"),
    ]
    return table((f"the detector alone, at {figures['threshold']}", ""), rows)


def _rating(rating: Rating) -> str:
    weights = zip((*EVIDENCE, "bias"), (*rating.weights, rating.bias), strict=True)
    return table(("evidence", "weight"), [(name, f"{weight:+.2f}") for name, weight in weights])


def _validation(figures: Mapping[str, Any]) -> list[str]:
    """A row of the history."""
    crops = f"{figures['crops']:,}{', decayed' if figures['decayed'] else ''}"
    shares = (f"{figures[key]:.3f}" for key in ("precision", "ones", "others", "f1", "false_reads"))
    return [crops, f"{figures['seconds'] / 60:.0f}", *shares]
