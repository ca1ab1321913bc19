import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

import webcam_digits
from tests.helpers.clips import FakeScreen
from webcam_digits.cli import live as launch
from webcam_digits.cli.main import cli
from webcam_digits.errors import DisplayError, WebcamDigitsError


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Runs the command line in an empty folder, where there is no display."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return lambda *args, **extra: CliRunner().invoke(cli, args, prog_name="webcam-digits", **extra)


@pytest.fixture
def clip(tmp_path):
    """A short clip with nothing on it."""
    path = tmp_path / "blank.avi"
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, 30, (160, 120))
    for _ in range(5):
        writer.write(np.full((120, 160, 3), 220, np.uint8))
    writer.release()
    return path.name


@pytest.fixture
def photo(tmp_path):
    cv2.imwrite(str(tmp_path / "blank.png"), np.full((60, 80), 220, np.uint8))
    return "blank.png"


def one_line(result):
    """Standard error, which must be one line of ours."""
    assert result.stdout == ""
    assert result.stderr.startswith("webcam-digits: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_version(call):
    result = call("--version")
    assert (result.exit_code, result.output) == (0, f"webcam-digits {webcam_digits.__version__}\n")


def test_the_package_has_all_that_it_names():
    for name in webcam_digits.__all__:
        assert hasattr(webcam_digits, name)
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = webcam_digits.Nonsense


def test_version_and_help_import_nothing_heavy():
    script = """
import sys
import webcam_digits.__main__
from webcam_digits.cli.main import cli
try:
    cli()
except SystemExit as end:
    heavy = {"cv2", "numpy", "torch", "skimage", "scipy", "onnxruntime", "onnx"} & set(sys.modules)
    assert end.code == 0 and not heavy, (end.code, heavy)
"""
    for option in ("--version", "--help"):
        subprocess.run([sys.executable, "-c", script, option], check=True, stdout=subprocess.DEVNULL)


def test_help_names_commands_keys_and_exit_codes(call):
    text = call("--help").stdout
    for part in ("read", "check", "train", "evaluate", "--camera", "Space pause", "143 SIGTERM"):
        assert part in text


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--camera", "0", "--video", "x.mp4"], "--camera and --video exclude each other"),
        (["--camera", "0", "--demo"], "--camera and --demo exclude each other"),
        (["--video", "x.mp4", "--demo"], "--video and --demo exclude each other"),
        (["--size", "640x480", "--demo"], "--size is for cameras"),
        (["--fps", "30", "--video", "x.mp4"], "--fps is for cameras"),
        (["--fps", "0"], "Invalid value for '--fps'"),
        (["--fps", "nan"], "Invalid value for '--fps'"),
        (["--reconnect", "-1"], "Invalid value for '--reconnect'"),
        (["--reconnect", "inf"], "Invalid value for '--reconnect'"),
        (["--every-frame"], "--every-frame needs --json"),
        (["--force"], "--force needs --record"),
        (["--demo", "--exec", ""], "--exec names no command"),
        (["--demo", "--exec", "no-such-command -x"], "--exec no-such-command: there is no such program"),
        (["--demo", "--exec", "sh -c 'x"], "cannot be split into words: No closing quotation"),
        (["--fullscreen", "--no-window"], "--fullscreen and --no-window exclude each other"),
        (["--camera", "-1"], "Invalid value for '--camera'"),
        (["--camera", "1000"], "Invalid value for '--camera'"),
        (["--camera", "first"], "Invalid value for '--camera'"),
        (["--camera", "/dev/null"], "'/dev/null' is no camera's number: `webcam-digits cameras` lists them"),
        (["--size", "640"], "is not like 1280x720"),
        (["--size", "0x480"], "is not like 1280x720"),
        (["--size", "99999x480"], "is not like 1280x720"),
        (["--timeout", "0"], "Invalid value for '--timeout'"),
        (["--timeout", "nan"], "Invalid value for '--timeout': 'nan' is no finite number"),
        (["--timeout", "inf"], "Invalid value for '--timeout'"),
        (["--min-confidence", "nan"], "Invalid value for '--min-confidence'"),
        (["read", "x.png", "--min-confidence", "nan"], "Invalid value for '--min-confidence'"),
        (["-q", "-v"], "--quiet and --verbose exclude each other"),
        (["-q", "read", "x.png", "-v"], "--quiet and --verbose exclude each other"),
        (["rtsp://me:secret@cam/1"], "rtsp://***@cam/1 is no command: try `--video rtsp://***@cam/1`"),
        (["--size", "http://me:secret@cam/1"], "http://***@cam/1"),
        (["--min-confidence", "1.5"], "Invalid value for '--min-confidence'"),
        (["--threads", "0"], "Invalid value for '--threads'"),
        (["--nonsense"], "See: webcam-digits --help"),
        (["nonsense"], "No such command 'nonsense'"),
        (["read"], "Missing argument 'PHOTO...'"),
        (["x" * 5000], "No such command"),
        (["--json", "read", "x.png"], "options of `read` stand behind it"),
    ],
)
def test_wrong_usage_is_one_line_and_2(call, args, message):
    result = call(*args)
    assert message in one_line(result)
    assert result.exit_code == 2


