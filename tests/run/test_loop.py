import io
import json
import os
import signal
import threading
from time import monotonic, perf_counter
from types import SimpleNamespace

import pytest

from tests.helpers.clips import FakeReader, FakeScreen, number_of, numbers_in, picture
from webcam_digits.errors import OutputError, SourceLostError
from webcam_digits.outputs.progress import Progress
from webcam_digits.outputs.recording import Recording
from webcam_digits.outputs.stdout import JsonReporter, TextReporter
from webcam_digits.run import loop, pipeline
from webcam_digits.run.loop import run
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.run.reading_thread import ReadingThread
from webcam_digits.signals import Signals
from webcam_digits.sources.source import Frame
from webcam_digits.ui.controls import Key
from webcam_digits.ui.viewer import Viewer

PATIENCE = 20  # seconds until a test that waits has failed


@pytest.fixture(autouse=True)
def no_thread_is_left():
    yield
    assert not {"reading"} & {thread.name for thread in threading.enumerate()}


class FakeSource:
    """A clip, or a camera, of numbered pictures; `before` is called with each number."""

    name, fps, trouble = "fake", 50.0, None

    def __init__(self, count, *, live=False, before=lambda number: None, fps=50.0, lost=False):
        self.count, self.live, self.before, self.fps, self.lost = count, live, before, fps, lost
        self.frame_count = None if live else count
        self.number = 0

    def read(self):
        number = self.number
        self.before(number)
        if number == self.count:
            if self.lost:
                raise SourceLostError("fake stopped giving pictures")
            return None
        self.number += 1
        return Frame(picture(number), number, number / self.fps)


class Stage:
    """Everything a run needs, with the fakes in their places."""

    def __init__(self, folder, source, reader=None, screen=None, reporter=TextReporter, stream=None):
        self.stream = stream or io.StringIO()
        self.reader = reader or FakeReader()
        self.recording = Recording(folder, source.fps, live=source.live)
        pipeline = Pipeline(self.reader, reporter(self.stream), self.recording, Progress(None))
        viewer = Viewer(screen, self.reader, self.recording, pipeline, snapshots=folder) if screen else None
        self.parts = source, pipeline, self.recording, viewer

    def run(self, **options):
        return run(*self.parts, **options)

    @property
    def printed(self):
        return self.stream.getvalue()


def frame_of(number):
    return Frame(picture(number), number, number / 30)


def wait_for(condition):
    end = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < end
        threading.Event().wait(0.001)


def test_of_the_frames_that_wait_the_newest_is_read(tmp_path):
    reading, go_on = threading.Event(), threading.Event()

    class Reader(FakeReader):
        def inspect(self, image, *more):
            reading.set()
            go_on.wait(PATIENCE)
            return super().inspect(image, *more)

    stage = Stage(tmp_path, FakeSource(0), Reader())
    with ReadingThread(stage.parts[1]) as thread:
        at_first = thread.result
        assert at_first is None
        thread.submit(frame_of(0))
        assert reading.wait(PATIENCE)
        for number in (1, 2, 3):
            thread.submit(frame_of(number))
        go_on.set()
        wait_for(lambda: len(stage.reader.numbers) == 2)
        wait_for(lambda: number_of(thread.result.image) == 3)
        assert number_of(thread.result.image) == 3  # it stays until there is another
    assert stage.reader.numbers == [0, 3]


def test_what_reading_fails_with_is_raised_where_its_result_is_asked_for_and_at_the_end(tmp_path):
    class Reader(FakeReader):
        def inspect(self, image, *more):
            raise ValueError("gone")

    thread = ReadingThread(Stage(tmp_path, FakeSource(0), Reader()).parts[1])
    thread.__enter__()
    thread.submit(frame_of(0))
    thread.join(PATIENCE)
    for _ in range(2):
        with pytest.raises(ValueError, match="gone"):
            _ = thread.result
    with pytest.raises(ValueError, match="gone"):
        thread.__exit__(None, None, None)


def test_a_reading_thread_without_frames_stops(tmp_path):
    with ReadingThread(Stage(tmp_path, FakeSource(0)).parts[1]) as thread:
        pass
    assert not thread.is_alive()


def test_of_a_file_every_frame_is_read_in_order(tmp_path):
    stage = Stage(tmp_path, FakeSource(60))
    assert stage.run() == 0
    assert stage.reader.numbers == list(range(60))
    assert stage.printed == "42\n"


