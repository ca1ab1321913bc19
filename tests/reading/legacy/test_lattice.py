import numpy as np
import pytest

from webcam_digits.reading.classifier import Predictions
from webcam_digits.reading.legacy.lattice import best_of_rivals
from webcam_digits.reading.legacy.regions import Origin, Regions, Strokes, around


def chosen(slices, *candidates):
    """Of candidates (origin, members, label, probability of it, of no digit) those that are chosen.

    Args:
        slices: boxes of all strokes and slices.
    """
    boxes = np.array(slices, np.int32)
    rows = np.zeros((len(candidates), 11), np.float32)
    for row, (_, _, label, digit, nothing) in zip(rows, candidates, strict=True):
        row[:] = (1 - digit - nothing) / 9
        row[label], row[10] = digit, nothing
    around_all = [around(boxes[list(members)]) for _, members, *_ in candidates]
    regions = Regions(
        np.array(around_all, np.int32),
        tuple(np.full((h, w), 255, np.uint8) for _, _, w, h in around_all),
        tuple(frozenset(members) for _, members, *_ in candidates),
        Strokes(boxes, boxes[:, 2:].prod(axis=1).astype(np.float64), np.full(len(boxes), 4.0)),
        tuple(origin for origin, *_ in candidates),
    )
    predictions = Predictions(rows, tuple("0123456789"))
    accepted = np.asarray(predictions.presence >= 0.5)
    return sorted(best_of_rivals(regions, predictions, accepted))


def row(*widths):
    """Boxes of slices of some widths, side by side."""
    left = 100 + np.cumsum([0, *widths])
    return [(int(x), 100, width, 50) for x, width in zip(left, widths, strict=False)]


WHOLE, PIECE, JOIN = Origin.STROKE, Origin.PIECE, Origin.JOIN


def test_a_chain_is_read_along_its_best_path():
    assert chosen(
        row(20, 20, 20, 20),
        (WHOLE, {0, 1, 2, 3}, 0, 0.01, 0.98),
        (PIECE, {0}, 1, 0.7, 0.25),
        (PIECE, {0, 1}, 3, 0.98, 0.01),
        (PIECE, {1, 2, 3}, 8, 0.6, 0.3),
        (PIECE, {2, 3}, 5, 0.99, 0.01),
    ) == [2, 4]


def test_three_digits_may_touch():
    assert chosen(
        row(30, 30, 30),
        (WHOLE, {0, 1, 2}, 0, 0.01, 0.98),
        *((PIECE, {k}, k, 0.98, 0.01) for k in range(3)),
        (PIECE, {0, 1}, 5, 0.1, 0.9),
    ) == [1, 2, 3]


def test_pieces_that_leave_a_rest_are_no_digits():
    assert chosen(row(30, 30), (WHOLE, {0, 1}, 0, 0.01, 0.98), (PIECE, {0}, 3, 0.99, 0.0)) == []


def test_a_spoilt_digit_does_not_spoil_its_chain():
    assert chosen(
        row(30, 30, 30),
        (WHOLE, {0, 1, 2}, 0, 0.01, 0.98),
        (PIECE, {0}, 3, 0.99, 0.01),
        (PIECE, {1}, 4, 0.02, 0.97),
        (PIECE, {2}, 5, 0.99, 0.01),
    ) == [1, 2, 3]  # the spoilt one as what is left


def test_what_has_no_piece_like_a_digit_is_not_cut():
    pieces = (PIECE, {0}, 3, 0.3, 0.6), (PIECE, {1}, 5, 0.3, 0.6)
    assert chosen(row(30, 30), (WHOLE, {0, 1}, 0, 0.01, 0.98), *pieces) == []


def test_fewer_digits_are_likelier_than_more():
    assert chosen(
        row(10, 20, 30),
        (WHOLE, {0, 1, 2}, 0, 0.01, 0.98),
        (PIECE, {0}, 1, 0.99, 0.0),
        (PIECE, {1}, 7, 0.99, 0.0),
        (PIECE, {0, 1}, 9, 0.95, 0.0),
        (PIECE, {2}, 9, 0.99, 0.0),
    ) == [3, 4]


@pytest.mark.parametrize(("one", "expected"), [(0.9, [0]), (0.5, [1, 2])])
def test_what_reads_well_as_one_digit_stays_whole(one, expected):
    pieces = (PIECE, {0}, 3, 0.97, 0.01), (PIECE, {1}, 5, 0.97, 0.01)
    assert chosen(row(25, 25), (WHOLE, {0, 1}, 0, one, 0.0), *pieces) == expected


