"""The command line. What is heavy is imported where it is used: --version and --help answer at once."""

import contextlib
import json
import logging
import sys
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from webcam_digits import __version__
from webcam_digits.cli.commands import CameraNumber, Commands, Finite, Roi, Size, message_options
from webcam_digits.errors import ImageError, SourceError, UsageError
from webcam_digits.signals import Signals

logger = logging.getLogger(__name__)

_MANY = 10  # images of `read`, from which on a bar shows the progress
_GRACE = 0.3  # seconds that the image in work has to be finished after Ctrl-C

_EPILOG = """\b
Keys: q Esc quit, Space pause, . step, s snapshot, r record, f full screen,
d what the machine sees, m mirror, + - confidence, h ? help.
Mouse: drag a region to read only that (c: all again), click a digit for more.

\b
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the source cannot be opened;
4 --once found nothing; 130 Ctrl-C; 143 SIGTERM."""

_PATH = click.Path(path_type=Path)


def _reading_options(command: Any) -> Any:
    """The options of everything that reads."""
    for option in (
        click.option("--threads", type=click.IntRange(1, 64), default=1, metavar="N",
                     help="Threads to read with.  [default: 1]"),
        click.option("--model", type=_PATH, metavar="FILE", help="Another model, as `train` writes it."),
        click.option("--min-confidence", type=Finite(0, 1), metavar="P",
                     help="Leave out digits that are less sure, 0..1.  [default: the model's]"),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group("webcam-digits", cls=Commands, invoke_without_command=True, epilog=_EPILOG)
@click.option("--camera", type=CameraNumber(), metavar="N",
              help="Camera by number, or as Linux names it: /dev/video0.  [default: 0]")  # fmt: skip
@click.option("--video", metavar="FILE|URL", help="A video file, or an http:// or rtsp:// stream.")
@click.option("--demo", is_flag=True, help="The bundled clip: no camera needed.")
@click.option("--size", type=Size(), metavar="WxH", help="Picture size to ask the camera for.")
@click.option("--fps", type=Finite(1, 240), metavar="N", help="Frames a second to ask the camera for.")
@click.option("--reconnect", type=Finite(0), default=30.0, metavar="SECONDS",
              help="How long to wait for a camera or stream that went away; 0: not at all.  "
                   "[default: 30]")  # fmt: skip
@click.option("--window/--no-window", default=None,
              help="Insist on a window, or only print.  [default: where there is a display]")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print events as JSON lines.")
@click.option("--every-frame", is_flag=True, help="With --json: one line a frame instead of events.")
@click.option("--once", is_flag=True, help="Stop at the first number; exit code 4 where there is none.")
@click.option("--timeout", type=Finite(min=0, min_open=True), metavar="SECONDS",
              help="Stop so long after the start.")  # fmt: skip
@click.option("--record", type=_PATH, metavar="FILE",
              help="Record the annotated video: .webm, .avi or .mp4.")  # fmt: skip
@click.option("--force", is_flag=True, help="Let --record replace a file.")
@click.option("--snapshot-dir", type=_PATH, metavar="FOLDER",
              help="For what the keys s and r save.  [default: the current one]")  # fmt: skip
@click.option("--log", type=_PATH, metavar="FILE", help="Append the events to a .csv or .jsonl file.")
@click.option("--exec", metavar="CMD",
              help="Run a command, without a shell, with each number as its last argument.")  # fmt: skip
@_reading_options
@click.option("--roi", type=Roi(), metavar="X,Y,WxH",
              help="Read only this region, in pixels of the picture.")  # fmt: skip
@click.option("--mirror", is_flag=True, help="Show the picture as in a mirror.")
@click.option("--fullscreen", is_flag=True, help="Fill the screen.")
@message_options
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, /, **options: Any) -> int:
    """Read handwritten digits live from a camera, a video or photos.

    Without a command, a window shows the camera and what is read in it; each number is printed once it is
    steady.
    """
    if context.invoked_subcommand is None:
        from webcam_digits.cli.live import Options, launch

        return launch(Options(**options))
    for name in options:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise UsageError(f"options of `{context.invoked_subcommand}` stand behind it, not before it")
    return 0


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a camera.")
@message_options
def cameras(as_json: bool) -> int:
    """List the cameras with their picture sizes and rates."""
    from webcam_digits.sources.devices import NONE_LISTED, list_cameras

    found = list_cameras()
    if not found:
        raise SourceError(NONE_LISTED)
    for camera in found:
        click.echo(json.dumps(camera.as_json()) if as_json else str(camera))
    return 0


