import shutil
import sys
from pathlib import Path

import pytest

import webcam_digits
from tests.helpers.messages import one_line


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
        (
            ["--camera", "/dev/null"],
            "'/dev/null' is not a camera's number: `webcam-digits cameras` lists them",
        ),
        (["--size", "640"], "is not like 1280x720"),
        (["--size", "0x480"], "is not like 1280x720"),
        (["--size", "99999x480"], "is not like 1280x720"),
        (["--timeout", "0"], "Invalid value for '--timeout'"),
        (["--timeout", "nan"], "Invalid value for '--timeout': 'nan' is not a finite number"),
        (["--timeout", "inf"], "Invalid value for '--timeout'"),
        (["--min-confidence", "nan"], "Invalid value for '--min-confidence'"),
        (["read", "x.png", "--min-confidence", "nan"], "Invalid value for '--min-confidence'"),
        (["-q", "-v"], "--quiet and --verbose exclude each other"),
        (["-q", "read", "x.png", "-v"], "--quiet and --verbose exclude each other"),
        (["--size", "http://me:secret@cam/1"], "http://***@cam/1"),
        (["--min-confidence", "1.5"], "Invalid value for '--min-confidence'"),
        (["--threads", "0"], "Invalid value for '--threads'"),
        (["--nonsense"], "See: webcam-digits --help"),
        (["read"], "Missing argument 'PHOTO...'"),
        (["train", "nonsense"], "No such command 'nonsense'"),
        (["--rotate", "45"], "Invalid value for '--rotate'"),
        (["--demo", "--camera", "0", "--loop"], "--camera and --demo exclude each other"),
        (["--camera", "987", "--loop"], "cannot loop: leave out --loop"),
        (["--min-confidence", "90%"], "'90%' is not from 0 to 1: give a share such as 0.9"),
        (["read", "x.png", "--min-confidence", "85"], "'85' is not from 0 to 1: give a share such as 0.85"),
        (["--json", "read", "x.png"], "options of `read` stand behind it"),
    ],
)
def test_wrong_usage_is_one_line_and_2(call, args, message):
    result = call(*args)
    assert message in one_line(result)
    assert result.exit_code == 2


@pytest.mark.parametrize(
    "args",
    [
        ["demo.webm", "--no-window", "--once"],
        ["--once", "--no-window", "demo.webm"],
        ["--once", "demo.webm", "--no-window"],
        ["--once", "--no-window", "--", "demo.webm"],
        ["./read", "--no-window", "--once"],
        ["many.gif", "--no-window", "--once"],
    ],
)
def test_a_source_may_be_a_file_with_options_around_it(call, tmp_path, args):
    for name in ("demo.webm", "read", "many.gif"):
        shutil.copy(Path(webcam_digits.__file__).with_name("demo.webm"), tmp_path / name)
    result = call(*args)
    assert (result.exit_code, result.output) == (0, "42\n")
    assert "Missing argument 'PHOTO...'" in one_line(call("read"))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("987", "there is no camera 987: "),
        ("rtsp://me:secret@127.0.0.1:9/1", "rtsp://***@127.0.0.1:9/1 cannot be opened"),
        ("blank.avi", "no number was read before blank.avi ended"),
        ("broken", "broken is "),
    ],
)
def test_a_source_is_opened(call, clip, tmp_path, source, message):
    (tmp_path / "broken").write_text("not a video")
    result = call(source, "--no-window", "--once")
    assert message in one_line(result)
    assert result.exit_code == (4 if source == clip else 3)


