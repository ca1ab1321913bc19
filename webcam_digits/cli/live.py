"""Without a command: reads a camera, a video or a stream. The options, and the run that they ask for."""

import logging
import sys
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from webcam_digits.cli.opencv import prepare_opencv
from webcam_digits.cli.params import FILE, LOCATION, CameraNumber, Finite, Roi, Size
from webcam_digits.errors import DisplayError, UsageError
from webcam_digits.signals import SIGNALLED

if TYPE_CHECKING:
    from webcam_digits.outputs.exec_hook import ExecHook
    from webcam_digits.outputs.stdout import Reporter
    from webcam_digits.types import Box

logger = logging.getLogger(__name__)

_OPTIONS = (
    click.option("--camera", type=CameraNumber(), metavar="N",
                 help="A camera by number, or as Linux names it: /dev/video0."),
    click.option("--video", type=LOCATION, metavar="FILE|URL",
                 help="A video file, or an http:// or rtsp:// stream."),
    click.option("--demo", is_flag=True, help="The bundled clip: no camera needed."),
    click.option("--loop", is_flag=True, help="Begin a video file again at its end."),
    click.option("--size", type=Size(), metavar="WxH", help="Picture size to ask the camera for."),
    click.option("--fps", type=Finite(1, 240), metavar="N", help="Frames a second to ask the camera for."),
    click.option("--reconnect", type=Finite(0), default=30, metavar="SECONDS",
                 help="How long to wait for a camera or stream that went away; 0: not at all."),
    click.option("--window/--no-window", default=None, show_default="where there is a display",
                 help="Insist on a window, or only print."),
    click.option("--json", "as_json", is_flag=True, help="Print events as JSON lines."),
    click.option("--every-frame", is_flag=True, help="With --json: one line a frame instead of events."),
    click.option("--once", is_flag=True, help="Stop at the first number; exit code 4 where there is none."),
    click.option("--timeout", type=Finite(min=0, min_open=True), metavar="SECONDS",
                 help="Stop this long after the start."),
    click.option("--record", type=FILE, metavar="FILE",
                 help="Record the annotated video: .webm, .avi or .mp4."),
    click.option("--force", is_flag=True, help="Let --record replace a file."),
    click.option("--snapshot-dir", type=FILE, metavar="FOLDER", show_default="the current one",
                 help="For what the keys s and r save."),
    click.option("--log", type=FILE, metavar="FILE", help="Append the events to a .csv or .jsonl file."),
    click.option("--exec", metavar="CMD",
                 help="Run a command, without a shell, with each number as its last argument."),
    click.option("--roi", type=Roi(), metavar="X,Y,WxH",
                 help="Read only this region, in pixels of the picture."),
    click.option("--mirror", is_flag=True, help="Show the picture as in a mirror."),
    click.option("--fullscreen", is_flag=True, help="Fill the screen."),
)  # fmt: skip


def live_options(command: Any) -> Any:
    """The options of a live run."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked of a live run: SOURCE and the options of the command line, by their names."""

    source: str | None
    camera: int | None
    video: str | None
    demo: bool
    loop: bool
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
    rotate: int
    roi: "Box | None"
    mirror: bool
    fullscreen: bool
    threads: int


