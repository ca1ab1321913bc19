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
from webcam_digits.train.onnx_export import write_network
from webcam_digits.types import DIGITS


def export(network: Network, about: dict[str, str], path: Path) -> None:
    """The model file; an existing one stays whole until the new one is.

    Args:
        network: what it holds.
        about: metadata besides those of its input and output.
        path: of the file.

    Raises:
        OutputError: where it cannot be written.
    """
    axes = {
        0: torch.export.Dim("n"),
        2: MULTIPLE * torch.export.Dim("rows"),
        3: MULTIPLE * torch.export.Dim("columns"),
    }
    fixed = {
        "input": INPUT_VERSION,
        "channels": json.dumps(CHANNELS),
        "labels": json.dumps(DIGITS),
        "heights": json.dumps(HEIGHTS),
    }
    pictures = torch.zeros(2, len(CHANNELS), 4 * MULTIPLE, 6 * MULTIPLE)
    write_network(_copy(network), pictures, axes, ("pictures", "maps"), fixed | about, path)


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