def test_what_is_wider_than_a_digit_is_none():
    assert chosen(row(90), (WHOLE, {0}, 0, 0.99, 0.0)) == []


def broken(gap, whole=0.95):
    """A 1 in two pieces, one above the other."""
    boxes = [(100, 100, 10, 30), (100, 130 + gap, 10, 30)]
    parts = (WHOLE, {0}, 1, 0.99, 0.0), (WHOLE, {1}, 1, 0.99, 0.0)
    return chosen(boxes, *parts, (JOIN, {0, 1}, 1, whole, 0.01))


def test_close_strokes_are_one_digit_where_they_make_one():
    assert broken(gap=2) == [2]
    assert broken(gap=2, whole=0.6) == [0, 1]


def test_surer_digits_close_beside_each_other_are_not_one():
    boxes = [(100, 100, 20, 30), (122, 90, 20, 60)]
    parts = (WHOLE, {0}, 3, 0.99, 0.0), (WHOLE, {1}, 7, 0.99, 0.0)
    assert chosen(boxes, *parts, (JOIN, {0, 1}, 7, 0.85, 0.1)) == [0, 1]
    assert chosen(boxes, *parts, (JOIN, {0, 1}, 4, 0.995, 0.0)) == [2]


def test_zeros_of_two_rows_are_no_8_beside_others_of_their_height():
    zeros = [(100, 100, 40, 60), (100, 168, 40, 60)]
    parts = (WHOLE, {0}, 0, 0.99, 0.0), (WHOLE, {1}, 0, 0.99, 0.0)
    eight = JOIN, {0, 1}, 8, 0.999, 0.0
    assert chosen(zeros, *parts, eight) == [2]
    beside = [(180, 100, 40, 62), (180, 170, 40, 58)]
    others = (WHOLE, {2}, 4, 0.99, 0.0), (WHOLE, {3}, 7, 0.99, 0.0)
    assert chosen([*zeros, *beside], *parts, *others, eight) == [0, 1, 2, 3]
    tall = [(180, 100, 80, 125), (280, 100, 80, 130)]
    assert chosen([*zeros, *tall], *parts, *others, eight) == [2, 3, 4]


def test_digits_in_two_rows_are_two():
    assert broken(gap=10) == [0, 1]


def test_three_pieces_are_one_digit():
    boxes = [(100, 100, 30, 15), (100, 117, 30, 15), (100, 134, 30, 15)]
    parts = ((WHOLE, {k}, 7, 0.1, 0.89) for k in range(3))
    assert chosen(boxes, *parts, (JOIN, {0, 1}, 3, 0.6, 0.3), (JOIN, {0, 1, 2}, 8, 0.97, 0.01)) == [4]


def test_a_part_of_a_broken_digit_is_not_cut():
    boxes = [*row(20, 20), (100, 152, 40, 20)]
    assert chosen(
        boxes,
        (WHOLE, {0, 1}, 3, 0.01, 0.98),
        (WHOLE, {2}, 7, 0.1, 0.89),
        (JOIN, {0, 1, 2}, 8, 0.97, 0.01),
        (PIECE, {0}, 3, 0.99, 0.0),
        (PIECE, {1}, 5, 0.99, 0.0),
    ) == [2]


def test_digits_that_cross_share_a_slice():
    assert chosen(
        row(25, 8, 25),
        (WHOLE, {0, 1, 2}, 0, 0.01, 0.98),
        (PIECE, {0}, 2, 0.2, 0.79),
        (PIECE, {0, 1}, 2, 0.97, 0.02),
        (PIECE, {1, 2}, 0, 0.97, 0.02),
        (PIECE, {2}, 0, 0.2, 0.79),
    ) == [2, 3]


def test_a_clean_cut_is_preferred_to_a_shared_slice():
    assert chosen(
        row(25, 8, 25),
        (WHOLE, {0, 1, 2}, 0, 0.01, 0.98),
        (PIECE, {0}, 2, 0.9, 0.05),
        (PIECE, {0, 1}, 2, 0.97, 0.02),
        (PIECE, {1, 2}, 0, 0.97, 0.02),
    ) == [1, 3]


def test_a_slice_of_its_own_is_not_shared():
    """Neither may a digit end where it begins: then a 1 would stand in its neighbour."""
    assert chosen(
        row(25, 8, 25),
        (WHOLE, {0, 1, 2}, 0, 0.01, 0.98),
        (PIECE, {0, 1}, 4, 0.97, 0.02),
        (PIECE, {1}, 1, 0.97, 0.02),
        (PIECE, {2}, 7, 0.97, 0.02),
    ) == [1, 3]
