import math

import pytest

from webcam_digits.errors import UsageError
from webcam_digits.train.classifier.recipe import Recipe


def test_recipe_is_reported_and_read_again():
    recipe = Recipe("resnet", epochs=3, seed=7, rate=0.1, width=0.5, strength=0.0)
    assert Recipe.from_dict(recipe.as_dict() | {"seconds": 12.5}) == recipe
    assert Recipe.from_dict({}) == Recipe()


@pytest.mark.parametrize(
    "wrong",
    [
        {"arch": "vgg"},
        {"epochs": 0},
        {"seed": -1},
        {"rate": 0.0},
        {"rate": math.nan},
        {"width": 0.0},
        {"width": math.inf},
        {"strength": -0.1},
        {"seed": 1 << 63},
        {"rate": 11.0},
        {"width": 1e9},
        {"strength": math.inf},
    ],
)
def test_what_cannot_be_trained_with_is_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Recipe(**wrong)
