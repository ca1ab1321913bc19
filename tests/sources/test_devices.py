"""Which cameras there are: a Linux made of files, and drivers that answer as real ones do."""

import errno
import json
import os
import shutil
import struct
import sys
from types import SimpleNamespace

import cv2
import pytest
from click.testing import CliRunner

from webcam_digits.cli.main import cli
from webcam_digits.errors import SourceError
from webcam_digits.sources import camera, devices, v4l2
from webcam_digits.sources.devices import Camera, CameraFinder, list_cameras
from webcam_digits.sources.v4l2 import Mode


@pytest.fixture
def system(tmp_path, monkeypatch):
    """A Linux without cameras, to put some in."""
    monkeypatch.setattr(devices, "_SYSFS", tmp_path / "sys")
    monkeypatch.setattr(devices, "_DEV", tmp_path / "dev")
    monkeypatch.setattr(devices.sys, "platform", "linux")
    (tmp_path / "dev").mkdir()

    def plug(number, name, index=0):
        node = tmp_path / "sys" / f"video{number}"
        node.mkdir(parents=True)
        (node / "name").write_text(name + "\n")
        (node / "index").write_text(f"{index}\n")
        (tmp_path / "dev" / f"video{number}").touch()

    def unplug(number):
        shutil.rmtree(tmp_path / "sys" / f"video{number}")

    plug.unplug = unplug  # type: ignore[attr-defined]
    return plug


def test_cameras_are_listed_without_their_other_nodes(system):
    assert devices.find_cameras() == {}
    system(2, "Second Cam")
    system(0, "First Cam")
    system(1, "First Cam", index=1)
    assert devices.find_cameras() == {0: "First Cam", 2: "Second Cam"}


def test_a_camera_is_found_again_by_its_name(system):
    system(0, "First Cam")
    system(2, "Second Cam")
    finder = CameraFinder(0)
    assert finder.find() == 0
    system.unplug(0)
    with pytest.raises(SourceError):
        finder.find()
    system(0, "Third Cam")  # another one took its number
    with pytest.raises(SourceError):
        finder.find()
    system(5, "First Cam")
    assert finder.find() == 5
    assert finder.find() == 5


def test_another_camera_of_the_same_make_is_not_taken_for_it(system):
    system(0, "Cam")
    system(1, "Cam")
    finder = CameraFinder(0)
    system.unplug(0)
    with pytest.raises(SourceError):
        finder.find()
    system(2, "Cam")
    assert finder.find() == 2


def test_where_cameras_have_no_names_the_number_stays(system):
    assert CameraFinder(3).find() == 3


def test_a_missing_camera_is_reported_with_the_others(system):
    assert devices.explain_failure(7) == "there is no camera 7: plug one in, or try --demo"
    system(0, "First Cam")
    assert devices.explain_failure(7) == "there is no camera 7: try --camera with one of 0 (First Cam)"
    assert "camera 0 is there but gives no picture" in devices.explain_failure(0)


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

    monkeypatch.setattr(v4l2, "request_buffer", fail)
    assert message in devices.explain_failure(0)


@pytest.mark.parametrize(
    ("platform", "hint"), [("darwin", "System Settings"), ("win32", "Settings > Privacy")]
)
def test_other_systems_have_hints_of_their_own(monkeypatch, platform, hint):
    monkeypatch.setattr(devices.sys, "platform", platform)
    assert hint in devices.explain_failure(0)
    assert camera._backends()


