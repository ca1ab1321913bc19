import time
from dataclasses import replace

import numpy as np
import pytest

from webcam_digits.cuts import MOST_PIECES, _piece, _Slices, cut
from webcam_digits.ink import InkMask
from webcam_digits.reading import Box
from webcam_digits.regions import Origin, find_regions
from webcam_digits.train.pen import Hand, write


def chain(text, spacing=-0.05, height=80, seed=3):
    """The regions of digits that touch, and the digits' true boxes."""
    rng = np.random.default_rng(seed)
    hand = replace(Hand.random(rng), spacing=spacing)
    writing = write(text, height=height, rng=rng, hand=hand, at=(30, 40))
    mask = np.where(writing.ink((180, 640)) > 127, 255, 0).astype(np.uint8)
    return find_regions(InkMask(mask, mask)), writing.boxes


def all_of(regions):
    return np.ones(len(regions), bool)


def pieces(regions):
    return [i for i, origin in enumerate(regions.origins) if origin is Origin.PIECE]


@pytest.mark.parametrize("text", ["05", "60", "58", "7200", "38259"])
def test_each_digit_of_a_chain_is_a_piece(text):
    regions, truth = chain(text)
    assert len(regions.strokes) < len(text)  # they touch
    regions = cut(regions, all_of(regions))
    for box in truth:
        assert max(box.iou(Box(*other.tolist())) for other in regions.boxes) > 0.6


def test_pieces_are_rivals_of_the_whole_and_of_those_that_they_overlap():
    regions, _ = chain("300")
    after = cut(regions, all_of(regions))
    assert pieces(after)
    for i in pieces(after):
        assert any(after.members[i] < after.members[whole] for whole in range(len(regions)))
    slices = len(after.strokes)
    assert frozenset(range(slices)) == frozenset().union(*after.members)


def test_no_ink_is_lost_or_made():
    regions, _ = chain("300")
    after = cut(regions, all_of(regions))
    assert after.strokes.areas.sum() == pytest.approx(regions.strokes.areas.sum())
    for (_, _, width, height), ink in zip(after.boxes.tolist(), after.inks, strict=True):
        assert ink.shape == (height, width)
        assert ink.any()


def test_the_regions_that_were_there_stay():
    regions, _ = chain("30 15 60")
    after = cut(regions, all_of(regions))
    np.testing.assert_array_equal(after.boxes[: len(regions)], regions.boxes)
    assert after.origins[: len(regions)] == regions.origins
    assert after.inks[: len(regions)] == regions.inks


def test_what_is_clear_is_not_cut():
    regions, _ = chain("300")
    assert cut(regions, np.zeros(len(regions), bool)) is regions


def test_nothing_of_nothing():
    blank = np.zeros((100, 100), np.uint8)
    assert len(cut(find_regions(InkMask(blank, blank)), np.zeros(0, bool))) == 0


def test_a_crumb_of_the_neighbour_is_left_out():
    regions, truth = chain("73", spacing=-0.12)
    after = cut(regions, all_of(regions))
    best = max(pieces(after), key=lambda i: truth[1].iou(Box(*after.boxes[i].tolist())))
    assert truth[1].iou(Box(*after.boxes[best].tolist())) > 0.8


@pytest.mark.parametrize("density", [0.1, 0.4, 0.5])
def test_noise_is_bounded(density):
    noise = np.random.default_rng(0).random((72, 128)) < density
    mask = np.kron(noise, np.ones((10, 10))).astype(np.uint8) * np.uint8(255)
    regions = find_regions(InkMask(mask, mask))
    start = time.perf_counter()
    assert len(pieces(cut(regions, all_of(regions)))) <= MOST_PIECES
    assert time.perf_counter() - start < 5  # a hang, not a matter of speed


def test_a_piece_of_nothing_but_crumbs_keeps_the_largest():
    labels = np.full((20, 40), 255, np.uint8)
    for at in range(8):
        labels[8:10, 5 * at : 5 * at + 2] = 0
    slices = _Slices(0, labels, np.array([[0, 8, 37, 2]], np.int32), np.array([32.0]), [(0, 1)])
    box, ink = _piece(np.where(labels == 0, np.uint8(255), np.uint8(0)), slices, (0, 1))
    assert (box[2:] > 0).all()
    assert ink.any()


def test_a_stroke_whose_pieces_have_no_room_leaves_it_to_others(monkeypatch):
    rng, tight = np.random.default_rng(3), Hand(spacing=-0.05)
    long = write("3003003", height=90, rng=rng, hand=tight, at=(20, 20)).ink((260, 700))
    short = write("300", height=60, rng=rng, hand=tight, at=(20, 150)).ink((260, 700))
    mask = np.where(np.maximum(long, short) > 127, 255, 0).astype(np.uint8)
    regions = find_regions(InkMask(mask, mask))
    every = cut(regions, all_of(regions))
    lower = [i for i in pieces(every) if every.boxes[i, 1] > 130]
    assert 0 < len(lower) < len(pieces(every)) / 2
    monkeypatch.setattr("webcam_digits.cuts.MOST_REGIONS", len(regions) + len(lower))
    after = cut(regions, all_of(regions))
    assert after.boxes[pieces(after)].tolist() == every.boxes[lower].tolist()
    monkeypatch.setattr("webcam_digits.cuts.MOST_REGIONS", len(regions))
    assert cut(regions, all_of(regions)) is regions
