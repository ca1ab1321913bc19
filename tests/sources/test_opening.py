"""One function opens whatever gives frames."""

from pathlib import Path

import numpy as np
import pytest

from tests.helpers.clips import number_of, picture, write_clip
from webcam_digits.errors import SourceError, UsageError
from webcam_digits.sources import devices, opening
from webcam_digits.sources.devices import camera_number
from webcam_digits.sources.opening import open_source
from webcam_digits.sources.source import Frame, Source


class Played(Source):
    """Two frames as they come."""

    def __init__(self):
        super().__init__("played", 30, live=True)
        self.frames = [Frame(picture(number), number, number / 30) for number in (1, 2)]
        self.closed = False

    def read(self):
        self.trouble = None if self.frames else "nothing comes"
        return self.frames.pop(0) if self.frames else None

    def close(self):
        self.closed = True


@pytest.fixture
def camera(monkeypatch):
    """What a camera was opened with, and the source that came."""
    calls, source = [], Played()

    def open_camera(*args, **options):
        calls.append((args, options))
        return source

    monkeypatch.setattr(opening, "open_camera", open_camera)
    return calls, source


@pytest.mark.parametrize("source", [3, "3", "/dev/video3", Path("/dev/video3")])
def test_a_number_and_a_device_are_a_camera(camera, monkeypatch, source):
    monkeypatch.setattr(devices.sys, "platform", "linux")
    opened = open_source(source, size=(640, 480), fps=15, reconnect=9)
    assert opened is camera[1]
    assert camera[0] == [((3, (640, 480), 15), {"reconnect": 9})]


def test_without_a_source_it_is_the_first_camera(camera):
    open_source()
    assert camera[0][0][0][0] == 0


@pytest.mark.parametrize(
    ("source", "number"),
    [(12345, 12345), ("07", 7), ("1234", None), ("-1", None), ("\N{SUPERSCRIPT TWO}", None), ("", None),
     ("clip.mp4", None), ("http://cam/1", None), (Path("1"), None), ("./1", None), ("/dev/null", None)],
)  # fmt: skip
def test_what_stands_for_a_camera(source, number):
    assert camera_number(source) == number


def test_a_link_to_a_device_is_that_camera(tmp_path, monkeypatch):
    monkeypatch.setattr(devices.sys, "platform", "linux")
    (tmp_path / "webcam").symlink_to("/dev/video5")
    assert camera_number(tmp_path / "webcam") == 5
    assert camera_number(str(tmp_path / "webcam")) == 5


def test_a_path_of_digits_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.avi", 3).rename("7")
    with open_source(Path("7")) as source:
        assert (source.name, source.frame_count) == ("7", 3)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_frames_are_turned_clockwise(camera, degrees):
    played = camera[1]
    with open_source(0, rotate=degrees) as source:
        assert (source.name, source.fps, source.live) == ("played", 30, True)
        frame = source.read()
        assert np.array_equal(frame.image, np.rot90(picture(1), -degrees // 90))
        assert (frame.index, frame.time) == (1, 1 / 30)
        assert source.read() is not None
        assert source.trouble is None
        assert source.read() is None
        assert source.trouble == "nothing comes"
    assert played.closed


def test_a_turned_file_is_read_to_its_end(tmp_path):
    with open_source(write_clip(tmp_path / "clip.avi", 5), rotate=180) as source:
        turned = [frame.image[::-1, ::-1] for frame in source]
        assert source.frame_count == 5
    assert [number_of(image) for image in turned] == list(range(5))


@pytest.mark.parametrize("degrees", [-90, 45, 360])
def test_other_angles_are_refused(degrees):
    with pytest.raises(ValueError, match="rotate is one of"):
        open_source(0, rotate=degrees)


def test_a_camera_does_not_loop(camera):
    with pytest.raises(UsageError, match=r"^a camera has no end and cannot loop: leave out --loop$"):
        open_source(0, loop=True)
    assert camera[0] == []


@pytest.mark.parametrize("source", ["clip.mp4", Path("clip.mp4"), "rtsp://me:secret@cam/1"])
@pytest.mark.parametrize("asked", [{"size": (640, 480)}, {"fps": 30}])
def test_only_a_camera_is_asked_for_a_size_or_rate(source, asked):
    with pytest.raises(UsageError, match=r"of cameras only: leave them out with (clip|rtsp://\*\*\*@cam)"):
        open_source(source, **asked)


@pytest.mark.parametrize("url", ["rtp://me:secret@cam/1", "ftp://me:secret@cam/1"])
def test_a_url_of_an_unknown_kind_is_not_taken_for_a_file(url):
    with pytest.raises(
        SourceError, match=r"^\w+://\*\*\*@cam/1 cannot be read: give a file, or a URL with http://"
    ):
        open_source(url)
