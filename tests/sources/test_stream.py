"""A live stream: an MJPEG server on 127.0.0.1 whose pictures carry their number."""

import gc
import itertools
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import pytest

import webcam_digits
from tests.helpers.clips import AV1, FakeReader, FakeScreen, number_of, numbers_in, picture, write_clip
from tests.helpers.program import PATIENCE, finished, start, started
from webcam_digits.errors import SourceError, SourceLostError, UsageError
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import TextReporter
from webcam_digits.run.loop import run
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.sources import reconnecting
from webcam_digits.sources import stream as stream_module
from webcam_digits.sources.capture import OPEN_TIMEOUT
from webcam_digits.sources.opening import open_source
from webcam_digits.sources.stream import open_stream
from webcam_digits.ui.viewer import Viewer

PERIOD = 0.1  # seconds from picture to picture: much longer than a loaded machine takes to hand one on


class Camera(ThreadingHTTPServer):
    """Sends numbered pictures, one a period, to whoever connects, until it is stopped.

    Attributes:
        sent: the number of the newest picture.
        damaged: what is sent of a picture's code, which comes in bytes.
        running: cleared, the pictures stop coming; the connection stays.
        hang_up: set, the connections end.
    """

    daemon_threads = True

    def __init__(self, image_of=picture, port=0, period=PERIOD):
        super().__init__(("127.0.0.1", port), Stream)
        self.image_of, self.period, self.sent = image_of, period, -1
        self.damaged = lambda code: code
        self.running, self.hang_up = threading.Event(), threading.Event()
        self.running.set()
        self.url = f"http://user:secret@127.0.0.1:{self.server_port}/video"
        self.shown = f"http://***@127.0.0.1:{self.server_port}/video"

    def handle_error(self, request, client_address):
        """Clients may leave as they like."""

    def stop(self):
        """End as a server does that is killed; another may take its port."""
        self.hang_up.set()
        self.shutdown()
        self.server_close()


class Stream(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *args):
        pass

    def do_GET(self):
        camera = self.server
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
        self.end_headers()
        while not camera.hang_up.is_set():
            if camera.running.is_set():
                code = camera.damaged(cv2.imencode(".jpg", camera.image_of(camera.sent + 1))[1].tobytes())
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(code)}\r\n\r\n"
                self.wfile.write(head.encode() + code + b"\r\n")
                camera.sent += 1
            camera.hang_up.wait(camera.period)


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
        if not camera.hang_up.is_set():
            camera.stop()


def lines():
    """A reporter that keeps what it is given."""

    class Stream(list):
        write = list.append

        def flush(self):
            pass

    return Stream()


def test_a_stream_is_live_and_shown_without_its_password(serve):
    camera = serve()
    with open_stream(camera.url) as stream:
        assert (stream.live, stream.frame_count) == (True, None)
        assert stream.name == camera.shown
        frames = list(itertools.islice(stream, 10))
    numbers = [number_of(frame.image) for frame in frames]
    assert len({number - frame.index for number, frame in zip(numbers, frames, strict=True)}) == 1
    assert all(frame.warmed_up for frame in frames)


