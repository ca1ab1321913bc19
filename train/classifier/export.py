"""Writes a trained classifier as the ONNX file that the reader loads."""

import json
from pathlib import Path
from typing import Any

import torch

from webcam_digits.reading.glyphs import GLYPH_SIZE, NORMALISER_VERSION
from webcam_digits.train.classifier.training import Trained
from webcam_digits.train.onnx_export import write_network


def export(trained: Trained, path: Path) -> None:
    """The model file, with its metadata; an existing one stays whole until the new one is.

    Raises:
        OutputError: where it cannot be written.
    """
    glyphs = torch.zeros(2, 1, GLYPH_SIZE, GLYPH_SIZE)
    axes = {0: torch.export.Dim("n")}
    write_network(trained.network.eval(), glyphs, axes, ("glyphs", "logits"), metadata(trained), path)


def metadata(trained: Trained) -> dict[str, str]:
    """What the reader wants to know of a model, and how it came about, as ONNX metadata holds it."""
    result: dict[str, Any] = {
        "epoch": trained.epoch,
        "parameters": trained.network.size,
        "examples": trained.examples,
        "seconds": round(trained.seconds, 1),
        "torch": str(torch.__version__),
    }
    if trained.start is not None:
        result["from"] = trained.start
    return {
        "labels": json.dumps(trained.labels),
        "normaliser": NORMALISER_VERSION,
        "temperature": str(trained.calibration.temperature),
        "threshold": str(trained.calibration.threshold),
        "recipe": json.dumps(trained.recipe.as_dict() | result),
        "history": json.dumps(trained.history),
    }
