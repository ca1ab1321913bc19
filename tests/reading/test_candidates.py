import pytest

from tests.helpers.candidates import Found, inspection_of
from webcam_digits.reading.candidates import NONE, candidates_of
from webcam_digits.reading.reader import Verdict
from webcam_digits.types import Box


def at(x, y=20, **more):
    return Found(Box(x, y, 10, 20), **more)


def test_what_was_read_comes_first_in_reading_order_then_the_rest_the_surest_first():
    found = (
        at(60, confidence=0.2, verdict=Verdict.UNLIKELY),
        at(30, y=80),
        at(80, confidence=0.6, verdict=Verdict.ROW_UNLIKELY),
        at(40, confidence=0.5),
        at(20, confidence=0.9),
        at(1, confidence=0.99, verdict=Verdict.CUT_OFF),
    )
    candidates = candidates_of(inspection_of(*found))
    assert [candidate.number for candidate in candidates] == [1, 2, 3, 4, 5, 6]
    assert [candidate.box for candidate in candidates] == [found[i].box for i in (4, 3, 1, 5, 2, 0)]
    assert [candidate.read for candidate in candidates] == [True] * 3 + [False] * 3
    assert [one.verdict for one in candidates[3:]] == [
        Verdict.CUT_OFF,
        Verdict.ROW_UNLIKELY,
        Verdict.UNLIKELY,
    ]


def test_each_says_what_both_networks_saw_in_the_same_place():
    inspection = inspection_of(
        at(40, digit=4, seen=0.7, opinion=(9, 0.6), confidence=0.5, level=44),
        at(20, digit=2, seen=0.8, opinion=(10, 0.9), confidence=0.6, level=22),
    )
    first, second = candidates_of(inspection)
    assert (first.seen, first.opinion) == (("2", pytest.approx(0.8)), (NONE, pytest.approx(0.9)))
    assert (second.seen, second.opinion) == (("4", pytest.approx(0.7)), ("9", pytest.approx(0.6)))
    assert (first.together, second.together) == (("2", 0.6), ("4", 0.5))
    assert (first.glyph == 22).all()
    assert (second.glyph == 44).all()
    assert first.ink is inspection.inks[1]


def test_where_nothing_was_found_there_are_none():
    assert candidates_of(inspection_of()) == []
