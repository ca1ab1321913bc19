"""A live stream: an MJPEG server on 127.0.0.1 whose pictures carry their number."""

import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import cv2
import pytest
from clips import FakeReader, FakeScreen, number_of, picture

from webcam_digits import source as source_module
from webcam_digits.errors import SourceLostError
from webcam_digits.live import run
from webcam_digits.pipeline import Pipeline
from webcam_digits.recording import Recording
from webcam_digits.report import Progress, TextReporter
from webcam_digits.source import open_video
from webcam_digits.viewer import Viewer

PATIENCE = 30  # seconds until a test that waits has failed
PERIOD = 0.1  # seconds from picture to picture: much longer than a loaded machine takes to hand one on


class Camera(ThreadingHTTPServer):
    """Sends numbered pictures, one a PERIOD, to whoever connects, until told to stop.

    Attributes:
        sent: the number of the newest picture.
        running: cleared, the pictures stop coming; the connection stays.
        hang_up: set, the connections end.
    """

    daemon_threads = True

    def __init__(self, image_of=picture):
        super().__init__(("127.0.0.1", 0), Stream)
        self.image_of, self.sent = image_of, -1
        self.running, self.hang_up = threading.Event(), threading.Event()
        self.running.set()
        self.url = f"http://user:secret@127.0.0.1:{self.server_port}/video"

    def handle_error(self, request, client_address):
        """Clients may leave as they like."""


class Stream(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        camera = self.server
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        while not camera.hang_up.is_set():
            if camera.running.is_set():
                code = cv2.imencode(".jpg", camera.image_of(camera.sent + 1))[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(code)}\r\n\r\n"
                self.wfile.write(head.encode() + code + b"\r\n")
                camera.sent += 1
            camera.hang_up.wait(PERIOD)


@pytest.fixture
def serve():
    """Starts cameras."""
    started = []

    def start(**options):
        camera = Camera(**options)
        threading.Thread(target=camera.serve_forever, args=(0.02,), daemon=True).start()
        started.append(camera)
        return camera

    yield start
    for camera in started:
        camera.hang_up.set()
        camera.shutdown()
        camera.server_close()


def lines():
    """A reporter that keeps what it is told."""

    class Stream(list):
        write = list.append

        def flush(self):
            pass

    return Stream()


def test_a_stream_is_live_and_shown_without_its_password(serve):
    camera = serve()
    with open_video(camera.url) as stream:
        assert (stream.live, stream.frame_count) == (True, None)
        assert stream.name == f"http://***@127.0.0.1:{camera.server_port}/video"
        numbers = [number_of(stream.read().image) for _ in range(10)]
    assert numbers == list(range(numbers[0], numbers[0] + 10))


def test_the_current_picture_is_shown_however_slow_the_reading(serve, tmp_path):
    camera, reader, lags = serve(), FakeReader(seconds=5 * PERIOD), []

    class Screen(FakeScreen):
        def show(self, image):
            lags.append(camera.sent - number_of(image))

    with open_video(camera.url) as stream:
        recording = Recording(tmp_path, stream.fps, live=True)
        pipeline = Pipeline(reader, TextReporter(lines()), recording, Progress(None))
        viewer = Viewer(Screen(), reader, recording, snapshots=tmp_path)
        assert run(stream, pipeline, recording, viewer, timeout=30 * PERIOD) == 0
    late = lags[len(lags) // 2 :]
    assert len(lags) > 10
    assert len(reader.numbers) < len(lags) / 2
    assert median(lags) <= 1
    assert median(late) <= 1  # nothing builds up


def test_without_a_window_the_newest_picture_is_read(serve, tmp_path):
    camera, lags = serve(), []

    class Reader(FakeReader):
        def inspect(self, image):
            lags.append(camera.sent - number_of(image))
            return super().inspect(image)

    reader = Reader(seconds=2.5 * PERIOD)
    with open_video(camera.url) as stream:
        recording = Recording(tmp_path, stream.fps, live=True)
        pipeline = Pipeline(reader, TextReporter(lines()), recording, Progress(None))
        assert run(stream, pipeline, recording, timeout=30 * PERIOD) == 0
    assert len(lags) > 5
    assert median(lags) <= 1


@pytest.mark.parametrize("end", ["silence", "hang up"])
def test_a_stream_that_stops_is_lost(serve, end, monkeypatch):
    monkeypatch.setattr(source_module, "_READ_TIMEOUT", 0.5)
    camera = serve()
    with open_video(camera.url) as stream:
        stream.read()
        if end == "silence":
            camera.running.clear()
        else:
            camera.hang_up.set()
        with pytest.raises(SourceLostError, match=r"http://\*\*\*@127.0.0.1:\d+/video stopped"):
            list(stream)


def started(*args):
    return subprocess.Popen(
        [sys.executable, "-m", "webcam_digits", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_process_reads_a_stream(serve):
    clip = cv2.VideoCapture(str(Path(source_module.__file__).with_name("demo.webm")))
    clip.set(cv2.CAP_PROP_POS_FRAMES, clip.get(cv2.CAP_PROP_FRAME_COUNT) - 5)
    page = clip.read()[1]
    camera = serve(image_of=lambda number: page)
    process = started("--video", camera.url, "--no-window", "--once", "--timeout", "20")
    output, errors = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output, errors) == (0, "31415926\n", "")


def test_a_process_whose_stream_ends(serve):
    camera = serve()
    process = started("--video", camera.url, "--no-window", "--json", "--every-frame")
    process.stdout.readline()
    camera.hang_up.set()
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert errors == (
        f"webcam-digits: http://***@127.0.0.1:{camera.server_port}/video stopped giving pictures: "
        "check its cable or network\n"
    )


def test_a_stream_that_does_not_answer_can_be_interrupted():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        process = started("--video", f"http://127.0.0.1:{silent.getsockname()[1]}/", "--no-window", "-q")
        connection, _ = silent.accept()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        connection.close()
    assert (process.returncode, errors) == (130, "")
