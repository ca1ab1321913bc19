"""The kinds of values that options take, and the options that several commands share."""

import logging
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from webcam_digits.logs import set_level

if TYPE_CHECKING:
    from webcam_digits.types import Box

    _NumberType = click.ParamType[int]
    _SizeType = click.ParamType[tuple[int, int]]
    _RoiType = click.ParamType[Box]
else:
    _NumberType = _SizeType = _RoiType = click.ParamType  # which before click 8.4 takes no parameter

HELP: dict[str, Any] = {"help_option_names": ["-h", "--help"], "show_default": True}  # how commands give help
FILE = click.Path(path_type=Path)
LOCATION = click.Path(readable=False, allow_dash=True)  # of a file, or a URL; who opens it checks it
DEVICE = click.Choice(["auto", "cpu", "cuda", "mps"])

_LEVELS = {"quiet": logging.ERROR, "verbose": logging.DEBUG}
_SIZE = re.compile(r"(\d{1,5})x(\d{1,5})", re.ASCII)
_ROI = re.compile(r"(\d{1,5}),(\d{1,5}),(\d{1,5})x(\d{1,5})", re.ASCII)
_LARGEST_SIDE = (1 << 16) - 1


class CameraNumber(_NumberType):
    """The number of a camera, or on Linux its device, such as /dev/video0 or a link to that."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """2 of "2", and on Linux of "/dev/video2"."""
        from webcam_digits.sources.devices import camera_number

        number = camera_number(str(value))
        if number is None:
            self.fail(f"{value!r} is not a camera's number: `webcam-digits cameras` lists them.", param, ctx)
        return number


class Size(_SizeType):
    """A width and height in pixels, such as 1280x720."""

    name = "WxH"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, int]:
        """(1280, 720) of "1280x720"."""
        match = _SIZE.fullmatch(str(value).strip().lower())
        width, height = map(int, match.groups()) if match else (0, 0)
        if not 0 < width <= _LARGEST_SIDE >= height > 0:
            self.fail(f"{value!r} is not like 1280x720.", param, ctx)
        return width, height


class Roi(_RoiType):
    """A region of the picture, such as 100,50,640x360."""

    name = "X,Y,WxH"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Box":
        """Box(100, 50, 640, 360) of "100,50,640x360"."""
        from webcam_digits.types import Box  # which needs NumPy

        match = _ROI.fullmatch(str(value).strip().lower())
        if match is None:
            self.fail(f"{value!r} is not like 100,50,640x360.", param, ctx)
        region = Box(*map(int, match.groups()))
        if region.width == 0 or region.height == 0:
            self.fail(f"{value!r} has no width or no height.", param, ctx)
        return region


class Finite(click.FloatRange):
    """A number in a range; what is not a number, or infinite, is in none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


class Share(Finite):
    """A share from 0 to 1; for a percentage the message shows the share."""

    def __init__(self) -> None:
        super().__init__(0, 1)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The share."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            try:
                share = float(str(value).strip().removesuffix("%")) / 100
            except ValueError:
                share = math.nan
            least = 0 if "%" in str(value) else 0.02  # 1.5 does not mean 1.5 %
            example = f"{share:g}" if least <= share <= 1 else "0.9"
            self.fail(f"{value!r} is not from 0 to 1: give a share such as {example}.", param, ctx)


def reading_options(command: Any) -> Any:
    """The options of everything that reads."""
    for option in (
        click.option("--threads", type=click.IntRange(1, 64), default=1, metavar="N",
                     help="Threads to read with."),
        click.option("--rotate", type=click.Choice(["90", "180", "270"]), callback=_degrees,
                     help="Turn the picture clockwise, by degrees."),
        click.option("--model", type=FILE, metavar="FILE", show_default="the shipped one",
                     help="Another model, as `train` writes it."),
        click.option("--min-confidence", type=Share(), metavar="P", show_default="the model's",
                     help="Leave out digits that are less certain."),
    ):  # fmt: skip
        command = option(command)
    return command


def message_options(command: Any) -> Any:
    """The options of what is printed on standard error."""
    for option in (
        click.option("-v", "--verbose", is_flag=True, expose_value=False, callback=_choose_level,
                     help="Print more messages."),
        click.option("-q", "--quiet", is_flag=True, expose_value=False, callback=_choose_level,
                     help="Print errors only, no other messages."),
    ):  # fmt: skip
        command = option(command)
    return command


def print_progress(line: str) -> None:
    """Print a line on standard error, at once."""
    click.echo(line, err=True)


def _degrees(_: click.Context, __: click.Parameter, value: str | None) -> int:
    return int(value or 0)


def _choose_level(context: click.Context, option: click.Parameter, given: bool) -> None:
    if not given or option.name is None:
        return
    # Of all contexts: one option may stand before the command, the other behind it.
    if context.meta.setdefault(__name__, option.name) != option.name:
        context.fail("--quiet and --verbose exclude each other: give one.")
    set_level(_LEVELS[option.name])
