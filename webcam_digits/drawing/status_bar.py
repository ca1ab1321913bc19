"""The line at the lower edge of what is shown: figures, a note, and what is switched on."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter

from webcam_digits.drawing.canvas import CAPITALS, SKY, VERMILION, WHITE, YELLOW, Canvas, Colour
from webcam_digits.types import Box

_LARGEST_SHARE = 0.25  # of the height: a lower picture goes without the line
_RECORDING = "recording"
_NOTE_SECONDS = 2.5  # that a note stays
_RATE_FRAMES = 30  # over which the frames a second are counted


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line shows.

    Attributes:
        frames_per_second: of what is shown; 0 where that is not known.
        milliseconds: that reading one frame takes; 0 likewise.
        paused: the picture stands.
        recording: the picture is being recorded.
        mirrored: the picture is shown as in a mirror; what is read and written on it is not.
        region: only a region of the picture is read.
        note: a short message, such as where a snapshot went.
    """

    frames_per_second: float
    milliseconds: float
    paused: bool = False
    recording: bool = False
    mirrored: bool = False
    region: bool = False
    note: str = ""


class Note:
    """A short message that goes by itself."""

    def __init__(self) -> None:
        self._text, self._end = "", 0.0

    def show(self, text: str) -> None:
        """Let this stand in the place of what is there."""
        self._text = text.encode(errors="replace").decode()  # OpenCV crashes on file names that are not text
        self._end = perf_counter() + _NOTE_SECONDS

    @property
    def text(self) -> str:
        """What stands there now; empty for nothing."""
        return self._text if perf_counter() < self._end else ""


class Rate:
    """Frames a second, over the last ones."""

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=_RATE_FRAMES)

    def count(self) -> None:
        """A frame is shown."""
        self._times.append(perf_counter())

    def restart(self) -> None:
        """Forget the frames so far, as after a pause."""
        self._times.clear()

    @property
    def per_second(self) -> float:
        """Frames a second; 0 while there are too few to measure."""
        if len(self._times) < 2:
            return 0.0
        return (len(self._times) - 1) / max(self._times[-1] - self._times[0], 1e-6)


def area_above(canvas: Canvas, status: Status | None) -> Box:
    """The picture without its status line, if it has one."""
    whole, height = canvas.area, canvas.plate_height(canvas.unit)
    if status is None or height > _LARGEST_SHARE * whole.height:
        return whole
    return whole._replace(height=whole.height - height)


def draw_status(
    canvas: Canvas, status: Status | None, area: Box, legend: Sequence[tuple[str, Colour]] = ()
) -> None:
    """The status line, below `area`: figures and note from the left, what is switched on from the right.

    A recording also frames the picture: that it is on must be seen from across the room.
    """
    if status is not None and status.recording:
        canvas.frame(area, VERMILION)
    if status is None or area == canvas.area:
        return
    size, base = canvas.unit, area.bottom + canvas.baseline(canvas.unit)
    canvas.shade(Box(0, area.bottom, area.width, canvas.area.bottom - area.bottom))
    switches = (
        (status.recording, _RECORDING, VERMILION),
        (status.paused, "paused", YELLOW),
        (status.mirrored, "mirrored", SKY),
        (status.region, "region", SKY),
    )
    right = area.width - size * 0.5
    for text, colour in (*((text, colour) for on, text, colour in switches if on), *legend):
        if canvas.width(text, size) > right - size * 0.5:
            break
        right -= canvas.width(text, size)
        canvas.text(text, (right, base), size, colour)
        right -= size
        if text == _RECORDING:
            canvas.dot((right + size * 0.4, base - CAPITALS * size / 2), CAPITALS * size / 2, colour)
            right -= size
    left = size * 0.5
    rate = status.frames_per_second
    figures = (
        (f"{rate:.0f} fps" if rate >= 10 else f"{rate:.1f} fps") if rate > 0 else "",  # as while it is paused
        f"{status.milliseconds:.1f} ms" if status.milliseconds > 0 else "",
    )
    # A note stands for a moment: where there is no room for both, it goes before figures.
    note = canvas.shorten(status.note, size, right - left)
    room = right - (canvas.width(note, size) + size if note else 0)
    for figure in filter(None, figures):
        if left + canvas.width(figure, size) <= room:
            canvas.text(figure, (left, base), size, WHITE)
            left += canvas.width(figure, size) + size
    canvas.text(note, (left, base), size, WHITE)
