"""Cameras and what they give over time, with captures that stand in for OpenCV's."""

import math
import re
import threading
import time

import cv2
import pytest

from tests.helpers.clips import number_of, picture
from webcam_digits import ENVIRONMENT
from webcam_digits.errors import SourceError, SourceLostError
from webcam_digits.sources import camera as camera_module
from webcam_digits.sources import capture, capture_thread, devices, reconnecting, v4l2
from webcam_digits.sources.camera import open_camera
from webcam_digits.sources.capture import plausible_fps

PATIENCE = 20  # seconds until a test that waits has failed


@pytest.mark.parametrize(
    ("fps", "taken"),
    [(25.0, 25.0), (0.0, 30.0), (math.nan, 30.0), (math.inf, 30.0), (-1.0, 30.0), (1e6, 30.0)],
)
def test_plausible_fps(fps, taken):
    assert plausible_fps(fps) == taken


class FakeCapture:
    """A camera in the place of OpenCV's: gives the pictures that it is made of; None is a failed read.

    After its last picture it fails, or waits for `more` where that is given.
    """

    def __init__(self, *images, more=None, period=0.01, **properties):
        self.images, self.more, self.period, self.properties = list(images), more, period, properties
        self.asked, self.released = [], threading.Event()

    def isOpened(self):  # noqa: N802
        return bool(self.images) and not self.released.is_set()

    def read(self):
        assert not self.released.is_set()  # OpenCV would crash
        time.sleep(self.period)
        if not self.images and self.more is not None:
            self.more.wait(PATIENCE)
            assert not self.released.is_set()
        image = self.images.pop(0) if self.images else None
        if isinstance(image, Exception):
            raise image
        return image is not None, image

    def get(self, key):
        return self.properties.get("fps", math.nan) if key == cv2.CAP_PROP_FPS else -1.0

    def set(self, key, value):
        self.asked.append((key, value))
        return True

    def release(self):
        self.released.set()


@pytest.fixture
def camera(monkeypatch):
    """Opens a camera that gives some pictures; each next opening takes the next of `later`."""

    def opened(*images, size=None, asked_fps=None, reconnect=0.0, later=(), **properties):
        captures = iter([FakeCapture(*images, **properties), *later])
        used = []

        def next_capture(*_):
            used.append(next(captures, None) or FakeCapture())
            return used[-1]

        monkeypatch.setattr(camera_module, "obstacle", lambda number: None)
        monkeypatch.setattr(camera_module, "explain_failure", lambda number: f"camera {number} is not there")
        monkeypatch.setattr(cv2, "VideoCapture", next_capture)
        return open_camera(0, size, asked_fps, reconnect=reconnect), used

    return opened


def until(condition):
    """Wait for something; whether it came."""
    deadline = time.perf_counter() + PATIENCE
    while not condition() and time.perf_counter() < deadline:
        time.sleep(0.01)
    return condition()


def frames_of(opened, count):
    """So many frames, waited for."""
    frames = []
    deadline = time.perf_counter() + PATIENCE
    while len(frames) < count and time.perf_counter() < deadline:
        frame = opened.read()
        if frame is not None:
            frames.append(frame)
    return frames


def test_a_camera_counts_frames_and_seconds(camera):
    opened, (capture,) = camera(*map(picture, range(20)), more=threading.Event())
    with opened:
        frames = frames_of(opened, 3)
        assert (opened.name, opened.live, opened.fps, opened.frame_count) == ("camera 0", True, 30, None)
        assert opened.trouble is None
        capture.more.set()
    assert [number_of(frame.image) for frame in frames] == [frame.index for frame in frames]
    assert frames[0].time <= frames[1].time <= frames[2].time < 5
    assert capture.released.is_set()


def test_the_newest_frame_is_given_and_all_are_counted(camera):
    opened, (capture,) = camera(*map(picture, range(8)), more=threading.Event())
    with opened:
        assert until(lambda: opened._thread.count == 8)
        (frame,) = frames_of(opened, 1)
        assert (frame.index, number_of(frame.image)) == (7, 7)
        start = time.perf_counter()
        assert opened.read() is None  # not again
        assert time.perf_counter() - start > reconnecting._WAIT / 2  # nobody who asks again spins
        capture.more.set()


