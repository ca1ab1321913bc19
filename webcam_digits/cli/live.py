"""Builds a live run from what was asked for, and starts it."""

import importlib.resources
import logging
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from webcam_digits.errors import DisplayError, UsageError, WebcamDigitsError
from webcam_digits.signals import SIGNALLED

if TYPE_CHECKING:
    from webcam_digits.outputs.exec_hook import Runner
    from webcam_digits.outputs.stdout import Reporter
    from webcam_digits.sources.source import Source
    from webcam_digits.types import Box

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked of a live run: the options of the command line, by their names."""

    camera: int | None
    video: str | None
    demo: bool
    size: tuple[int, int] | None
    fps: float | None
    reconnect: float
    window: bool | None
    as_json: bool
    every_frame: bool
    once: bool
    timeout: float | None
    record: Path | None
    force: bool
    snapshot_dir: Path | None
    log: Path | None
    exec: str | None
    min_confidence: float | None
    model: Path | None
    roi: "Box | None"
    mirror: bool
    fullscreen: bool
    threads: int


def launch(options: Options) -> int:
    """Read a camera, a video or the demo; the exit code.

    Raises:
        WebcamDigitsError: with what went wrong and the exit code for it.
        BrokenPipeError: nobody reads what is told any more.
    """
    deadline = None if options.timeout is None else monotonic() + options.timeout
    _check(options)
    prepare_opencv(options.threads)
    from webcam_digits.outputs.exec_hook import Runner
    from webcam_digits.outputs.files import check_file, check_folder
    from webcam_digits.outputs.log_file import ENDINGS
    from webcam_digits.outputs.recording import Recording
    from webcam_digits.outputs.stdout import Progress
    from webcam_digits.outputs.video_writer import CODECS
    from webcam_digits.reading.reader import DigitReader
    from webcam_digits.run.loop import run
    from webcam_digits.run.pipeline import Pipeline
    from webcam_digits.ui.viewer import Viewer
    from webcam_digits.ui.window import Window

    if options.snapshot_dir is not None:
        check_folder(options.snapshot_dir, "--snapshot-dir")
    snapshots = options.snapshot_dir or Path()
    with ExitStack() as stack:
        runner = None if options.exec is None else stack.enter_context(Runner(options.exec))
        video = _video(options, stack)
        inputs = [] if video is None else [video]
        if options.record is not None:
            check_file(options.record, "--record", endings=CODECS, inputs=inputs, force=options.force)
        if options.log is not None:
            check_file(options.log, "--log", endings=ENDINGS, inputs=inputs, force=True)  # appended to
        no_window = _no_window(options)
        reader = DigitReader(options.model, min_confidence=options.min_confidence, threads=options.threads)
        source = stack.enter_context(_open_source(options, video, deadline))
        recording = Recording(snapshots, source.fps, live=source.live)
        if options.record is not None:
            recording.start(options.record, force=options.force)
        shown = not source.live and no_window is not None and logger.isEnabledFor(logging.INFO)
        progress = stack.enter_context(Progress(source.frame_count, shown=shown))
        pipeline = Pipeline(reader, _reporter(options, stack, runner), recording, progress)
        pipeline.region = options.roi
        viewer = None
        if no_window is None:
            viewer = Viewer(
                stack.enter_context(Window(f"webcam-digits - {source.name}")),
                reader,
                recording,
                pipeline,
                snapshots=snapshots,
                mirrored=options.mirror,
                fullscreen=options.fullscreen,
            )
        elif no_window:  # told last: whatever keeps the run from starting is told alone
            logger.warning("no window, only printing: %s", no_window)
        code = run(source, pipeline, recording, viewer, once=options.once, deadline=deadline)
        if runner is not None and (code >= SIGNALLED or (viewer is not None and not viewer.is_open)):
            runner.hurry()
        return code


def prepare_opencv(threads: int) -> None:
    """Import OpenCV and set its threads.

    Raises:
        WebcamDigitsError: it cannot be imported; with the remedy.
    """
    try:
        import cv2
    except ImportError as error:
        raise WebcamDigitsError(
            f"OpenCV cannot be loaded ({error}): on Debian or Ubuntu, apt install libgl1 libglib2.0-0; "
            "or, for use without a window, put opencv-python-headless in the place of opencv-python"
        ) from error
    if not hasattr(cv2, "VideoCapture"):
        raise WebcamDigitsError(
            "OpenCV is broken, as after installing several of its packages over each other: pip uninstall "
            "opencv-python opencv-python-headless opencv-contrib-python, then pip install opencv-python"
        )
    cv2.setNumThreads(threads)


def _check(options: Options) -> None:
    """Refuse options that contradict each other."""
    sources = {
        "--camera": options.camera is not None,
        "--video": options.video is not None,
        "--demo": options.demo,
    }
    chosen = [name for name, given in sources.items() if given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other: give one")
    for name, value in (("--size", options.size), ("--fps", options.fps)):
        if value is not None and chosen not in ([], ["--camera"]):
            raise UsageError(f"{name} is for cameras: leave it out with {chosen[0]}")
    if options.every_frame and not options.as_json:
        raise UsageError("--every-frame needs --json")
    if options.force and options.record is None:
        raise UsageError("--force needs --record")
    if options.fullscreen and options.window is False:
        raise UsageError("--fullscreen and --no-window exclude each other: give one")


def _no_window(options: Options) -> str | None:
    """Why there is no window: "" where none is wanted; None where there is one.

    Raises:
        DisplayError: it was insisted on, and cannot be opened.
    """
    from webcam_digits.ui.window import Window

    if options.window is False:
        return ""
    reason = Window.available()
    if reason is not None and options.window:
        raise DisplayError(f"no window: {reason}")
    return reason


def _video(options: Options, stack: ExitStack) -> Path | str | None:
    """The file or URL that is to be read; None for a camera."""
    if options.demo:
        clip = importlib.resources.files("webcam_digits") / "demo.webm"
        return stack.enter_context(importlib.resources.as_file(clip))
    return options.video


def _open_source(options: Options, video: Path | str | None, deadline: float | None) -> "Source":
    from webcam_digits.sources.opening import open_source

    return open_source(
        (options.camera or 0) if video is None else video,
        size=options.size,
        fps=options.fps,
        reconnect=options.reconnect,
        name="demo" if options.demo else None,
        deadline=deadline,
    )


def _reporter(options: Options, stack: ExitStack, runner: "Runner | None") -> "Reporter":
    """All that is told: first into the file, then to the command, last to whoever reads standard output."""
    from webcam_digits.outputs.log_file import EventLog
    from webcam_digits.outputs.stdout import FrameReporter, JsonReporter, Reporters, TextReporter

    reporters: list[Reporter] = []
    if options.log is not None:
        reporters.append(stack.enter_context(closing(EventLog(options.log))))
    if runner is not None:
        reporters.append(runner)
    if options.every_frame:
        reporters.append(FrameReporter(sys.stdout))
    else:
        reporters.append(JsonReporter(sys.stdout) if options.as_json else TextReporter(sys.stdout))
    return Reporters(*reporters)
