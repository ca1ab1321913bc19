import os

import numpy as np
import pytest

from tests.helpers.characters import characters
from webcam_digits.errors import WebcamDigitsError
from webcam_digits.train.data.augment import augment

pytest.importorskip("torch")

from webcam_digits.train.classifier import augmented as module
from webcam_digits.train.classifier.augmented import augmented
from webcam_digits.train.workers import ended_workers_reported

PICTURES = list(characters("AB", 10)[0])


@pytest.mark.filterwarnings("ignore:This DataLoader will create")  # where there are fewer processors
@pytest.mark.parametrize("processors", [1, 2, 4])
def test_each_epoch_has_its_own_glyphs_whatever_processors_there_are(monkeypatch, processors):
    monkeypatch.setattr(module, "_CHUNK", 4)
    monkeypatch.setattr(module, "_processors", lambda: processors)
    whole = list(augmented(PICTURES, range(3), 7, 0.5))
    assert [glyphs.shape for glyphs in whole] == [(10, 28, 28)] * 3
    assert (whole[0] != whole[1]).any()
    np.testing.assert_array_equal(whole[1][:4], augment(PICTURES[:4], (7, 1, 0), 0.5))
    np.testing.assert_array_equal(whole[2][7:], augment(PICTURES[7:], (7, 2, 2), 0.5))


def test_a_resumed_training_has_the_same_glyphs():
    whole = list(augmented(PICTURES, range(3), 7, 0.5))
    np.testing.assert_array_equal(list(augmented(PICTURES, range(1, 3), 7, 0.5)), whole[1:])


def test_nothing_is_left_to_do():
    assert list(augmented(PICTURES, range(3, 3), 0, 1.0)) == []


def test_a_worker_that_is_ended_is_reported(monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", 4)
    monkeypatch.setattr(module, "_processors", lambda: 2)
    monkeypatch.setattr(module, "_Augmented", Ending)
    reported = pytest.raises(WebcamDigitsError, match="a process that prepares pictures was ended")
    with reported, ended_workers_reported():
        next(augmented(PICTURES, range(1), 0, 1.0))


class Ending:
    def __getitem__(self, work):
        os._exit(9)