def test_the_first_frames_of_a_camera_are_not_warmed_up(camera, monkeypatch):
    monkeypatch.setattr(camera_module, "_WARM_UP", 0.2)
    opened, _ = camera(*[picture(0)] * 500)
    with opened:
        frames = frames_of(opened, 40)
    warmed_up = [frame.warmed_up for frame in frames]
    assert not warmed_up[0]
    assert warmed_up[-1]
    assert warmed_up == sorted(warmed_up)


def test_one_broken_picture_is_no_loss(camera, caplog):
    opened, _ = camera(None, picture(0), None, None, *[picture(1)] * 50)
    with opened:
        assert until(lambda: number_of(frames_of(opened, 1)[0].image) == 1)
    assert caplog.messages == []


@pytest.mark.parametrize("failure", [None, cv2.error("gone")])
def test_a_camera_that_stops_is_lost(camera, failure):
    opened, _ = camera(picture(0), *[failure] * 9)
    with opened, pytest.raises(SourceLostError) as error:
        list(opened)
    assert str(error.value) == "camera 0 stopped giving pictures: check its cable or network"


def test_a_camera_that_comes_back_is_read_on(camera, caplog):
    later = [None, FakeCapture(*map(picture, range(100, 250)))]
    opened, used = camera(*map(picture, range(5)), reconnect=PATIENCE, later=later)
    troubles, frames = set(), []
    with opened:
        while not frames or number_of(frames[-1].image) < 200:
            frame = opened.read()
            troubles.add(opened.trouble)
            frames += [frame] if frame else []
        assert opened.trouble is None
    assert caplog.messages == [
        f"camera 0 gives no pictures: looking for it again for up to {PATIENCE} s",
        "camera 0 is back",
    ]
    assert f"camera 0 gives no pictures: looking for it again, {PATIENCE} s left" in troubles
    times, indices = ([getattr(frame, name) for frame in frames] for name in ("time", "index"))
    assert times == sorted(times)
    assert indices == sorted(set(indices))
    assert next(frame for frame in frames if number_of(frame.image) >= 100).index >= 5  # numbering goes on
    assert all(capture.released.is_set() for capture in used)


def test_a_camera_that_stays_away_is_lost(camera, caplog):
    opened, used = camera(picture(0), reconnect=1)
    start = time.perf_counter()
    with opened, pytest.raises(SourceLostError, match=r"did not come back within 1 s: .* with --reconnect$"):
        list(opened)
    assert 1 <= time.perf_counter() - start < PATIENCE
    assert len(caplog.messages) == 1
    assert 2 <= len(used) < 8  # pauses grow


def test_a_camera_that_flickers_is_reported_once_and_given_up(camera, caplog):
    opened, _ = camera(picture(0), reconnect=1.5, later=[FakeCapture(picture(1)) for _ in range(50)])
    with opened, pytest.raises(SourceLostError, match="did not come back"):
        list(opened)
    assert len(caplog.messages) == 1


def test_a_camera_that_freezes_is_reported_and_reads_on(camera, caplog, monkeypatch):
    monkeypatch.setattr(reconnecting, "_SILENCE", 0.3)
    opened, (capture,) = camera(picture(0), reconnect=PATIENCE, more=threading.Event())
    with opened:
        assert until(lambda: opened.read() is None and opened.trouble)
        capture.images += [picture(1)] * 200
        capture.more.set()
        assert until(lambda: opened.read() and len(caplog.messages) == 2)
        assert opened.trouble is None
    assert caplog.messages[1] == "camera 0 is back"


def test_a_slow_camera_is_not_taken_for_a_frozen_one(camera, caplog, monkeypatch):
    opened, _ = camera(*[picture(0)] * 9, period=0.4)
    with opened:
        frames_of(opened, 3)
        monkeypatch.setattr(reconnecting, "_SILENCE", 0.05)
        assert len(frames_of(opened, 4)) == 4
    assert caplog.messages == []


def test_a_driver_that_hangs_is_left_behind(camera, monkeypatch):
    monkeypatch.setattr(capture_thread, "READ_TIMEOUT", 0.1)
    monkeypatch.setattr(capture_thread, "_OVERDUE", 0.1)
    monkeypatch.setattr(reconnecting, "_SILENCE", 0.1)
    hung = threading.Event()
    later = [FakeCapture(*[picture(9)] * 200)]
    opened, used = camera(picture(0), reconnect=PATIENCE, more=hung, later=later)
    with opened:
        assert until(lambda: (frame := opened.read()) and number_of(frame.image) == 9)
        assert not used[0].released.is_set()
        hung.set()
        assert used[0].released.wait(PATIENCE)  # by its own thread


