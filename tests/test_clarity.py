from dataclasses import replace

import numpy as np
import pytest
from candidates import DIGIT, LETTER, candidates, row

from webcam_digits.clarity import unclear
from webcam_digits.context import LogOdds, log_odds
from webcam_digits.regions import Origin

CLEAR, LESS_CLEAR = (8, 0.998, 0.001), (8, 0.985, 0.01)
DRAWINGS = ((110, 25, 40, 50), LETTER), ((110, 190, 40, 50), LETTER)
NUMBER = row(*[DIGIT] * 3, x=800)  # too far away to be anyone's company


def kept(*strokes, company=None, at_edge=False, origin=Origin.STROKE):
    """Whether the first of some strokes is clear enough, by its company or one that is made up."""
    regions, predictions = candidates(*strokes)
    regions = replace(regions, origins=(origin, *regions.origins[1:]))
    chosen = predictions.presence > 0.5
    judged = log_odds(regions, predictions, chosen)
    if company is not None:
        judged = LogOdds(np.full(len(regions), company), judged.digit - judged.company + company)
    return not unclear(regions, chosen, judged, predictions, np.full(len(regions), at_edge))[0]


def eight(looks, width=30):
    return (110, 100, width, 50), looks


def test_nothing_of_nothing():
    regions, predictions = candidates()
    none = np.zeros(0, bool)
    assert unclear(regions, none, LogOdds(np.zeros(0), np.zeros(0)), predictions, none).shape == (0,)


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


@pytest.mark.parametrize(("company", "expected"), [(1.0, False), (5.0, True)])
def test_a_piece_has_to_look_like_a_digit_or_to_stand_in_a_number(company, expected):
    hazy = (8, 0.94, 0.03)
    assert kept(eight(hazy), company=company, origin=Origin.PIECE) == expected
    assert kept(eight(hazy), company=company)
    assert kept(eight(LESS_CLEAR), company=company, origin=Origin.PIECE)
