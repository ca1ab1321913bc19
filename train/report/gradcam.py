"""Grad-CAM from a model file alone: which part of a glyph speaks for a label (Selvaraju et al., 2017).

The weight of a channel is the mean gradient of the label's logit over that channel. Behind the last feature
map our networks are linear (pooling, one fully connected layer), so the gradient is a difference: raise one
channel by one everywhere, and see how far the logit moves. No framework for gradients is needed.
"""

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.reading.glyphs import GLYPH_SIZE
from webcam_digits.train.evaluation.model_file import ModelFile, run_in

if TYPE_CHECKING:
    import onnx


class GradCam:
    """The two halves of a network, before and after its last feature map."""

    def __init__(self, body: "onnx.ModelProto", head: "onnx.ModelProto") -> None:
        self._body, self._head = run_in(body), run_in(head)
        self._input, self._features = self._body.get_inputs()[0].name, self._head.get_inputs()[0].name

    def __call__(self, glyphs: NDArray[np.uint8], labels: NDArray[np.integer]) -> NDArray[np.float32]:
        """What speaks for a label.

        Args:
            glyphs: (n, 28, 28) uint8, white on black.
            labels: (n,) for each glyph the column of the logits to explain.

        Returns:
            (n, 28, 28) float32 in 0..1; each map's highest value is 1, or 0 where nothing speaks for it.
        """
        maps = np.zeros((len(glyphs), GLYPH_SIZE, GLYPH_SIZE), np.float32)
        for index, (glyph, label) in enumerate(zip(glyphs, labels, strict=True)):
            maps[index] = self._map(glyph[None, None].astype(np.float32) / 255, int(label))
        return maps

    def _map(self, glyph: NDArray[np.float32], label: int) -> NDArray[np.float32]:
        (features,) = self._body.run(None, {self._input: glyph})
        weights = self._weights(features, label)
        heat = np.maximum(np.tensordot(weights, features[0], 1), 0).astype(np.float32)
        heat = np.asarray(cv2.resize(heat, (GLYPH_SIZE, GLYPH_SIZE)), np.float32)
        return heat / np.float32(max(float(heat.max()), 1e-12))

    def _weights(self, features: NDArray[np.float32], label: int) -> NDArray[np.float32]:
        """(c,) mean derivative of the logit by each channel of (1, c, h, w) features."""
        channels, height, width = features.shape[1:]
        raised = np.repeat(features, channels + 1, axis=0)  # the last row stays as it is
        raised[np.arange(channels), np.arange(channels)] += 1
        logits = self._head.run(None, {self._features: raised})[0][:, label]
        return np.asarray((logits[:-1] - logits[-1]) / (height * width), np.float32)


def grad_cam(model: ModelFile) -> GradCam | None:
    """Grad-CAM of a model; None where it has no feature map that all of the rest depends on (mlp)."""
    import onnx.utils

    proto = onnx.shape_inference.infer_shapes(model.proto)
    extractor = onnx.utils.Extractor(proto)
    source, target = proto.graph.input[0].name, proto.graph.output[0].name
    for name in _feature_maps(proto):
        head = extractor.extract_model([name], [target])
        if source not in {used for node in head.graph.node for used in node.input}:
            return GradCam(extractor.extract_model([source], [name]), head)
    return None


def _feature_maps(proto: "onnx.ModelProto") -> list[str]:
    """The tensors (n, c, h, w) with h, w > 1 that nodes give, the last first."""
    shapes = {
        info.name: [dimension.dim_value for dimension in info.type.tensor_type.shape.dim]
        for info in proto.graph.value_info
    }
    outputs = [name for node in reversed(proto.graph.node) for name in node.output]
    return [name for name in outputs if len(shape := shapes.get(name, [])) == 4 and min(shape[2:]) > 1]