def test_a_file_in_the_place_of_a_command(call, clip):
    result = call(clip)
    assert f"try `--video {clip}` or `read {clip}`" in one_line(result)
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--camera", "987"], 3, "camera 987"),
        (["--video", "missing.mp4"], 3, "there is no file missing.mp4"),
        (["--video", "."], 3, "is a folder"),
        (["--video", "x" * 5000], 3, "File name too long"),
        (["--video", ""], 3, "the video's name is empty"),
        (["--video", "a\nb.avi"], 3, r"there is no file a\nb.avi"),
        (["--video", "rtp://me:secret@cam"], 3, "rtp://***@cam is of no kind that can be read"),
        (["--video", "blank.avi", "--model", "http://me:secret@cam"], 1, "/***@cam"),
        (["--video", "blank.avi", "--record", "http://me:secret@cam/a.avi"], 1, "/***@cam"),
        (["read", ""], 3, "an image's name is empty"),
        (["read", "http://me:secret@cam/a.png"], 3, "http://***@cam/a.png is no file"),
        (["--video", "blank.avi", "--record", "x" * 5000 + ".avi"], 1, "File name too long"),
        (["read", "x" * 5000], 3, "File name too long"),
        (["--video", "blank.png"], 3, "is a still image: webcam-digits read blank.png"),
        (["--video", "blank.avi", "--record", "x.mov"], 1, "must end in one of .webm, .avi, .mp4"),
        (["--video", "blank.avi", "--record", "missing/x.avi"], 1, "there is no folder missing"),
        (["--video", "blank.avi", "--record", "old.avi"], 1, "replace it with --force"),
        (["--video", "blank.avi", "--record", "blank.avi", "--force"], 1, "is what is being read"),
        (["--video", "blank.avi", "--log", "x.txt"], 1, "must end in one of .csv, .jsonl"),
        (["--video", "blank.avi", "--log", "missing/x.csv"], 1, "there is no folder missing"),
        (["--video", "blank.csv", "--log", "blank.csv"], 1, "blank.csv is what is being read"),
        (["--video", "blank.avi", "--log", "old.csv"], 1, "old.csv is a table of other columns"),
        (["--video", "blank.avi", "--log", "x" * 5000 + ".csv"], 1, "File name too long"),
        (["--video", "blank.avi", "--snapshot-dir", "missing"], 1, "there is no folder missing"),
        (
            ["--video", "blank.avi", "--snapshot-dir", "old.csv"],
            1,
            "old.csv is a file, not a folder: name another --snapshot-dir",
        ),
        (["read", "blank.png", "--explain", "old.csv"], 1, "old.csv is a file, not a folder"),
        (["--video", "blank.avi", "--model", "missing.onnx"], 1, "missing.onnx"),
        (["--video", "blank.avi", "--model", "old.avi"], 1, "old.avi"),
        (["read", "--model", "missing.onnx", "blank.png"], 1, "missing.onnx"),
    ],
)
def test_failures_are_one_line_and_their_code(call, clip, photo, tmp_path, args, code, message):
    (tmp_path / "old.avi").write_text("precious")
    (tmp_path / "old.csv").write_text("precious")
    (tmp_path / "blank.csv").hardlink_to(tmp_path / clip)
    content = (tmp_path / clip).read_bytes()
    result = call(*args, *([] if args[0] == "read" else ["--no-window"]))
    assert message in one_line(result)
    assert result.exit_code == code
    assert (tmp_path / "old.avi").read_text() == (tmp_path / "old.csv").read_text() == "precious"
    assert (tmp_path / clip).read_bytes() == content


