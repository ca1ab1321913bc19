"""The command line. What is heavy is imported where it is used: --version and --help answer at once."""

from typing import Any

import click
from click.core import ParameterSource

from webcam_digits import __version__
from webcam_digits.cli.cameras import cameras
from webcam_digits.cli.check import check
from webcam_digits.cli.commands import Commands
from webcam_digits.cli.evaluate import evaluate
from webcam_digits.cli.live import Options, live_options, run_live
from webcam_digits.cli.params import HELP, message_options, reading_options
from webcam_digits.cli.read import read
from webcam_digits.cli.train import train
from webcam_digits.errors import UsageError

_EPILOG = """\b
Keys: q Esc quit, Space pause, . step, s snapshot, r record, f full screen,
d what the machine sees, m mirror, + - confidence, h ? help.
Mouse: drag a region to read only that (c: all again), click a digit for more.

\b
Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the source cannot be opened;
4 --once found nothing; 130 Ctrl-C; 143 SIGTERM; 129 the terminal closed."""


@click.group(
    "webcam-digits",
    cls=Commands,
    invoke_without_command=True,
    subcommand_metavar="[SOURCE] | COMMAND ...",
    context_settings=HELP,
    epilog=_EPILOG,
)
@live_options
@reading_options
@message_options
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(context: click.Context, /, source: str | None = None, **options: Any) -> int:
    """Read handwritten digits live from a camera, a video or photos.

    A window shows SOURCE and what is read in it; each number is printed once it is steady. SOURCE is a
    camera's number, a video file, or an http:// or rtsp:// URL; without it, camera 0.
    """
    if context.invoked_subcommand is None:
        return run_live(Options(source=source, **options))
    for name in options:
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise UsageError(f"options of `{context.invoked_subcommand}` stand behind it, not before it")
    return 0


for command in (read, cameras, check, train, evaluate):
    cli.add_command(command)
