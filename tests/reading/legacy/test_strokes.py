import cv2
import numpy as np
import pytest

from webcam_digits.reading.legacy import strokes
from webcam_digits.reading.legacy.strokes import find_strokes


def blots(share, side, seed=0):
    """Squares of so many pixels, (120, 160), drawn by lot."""
    coarse = np.random.default_rng(seed).random((120 // side, 160 // side)) < share
    return np.kron(coarse, np.ones((side, side))).astype(np.uint8) * np.uint8(255)


@pytest.mark.parametrize("side", [1, 2, 5])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8])
def test_holes_are_counted_as_borders_tell(share, side):
    mask = blots(share, side)
    count, _ = cv2.connectedComponents(mask)
    _, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    holes = int((np.asarray(tree).reshape(-1, 4)[:, 3] >= 0).sum())
    assert strokes._holes(mask, count - 1) == holes


def test_no_ink_has_no_holes():
    assert strokes._holes(np.zeros((5, 7), np.uint8), 0) == 0


def test_of_a_busy_mask_the_large_holes_stay(monkeypatch):
    mask = np.zeros((200, 300), np.uint8)
    mask[20:180, 20:280] = 255
    mask[40:160, 40:160] = 0
    mask[40:160:6, 200:260:6] = 0  # 200 of a pixel each
    whole = find_strokes(mask)
    monkeypatch.setattr(strokes, "_MOST_EDGES", 0)
    monkeypatch.setattr(strokes, "_MOST_OF_FOREMOST", 0)
    np.testing.assert_array_equal(find_strokes(mask).strokes.areas, whole.strokes.areas)
    monkeypatch.setattr(strokes, "_MOST_HOLES", 50)
    (borders,) = find_strokes(mask).borders
    assert len(borders) == 2
    assert cv2.contourArea(borders[1]) > 100 * 100
