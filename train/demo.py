"""Draws the clip of `webcam-digits --demo`: python -m webcam_digits.train.demo OUT.webm.

Three numbers are written on a sheet, beneath each other; a new sheet follows it, and on that a fourth. The
digits of a number follow each other swiftly, so that nothing half written is ever at rest; then the pen and
the hand's shadow go, and the number rests.
"""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from webcam_digits.train.handwriting.pen import Hand, Writing, write

SIZE = 640, 480  # width and height in pixels
FRAMES_PER_SECOND = 20
NUMBERS = (("42", "2026", "1859"), ("31415926",))  # the rows of each sheet

_SEED = 1859
_HEIGHT = 70.0  # of the digits, in pixels
_ROWS = {3: (64.0, 208.0, 352.0), 1: (190.0,)}  # upper edges of one sheet's rows, in pixels
_LEFT = 84.0

_LEAD = 0.7  # seconds before a number is begun
_REST = 1.8  # seconds after a number is finished
_REACH = 0.4  # seconds in which the pen comes or goes
_CHANGE = 1.0  # seconds between two sheets

_PAPER, _INK = (224, 231, 234), (70, 36, 26)  # BGR in full light
_GRAIN = 1.5  # of the paper: grey levels, standard deviation
_EDGE_SHADOW, _EDGE_REACH = 0.14, 14.0  # of the new sheet's edge: share of the light taken, fading in pixels
_AWAY = np.array((800.0, 660.0))  # where the pen waits, out of the picture

Picture = NDArray[np.float32]
Point = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the clip.

    Attributes:
        sheet: on which it is written, 0 or 1.
        start: seconds of the clip at which it is begun.
        writing: how.
    """

    sheet: int
    start: float
    writing: Writing

    @property
    def end(self) -> float:
        """Seconds of the clip at which it is finished."""
        return self.start + self.writing.duration


def frames() -> Iterator[NDArray[np.uint8]]:
    """The clip, (480, 640, 3) uint8 BGR, always the same one."""
    rng = np.random.default_rng(_SEED)
    numbers = plan(rng)
    paper = _texture(rng)
    change = max(number.end for number in numbers if number.sheet == 0) + _REST
    for index in range(round((numbers[-1].end + _REST) * FRAMES_PER_SECOND)):
        time = index / FRAMES_PER_SECOND
        old, new = (_inked(paper, [n for n in numbers if n.sheet == sheet], time) for sheet in (0, 1))
        picture = _change(old, new, (time - change) / _CHANGE)
        tip = _pen_place(time, numbers)
        picture = picture * _light(tip, time)
        frame = np.clip(picture, 0, 255).astype(np.uint8)
        _draw_pen(frame, tip)
        yield frame


def plan(rng: np.random.Generator) -> list[Number]:
    """What is written where and when."""
    forms = {"1": "footed", "2": "plain", "3": "round", "4": "open", "5": "hat", "6": "plain", "8": "loop"}
    hand = Hand(forms=forms | {"9": "straight"}, thickness=0.1, spacing=0.3, speed=17, pause=0.08)
    numbers: list[Number] = []
    time = 0.0
    for sheet, texts in enumerate(NUMBERS):
        time += _CHANGE if sheet else 0
        for text, top in zip(texts, _ROWS[len(texts)], strict=True):
            writing = write(text, height=_HEIGHT, rng=rng, hand=hand, at=(_LEFT, top))
            numbers.append(Number(sheet, time + _LEAD, writing))
            time = numbers[-1].end + _REST
    return numbers


def _texture(rng: np.random.Generator) -> Picture:
    """Paper with a fine grain, (h, w, 3) float32 in grey levels."""
    noise = cv2.GaussianBlur(rng.normal(0, 1, SIZE[::-1]).astype(np.float32), (0, 0), 1.2)
    return np.asarray(np.array(_PAPER, np.float32) + (noise * (_GRAIN / noise.std()))[:, :, None], np.float32)


def _inked(paper: Picture, numbers: Sequence[Number], time: float) -> Picture:
    """A sheet with what is written on it by now."""
    sheet = paper.copy()
    for number in numbers:
        coverage = number.writing.ink((SIZE[1], SIZE[0]), time - number.start)
        sheet += (np.array(_INK, np.float32) - sheet) * (coverage / np.float32(255))[:, :, None]
    return sheet


def _change(old: Picture, new: Picture, progress: float) -> Picture:
    """The old sheet drawn away to the left and the new one following, its edge's shadow upon the old."""
    width = SIZE[0]
    start = width + round(5 * _EDGE_REACH)  # so far to the right, its shadow is out of the picture too
    edge = round(start * (1 - _ease(progress)))
    picture = np.roll(old, edge - start, axis=1)  # what comes in from the right is the empty left margin
    from_edge = edge - np.arange(min(edge, width), dtype=np.float32)
    picture[:, :edge] *= (1 - _EDGE_SHADOW * np.exp(-from_edge / _EDGE_REACH))[:, None]
    picture[:, edge:] = new[:, : max(width - edge, 0)]
    return np.asarray(picture, np.float32)


