import json
from dataclasses import replace

import numpy as np
import pytest

from webcam_digits.reading.rating import EVIDENCE, Rating

RATING = Rating(tuple(0.1 * i - 0.3 for i in range(len(EVIDENCE))), -0.5, 0.4, 0.7)


def test_confidence_is_the_logistic_of_what_is_weighed():
    evidence = np.random.default_rng(0).normal(0, 2, (5, len(EVIDENCE)))
    expected = [1 / (1 + np.exp(-(sum(w * e for w, e in zip(RATING.weights, row, strict=True)) - 0.5)))
                for row in evidence]  # fmt: skip
    np.testing.assert_allclose(RATING.confidence(evidence), expected)
    assert RATING.confidence(np.zeros((0, len(EVIDENCE)))).shape == (0,)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_strongest_evidence_gives_a_probability(sign):
    evidence = sign * np.sign(RATING.weights)[None] * 1e6
    assert RATING.confidence(evidence)[0] == pytest.approx((sign + 1) / 2)


def test_what_is_stored_is_what_it_was():
    assert Rating.from_json(RATING.to_json()) == RATING


@pytest.mark.parametrize(
    "change",
    [
        {"weights": None},
        {"weights": {EVIDENCE[0]: 1}},
        {"weights": dict.fromkeys(EVIDENCE, float("nan"))},
        {"weights": dict.fromkeys(EVIDENCE, "much")},
        {"bias": None},
        {"bias": float("inf")},
        {"threshold": -0.1},
        {"threshold": 0.8},
        {"row_threshold": 1.1},
        {"row_threshold": float("nan")},
    ],
    ids=str,
)
def test_another_content_is_refused(change):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Rating.from_json(json.dumps(json.loads(RATING.to_json()) | change))


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "7", "{}", '"weights"'])
def test_what_is_no_rating_is_refused(text):
    with pytest.raises((KeyError, TypeError, ValueError)):
        Rating.from_json(text)


def test_thresholds_may_be_alike():
    assert Rating.from_json(replace(RATING, row_threshold=0.4).to_json()).row_threshold == 0.4
