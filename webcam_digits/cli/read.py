"""`webcam-digits read`: still images."""

import contextlib
import logging
import sys
from pathlib import Path

import click

from webcam_digits.cli.opencv import prepare_opencv
from webcam_digits.cli.params import FILE, LOCATION, message_options, reading_options
from webcam_digits.errors import ImageError, SourceError, UsageError
from webcam_digits.signals import Signals

logger = logging.getLogger(__name__)

_MANY = 10  # images from which on a bar shows the progress
_GRACE = 0.3  # seconds that the image in work has to be finished after Ctrl-C


@click.command()
@click.argument("photos", type=LOCATION, nargs=-1, required=True, metavar="PHOTO...")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object an image.")
@click.option("--explain", type=FILE, metavar="FOLDER",
              help="Write a page for each image that shows why it was read as it was.")  # fmt: skip
@click.option("--force", is_flag=True, help="Let --explain replace files.")
@reading_options
@message_options
def read(
    photos: tuple[str, ...],
    as_json: bool,
    explain: Path | None,
    force: bool,
    min_confidence: float | None,
    model: Path | None,
    rotate: int,
    threads: int,
) -> int:
    """Read digits in still images.

    PHOTO is a file, a glob, a folder, or - for standard input.
    """
    if force and explain is None:
        raise UsageError("--force needs --explain")
    prepare_opencv(threads)
    from webcam_digits.outputs.progress import Progress
    from webcam_digits.outputs.stdout import JsonPhotoReporter, TextPhotoReporter
    from webcam_digits.pixels import rotated
    from webcam_digits.reading.reader import DigitReader
    from webcam_digits.sources.photos import STDIN, find_photos, read_photo, read_stdin

    reader = DigitReader(model, min_confidence=min_confidence, threads=threads)
    names = find_photos(photos)
    reporter = (
        JsonPhotoReporter(sys.stdout, rotated=rotate)
        if as_json
        else TextPhotoReporter(sys.stdout, named=len(names) > 1)
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
                photo = rotated(read_stdin() if name == STDIN else read_photo(name), rotate)
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
