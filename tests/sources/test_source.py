import math
import os
import re
import socket
import threading
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from tests.helpers.clips import number_of, picture, write_clip
from webcam_digits.__main__ import ENVIRONMENT
from webcam_digits.errors import SourceError, SourceLostError
from webcam_digits.outputs.video_writer import CODECS
from webcam_digits.sources import camera as source
from webcam_digits.sources import capture, stream, v4l2
from webcam_digits.sources import capture_thread as connection
from webcam_digits.sources import devices as cameras
from webcam_digits.sources import reconnecting as live_source
from webcam_digits.sources.camera import open_camera
from webcam_digits.sources.capture import plausible_fps
from webcam_digits.sources.opening import open_source

PATIENCE = 20  # seconds until a test that waits has failed


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip.avi", 8)


@pytest.mark.parametrize("ending", CODECS)
def test_a_file_gives_every_frame_in_order(tmp_path, ending):
    with open_source(write_clip(tmp_path / f"clip{ending}", 12, fps=25)) as video:
        assert (video.live, video.fps, video.frame_count) == (False, 25, 12)
        frames = list(video)
        assert video.read() is None
    assert [number_of(frame.image) for frame in frames] == list(range(12))
    assert [frame.index for frame in frames] == list(range(12))
    assert [frame.time for frame in frames] == pytest.approx([i / 25 for i in range(12)], abs=0.002)
    assert frames[0].image.dtype == np.uint8
    assert frames[0].image.shape == (120, 160, 3)


@pytest.mark.parametrize("ending", [".webm", ".avi"])
def test_a_truncated_file_is_read_as_far_as_it_goes(tmp_path, ending, caplog):
    whole = write_clip(tmp_path / f"whole{ending}", 30)
    cut = tmp_path / f"cut{ending}"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with open_source(cut) as video:
        numbers = [number_of(frame.image) for frame in video]
        assert video.read() is None
    assert numbers[:-1] == list(range(len(numbers) - 1))  # of the last picture there may be a part
    assert 3 < len(numbers) < 30
    (message,) = caplog.messages
    assert message == f"{cut} is damaged or cut short: it gave {len(numbers)} of 30 frames"


@pytest.mark.parametrize("ending", [".mp4", ".avi"])
def test_a_file_is_read_past_its_damage(tmp_path, ending, caplog):
    path = write_clip(tmp_path / f"clip{ending}", 60)
    content = bytearray(path.read_bytes())
    start, end = len(content) // 3, len(content) // 2
    content[start:end] = bytes(end - start)
    path.write_bytes(content)
    with open_source(path) as video:
        frames = list(video)
    numbers = [number_of(frame.image) for frame in frames]
    assert 30 < len(numbers) < 60
    assert numbers[-1] == 59
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert caplog.messages == [f"{path} is damaged or cut short: it gave {len(numbers)} of 60 frames"]


@pytest.mark.parametrize("count", [math.nan, math.inf, -1.0, 0.0, 8.0, 9.0, 1e18])
def test_a_stated_number_of_frames_may_be_nonsense(clip, monkeypatch, caplog, count):
    """One frame more than there are is within what is estimated; and nothing waits for a great many."""
    opened = cv2.VideoCapture

    def stating(*args):
        capture = opened(*args)
        properties = {cv2.CAP_PROP_FRAME_COUNT: count}
        return SimpleNamespace(
            read=capture.read,
            isOpened=capture.isOpened,
            release=capture.release,
            get=lambda key: properties.get(key, capture.get(key)),
        )

    monkeypatch.setattr(cv2, "VideoCapture", stating)
    with open_source(clip) as video:
        assert sum(1 for _ in video) == 8
    assert len(caplog.messages) == (count == 1e18)


@pytest.mark.parametrize("name", ["a:b.avi", "p%03d.avi", "Zahlen \N{SNOWMAN}.avi", os.fsdecode(b"\xff.avi")])
def test_odd_names(tmp_path, clip, name):
    path = tmp_path / name
    path.write_bytes(clip.read_bytes())
    with open_source(path) as video:
        assert sum(1 for _ in video) == 8
        video.name.encode()  # can be shown


