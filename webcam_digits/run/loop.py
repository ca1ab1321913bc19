"""The loop over a camera, a stream or a file.

A live source hands out its newest frame. With a window, the main thread shows each, and a thread of its own
reads the newest that is shown, so that a slow reading never holds up the picture: the boxes of the newest
reading are moved to where things are in the frame that is shown. Without a window the main thread reads. A
file is read in order, frame by frame, on the main thread; with a window at its own rate.
"""

from contextlib import closing
from time import perf_counter

from webcam_digits.errors import SourceLostError
from webcam_digits.outputs.recording import Recording
from webcam_digits.run.pipeline import Pipeline
from webcam_digits.run.reading_thread import ReadingThread, resting
from webcam_digits.run.stop import StopCondition
from webcam_digits.signals import Signals
from webcam_digits.sources.source import Source
from webcam_digits.ui.viewer import Viewer

_TICK = 0.03  # seconds between two polls of the window while no frame of a file is due
_LONGEST_STEP = 1.0  # seconds that a file's frame is shown at most


def run(
    source: Source,
    pipeline: Pipeline,
    recording: Recording,
    viewer: Viewer | None = None,
    *,
    once: bool = False,
    deadline: float | None = None,
) -> int:
    """Read a source until it ends, or something else stops the run.

    Args:
        source: closed by the caller.
        pipeline: what is done with each frame that is read.
        recording: that the pipeline writes to; it is closed here, however the run ends.
        viewer: shows the frames; None where there is no window.
        once: the first number that is emitted stops the run.
        deadline: when to stop it, on the clock of `time.monotonic`; None for never.

    Returns:
        The exit code.

    Raises:
        SourceLostError: the camera or stream stopped delivering.
        OutputError: something could not be written.
        BrokenPipeError: nobody reads what is printed any more.
    """
    with Signals() as signals, closing(recording):
        closed = (lambda: not viewer.is_open) if viewer else (lambda: False)
        stop = StopCondition(signals, lambda: pipeline.emitted, closed, once=once, deadline=deadline)
        try:
            if not source.live:
                _play(source, pipeline, viewer, stop)
            elif viewer is None:
                _listen(source, pipeline, stop)
            else:
                _watch(source, pipeline, viewer, stop)
        except SourceLostError:
            pipeline.finish()
            raise
        if not stop.found:
            pipeline.finish()
    return stop.exit_code


def _play(source: Source, pipeline: Pipeline, viewer: Viewer | None, stop: StopCondition) -> None:
    """A file: every frame, in order."""
    due, before = perf_counter(), 0.0  # when the next frame is to be shown; the last one's time in the clip
    while not stop.reached and (frame := source.read()) is not None:
        result = pipeline.process(frame)
        if viewer is None:
            continue
        # Where reading is slower than the clip, all that follows is later.
        due = max(due + min(frame.time - before, _LONGEST_STEP), perf_counter())
        before = frame.time
        _wait(viewer, due, stop)
        viewer.show(frame.image, result)
    if viewer is not None:
        _wait(viewer, due + 1 / source.fps, stop)  # the last frame has its time too


def _wait(viewer: Viewer, due: float, stop: StopCondition) -> None:
    """Poll the window until the next frame is due, however long the user pauses."""
    while not stop.reached:
        seconds = _TICK if viewer.paused else min(due - perf_counter(), _TICK)
        viewer.poll(round(1000 * max(seconds, 0)))
        if viewer.wants_frame and perf_counter() >= due:
            return


def _listen(source: Source, pipeline: Pipeline, stop: StopCondition) -> None:
    """A live source without a window."""
    while not stop.reached:
        if (frame := source.read()) is not None:
            with resting(pipeline):
                pipeline.process(frame, reuse=True)


def _watch(source: Source, pipeline: Pipeline, viewer: Viewer, stop: StopCondition) -> None:
    """A live source with a window."""
    with ReadingThread(pipeline) as reading:
        while not stop.reached:
            frame = source.read()  # also while paused: it looks after its connection
            result = reading.result
            if frame is not None and viewer.wants_frame:
                reading.submit(frame)
                viewer.show(frame.image, result and result.now(frame.image))
            viewer.trouble = source.trouble
            viewer.poll(1)
