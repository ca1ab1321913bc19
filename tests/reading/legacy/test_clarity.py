from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.candidates import DIGIT, LETTER, candidates, row
from webcam_digits.reading.legacy.clarity import unclear
from webcam_digits.reading.legacy.context import LogOdds, log_odds
from webcam_digits.reading.legacy.regions import Origin

CLEAR, LESS_CLEAR = (8, 0.998, 0.001), (8, 0.985, 0.01)
DRAWINGS = ((110, 25, 40, 50), LETTER), ((110, 190, 40, 50), LETTER)
NUMBER = row(*[DIGIT] * 3, x=800)  # too far away to be anyone's company


def kept(*strokes, judged=None, at_edge=False, origin=Origin.STROKE):
    """Whether the first of some strokes is clear enough, by what stands around it or log-odds made up."""
    regions, predictions = candidates(*strokes)
    regions = replace(regions, origins=(origin, *regions.origins[1:]))
    chosen = predictions.presence > 0.5
    found = log_odds(regions, predictions, chosen)
    if judged is not None:
        found = LogOdds(*np.repeat([judged], len(regions), axis=0).T)
    return not unclear(regions, chosen, found, predictions, np.full(len(regions), at_edge))[0]


def eight(looks, width=30):
    return (110, 100, width, 50), looks


def test_nothing_of_nothing():
    regions, predictions = candidates()
    none = np.zeros(0, bool)
    assert unclear(regions, none, LogOdds(*np.zeros((3, 0))), predictions, none).shape == (0,)


def test_what_stands_alone_has_to_look_like_a_digit():
    assert kept(eight(LESS_CLEAR))
    assert not kept(eight((8, 0.94, 0.03)))


def test_amid_drawings_it_has_to_look_like_nothing_else():
    assert kept(eight(CLEAR), *DRAWINGS)
    assert not kept(eight(LESS_CLEAR), *DRAWINGS)


def test_where_there_is_a_number_it_need_not():
    assert kept(eight(LESS_CLEAR), *DRAWINGS, *NUMBER)


@pytest.mark.parametrize(("digit", "expected"), [(8, False), (2, True)])
def test_amid_drawings_a_lying_eight_is_one_of_them(digit, expected):
    looks = (digit, *CLEAR[1:])
    assert kept(eight(looks, width=60), *DRAWINGS) == expected
    assert kept(eight(looks, width=60))
    assert kept(eight(looks, width=60), *DRAWINGS, *NUMBER)


def test_amid_drawings_what_the_edge_cuts_is_one_of_them():
    assert not kept(eight(CLEAR), *DRAWINGS, at_edge=True)
    assert kept(eight(CLEAR), at_edge=True)


def test_at_the_edge_it_has_to_be_clearer():
    six = (6, *LESS_CLEAR[1:])
    assert kept(eight(six))
    assert not kept(eight(six), at_edge=True)


def test_amid_drawings_joined_strokes_are_one_of_them():
    assert not kept(eight(CLEAR), *DRAWINGS, origin=Origin.JOIN)
    assert kept(eight(CLEAR), origin=Origin.JOIN)


@pytest.mark.parametrize(("odds", "expected"), [(2.5, False), (4.0, True)])
def test_a_piece_has_to_look_like_a_digit_or_to_stand_in_a_number(odds, expected):
    judged, hazy = (odds - 2.0, 0.0, odds), (8, 0.94, 0.03)
    assert kept(eight(hazy), judged=judged, origin=Origin.PIECE) == expected
    assert kept(eight(hazy), judged=judged)
    assert kept(eight(LESS_CLEAR), judged=judged, origin=Origin.PIECE)


def test_amid_words_what_is_cut_from_one_has_to_look_like_nothing_else():
    amid_words = 2.0, -1.0, 2.8  # by its siblings likely, but not by what is around
    assert kept(eight(CLEAR), judged=amid_words, origin=Origin.PIECE)
    assert not kept(eight(LESS_CLEAR), judged=amid_words, origin=Origin.PIECE)


def test_an_outline_by_itself_is_no_digit():
    huge = (20, 20, 250, 400), CLEAR  # its stroke is 4 pixels wide
    assert not kept(huge)
    assert kept(((20, 20, 150, 200), CLEAR))
