"""The program as a person has it: the demo in its window, keys, closing, what was told."""

import json
import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import cv2
import numpy as np
import pytest
from screen import desktop, grab, on, wait_until

import webcam_digits
from webcam_digits.cards import draw_digit_card, draw_help
from webcam_digits.lettering import Canvas
from webcam_digits.machine_view import draw_inspection
from webcam_digits.overlay import draw
from webcam_digits.picked import pick
from webcam_digits.pipeline import Pipeline, Result
from webcam_digits.reader import DigitReader
from webcam_digits.reading import Box
from webcam_digits.recording import Recording
from webcam_digits.report import Progress, Reporters
from webcam_digits.source import open_video
from webcam_digits.statusline import Status, area_above
from webcam_digits.view import View

pytestmark = pytest.mark.window

PATIENCE = 60  # seconds: a hang
TITLE = "webcam-digits - demo"
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
    """Of each frame of the demo the picture and the steady reading."""
    recording = Recording(tmp_path_factory.mktemp("none"), 20, live=False)
    pipeline = Pipeline(DigitReader(), Reporters(), recording, Progress(None))
    with open_video(CLIP) as source:
        return [(frame.image, pipeline.process(frame).reading) for frame in source]


class Program:
    """The running program and its window."""

    def __init__(self, display, process):
        self.display, self.process = display, process
        self._told, self.lines = queue.Queue(), []
        threading.Thread(target=self._listen, daemon=True).start()
        wait_until(lambda: self._find() or self._ended())
        self.window = self._find().strip()
        self.do("xdotool", "windowactivate", "--sync", self.window)

    def _listen(self):
        for line in self.process.stdout:
            self._told.put(line.rstrip("\n"))
        self._told.put(None)

    def _find(self):
        search = (
            "xdotool",
            "search",
            "--all",
            "--onlyvisible",
            "--pid",
            str(self.process.pid),
            "--name",
            TITLE,
        )
        return on(self.display, *search).stdout.decode()

    def _ended(self):
        assert self.process.poll() is None, self.process.stderr.read()

    def do(self, *command):
        return on(self.display, *command, check=True).stdout.decode()

    def hit(self, key):
        self.do("xdotool", "key", key)

    def drag(self, start, end):
        """Drag from one place of the picture in the window to another."""
        between = [(a + b) // 2 for a, b in zip(start, end, strict=True)]
        for at, *then in ((start, "mousedown", "1"), (between,), (end, "mouseup", "1")):
            self.do("xdotool", "mousemove", "--window", self.window, *map(str, at), *then)

    def click(self, at):
        self.drag(at, at)

    def wait_for(self, line):
        """Wait until this line is told."""
        while not self.lines or self.lines[-1] != line:
            assert self.next_line() is not None, f"ended without {line}"

    def next_line(self):
        """The next line told; None at the end."""
        line = self._told.get(timeout=PATIENCE)
        if line is not None:
            self.lines.append(line)
        return line

    def told(self):
        """The lines told that nobody has waited for."""
        return list(self._told.queue)

    def shows(self):
        """The picture in the window."""
        return grab(self.display, self.window)

    def stands(self):
        before = self.shows()
        time.sleep(0.4)  # eight frames of the demo, of which no two are alike
        return np.array_equal(before, self.shows())

    def step(self):
        before = self.shows()
        self.hit("period")
        wait_until(lambda: not np.array_equal(before, self.shows()))

    def wait_for_picture(self, expected):
        wait_until(lambda: alike(self.shows(), expected))

    def ending(self):
        """Exit code, all lines told, and what stands on standard error."""
        code = self.process.wait(PATIENCE)
        while self.next_line() is not None:
            pass
        return code, self.lines, self.process.stderr.read()


def alike(shown, expected):
    """Whether a screenshot is of a picture, whatever its status line says."""
    height = area_above(Canvas(expected), STATUS).height
    shown = cv2.resize(shown, expected.shape[1::-1], interpolation=cv2.INTER_AREA)
    return cv2.absdiff(shown[:height], expected[:height]).mean() < CLOSE


@contextmanager
def started(display, *options, **extra):
    process = subprocess.Popen(
        [sys.executable, "-m", "webcam_digits", "--demo", "--window", *map(str, options)],
        env=os.environ | {"DISPLAY": display},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **extra,
    )
    with process:
        try:
            yield Program(display, process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory):
    return tmp_path_factory.mktemp("snapshots")


@pytest.fixture(scope="module")
def paused(display, snapshots):
    """The program, paused soon after it has told the first number."""
    with started(display, "--snapshot-dir", snapshots) as program:
        program.wait_for("42")
        program.hit("space")
        wait_until(program.stands)
        program.step()  # a number is told before its frame is due
        yield program


@pytest.fixture(scope="module")
def standing(paused, frames):
    """The picture and the reading at which it is paused: those that look most like what is shown."""
    shown = paused.shows()
    assert shown.shape == (480, 640, 3)
    height = area_above(Canvas(shown), STATUS).height
    differences = [cv2.absdiff(shown[:height], draw(*frame, STATUS)[:height]).mean() for frame in frames]
    return frames[int(np.argmin(differences))]


def test_the_number_stands_on_the_picture(paused, standing):
    image, reading = standing
    assert reading.text == "42"
    paused.wait_for_picture(draw(image, reading, STATUS))
    # The plate is what makes the difference: without it, the screenshot is another picture there.
    plate = (draw(image, reading) != image).any(axis=2)
    shown = paused.shows()
    assert cv2.absdiff(shown, draw(image, reading))[plate].mean() < CLOSE
    assert cv2.absdiff(shown, image)[plate].mean() > 10 * CLOSE


def test_paused_the_picture_stands(paused, standing):
    assert paused.stands()
    assert paused.process.poll() is None


@pytest.mark.parametrize("key", ["d", "m", "h", "question"])
def test_keys_that_change_the_view_and_back(paused, standing, key):
    image, reading = standing
    plain = draw(image, reading, STATUS)
    expected = {
        "d": lambda: draw_inspection(image, DigitReader().inspect(image), STATUS),
        "m": lambda: draw(MIRRORED.image(image), MIRRORED.reading(reading), STATUS),
        "h": lambda: draw_help(plain),
        "question": lambda: draw_help(plain),
    }[key]()
    assert not alike(plain, expected)
    paused.wait_for_picture(plain)
    paused.hit(key)
    paused.wait_for_picture(expected)
    paused.hit(key)
    paused.wait_for_picture(plain)


@pytest.mark.parametrize("view", [PLAIN, MIRRORED])
def test_a_click_on_a_digit_shows_its_card(paused, standing, view):
    image, reading = standing
    plain = draw(view.image(image), view.reading(reading), STATUS)
    digit = reading.lines[0].digits[1]
    inspection = DigitReader().inspect(image)
    result = Result(image, Box(0, 0, 640, 480), inspection, reading, None)
    picked = pick(result, (digit.box.x + digit.box.width // 2, digit.box.y + digit.box.height // 2))
    card = draw_digit_card(plain, picked.card(result, view))
    assert not alike(plain, card)
    shown = view.box(digit.box)
    with switched(paused, view):
        paused.wait_for_picture(plain)
        paused.click((shown.x + shown.width // 2, shown.y + shown.height // 2))
        paused.wait_for_picture(card)
        paused.click((320, 400))
        paused.wait_for_picture(plain)


@pytest.mark.parametrize("view", [PLAIN, MIRRORED])
def test_a_drag_chooses_the_region_and_a_key_clears_it(paused, standing, view):
    image, reading = standing
    plain = draw(view.image(image), view.reading(reading), STATUS)
    region = Box(50, 180, 401, 121)
    shown = view.box(region)
    with switched(paused, view):
        paused.drag((shown.right - 1, shown.y), (shown.x, shown.bottom - 1))
        expected = draw(view.image(image), view.reading(reading), STATUS, region=shown)
        assert not alike(plain, expected)
        paused.wait_for_picture(expected)
        paused.hit("c")
        paused.wait_for_picture(plain)


@contextmanager
def switched(program, view):
    """The program shows pictures in this way."""
    if view.mirrored:
        program.hit("m")
    yield
    if view.mirrored:
        program.hit("m")


def test_only_the_region_that_was_dragged_is_read(display):
    with started(display) as program:
        program.wait_for("42")
        program.hit("space")
        wait_until(program.stands)
        program.drag((520, 300), (620, 440))  # nothing is written there
        before = program.lines + program.told()
        program.hit("space")
        time.sleep(5)  # in which the demo shows the next number
        program.hit("q")
        code, lines, errors = program.ending()
    assert (code, lines) == (0, before)
    assert "--roi 520,300,101x141" in errors


def test_the_window_keeps_the_proportions(paused, standing):
    image, reading = standing
    paused.do("wmctrl", "-i", "-r", paused.window, "-e", "0,0,0,900,400")
    wait_until(lambda: paused.shows().shape == (400, 900, 3))
    seen = View((640, 480), (533, 400))
    expected = draw(seen.image(image), seen.reading(reading), STATUS)
    wait_until(lambda: alike(paused.shows()[:, 183:716], expected))
    assert not paused.shows()[:, [5, 895]].any()
    paused.do("wmctrl", "-i", "-r", paused.window, "-e", "0,0,0,640,480")
    paused.wait_for_picture(draw(image, reading, STATUS))


def test_the_snapshot_key(paused, standing, snapshots):
    paused.hit("s")
    path = snapshots / "webcam-digits-001.png"
    wait_until(lambda: path.exists() and saved(path) is not None)
    assert np.array_equal(saved(path), draw(*standing))


def saved(path):
    return cv2.imread(str(path))


def test_going_on_and_quitting(display):
    with started(display) as program:
        program.wait_for("42")
        program.hit("space")
        wait_until(program.stands)
        program.hit("space")
        wait_until(lambda: not program.stands())
        program.wait_for("2026")
        program.hit("q")
        assert program.ending() == (0, ["42", "2026"], "")


def test_closing_by_the_x(display):
    with started(display, "--json") as program:
        program.next_line()
        program.do("wmctrl", "-i", "-c", program.window)
        code, lines, errors = program.ending()
    events = [json.loads(line) for line in lines]
    assert (code, errors) == (0, "")
    assert [(event["event"], event["text"]) for event in events] == [("appear", "42"), ("end", "42")]


def test_closing_by_the_x_while_paused(paused):
    """The last to use this window."""
    paused.do("wmctrl", "-i", "-c", paused.window)
    code, lines, errors = paused.ending()
    assert (code, lines) == (0, ["42"])
    assert "Traceback" not in errors


def test_full_screen_from_the_start(display, frames):
    with started(display, "--fullscreen") as program:
        program.wait_for("42")
        program.hit("space")
        wait_until(lambda: grab(display)[25:775].any(axis=2).mean() > 0.99)
        wait_until(program.stands)
        shown = cv2.resize(grab(display)[25:775], (640, 480), interpolation=cv2.INTER_AREA)  # 1000 x 800, 4:3
        assert min(cv2.absdiff(shown[:450], draw(*frame)[:450]).mean() for frame in frames) < 2 * CLOSE
        program.hit("q")
        assert program.ending() == (0, ["42"], "")
