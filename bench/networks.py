"""What detector networks of several shapes cost, untrained: to choose one before hours of training.

Parameters, milliseconds in ONNX Runtime, and milliseconds of learning a crop of 128x160, both on one thread.
Times are of the processor, the least of many, so that other programs matter little. Needs the extra `train`.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple
from functools import partial
from pathlib import Path

import numpy as np
import torch

from webcam_digits.reading.detector import CHANNELS, Detector
from webcam_digits.train.detector.export import export
from webcam_digits.train.detector.network import Network, Shape

SHAPES = (
    Shape(),
    Shape(blocks=(0, 2, 3)),
    Shape(blocks=(0, 2, 2), quarter=48),
    Shape(eighth=48, head=48),
    Shape(eighth=48, sixteenth=96),
    Shape(sixteenth=96),
    Shape(sixteenth=96, head=80, blocks=(1, 1, 2)),
    Shape(sixteenth=96, blocks=(0, 1, 3)),
)
_INPUTS = ((1, 64, 320), (1, 128, 640), (10, 96, 96))  # pictures, their height and width
_LEARNED = (16, 128, 160)
_ABOUT = {"threshold": "0.5", "temperature": "1"}


def main() -> None:
    """Print a line for each shape."""
    torch.set_num_threads(1)
    print("stem quarter eighth sixteenth head blocks: parameters,", "x".join(map(str, _INPUTS[0])), end="")
    print("", *("x".join(map(str, size)) for size in _INPUTS[1:]), sep=", ", end="; learning\n")
    for shape in SHAPES:
        network = Network(shape)
        read = ", ".join(f"{spent:.1f}" for spent in _reading(network))
        print(f"{astuple(shape)}: {network.size:,}, {read}; {_learning(network):.1f} ms", flush=True)


def _reading(network: Network) -> Iterator[float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "network.onnx"
        export(network, _ABOUT, path)
        detector = Detector(path)
    for count, high, wide in _INPUTS:
        given = np.random.default_rng(0).normal(size=(count, len(CHANNELS), high, wide)).astype(np.float32)
        yield _least(partial(detector, given))


def _learning(network: Network) -> float:
    count, high, wide = _LEARNED
    given = torch.randn(count, len(CHANNELS), high, wide).to(memory_format=torch.channels_last)
    network.train().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return _least(lambda: torch.autograd.backward(network(given).square().mean())) / count


def _least(call: Callable[[], object], seconds: float = 2.0) -> float:
    """Milliseconds of the fastest of many calls."""
    best, end = np.inf, time.process_time() + seconds
    while time.process_time() < end:
        start = time.process_time()
        call()
        best = min(best, time.process_time() - start)
    return best * 1e3


if __name__ == "__main__":
    main()