@pytest.mark.skipif(sys.platform != "linux", reason="cameras are files on Linux")
def test_a_source_may_be_the_device_of_a_camera(call, tmp_path):
    (tmp_path / "by-id").symlink_to("/dev/video987")
    for name in ("/dev/video987", "./by-id"):
        assert "there is no camera 987: " in one_line(call(name, "--size", "640x480"))


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["blank.png"], "blank.png is an image: webcam-digits read blank.png"),
        (["--json", "blank.png", "-v"], "blank.png is an image: webcam-digits read blank.png"),
        (["."], ". is a folder: webcam-digits read . reads the images in it"),
        (
            ["raed", "--explain", "why"],
            "'raed' is not a command, and there is no such file: did you mean `read`?",
        ),
        (["blnk.avi"], "'blnk.avi' is not a command, and there is no such file: did you mean `blank.avi`?"),
        (["more/scna.avi"], "there is no such file: did you mean `more/scan.avi`?"),
        (["nonsense"], "there is no such file: SOURCE is a camera's number, a video file or a URL."),
        (["missing/nonsense"], "there is no such file: SOURCE is a camera's number"),
        ([""], "'' is not a command, and there is no such file"),
        (["x" * 5000], "is not a command, and there is no such file"),
        (
            ["trian", "--data", "x"],
            "'trian' is not a command, and there is no such file: did you mean `train`?",
        ),
        (
            ["ftp://me:secret@cam/1"],
            "ftp://***@cam/1 cannot be read: SOURCE is a file, or a URL with http://",
        ),
        (["1000"], "1000 is not a camera's number: `webcam-digits cameras` lists them."),
        (["blank.avi", "blank.avi"], "blank.avi: one SOURCE at a time"),
        (["blank.avi", "read"], "read: one SOURCE at a time"),
        (["blank.avi", "--camera", "0"], "SOURCE and --camera exclude each other: give one"),
        (["--video", "blank.avi", "blank.avi"], "SOURCE and --video exclude each other: give one"),
        (["blank.avi", "--demo"], "SOURCE and --demo exclude each other: give one"),
        (["1", "--camera", "0"], "SOURCE and --camera exclude each other: give one"),
        (["blank.avi", "--size", "640x480"], "--size is for cameras: leave it out with blank.avi"),
        (["blank.avi", "--nonsense"], "See: webcam-digits --help"),
    ],
)
def test_what_cannot_be_a_source_is_one_line_and_2(call, clip, photo, tmp_path, args, message):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "scan.avi").touch()
    result = call(*args)
    assert message in one_line(result)
    assert result.exit_code == 2


@pytest.mark.parametrize("option", ["-h", "--help", "--version"])
def test_what_is_asked_behind_a_source_is_answered_whatever_that_is(call, option):
    result = call("nonsense", option)
    assert (result.exit_code, result.stdout, result.stderr) == (0, call(option).stdout, "")


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--camera", "987"], 3, "camera 987"),
        (["--video", "missing.mp4"], 3, "there is no file missing.mp4"),
        (["--video", "."], 3, "is a folder"),
        (["--video", "x" * 5000], 3, "File name too long"),
        (["--video", ""], 3, "the video's name is empty"),
        (["--video", "a\nb.avi"], 3, r"there is no file a\nb.avi"),
        (["--video", "rtp://me:secret@cam"], 3, "rtp://***@cam "),
        (["--video", "blank.avi", "--model", "http://me:secret@cam"], 1, "/***@cam"),
        (["--video", "blank.avi", "--record", "http://me:secret@cam/a.avi"], 1, "/***@cam"),
        (["read", ""], 3, "an image's name is empty"),
        (["read", "http://me:secret@cam/a.png"], 3, "http://***@cam/a.png is "),
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


def test_a_fault_of_ours_is_one_line_and_with_v_the_trace(call, clip, monkeypatch):
    def fail(*args, **extra):
        raise ZeroDivisionError("http://me:secret@cam")

    monkeypatch.setattr("webcam_digits.run.loop.run", fail)
    result = call("--video", clip, "--no-window")
    message = one_line(result)
    assert "this is a fault of webcam-digits (ZeroDivisionError: http://***@cam): -v shows where" in message
    assert result.exit_code == 1
    result = call("-v", "--video", clip, "--no-window")
    assert "Traceback (most recent call last)" in result.stderr
    assert "secret" not in result.stderr
    assert result.exit_code == 1
