import io

import numpy as np
import pytest

from tests.helpers.characters import corpus
from webcam_digits.errors import WebcamDigitsError
from webcam_digits.train.classifier.recipe import Recipe

torch = pytest.importorskip("torch")

from webcam_digits.train.classifier import fit as fitting  # noqa: E402
from webcam_digits.train.classifier.fit import class_weights, fit, jitter  # noqa: E402

CPU = torch.device("cpu")


def stored(state):
    """A state as a file gives it back."""
    content = io.BytesIO()
    torch.save(state, content)
    content.seek(0)
    return torch.load(content, weights_only=True)


def same(one, other) -> bool:
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("arch", ["mlp", "cnn"])
def test_a_training_that_goes_on_ends_in_the_very_same_weights(arch):
    data, recipe = corpus(), Recipe(arch, epochs=3, seed=5)
    whole = [
        (epoch.network.state_dict(), stored(epoch.state), epoch) for epoch in fit(data, recipe, device=CPU)
    ]
    assert not same(whole[0][0], whole[2][0])
    torch.rand(3)  # chance that was used elsewhere
    (again, last) = fit(data, recipe, device=CPU, resume=(1, whole[0][1]))
    assert [again.number, last.number] == [2, 3]
    assert same(last.network.state_dict(), whole[2][0])
    assert (last.loss, last.train_loss, last.rate) == (
        whole[2][2].loss,
        whole[2][2].train_loss,
        whole[2][2].rate,
    )
    np.testing.assert_array_equal(last.logits, whole[2][2].logits)


def test_training_learns_and_depends_on_the_seed():
    data = corpus()
    *_, one = fit(data, Recipe("cnn", epochs=6, seed=1), device=CPU)
    (other,) = fit(data, Recipe("cnn", epochs=1, seed=2), device=CPU)
    assert one.logits.shape == (len(data.validation), 4)
    assert one.loss < other.loss
    assert one.accuracy > 0.8
    assert 0 < one.train_accuracy <= 1
    assert not one.network.training


def test_strength_and_start_are_used(monkeypatch):
    data, recipe = corpus(), Recipe("mlp", epochs=1, rate=1e-9, strength=0.5)
    given = []

    def unchanged(pictures, epochs, seed, strength):
        given.append((epochs, seed, strength))
        yield np.stack(pictures)

    monkeypatch.setattr(fitting, "augmented", unchanged)
    (drawn,) = fit(data, recipe, device=CPU)
    start = {name: torch.ones_like(value) for name, value in drawn.network.state_dict().items()}
    (begun,) = fit(data, recipe, device=CPU, start=start)
    assert given == [(range(1), 0, 0.5)] * 2
    weights = begun.network.state_dict()["head.0.weight"]
    torch.testing.assert_close(weights, torch.ones_like(weights), rtol=0, atol=1e-3)


def test_a_loss_beyond_all_numbers_is_reported(monkeypatch):
    monkeypatch.setattr(fitting._Learner, "logits", lambda _, glyphs: torch.full((len(glyphs), 4), torch.nan))
    with pytest.raises(WebcamDigitsError, match=r"diverged in epoch 1: --rate 0\.5 is too high"):
        next(fit(corpus(), Recipe("mlp", rate=0.5), device=CPU))


def test_rare_labels_count_for_more():
    balanced = class_weights(np.repeat([0, 1, 2], [20, 20, 20]), 4)
    assert balanced.tolist() == [1, 1, 1, 1]
    assert class_weights(np.repeat([0, 1, 2, 3], [20, 20, 20, 90]), 4).tolist() == [1, 1, 1, 1]
    weights = class_weights(np.repeat([0, 1, 2, 3], [40, 20, 60, 5]), 4)
    torch.testing.assert_close(weights[:3] * torch.tensor([40.0, 20, 60]), torch.full((3,), 40.0))
    assert weights[3] == 1
    capped = class_weights(np.repeat([0, 1], [1000, 1]), 3)
    assert capped[1] / capped[0] < 10
    assert class_weights(np.zeros(5, int), 3).isfinite().all()


def test_weights_of_balanced_data_leave_the_loss_as_it_is():
    logits, targets = torch.randn(40, 5), torch.arange(40) % 5
    weighted = torch.nn.CrossEntropyLoss(class_weights(targets.numpy(), 5))
    torch.testing.assert_close(weighted(logits, targets), torch.nn.functional.cross_entropy(logits, targets))


def test_jitter_moves_by_a_pixel_and_keeps_the_range():
    torch.manual_seed(0)
    glyphs = torch.zeros(8, 28, 28, dtype=torch.uint8)
    glyphs[:, 14, 14] = 255
    glyphs[:, 14, 15] = 100
    for _ in range(5):
        inputs = jitter(glyphs)
        assert inputs.shape == (8, 1, 28, 28)
        assert inputs.dtype == torch.float32
        assert inputs[:, 0, 13:16, 13:17].amax() == 1
        assert len(inputs[inputs > 0].unique()) > 2
