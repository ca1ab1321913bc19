import numpy as np
import pytest

from webcam_digits.reading.legacy.texture import bareness
from webcam_digits.train.stills.render import render

BOX = np.array([[140, 90, 15, 20]], np.int32)


def inked(share):
    """A mask of which so much is ink."""
    return (np.random.default_rng(0).random((200, 300)) < share).astype(np.uint8) * np.uint8(255)


@pytest.mark.parametrize(("share", "texture"), [(0.0, False), (0.15, False), (0.4, True), (1.0, True)])
def test_where_there_is_much_ink_around_is_texture(share, texture):
    assert (bareness(BOX, inked(share)) == 0).tolist() == [texture]


def test_the_less_ink_the_barer():
    found = [float(bareness(BOX, inked(share))[0]) for share in (0.0, 0.05, 0.1, 0.2, 0.3)]
    assert found == sorted(found, reverse=True)
    assert (found[0], found[-1]) == (1, 0)


def test_only_the_surroundings_count():
    mask = inked(1.0)
    mask[40:160, 90:210] = 0
    assert bareness(BOX, mask).tolist() == [1]


def test_at_the_edge_of_the_picture_what_is_within_it_counts():
    corners = np.array([[0, 0, 15, 20], [285, 180, 15, 20]], np.int32)
    assert not bareness(corners, inked(1.0)).any()
    assert bareness(corners, inked(0.1)).all()


def test_nothing_of_nothing():
    assert bareness(np.zeros((0, 4), np.int32), inked(0.5)).shape == (0,)


@pytest.mark.parametrize("kind", ["plain", "columns", "scales", "words"])
def test_writing_is_none(kind):
    scene = render(kind, np.random.default_rng(3), wear=0.0)
    boxes = np.array([mark.box for mark in scene.marks if mark.text and mark.box.width], np.int32)
    mask = (scene.owners >= 0).astype(np.uint8) * np.uint8(255)
    assert len(boxes) > 10
    assert (bareness(boxes, mask) == 0).mean() < 0.1
