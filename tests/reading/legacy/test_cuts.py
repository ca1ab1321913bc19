import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from webcam_digits.reading.ink import InkMask
from webcam_digits.reading.legacy.cuts import MOST_PIECES, _piece, _Slices, cut
from webcam_digits.reading.legacy.regions import Origin, find_regions
from webcam_digits.train.handwriting.pen import Hand, write
from webcam_digits.types import Box


def chain(text, spacing=-0.05, height=80, seed=3):
    """The regions of digits that touch, and the digits' true boxes."""
    rng = np.random.default_rng(seed)
    hand = replace(Hand.random(rng), forms={}, spacing=spacing)
    writing = write(text, height=height, rng=rng, hand=hand, at=(30, 40))
    mask = np.where(writing.ink((180, 640)) > 127, 255, 0).astype(np.uint8)
    return find_regions(InkMask(mask, mask)), writing.boxes


def gaps(regions, truth):
    """Of each stroke with several of the digits where these part."""
    found = {}
    for i, (x, y, width, height) in enumerate(regions.boxes.tolist()):
        stroke = Box(x, y, width, height)
        inside = [box for box in truth if stroke.intersection_area(box) > 0.8 * box.width * box.height]
        if regions.origins[i] is Origin.STROKE and len(inside) > 1:
            middles = [(box.x + box.width / 2 - x) / width for box in inside]
            found[i] = [(a, (a + b) / 2, b) for a, b in pairwise(middles)]
    return found


def pieces(regions):
    return [i for i, origin in enumerate(regions.origins) if origin is Origin.PIECE]


@pytest.mark.parametrize("text", ["05", "60", "58", "7200", "38259"])
def test_each_digit_of_a_chain_is_a_piece(text):
    regions, truth = chain(text)
    assert len(regions.strokes) < len(text)  # they touch
    regions, of = cut(regions, gaps(regions, truth))
    assert {character for _, character in of.values()} == set(range(len(text)))
    for box in truth:
        assert max(box.iou(Box(*other.tolist())) for other in regions.boxes) > 0.6


def test_pieces_are_rivals_of_the_whole():
    regions, truth = chain("300")
    after, of = cut(regions, gaps(regions, truth))
    assert list(of) == pieces(after)
    for i in pieces(after):
        assert any(after.members[i] < after.members[whole] for whole in range(len(regions)))
    slices = len(after.strokes)
    assert frozenset(range(slices)) == frozenset().union(*after.members)


def test_no_ink_is_lost_or_made():
    regions, truth = chain("300")
    after, _ = cut(regions, gaps(regions, truth))
    assert after.strokes.areas.sum() == pytest.approx(regions.strokes.areas.sum())
    for (_, _, width, height), ink in zip(after.boxes.tolist(), after.inks, strict=True):
        assert ink.shape == (height, width)
        assert ink.any()


def test_the_regions_that_were_there_stay():
    regions, truth = chain("30 15 60")
    after, _ = cut(regions, gaps(regions, truth))
    np.testing.assert_array_equal(after.boxes[: len(regions)], regions.boxes)
    assert after.origins[: len(regions)] == regions.origins
    assert after.inks[: len(regions)] == regions.inks


def test_where_no_digits_were_seen_nothing_is_cut():
    regions, _ = chain("300")
    assert cut(regions, {}) == (regions, {})


def test_some_pieces_lead_from_one_end_of_a_chain_to_the_other():
    regions, truth = chain("7200")
    after, of = cut(regions, gaps(regions, truth))
    reached = {0}  # slices that pieces in their order end before
    number = {stroke: k for k, stroke in enumerate(sorted(after.members[0]))}
    for character in range(4):
        own = [
            sorted(number[one] for one in after.members[i]) for i, its in of.items() if its[1] == character
        ]
        reached = {strokes[-1] + 1 for strokes in own if strokes[0] in reached}
    assert len(number) in reached


def test_a_crumb_of_the_neighbour_is_left_out():
    regions, truth = chain("73", spacing=-0.12)
    after, _ = cut(regions, gaps(regions, truth))
    best = max(pieces(after), key=lambda i: truth[1].iou(Box(*after.boxes[i].tolist())))
    assert truth[1].iou(Box(*after.boxes[best].tolist())) > 0.8


@pytest.mark.parametrize("density", [0.1, 0.4, 0.5])
def test_noise_is_bounded(density):
    noise = np.random.default_rng(0).random((72, 128)) < density
    mask = np.kron(noise, np.ones((10, 10))).astype(np.uint8) * np.uint8(255)
    regions = find_regions(InkMask(mask, mask))
    start = time.perf_counter()
    everywhere = [(k / 6, (k + 0.5) / 6, (k + 1) / 6) for k in range(6)]
    strokes = {i: everywhere for i, its in enumerate(regions.origins) if its is Origin.STROKE}
    assert len(pieces(cut(regions, strokes)[0])) <= MOST_PIECES
    assert time.perf_counter() - start < 5  # a hang, not a matter of speed


def test_a_piece_of_nothing_but_crumbs_keeps_the_largest():
    labels = np.full((20, 40), 255, np.uint8)
    for at in range(8):
        labels[8:10, 5 * at : 5 * at + 2] = 0
    slices = _Slices(0, labels, np.array([[0, 8, 37, 2]], np.int32), np.array([32.0]), [(0, 1, 0)])
    box, ink = _piece(np.where(labels == 0, np.uint8(255), np.uint8(0)), slices, (0, 1))
    assert (box[2:] > 0).all()
    assert ink.any()


def test_a_stroke_whose_pieces_have_no_room_leaves_it_to_others(monkeypatch):
    rng, tight = np.random.default_rng(3), Hand(spacing=-0.05)
    long = write("3003003", height=90, rng=rng, hand=tight, at=(20, 20))
    short = write("300", height=60, rng=rng, hand=tight, at=(20, 150))
    ink = np.maximum(long.ink((260, 700)), short.ink((260, 700)))
    mask = np.where(ink > 127, 255, 0).astype(np.uint8)
    regions = find_regions(InkMask(mask, mask))
    where = gaps(regions, [*long.boxes, *short.boxes])
    _, of = cut(regions, where)
    assert len(of) > 20
    monkeypatch.setattr("webcam_digits.reading.legacy.cuts.MOST_PIECES", 12)
    after, of = cut(regions, where)  # where there are many digits, each has one piece
    assert sorted(character for _, character in of.values()) == [0, 0, 1, 1, 2, 2, 3, 4, 5, 6]
    monkeypatch.setattr("webcam_digits.reading.legacy.cuts.MOST_PIECES", 5)
    after, of = cut(regions, where)
    assert len(of) == 3
    assert all(after.boxes[i, 1] > 130 for i in pieces(after))
    monkeypatch.setattr("webcam_digits.reading.legacy.cuts.MOST_PIECES", 0)
    assert cut(regions, where) == (regions, {})