def _ease(progress: float) -> float:
    """From 0 to 1, setting off and arriving gently."""
    p = min(max(progress, 0.0), 1.0)
    return p * p * (3 - 2 * p)


def _pen_place(time: float, numbers: Sequence[Number]) -> Point:
    """Where the pen's tip is, x and y in pixels: on the sheet only while a number is written."""
    for number in numbers:
        if number.start - _REACH <= time <= number.end + _REACH:
            tip = np.array(number.writing.tip(time - number.start))
            distance = max(number.start - time, time - number.end, 0.0)
            return np.asarray(tip + (_AWAY - tip) * _ease(distance / _REACH))
    return _AWAY


def _light(tip: Point, time: float) -> Picture:
    """The light on each pixel, (h, w, 1) float32: less to one side, a cloud passing, the hand's shadow."""
    width, height = SIZE
    y, x = np.mgrid[0:height:4, 0:width:4].astype(np.float32)
    light = 1.02 - 0.16 * x / width - 0.08 * y / height
    for centre, size, depth in (
        (tip + np.array((150, 95)), (130, 85), 0.35),
        (tip + np.array((20, 24)), (26, 26), 0.12),
        (np.array((width * (0.5 + 0.9 * np.sin(time * 0.45)), height * 0.35)), (230, 300), 0.18),
    ):
        light *= 1 - depth * np.exp(-(((x - centre[0]) / size[0]) ** 2) - ((y - centre[1]) / size[1]) ** 2)
    return np.asarray(cv2.resize(light, SIZE, interpolation=cv2.INTER_LINEAR)[:, :, None], np.float32)


def _draw_pen(frame: NDArray[np.uint8], tip: Point) -> None:
    """A pen that comes from the lower right, in place."""
    along, across = np.array((0.66, 0.75)), np.array((0.75, -0.66))
    for start, end, left, right, colour in (
        (0, 16, (-1, -4), (1, 4), (50, 50, 50)),  # the point
        (16, 44, (-4, -7.5), (4, 7.5), (120, 135, 140)),
        (44, 330, (-7.5, -7.5), (7.5, 7.5), (150, 92, 30)),  # the barrel
        (44, 330, (2, 2), (4, 4), (200, 150, 90)),  # and the light on it
    ):
        outline = [(start, left[0]), (end, left[1]), (end, right[1]), (start, right[0])]
        corners = np.array([tip + along * length + across * width for length, width in outline])
        cv2.fillPoly(frame, [np.round(corners * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
def main(out: Path) -> None:
    """Write the clip to OUT, a .webm file. Needs ffmpeg: OpenCV's own writer takes no bit rate."""
    if (ffmpeg := shutil.which("ffmpeg")) is None:
        raise click.ClickException("ffmpeg is missing: install it to draw the clip again")
    pictures = (
        f"-f rawvideo -pixel_format bgr24 -video_size {SIZE[0]}x{SIZE[1]} -framerate {FRAMES_PER_SECOND}"
    )
    coding = "-c:v libvpx -b:v 300k -crf 12 -g 200 -deadline good -cpu-used 2 -threads 1"
    same_file = "-fflags +bitexact -flags:v +bitexact -map_metadata -1"  # whenever it is drawn
    command = [ffmpeg, "-v", "error", "-y", *pictures.split(), "-i", "-", *coding.split(), *same_file.split()]
    with subprocess.Popen([*command, str(out)], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:  # ffmpeg says itself what is wrong
            for frame in frames():
                pipe.write(frame.tobytes())
    if process.returncode:
        raise click.ClickException(f"ffmpeg could not write {out}")


if __name__ == "__main__":
    main()
