"""The program as a user has it: the demo in its window, keys, closing, what is printed."""

import itertools
import json
import time
from contextlib import contextmanager
from dataclasses import replace

import cv2
import numpy as np
import pytest

import webcam_digits
from tests.helpers.program import in_window
from tests.helpers.screen import desktop, grab, wait_until
from webcam_digits.drawing.canvas import Canvas
from webcam_digits.drawing.debug_view import draw_inspection
from webcam_digits.drawing.overlay import annotate
from webcam_digits.drawing.panels import draw_digit_card, draw_help
from webcam_digits.drawing.status_bar import Status, area_above
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import Reporters
from webcam_digits.reading.reader import DigitReader
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources.opening import open_source
from webcam_digits.tracking.result import Result
from webcam_digits.types import Box
from webcam_digits.ui.selected_digit import select_digit
from webcam_digits.ui.viewport import View

pytestmark = pytest.mark.window

CLIP = next(iter(webcam_digits.__path__)) + "/demo.webm"
STATUS = Status(20, 4)
PLAIN, MIRRORED = (View((640, 480), (640, 480), mirrored=mirrored) for mirrored in (False, True))
CLOSE = 3.0  # grey levels: mean difference of a picture and a screenshot of it


@pytest.fixture(scope="module")
def display():
    with desktop() as name:
        yield name


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Picture and steady reading of each frame of the demo, until its second number."""
    recording = Recording(tmp_path_factory.mktemp("none"), 20, live=False)
    pipeline = Pipeline(DigitReader(), Reporters(), recording, Progress(None))
    with open_source(CLIP) as source:
        return [(frame.image, pipeline.process(frame).reading) for frame in itertools.islice(source, 94)]


def shows(program):
    """The picture in the window."""
    return grab(program.display, program.window)


def stands(program):
    before = shows(program)
    time.sleep(0.4)  # eight frames of the demo, of which no two are alike
    return np.array_equal(before, shows(program))


def wait_for_picture(program, expected):
    wait_until(lambda: alike(shows(program), expected))


def above_status(picture, card):
    """A picture with a card over all but its status line."""
    height = area_above(Canvas(picture), STATUS).height
    return np.concatenate([card(picture[:height]), picture[height:]])


def alike(shown, expected):
    """Whether a screenshot is of a picture, whatever its status line says."""
    height = area_above(Canvas(expected), STATUS).height
    shown = cv2.resize(shown, expected.shape[1::-1], interpolation=cv2.INTER_AREA)
    return cv2.absdiff(shown[:height], expected[:height]).mean() < CLOSE


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory):
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="module")
def paused(display, snapshots):
    """The program, paused soon after it has printed the first number."""
    with in_window(display, "--demo", "--snapshot-dir", snapshots) as program:
        program.wait_for("42")
        program.hit("space")
        wait_until(lambda: stands(program))
        before = shows(program)
        program.hit("period")  # a number is printed before its frame is due
        wait_until(lambda: not np.array_equal(before, shows(program)))
        yield program


@pytest.fixture(scope="module")
def standing(paused, frames):
    """The picture and the reading at which it is paused: those that look most like what is shown."""
    shown = shows(paused)
    assert shown.shape == (480, 640, 3)
    height = area_above(Canvas(shown), STATUS).height
    differences = [
        cv2.absdiff(shown[:height], annotate(image, reading, STATUS)[:height]).mean()
        for image, reading in frames
    ]
    return frames[int(np.argmin(differences))]


def test_the_number_stands_on_the_picture(paused, standing):
    image, reading = standing
    assert reading.text == "42"
    wait_for_picture(paused, annotate(image, reading, STATUS))
    # The plate is what makes the difference: without it, the screenshot is another picture there.
    plate = (annotate(image, reading) != image).any(axis=2)
    shown = shows(paused)
    assert cv2.absdiff(shown, annotate(image, reading))[plate].mean() < CLOSE
    assert cv2.absdiff(shown, image)[plate].mean() > 10 * CLOSE


def test_paused_the_picture_stands(paused, standing):
    assert stands(paused)
    assert paused.process.poll() is None


@pytest.mark.parametrize("key", ["d", "m", "h", "question"])
def test_keys_that_change_the_view_and_back(paused, standing, key):
    image, reading = standing
    plain = annotate(image, reading, STATUS)
    expected = {
        "d": lambda: draw_inspection(image, DigitReader().inspect(image), STATUS),
        "m": lambda: annotate(MIRRORED.image(image), MIRRORED.reading(reading), STATUS),
        "h": lambda: above_status(plain, draw_help),
        "question": lambda: above_status(plain, draw_help),
    }[key]()
    assert not alike(plain, expected)
    wait_for_picture(paused, plain)
    paused.hit(key)
    wait_for_picture(paused, expected)
    paused.hit(key)
    wait_for_picture(paused, plain)


@pytest.mark.parametrize("view", [PLAIN, MIRRORED])
def test_a_click_on_a_digit_shows_its_card(paused, standing, view):
    image, reading = standing
    plain = annotate(view.image(image), view.reading(reading), STATUS)
    digit = reading.lines[0].digits[1]
    inspection = DigitReader().inspect(image)
    result = Result(image, Box(0, 0, 640, 480), inspection, reading, None)
    selected = select_digit(result, (digit.box.x + digit.box.width // 2, digit.box.y + digit.box.height // 2))
    card = above_status(plain, lambda picture: draw_digit_card(picture, selected.card(result, view)))
    assert not alike(plain, card)
    shown = view.box(digit.box)
    with switched(paused, view):
        wait_for_picture(paused, plain)
        paused.click((shown.x + shown.width // 2, shown.y + shown.height // 2))
        wait_for_picture(paused, card)
        paused.click((320, 400))
        wait_for_picture(paused, plain)


@pytest.mark.parametrize("view", [PLAIN, MIRRORED])
def test_a_drag_sets_the_region_and_a_key_clears_it(paused, standing, view):
    image, reading = standing
    plain = annotate(view.image(image), view.reading(reading), STATUS)
    region = Box(50, 180, 401, 121)
    shown = view.box(region)
    with switched(paused, view):
        paused.drag((shown.right - 1, shown.y), (shown.x, shown.bottom - 1))
        expected = annotate(view.image(image), view.reading(reading), STATUS, region=shown)
        assert not alike(plain, expected)
        wait_for_picture(paused, expected)
        paused.hit("c")
        wait_for_picture(paused, plain)


def test_numbers_outside_of_a_dragged_region_vanish_at_once(paused, standing):
    """Also while paused, when nothing is read."""
    image, reading = standing
    plain = annotate(image, reading, STATUS)
    region = Box(520, 300, 101, 141)
    paused.drag((region.x, region.y), (region.right - 1, region.bottom - 1))
    wait_for_picture(paused, annotate(image, replace(reading, lines=()), STATUS, region=region))
    paused.hit("c")
    wait_for_picture(paused, plain)


@contextmanager
def switched(program, view):
    """The program shows pictures in this way."""
    if view.mirrored:
        program.hit("m")
    yield
    if view.mirrored:
        program.hit("m")


@pytest.mark.slow
def test_only_the_region_that_was_dragged_is_read(display):
    with in_window(display, "--demo") as program:
        program.wait_for("42")
        program.hit("space")
        wait_until(lambda: stands(program))
        program.drag((520, 300), (620, 440))  # nothing is written there
        before = program.lines + program.waiting()
        program.hit("space")
        time.sleep(5)  # in which the demo shows the next number
        program.hit("q")
        code, lines, errors = program.ending()
    assert (code, lines) == (0, before)
    assert "--roi 520,300,101x141" in errors


def test_the_window_keeps_the_proportions(paused, standing):
    image, reading = standing
    paused.do("wmctrl", "-i", "-r", paused.window, "-e", "0,0,0,900,400")
    wait_until(lambda: shows(paused).shape == (400, 900, 3))
    seen = View((640, 480), (533, 400))
    expected = annotate(seen.image(image), seen.reading(reading), STATUS)
    wait_until(lambda: alike(shows(paused)[:, 183:716], expected))
    assert not shows(paused)[:, [5, 895]].any()
    paused.do("wmctrl", "-i", "-r", paused.window, "-e", "0,0,0,640,480")
    wait_for_picture(paused, annotate(image, reading, STATUS))


def test_the_snapshot_key(paused, standing, snapshots):
    paused.hit("s")
    path = snapshots / "webcam-digits-001.png"
    wait_until(lambda: path.exists() and saved(path) is not None)
    assert np.array_equal(saved(path), annotate(*standing))


def saved(path):
    return cv2.imread(str(path))


@pytest.mark.slow
def test_going_on_and_quitting(display):
    with in_window(display, "--demo") as program:
        program.wait_for("42")
        program.hit("space")
        wait_until(lambda: stands(program))
        program.hit("space")
        wait_until(lambda: not stands(program))
        program.wait_for("2026")
        program.hit("q")
        assert program.ending() == (0, ["42", "2026"], "")


def test_closing_by_the_x(display):
    with in_window(display, "--demo", "--json") as program:
        program.next_line()
        program.close()
        code, lines, errors = program.ending()
    events = [json.loads(line) for line in lines]
    assert (code, errors) == (0, "")
    assert [(event["event"], event["text"]) for event in events] == [("appear", "42"), ("end", "42")]


def test_closing_by_the_x_while_paused(paused):
    """The last to use this window."""
    paused.close()
    code, lines, errors = paused.ending()
    assert (code, lines) == (0, ["42"])
    assert "Traceback" not in errors


def test_full_screen_from_the_start(display, frames):
    with in_window(display, "--demo", "--fullscreen") as program:
        program.wait_for("42")
        program.hit("space")
        wait_until(lambda: grab(display)[25:775].any(axis=2).mean() > 0.99)
        wait_until(lambda: stands(program))
        shown = cv2.resize(grab(display)[25:775], (640, 480), interpolation=cv2.INTER_AREA)  # 1000 x 800, 4:3
        assert min(cv2.absdiff(shown[:450], annotate(*frame)[:450]).mean() for frame in frames) < 2 * CLOSE
        program.hit("q")
        assert program.ending() == (0, ["42"], "")
