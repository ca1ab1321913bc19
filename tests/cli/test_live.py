import json
import sys
from itertools import pairwise
from pathlib import Path

import cv2
import pytest

import webcam_digits
from tests.helpers.clips import FakeScreen
from tests.helpers.messages import one_line
from webcam_digits.errors import DisplayError


def test_a_video_with_nothing_on_it(call, clip):
    result = call("--video", clip, "--no-window")
    assert (result.exit_code, result.output) == (0, "")


def test_once_says_when_nothing_came(call, clip):
    result = call(clip, "--no-window", "--once")
    assert result.exit_code == 4
    assert one_line(result) == "webcam-digits: no number was read before blank.avi ended\n"
    result = call(clip, "--no-window", "--once", "--loop", "--timeout", "0.5")
    assert result.exit_code == 4
    assert one_line(result) == "webcam-digits: no number was read before the timeout of 0.5 s\n"
    assert call(clip, "--no-window", "--once", "-q").stderr == ""


def test_every_frame(call, clip):
    result = call("--video", clip, "--no-window", "--json", "--every-frame")
    frames = [json.loads(text) for text in result.stdout.splitlines()]
    assert [frame["frame"] for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[0] == {"event": "frame", "time": 0.0, "frame": 0, "lines": []}


def test_without_a_display_the_run_goes_on_printing(call, clip):
    result = call("--video", clip, "--json", "--every-frame")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 5
    assert (
        result.stderr == "webcam-digits: no window, only printing: there is no display: set DISPLAY to one\n"
    )
    assert call("--video", clip, "-q").stderr == ""


@pytest.mark.parametrize("args", [["--video", "missing.mp4"], ["--demo", "--model", "missing.onnx"]])
def test_what_keeps_a_run_from_starting_is_printed_alone(call, args):
    assert "missing" in one_line(call(*args))


@pytest.mark.skipif(sys.platform != "linux", reason="cameras are files on Linux")
def test_a_camera_by_its_device(call, tmp_path):
    (tmp_path / "by-id").symlink_to("/dev/video987")
    for name in ("987", "/dev/video987", "./by-id"):
        assert "there is no camera 987: " in one_line(call("--camera", name))


def test_a_window_without_a_display(call, clip):
    result = call("--video", clip, "--window")
    assert "no window: there is no display" in one_line(result)
    assert result.exit_code == DisplayError.exit_code == 1


def test_a_window_with_an_opencv_that_has_none(call, clip, monkeypatch):
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(cv2, "currentUIFramework", lambda: "")
    result = call("--video", clip, "--window")
    assert "opencv-python-headless" in one_line(result)
    assert result.exit_code == 1


def test_the_window_gets_what_was_asked_for(call, clip, monkeypatch):
    shown = []

    class FakeWindow(FakeScreen):
        available = staticmethod(lambda: None)

        def __init__(self, title):
            super().__init__()
            self.title = title

        def __enter__(self):
            return self

        def __exit__(self, *error):
            shown.append("closed")

        def show(self, image):
            shown.append(image.shape)

        def toggle_fullscreen(self):
            shown.append(f"full screen: {self.title}")

    monkeypatch.setattr("webcam_digits.ui.window.Window", FakeWindow)
    assert call("--video", clip, "--fullscreen", "--mirror").exit_code == 0
    picture = 120, 160, 3
    assert shown == [picture, f"full screen: webcam-digits - {clip}", *[picture] * 4, "closed"]


def test_recording(call, clip, tmp_path):
    result = call("--video", clip, "--no-window", "--record", "new.mp4")
    assert (result.exit_code, result.stderr) == (0, "webcam-digits: recorded new.mp4\n")
    assert cv2.VideoCapture(str(tmp_path / "new.mp4")).get(cv2.CAP_PROP_FRAME_COUNT) == 5
    assert call("--video", clip, "--no-window", "--record", "new.mp4").exit_code == 1
    assert call("--video", clip, "--no-window", "--record", "new.mp4", "--force").exit_code == 0


def test_the_demo_is_not_recorded_over(call, monkeypatch, tmp_path):
    package = tmp_path / "webcam_digits"
    package.mkdir()
    clip = package / "demo.webm"
    clip.write_bytes(Path(webcam_digits.__file__).with_name("demo.webm").read_bytes())
    content = clip.read_bytes()
    monkeypatch.setattr("webcam_digits.cli.live.resources.files", lambda name: tmp_path / name)
    result = call("--demo", "--no-window", "--record", clip, "--force")
    assert "is what is being read: name another --record" in one_line(result)
    assert result.exit_code == 1
    assert clip.read_bytes() == content


def test_a_current_folder_that_is_read_only_is_no_hindrance(call, clip, monkeypatch):
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    assert call("--video", clip, "--no-window").exit_code == 0
    assert call("--video", clip, "--no-window", "--snapshot-dir", ".").exit_code == 1


def test_verbose_describes_the_source(call, clip):
    assert f"{clip}: 160x120 at 30 frames a second" in call("-v", "--video", clip, "--no-window").stderr


def test_the_demo_prints_its_numbers_each_once(call):
    result = call("--demo", "--no-window")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.split() == ["42", "2026", "1859", "31415926"]


def test_the_readme_shows_what_the_demo_prints(call):
    """Whoever changes what is printed changes it there. Another processor may round otherwise."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    shown, _ = json.JSONDecoder().raw_decode(readme, readme.index('{"event": "appear"'))
    printed = json.loads(call("--demo", "--no-window", "--json", "--once").stdout)

    def same(a, b):
        if isinstance(a, dict):
            return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
        if isinstance(a, list):
            return len(a) == len(b) and all(map(same, a, b))
        return (
            a == b if isinstance(a, str) else a == pytest.approx(b, abs=0.05 if isinstance(a, float) else 1)
        )

    assert same(shown, printed), printed


def test_a_file_that_begins_again(call, clip):
    result = call(clip, "--no-window", "--loop", "--json", "--every-frame", "--timeout", "2")
    frames = [json.loads(text) for text in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert len(frames) > 10
    assert [frame["frame"] for frame in frames] == list(range(len(frames)))
    assert all(before["time"] < after["time"] for before, after in pairwise(frames))


def test_frames_are_turned_before_the_region_is_taken(call, clip):
    roi = "--roi", "100,130,9x9"  # which the 160x120 frames do not have, but turned ones have
    assert "lies outside the picture, which is 160x120" in one_line(call(clip, "--no-window", *roi))
    roi = "--roi", "100,130,20x20"
    result = call(clip, "--no-window", "--rotate", "270", "--json", "--every-frame", *roi)
    assert result.exit_code == 0
    assert {json.loads(text)["rotated"] for text in result.stdout.splitlines()} == {270}