class Driver:
    """Answers questions about a camera that gives YUYV at two sizes and MJPG from one to another."""

    capabilities = v4l2._CAPTURE

    def __init__(self, device):
        pass

    def ask(self, request, question):
        index, *rest = struct.unpack_from("4I", question)
        match request:
            case v4l2._QUERY_CAPABILITIES:
                return struct.pack("84x5I", v4l2._HAS_DEVICE_CAPABILITIES | 0xFF, self.capabilities, 0, 0, 0)
            case v4l2._ENUMERATE_FORMATS if index < 2:
                return struct.pack("44x4s16x", (b"YUYV", b"MJPG")[index])
            case v4l2._ENUMERATE_SIZES if rest[0] == int.from_bytes(b"YUYV", "little") and index < 2:
                return struct.pack("8x7I8x", v4l2._DISCRETE, *((640, 480), (1280, 720))[index], *(0,) * 4)
            case v4l2._ENUMERATE_SIZES if rest[0] == int.from_bytes(b"MJPG", "little"):
                return struct.pack("8x7I8x", 3, 320, 1280, 16, 240, 720, 16)  # the same for every index
            case v4l2._ENUMERATE_INTERVALS if rest[1] == 640 and index < 2:
                return struct.pack("16x3I24x", v4l2._DISCRETE, 1, (15, 30)[index])
            case v4l2._ENUMERATE_INTERVALS if rest[1] == 320:
                return struct.pack("16x7I8x", 3, 1001, 60000, 1, 1, 0, 0)
            case v4l2._ENUMERATE_INTERVALS if index == 0:
                return struct.pack("16x3I24x", v4l2._DISCRETE, 0, 30)  # nonsense: none a frame
        raise OSError(errno.EINVAL, "no more")


@pytest.fixture
def driver(monkeypatch):
    class Device(Driver, v4l2._Device):
        def __exit__(self, *_):
            pass

    monkeypatch.setattr(v4l2, "_Device", Device)
    return Device


MODES = (
    Mode("YUYV", 640, 480, 30.0),
    Mode("YUYV", 1280, 720, 0.0),
    Mode("MJPG", 320, 240, 60000 / 1001),
    Mode("MJPG", 1280, 720, 0.0),
)


def test_what_a_camera_can_give(system, driver):
    system(0, "Cam")
    assert list_cameras() == [Camera(0, "Cam", MODES)]


@pytest.mark.parametrize("capabilities", [0, 2, v4l2._CAPTURE | 0x8000])
def test_what_is_no_camera_is_not_listed(system, driver, capabilities):
    system(0, "Codec")
    driver.capabilities = capabilities
    assert list_cameras() == []


def test_a_driver_that_never_ends_is_left(driver, monkeypatch):
    monkeypatch.setattr(driver, "ask", lambda self, request, question: bytes(64))
    assert len(list(driver("/dev/video0").codings())) == v4l2._MOST


def test_a_camera_that_cannot_be_asked_is_listed_all_the_same(system):
    system(0, "Cam")
    assert list_cameras() == [Camera(0, "Cam", ())]  # a plain file has no such questions


def test_the_command_that_lists_cameras(system, driver):
    system(0, "Cam")
    result = CliRunner().invoke(cli, ["cameras"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == (
        "0: Cam\n    320x240, 59.94 frames a second\n    640x480, 30 frames a second\n    1280x720\n"
    )
    result = CliRunner().invoke(cli, ["cameras", "--json"])
    listed = json.loads(result.stdout)
    assert (listed["camera"], listed["name"]) == (0, "Cam")
    assert listed["sizes"][0] == {"width": 320, "height": 240, "fps": 59.94}
    assert listed["sizes"][2] == {"width": 1280, "height": 720, "fps": None}


@pytest.mark.parametrize(
    ("platform", "backend"), [("win32", cv2.CAP_DSHOW), ("darwin", cv2.CAP_AVFOUNDATION)]
)
def test_other_systems_list_cameras_by_a_library(monkeypatch, platform, backend):
    """By the backend that opens them, whose numbers are those of `--camera`."""
    listed = {backend: [SimpleNamespace(index=0, name="Built in"), SimpleNamespace(index=1, name="USB")]}
    library = SimpleNamespace(enumerate_cameras=listed.__getitem__)
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", library)
    monkeypatch.setattr(devices.sys, "platform", platform)
    assert camera._backends()[0] == backend
    assert list_cameras() == [Camera(0, "Built in", ()), Camera(1, "USB", ())]
    assert devices.find_cameras() == {}  # a camera that comes back is sought by its number


def test_where_no_camera_is_listed(system):
    result = CliRunner().invoke(cli, ["cameras", "-q"])
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr == "webcam-digits: no camera found: plug one in, or try --demo\n"
