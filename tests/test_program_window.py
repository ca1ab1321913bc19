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
from webcam_digits.lettering import Canvas
from webcam_digits.machine_view import draw_inspection
from webcam_digits.overlay import draw, draw_help
from webcam_digits.reader import DigitReader
from webcam_digits.source import open_video
from webcam_digits.statusline import Status, area_above
from webcam_digits.tracker import Tracker

pytestmark = pytest.mark.window

PATIENCE = 60  # seconds: a hang
TITLE = "webcam-digits - demo"
CLIP = next(iter(webcam_digits.__path__)) + "/demo.webm"
STATUS, MIRRORED = Status(20, 4), Status(20, 4, mirrored=True)
CLOSE = 3.0  # grey levels: mean difference of a picture and a screenshot of it


@pytest.fixture(scope="module")
def display():
    with desktop() as name:
        yield name


@pytest.fixture(scope="module")
def frames():
    """Of each frame of the demo the picture and the steady reading."""
    reader, tracker = DigitReader(), Tracker()
    with open_video(CLIP) as source:
        return [
            (
                frame.image,
                tracker.update(reader.read(frame.image), frame=frame.index, time=frame.time).reading,
            )
            for frame in source
        ]


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
        "m": lambda: draw(image, reading, MIRRORED),
        "h": lambda: draw_help(plain),
        "question": lambda: draw_help(plain),
    }[key]()
    assert not alike(plain, expected)
    paused.wait_for_picture(plain)
    paused.hit(key)
    paused.wait_for_picture(expected)
    paused.hit(key)
    paused.wait_for_picture(plain)


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