def test_json_has_the_ends_too(tmp_path):
    stage = Stage(tmp_path, FakeSource(60), reporter=JsonReporter)
    stage.run()
    events = [json.loads(text) for text in stage.printed.splitlines()]
    assert [event["event"] for event in events] == ["appear", "end"]
    assert events[1]["frame"] == 59


def test_once_stops_at_the_first_number(tmp_path):
    stage = Stage(tmp_path, FakeSource(1000), reporter=JsonReporter)
    assert stage.run(once=True) == 0
    assert len(stage.printed.splitlines()) == 1
    assert len(stage.reader.numbers) < 100


@pytest.mark.parametrize("screen", [None, FakeScreen()])
def test_once_without_a_number(tmp_path, screen):
    stage = Stage(tmp_path, FakeSource(5), FakeReader(lambda number: ""), screen)
    assert stage.run(once=True) == 4
    assert stage.printed == ""


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("windowed", [False, True])
@pytest.mark.parametrize(("once", "code"), [(True, 4), (False, 0)])
def test_the_timeout(tmp_path, live, windowed, once, code):
    source = FakeSource(10**9, live=live, before=lambda number: threading.Event().wait(0.001))
    stage = Stage(tmp_path, source, FakeReader(lambda number: ""), FakeScreen() if windowed else None)
    start = perf_counter()
    assert stage.run(once=once, deadline=monotonic() + 0.1) == code
    assert 0.1 <= perf_counter() - start < PATIENCE


def test_a_file_with_a_window_shows_every_frame_at_its_own_rate(tmp_path):
    screen = FakeScreen()
    stage = Stage(tmp_path, FakeSource(20, fps=100.0), FakeReader(lambda number: ""), screen)
    start = perf_counter()
    assert stage.run() == 0
    assert [number_of(image) for image in screen.pictures] == list(range(20))
    assert perf_counter() - start >= 20 / 100


@pytest.mark.parametrize("live", [False, True])
def test_the_quit_key(tmp_path, live):
    stage = Stage(tmp_path, FakeSource(10**9, live=live), screen=FakeScreen(None, None, Key.QUIT))
    assert stage.run() == 0


def test_a_file_waits_while_paused_and_steps(tmp_path):
    screen = FakeScreen(None, None, None, Key.STEP, None, None, Key.STEP, None, Key.STEP, None, Key.QUIT)
    stage = Stage(tmp_path, FakeSource(10**9, fps=240.0), screen=screen)
    assert stage.run() == 0
    shown = {number_of(image) for image in screen.pictures}
    assert shown == set(range(max(shown) + 1))  # none left out
    assert len(shown) <= 6
    assert max(screen.polls) >= 30  # a pause does not burn the processor


def test_recording_a_file_drops_nothing(tmp_path):
    stage = Stage(tmp_path, FakeSource(40))
    stage.recording.start(tmp_path / "a.avi")
    assert stage.run() == 0
    assert numbers_in(tmp_path / "a.avi") == list(range(40))


def test_live_without_a_window(tmp_path):
    stage = Stage(tmp_path, FakeSource(10**9, live=True, before=lambda number: threading.Event().wait(0.005)))
    assert stage.run(once=True) == 0
    assert stage.printed == "42\n"
    assert stage.reader.numbers == sorted(set(stage.reader.numbers))
    assert stage.reader.threads == {"MainThread"}


def test_a_slow_reading_does_not_hold_up_the_picture(tmp_path):
    """While one frame is being read, thirty more are shown; then the newest is read, not those between."""
    shown_many, reading = threading.Event(), threading.Event()

    class Screen(FakeScreen):
        def show(self, image):
            super().show(image)
            if reading.is_set() and len(self.pictures) - before[0] > 30:
                shown_many.set()

        def poll(self, milliseconds):
            return Key.QUIT if len(reader.numbers) >= 3 else None

    class Reader(FakeReader):
        def inspect(self, image, *more):
            if not self.numbers:
                before.append(len(screen.pictures))
                reading.set()
                assert shown_many.wait(PATIENCE)
            return super().inspect(image, *more)

    screen, reader, before = Screen(), Reader(), []
    source = FakeSource(10**9, live=True, before=lambda number: threading.Event().wait(0.002))
    stage = Stage(tmp_path, source, reader, screen)
    assert stage.run(deadline=monotonic() + PATIENCE) == 0
    assert reader.threads == {"reading"}
    assert reader.numbers[1] - reader.numbers[0] >= 30
    numbers = [number_of(image) for image in screen.pictures]
    assert numbers == sorted(set(numbers))


