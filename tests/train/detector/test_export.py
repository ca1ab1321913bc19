import json
from importlib import resources

import numpy as np
import onnx
import pytest

from tests.helpers.detector_crops import FontCrops
from webcam_digits.errors import ModelError
from webcam_digits.reading.detector import CHANNELS, Detector, prepare

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from webcam_digits.train.detector.export import export  # noqa: E402
from webcam_digits.train.detector.network import Network, Shape  # noqa: E402

ABOUT = {"threshold": "0.4", "temperature": "1.25", "recipe": json.dumps({"seed": 0}), "history": "[]"}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    network = Network(Shape())
    network(torch.randn(4, 4, 64, 64))  # so that the running statistics are not those of the beginning
    for parameter in network.head.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return network.eval()


@pytest.fixture(scope="module")
def path(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "detector.onnx"
    export(network, ABOUT, path)
    return path


@pytest.mark.parametrize("shape", [(1, 64, 320), (3, 16, 16), (2, 128, 160), (1, 176, 48)])
def test_the_file_says_what_the_network_says(network, path, shape):
    count, high, wide = shape
    inputs = np.random.default_rng(1).normal(size=(count, len(CHANNELS), high, wide)).astype(np.float32)
    maps = Detector(path)(inputs)
    with torch.inference_mode():
        expected = network(torch.from_numpy(inputs)).numpy()
    assert maps.presence.shape == (count, high // 4, wide // 4)
    found = np.concatenate(
        [maps.presence[:, None], maps.classes, maps.distances, maps.quality[:, None]], axis=1
    )
    np.testing.assert_allclose(found, expected, atol=1e-3, rtol=1e-4)


def test_the_file_says_how_to_read_it(path):
    detector = Detector(path)
    assert (detector.threshold, detector.temperature, detector.heights) == (0.4, 1.25, (11.0, 50.0))


def test_a_prepared_picture_fits(path):
    prepared = prepare(FontCrops().draw(0, 1).image)
    assert prepared.shape == (4, 64, 96)
    assert prepared.dtype == np.float32
    assert np.abs(prepared[:3]).max() <= 3.2 + 1e-6
    assert Detector(path)(prepared[None]).presence.shape == (1, 16, 24)


def test_a_plain_picture_has_no_contrast():
    prepared = prepare(np.full((32, 48, 3), 200, np.uint8))
    np.testing.assert_allclose(prepared[:3], 0, atol=1e-4)
    np.testing.assert_allclose(prepared[3], prepared[3, 0, 0])


def test_the_file_is_small_and_the_network_as_large_as_agreed(network, path):
    assert network.size <= 600_000
    assert path.stat().st_size < 4 * network.size + 60_000


def test_an_untrained_network_finds_next_to_nothing():
    network = Network(Shape()).eval()
    with torch.inference_mode():
        presence = torch.sigmoid(network(torch.randn(1, 4, 64, 64))[:, 0])
    assert presence.max() < 0.1


@pytest.mark.parametrize("content", [None, b"", b"no model"])
def test_what_is_not_a_model_is_refused(tmp_path, content):
    path = tmp_path / "a.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ModelError, match=r"a\.onnx"):
        Detector(path)


def test_a_model_of_another_kind_is_refused():
    shipped = resources.files("webcam_digits.models") / "digits.onnx"
    with resources.as_file(shipped) as path, pytest.raises(ModelError, match="is not a detector"):
        Detector(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("threshold", None), ("temperature", "0"), ("heights", "[11]"), ("channels", "[blue"), ("input", "99")],
)
def test_a_file_with_odd_metadata_is_refused(path, tmp_path, key, value):
    model = onnx.load(path)
    kept = {entry.key: entry.value for entry in model.metadata_props if entry.key != key}
    onnx.helper.set_model_props(model, kept if value is None else kept | {key: value})
    onnx.save(model, tmp_path / "odd.onnx")
    with pytest.raises(ModelError, match=r"odd\.onnx"):
        Detector(tmp_path / "odd.onnx")
