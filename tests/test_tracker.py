import numpy as np
import pytest

from webcam_digits.layout import arrange
from webcam_digits.reading import Box, Digit, Line, Reading
from webcam_digits.tracker import MOST_ROWS, Tracker

FPS = 20


def line(text, x=100, y=100):
    digits = [
        Digit(label, 0.9, Box(x + 40 * i, y, 30, 50), np.zeros(11, np.float32))
        for i, label in enumerate(text)
        if label != " "
    ]
    (made,) = arrange(digits)
    return made


def reading(*lines: Line):
    return Reading(tuple(lines), 640, 480)


class Film:
    """A tracker fed frame by frame."""

    def __init__(self):
        self.tracker, self.frame, self.events, self.shown = Tracker(), 0, [], []

    def play(self, seconds, *lines):
        for _ in range(round(seconds * FPS)):
            update = self.tracker.update(reading(*lines), frame=self.frame, time=self.frame / FPS)
            self.events += update.events
            self.shown = [shown.text for shown in update.reading.lines]
            self.frame += 1
        return self

    def told(self):
        return [(event.kind, event.line.text) for event in self.events]


@pytest.fixture
def film():
    return Film()


def test_nothing_is_told_of_nothing(film):
    film.play(2)
    assert film.told() == []
    assert film.tracker.finish() == ()


def test_a_number_is_told_once(film):
    film.play(5, line("42"))
    assert film.told() == [("appear", "42")]
    assert film.shown == ["42"]
    assert 0.3 <= film.events[0].time <= 0.5


def test_a_flash_is_not_told(film):
    film.play(0.2, line("42")).play(3)
    assert film.told() == []


def test_what_is_half_written_is_not_told(film):
    for text in ("2", "20", "202"):
        film.play(0.25, line(text))
    film.play(2, line("2026"))
    assert film.told() == [("appear", "2026")]


def test_a_flicker_neither_ends_nor_changes_a_number(film):
    film.play(1, line("1859"))
    for _ in range(10):
        film.play(0.05, line("1357")).play(0.25, line("1859")).play(0.1)
    assert film.told() == [("appear", "1859")]
    assert film.shown == ["1859"]


def test_a_flicker_does_not_keep_a_number_from_being_told(film):
    for _ in range(4):
        film.play(0.05, line("7")).play(0.35, line("1"))
    assert film.told() == [("appear", "1")]


def test_a_lasting_change_is_told(film):
    film.play(1, line("18")).play(1, line("1859"))
    assert film.told() == [("appear", "18"), ("change", "1859")]
    assert film.events[0].number == film.events[1].number


def test_what_is_read_otherwise_is_no_longer_shown(film):
    film.play(1, line("2026")).play(0.1, line("202"))
    assert film.shown == ["2026"]
    film.play(0.15, line("20"))
    assert film.shown == []


def test_a_space_that_comes_and_goes_is_no_change(film):
    film.play(1, line("12 34"))
    film.play(1, line("1234")).play(1, line("12 34"))
    assert film.told() == [("appear", "12 34")]
    assert film.shown == ["12 34"]


def test_a_number_away_for_a_while_is_not_told_again(film):
    film.play(1, line("42")).play(1.5)
    assert film.shown == []
    film.play(1, line("42", x=300, y=20))
    assert film.told() == [("appear", "42")]
    assert film.shown == ["42"]


def test_the_order_of_the_reading_is_kept(film):
    lines = line("18", x=20, y=105), line("26", x=400, y=100)
    film.play(1, *lines)
    assert film.told() == [("appear", "18"), ("appear", "26")]
    assert film.shown == ["18", "26"]


def test_more_numbers_than_are_followed_are_told_of(film, caplog):
    film.play(0.6, *(line("7", x=50 * (i % 30), y=60 * (i // 30)) for i in range(MOST_ROWS + 5)))
    assert len(film.events) == MOST_ROWS
    assert "not followed" in caplog.text


def test_a_number_away_for_two_seconds_has_ended_and_is_told_again(film):
    film.play(1, line("42")).play(2.5).play(1, line("42"))
    assert film.told() == [("appear", "42"), ("end", "42"), ("appear", "42")]
    ended = film.events[1]
    assert ended.start == film.events[0].time
    assert ended.time == pytest.approx(0.95)
    assert film.events[2].number != film.events[0].number


def test_another_number_in_the_same_place_after_a_gap_is_a_new_one(film):
    film.play(1, line("42")).play(1).play(1, line("77"))
    assert film.told()[:2] == [("appear", "42"), ("appear", "77")]


def test_a_number_that_moves_stays_the_same(film):
    for step in range(40):
        film.play(0.05, line("2026", x=20 + 10 * step, y=50 + 4 * step))
    assert film.told() == [("appear", "2026")]
    (shown,) = film.tracker.update(
        reading(line("2026", x=420, y=210)), frame=film.frame, time=film.frame / FPS
    ).reading.lines
    assert shown.box.x == 420


def test_equal_numbers_are_told_apart(film):
    film.play(1, line("11", y=50), line("11", y=200))
    assert film.told() == [("appear", "11"), ("appear", "11")]
    assert [event.number for event in film.events] == [1, 2]


def test_digits_keep_their_tracks(film):
    film.play(1, line("12"))
    before = [digit.track for digit in film.events[0].line.digits]
    update = film.tracker.update(reading(line("12", x=105)), frame=film.frame, time=film.frame / FPS)
    assert [digit.track for digit in update.reading.lines[0].digits] == before
    assert len(set(before)) == 2


def test_finish_ends_what_is_there(film):
    film.play(1, line("42"))
    (event,) = film.tracker.finish()
    assert (event.kind, event.line.text, event.start) == ("end", "42", film.events[0].time)
    assert film.tracker.finish() == ()


def test_a_clock_that_runs_backwards_does_no_harm(film):
    film.play(1, line("42"))
    for time in (0.5, 0.0, 0.1):
        film.tracker.update(reading(line("42")), frame=film.frame, time=time)
    film.play(1, line("42"))
    assert film.told() == [("appear", "42")]


def test_slow_frames_need_several_readings(film):
    times = [0.0, 1.0, 2.0, 3.0]
    told = [
        film.tracker.update(reading(line("42")), frame=i, time=time).events for i, time in enumerate(times)
    ]
    assert [len(events) for events in told] == [0, 0, 1, 0]