def test_a_live_pause_reads_and_shows_nothing(tmp_path):
    class Screen(FakeScreen):
        def poll(self, milliseconds):
            self.polls.append(milliseconds)
            match len(self.polls):
                case 20:
                    return Key.PAUSE
                case 25:
                    self.at_pause = len(self.pictures), max(map(number_of, self.pictures))
                case 40:
                    self.after_pause = len(self.pictures), max(map(number_of, self.pictures))
                    return Key.STEP
                case 60:
                    self.after_step = max(map(number_of, self.pictures))
                    return Key.QUIT
            return None

    screen = Screen()
    source = FakeSource(10**9, live=True, before=lambda number: threading.Event().wait(0.002))
    assert Stage(tmp_path, source, screen=screen).run() == 0
    assert screen.at_pause == screen.after_pause
    assert screen.after_step > screen.after_pause[1]


@pytest.mark.parametrize("windowed", [False, True])
def test_a_lost_camera_ends_the_run_and_what_was_emitted(tmp_path, windowed):
    source = FakeSource(60, live=True, before=lambda number: threading.Event().wait(0.002), lost=True)
    stage = Stage(tmp_path, source, screen=FakeScreen() if windowed else None, reporter=JsonReporter)
    stage.recording.start(tmp_path / "a.avi")
    with pytest.raises(SourceLostError):
        stage.run()
    assert [json.loads(text)["event"] for text in stage.printed.splitlines()] == ["appear", "end"]
    assert numbers_in(tmp_path / "a.avi")


class ClosedPipe(io.StringIO):
    def flush(self):
        raise BrokenPipeError


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("windowed", [False, True])
def test_a_closed_pipe_ends_the_run(tmp_path, live, windowed):
    source = FakeSource(10**9, live=live, before=lambda number: threading.Event().wait(0.002))
    stage = Stage(tmp_path, source, screen=FakeScreen() if windowed else None, stream=ClosedPipe())
    stage.recording.start(tmp_path / "a.avi")
    with pytest.raises(BrokenPipeError):
        stage.run()
    assert numbers_in(tmp_path / "a.avi")


def test_a_recording_that_fails_ends_the_run(tmp_path):
    stage = Stage(tmp_path, FakeSource(10**9, live=True), screen=FakeScreen())
    stage.recording.start(tmp_path / "missing" / "a.avi")
    with pytest.raises(OutputError):
        stage.run()


@pytest.mark.parametrize("end", ["once", "quit"])
def test_output_that_fails_while_the_run_ends_is_raised(tmp_path, end):
    writing, ended = threading.Event(), threading.Event()

    class Screen(FakeScreen):
        def poll(self, milliseconds):
            if end == "quit" and writing.is_set():
                ended.set()
                return Key.QUIT
            return None

    def write(image, time):
        if stage.printed:  # the frame with the number
            writing.set()
            ended.wait(PATIENCE if end == "quit" else 0.3)
            raise OutputError("the disk is full")

    source = FakeSource(10**9, live=True, before=lambda number: threading.Event().wait(0.002))
    stage = Stage(tmp_path, source, screen=Screen())
    stage.recording.start(tmp_path / "a.avi")
    stage.recording.write = write
    with pytest.raises(OutputError, match="the disk is full"):
        stage.run(once=end == "once")


@pytest.mark.parametrize("failing", ["camera", "recording"])
def test_a_failure_ends_a_live_pause(tmp_path, failing):
    paused = threading.Event()

    class Screen(FakeScreen):
        def poll(self, milliseconds):
            if not paused.is_set() and len(self.pictures) > 5:
                paused.set()
                return Key.PAUSE
            return None

    class Reader(FakeReader):
        def inspect(self, image, *more):
            if failing == "recording" and not self.numbers:
                paused.wait(PATIENCE)
            return super().inspect(image, *more)

    def before(number):
        threading.Event().wait(0.002)
        if failing == "camera" and paused.is_set():
            raise SourceLostError("fake stopped giving pictures")

    stage = Stage(tmp_path, FakeSource(10**9, live=True, before=before), Reader(), Screen())
    if failing == "recording":
        stage.recording.start(tmp_path / "missing" / "a.avi")
    with pytest.raises(SourceLostError if failing == "camera" else OutputError):
        stage.run(deadline=monotonic() + PATIENCE)


