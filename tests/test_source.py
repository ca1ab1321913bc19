import errno
import math
import os
import socket
import threading
import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from clips import number_of, picture, write_clip

from webcam_digits import cameras, source
from webcam_digits.errors import SourceError, SourceLostError
from webcam_digits.recorder import CODECS
from webcam_digits.source import open_camera, open_video, plausible_fps


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip.avi", 8)


@pytest.mark.parametrize("ending", CODECS)
def test_a_file_gives_every_frame_in_order(tmp_path, ending):
    with open_video(write_clip(tmp_path / f"clip{ending}", 12, fps=25)) as video:
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
    with open_video(cut) as video:
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
    with open_video(path) as video:
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
    with open_video(clip) as video:
        assert sum(1 for _ in video) == 8
    assert len(caplog.messages) == (count == 1e18)


@pytest.mark.parametrize("name", ["a:b.avi", "p%03d.avi", "Zahlen \N{SNOWMAN}.avi", os.fsdecode(b"\xff.avi")])
def test_odd_names(tmp_path, clip, name):
    path = tmp_path / name
    path.write_bytes(clip.read_bytes())
    with open_video(path) as video:
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
        open_video(path)
    assert str(path) in str(error.value)
    assert error.value.exit_code == 3


@pytest.mark.parametrize("url", ["rtp://me:secret@cam/1", "ftp://me:secret@cam/1"])
def test_a_url_of_an_unknown_kind_is_no_file(url):
    with pytest.raises(
        SourceError, match=r"^\w+://\*\*\*@cam/1 is of no kind that can be read: give http://"
    ):
        open_video(url)


def test_an_empty_name_is_no_folder():
    with pytest.raises(SourceError, match="the video's name is empty"):
        open_video("")


def test_a_stream_that_refuses_is_told_without_its_password():
    with pytest.raises(SourceError, match=r"http://\*\*\*@127.0.0.1:9/ cannot be opened"):
        open_video("http://me:secret@127.0.0.1:9/")


def test_a_stream_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(source, "_OPEN_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.perf_counter()
        with pytest.raises(SourceError, match="cannot be opened"):
            open_video(f"rtsp://127.0.0.1:{server.getsockname()[1]}/x")
        assert time.perf_counter() - start < 20


@pytest.mark.parametrize(
    ("fps", "taken"),
    [(25.0, 25.0), (0.0, 30.0), (math.nan, 30.0), (math.inf, 30.0), (-1.0, 30.0), (1e6, 30.0)],
)
def test_plausible_fps(fps, taken):
    assert plausible_fps(fps) == taken


class FakeCapture:
    """A camera in the place of OpenCV's: gives the pictures that it is told to; None is a failed read."""

    def __init__(self, *images, **properties):
        self.images, self.properties, self.released = list(images), properties, False

    def isOpened(self):  # noqa: N802
        return bool(self.images) and not self.released

    def read(self):
        image = self.images.pop(0) if self.images else None
        if isinstance(image, Exception):
            raise image
        return image is not None, image

    def get(self, key):
        return self.properties.get("fps", math.nan) if key == cv2.CAP_PROP_FPS else -1.0

    def set(self, key, value):
        return True

    def release(self):
        self.released = True


@pytest.fixture
def camera(monkeypatch):
    """Opens a camera that gives some pictures."""

    def opened(*images, size=None, **properties):
        capture = FakeCapture(*images, **properties)
        monkeypatch.setattr(cv2, "VideoCapture", lambda *_: capture)
        return open_camera(0, size), capture

    return opened


def test_a_camera_counts_frames_and_seconds(camera):
    opened, capture = camera(picture(0), picture(1), picture(2), picture(3))
    with opened:
        frames = [opened.read() for _ in range(3)]
    assert (opened.name, opened.live, opened.fps, opened.frame_count) == ("camera 0", True, 30, None)
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2]
    assert frames[0].time == 0 <= frames[1].time <= frames[2].time < 5
    assert capture.released


def test_one_broken_picture_is_no_loss(camera):
    opened, _ = camera(None, picture(0), None, None, picture(1))
    assert [number_of(opened.read().image) for _ in range(2)] == [0, 1]


@pytest.mark.parametrize("failure", [None, cv2.error("gone")])
def test_a_camera_that_stops_is_lost(camera, failure):
    opened, _ = camera(picture(0), *[failure] * 9)
    opened.read()
    with pytest.raises(SourceLostError, match="camera 0 stopped giving pictures"):
        opened.read()


def test_a_grey_camera_gives_colour(camera):
    opened, _ = camera(picture(5)[:, :, 0])
    assert opened.read().image.shape == (120, 160, 3)


def test_another_size_than_asked_for_is_told(camera, caplog):
    caplog.set_level("INFO", "webcam_digits")
    camera(picture(0), size=(1280, 720))
    assert "camera 0 gives 160x120 instead of 1280x720" in caplog.text


def test_closing_does_not_wait_for_a_driver_that_hangs(camera, monkeypatch):
    monkeypatch.setattr(source, "_CLOSE_TIMEOUT", 0.05)
    opened, capture = camera(picture(0), picture(1))
    opened.read()
    reading, go_on = threading.Event(), threading.Event()

    def hang():
        reading.set()
        go_on.wait(10)
        return True, picture(1)

    capture.read = hang
    thread = threading.Thread(target=opened.read)
    thread.start()
    reading.wait(10)
    opened.close()
    assert not capture.released  # OpenCV would crash
    go_on.set()
    thread.join(10)
    opened.close()
    assert capture.released


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A Linux without cameras, to put some in."""
    monkeypatch.setattr(cameras, "_SYSFS", tmp_path / "sys")
    monkeypatch.setattr(cameras, "_DEV", tmp_path / "dev")
    monkeypatch.setattr(cameras.sys, "platform", "linux")
    (tmp_path / "dev").mkdir()

    def plug(number, name, index=0):
        node = tmp_path / "sys" / f"video{number}"
        node.mkdir(parents=True)
        (node / "name").write_text(name + "\n")
        (node / "index").write_text(f"{index}\n")
        (tmp_path / "dev" / f"video{number}").touch()

    return plug


def test_cameras_are_listed_without_their_other_nodes(system):
    assert cameras.find_cameras() == {}
    system(2, "Second Cam")
    system(0, "First Cam")
    system(1, "First Cam", index=1)
    assert cameras.find_cameras() == {0: "First Cam", 2: "Second Cam"}


def test_a_missing_camera_is_told_with_the_others(system):
    assert cameras.explain_failure(7) == "there is no camera 7: plug one in, or try --demo"
    system(0, "First Cam")
    assert cameras.explain_failure(7) == "there is no camera 7: try --camera with one of 0 (First Cam)"
    assert "camera 0 is there but gives no picture" in cameras.explain_failure(0)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (errno.EBUSY, "camera 0 is busy: close the other program"),
        (errno.EACCES, "no permission to use camera 0"),
    ],
)
def test_why_a_camera_cannot_be_used(system, monkeypatch, code, message):
    def fail(device):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(cameras, "_request_buffer", fail)
    assert message in cameras.explain_failure(0)


@pytest.mark.parametrize(
    ("platform", "hint"), [("darwin", "System Settings"), ("win32", "Settings > Privacy")]
)
def test_other_systems_have_hints_of_their_own(monkeypatch, platform, hint):
    monkeypatch.setattr(cameras.sys, "platform", platform)
    assert hint in cameras.explain_failure(0)
    assert cameras.backends()


def test_a_camera_that_is_not_there(camera):
    with pytest.raises(SourceError, match="camera 0"):
        camera()