def test_the_current_picture_is_shown_however_slow_the_reading(serve, tmp_path):
    camera, reader, lags = serve(), FakeReader(seconds=5 * PERIOD), []

    class Screen(FakeScreen):
        def show(self, image):
            lags.append(camera.sent - number_of(image))

    with open_stream(camera.url) as stream:
        recording = Recording(tmp_path, stream.fps, live=True)
        pipeline = Pipeline(reader, TextReporter(lines()), recording, Progress(None))
        viewer = Viewer(Screen(), reader, recording, pipeline, snapshots=tmp_path)
        assert run(stream, pipeline, recording, viewer, deadline=time.monotonic() + 30 * PERIOD) == 0
    late = lags[len(lags) // 2 :]
    assert len(lags) > 10
    assert len(reader.numbers) < len(lags) / 2
    assert median(lags) <= 1
    assert median(late) <= 1  # nothing builds up


def test_without_a_window_the_newest_picture_is_read(serve, tmp_path):
    camera, lags = serve(), []

    class Reader(FakeReader):
        def inspect(self, image, *more):
            lags.append(camera.sent - number_of(image))
            return super().inspect(image, *more)

    reader = Reader(seconds=2.5 * PERIOD)
    with open_stream(camera.url) as stream:
        recording = Recording(tmp_path, stream.fps, live=True)
        pipeline = Pipeline(reader, TextReporter(lines()), recording, Progress(None))
        assert run(stream, pipeline, recording, deadline=time.monotonic() + 30 * PERIOD) == 0
    assert len(lags) > 5
    assert median(lags) <= 1


@pytest.mark.parametrize("end", ["silence", "hang up"])
def test_a_stream_that_stops_is_lost(serve, end, monkeypatch):
    monkeypatch.setattr(reconnecting, "_SILENCE", 0.5)
    camera = serve()
    with open_stream(camera.url) as stream:
        next(iter(stream))
        if end == "silence":
            camera.running.clear()
        else:
            camera.hang_up.set()
        with pytest.raises(SourceLostError, match=re.escape(f"{camera.shown} stopped giving pictures")):
            list(stream)


@pytest.mark.parametrize("rotate", [0, 90])
def test_a_stream_that_is_closed_while_it_is_iterated_ends(serve, rotate):
    with open_source(serve().url, reconnect=PATIENCE, rotate=rotate) as stream:
        for _ in stream:
            stream.close()
        assert stream.read() is None


def test_a_script_that_leaves_a_stream_open_ends_well(serve):
    camera = serve(period=0.001)  # so that the thread is in OpenCV most of the time
    script = f"""
from webcam_digits import open_source
source = open_source({camera.url!r})
for frame in source:
    break
"""
    done = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True) for _ in range(5)]
    assert [(run.returncode, run.stderr) for run in done] == [(0, "")] * 5


def test_a_stream_that_is_dropped_is_closed(serve):
    stream = open_stream(serve().url)
    assert isinstance(stream, reconnecting.LiveSource)
    thread = stream._thread
    next(iter(stream))
    del stream
    gc.collect()
    thread.join(PATIENCE)
    assert thread.ended


def test_a_stream_that_refuses_is_named_without_its_password():
    with pytest.raises(SourceError, match=r"http://\*\*\*@127.0.0.1:9/ cannot be opened"):
        open_stream("http://me:secret@127.0.0.1:9/")


def test_a_stream_that_does_not_answer_is_given_up(monkeypatch):
    monkeypatch.setattr(stream_module, "OPEN_TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.perf_counter()
        with pytest.raises(SourceError, match="cannot be opened"):
            open_stream(f"rtsp://127.0.0.1:{server.getsockname()[1]}/x")
        assert time.perf_counter() - start < 20


def test_a_stream_is_waited_for_no_longer_than_its_timeout():
    with socket.create_server(("127.0.0.1", 0)) as server:
        start = time.perf_counter()
        with pytest.raises(SourceError, match="does not answer"):
            open_source(f"http://127.0.0.1:{server.getsockname()[1]}/", timeout=0.2)
        assert time.perf_counter() - start < OPEN_TIMEOUT


def test_a_live_stream_does_not_loop(serve):
    camera = serve()
    with pytest.raises(
        UsageError, match=re.escape(f"{camera.shown} has no end and cannot loop: leave out --loop")
    ):
        open_stream(camera.url, loop=True)


def test_a_stream_of_few_pictures_is_not_lost(serve, caplog):
    """Slower than the silence after which a quick one is, and without any patience."""
    camera = serve(period=1.25 * reconnecting._SILENCE)
    with open_stream(camera.url) as stream:
        frames = list(itertools.islice(stream, 4))
    assert [frame.index - frames[0].index for frame in frames] == [0, 1, 2, 3]
    assert [message for message in caplog.messages if "opening" not in message] == []


class Files(ThreadingHTTPServer):
    """Sends, for each address, what a function of its own makes, or an error for None; counts how often.

    Attributes:
        part: of the content that is sent of what was announced.
        silent: the connection stays open then, until `hang_up` is set.
    """

    daemon_threads = True

    def __init__(self, **files):
        super().__init__(("127.0.0.1", 0), Download)
        self.files, self.sent = files, 0
        self.part, self.silent, self.hang_up = 1.0, False, threading.Event()

    def url(self, name):
        return f"http://127.0.0.1:{self.server_port}/{name}"

    def handle_error(self, request, client_address):
        """Clients may leave as they like."""


class Download(BaseHTTPRequestHandler):
    server: Any

    def log_message(self, *args):
        pass

    def do_GET(self):
        kind = self.path.strip("/").partition(".")[0]
        content = self.server.files[kind](self.server.sent)
        self.server.sent += 1
        if content is None:
            self.send_error(503)
            return
        self.send_response(200)
        if kind != "unsized":
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: int(self.server.part * len(content))])
        self.server.hang_up.wait(PATIENCE if self.server.silent else 0)