def test_a_video_with_nothing_on_it(call, clip):
    result = call("--video", clip, "--no-window")
    assert (result.exit_code, result.output) == (0, "")
    assert call("--video", clip, "--no-window", "--once").exit_code == 4


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
def test_what_keeps_a_run_from_starting_is_told_alone(call, args):
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
    monkeypatch.setattr("importlib.resources.files", lambda name: tmp_path / name)
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


def test_verbose_tells_of_the_source(call, clip):
    assert f"{clip}: 160x120 at 30 frames a second" in call("-v", "--video", clip, "--no-window").stderr


def test_the_demo_tells_its_numbers_each_once(call):
    result = call("--demo", "--no-window")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.split() == ["42", "2026", "1859", "31415926"]


def test_the_readme_shows_what_the_demo_prints(call):
    """Whoever changes what is told changes it there. Another processor may round otherwise."""
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


def test_quiet_and_verbose_stand_before_or_behind_read(call, photo):
    for args in (("-q", "read", photo), ("read", photo, "-q"), ("-v", "read", photo), ("read", "-v", photo)):
        assert call(*args).exit_code == 0


def test_a_fault_of_ours_is_one_line_and_with_v_the_trace(call, clip, monkeypatch):
    def fail(*args, **extra):
        raise ZeroDivisionError("http://me:secret@cam")

    monkeypatch.setattr("webcam_digits.run.loop.run", fail)
    result = call("--video", clip, "--no-window")
    message = one_line(result)
    assert "this is a fault of webcam-digits (ZeroDivisionError: http://***@cam): -v tells more" in message
    assert result.exit_code == 1
    result = call("-v", "--video", clip, "--no-window")
    assert "Traceback (most recent call last)" in result.stderr
    assert "secret" not in result.stderr
    assert result.exit_code == 1


def test_click_before_8_4_works(tmp_path):
    """Its kinds of values take no type in brackets."""
    script = """
import sys, click
click.ParamType.__class_getitem__ = None
from webcam_digits.cli.main import cli
cli(["--size", "640x480", "--demo"])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr[:32]) == (2, "webcam-digits: --size is for cam")


def test_read_an_image_with_nothing_on_it(call, photo):
    result = call("read", photo)
    assert (result.exit_code, result.output) == (0, "")
    result = call("read", photo, "--json")
    content = json.loads(result.stdout)
    assert content.pop("ms") >= 0
    assert content == {"source": photo, "width": 80, "height": 60, "lines": []}


def test_read_some_unreadable(call, photo):
    result = call("read", photo, "missing.png", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[1]) == {
        "source": "missing.png",
        "error": "there is no file missing.png",
    }
    assert result.stderr == "webcam-digits: there is no file missing.png\n"


def test_read_none_readable(call):
    result = call("read", "missing.png", "*.png")
    assert result.exit_code == 3
    assert result.stderr.splitlines() == [
        "webcam-digits: there is no file missing.png",
        "webcam-digits: nothing matches *.png",
    ]


def test_read_standard_input(call, photo, tmp_path):
    result = call("read", "-", "--json", input=(tmp_path / photo).read_bytes())
    assert json.loads(result.stdout)["source"] == "-"


def test_read_tells_numbers_with_names_where_there_are_several(call, tmp_path):
    video = cv2.VideoCapture(str(next(iter(webcam_digits.__path__)) + "/demo.webm"))
    video.set(cv2.CAP_PROP_POS_FRAMES, video.get(cv2.CAP_PROP_FRAME_COUNT) - 5)
    cv2.imwrite(str(tmp_path / "page.png"), video.read()[1])
    assert call("read", "page.png").stdout == "31415926\n"
    assert call("read", "page.png", ".").stdout == "page.png: 31415926\n" * 2


def test_an_opencv_that_cannot_be_loaded(call, clip, monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    result = call("--video", clip)
    assert "OpenCV cannot be loaded" in one_line(result)
    assert "libgl1" in result.stderr
    assert result.exit_code == 1


def test_an_opencv_that_was_installed_twice(monkeypatch):
    monkeypatch.delattr(cv2, "VideoCapture")
    with pytest.raises(WebcamDigitsError, match="pip uninstall"):
        launch.prepare_opencv(1)


def test_threads(call, clip):
    before = cv2.getNumThreads()
    call("--video", clip, "--no-window", "--threads", "2")
    assert cv2.getNumThreads() == 2
    cv2.setNumThreads(before)
