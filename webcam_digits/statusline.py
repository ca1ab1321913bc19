"""The line at the lower edge of what is shown: figures, a note, and what is switched on."""

from collections.abc import Sequence
from dataclasses import dataclass

from webcam_digits.lettering import ORANGE, SKY, WHITE, YELLOW, Canvas, Colour
from webcam_digits.reading import Box

_LARGEST_SHARE = 0.25  # of the height: a lower picture goes without the line


@dataclass(frozen=True, slots=True)
class Status:
    """What the status line tells.

    Attributes:
        frames_per_second: of what is shown.
        milliseconds: that reading one frame takes.
        paused: the picture stands.
        recording: the picture is being recorded.
        mirrored: the picture is shown as in a mirror; what is read and written on it is not.
        note: a short message, such as where a snapshot went.
    """

    frames_per_second: float
    milliseconds: float
    paused: bool = False
    recording: bool = False
    mirrored: bool = False
    note: str = ""


def area_above(canvas: Canvas, status: Status | None) -> Box:
    """The picture without its status line, if it has one."""
    whole, height = canvas.area, canvas.plate_height(canvas.unit)
    if status is None or height > _LARGEST_SHARE * whole.height:
        return whole
    return whole._replace(height=whole.height - height)


def draw_status(
    canvas: Canvas, status: Status | None, area: Box, legend: Sequence[tuple[str, Colour]] = ()
) -> None:
    """The status line, below `area`: figures and note from the left, what is switched on from the right."""
    if status is None or area == canvas.area:
        return
    size, base = canvas.unit, area.bottom + canvas.baseline(canvas.unit)
    canvas.shade(Box(0, area.bottom, area.width, canvas.area.bottom - area.bottom))
    switches = (
        (status.recording, "\N{BLACK CIRCLE} recording", ORANGE),
        (status.paused, "paused", YELLOW),
        (status.mirrored, "mirrored", SKY),
    )
    right = area.width - size * 0.5
    for text, colour in (*((text, colour) for on, text, colour in switches if on), *legend):
        right -= canvas.width(text, size)
        canvas.text(text, (right, base), size, colour)
        right -= size
    left = size * 0.5
    rate = status.frames_per_second
    for text in (
        f"{rate:.0f} fps" if rate >= 10 else f"{rate:.1f} fps",
        f"{status.milliseconds:.1f} ms",
        status.note,
    ):
        shown_text = canvas.shorten(text, size, right - left)
        canvas.text(shown_text, (left, base), size, WHITE)
        left += canvas.width(shown_text, size) + size
