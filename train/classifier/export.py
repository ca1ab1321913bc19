"""Writes trained networks as the ONNX files that the reader loads."""

import json
from pathlib import Path
from typing import Any

import torch
from torch import nn

from webcam_digits.outputs.files import write_whole
from webcam_digits.reading.glyphs import GLYPH_SIZE, NORMALISER_VERSION
from webcam_digits.reading.legacy.chains import CHAIN_HEIGHT, CHAIN_VERSION
from webcam_digits.train.classifier.network import ChainNetwork
from webcam_digits.train.classifier.training import Trained
from webcam_digits.train.onnx_export import quietly
from webcam_digits.types import DIGITS


def export(trained: Trained, path: Path) -> None:
    """The model file, with its metadata; an existing one stays whole until the new one is.

    Raises:
        OutputError: where it cannot be written.
    """
    glyphs = torch.zeros(2, 1, GLYPH_SIZE, GLYPH_SIZE)
    write_network(trained.network, glyphs, ("glyphs", {0: "n"}), metadata(trained), path)


def export_chains(network: ChainNetwork, about: dict[str, Any], path: Path) -> None:
    """The file of the network for chains, with what its training says of itself.

    Raises:
        OutputError: where it cannot be written.
    """
    chains = torch.zeros(2, 1, CHAIN_HEIGHT, 64)
    about = {"parameters": network.size, "torch": str(torch.__version__)} | about
    described = {"labels": json.dumps(DIGITS), "normaliser": CHAIN_VERSION, "recipe": json.dumps(about)}
    write_network(network, chains, ("chains", {0: "n", 3: "w"}), described, path)


def write_network(
    network: nn.Module,
    example: torch.Tensor,
    given: tuple[str, dict[int, str]],
    described: dict[str, str],
    path: Path,
) -> None:
    """An ONNX file; an existing one stays whole until the new one is.

    Args:
        network: with one input and one output, the logits.
        example: of an input.
        given: the input's name, and the names of its axes of any length.
        described: the metadata.
        path: of the file.

    Raises:
        OutputError: where it cannot be written.
    """
    name, free = given
    with quietly():
        program = torch.onnx.export(
            network.eval(),
            (example,),
            input_names=[name],
            output_names=["logits"],
            dynamic_shapes=({axis: torch.export.Dim(its) for axis, its in free.items()},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    for key, value in described.items():
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
