import numpy as np
import pytest

onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from webcam_digits.train.evaluation.model_file import ModelFile, read_model  # noqa: E402
from webcam_digits.train.report.gradcam import grad_cam  # noqa: E402

BRIGHT, DARK = 0, 1  # channels of the constructed network, and its labels


def constructed(head: list, *weights: tuple[str, np.ndarray]) -> ModelFile:
    """One channel is the picture itself, the other its negative; each speaks for the label of its number."""
    tensors = {"k": np.array([1.0, -1.0]).reshape(2, 1, 1, 1), "b": np.array([0.0, 1.0]), **dict(weights)}
    nodes = [
        helper.make_node("Conv", ["glyphs", "k", "b"], ["map"]),
        helper.make_node("Relu", ["map"], ["features"]),
        *head,
    ]
    graph = helper.make_graph(
        nodes,
        "constructed",
        [helper.make_tensor_value_info("glyphs", TensorProto.FLOAT, ["n", 1, 28, 28])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in tensors.items()],
    )
    proto = helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 20)])
    return ModelFile("constructed.onnx", proto, 0, {})


def pooled() -> ModelFile:
    return constructed(
        [
            helper.make_node("GlobalAveragePool", ["features"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["logits"]),
        ],
        ("w", np.array([[2.0, -1.0, 0.0], [-1.0, 3.0, 0.0]])),
    )


def flat() -> ModelFile:
    weights = np.zeros((2, 28 * 28, 3))
    weights[BRIGHT, :, BRIGHT] = weights[DARK, :, DARK] = 0.5
    return constructed(
        [
            helper.make_node("Flatten", ["features"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["logits"]),
        ],
        ("w", weights.reshape(-1, 3)),
    )


@pytest.fixture
def glyph() -> np.ndarray:
    picture = np.zeros((28, 28), np.uint8)
    picture[4:9, 15:20] = 255
    return picture


@pytest.mark.parametrize("build", [pooled, flat])
def test_lights_what_speaks_for_the_label(build, glyph):
    cam = grad_cam(build())
    bright, dark = cam(np.stack([glyph, glyph]), np.array([BRIGHT, DARK]))
    np.testing.assert_allclose(bright, glyph / 255, atol=1e-4)
    np.testing.assert_allclose(dark, 1 - glyph / 255, atol=1e-4)


def test_nothing_speaks_for_a_label_without_weights(glyph):
    cam = grad_cam(pooled())
    assert not cam(glyph[None], np.array([2])).any()


def test_weights_are_the_gradient(glyph):
    """Against the derivative of the pooled head, which is known: a weight over the area."""
    cam = grad_cam(pooled())
    features = np.random.default_rng(0).random((1, 2, 28, 28), np.float32)
    np.testing.assert_allclose(cam._weights(features, BRIGHT), np.array([2, -1]) / 784, rtol=1e-2)


def test_the_shipped_model(glyph):
    maps = grad_cam(read_model())(glyph[None], np.array([1]))
    assert maps.shape == (1, 28, 28)
    assert (maps.min(), maps.max()) == (pytest.approx(0, abs=0.2), 1)


def test_a_network_without_a_map():
    weights = np.zeros((784, 3), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Flatten", ["glyphs"], ["flat"]),
            helper.make_node("MatMul", ["flat", "w"], ["logits"]),
        ],
        "mlp",
        [helper.make_tensor_value_info("glyphs", TensorProto.FLOAT, ["n", 1, 28, 28])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])],
        [numpy_helper.from_array(weights, "w")],
    )
    assert grad_cam(ModelFile("mlp.onnx", helper.make_model(graph), 0, {})) is None


def test_a_map_that_the_network_goes_around_is_none(glyph):
    """The picture itself reaches the head too: what follows the map does not decide alone."""
    around = constructed(
        [
            helper.make_node("Flatten", ["features"], ["a"]),
            helper.make_node("Flatten", ["glyphs"], ["c"]),
            helper.make_node("Concat", ["a", "c"], ["flat"], axis=1),
            helper.make_node("MatMul", ["flat", "w"], ["logits"]),
        ],
        ("w", np.zeros((3 * 784, 3))),
    )
    assert grad_cam(around) is None


@pytest.mark.parametrize("arch", ["cnn", "resnet", "mlp"])
def test_what_training_writes(arch, tmp_path, glyph):
    """Against the gradient that torch finds."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnxscript")
    from webcam_digits.train.classifier.calibration import Calibration
    from webcam_digits.train.classifier.export import export
    from webcam_digits.train.classifier.network import build
    from webcam_digits.train.classifier.recipe import Recipe
    from webcam_digits.train.classifier.training import Trained

    torch.manual_seed(0)
    network = build(arch, 11, 0.25).eval()
    trained = Trained(network, Calibration(1.0, 0.5), tuple("0123456789"), Recipe(arch), (), 1, 1, 1.0, None)
    export(trained, tmp_path / "a.onnx")
    cam = grad_cam(read_model(tmp_path / "a.onnx"))
    if arch == "mlp":
        assert cam is None
        return
    features = (
        network.features(torch.from_numpy(glyph[None, None] / np.float32(255))).detach().requires_grad_()
    )
    network.head(features)[0, 3].backward()
    weights = cam._weights(features.detach().numpy(), 3)
    np.testing.assert_allclose(weights, features.grad[0].mean((1, 2)).numpy(), atol=2e-6)
    assert cam(glyph[None], np.array([3])).max() <= 1
