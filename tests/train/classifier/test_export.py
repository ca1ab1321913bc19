import json

import numpy as np
import pytest

from webcam_digits.reading.classifier import Classifier
from webcam_digits.reading.glyphs import NORMALISER_VERSION
from webcam_digits.train.classifier.calibration import Calibration
from webcam_digits.train.classifier.recipe import ARCHITECTURES, Recipe

torch = pytest.importorskip("torch")
pytest.importorskip("onnxscript")

from webcam_digits.train.classifier.export import export  # noqa: E402
from webcam_digits.train.classifier.network import build  # noqa: E402
from webcam_digits.train.classifier.training import Trained  # noqa: E402


@pytest.mark.parametrize("arch", ARCHITECTURES)
@pytest.mark.parametrize("labels", [tuple("0123456789"), ("A", "B", "C")], ids=["digits", "letters"])
def test_exported_file_answers_as_the_network(tmp_path, arch, labels):
    import onnxruntime

    torch.manual_seed(0)
    network = build(arch, len(labels) + 1)
    glyphs = torch.rand(64, 1, 28, 28)
    network.train()(glyphs)  # gives the normalisation layers something to fold
    network.eval()
    history = ({"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.75})
    recipe, path = Recipe(arch, epochs=2, seed=4), tmp_path / "a.onnx"
    trained = Trained(network, Calibration(1.25, 0.75), labels, recipe, history, 1, 900, 61.26, None)
    export(trained, path)
    assert path.stat().st_size < 800_000
    assert [file.name for file in tmp_path.iterdir()] == ["a.onnx"]

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for count in (1, 7):
        with torch.inference_mode():
            expected = network(glyphs[:count]).numpy()
        (logits,) = session.run(["logits"], {"glyphs": glyphs[:count].numpy()})
        assert logits.shape == (count, len(labels) + 1)
        assert np.abs(logits - expected).max() < 1e-4

    known = session.get_modelmeta().custom_metadata_map
    assert known["normaliser"] == NORMALISER_VERSION
    stored = json.loads(known["recipe"])
    assert Recipe.from_dict(stored) == recipe
    assert stored["parameters"] == network.size
    assert (stored["epoch"], stored["examples"], stored["seconds"]) == (1, 900, 61.3)
    assert stored["torch"] == torch.__version__
    assert json.loads(known["history"]) == list(history)
    classifier = Classifier(path)
    assert (classifier.labels, classifier.temperature, classifier.threshold) == (labels, 1.25, 0.75)
