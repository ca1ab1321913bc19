"""How the program with its window ends: what stops it, signals, what hangs, a full disk."""

import json
import os
import signal
import socket
import subprocess
import threading
from contextlib import contextmanager
from time import monotonic, sleep

import cv2
import pytest

from tests.helpers.clips import frames_in, picture
from tests.helpers.program import PATIENCE, in_window
from tests.helpers.screen import desktop

pytestmark = pytest.mark.window

SOON = 15  # seconds in which what takes three on a machine with nothing else to do is done


@pytest.fixture(scope="module")
def display():
    with desktop() as name:
        yield name


def test_once_with_a_window(display, tmp_path):
    log = tmp_path / "a.jsonl"
    with in_window(display, "--demo", "--once", "--log", log) as program:
        assert program.next_line() == "42"
        assert program.ending() == (0, ["42"], "")
    assert [json.loads(line)["event"] for line in log.read_text().splitlines()] == ["appear"]


@pytest.mark.parametrize(("once", "code"), [(["--once"], 4), ([], 0)])
def test_a_timeout_with_a_window(display, once, code):
    with in_window(display, "--demo", "--timeout", "0.3", *once) as program:
        reason = "webcam-digits: no number was read before the timeout of 0.3 s\n" if once else ""
        assert program.ending() == (code, [], reason)


@pytest.mark.parametrize(
    ("number", "ending"), [(signal.SIGINT, ".avi"), (signal.SIGTERM, ".mp4"), (signal.SIGHUP, ".webm")]
)
def test_signals_with_a_window(display, tmp_path, number, ending):
    recording = tmp_path / f"a{ending}"
    with in_window(display, "--demo", "--record", recording) as program:
        assert program.next_line() == "42"
        program.process.send_signal(number)
        start = monotonic()
        assert program.ending() == (128 + number, ["42"], f"webcam-digits: recorded {recording}\n")
        assert monotonic() - start < SOON
    assert frames_in(recording) > 25


@pytest.mark.parametrize("way", ["key", "close"])
def test_a_command_that_hangs_does_not_keep_the_program(display, way):
    with in_window(display, "--demo", "--exec", "sleep 600") as program:
        assert program.next_line() == "42"
        program.hit("q") if way == "key" else program.close()
        start = monotonic()
        code, _, errors = program.ending()
        assert monotonic() - start < SOON
    assert (code, errors) == (0, "webcam-digits: the --exec command sleep does not end: it is broken off\n")


@contextmanager
def stream_that_ends(pictures):
    """The address of a stream that hangs up after so many pictures; from then on nobody answers."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        listener.close()
        connection.sendall(
            b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
        )
        for number in range(pictures):
            code = cv2.imencode(".jpg", picture(number))[1].tobytes()
            head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(code)}\r\n\r\n"
            connection.sendall(head.encode() + code + b"\r\n")
            sleep(0.05)
        connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    thread.join(PATIENCE)


@pytest.mark.parametrize(
    ("way", "code"),
    [("key", 0), ("close", 0), (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
)
def test_the_end_while_a_stream_is_looked_for(display, tmp_path, way, code):
    recording = tmp_path / "a.webm"
    with (
        stream_that_ends(30) as url,
        in_window(display, "--video", url, "--reconnect", 600, "--record", recording) as program,
    ):
        assert "looking for it again" in program.process.stderr.readline()
        if way == "key":
            program.hit("q")
        elif way == "close":
            program.close()
        else:
            program.process.send_signal(way)
        start = monotonic()
        assert program.ending() == (code, [], f"webcam-digits: recorded {recording}\n")
        assert monotonic() - start < SOON
    assert frames_in(recording) > 5


def test_recording_by_key_on_a_full_disk(display, tmp_path):
    """That is reported, and the run goes on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("may not mount a disk")
    try:
        with in_window(display, "--demo", "--snapshot-dir", disk) as program:
            program.hit("r")
            assert program.next_line() == "42"
            program.hit("q")
            code, _, errors = program.ending()
        path = disk / "webcam-digits-001.webm"
        assert (code, errors.splitlines()) == (
            0,
            [
                f"webcam-digits: recording {path}",
                f"webcam-digits: the disk is nearly full: {path} is not begun; make room first",
            ],
        )
        assert not path.exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
