import cv2
import numpy as np
import pytest

from webcam_digits.reading.ink import find_ink
from webcam_digits.reading.legacy.hysteresis import follow
from webcam_digits.train.stills.render import render

THRESHOLD = 100
SHAPE = 120, 200


def followed(contrast):
    contrast = np.round(contrast).astype(np.uint8)
    strong = np.where(contrast > THRESHOLD, np.uint8(255), np.uint8(0))
    return follow(strong, contrast, np.full(contrast.shape, THRESHOLD, np.uint8)), strong


def stroke(levels, row=60, thick=10):
    """A stroke from left to right whose contrast at each column is given, with soft edges."""
    contrast = np.zeros(SHAPE)
    contrast[row - thick // 2 : row + thick // 2, 20 : 20 + len(levels)] = levels
    return cv2.GaussianBlur(contrast, (0, 0), 1)


def pieces(mask):
    return cv2.connectedComponents(mask)[0] - 1


def test_a_stroke_that_fades_and_recovers_stays_whole():
    mask, strong = followed(
        stroke(np.interp(np.arange(150), [0, 50, 70, 80, 100, 149], [200, 200, 70, 70, 200, 200]))
    )
    assert pieces(strong) == 2
    assert pieces(mask) == 1
    assert (mask[58:62, 22:168] > 0).all()


def test_other_strokes_stay_as_they_are():
    faded = stroke(np.interp(np.arange(150), [0, 50, 70, 80, 100, 149], [200, 200, 70, 70, 200, 200]), row=30)
    mask, strong = followed(np.maximum(faded, stroke(np.full(40, 200), row=100)))
    assert pieces(strong) == 3
    assert pieces(mask) == 2
    assert np.array_equal(mask[70:], strong[70:])


def test_a_stroke_that_fades_out_is_followed_to_where_it_is_half_as_strong():
    levels = np.interp(np.arange(150), [0, 60, 149], [200, 200, 0])
    mask, strong = followed(stroke(levels))
    ends = [np.flatnonzero(picture[60])[-1] for picture in (strong, mask)]
    assert ends == pytest.approx([20 + 104, 20 + 127], abs=3)


def test_strong_strokes_become_no_thicker():
    even, fading = np.full(150, 200.0), np.interp(np.arange(150), [0, 80, 149], [200, 200, 60])
    mask, strong = followed(stroke(fading))
    assert np.array_equal(mask[:, :80], strong[:, :80])
    assert np.array_equal(*followed(stroke(even)))


def test_weak_ink_by_itself_is_none():
    mask, strong = followed(stroke(np.full(150, 70.0), row=30) + stroke(np.full(150, 200.0), row=90))
    assert np.array_equal(mask, strong)


def test_another_things_weak_ink_across_a_strong_stroke_is_left_out():
    """A rule, or writing that shines through from the back: the ink gets weaker all of a sudden."""
    down = stroke(np.full(100, 200.0), thick=8).T[: SHAPE[0]]
    contrast = np.zeros(SHAPE)
    contrast[: down.shape[0], : down.shape[1]] = down[:, : SHAPE[1]]
    contrast = np.maximum(contrast, stroke(np.full(150, 60.0), row=70, thick=4))
    mask, strong = followed(contrast)
    assert np.count_nonzero(mask) < 1.05 * np.count_nonzero(strong)


def test_texture_with_dark_spots_stays_out():
    rng = np.random.default_rng(0)
    texture = cv2.GaussianBlur(rng.normal(0, 1, SHAPE), (0, 0), 2)
    texture = np.clip(60 + 25 * texture / texture.std(), 0, 255)
    mask, strong = followed(texture)
    assert strong.any()
    assert np.count_nonzero(mask) < 1.1 * np.count_nonzero(strong)


def test_strokes_that_nearly_touch_stay_apart():
    contrast = stroke(np.full(150, 200.0), row=50) + stroke(np.full(150, 200.0), row=64)
    contrast += stroke(np.interp(np.arange(150), [0, 80, 149], [200, 200, 60]), row=95)  # or nothing is done
    mask, strong = followed(contrast)
    assert np.count_nonzero(mask) > np.count_nonzero(strong)
    assert pieces(mask) == pieces(strong) == 3


@pytest.mark.parametrize("level", [0, 60, 255])
def test_ground_or_ink_alone_is_left_as_it_is(level):
    assert np.array_equal(*followed(np.full(SHAPE, float(level))))


def test_more_digits_of_a_dry_pen_are_whole():
    """Of some, the faintest parts are lost in any case."""
    whole = []
    for seed in range(6):
        scene = render("dry", np.random.default_rng(seed), shape=(720, 960), wear=0)
        mask = find_ink(scene.image).mask
        for index, mark in enumerate(scene.marks):
            own = mask[scene.owners == index] if mark.kind == "digit" else mask[:0]
            whole += [(own > 0).mean() > 0.9] if own.size else []
    assert len(whole) > 80
    assert np.mean(whole) > 0.6


@pytest.mark.parametrize("size", [120, 121])
def test_faint_ink_is_followed_up_to_the_edge(size):
    contrast = np.zeros((size, size), np.uint8)
    contrast[50:60, 20:70] = 120
    contrast[50:60, 70:] = 80
    contrast[20:30, 90:] = 80  # faint ink that nothing leads to
    threshold = np.full_like(contrast, 100)
    strong = np.where(contrast > threshold, np.uint8(255), np.uint8(0))
    ink = follow(strong, contrast, threshold)
    assert (ink[50:60, 20:] == 255).all()
    assert np.count_nonzero(ink) == 10 * (size - 20)
