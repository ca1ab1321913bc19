"""Writes a trained detector: the ONNX file, and its weights alone, to continue training from."""

import io
import json
from pathlib import Path

import numpy as np
import torch

from webcam_digits.errors import DataError
from webcam_digits.outputs.files import write_whole
from webcam_digits.reading.detector import CHANNELS, INPUT_VERSION, MULTIPLE
from webcam_digits.train.detector.network import Network
from webcam_digits.train.detector.targets import HEIGHTS
from webcam_digits.train.onnx_export import quietly

LABELS = tuple("0123456789")


def export(network: Network, about: dict[str, str], path: Path) -> None:
    """The model file; an existing one stays whole until the new one is.

    Args:
        network: what it holds.
        about: metadata besides those of its input and output.
        path: of the file.

    Raises:
        OutputError: where it cannot be written.
    """
    network = _copy(network)
    axes = {
        0: torch.export.Dim("n"),
        2: MULTIPLE * torch.export.Dim("rows"),
        3: MULTIPLE * torch.export.Dim("columns"),
    }
    with quietly():
        program = torch.onnx.export(
            network,
            (torch.zeros(2, len(CHANNELS), 4 * MULTIPLE, 6 * MULTIPLE),),
            input_names=["pictures"],
            output_names=["maps"],
            dynamic_shapes=(axes,),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None
    model = program.model_proto
    fixed = {
        "input": INPUT_VERSION,
        "channels": json.dumps(CHANNELS),
        "labels": json.dumps(LABELS),
        "heights": json.dumps(HEIGHTS),
    }
    for key, value in (fixed | about).items():
        model.metadata_props.add(key=key, value=value)
    for node in model.graph.node:  # where in the source each node came from: four fifths of a small file
        del node.metadata_props[:]
        node.doc_string = ""
    write_whole(path, model.SerializeToString())


def save_weights(network: Network, path: Path) -> None:
    """The weights alone, as float16.

    Raises:
        OutputError: where they cannot be written.
    """
    content = io.BytesIO()
    np.savez_compressed(
        content,
        allow_pickle=False,
        **{
            name: value.cpu().numpy().astype(np.float16)
            for name, value in network.state_dict().items()
            if value.is_floating_point()
        },
    )
    write_whole(path, content.getvalue())


def load_weights(network: Network, path: Path) -> None:
    """Take over what `save_weights` wrote.

    Raises:
        DataError: where it is missing, broken, or of a network of another shape.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = {name: torch.from_numpy(archive[name].astype(np.float32)) for name in archive.files}
    except OSError as error:
        raise DataError(f"cannot read weights {path}: {error.strerror or error}") from error
    except Exception as error:  # of zip and numpy, which share no base class
        raise DataError(
            f"{path} does not hold weights, or is broken: name a file of --save-weights"
        ) from error
    counts = {name: value for name, value in network.state_dict().items() if not value.is_floating_point()}
    try:
        network.load_state_dict(found | counts)
    except RuntimeError as error:
        raise DataError(
            f"{path} holds weights of a network of another shape: train from the start"
        ) from error


def _copy(network: Network) -> Network:
    copied = Network(network.shape)
    copied.load_state_dict(network.state_dict())
    return copied.eval()