@pytest.fixture
def offer():
    """Starts servers of files."""
    started = []

    def start(**files):
        started.append(Files(**files))
        threading.Thread(target=started[-1].serve_forever, args=(0.02,), daemon=True).start()
        return started[-1]

    yield start
    for server in started:
        server.hang_up.set()
        server.shutdown()
        server.server_close()


def jpeg(number):
    return cv2.imencode(".jpg", picture(number))[1].tobytes()


@pytest.mark.parametrize("name", ["snapshot.jpg", "snapshot.cgi", "unsized.jpg"])
def test_a_snapshot_is_fetched_again_and_again(offer, caplog, monkeypatch, name):
    monkeypatch.setattr(reconnecting, "_FETCH_PERIOD", 0.05)
    caplog.set_level("INFO", "webcam_digits")
    server = offer(snapshot=jpeg, unsized=jpeg)
    with open_stream(server.url(name)) as stream:
        assert stream.live
        frames = list(itertools.islice(stream, 5))
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2, 3, 4]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert caplog.messages == [f"{server.url(name)} sends single pictures: fetching one every 0.05 s"]


def test_a_snapshot_that_is_gone_is_lost(offer, monkeypatch):
    monkeypatch.setattr(reconnecting, "_FETCH_PERIOD", 0.05)
    server = offer(snapshot=lambda number: jpeg(number) if number < 3 else b"")
    with open_stream(server.url("snapshot.cgi")) as stream, pytest.raises(SourceLostError):
        list(stream)


def test_one_failed_fetch_of_a_snapshot_is_no_loss(offer, caplog, monkeypatch):
    monkeypatch.setattr(reconnecting, "_FETCH_PERIOD", 0.05)
    monkeypatch.setattr(reconnecting, "_SILENCE", PATIENCE)
    server = offer(snapshot=lambda number: None if number % 5 == 3 else jpeg(number))
    with open_stream(server.url("snapshot.cgi")) as stream:
        numbers = [number_of(frame.image) for frame in itertools.islice(stream, 8)]
    assert numbers == [0, 1, 2, 4, 5, 6, 7, 9]
    assert caplog.messages == []


def test_a_snapshot_that_comes_back_is_read_on(offer, monkeypatch, caplog):
    monkeypatch.setattr(reconnecting, "_FETCH_PERIOD", 0.05)
    monkeypatch.setattr(reconnecting, "_SILENCE", 0.2)
    server = offer(snapshot=lambda number: b"" if 3 <= number < 9 else jpeg(number))
    with open_stream(server.url("snapshot.cgi"), reconnect=PATIENCE) as stream:
        frames = (number_of(frame.image) for frame in stream)
        while f"{stream.name} is back" not in caplog.messages:
            assert next(frames) not in range(3, 9)
    assert len(caplog.messages) == 2


def test_a_video_on_a_server_is_read_whole_and_may_loop(offer, tmp_path):
    content = write_clip(tmp_path / "clip.avi", 6).read_bytes()
    server = offer(clip=lambda number: content)
    with open_stream(server.url("clip.avi")) as video:
        assert (video.live, video.frame_count) == (False, 6)
        assert [number_of(frame.image) for frame in video] == list(range(6))
    with open_stream(server.url("clip.avi"), loop=True) as video:
        numbers = [number_of(video.read().image) for _ in range(13)]
    assert numbers == [*range(6), *range(6), 0]


