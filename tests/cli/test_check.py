import json
import os
from importlib import metadata
from types import SimpleNamespace

import cv2
import pytest
from click.testing import CliRunner

from tests.helpers.program import finished
from webcam_digits.cli import check
from webcam_digits.cli.check import State, anonymous, examine
from webcam_digits.cli.main import cli
from webcam_digits.errors import ModelError
from webcam_digits.sources.devices import Camera
from webcam_digits.sources.v4l2 import Mode

ALL = list(check._CHECKS)
BUT_NEEDED = "display", "cameras"  # which are no more than notes where they are missing
GOOD = [State.GOOD, State.NOTE]


def findings():
    return {finding.what: finding for finding in examine()}


@pytest.fixture
def only(monkeypatch):
    """Checks one thing only."""
    return lambda what: monkeypatch.setattr(check, "_CHECKS", {what: check._CHECKS[what]}) or findings


def test_where_all_is_well_it_says_so():
    result = CliRunner().invoke(cli, ["check"])
    lines = result.stdout.splitlines()
    assert (result.exit_code, result.stderr, lines[-1]) == (0, "", "all that reading needs works")
    assert [line.split()[1] for line in lines[:-1]] == ALL
    assert all(line.startswith("good ") for line in lines[:-1] if line.split()[1] not in BUT_NEEDED)
    assert "31415926 in the demo is read right" in lines[-2]


def test_json_is_one_object():
    result = CliRunner().invoke(cli, ["check", "--json"])
    content = json.loads(result.stdout)
    assert (result.exit_code, content["good"], list(content["findings"])) == (0, True, ALL)
    assert content["findings"]["video"]["text"].endswith("records .webm, .avi, .mp4")
    assert content["findings"]["model"]["text"].startswith("labels 0 1 2 3 4 5 6 7 8 9; threshold 0.")
    assert f"numpy {metadata.version('numpy')}" in content["findings"]["packages"]["text"]
    assert content["findings"]["telemetry"]["state"] == "good"


def test_what_is_broken_is_reported_and_the_rest_checked(monkeypatch):
    def fail(*_, **__):
        raise ModelError("cannot read model the shipped model: gone")

    monkeypatch.setattr("webcam_digits.reading.classifier.Classifier.__init__", fail)
    result = CliRunner().invoke(cli, ["check", "--json"])
    content = json.loads(result.stdout)
    assert (result.exit_code, content["good"]) == (1, False)
    assert content["findings"]["model"] == {
        "state": "broken",
        "text": "cannot read model the shipped model: gone",
    }
    assert content["findings"]["reading"]["state"] == "broken"
    assert content["findings"]["telemetry"]["state"] in GOOD
    assert CliRunner().invoke(cli, ["check"]).stdout.splitlines()[-1] == "broken: model, reading"


def test_an_installation_that_fails_in_an_unforeseen_way(monkeypatch, only):
    monkeypatch.setattr(check.platform, "platform", lambda: 1 / 0)
    assert only("system")()["system"].state is State.BROKEN
    assert "division by zero: reinstall webcam-digits" in findings()["system"].text


@pytest.mark.parametrize(
    ("module", "packages", "state", "text"),
    [
        ("scipy", [], State.BROKEN, "there is no scipy: reinstall webcam-digits"),
        (
            "cv2",
            ["opencv-python", "numpy", "numpy"],
            State.NOTE,
            "pip uninstall numpy opencv-python, then pip install numpy",
        ),
    ],
)
def test_packages(monkeypatch, only, module, packages, state, text):
    installed = {**metadata.packages_distributions(), module: packages}
    monkeypatch.setattr(check.metadata, "packages_distributions", lambda: installed)
    finding = only("packages")()["packages"]
    assert finding.state is state
    assert text in finding.text


def test_without_opencv_nothing_that_needs_it_is_checked(tmp_path):
    (tmp_path / "cv2.py").write_text('raise ImportError("libGL.so.1: cannot open shared object file")')
    done = finished("check", env=os.environ | {"PYTHONPATH": str(tmp_path)})
    assert (done.returncode, done.stderr) == (1, "")
    *_, opencv, end = done.stdout.splitlines()
    assert opencv.startswith("broken  opencv         OpenCV cannot be loaded (libGL.so.1: cannot open")
    assert "apt install libgl1" in opencv
    assert end == "broken: opencv"


def test_an_old_opencv(monkeypatch, only):
    monkeypatch.setattr(cv2, "__version__", "4.13.0")
    finding = only("opencv")()["opencv"]
    assert finding.state is State.BROKEN
    assert finding.text == "4.13.0 is too old: pip install --upgrade 'opencv-python>=5,<6'"


