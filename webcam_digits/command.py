"""What the command line does in every command: failures and their exit codes, messages, kinds of values."""

import contextlib
import importlib
import logging
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from webcam_digits.errors import WebcamDigitsError

_TRAINING = ("evaluate", "train")  # commands of the training package


class Commands(click.Group):
    """Commands that keep the contract on failures: one line on standard error, and the exit code."""

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run, and end the process. A command returns its exit code, or None for 0."""
        try:
            code = super().main(*args, **{**extra, "standalone_mode": False})
        except click.UsageError as error:
            command = error.ctx.command_path if error.ctx else self.name
            _tell(f"{error.format_message()} See: {command} --help")
            code = error.exit_code
        except click.Abort:
            code = 130
        sys.exit(code or 0)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except WebcamDigitsError as error:
            _tell(str(error))
            code = error.exit_code
        except BrokenPipeError:
            code = 0
        except KeyboardInterrupt:
            code = 130
        _drop_stdout()
        return code

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
        """Find the command; where a file's name stands in its place, tell how files are given."""
        with contextlib.suppress(OSError):  # no file's name
            if self.get_command(ctx, args[0]) is None and Path(args[0]).exists():
                ctx.fail(f"{args[0]} is no command: try `--video {args[0]}` or `read {args[0]}`.")
        return super().resolve_command(ctx, args)


class Size(click.ParamType[tuple[int, int]]):
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


def log_to_stderr(level: int) -> None:
    """Send the package's messages to standard error, from one of the levels of `logging` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("webcam-digits: %(message)s"))
    package = logging.getLogger("webcam_digits")
    package.handlers = [handler]
    package.setLevel(level)


def _tell(failure: str) -> None:
    click.echo(f"webcam-digits: {failure}", err=True)


def _drop_stdout() -> None:
    """Forget what could not be written: Python would try again on exit, and complain."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