def test_what_is_late_waits_for_no_negative_time(tmp_path):
    """A window without a picture would hand it to `sleep`."""
    screen = FakeScreen()
    *_, viewer = Stage(tmp_path, FakeSource(1), screen=screen).parts
    loop._wait(viewer, perf_counter() - 1, SimpleNamespace(reached=False))
    assert screen.polls == [0]


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("windowed", [False, True])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_run_in_order(tmp_path, live, windowed, number, code):
    before = signal.getsignal(number)

    def at_thirty(index):
        threading.Event().wait(0.002)
        if index == 30:
            os.kill(os.getpid(), number)

    source = FakeSource(10**9, live=live, before=at_thirty)
    stage = Stage(tmp_path, source, screen=FakeScreen() if windowed else None)
    stage.recording.start(tmp_path / "a.mp4")
    assert stage.run() == code
    assert numbers_in(tmp_path / "a.mp4")
    assert signal.getsignal(number) is before


def test_a_second_signal_ends_the_run_at_once(tmp_path):
    def twice(index):
        if index == 5:
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        Stage(tmp_path, FakeSource(10, before=twice)).run()


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no alarm")
@pytest.mark.parametrize(
    ("number", "end"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_what_still_waits_after_a_signal_is_broken_off(tmp_path, monkeypatch, number, end):
    """As a line that nobody reads does; what was recorded is finished."""
    monkeypatch.setattr(loop, "Signals", lambda: Signals(grace=0.05))
    before = signal.getsignal(signal.SIGALRM)

    def wait(index):
        if index == 5:
            os.kill(os.getpid(), number)
            threading.Event().wait(PATIENCE)

    stage = Stage(tmp_path, FakeSource(10, before=wait))
    stage.recording.start(tmp_path / "a.mp4")
    with pytest.raises(end):
        stage.run()
    assert numbers_in(tmp_path / "a.mp4") == [0, 1, 2, 3, 4]
    assert signal.getsignal(signal.SIGALRM) is before


def test_the_pipeline_does_nothing_once_it_is_finished(tmp_path):
    stage = Stage(tmp_path, FakeSource(60), reporter=JsonReporter)
    stage.run()
    printed = stage.printed
    assert stage.parts[1].process(Frame(picture(0), 60, 1.2)) is None
    assert (stage.printed, len(stage.reader.numbers)) == (printed, 60)


@pytest.mark.parametrize("hangs", [False, True])
def test_finishing_waits_for_the_frame_in_work_but_not_for_ever(tmp_path, monkeypatch, hangs):
    monkeypatch.setattr(pipeline, "_FINISH_TIMEOUT", 0.05 if hangs else PATIENCE)
    reading, go_on = threading.Event(), threading.Event()

    class Reader(FakeReader):
        def inspect(self, image, *more):
            if len(self.numbers) == 30:
                reading.set()
                go_on.wait(PATIENCE)
            return super().inspect(image, *more)

    stage = Stage(tmp_path, FakeSource(60), Reader(), reporter=JsonReporter)
    frames = [Frame(picture(number), number, number / 30) for number in range(31)]
    thread = threading.Thread(target=lambda: [stage.parts[1].process(frame) for frame in frames])
    thread.start()
    reading.wait(PATIENCE)
    if not hangs:
        threading.Timer(0.1, go_on.set).start()
    stage.parts[1].finish()
    finished = len(stage.reader.numbers)
    go_on.set()
    thread.join(PATIENCE)
    events = [json.loads(text)["event"] for text in stage.printed.splitlines()]
    assert (finished, events) == ((30, ["appear"]) if hangs else (31, ["appear", "end"]))


def test_ignored_signals_stay_ignored(tmp_path):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        source = FakeSource(10, before=lambda index: os.kill(os.getpid(), signal.SIGINT))
        assert Stage(tmp_path, source).run() == 0
    finally:
        signal.signal(signal.SIGINT, before)