@pytest.mark.parametrize("ending", [".avi", ".webm"])
@pytest.mark.parametrize("loop", [False, True])
def test_a_video_whose_server_breaks_off_is_reported_once(offer, tmp_path, caplog, ending, loop):
    content = write_clip(tmp_path / f"clip{ending}", 60).read_bytes()
    server = offer(clip=lambda number: content)
    server.part = 0.6
    with open_stream(server.url(f"clip{ending}"), loop=loop) as video:
        count = sum(1 for _ in itertools.islice(video, 90))
    assert count == 90 if loop else 20 < count < 54
    (message,) = [message for message in caplog.messages if "opening" not in message]
    assert re.match(rf"{video.name} ended early, after \d\d of about 60 frames: check the network", message)


def test_a_video_whose_server_falls_silent_is_reported(offer, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(stream_module, "READ_TIMEOUT", 1.5)
    content = write_clip(tmp_path / "clip.avi", 60).read_bytes()
    server = offer(clip=lambda number: content)
    server.part, server.silent = 0.95, True
    with open_stream(server.url("clip.avi")) as video:
        assert 20 < sum(1 for _ in video) < 60
    assert "ended early" in caplog.messages[-1]


@pytest.mark.parametrize("ending", [".avi", ".webm", ".mp4"])
def test_a_whole_video_on_a_server_is_not_reported(offer, tmp_path, caplog, ending):
    content = write_clip(tmp_path / f"clip{ending}", 60).read_bytes()
    server = offer(clip=lambda number: content)
    with open_stream(server.url(f"clip{ending}")) as video:
        assert sum(1 for _ in video) == 60
    assert [message for message in caplog.messages if "opening" not in message] == []


def test_a_stream_in_a_codec_that_cannot_be_decoded_is_named(offer):
    server = offer(clip=lambda number: AV1)
    with pytest.raises(
        SourceError, match=r"/clip\.ivf is AV1, which OpenCV cannot decode here: have it sent as"
    ):
        open_stream(server.url("clip.ivf"))


class Run:
    """The real program on a stream; each frame that it reads is a line, of which there is one already."""

    def __init__(self, url, *options):
        self.process = start("--video", url, "--no-window", "--json", "--every-frame", *options)
        self.frames, self.errors = [], []
        self._readers = [
            threading.Thread(target=self._keep, args=args, daemon=True)
            for args in ((self.process.stdout, self.frames), (self.process.stderr, self.errors))
        ]
        for reader in self._readers:
            reader.start()
        assert self.wait(lambda: self.frames), self.errors

    def _keep(self, stream, lines):
        for text in stream:
            if not text.startswith("webcam-digits: opening"):  # where that takes its time
                lines.append(json.loads(text) if stream is self.process.stdout else text)

    def wait(self, condition):
        """Until something is so; whether it came to be."""
        deadline = time.monotonic() + PATIENCE
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.02)
        return condition()

    def goes_on(self, count=5):
        """Whether more frames come."""
        before = len(self.frames)
        return self.wait(lambda: len(self.frames) >= before + count)

    def end(self):
        """The exit code after Ctrl-C, or of a run that ends by itself."""
        for reader in self._readers:
            reader.join(PATIENCE)
        with self.process:
            self.process.wait(PATIENCE)
        indices, times = ([frame[name] for frame in self.frames] for name in ("frame", "time"))
        assert indices == sorted(set(indices))
        assert times == sorted(times)
        return self.process.returncode

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.end()


@pytest.fixture
def watch(serve):
    """Runs the program on a camera; both are returned."""
    started = []

    def start(*options, **camera):
        served = serve(**camera)
        started.append(Run(served.url, *options))
        return served, started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.end()


LOST = "webcam-digits: {} gives no pictures: looking for it again for up to 30 s\n"
BACK = "webcam-digits: {} is back\n"


