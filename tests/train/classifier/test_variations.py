import os

import numpy as np
import pytest

from tests.helpers.characters import characters
from webcam_digits.errors import WebcamDigitsError
from webcam_digits.train.classifier import variations as module
from webcam_digits.train.classifier.variations import variations
from webcam_digits.train.data.augment import augment

PICTURES = list(characters("AB", 10)[0])


def test_each_epoch_has_its_own_glyphs_wherever_one_begins(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 4)
    whole = list(variations(PICTURES, range(3), 7, 0.5))
    assert [glyphs.shape for glyphs in whole] == [(10, 28, 28)] * 3
    assert (whole[0] != whole[1]).any()
    np.testing.assert_array_equal(whole[1][:4], augment(PICTURES[:4], (7, 1, 0), 0.5))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    later = list(variations(PICTURES, range(1, 3), 7, 0.5))
    np.testing.assert_array_equal(later, whole[1:])


def test_nothing_is_left_to_do():
    assert list(variations(PICTURES, range(3, 3), 0, 1.0)) == []


def test_a_worker_that_is_ended_is_told(monkeypatch):
    monkeypatch.setattr(module, "augment", os._exit)  # given pictures, it fails; given a number, it ends
    with pytest.raises(TypeError):
        next(variations(PICTURES, range(1), 0, 1.0))
    monkeypatch.setattr(module, "augment", _end)
    with pytest.raises(WebcamDigitsError, match="a process that prepares glyphs was ended"):
        next(variations(PICTURES, range(1), 0, 1.0))


def _end(*_):
    os._exit(9)
