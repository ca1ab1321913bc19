"""How long networks take, one beside the other: figures that mean something on any machine are ratios."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from webcam_digits.reading.glyphs import GLYPH_SIZE
from webcam_digits.train.evaluation.model_file import run_in

if TYPE_CHECKING:
    import onnx

GLYPHS = 10  # in one run
_ROUNDS, _RUNS = 60, 20  # every network has its turn in each round; the median round counts


def milliseconds(networks: Sequence["onnx.ModelProto"]) -> list[float]:
    """Of each network the time for a run of ten glyphs on one thread.

    They take turns, so that whatever else the machine does slows all of them.
    """
    glyphs = np.random.default_rng(0).random((GLYPHS, 1, GLYPH_SIZE, GLYPH_SIZE), np.float32)
    sessions = [run_in(network) for network in networks]
    taken: list[list[float]] = [[] for _ in networks]
    for _ in range(_ROUNDS):
        for session, rounds in zip(sessions, taken, strict=True):
            source = session.get_inputs()[0].name
            session.run(None, {source: glyphs})  # brings it back into the cache
            start = time.perf_counter()
            for _ in range(_RUNS):
                session.run(None, {source: glyphs})
            rounds.append((time.perf_counter() - start) / _RUNS * 1000)
    return [float(np.median(rounds)) for rounds in taken]


def tutorial_network(classes: int = 10) -> "onnx.ModelProto":
    """What tutorials train on MNIST: 5x5 convolutions of 16 and 32 channels, each pooled, and a linear layer.

    Its weights are chance: it is here for its time alone.
    """
    from onnx import TensorProto, helper, numpy_helper

    generator = np.random.default_rng(0)
    side = GLYPH_SIZE // 4
    shapes = {
        "first": (16, 1, 5, 5),
        "first bias": (16,),
        "second": (32, 16, 5, 5),
        "second bias": (32,),
        "linear": (32 * side * side, classes),
        "linear bias": (classes,),
    }
    weights = [
        numpy_helper.from_array(generator.normal(0, 0.05, shape).astype(np.float32), name)
        for name, shape in shapes.items()
    ]
    pool: dict[str, Any] = {"kernel_shape": [2, 2], "strides": [2, 2]}
    nodes = [
        helper.make_node("Conv", ["glyphs", "first", "first bias"], ["1"], pads=[2, 2, 2, 2]),
        helper.make_node("Relu", ["1"], ["2"]),
        helper.make_node("MaxPool", ["2"], ["3"], **pool),
        helper.make_node("Conv", ["3", "second", "second bias"], ["4"], pads=[2, 2, 2, 2]),
        helper.make_node("Relu", ["4"], ["5"]),
        helper.make_node("MaxPool", ["5"], ["6"], **pool),
        helper.make_node("Flatten", ["6"], ["7"]),
        helper.make_node("Gemm", ["7", "linear", "linear bias"], ["logits"]),
    ]
    source = helper.make_tensor_value_info("glyphs", TensorProto.FLOAT, ["n", 1, GLYPH_SIZE, GLYPH_SIZE])
    target = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", classes])
    graph = helper.make_graph(nodes, "tutorial", [source], [target], weights)
    return helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 20)])