def broken(folder, kind):
    path = folder / f"{kind}.mp4"
    match kind:
        case "folder":
            path.mkdir()
        case "empty":
            path.touch()
        case "garbage":
            path.write_bytes(bytes(range(256)) * 100)
        case "cut":  # what a recorder leaves that was not closed: no index
            path.write_bytes(write_clip(folder / "whole.mp4", 9).read_bytes()[:-100])
        case "still":
            path.write_bytes(cv2.imencode(".png", picture(1))[1].tobytes())
        case "fifo":
            os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("missing", "there is no file"),
        ("folder", "is a folder: webcam-digits read"),
        ("empty", "is empty"),
        ("garbage", "no video that can be read"),
        ("cut", "no video that can be read"),
        ("still", "is a still image: webcam-digits read"),
        ("fifo", "is no regular file"),
    ],
)
def test_what_is_no_video_is_told(tmp_path, kind, message):
    path = broken(tmp_path, kind)
    with pytest.raises(SourceError, match=message) as error:
        open_source(path)
    assert str(path) in str(error.value)
    assert error.value.exit_code == 3


@pytest.mark.parametrize("url", ["rtp://me:secret@cam/1", "ftp://me:secret@cam/1"])
def test_a_url_of_an_unknown_kind_is_no_file(url):
    with pytest.raises(
        SourceError, match=r"^\w+://\*\*\*@cam/1 cannot be read: give a file, or a URL with http://"
    ):
        open_source(url)


def test_an_empty_name_is_no_folder():
    with pytest.raises(SourceError, match="the video's name is empty"):
        open_source("")


def test_a_stream_that_refuses_is_told_without_its_password():
    with pytest.raises(SourceError, match=r"http://\*\*\*@127.0.0.1:9/ cannot be opened"):
        open_source("http://me:secret@127.0.0.1:9/")