@cli.command()
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an image.")
@click.option("--explain", type=_PATH, metavar="FOLDER",
              help="Write a page for each image that shows why it was read as it was.")  # fmt: skip
@click.option("--force", is_flag=True, help="Let --explain replace files.")
@_reading_options
@message_options
def read(
    photos: tuple[str, ...],
    as_json: bool,
    explain: Path | None,
    force: bool,
    min_confidence: float | None,
    model: Path | None,
    threads: int,
) -> int:
    """Read digits in still images.

    PHOTO is a file, a glob, a folder, or - for standard input.
    """
    if force and explain is None:
        raise UsageError("--force needs --explain")
    from webcam_digits.cli.live import prepare_opencv

    prepare_opencv(threads)
    from webcam_digits.outputs.stdout import JsonPhotoReporter, Progress, TextPhotoReporter
    from webcam_digits.reading.reader import DigitReader
    from webcam_digits.sources.photos import find_photos, read_photo

    reader = DigitReader(model, min_confidence=min_confidence, threads=threads)
    names = find_photos(photos)
    reporter = (
        JsonPhotoReporter(sys.stdout) if as_json else TextPhotoReporter(sys.stdout, named=len(names) > 1)
    )
    explanations = None
    if explain is not None:
        from webcam_digits.outputs.html_report import Explanations
        from webcam_digits.outputs.photo_page import Setting

        setting = Setting(model.name if model else "the shipped one", reader.threshold, min_confidence)
        explanations = Explanations(explain, names, setting, force=force)
    shown = len(names) >= _MANY and logger.isEnabledFor(logging.INFO)
    failures = 0
    with (
        Signals(grace=_GRACE) as signals,
        Progress(len(names), shown=shown) as progress,
        explanations or contextlib.nullcontext(),
    ):
        for name in names:
            try:
                photo = read_photo(name)
            except ImageError as error:
                failures += 1
                progress.clear()
                logger.error("%s", error)
                reporter.failed(name, error)
                if explanations:
                    explanations.failed(name, error)
            else:
                inspection = reader.inspect(photo)
                progress.clear()
                reporter.read(name, inspection.reading)
                if explanations:
                    explanations.add(name, photo, inspection)
            progress.advance()
            if signals.caught is not None:
                return signals.exit_code
    if failures == len(names):
        return SourceError.exit_code
    return ImageError.exit_code if failures else 0


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, as for a report of a fault.")
@message_options
def check(as_json: bool) -> int:
    """See what is installed, what works, and what to do about what does not.

    Nothing is sent and no camera is started. Exit code 1 where something is broken that reading needs.
    """
    from webcam_digits.cli.check import State, examine

    findings = []
    for finding in examine():
        findings.append(finding)
        if not as_json:
            click.echo(f"{finding.state:6}  {finding.what:13}  {finding.text}")
    broken = [finding.what for finding in findings if finding.state is State.BROKEN]
    if as_json:
        content = {finding.what: {"state": finding.state, "text": finding.text} for finding in findings}
        click.echo(json.dumps({"good": not broken, "findings": content}, indent=2))
    else:
        click.echo(f"broken: {', '.join(broken)}" if broken else "all that reading needs works")
    return int(bool(broken))
