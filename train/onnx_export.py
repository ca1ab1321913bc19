"""Writes networks as ONNX files."""

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from webcam_digits.outputs.files import write_whole


def write_network(
    network: nn.Module,
    example: torch.Tensor,
    axes: Mapping[int, Any],
    names: tuple[str, str],
    described: Mapping[str, str],
    path: Path,
) -> None:
    """An ONNX file; an existing one stays whole until the new one is.

    Args:
        network: with one input and one output, in evaluation mode.
        example: of an input.
        axes: those of its axes that may be of any length, as `torch.export.Dim`.
        names: of input and output.
        described: the metadata.
        path: of the file.

    Raises:
        OutputError: where it cannot be written.
    """
    with _quietly():
        program = torch.onnx.export(
            network,
            (example,),
            input_names=[names[0]],
            output_names=[names[1]],
            dynamic_shapes=(axes,),
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