def test_an_opencv_without_ffmpeg(monkeypatch, only):
    monkeypatch.setattr(cv2.videoio_registry, "getBackends", lambda: [cv2.CAP_V4L2])
    finding = only("video")()["video"]
    assert finding.state is State.BROKEN
    assert "FFMPEG is missing" in finding.text


def test_a_codec_that_is_missing_is_no_more_than_a_note(monkeypatch, only):
    monkeypatch.setattr("webcam_digits.outputs.video_file.CODECS", {".avi": "MJPG", ".mp4": "avc1"})
    finding = only("video")()["video"]
    assert finding.state is State.NOTE
    assert "records .avi; not .mp4: cannot write" in finding.text


@pytest.mark.parametrize(
    ("reason", "state", "text"),
    [
        (None, State.GOOD, "a window can be opened"),
        ("there is no display: set DISPLAY to one", State.NOTE, "no window: there is no display"),
    ],
)
def test_the_display(monkeypatch, only, reason, state, text):
    monkeypatch.setattr("webcam_digits.ui.window.Window.available", lambda: reason)
    finding = only("display")()["display"]
    assert finding.state is state
    assert finding.text.startswith(text)


MODES = (Mode("YUYV", 640, 480, 30.0), Mode("MJPG", 1280, 720, 30.0))


@pytest.mark.parametrize(
    ("cameras", "obstacles", "state", "text"),
    [
        ([], {}, State.NOTE, "none is found: plug one in; the demo, videos and photos need none"),
        (
            [Camera(0, "Desk", MODES), Camera(2, "", ())],
            {},
            State.GOOD,
            "0 Desk up to 1280x720; 2",
        ),
        (
            [Camera(0, "Desk", ())],
            {0: "camera 0 is busy: close the other program that uses it"},
            State.NOTE,
            "0 Desk; camera 0 is busy: close the other program that uses it",
        ),
    ],
)
def test_the_cameras(monkeypatch, only, cameras, obstacles, state, text):
    monkeypatch.setattr("webcam_digits.sources.devices.list_cameras", lambda: cameras)
    monkeypatch.setattr("webcam_digits.sources.devices.obstacle", obstacles.get)
    finding = only("cameras")()["cameras"]
    assert (finding.state, finding.text) == (state, text)


def test_telemetry_that_was_switched_on(monkeypatch, only):
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    finding = only("telemetry")()["telemetry"]
    assert finding.state is State.NOTE
    assert "unset that, or set it to 1" in finding.text


def test_a_reading_that_is_wrong(monkeypatch, only):
    monkeypatch.setattr(
        "webcam_digits.reading.reader.DigitReader.read", lambda reader, image: SimpleNamespace(text="3141592")
    )
    finding = only("reading")()["reading"]
    assert finding.state is State.BROKEN
    assert finding.text.startswith("the demo's 31415926 was read as '3141592'")


def test_nothing_private_is_printed(monkeypatch):
    monkeypatch.setattr(check.os.path, "expanduser", lambda _: "/home/ada")
    monkeypatch.setattr(check, "getuser", lambda: "ada")
    monkeypatch.setattr(check.socket, "gethostname", lambda: "ada-pc")
    text = r"/home/ada/x.so, /srv/ada/y, C:\Users\ada\z, ada-pc:0, \\ada-pc\z, /srv/adam, /home/adam, canada"
    shown = r"~/x.so, /srv/USER/y, C:\Users\USER\z, HOST:0, \\HOST\z, /srv/adam, /home/adam, canada"
    assert anonymous(text) == shown


def test_a_machine_that_is_called_like_something_else(monkeypatch, only):
    """As one named demo, or like its camera."""
    monkeypatch.setattr(check.socket, "gethostname", lambda: "demo")
    assert anonymous("the demo's 31415926; demo camera") == "the demo's 31415926; demo camera"
    monkeypatch.setattr(
        "webcam_digits.sources.devices.list_cameras", lambda: [Camera(0, "USB/demo camera", ())]
    )
    monkeypatch.setattr("webcam_digits.sources.devices.obstacle", lambda number: None)
    assert only("cameras")()["cameras"].text == "0 USB/demo camera"


def test_a_machine_without_names(monkeypatch):
    def fail():
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr(check, "getuser", fail)
    monkeypatch.setattr(check.socket, "gethostname", lambda: "")
    for home in ("/", "~"):  # as in a container, for a user that the system does not know
        monkeypatch.setattr(check.os.path, "expanduser", lambda _, home=home: home)
        assert anonymous("/usr/lib/x.so") == "/usr/lib/x.so"