def test_a_stream_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(stream, "OPEN_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.perf_counter()
        with pytest.raises(SourceError, match="cannot be opened"):
            open_source(f"rtsp://127.0.0.1:{server.getsockname()[1]}/x")
        assert time.perf_counter() - start < 20


@pytest.mark.parametrize(
    ("fps", "taken"),
    [(25.0, 25.0), (0.0, 30.0), (math.nan, 30.0), (math.inf, 30.0), (-1.0, 30.0), (1e6, 30.0)],
)
def test_plausible_fps(fps, taken):
    assert plausible_fps(fps) == taken


class FakeCapture:
    """A camera in the place of OpenCV's: gives the pictures that it is told to; None is a failed read.

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

        monkeypatch.setattr(source, "obstacle", lambda number: None)
        monkeypatch.setattr(source, "explain_failure", lambda number: f"camera {number} is not there")
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
        assert until(lambda: not capture.images)
        time.sleep(0.05)
        (frame,) = frames_of(opened, 1)
        assert (frame.index, number_of(frame.image)) == (7, 7)
        start = time.perf_counter()
        assert opened.read() is None  # not again
        assert 0.05 < time.perf_counter() - start < PATIENCE
        capture.more.set()


def test_the_first_frames_of_a_camera_are_not_warmed_up(camera, monkeypatch):
    monkeypatch.setattr(source, "_WARM_UP", 0.2)
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


def test_a_camera_that_flickers_is_told_of_once_and_given_up(camera, caplog):
    opened, _ = camera(picture(0), reconnect=1.5, later=[FakeCapture(picture(1)) for _ in range(50)])
    with opened, pytest.raises(SourceLostError, match="did not come back"):
        list(opened)
    assert len(caplog.messages) == 1


def test_a_camera_that_freezes_is_told_of_and_reads_on(camera, caplog, monkeypatch):
    monkeypatch.setattr(live_source, "_SILENCE", 0.3)
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
        monkeypatch.setattr(live_source, "_SILENCE", 0.05)
        assert len(frames_of(opened, 4)) == 4
    assert caplog.messages == []


def test_a_driver_that_hangs_is_left_behind(camera, monkeypatch):
    monkeypatch.setattr(connection, "READ_TIMEOUT", 0.1)
    monkeypatch.setattr(connection, "_OVERDUE", 0.1)
    monkeypatch.setattr(live_source, "_SILENCE", 0.1)
    hung = threading.Event()
    later = [FakeCapture(*[picture(9)] * 200)]
    opened, used = camera(picture(0), reconnect=PATIENCE, more=hung, later=later)
    with opened:
        assert until(lambda: (frame := opened.read()) and number_of(frame.image) == 9)
        assert not used[0].released.is_set()
        hung.set()
        assert used[0].released.wait(PATIENCE)  # by its own thread


def test_not_many_drivers_hang_at_once(camera, monkeypatch):
    monkeypatch.setattr(connection, "READ_TIMEOUT", 0.02)
    monkeypatch.setattr(connection, "_OVERDUE", 0.02)
    monkeypatch.setattr(live_source, "_SILENCE", 0.05)
    go_on = threading.Event()
    later = [FakeCapture(picture(0), more=go_on) for _ in range(30)]
    opened, used = camera(picture(0), reconnect=3, more=go_on, later=later)
    with opened, pytest.raises(SourceLostError):
        list(opened)
    go_on.set()
    assert len(used) == live_source._MOST_HANGING


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


def test_another_size_than_asked_for_is_told(camera, caplog):
    caplog.set_level("INFO", "webcam_digits")
    opened, _ = camera(picture(0), size=(1280, 720))
    opened.close()
    assert caplog.messages == ["camera 0 gives 160x120 instead of 1280x720"]


@pytest.mark.parametrize(("near", "told"), [(0.2, 1), (1.0, 0)])
def test_another_rate_than_asked_for_is_told_whatever_the_driver_states(
    camera, caplog, monkeypatch, near, told
):
    monkeypatch.setattr(live_source, "_COUNTED", 0.2)
    monkeypatch.setattr(live_source, "_NEAR", near)
    caplog.set_level("INFO", "webcam_digits")
    opened, (capture,) = camera(*map(picture, range(50)), asked_fps=200.0, fps=200.0, period=0.02)
    with opened:
        assert until(lambda: frames_of(opened, 1)[0].time > 0.4)
    assert (cv2.CAP_PROP_FPS, 200) in capture.asked
    messages = [
        re.fullmatch(r"camera 0 gives (\d+) frames a second instead of 200", m) for m in caplog.messages
    ]
    assert len(messages) == told
    assert all(int(message[1]) <= 50 for message in messages)


@pytest.mark.parametrize(
    ("size", "fps", "coded"),
    [(None, None, False), ((1280, 720), None, True), ((1280, 720), 10.0, False), ((320, 240), 30.0, False)],
)
def test_pictures_that_are_quick_enough_as_jpeg_only_are_taken_so(camera, monkeypatch, size, fps, coded):
    sizes = [("YUYV", 640, 480, 30.0), ("YUYV", 1280, 720, 10.0), ("MJPG", 640, 480, 30.0)]
    modes = [v4l2.Mode(*mode) for mode in (*sizes, ("MJPG", 1280, 720, 30.0))]
    monkeypatch.setattr(v4l2, "modes", lambda device: modes)
    monkeypatch.setattr(cameras.sys, "platform", "linux")
    opened, (capture,) = camera(picture(0), size=size, asked_fps=fps)
    opened.close()
    assert ((cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG")) in capture.asked) == coded


def test_a_v4l2_camera_waits_as_long_as_a_stream():
    assert float(ENVIRONMENT["OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT"]) == capture.READ_TIMEOUT


def test_closing_does_not_wait_for_a_driver_that_hangs(camera, monkeypatch):
    monkeypatch.setattr(connection, "_CLOSE_TIMEOUT", 0.05)
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
