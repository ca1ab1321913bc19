"""The bench of readings over time: its clips' truth, and how it judges."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.helpers.clips import line
from webcam_digits.tracking.tracker import Event
from webcam_digits.types import Box

live = pytest.importorskip("live")


def printed(text, time):
    return Event("appear", 1, time, round(30 * time), line(text))


def clip(texts, events=()):
    """Moments of a still sheet with "42" on it, on which `texts` is shown from frame to frame."""
    marks = tuple(live.Mark(str(digit.digit), digit.box, 0) for digit in line("42").digits)
    for index, text in enumerate(texts):
        time = index / 30
        shown = (line(text),) if text else ()
        here = tuple(event for event in events if round(30 * event.time) == index)
        yield live.Moment(time, marks, frozenset({0}), shown, here)


def test_a_number_that_is_reported_in_time_and_stays_is_perfect():
    score = live.judge(["42"], clip([""] * 12 + ["42"] * 48, [printed("42", 0.4)]))
    assert (score.numbers, score.once, score.wrong, score.again, score.flicker) == (1, 1, 0, 0, 0)
    assert (score.delays, score.frames, score.good) == ([0.4], 48, 48)


def test_what_is_reported_wrong_twice_or_late_shows():
    events = [printed("47", 0.4), printed("42", 1.0), printed("42", 1.5)]
    score = live.judge(["42"], clip([""] * 30 + ["42"] * 30, events))
    assert (score.once, score.wrong, score.again, score.delays) == (0, 1, 1, [1.0])
    assert score.good < score.frames


def test_text_that_comes_and_goes_is_flicker_but_not_where_nothing_can_be_read():
    texts = ["42"] * 20 + [""] * 3 + ["42"] * 20 + ["4 2"] + ["42"] * 5
    assert live.judge(["42"], clip(texts)).flicker == 4
    covered = [
        replace(moment, readable=frozenset() if 18 <= index < 25 else moment.readable)
        for index, moment in enumerate(clip(["42"] * 20 + [""] * 3 + ["42"] * 20))
    ]
    assert live.judge(["42"], covered).flicker == 0


def test_a_box_beside_its_digit_and_a_reading_without_a_sheet_show():
    moments = list(clip(["42"] * 30))
    beside = [replace(moment, shown=(line("42", x=14),)) for moment in moments]
    assert live.judge(["42"], beside).good == 0
    gone = [replace(moment, marks=(), readable=frozenset()) for moment in moments]
    assert live.judge(["42"], gone).ghosts == 30


def test_boxes_outside_of_the_picture_are_not_judged():
    outside = replace(
        line("42"),
        digits=tuple(replace(digit, box=digit.box._replace(x=700)) for digit in line("42").digits),
    )
    moments = [replace(moment, readable=frozenset(), shown=(outside,)) for moment in clip(["42"] * 10)]
    assert live.judge(["42"], moments).good == 10


def test_a_switch_is_a_digit_with_another_track():
    def tracked(first, second):
        digits = zip(line("42").digits, (first, second), strict=True)
        return replace(line("42"), digits=tuple(replace(digit, track=track) for digit, track in digits))

    moments = [
        replace(moment, shown=(tracked(1, 2 if index < 5 else 3),))
        for index, moment in enumerate(clip(["42"] * 10))
    ]
    assert live.judge(["42"], moments).switches == 1
    leaving = [
        replace(moment, marks=moment.marks[1:], readable=frozenset())
        for moment in itertools.islice(moments, 5)
    ]
    assert live.judge(["42"], moments[:5] + leaving).switches == 0


def test_a_clip_is_the_same_each_time_and_its_boxes_are_where_the_ink_is():
    first, again = (list(itertools.islice(live.render("brought", 3), 60, 62)) for _ in range(2))
    assert all((one.image == other.image).all() for one, other in zip(first, again, strict=True))
    assert "".join(mark.text for mark in first[0].marks if mark.row == 0) == live.numbers("brought", 3)[
        0
    ].replace(" ", "")
    assert first[0].readable
    for mark in first[0].marks:
        x, y, width, height = mark.box
        grey = first[0].image.mean(axis=2)
        inside = grey[y : y + height, x : x + width]
        assert inside.min() < np.median(grey[y - 4 : y + height + 4, x - 4 : x + width + 4]) - 25
        assert Box(0, 0, 640, 480).intersection_area(mark.box) == width * height
