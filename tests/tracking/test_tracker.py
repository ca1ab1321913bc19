from dataclasses import replace

import numpy as np
import pytest

from webcam_digits.reading.layout import arrange
from webcam_digits.sources.source import Frame
from webcam_digits.tracking.motion import Motion, make_thumbnail
from webcam_digits.tracking.tracker import MOST_DIGITS, MOST_NUMBERS, Tracker
from webcam_digits.train.handwriting.pen import Hand, on_paper, write
from webcam_digits.types import Box, Digit, Line, Reading

FPS = 20


def line(text, x=100, y=100):
    digits = [
        Digit(int(label), 0.9, Box(x + 40 * i, y, 30, 50), np.zeros(11, np.float32))
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

    def play(self, seconds, *lines, **more):
        for _ in range(round(seconds * FPS)):
            update = self.tracker._follow(reading(*lines), frame=self.frame, time=self.frame / FPS, **more)
            self.events += update.events
            self.lines = update.reading.lines
            self.shown = [shown.text for shown in self.lines]
            self.frame += 1
        return self

    def emitted(self):
        return [(event.kind, event.line.text) for event in self.events]


@pytest.fixture
def film():
    return Film()


def test_nothing_is_emitted_of_nothing(film):
    film.play(2)
    assert film.emitted() == []
    assert film.tracker.finish() == ()


def test_a_number_is_emitted_once(film):
    film.play(5, line("42"))
    assert film.emitted() == [("appear", "42")]
    assert film.shown == ["42"]
    assert 0.3 <= film.events[0].time <= 0.5


def test_a_flash_is_not_emitted(film):
    film.play(0.2, line("42")).play(3)
    assert film.emitted() == []


def test_what_is_half_written_is_not_emitted(film):
    for text in ("2", "20", "202"):
        film.play(0.25, line(text))
    film.play(2, line("2026"))
    assert film.emitted() == [("appear", "2026")]


def test_a_flicker_neither_ends_nor_changes_a_number(film):
    film.play(1, line("1859"))
    for _ in range(10):
        film.play(0.05, line("1357")).play(0.25, line("1859")).play(0.1)
    assert film.emitted() == [("appear", "1859")]
    assert film.shown == ["1859"]


def test_a_flicker_does_not_keep_a_number_from_being_emitted(film):
    for _ in range(4):
        film.play(0.05, line("7")).play(0.35, line("1"))
    assert film.emitted() == [("appear", "1")]


def test_a_lasting_change_is_emitted(film):
    film.play(1, line("18")).play(1, line("1859"))
    assert film.emitted() == [("appear", "18"), ("change", "1859")]
    assert film.events[0].id == film.events[1].id


def test_what_is_read_otherwise_is_no_longer_shown(film):
    film.play(1, line("2026")).play(0.2, line("3137"))
    assert film.shown == ["2026"]
    film.play(0.2, line("3137"))
    assert film.shown == []


def test_a_space_that_comes_and_goes_is_no_change(film):
    film.play(1, line("12 34"))
    film.play(1, line("1234")).play(1, line("12 34"))
    assert film.emitted() == [("appear", "12 34")]
    assert film.shown == ["12 34"]


def test_a_number_away_for_a_while_is_not_emitted_again(film):
    film.play(1, line("42")).play(1.5)
    assert film.shown == []
    film.play(1, line("42", x=300, y=20))
    assert film.emitted() == [("appear", "42")]
    assert film.shown == ["42"]


def test_the_order_of_the_reading_is_kept(film):
    lines = line("18", x=20, y=105), line("26", x=400, y=100)
    film.play(1, *lines)
    assert film.emitted() == [("appear", "18"), ("appear", "26")]
    assert film.shown == ["18", "26"]


def test_more_numbers_than_are_followed_are_warned_of(film, caplog):
    film.play(0.6, *(line("7", x=50 * (i % 30), y=60 * (i // 30)) for i in range(MOST_NUMBERS + 5)))
    assert len(film.events) == MOST_NUMBERS
    assert "not followed" in caplog.text


def test_a_number_away_for_two_seconds_has_ended_and_is_emitted_again(film):
    film.play(1, line("42")).play(2.5).play(1, line("42"))
    assert film.emitted() == [("appear", "42"), ("end", "42"), ("appear", "42")]
    ended = film.events[1]
    assert ended.start == film.events[0].time
    assert ended.time == pytest.approx(0.95)
    assert film.events[2].id != film.events[0].id


def test_another_number_in_the_same_place_after_a_gap_is_a_new_one(film):
    film.play(1, line("42")).play(1).play(1, line("77"))
    assert film.emitted()[:2] == [("appear", "42"), ("appear", "77")]


def test_a_number_that_moves_stays_the_same(film):
    for step in range(40):
        film.play(0.05, line("2026", x=20 + 10 * step, y=50 + 4 * step))
    assert film.emitted() == [("appear", "2026")]
    (shown,) = film.tracker._follow(
        reading(line("2026", x=420, y=210)), frame=film.frame, time=film.frame / FPS
    ).reading.lines
    assert shown.box.x == 420


def test_equal_numbers_are_distinguished(film):
    film.play(1, line("11", y=50), line("11", y=200))
    assert film.emitted() == [("appear", "11"), ("appear", "11")]
    assert [event.id for event in film.events] == [1, 2]


def test_digits_keep_their_tracks(film):
    film.play(1, line("12"))
    before = [digit.track for digit in film.events[0].line.digits]
    update = film.tracker._follow(reading(line("12", x=105)), frame=film.frame, time=film.frame / FPS)
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
        film.tracker._follow(reading(line("42")), frame=film.frame, time=time)
    film.play(1, line("42"))
    assert film.emitted() == [("appear", "42")]


def test_a_number_that_is_missed_now_and_then_takes_longer(film):
    while not film.events and film.frame < 5 * FPS:
        film.play(0.15, line("42")).play(0.05)
    assert film.emitted() == [("appear", "42")]
    assert 0.5 < film.events[0].time <= 1.0


def test_what_comes_and_goes_as_often_as_not_is_not_emitted(film):
    for _ in range(30):
        film.play(0.1, line("42"), line("1", y=300)).play(0.1, line("42"))
    assert film.emitted() == [("appear", "42")]


def test_a_number_is_not_emitted_without_a_digit_that_is_seen_now_and_then(film):
    for _ in range(20):
        film.play(0.05, line("2026")).play(0.1, line("202"))
    assert film.emitted() == []


def test_a_box_that_is_cut_off_or_joined_for_a_while_stays_whole(film):
    whole, (x, y, width, height) = line("42"), line("42").digits[1].box
    for box in (Box(x, y + 20, width, height - 20), Box(x - 20, y, width + 20, height)):
        film.play(1, whole)
        wrong = replace(whole, digits=(whole.digits[0], replace(whole.digits[1], box=box)))
        film.play(0.5, wrong)
        assert film.lines[0].digits[1].box == whole.digits[1].box
        assert film.lines[0].digits[0].box == whole.digits[0].box
    film.play(2, wrong)
    assert film.lines[0].digits[1].box == box


def test_a_digit_read_wrongly_beside_another_does_not_take_its_box(film):
    film.play(1, line("42"))
    x, y, width, height = line("42").digits[0].box
    stray = replace(line("1").digits[0], box=Box(x - 8, y + 24, 8, height))
    made = line("42")
    film.play(0.1, replace(made, digits=(stray, made.digits[1])))
    assert film.lines[0].digits[0].box == Box(x, y, width, height)


def test_what_has_left_the_picture_is_not_shown(film):
    film.play(1, line("42"), line("77", x=500)).play(0.05, motion=shift(200))
    assert film.shown == ["42"]


def test_slow_frames_need_several_readings(film):
    times = [0.0, 1.0, 2.0, 3.0]
    emitted = [
        film.tracker._follow(reading(line("42")), frame=i, time=time).events for i, time in enumerate(times)
    ]
    assert [len(events) for events in emitted] == [0, 0, 1, 0]


def shift(x, y=0.0):
    return Motion(np.array([[1.0, 0.0, x], [0.0, 1.0, y]]))


def doubtful(text, other, x=100):
    """A line whose digits are as good as undecided between two labels."""
    made = line(text, x)
    digits = []
    for digit, label in zip(made.digits, other, strict=True):
        probabilities = np.full(11, 0.01, np.float32)
        probabilities[[int(digit.digit), int(label)]] = 0.5, 0.4
        digits.append(replace(digit, confidence=0.5, probabilities=probabilities))
    return replace(made, digits=tuple(digits))


def sure(text):
    made = line(text)
    digits = []
    for digit in made.digits:
        probabilities = np.full(11, 0.001, np.float32)
        probabilities[int(digit.digit)] = 0.99
        digits.append(replace(digit, confidence=0.99, probabilities=probabilities))
    return replace(made, digits=tuple(digits))


def test_sure_readings_outvote_doubtful_ones(film):
    for _ in range(10):
        film.play(0.05, sure("7")).play(0.1, doubtful("1", "7"))
    assert film.emitted() == [("appear", "7")]


def test_each_digit_is_voted_on_by_itself(film):
    """No two readings in a row are the same, and hardly one is right."""
    for wrong in (0, 2, 1, 3, 0, 1, 3, 2):
        text = list("1859")
        text[wrong] = "7"
        film.play(0.05, line("".join(text))).play(0.05, line("1859"))
    assert film.emitted() == [("appear", "1859")]


def test_what_is_seen_now_and_then_is_not_emitted(film):
    for _ in range(20):
        film.play(0.05, line("42"), line("1", y=300)).play(0.15, line("42"))
    assert film.emitted() == [("appear", "42")]


def test_a_hand_over_half_of_a_number_changes_nothing(film):
    film.play(1, line("2026")).play(1.8, line("20"))
    assert film.shown == ["2026"]
    film.play(1, line("2026"))
    assert film.emitted() == [("appear", "2026")]


def test_digits_that_are_gone_for_good_are_emitted(film):
    film.play(1, line("2026")).play(4, line("20"))
    assert film.emitted() == [("appear", "2026"), ("change", "20")]


def test_what_is_hidden_moves_along_with_the_picture(film):
    film.play(1, line("2026")).play(0.05, line("20", x=110), motion=shift(10)).play(0.5, line("20", x=110))
    assert film.lines[0].digits[3].box == Box(230, 100, 30, 50)


def test_a_row_that_is_read_as_two_stays_one(film):
    film.play(1, line("12 34"))
    for _ in range(10):
        film.play(0.1, line("12"), line("34", x=220)).play(0.1, line("12 34"))
    assert film.emitted() == [("appear", "12 34")]
    assert film.shown == ["12 34"]


def test_two_rows_that_are_read_as_one_stay_two(film):
    rows = line("12"), line("34", x=300)
    film.play(1, *rows)
    tracks = [digit.track for shown in film.lines for digit in shown.digits]
    film.play(1, line("12   34"))
    assert film.shown == ["12", "34"]
    assert [digit.track for shown in film.lines for digit in shown.digits] == tracks


def test_a_jump_is_followed_by_the_text_and_one_by_a_digit_is_no_new_text(film):
    film.play(1, line("1859")).play(1, line("1859", x=140)).play(1, line("1859", x=60))
    assert film.emitted() == [("appear", "1859")]
    assert len({digit.track for digit in film.lines[0].digits}) == 4


def test_motion_is_taken_out_before_digits_are_paired(film):
    film.play(1, line("11 77"))
    tracks = [digit.track for digit in film.lines[0].digits]
    for step in range(1, 6):
        film.play(0.05, line("11 71" if step % 2 else "11 77", x=100 + 40 * step), motion=shift(40))
        assert [digit.track for digit in film.lines[0].digits] == tracks
    assert film.emitted() == [("appear", "11 77")]


def test_blurred_frames_do_not_vote(film):
    film.play(2, line("42"), blurred=True)
    assert film.emitted() == []
    film.play(1, line("42")).play(2, line("47"), blurred=True)
    assert film.emitted() == [("appear", "42")]


def test_what_is_lost_is_not_shown_and_comes_back_by_its_text(film):
    film.play(1, line("2026"), line("77", y=300)).play(0.05, motion=Motion(np.eye(2, 3), lost=True))
    assert film.shown == []
    film.play(0.05, line("2026", x=300), line("17", y=300))
    assert film.shown == ["2026"]
    film.play(1, line("2026", x=300), line("17", y=300))
    assert film.emitted() == [("appear", "2026"), ("appear", "77"), ("appear", "17")]


def test_part_of_a_number_that_came_back_is_not_emitted_beside_it(film):
    film.play(1, line("90")).play(0.1, line("9"), motion=replace(shift(0), lost=True))
    for _ in range(10):
        film.play(0.05, line("90")).play(0.1, line("9"))
    assert film.emitted() == [("appear", "90")]
    assert film.shown == ["90"]


def test_numbers_keep_their_order_while_one_of_them_is_missed(film):
    above, below = line("42"), line("77", y=300)
    film.play(1, above, below)
    for missed in (above, below):
        film.play(0.1, missed)
        assert film.shown == ["42", "77"]
    film.play(1, above, line("18", y=200), below)
    assert film.shown == ["42", "18", "77"]


def test_boxes_do_not_tremble(film):
    rng = np.random.default_rng(0)
    places = set()
    film.play(1, line("42"))
    for _ in range(60):
        made = line("42")
        digits = tuple(
            replace(digit, box=Box(*(np.array(digit.box) + rng.integers(-1, 2, 4)).tolist()))
            for digit in made.digits
        )
        film.play(0.05, replace(made, digits=digits))
        places.add(film.lines[0].digits[0].box)
    assert max(abs(place.x - 100) for place in places) <= 1
    assert len(places) <= 5


def written(text):
    """The small picture of a page, and the line that is read on it."""
    rng = np.random.default_rng(5)
    writing = write(text, height=60, rng=rng, at=(100, 100))
    image = on_paper(writing.ink((480, 640)), rng=rng)
    digits = [
        Digit(int(label), 0.9, box, np.zeros(11, np.float32))
        for label, box in zip(text, writing.boxes, strict=True)
    ]
    return image, arrange(digits)[0]


def test_what_is_not_read_but_looks_the_same_is_still_there(film):
    image, page = written("1859")
    partly = replace(page, digits=page.digits[:2], text="18")
    film.play(1, page, thumbnail=make_thumbnail(image)).play(5, partly, thumbnail=make_thumbnail(image))
    film.play(5, thumbnail=make_thumbnail(image))
    assert film.emitted() == [("appear", "1859")]
    assert film.shown == ["1859"]


def test_the_same_ink_is_the_same_digit_though_it_is_read_otherwise_for_a_while(film):
    image, page = written("1859")
    other = replace(page, digits=(replace(page.digits[0], digit=7), *page.digits[1:]), text="7859")
    film.play(3, page, thumbnail=make_thumbnail(image)).play(2, other, thumbnail=make_thumbnail(image))
    assert film.emitted() == [("appear", "1859")]
    film.play(6, other, thumbnail=make_thumbnail(image))
    assert film.emitted()[1:] == [("change", "7859")]


def test_what_was_written_over_is_another_digit_at_once(film):
    image, page = written("1859")
    other = replace(page, digits=(replace(page.digits[0], digit=7), *page.digits[1:]), text="7859")
    x, y, width, _ = page.digits[0].box
    image_now = image.copy()
    image_now[y : y + 20, x - 20 : x + width] = 40
    film.play(3, page, thumbnail=make_thumbnail(image)).play(1.2, other, thumbnail=make_thumbnail(image_now))
    assert film.emitted() == [("appear", "1859"), ("change", "7859")]


def test_a_sheet_that_is_gone_is_no_longer_shown(film):
    image, page = written("1859")
    blank = np.full_like(image, 200)
    film.play(1, page, thumbnail=make_thumbnail(image)).play(0.5, thumbnail=make_thumbnail(blank))
    assert film.shown == []


def test_more_digits_than_are_followed_are_warned_of(film, caplog):
    film.play(0.05, *(line("7" * 100, y=60 * i) for i in range(MOST_DIGITS // 100 + 1)))
    assert "not followed" in caplog.text
    assert film.tracker.is_steady is False


def test_a_number_is_emitted_once_it_is_as_sure_as_asked(film):
    for _ in range(5):  # each reading is, but they do not agree
        film.play(4 / FPS, line("42"), min_confidence=0.6).play(1 / FPS, line("92"), min_confidence=0.6)
    assert film.emitted() == []
    film.play(1, line("42"), min_confidence=0.6)
    film.play(1 / FPS, line("92"), min_confidence=0.6)
    assert film.emitted() == [("appear", "42")]
    assert all(digit.confidence >= 0.6 for shown in film.lines for digit in shown.digits)


@pytest.mark.parametrize(("min_confidence", "shown"), [(0.5, ["42"]), (0.95, [])])
def test_what_is_not_as_sure_as_asked_later_vanishes_though_it_looks_as_it_did(film, min_confidence, shown):
    rng = np.random.default_rng(4)
    page = on_paper(write("42", height=50, rng=rng, at=(100, 100)).ink((480, 640)), rng=rng)
    film.play(1, line("42"), thumbnail=make_thumbnail(page))
    film.play(3, thumbnail=make_thumbnail(page), min_confidence=min_confidence)
    assert film.shown == shown


def test_numbers_outside_of_a_region_end_at_once_and_those_inside_stay(film):
    film.play(1, line("42"), line("77", y=300)).play(1, line("42"))  # the second is no longer shown
    film.events = list(film.tracker.restrict(Box(0, 50, 640, 200)))
    assert film.emitted() == [("end", "77")]
    film.play(1, line("42"))
    assert (film.shown, film.emitted()) == (["42"], [("end", "77")])


def test_a_number_that_a_region_cuts_changes_at_once(film):
    film.play(1, line("1859"))
    film.events = list(film.tracker.restrict(Box(135, 0, 110, 480)))
    assert film.emitted() == [("change", "85")]
    film.play(1 / FPS, line("85", x=140))
    assert film.shown == ["85"]
    film.play(3, line("85", x=140))
    assert film.emitted() == [("change", "85")]
    assert [event.line.text for event in film.tracker.finish()] == ["85"]


def test_what_was_not_emitted_yet_is_forgotten_outside_of_a_region(film):
    film.play(0.2, line("42"))
    assert film.tracker.restrict(Box(0, 300, 100, 100)) == ()
    assert film.tracker.boxes == ()


def test_boxes_end_at_the_edge_of_the_picture(film):
    film.play(1, line("1859", x=10))
    for step in range(1, 20):
        film.play(1 / FPS, line("1859", x=10 - 8 * step))
    film.play(3)
    (shown,) = (event.line for event in film.events if event.kind == "end")
    assert shown.text == "1859"
    assert [digit.digit for digit in shown.digits] == [9]
    assert shown.box == shown.digits[0].box
    assert (shown.box.x, shown.box.right) == (0, pytest.approx(8, abs=3))


def test_what_lies_outside_of_the_picture_is_not_shown(film):
    film.play(1, line("42", x=10))
    film.play(1 / FPS, motion=Motion(np.array([[1.0, 0, -200], [0, 1, 0]])))
    assert film.shown == []


def test_a_digit_that_is_being_drawn_is_emitted_once_it_no_longer_grows(film):
    for height in range(10, 60, 2):  # for 1.25 s; all the while it is read as a 1
        digit = Digit(1, 0.9, Box(100, 100, 8, height), np.zeros(11, np.float32))
        film.play(1 / FPS, *arrange([digit]))
    assert film.emitted() == []
    film.play(0.5, *arrange([digit]))
    assert film.emitted() == []
    film.play(0.5, *arrange([digit]))
    assert film.emitted() == [("appear", "1")]


def test_digits_that_are_written_one_after_the_other_are_emitted_together():
    writing = write("314", height=90, rng=np.random.default_rng(1), at=(60, 60), hand=Hand(pause=0.1))
    ends = [max(s.times[-1] for s in writing.strokes if s.place == place) for place in range(3)]
    tracker, events = Tracker(), []
    for index in range(round((ends[-1] + 2) * FPS)):
        time = index / FPS
        image = on_paper(writing.ink((240, 420), until=time), rng=np.random.default_rng(2))
        boxes = writing.boxes[: sum(time >= end for end in ends)]
        digits = [
            Digit(int(label), 0.9, box, np.zeros(11, np.float32))
            for label, box in zip("314", boxes, strict=False)
        ]
        seen = Reading(arrange(digits), 420, 240)
        events += tracker.update(seen, Frame(image, index, time)).events
    assert [event.line.text for event in events] == ["314"]
    assert ends[-1] < events[0].time <= ends[-1] + 1