def test_a_process_whose_stream_is_restarted(serve, watch):
    camera, run = watch()
    camera.stop()
    assert run.wait(lambda: run.errors == [LOST.format(camera.shown)])
    serve(port=camera.server_port)
    assert run.wait(lambda: run.errors[1:] == [BACK.format(camera.shown)])
    assert run.goes_on()
    assert run.interrupt() == 130


def test_a_process_whose_stream_falls_silent(watch):
    camera, run = watch()
    camera.running.clear()
    assert run.wait(lambda: run.errors == [LOST.format(camera.shown)])
    before = len(run.frames)
    time.sleep(1)
    assert len(run.frames) <= before + 1
    camera.running.set()
    assert run.wait(lambda: run.errors[1:] == [BACK.format(camera.shown)])
    assert run.goes_on()
    assert run.interrupt() == 130


def test_a_process_can_be_interrupted_while_its_stream_is_away(watch):
    camera, run = watch()
    camera.stop()
    assert run.wait(lambda: run.errors)
    start = time.monotonic()
    assert run.interrupt() == 130
    assert time.monotonic() - start < PATIENCE / 2


@pytest.mark.parametrize(
    "damaged",
    [lambda code: bytes(len(code)), lambda code: code[: len(code) // 2], lambda code: b"", bytes.swapcase],
    ids=["zeros", "half", "nothing", "garbage"],
)
def test_a_process_whose_stream_sends_nonsense(watch, damaged):
    camera, run = watch()
    camera.damaged = damaged
    time.sleep(1)
    camera.damaged = lambda code: code
    assert run.goes_on(10)
    assert run.interrupt() == 130
    # Half a picture may be a picture, and a second may be too short to be reported.
    expected = [LOST.format(camera.shown), BACK.format(camera.shown)]
    assert all(error in expected for error in run.errors)


def test_a_process_whose_stream_changes_its_size(watch, tmp_path):
    path = tmp_path / "changing.avi"
    camera, run = watch("--record", str(path))
    assert run.goes_on()
    camera.image_of = lambda number: cv2.resize(picture(number), (320, 200))
    assert run.goes_on(10)
    camera.image_of = picture
    assert run.goes_on(10)
    assert (run.interrupt(), run.errors) == (130, [f"webcam-digits: recorded {path}\n"])
    assert len(numbers_in(path)) > 20


def test_a_process_reads_a_stream(serve):
    clip = cv2.VideoCapture(str(Path(webcam_digits.__file__).with_name("demo.webm")))
    clip.set(cv2.CAP_PROP_POS_FRAMES, clip.get(cv2.CAP_PROP_FRAME_COUNT) - 5)
    page = clip.read()[1]
    camera = serve(image_of=lambda number: page)
    done = finished("--video", camera.url, "--no-window", "--once", "--timeout", "50")
    assert (done.returncode, done.stdout, done.stderr) == (0, "31415926\n", "")


@pytest.mark.parametrize(
    ("seconds", "patient", "remedy"),
    [(0, "", ""), (1, " and did not come back within 1 s", ", or wait longer with --reconnect")],
)
def test_a_process_whose_stream_ends(watch, seconds, patient, remedy):
    camera, run = watch("--reconnect", str(seconds))
    camera.stop()
    assert run.end() == 1
    said = f"{camera.shown} stopped giving pictures{patient}: check its cable or network{remedy}"
    assert run.errors[-1] == f"webcam-digits: {said}\n"
    assert len(run.errors) == 1 + (seconds > 0)


def test_a_stream_that_does_not_answer_is_waited_for_no_longer_than_asked():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        start = time.monotonic()
        done = finished("--video", url, "--no-window", "--once", "--timeout", "2", "-q")
        assert time.monotonic() - start < OPEN_TIMEOUT
    said = f"webcam-digits: {url} does not answer: check the address and the network\n"
    assert (done.returncode, done.stdout, done.stderr) == (3, "", said)


def test_a_stream_that_does_not_answer_can_be_interrupted():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with started("--video", url, "--no-window", "-q") as process:
            connection, _ = silent.accept()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=PATIENCE)
            connection.close()
    assert (process.returncode, errors) == (130, "")
