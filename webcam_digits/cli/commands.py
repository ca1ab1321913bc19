"""What the command line does in every command: failures and their exit codes, kinds of values."""

import contextlib
import importlib
import logging
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from webcam_digits.errors import WebcamDigitsError
from webcam_digits.logs import log_to_stderr, set_level

if TYPE_CHECKING:
    from webcam_digits.types import Box

    _NumberType = click.ParamType[int]
    _SizeType = click.ParamType[tuple[int, int]]
    _RoiType = click.ParamType[Box]
else:
    _NumberType = _SizeType = _RoiType = click.ParamType  # which before click 8.4 takes no parameter

logger = logging.getLogger(__name__)

_TRAINING = ("evaluate", "train")  # commands of the training package
_CAMERA_DEVICE = "/dev/video"
_CAMERA_DIGITS = 4  # too many for a camera's number
_LEVELS = {"quiet": logging.ERROR, "verbose": logging.DEBUG}


class Commands(click.Group):
    """Commands that keep the contract on failures: one line on standard error, and the exit code."""

    def main(self, args: Sequence[str] | None = None, *_: Any, **__: Any) -> NoReturn:
        """Run, and end the process. A command returns its exit code, or None for 0."""
        log_to_stderr()
        try:
            code = self._run(sys.argv[1:] if args is None else list(args))
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else self.name
            logger.error("%s See: %s --help", error.format_message(), command)
            code = error.exit_code
        except WebcamDigitsError as error:
            logger.error("%s", error)
            code = error.exit_code
        except BrokenPipeError:
            code = 0
        except KeyboardInterrupt:
            code = 130
        except OSError as error:
            file = f"{error.filename}: " if error.filename else ""
            logger.error("reading or writing failed: %s%s", file, error.strerror or error)
            logger.debug("it happened here:", exc_info=True)
            code = 1
        except Exception as error:
            logger.error(
                "this is a fault of webcam-digits (%s: %s): -v tells more", type(error).__name__, error
            )
            logger.debug("it happened here:", exc_info=True)
            code = 1
        sys.exit(code)

    def _run(self, args: list[str]) -> int:
        try:
            with self.make_context(self.name, args) as context:
                return self.invoke(context) or 0
        except click.exceptions.Exit as end:  # of --help and --version
            return end.exit_code

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        return [*super().list_commands(ctx), *_TRAINING]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command by its name; the training package is imported for its own only."""
        if cmd_name in _TRAINING:
            module = importlib.import_module("webcam_digits.train.commands")
            return getattr(module, cmd_name)  # type: ignore[no-any-return]
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Find the command; where a file or URL stands in its place, tell how those are given."""
        name = args[0]
        if self.get_command(ctx, name) is None:
            if "://" in name:
                ctx.fail(f"{name} is no command: try `--video {name}`.")
            with contextlib.suppress(OSError):  # no file's name
                if Path(name).exists():
                    ctx.fail(f"{name} is no command: try `--video {name}` or `read {name}`.")
        return super().resolve_command(ctx, args)


class CameraNumber(_NumberType):
    """The number of a camera, or on Linux its device, such as /dev/video0 or a link to that."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """2 of "2", and on Linux of "/dev/video2"."""
        text = str(value)
        if sys.platform.startswith("linux") and os.sep in text:
            text = os.path.realpath(text).removeprefix(_CAMERA_DEVICE)
        if not (text.isascii() and text.isdecimal() and len(text) < _CAMERA_DIGITS):
            self.fail(f"{value!r} is no camera's number: `webcam-digits cameras` lists them.", param, ctx)
        return int(text)


class Size(_SizeType):
    """A width and height in pixels, such as 1280x720."""

    name = "WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """(1280, 720) of "1280x720"."""
        width, _, height = str(value).lower().partition("x")
        if not (width.isdecimal() and height.isdecimal() and 0 < int(width) < 1 << 16 > int(height) > 0):
            self.fail(f"{value!r} is not like 1280x720.", param, ctx)
        return int(width), int(height)


class Roi(_RoiType):
    """A region of the picture, such as 100,50,640x360."""

    name = "X,Y,WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Box":
        """Box(100, 50, 640, 360) of "100,50,640x360"."""
        from webcam_digits.sources.roi import parse_roi  # which needs NumPy

        try:
            return parse_roi(str(value))
        except ValueError as error:
            self.fail(f"{error}.", param, ctx)


class Finite(click.FloatRange):
    """A number in a range; what is no number, or infinite, is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is no finite number.", param, ctx)
        return number


def message_options(command: Any) -> Any:
    """The options of what is told on standard error."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, expose_value=False, callback=_choose_level,
                     help="Tell more on standard error."),
        click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_choose_level,
                     help="Only tell of errors on standard error."),
    ):  # fmt: skip
        command = option(command)
    return command


def _choose_level(context: click.Context, option: click.Parameter, given: bool) -> None:
    if not given or option.name is None:
        return
    # Of all contexts: one option may stand before the command, the other behind it.
    if context.meta.setdefault(__name__, option.name) != option.name:
        context.fail("--quiet and --verbose exclude each other: give one.")
    set_level(_LEVELS[option.name])
