"""The group of commands: what SOURCE is, and how failures become one line and an exit code."""

import contextlib
import difflib
import logging
import mimetypes
import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem, shell_complete

from webcam_digits.cli.opencv import prepare_opencv
from webcam_digits.errors import UsageError, WebcamDigitsError
from webcam_digits.logs import log_to_stderr

logger = logging.getLogger(__name__)

_COMPLETE = "_WEBCAM_DIGITS_COMPLETE"  # by whose value a shell asks for completions
_MOST_FILES = 1000  # of a folder, among which a misspelt name is sought


class Commands(click.Group):
    """Commands, or a SOURCE in the place of one. A failure is one line on standard error and an exit code."""

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
            kind = type(error).__name__
            logger.error("this is a fault of webcam-digits (%s: %s): -v shows where", kind, error)
            logger.debug("it happened here:", exc_info=True)
            code = 1
        sys.exit(code)

    def _run(self, args: list[str]) -> int:
        if request := os.environ.get(_COMPLETE):
            return shell_complete(self, {}, str(self.name), _COMPLETE, request)
        try:
            with self.make_context(self.name, args) as context:
                return self.invoke(context) or 0
        except click.exceptions.Exit as end:  # of --help and --version
            return end.exit_code

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order in which they were added."""
        return list(self.commands)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the options before a command; or SOURCE, with options on both sides of it."""
        _, positional, _ = self.make_parser(ctx).parse_args(list(args))
        if not positional or positional[0] in self.commands:
            return super().parse_args(ctx, args)
        ctx.allow_interspersed_args = True
        try:
            source, *more = click.Command.parse_args(self, ctx, args)
        except click.UsageError:  # perhaps of an option of the command that was misspelt
            _check_source(ctx, positional[0], self.commands)
            raise
        if not ctx.resilient_parsing:
            _check_source(ctx, source, self.commands)
        if more and not ctx.resilient_parsing:
            ctx.fail(f"{' '.join(more)}: one SOURCE at a time. Many images: `webcam-digits read`.")
        ctx.params["source"] = source
        ctx.args = []
        return []

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and options, or else files; behind a SOURCE options alone."""
        if ctx.params.get("source"):
            return click.Command.shell_complete(self, ctx, incomplete or "-")
        return super().shell_complete(ctx, incomplete) or [CompletionItem(incomplete, type="file")]


def _check_source(ctx: click.Context, source: str, commands: Iterable[str]) -> None:
    """Refuse what cannot be a camera, a video file or a URL, with what may have been meant."""
    from webcam_digits.sources.devices import camera_number

    if camera_number(source) is not None:
        return
    if "://" in source:
        prepare_opencv()
        from webcam_digits.sources.stream import SCHEMES

        if not source.lower().startswith(SCHEMES):
            ctx.fail(f"{source} cannot be read: SOURCE is a file, or a URL with {' '.join(SCHEMES)}.")
        return
    if source.isdecimal():
        ctx.fail(f"{source} is not a camera's number: `webcam-digits cameras` lists them.")
    path, files = Path(source), list[str]()
    with contextlib.suppress(OSError):  # not a file's name, or of no folder
        if source and path.exists():
            _refuse_images(path)
            return
        entries = islice(path.parent.iterdir(), _MOST_FILES)
        files = [str(file) for file in entries if file.is_file() and not file.name.startswith(".")]
    near = difflib.get_close_matches(source, [*commands, *files], 1)
    meant = f"did you mean `{near[0]}`?" if near else "SOURCE is a camera's number, a video file or a URL."
    ctx.fail(f"{source!r} is not a command, and there is no such file: {meant}")


def _refuse_images(path: Path) -> None:
    name = shlex.quote(str(path))
    if path.is_dir():
        raise UsageError(f"{path} is a folder: webcam-digits read {name} reads the images in it")
    kind, _ = mimetypes.guess_type(path, strict=False)
    if kind is not None and kind.startswith("image/") and kind != "image/gif":  # which may be a clip
        raise UsageError(f"{path} is an image: webcam-digits read {name}")
