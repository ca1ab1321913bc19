import pytest

torch = pytest.importorskip("torch")

from webcam_digits.train.classifier.network import build  # noqa: E402
from webcam_digits.train.classifier.recipe import ARCHITECTURES  # noqa: E402


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_networks_are_small_and_end_in_logits(arch):
    network = build(arch, 11).eval()
    glyphs = torch.rand(3, 1, 28, 28)
    assert network(glyphs).shape == (3, 11)
    assert network.size == sum(weights.numel() for weights in network.parameters())
    assert 50_000 < network.size <= 200_000
    maps = network.features(glyphs)
    assert maps.shape[2:] == ((7, 7) if arch != "mlp" else ())
    assert isinstance(network.head[-1], torch.nn.Linear)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_width_changes_layers_in_blocks_of_sixteen(arch):
    sizes = [build(arch, 11, width).size for width in (0.01, 0.5, 1.0, 1.5)]
    assert sizes == sorted(set(sizes))
    for width in (0.01, 0.6, 1.3):
        layers = [layer for layer in build(arch, 11, width).modules() if hasattr(layer, "weight")]
        sizes = [len(layer.weight) for layer in layers[:-1]]
        assert all(size >= 16 and size % 16 == 0 for size in sizes)


def test_residual_blocks_add_what_came_in():
    block = build("resnet", 11).eval().features[3]
    for layer in block.change:  # type: ignore[union-attr]
        if isinstance(layer, torch.nn.BatchNorm2d):
            torch.nn.init.zeros_(layer.weight)
    maps = torch.rand(2, 32, 14, 14)
    torch.testing.assert_close(block(maps), maps)
