"""The loop over a camera, a stream or a file: who runs when.

Live, three roles run beside each other, each handing on only its newest result: *capture* takes frames from
the source, *display*, on the main thread, shows the newest of them with the newest reading, and *reading*
reads the newest frame that is shown. So a slow reading never makes the picture lag; the boxes of a reading
are moved to where things are in the frame that is shown, and after each the reading rests for a while.
Without a window the main thread reads. A file is read in order, frame by frame, on the main thread; with a
window at its own rate.
"""

from contextlib import closing
from time import perf_counter, sleep, thread_time
from types import TracebackType

from webcam_digits.errors import SourceLostError
from webcam_digits.outputs.recording import Recording
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.run.stop import StopCondition
from webcam_digits.run.workers import Newest, Role
from webcam_digits.signals import Signals
from webcam_digits.sources.source import Frame, Source
from webcam_digits.tracking.result import Result
from webcam_digits.ui.viewer import Viewer

_TICK = 0.03  # seconds between two looks at the keys and at what ends a run, while no frame comes
_LONGEST_STEP = 1.0  # seconds that a file's frame is shown at most
_REST = 2.0  # times what reading a live frame took of the processor: a third of a core at most goes to it
_LONGEST_REST = 0.1  # seconds


def run(
    source: Source,
    pipeline: Pipeline,
    recording: Recording,
    viewer: Viewer | None = None,
    *,
    once: bool = False,
    deadline: float | None = None,
) -> int:
    """Read a source until it ends, or something else ends the run.

    Args:
        source: closed by the caller.
        pipeline: what is done with each frame that is read.
        recording: that the pipeline writes to; it is closed here, however the run ends.
        viewer: shows the frames; None where there is no window.
        once: the first number that is told ends the run.
        deadline: when to end it, as `monotonic` tells the time; None for never.

    Returns:
        The exit code.

    Raises:
        SourceLostError: the camera or stream stopped delivering.
        OutputError: something could not be written.
        BrokenPipeError: nobody reads what is told any more.
    """
    with Signals() as signals, closing(recording):
        closed = (lambda: not viewer.is_open) if viewer else (lambda: False)
        ending = StopCondition(signals, lambda: pipeline.told, closed, once=once, deadline=deadline)
        try:
            if not source.live:
                _replay(source, pipeline, viewer, ending)
            elif viewer is None:
                _listen(source, pipeline, ending)
            else:
                _watch(source, pipeline, viewer, ending)
        except SourceLostError:
            pipeline.finish()
            raise
        if not ending.found:
            pipeline.finish()
    return ending.exit_code


def _replay(source: Source, pipeline: Pipeline, viewer: Viewer | None, ending: StopCondition) -> None:
    """A file: every frame, in order."""
    due, before = perf_counter(), 0.0  # when the next frame is to be shown; the last one's time in the clip
    while not ending.reached and (frame := source.read()) is not None:
        result = pipeline.process(frame)
        if viewer is None:
            continue
        # Where reading is slower than the clip, all that follows is later.
        due = max(due + min(frame.time - before, _LONGEST_STEP), perf_counter())
        before = frame.time
        _wait(viewer, due, ending)
        viewer.show(frame.image, result)
    if viewer is not None:
        _wait(viewer, due + 1 / source.fps, ending)  # the last frame has its time too


def _wait(viewer: Viewer, due: float, ending: StopCondition) -> None:
    """Heed the keys until the next frame is due, however long the person pauses."""
    while not ending.reached:
        left = _TICK if viewer.paused else min(due - perf_counter(), _TICK)
        viewer.poll(round(1000 * max(left, 0)))
        if viewer.wants_frame and perf_counter() >= due:
            return


def _listen(source: Source, pipeline: Pipeline, ending: StopCondition) -> None:
    """A live source without a window: capture beside reading."""
    captured: Newest[Frame] = Newest()
    with _capture(source, captured):
        while not ending.reached:
            frame = captured.take(_TICK)
            if frame is not None:
                with _Rest(pipeline):
                    pipeline.process(frame, sparing=True)


def _watch(source: Source, pipeline: Pipeline, viewer: Viewer, ending: StopCondition) -> None:
    """A live source with a window: capture, reading and display beside each other."""
    captured: Newest[Frame] = Newest()
    shown: Newest[Frame] = Newest()
    results: Newest[Result] = Newest()

    def read() -> None:
        frame = shown.take(_TICK)
        if frame is None:
            return
        with _Rest(pipeline):
            result = pipeline.process(frame, sparing=True)
            if result is not None:
                results.put(result)

    result: Result | None = None
    with _capture(source, captured), Role("reading", read, results.fail):
        while not ending.reached:
            if not viewer.wants_frame:
                captured.check()
                results.check()
            else:
                frame = captured.take(_TICK)
                result = results.take(0) or result
                if frame is not None:
                    shown.put(frame)
                    viewer.show(frame.image, result and result.now(frame.image))
            viewer.trouble = source.trouble
            viewer.poll(round(1000 * _TICK) if viewer.paused else 1)


class _Rest:
    """After its `with` block, rests in proportion to what that took of the processor on this thread.

    Not while a recording runs, which has as many pictures as are read.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def __enter__(self) -> None:
        self._start = thread_time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and not self._pipeline.is_recording:
            sleep(min(_REST * (thread_time() - self._start), _LONGEST_REST))


def _capture(source: Source, captured: Newest[Frame]) -> Role:
    def step() -> None:
        frame = source.read()
        if frame is not None:
            captured.put(frame)

    return Role("capture", step, captured.fail)