def run_live(options: Options) -> int:
    """Read a camera, a video or the demo; the exit code.

    Raises:
        WebcamDigitsError: with what went wrong and the exit code for it.
        BrokenPipeError: nobody reads what is printed any more.
    """
    deadline = None if options.timeout is None else monotonic() + options.timeout
    _check(options)
    prepare_opencv(options.threads)
    from webcam_digits.outputs.exec_hook import ExecHook
    from webcam_digits.outputs.files import check_file, check_folder
    from webcam_digits.outputs.log_file import ENDINGS
    from webcam_digits.outputs.progress import Progress
    from webcam_digits.outputs.recording import Recording
    from webcam_digits.outputs.video_file import CODECS
    from webcam_digits.reading.reader import DigitReader
    from webcam_digits.run.loop import run
    from webcam_digits.run.pipeline import Pipeline
    from webcam_digits.run.stop import NOTHING_FOUND
    from webcam_digits.sources.opening import open_source
    from webcam_digits.ui.viewer import Viewer
    from webcam_digits.ui.window import Window

    if options.snapshot_dir is not None:
        check_folder(options.snapshot_dir, "--snapshot-dir")
    snapshots = options.snapshot_dir or Path()
    with ExitStack() as stack:
        hook = None if options.exec is None else stack.enter_context(ExecHook(options.exec))
        location = _location(options, stack)
        inputs = [] if isinstance(location, int) else [location]
        if options.record is not None:
            check_file(options.record, "--record", endings=CODECS, inputs=inputs, force=options.force)
        if options.log is not None:
            check_file(options.log, "--log", endings=ENDINGS, inputs=inputs, force=True)  # appended to
        no_window = _no_window(options)
        reader = DigitReader(options.model, min_confidence=options.min_confidence, threads=options.threads)
        source = stack.enter_context(
            open_source(
                location,
                size=options.size,
                fps=options.fps,
                reconnect=options.reconnect,
                loop=options.loop,
                rotate=options.rotate,
                timeout=None if deadline is None else max(deadline - monotonic(), 0),
            )
        )
        if options.demo:
            source.name = "demo"
        recording = Recording(snapshots, source.fps, live=source.live)
        if options.record is not None:
            recording.start(options.record, force=options.force)
        shown = not source.live and no_window is not None and logger.isEnabledFor(logging.INFO)
        progress = stack.enter_context(Progress(source.frame_count, shown=shown))
        pipeline = Pipeline(reader, _reporter(options, stack, hook), recording, progress)
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
        elif no_window:  # printed last: whatever keeps the run from starting is printed alone
            logger.warning("no window, only printing: %s", no_window)
        code = run(source, pipeline, recording, viewer, once=options.once, deadline=deadline)
        if code == NOTHING_FOUND:
            in_time = deadline is None or monotonic() < deadline
            end = f"{source.name} ended" if in_time else f"the timeout of {options.timeout:g} s"
            logger.warning("no number was read before %s", end)
        if hook is not None and (code >= SIGNALLED or (viewer is not None and not viewer.is_open)):
            hook.hurry()
        return code


def _check(options: Options) -> None:
    """Refuse options that contradict each other."""
    from webcam_digits.sources.devices import camera_number

    sources = {
        "SOURCE": options.source is not None,
        "--camera": options.camera is not None,
        "--video": options.video is not None,
        "--demo": options.demo,
    }
    chosen = [name for name, given in sources.items() if given]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other: give one")
    is_camera = camera_number(options.source or "0") is not None and chosen in ([], ["SOURCE"], ["--camera"])
    for name, value in (("--size", options.size), ("--fps", options.fps)):
        if value is not None and not is_camera:
            raise UsageError(f"{name} is for cameras: leave it out with {options.source or chosen[0]}")
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


def _location(options: Options, stack: ExitStack) -> int | str | Path:
    """What is to be read: a camera's number, a file or a URL."""
    if options.demo:
        clip = resources.files("webcam_digits") / "demo.webm"
        return stack.enter_context(resources.as_file(clip))
    if options.video is not None:
        return Path(options.video) if options.video.isdecimal() else options.video  # digits are a camera
    return options.source or options.camera or 0


def _reporter(options: Options, stack: ExitStack, hook: "ExecHook | None") -> "Reporter":
    """All that report the numbers: first the file, then the command, last standard output."""
    from webcam_digits.outputs.log_file import EventLog
    from webcam_digits.outputs.stdout import FrameReporter, JsonReporter, Reporters, TextReporter

    reporters: list[Reporter] = []
    if options.log is not None:
        reporters.append(stack.enter_context(closing(EventLog(options.log, rotated=options.rotate))))
    if hook is not None:
        reporters.append(hook)
    if options.every_frame:
        reporters.append(FrameReporter(sys.stdout, rotated=options.rotate))
    elif options.as_json:
        reporters.append(JsonReporter(sys.stdout, rotated=options.rotate))
    else:
        reporters.append(TextReporter(sys.stdout))
    return Reporters(*reporters)