def test_not_many_drivers_hang_at_once(camera, monkeypatch):
    monkeypatch.setattr(capture_thread, "READ_TIMEOUT", 0.02)
    monkeypatch.setattr(capture_thread, "_OVERDUE", 0.02)
    monkeypatch.setattr(reconnecting, "READ_TIMEOUT", 0.05)
    monkeypatch.setattr(reconnecting, "_SILENCE", 0.05)
    go_on = threading.Event()
    later = [FakeCapture(picture(0), more=go_on) for _ in range(30)]
    opened, used = camera(picture(0), reconnect=3, more=go_on, later=later)
    with opened, pytest.raises(SourceLostError):
        list(opened)
    go_on.set()
    assert len(used) == reconnecting._MOST_HANGING


def test_a_fault_while_reading_is_not_swallowed(camera):
    opened, _ = camera(picture(0), ZeroDivisionError("a fault"))
    with opened, pytest.raises(ZeroDivisionError):
        list(opened)


def test_a_grey_camera_gives_colour(camera):
    opened, _ = camera(picture(5)[:, :, 0])
    with opened:
        assert frames_of(opened, 1)[0].image.shape == (120, 160, 3)


def test_frames_may_change_their_size(camera):
    opened, _ = camera(picture(5), *[cv2.resize(picture(5), (320, 240))] * 50)
    with opened:
        assert until(lambda: frames_of(opened, 1)[0].image.shape == (240, 320, 3))


def test_another_size_than_asked_for_is_reported(camera, caplog):
    caplog.set_level("INFO", "webcam_digits")
    opened, _ = camera(picture(0), size=(1280, 720))
    opened.close()
    assert caplog.messages == ["camera 0 gives 160x120 instead of 1280x720"]


@pytest.mark.parametrize(("near", "count"), [(0.2, 1), (1.0, 0)])
def test_another_rate_than_asked_for_is_reported_whatever_the_driver_states(
    camera, caplog, monkeypatch, near, count
):
    monkeypatch.setattr(reconnecting, "_COUNTED", 0.2)
    monkeypatch.setattr(reconnecting, "_NEAR", near)
    caplog.set_level("INFO", "webcam_digits")
    opened, (capture,) = camera(*map(picture, range(50)), asked_fps=200.0, fps=200.0, period=0.02)
    with opened:
        assert until(lambda: frames_of(opened, 1)[0].time > 0.4)
    assert (cv2.CAP_PROP_FPS, 200) in capture.asked
    messages = [
        re.fullmatch(r"camera 0 gives (\d+) frames a second instead of 200", m) for m in caplog.messages
    ]
    assert len(messages) == count
    assert all(int(message[1]) <= 50 for message in messages)


@pytest.mark.parametrize(
    ("size", "fps", "coded"),
    [(None, None, False), ((1280, 720), None, True), ((1280, 720), 10.0, False), ((320, 240), 30.0, False)],
)
def test_pictures_that_are_quick_enough_as_jpeg_only_are_taken_so(camera, monkeypatch, size, fps, coded):
    sizes = [("YUYV", 640, 480, 30.0), ("YUYV", 1280, 720, 10.0), ("MJPG", 640, 480, 30.0)]
    modes = [v4l2.Mode(*mode) for mode in (*sizes, ("MJPG", 1280, 720, 30.0))]
    monkeypatch.setattr(v4l2, "modes", lambda device: modes)
    monkeypatch.setattr(devices.sys, "platform", "linux")
    opened, (capture,) = camera(picture(0), size=size, asked_fps=fps)
    opened.close()
    assert ((cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")) in capture.asked) == coded


def test_a_v4l2_camera_waits_as_long_as_a_stream():
    assert float(ENVIRONMENT["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"]) == capture.READ_TIMEOUT


def test_closing_does_not_wait_for_a_driver_that_hangs(camera, monkeypatch):
    monkeypatch.setattr(capture_thread, "_CLOSE_TIMEOUT", 0.05)
    go_on = threading.Event()
    opened, (capture,) = camera(picture(0), more=go_on)
    frames_of(opened, 1)
    start = time.perf_counter()
    opened.close()
    assert time.perf_counter() - start < PATIENCE / 2
    assert not capture.released.is_set()  # OpenCV would crash
    go_on.set()
    assert capture.released.wait(PATIENCE)


def test_a_camera_that_is_not_there(camera):
    with pytest.raises(SourceError, match="camera 0"):
        camera()
