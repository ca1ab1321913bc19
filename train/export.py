"""Writes the trained network as the ONNX file that the reader loads."""

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from webcam_digits.glyphs import GLYPH_SIZE, NORMALISER_VERSION
from webcam_digits.output import write_whole

from .training import Trained


def export(trained: Trained, path: Path) -> None:
    """The model file, with its metadata; an existing one stays whole until the new one is.

    Raises:
        OutputError: where it cannot be written.
    """
    glyphs = torch.zeros(2, 1, GLYPH_SIZE, GLYPH_SIZE)
    with _quietly():
        program = torch.onnx.export(
            trained.network.eval(),
            (glyphs,),
            input_names=["glyphs"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for key, value in metadata(trained).items():
        model.metadata_props.add(key=key, value=value)
    for node in model.graph.node:  # where in the source each node came from: four fifths of a small file
        del node.metadata_props[:]
        node.doc_string = ""
    write_whole(path, model.SerializeToString())


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


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keeps the exporter's own progress and warnings from the user."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
